#!/usr/bin/env python3
"""tests/lib/standin_ldap.py -- a stand-in LDAP server with faults on order.

Used only for what no real server at hand does (Samba sends 5,000 members
whole, enforces no page size, never breaks off in the middle of a page):

  * ranges:    members in pieces of --range (member;range=0-1499), MS-ADTS
               3.1.1.3.1.3.3, as a Windows domain controller sends them
  * pages:     a page larger than --max-page is refused (--refuse-page CODE),
               or cut down (default); --size-limit N ends an answer with
               sizeLimitExceeded
  * referrals: --referrals N search references among the entries
  * cuts:      --cut-after N closes the connection inside the N-th entry of a
               connection's searches (half of its octets are sent), with
               --cut-times N of the first N connections that come so far;
               --silent-after N stops answering there and keeps it open
  * --mute     takes connections and never says a word
  * --die      the cut also closes the port: this server is gone
  * --deleted  a tombstone and a name with \\0ADEL: are among the entries
  * --vanish   a group is gone when its next range is asked for
  * --bad-value  one entry holds a number that is none

Everything that real servers do (TLS, binds, schema, filters) is tested
against slapd and Samba.  Filters are not evaluated: a search below the base
returns the people and groups made by --people and --members.

  standin_ldap.py --port-file FILE [options]

Prints nothing; writes its port to FILE when it listens, and with --log FILE
one line a request.  Python's standard library only; BER is the little that
is needed, with definite lengths.
"""
import argparse
import socket
import threading
import time

BASE = "dc=stand,dc=in"
RANGE = ";range="
OID_PAGED = b"1.2.840.113556.1.4.319"


# ---- BER ----

def tlv(tag, body):
    n = len(body)
    if n < 0x80:
        head = bytes([n])
    else:
        size = n.to_bytes((n.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(size)]) + size
    return bytes([tag]) + head + body


def octets(text, tag=0x04):
    return tlv(tag, text if isinstance(text, bytes) else text.encode())


def integer(n, tag=0x02):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def more(self):
        return self.at < len(self.data)

    def next(self):
        tag, n = self.data[self.at], self.data[self.at + 1]
        self.at += 2
        if n & 0x80:
            size = n & 0x7f
            n = int.from_bytes(self.data[self.at:self.at + size], "big")
            self.at += size
        body = self.data[self.at:self.at + n]
        self.at += n
        return tag, body


# ---- Content ----

def guid(n):
    return b"STANDIN0" + n.to_bytes(8, "big")


def schema():
    types = [
        ("2.5.4.0", "objectClass", "1.3.6.1.4.1.1466.115.121.1.38", ""),
        ("2.5.4.3", "cn", "1.3.6.1.4.1.1466.115.121.1.15", " SINGLE-VALUE"),
        ("2.5.4.31", "member", "1.3.6.1.4.1.1466.115.121.1.12", ""),
        ("0.9.2342.19200300.100.1.3", "mail", "1.3.6.1.4.1.1466.115.121.1.15", ""),
        ("1.2.840.113556.1.4.2", "objectGUID", "1.3.6.1.4.1.1466.115.121.1.40", " SINGLE-VALUE"),
        ("1.2.840.113556.1.2.48", "isDeleted", "1.3.6.1.4.1.1466.115.121.1.7", " SINGLE-VALUE"),
        ("1.2.840.113556.1.4.8", "userAccountControl",
         "1.3.6.1.4.1.1466.115.121.1.27", " SINGLE-VALUE"),
    ]
    classes = [("2.5.6.0", "top", ""), ("2.5.6.6", "person", " SUP top"),
               ("1.2.840.113556.1.5.9", "user", " SUP person"),
               ("2.16.840.1.113730.3.2.2", "inetOrgPerson", " SUP user"),
               ("1.2.840.113556.1.5.15", "contact", " SUP person"),
               ("1.2.840.113556.1.3.30", "computer", " SUP user"),
               ("1.2.840.113556.1.5.8", "group", " SUP top")]
    return {
        # as found in the wild: one that nobody can read, and one twice
        "attributeTypes": ["( 1.2.3 NAME 'broken", "( 2.5.4.3 NAME 'CN' SUP name )"]
        + [f"( {o} NAME '{n}' SYNTAX '{s}'{x} )" for o, n, s, x in types],
        "objectClasses": [f"( {o} NAME '{n}'{s} STRUCTURAL )" for o, n, s in classes],
    }


