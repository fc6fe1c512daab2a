#!/usr/bin/env python3
"""tests/lib/standin_ad.py -- a stand-in domain controller that pages, for deltas.

Samba gives every DirSync answer in one page, sends long attributes whole, marks no
tombstone as recycled in the way Windows does, and keeps those who may replicate from
seeing deletions: what a Windows domain controller does there (MS-ADTS 3.1.1.3.4.1.3)
is played by this one.  Everything else is tested against Samba.

  standin_ad.py --port-file FILE --world FILE [options]

The world, read anew at each request, is JSON: {"objects": [[DN, {ATTRIBUTE: [VALUE]}]], "pages": [[[DN, {..}]]]}; a
value is text, or {"hex": ".."}.  The objects are what searches find; the pages are what
DirSync tells from cookie C0 on: page n has the cookie C(n+1), and all but the last say that
more is there.  A page larger than the MaxBytes of a request is cut there, at least one entry being in each answer: the
cookie C(n).k stands before the entry k of page n.  A request without a cookie walks --walk pages without an entry to C0.

  --log FILE       one line a request
  --range N        attributes in pieces of N values (searches alone)
  --cut-page N     the connection is cut inside page N, once
  --no-replicate   DirSync without LDAP_DIRSYNC_OBJECT_SECURITY is refused (50)
  --blind          CN=Deleted Objects is not there for this user
  --refuse-cookie CODE   a cookie is refused with this result
  --stuck          page 0 comes again and again, empty, with the same cookie

Filters are read as far as they name GUIDs, members or managers; a search without one finds all
below its base.
"""
import argparse
import json
import re

import standin_ldap
from standin_ldap import Cut, Reader, integer, octets, tlv

BASE = 'DC=stand,DC=in'
CONFIG = 'CN=Configuration,' + BASE
NTDS = 'CN=NTDS Settings,' + CONFIG
DIRSYNC = '1.2.840.113556.1.4.841'
CONTROLS = [DIRSYNC, '1.2.840.113556.1.4.319', '1.2.840.113556.1.4.417', '1.2.840.113556.1.4.529']
TYPES = [('parentGUID', 40), ('name', 15), ('sAMAccountName', 15), ('userPrincipalName', 15), ('groupType', 27),
         ('title', 15), ('displayName', 15), ('manager', 12), ('memberOf', 12), ('description', 15)]


def value(v):
    return bytes.fromhex(v['hex']) if isinstance(v, dict) else v


def guids(filter_text):
    """Every objectGUID that a filter (BER) asks for."""
    return set(re.findall(rb'objectGUID\x04\x10(.{16})', filter_text, re.S))


def links(filter_text):
    """Every (attribute, DN) of member and manager that it asks for."""
    found = re.finditer(rb'(member|manager)\x04', filter_text)
    return [(m.group(1).decode(), Reader(filter_text[m.end() - 1:]).next()[1].decode().lower()) for m in found]


class Directory:
    def __init__(self, options):
        self.options = options

    @property
    def world(self):
        with open(self.options.world, encoding='utf-8') as f:
            return json.load(f)

    @property
    def entries(self):
        return [self.item(o) for o in self.world['objects']]

    @staticmethod
    def item(o):
        return o[0], {a: [value(v) for v in values] for a, values in o[1].items()}

    def page(self, n):
        return [self.item(o) for o in self.world['pages'][n]]

    def special(self, dn):
        low = dn.lower()
        if dn == '':
            return '', {'namingContexts': [BASE], 'defaultNamingContext': [BASE], 'subschemaSubentry': ['cn=schema'],
                        'configurationNamingContext': [CONFIG], 'dsServiceName': [NTDS],
                        'highestCommittedUSN': ['1000'], 'supportedControl': CONTROLS}
        if dn == 'cn=schema':
            schema = standin_ldap.schema()
            schema['attributeTypes'] += [
                "( 1.2.9.%d NAME '%s' SYNTAX '1.3.6.1.4.1.1466.115.121.1.%d'%s )" % (
                    i, n, s, '' if n in ('description', 'memberOf') else ' SINGLE-VALUE') for i, (n, s) in enumerate(TYPES)]
            return 'cn=schema', schema
        if low == NTDS.lower():
            return NTDS, {'invocationId': [b'INVOCATION-ID-01']}
        if low == 'cn=partitions,' + CONFIG.lower():
            return dn, {'objectClass': ['top', 'crossRefContainer']}
        if low == BASE.lower():
            return BASE, {'objectClass': ['top', 'domainDNS'], 'objectGUID': [b'GUID-OF-THE-ROOT']}
        if low == 'cn=deleted objects,' + BASE.lower() and not self.options.blind:
            return dn, {'objectClass': ['top', 'container']}
        return None

    def find(self, dn):
        found = self.special(dn)
        if found:
            return found
        m = re.fullmatch(r'<GUID=([0-9a-f-]+)>', dn, re.I)
        for entry in self.entries:
            if entry[0].lower() == dn.lower() or (m and self.same(m.group(1), entry)):
                return entry
        return None

    @staticmethod
    def same(text, entry):
        h = text.replace('-', '')
        raw = bytes.fromhex(h)
        raw = raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]
        return entry[1]['objectGUID'][0] == raw


