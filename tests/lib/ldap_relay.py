"""tests/lib/ldap_relay.py -- between a client and a real LDAP server: it counts what is read, acts between two searches,
and breaks connections where a test wants them broken.

  r = Relay('127.0.0.1', port).start()      r.port
  r.searches     [Search]: base, scope, entries (that the client got), more pages of one are one
  r.before       called with each new Search before the server sees it
  r.cut_at = n   the connection ends inside the n-th entry from now on; None after that.  r.gone: and none is taken then
  r.refuse       takes no connections while it is true
  r.hold_at = n  before the n-th entry from now on r.held is set, and all waits for r.go

Clear text alone; the little BER that is needed is that of standin_ldap.py.
"""
import socket
import threading

import standin_ldap

SEARCH, ENTRY = 0x63, 0x64


class Search:
    def __init__(self, base, scope, text):
        self.base, self.scope, self.text, self.entries = base, scope, text, 0

    def __repr__(self):
        return '%d %s: %d' % (self.scope, self.base, self.entries)


class Relay:
    def __init__(self, host, port):
        self.server = (host, port)
        self.searches, self.before = [], None
        self.cut_at = self.hold_at = None
        self.refuse = self.gone = False
        self.held, self.go = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.url = 'ldap://127.0.0.1:%d' % self.port

    def start(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            if self.refuse:
                client.close()
                continue
            pair = Pair(self, client, socket.create_connection(self.server))
            for way in (pair.up, pair.down):
                threading.Thread(target=pair.run, args=(way,), daemon=True).start()

    def reset(self):
        """What was read before does not count."""
        with self.lock:
            self.searches = []

    def trees(self):
        """Searches of more than one entry that are no question by anchor."""
        return [s for s in self.searches if s.scope != 0]

    def entries(self, scopes=(1, 2)):
        return sum(s.entries for s in self.searches if s.scope in scopes)


class Pair:
    def __init__(self, relay, client, server):
        self.relay, self.client, self.server, self.open = relay, client, server, {}

    def run(self, way):
        try:
            way()
        except OSError:
            pass
        finally:
            for s in (self.client, self.server):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @staticmethod
    def messages(sock):
        """Each with its octets, its id, and its operation."""
        data = b''
        while True:
            piece = sock.recv(65536)
            if not piece:
                return
            data += piece
            while True:
                size = standin_ldap.Session.message_size(data)
                if size is None or len(data) < size:
                    break
                r = standin_ldap.Reader(standin_ldap.Reader(data[:size]).next()[1])
                ident = int.from_bytes(r.next()[1], 'big')
                yield data[:size], ident, r.next()
                data = data[size:]

    def up(self):
        for data, ident, (tag, body) in self.messages(self.client):
            if tag == SEARCH:
                self.search(ident, body)
            self.server.sendall(data)

    def search(self, ident, body):
        r = standin_ldap.Reader(body)
        s = Search(r.next()[1].decode(), r.next()[1][0], body)
        last = self.relay.searches[-1] if self.relay.searches else None
        if last and last.text == body:  # the next page of it
            self.open[ident] = last
            return
        with self.relay.lock:
            self.relay.searches.append(s)
        self.open[ident] = s
        if self.relay.before:
            self.relay.before(s)

    def down(self):
        for data, ident, (tag, _) in self.messages(self.server):
            if tag == ENTRY and ident in self.open and self.open[ident].scope != 0:
                self.entry(data, self.open[ident])
            self.client.sendall(data)

    def entry(self, data, search):
        relay = self.relay
        if relay.cut_at is not None:
            relay.cut_at -= 1
            if relay.cut_at == 0:
                relay.cut_at = None
                relay.refuse = relay.gone
                self.client.sendall(data[:len(data) // 2])
                raise OSError('cut')
        if relay.hold_at is not None:
            relay.hold_at -= 1
            if relay.hold_at == 0:
                relay.hold_at = None
                relay.held.set()
                relay.go.wait()
        search.entries += 1
