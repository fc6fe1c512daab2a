#!/usr/bin/env python3
"""replicate.py FOLDER PEOPLE -- for bench.sh: what OpenLDAP's own replication takes
for the first copy of a directory (syncrepl into an empty server), beside copy.py.  It
is the server that writes into its own database: no adds over the wire, and the same
suffix on both sides."""
import os
import pathlib
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '../lib'))
import slapd  # noqa: E402

folder, people = pathlib.Path(sys.argv[1]), int(sys.argv[2])
TICK = os.sysconf('SC_CLK_TCK')
CONSUMER = '''syncrepl rid=001 provider=%s type=refreshAndPersist searchbase="%s" bindmethod=simple binddn="%s"
 credentials=secret retry="1 +" schemachecking=off scope=sub
'''


def cpu(server):
    fields = pathlib.Path('/proc/%d/stat' % server.pid()).read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def state(server):
    """The contextCSN: a consumer has it when the refresh has come to its end."""
    try:
        return server.tool('ldapsearch', '-LLL', '-s', 'base', '-b', slapd.SUFFIX, 'contextCSN').partition('contextCSN: ')[2].strip()
    except subprocess.CalledProcessError:  # nothing there yet
        return ''


def entries(server):
    return server.tool('ldapsearch', '-LLL', '-b', slapd.SUFFIX, '-E', 'pr=1000/noprompt', '1.1').count('dn: ')


def make(name, provider, conf):
    (folder / name).mkdir(parents=True)
    (folder / name / 'db.conf').write_text(conf)
    return slapd.Slapd(folder / name, provider)


ldif = folder / 'people.ldif'
source = make('source', 1000, '')
consumer = make('consumer', None, CONSUMER % (source.url, slapd.SUFFIX, slapd.ADMIN))
with open(ldif, 'w') as f:
    subprocess.run([sys.executable, os.path.join(here, 'gen_people.py'), str(people)], stdout=f, check=True)
source.load(ldif)
source.start()
try:
    began, before = time.monotonic(), cpu(source)
    consumer.start()
    while state(consumer) == '' or state(consumer) != state(source):
        time.sleep(0.05)
    took, used = time.monotonic() - began, cpu(source) - before + cpu(consumer)
    if entries(source) != entries(consumer):
        sys.exit('replicate.py: %d entries, the provider has %d' % (entries(consumer), entries(source)))
    print('%d entries by syncrepl into an empty server: %.2f s, %.2f s of CPU of both servers' % (entries(consumer), took, used))
finally:
    for s in (consumer, source):
        s.stop()
