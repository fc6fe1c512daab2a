#!/usr/bin/env python3
"""What a person at a terminal sees while it runs: how far it is, how fast, and how
long it takes, of whatever takes more than a second; elsewhere nothing of it."""
import os
import pty
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

PEOPLE = 2500
SHOWN = re.compile(r'\r\x1b\[K(\w+) ([\w-]+)  ([\d ]+)(?: of ([\d ]+))?  ([\d ]+)/s(?:  (\S[^\r]*) left)?')
t = Tap()


class Terminal:
    """A program whose standard error is a terminal; pieces: (second, text)."""

    def __init__(self, site, *args):
        self.pieces, (master, slave) = [], pty.openpty()
        self.began = time.monotonic()
        p = site.popen(*args, stdout=subprocess.PIPE, stderr=slave, text=True)
        os.close(slave)
        reader = threading.Thread(target=self.read, args=(master,))
        reader.start()
        self.out = p.stdout.read()
        self.code = p.wait()
        reader.join()
        os.close(master)
        self.text = ''.join(x for _, x in self.pieces)

    def read(self, master):
        try:
            while data := os.read(master, 65536):
                self.pieces.append((time.monotonic() - self.began, data.decode()))
        except OSError:  # the other end is closed
            pass

    def lines(self, step):
        """(done, of, a second, left) of each line that was drawn for a step."""
        def number(x):
            return int(x.replace(' ', '')) if x else None
        return [(number(m[3]), number(m[4]), number(m[5]), m[6]) for m in SHOWN.finditer(self.text) if m[2] == step]


with scratch() as d:
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'small.ldif'
    source.write_text(ldif_text(small_entries(20)))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()])
    r = Terminal(site, 'cycle', 'initial')
    t.is_((r.code, [x for x in r.pieces if x[0] < 1]), (0, []), 'within a second nothing is drawn')

    source.write_text(ldif_text(small_entries(PEOPLE)))
    tenant.admin('POST', 'delay', {'ms': 300})
    r = Terminal(site, 'cycle')
    tenant.admin('POST', 'delay', {'ms': 0})
    t.is_(r.code, 0, 'a cycle that takes long')
    sent = r.lines('export')
    t.ok(len(sent) >= 3, 'the export is drawn again and again', r.text[-2000:])
    t.ok(all(of is not None and 0 < done <= of for done, of, _, _ in sent), 'with how many are done, of how many', str(sent[:5]))
    t.is_([x[0] for x in sent], sorted(x[0] for x in sent), 'which grow')
    t.ok(all(rate > 0 for _, _, rate, _ in sent), 'how many a second', str(sent[:5]))
    t.ok(all(left and re.match(r'[\d.]+ (ms|s|min)', left) for done, of, _, left in sent if done < of), 'and the time left',
         str(sent[:5]))
    done, of, rate, left = next(x for x in sent if x[0] < x[1])
    t.ok(left.endswith(' s') and abs(float(left[:-2]) - (of - done) / rate) <= 1, 'which is that of the rate', str((done, of, rate, left)))
    t.ok(r.text.endswith('\r\x1b[K'), 'the line is taken away in the end', repr(r.text[-60:]))
    t.ok('\x1b' not in r.out and 'export' in r.out, 'what it prints has nothing of it')

    # An import knows how many there were.
    tenant.admin('POST', 'delay', {'ms': 700})
    r = Terminal(site, 'run', 'cloud', 'full-import')
    tenant.admin('POST', 'delay', {'ms': 0})
    read = r.lines('full-import')
    t.ok(r.code == 0 and read and all(of == PEOPLE + 3 for _, of, _, _ in read), 'an import: of as many as there were',
         '%s\n%r' % (read, r.text))
    t.ok(any(left for _, _, _, left in read), 'and the time left', str(read))

    # Where nobody looks.
    tenant.admin('POST', 'delay', {'ms': 700})
    r = Terminal(site, 'run', 'cloud', 'full-import', '--quiet')
    t.is_((r.code, r.text), (0, ''), '--quiet: nothing')
    r = site.run('run', 'cloud', 'full-import')
    t.is_((r.code, r.err), (0, ''), 'no terminal: nothing')
t.done()