class Directory:
    def __init__(self, options):
        self.options = options
        self.entries = []
        for i in range(options.people):
            self.add(f"cn=p{i:05d},{BASE}", ["top", "person", "user"], cn=[f"p{i:05d}"],
                     mail=[f"p{i:05d}@stand.in"], userAccountControl=["512"])
        if options.deleted:
            self.add(f"cn=gone\\0ADEL:1,cn=Deleted Objects,{BASE}",
                     ["top", "person", "user"], cn=["gone"])
            self.add(f"cn=tomb,{BASE}", ["top", "person", "user"], cn=["tomb"],
                     isDeleted=["TRUE"])
        if options.bad_value:
            self.add(f"cn=bad,{BASE}", ["top", "person", "user"], cn=["bad"],
                     userAccountControl=["five hundred"])
        if options.members:
            self.add(f"cn=big,{BASE}", ["top", "group"], cn=["big"],
                     member=[f"cn=p{i:05d},{BASE}" for i in range(options.members)])

    def add(self, dn, classes, **attrs):
        attrs = {"objectClass": classes, "objectGUID": [guid(len(self.entries))], **attrs}
        self.entries.append((dn, attrs))

    def find(self, dn):
        if dn == "":
            root = {"namingContexts": [BASE], "defaultNamingContext": [BASE],
                    "subschemaSubentry": ["cn=schema"],
                    "supportedControl": [OID_PAGED.decode()]}
            if self.options.clock is not None:
                now = time.gmtime(time.time() + self.options.clock)
                root["currentTime"] = [time.strftime("%Y%m%d%H%M%S.0Z", now)]
            return ("", root)
        if dn == "cn=schema":
            return ("cn=schema", schema())
        if dn == BASE:
            return (BASE, {"objectClass": ["top"]})
        for entry in self.entries:
            if entry[0] == dn:
                return entry
        return None


# ---- One connection ----

class Cut(Exception):
    pass