class Session(standin_ldap.Session):
    def search(self, ident, r, controls):
        base, scope = r.next()[1].decode(), r.next()[1][0]
        for _ in range(4):
            r.next()
        start = r.at
        r.next()
        text = r.data[start:r.at]
        wanted, attrs = Reader(r.next()[1]), []
        while wanted.more():
            attrs.append(wanted.next()[1].decode())
        sync = self.control(controls)
        if sync:
            self.dirsync(ident, *sync, attrs)
        elif scope == 0:
            self.server.note('read %s %s' % (base, ','.join(attrs)))
            self.search_base(ident, base, attrs)
        else:
            self.find(ident, base, scope, text, attrs)

    @staticmethod
    def control(controls):
        r = Reader(controls)
        while r.more():
            c = Reader(r.next()[1])
            if c.next()[1].decode() != DIRSYNC:
                continue
            body = b''
            while c.more():
                tag, body = c.next()
            v = Reader(Reader(body).next()[1])
            flags = int.from_bytes(v.next()[1], 'big', signed=True) & 0xffffffff
            most = int.from_bytes(v.next()[1], 'big', signed=True)
            return flags, most, v.next()[1].decode()
        return None

    def find(self, ident, base, scope, text, attrs):
        directory, wanted = self.server.directory, guids(text)
        refers = links(text)
        top = directory.find(base)
        if top is None:
            self.done(ident, 0x65, 32)
            return
        self.server.note('search %d %s %d' % (scope, base, len(wanted)))
        for entry in directory.entries:
            dn = entry[0].lower()
            inside = dn.endswith(',' + top[0].lower()) or (scope == 2 and dn == top[0].lower())
            if refers:
                inside = inside and any(x.split(';')[-1].lower() == dn for a, dn in refers for x in entry[1].get(a, []))
            if inside and (not wanted or entry[1]['objectGUID'][0] in wanted):
                self.sock.sendall(self.entry(ident, entry, attrs))
        self.done(ident, 0x65, 0)

    def dirsync(self, ident, flags, most, cookie, attrs):
        options = self.options
        self.server.note('dirsync %x %s' % (flags, cookie or '-'))
        self.server.note('maxbytes %d' % most)
        if options.no_replicate and not flags & 1:
            self.done(ident, 0x65, 50)
        elif cookie and not cookie.startswith('W') and options.refuse_cookie:
            self.done(ident, 0x65, options.refuse_cookie, '00002105: SvcErr')
        elif cookie == '' or cookie.startswith('W'):
            at = int(cookie[1:] or 0)
            last = at + 1 >= options.walk
            self.end(ident, not last, 'C0' if last else 'W%d' % (at + 1))
        elif options.stuck:
            self.end(ident, True, cookie)
        else:
            n, _, at = cookie[1:].partition('.')
            self.page(ident, int(n), int(at or 0), most, attrs)

    def page(self, ident, n, at, most, attrs):
        pages = self.server.directory.world['pages']
        if n >= len(pages):
            self.end(ident, False, 'C%d' % n)
            return
        size = 0
        for i, entry in enumerate(self.server.directory.page(n)):
            if i < at:
                continue
            data = self.told(ident, entry, attrs)
            size += len(data)
            if size > most and i > at:
                self.server.note('answer %d' % (size - len(data)))
                self.end(ident, True, 'C%d.%d' % (n, i))
                return
            if n == self.server.cut_page and i + 1 == len(pages[n]):
                self.server.cut_page = -1
                self.sock.sendall(data[:len(data) // 2])
                raise Cut()
            self.sock.sendall(data)
        self.server.note('answer %d' % size)
        self.end(ident, n + 1 < len(pages), 'C%d' % (n + 1))

    def end(self, ident, more, cookie):
        body = tlv(0x30, integer(1 if more else 0) + integer(0) + octets(cookie))
        self.done(ident, 0x65, 0, '', tlv(0x30, octets(DIRSYNC) + octets(body)))

    def told(self, ident, entry, attrs):
        low = {a.lower() for a in attrs} | {'objectguid', 'instancetype'}
        dn, have = entry
        out = b''.join(self.one(name, values) for name, values in have.items() if name.split(';')[0].lower() in low)
        return self.send(ident, tlv(0x64, octets(dn) + tlv(0x30, out)))


class Server(standin_ldap.Server):
    def __init__(self, options):
        super().__init__(options)
        self.cut_page = options.cut_page

    def one(self, sock):
        try:
            Session(self, sock).run()
        except (Cut, OSError):
            pass
        finally:
            sock.close()


def main():
    p = argparse.ArgumentParser()
    for name in ('port-file', 'world', 'log'):
        p.add_argument('--' + name, required=name != 'log')
    for name, default in (('range', 0), ('cut-page', -1), ('walk', 1), ('refuse-cookie', 0)):
        p.add_argument('--' + name, type=int, default=default)
    for name in ('no-replicate', 'blind', 'stuck'):
        p.add_argument('--' + name, action='store_true')
    options = p.parse_args()
    for name in ('mute', 'vanish', 'die'):
        setattr(options, name, False)
    standin_ldap.Directory = Directory
    Server(options).run()


if __name__ == '__main__':
    main()
