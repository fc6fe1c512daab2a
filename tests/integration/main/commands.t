#!/usr/bin/env python3
"""The commands as a whole: each has its help and stands in the manual; those that look
show the same thing to people and, by --json, to programs."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403

DN = 'CN=Person 003,OU=Staff,DC=small,DC=example'
MAN = ROOT / 'man/causeway.1.scd'
# What it is asked, and what both answers have.
LOOKS = (
    (['status'], ['company', 'cloud']),
    (['history', 'list'], ['company', 'full-import', 'success']),
    (['history', 'show', '1'], ['company', 'full-import', 'success']),
    (['connector', 'list'], ['company', 'file', 'cloud', 'graph']),
    (['connector', 'test'], ['company', 'cloud']),
    (['connector', 'schema', 'company'], ['displayName', 'member', 'reference']),
    (['cs', 'search', 'Person 003'], [DN, 'company']),
    (['cs', 'search', 'Person 003', '--connector', 'company', '--under', 'OU=Staff,DC=small,DC=example'], [DN]),
    (['cs', 'get', DN], [DN, 'Person 003', 'p003']),
    (['mv', 'search', 'displayName=Changed'], ['Changed 3', 'p003']),
    (['mv', 'get', 'p003@' + SMALL], ['Person 003', 'In from']),
    (['trace', DN], [DN, 'Changed 3', 'In from', 'cloud']),
    (['pending'], ['Changed 3', 'Person 003']),
    (['pending', 'cloud'], ['Changed 3', 'Person 003']),
    (['staging'], ['staging']),
    (['staging', 'status'], ['staging']),
    (['guard', 'show'], ['500']),
    (['config', 'check'], []),
    (['rule', 'list'], ['Out to cloud - User Identity']),
    (['sched', 'show'], ['delta']),
    (['journal', 'list'], ['cloud']),
    (['plan', 'list'], []),
    (['undo', 'list'], []),
    (['lease', 'show'], ['cloud']),
    (['why', DN, 'displayName'], ['Changed 3', 'Out to cloud']),
    (['why-not', DN], ['cloud']),
    (['preview', DN], ['Changed 3']),
    (['doctor', 'cloud'], []),
    (['expr', 'eval', 'Left("abc",2)'], ['ab']),
    (['expr', 'functions'], ['Left', 'IIF']),
)
t = Tap()


def known():
    """Every command that the help names, without its arguments."""
    lines = re.findall(r'^  ([a-z].*?)(?:  +| (?=[A-Z\[]|\S+\|\S+ [A-Z]|--))', run(CAUSEWAY, '--help').out, re.M)
    return sorted({' '.join(w for w in line.split() if re.fullmatch('[a-z-]+', w)) for line in lines})


def helps():
    man = re.sub(r'\\(.)', r'\1', MAN.read_text())
    there = known()
    t.ok(len(there) > 60, '%d commands' % len(there))
    mute = [c for c in there if run(CAUSEWAY, *c.split(), '--help').code != 0 or
            'usage: causeway ' + c not in run(CAUSEWAY, *c.split(), '--help').out]
    t.is_(mute, [], 'each of them says how it is called')
    t.is_([c for c in there if '*causeway %s*' % c not in man], [], 'each of them stands in the manual')
    wrong = [c for c in there if run(CAUSEWAY, *c.split(), '--no-such-option').code != 2]
    t.is_(wrong, [], 'an option that is none is a mistake in the usage: 2')
    t.code(run(CAUSEWAY, 'no-such-command'), 2, 'so is a command that is none')


with scratch() as d:
    helps()
    tenant = Tenant(d / 'tenant', SMALL).start()
    source = d / 'small.ldif'
    entries = small_entries(12)
    source.write_text(ldif_text(entries))
    site = Site(d / 'site', [ldif_connector(source), tenant.connector()])
    t.code(site.run('cycle', 'initial'), 0, 'the first cycle')
    source.write_text(ldif_text(entries).replace('displayName: Person 003', 'displayName: Changed 3'))
    for profile in ('full-import', 'delta-sync'):
        t.code(site.run('run', 'company', profile), 0, profile)
    for args, pieces in LOOKS:
        name = ' '.join(args).replace(DN, 'DN')
        r = site.run(*args)
        t.code(r, 0, name)
        t.has(r.all, pieces, name + ': for people')
        r = site.run(*args, '--json')
        try:
            doc = r.json()
        except ValueError:
            doc = None
        t.ok(r.code == 0 and doc is not None and r.err == '', name + ' --json: one document, and nothing else', r.all[:500])
        t.has(r.out, pieces, name + ' --json: for programs')
    doc = site.run('config', 'show').json()
    t.is_([c['name'] for c in doc['connectors']], ['company', 'cloud'], 'config show is a document anyhow')
    t.ok(tenant.client['clientSecret'] not in json.dumps(doc), 'and has no secret')
    for args in (['cs', 'get', 'CN=Nobody'], ['mv', 'get', 'nobody@nowhere'], ['trace', 'CN=Nobody'], ['history', 'show', '999'],
                 ['run', 'nowhere', 'export'], ['connector', 'schema', 'nowhere'], ['why', 'CN=Nobody', 'mail']):
        r = site.run(*args)
        t.ok(r.code == 1 and args[-1 if args[0] != 'run' else 1].split('=')[-1][:6] in r.all or args[0] == 'why' and r.code == 1,
             ' '.join(args) + ': is not there, and it is named', r.all)
        r = site.run(*args, '--json')
        t.ok(r.code == 1 and 'message' in r.json()['error'], ' '.join(args) + ' --json: the error is a document', r.all)
t.done()