class Session:
    def __init__(self, server, sock):
        self.server, self.sock = server, sock
        self.options = server.options
        self.sent = 0

    def run(self):
        data = b""
        if self.options.mute:
            self.server.gone.wait()
        while True:
            piece = self.sock.recv(65536)
            if not piece:
                return
            data += piece
            while True:
                size = self.message_size(data)
                if size is None or len(data) < size:
                    break
                message, data = data[:size], data[size:]
                self.message(Reader(Reader(message).next()[1]))

    @staticmethod
    def message_size(data):
        if len(data) < 2:
            return None
        if not data[1] & 0x80:
            return 2 + data[1]
        size = data[1] & 0x7f
        if len(data) < 2 + size:
            return None
        return 2 + size + int.from_bytes(data[2:2 + size], "big")

    def message(self, r):
        ident = int.from_bytes(r.next()[1], "big")
        tag, body = r.next()
        controls = r.next()[1] if r.more() else b""
        if tag == 0x60:
            self.done(ident, 0x61, 0)
        elif tag == 0x63:
            self.search(ident, Reader(body), controls)
        elif tag == 0x42:
            raise Cut()

    def send(self, ident, op, controls=b""):
        tail = tlv(0xa0, controls) if controls else b""
        return tlv(0x30, integer(ident) + op + tail)

    def done(self, ident, tag, code, text="", controls=b""):
        op = tlv(tag, integer(code, 0x0a) + octets("") + octets(text))
        self.sock.sendall(self.send(ident, op, controls))

    # -- searching --

    def search(self, ident, r, controls):
        base = r.next()[1].decode()
        scope = r.next()[1][0]
        for _ in range(4):
            r.next()
        r.next()  # the filter
        wanted = Reader(r.next()[1])
        attrs = []
        while wanted.more():
            attrs.append(wanted.next()[1].decode())
        self.server.note(f"search {scope} {base} {','.join(attrs)}")
        if scope == 0:
            self.search_base(ident, base, attrs)
        else:
            self.search_tree(ident, attrs, self.paging(controls))

    def paging(self, controls):
        r = Reader(controls)
        while r.more():
            c = Reader(r.next()[1])
            if c.next()[1] != OID_PAGED:
                continue
            value = b""
            while c.more():
                tag, body = c.next()
                value = body if tag == 0x04 else value
            v = Reader(Reader(value).next()[1])
            size = int.from_bytes(v.next()[1], "big")
            cookie = v.next()[1]
            self.server.note(f"page {size}")
            return size, int(cookie or b"0")
        return None

    def search_base(self, ident, base, attrs):
        entry = self.server.directory.find(base)
        if self.options.vanish and any(RANGE in a for a in attrs):
            entry = None
        if entry is None:
            self.done(ident, 0x65, 32)
            return
        self.sock.sendall(self.entry(ident, entry, attrs))
        self.done(ident, 0x65, 0)

    def search_tree(self, ident, attrs, page):
        options, entries = self.options, self.server.directory.entries
        at, size = 0, len(entries)
        if page:
            size, at = page
            if options.max_page and size > options.max_page:
                if options.refuse_page:
                    self.done(ident, 0x65, options.refuse_page, "page too large")
                    return
                size = options.max_page
        for n, entry in enumerate(entries[at:at + size], at):
            if options.size_limit and n >= options.size_limit:
                self.done(ident, 0x65, 4)
                return
            if n < options.referrals:
                ref = tlv(0x73, octets(f"ldap://elsewhere.invalid/{BASE}"))
                self.sock.sendall(self.send(ident, ref))
            self.send_entry(self.entry(ident, entry, attrs))
        after = at + size
        cookie = str(after).encode() if after < len(entries) else b""
        control = b""
        if page:
            value = tlv(0x30, integer(0) + octets(cookie))
            control = tlv(0x30, octets(OID_PAGED) + octets(value))
        self.done(ident, 0x65, 0, "", control)

    def send_entry(self, data):
        self.sent += 1
        if self.sent == self.options.cut_after and self.server.may_cut():
            self.sock.sendall(data[:len(data) // 2])
            if self.options.die:
                self.server.stop()
            raise Cut()
        if self.sent == self.options.silent_after:
            self.sock.sendall(data[:len(data) // 2])
            self.server.gone.wait()
        self.sock.sendall(data)

    def entry(self, ident, entry, attrs):
        dn, have = entry
        low = {a.lower() for a in attrs}
        everything = not attrs or "*" in low
        out = b""
        for name, values in have.items():
            start = 0
            ranged = [a for a in low if a.startswith(name.lower() + RANGE)]
            if not everything and name.lower() not in low and not ranged:
                continue
            if ranged:
                start = int(ranged[0].split("=")[1].split("-")[0])
            out += self.attribute(name, values, start)
        return self.send(ident, tlv(0x64, octets(dn) + tlv(0x30, out)))

    def attribute(self, name, values, start):
        limit = self.options.range
        piece = values[start:]
        if limit and (start or len(values) > limit):
            last = len(piece) <= limit
            piece = piece[:limit]
            end = "*" if last else str(start + len(piece) - 1)
            empty = tlv(0x30, octets(name) + tlv(0x31, b"")) if not start else b""
            name = f"{name}{RANGE}{start}-{end}"
            return empty + self.one(name, piece)
        return self.one(name, piece)

    @staticmethod
    def one(name, values):
        body = b"".join(octets(v) for v in values)
        return tlv(0x30, octets(name) + tlv(0x31, body))


# ---- The server ----

class Server:
    def __init__(self, options):
        self.options = options
        self.directory = Directory(options)
        self.gone = threading.Event()
        self.lock = threading.Lock()
        self.cuts = 0
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(16)

    def note(self, text):
        if self.options.log:
            with self.lock, open(self.options.log, "a", encoding="utf-8") as f:
                f.write(text + "\n")

    def may_cut(self):
        with self.lock:
            self.cuts += 1
            return self.options.cut_times == 0 or self.cuts <= self.options.cut_times

    def stop(self):
        self.gone.set()
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def one(self, sock):
        try:
            Session(self, sock).run()
        except (Cut, OSError):
            pass
        finally:
            sock.close()

    def run(self):
        with open(self.options.port_file, "w", encoding="ascii") as f:
            f.write(f"{self.sock.getsockname()[1]}\n")
        while not self.gone.is_set():
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(sock,), daemon=True).start()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--port-file", required=True)
    p.add_argument("--log")
    p.add_argument("--clock", type=int)  # seconds before ours; without: it tells none
    for name, default in (("people", 100), ("members", 0), ("range", 0), ("max-page", 0),
                          ("refuse-page", 0), ("size-limit", 0), ("referrals", 0),
                          ("cut-after", 0), ("cut-times", 0), ("silent-after", 0)):
        p.add_argument("--" + name, type=int, default=default)
    for name in ("die", "mute", "deleted", "vanish", "bad-value"):
        p.add_argument("--" + name, action="store_true")
    Server(p.parse_args()).run()


if __name__ == "__main__":
    main()
