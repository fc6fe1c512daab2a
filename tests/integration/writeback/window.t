#!/usr/bin/env python3
"""Writes are under way together: a server that answers none of them before it has 32 gets 32."""
import os
import selectors
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
import rig  # noqa: E402
import slapd  # noqa: E402

WANTED, PEOPLE = 32, 90
ADD, ADDED = 0x68, 0x69  # [APPLICATION 8] and [APPLICATION 9] of RFC 4511
RULES = rig.ROOT / 'examples/directory/rules'


class Messages:
    """The operations of a stream of LDAP messages, by their tags."""

    def __init__(self):
        self.data = b''

    def feed(self, data):
        self.data += data
        while (size := self.whole()) is not None:
            message, self.data = self.data[:size], self.data[size:]
            yield self.operation(message)

    @staticmethod
    def length(data, at):
        """(length, where the content begins); None where it is not all there."""
        if len(data) <= at:
            return None
        more = data[at] & 0x7f if data[at] & 0x80 else 0
        if len(data) < at + 1 + more:
            return None
        return (int.from_bytes(data[at + 1:at + 1 + more], 'big') if more else data[at]), at + 1 + more

    def whole(self):
        head = self.length(self.data, 1)
        return head[0] + head[1] if head and len(self.data) >= head[0] + head[1] else None

    def operation(self, message):
        _, at = self.length(message, 1)
        size, begin = self.length(message, at + 1)  # the message's number
        return message[begin + size]


class Holder:
    """Between client and server: answers wait until WANTED adds are under way."""

    def __init__(self, port):
        self.target, self.under_way, self.most, self.let_go = port, 0, 0, False
        self.sock = socket.create_server(('127.0.0.1', 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.sock.accept()
            threading.Thread(target=self.one, args=(client,), daemon=True).start()

    def sent(self, operations):
        for tag in operations:
            self.under_way += tag == ADD
            self.most = max(self.most, self.under_way)
            self.let_go = self.let_go or self.under_way >= WANTED

    def one(self, client):
        server = socket.create_connection(('127.0.0.1', self.target))
        asked, told, held = Messages(), Messages(), b''
        with selectors.DefaultSelector() as ready:
            for s in (client, server):
                ready.register(s, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        client.close()
                        server.close()
                        return
                    if key.fileobj is client:
                        self.sent(asked.feed(data))
                        server.sendall(data)
                    else:
                        held += data
                    if held and (self.let_go or not self.under_way):
                        self.under_way -= sum(tag == ADDED for tag in told.feed(held))
                        client.sendall(held)
                        held = b''


def people():
    yield 'dn: %s\nobjectClass: organization\nobjectClass: dcObject\ndc: example\no: x\n' % slapd.SUFFIX
    for i in range(PEOPLE):
        yield 'dn: uid=u%03d,%s\nobjectClass: inetOrgPerson\nuid: u%03d\ncn: U %d\nsn: U\n' % (i, slapd.SUFFIX, i, i)


t = rig.Tap()
with rig.scratch() as d:
    source, copy = slapd.Slapd(d / 'source'), slapd.Slapd(d / 'copy')
    try:
        entries = list(people())
        (d / 'all.ldif').write_text('\n'.join(entries))
        (d / 'top.ldif').write_text(entries[0])
        (d / 'password').write_text('secret')
        (d / 'password').chmod(0o600)
        source.load(d / 'all.ldif')
        copy.load(d / 'top.ldif')
        source.start()
        copy.start()
        holder = Holder(copy.port)

        def connector(name, port, **more):
            return {'name': name, 'kind': 'ldap', 'servers': ['ldap://127.0.0.1:%d' % port], 'base': slapd.SUFFIX,
                    'user': slapd.ADMIN, 'password': 'file:%s' % (d / 'password'), 'tls': {'required': False},
                    'timeout_s': 10,
                    'object_classes': ['inetOrgPerson', 'groupOfNames', 'organizationalUnit'], **more}
        site = rig.Site(d / 'site', [connector('hr', source.port), connector('copy', holder.port, writable=True)],
                        rules=[RULES], parameters={'From': slapd.SUFFIX, 'To': slapd.SUFFIX})
        t.code(site.run('cycle', 'initial'), 0, 'a cycle')
        t.ok(holder.most >= WANTED, 'at least %d adds were under way together' % WANTED, '%d' % holder.most)
        t.note('%d' % holder.most)
        t.is_(len(copy.search('(uid=*)')), PEOPLE, 'all are there')
    finally:
        source.stop()
        copy.stop()
t.done()
