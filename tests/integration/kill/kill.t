#!/usr/bin/env python3
"""SIGKILL at random points of a cycle; after each, one normal cycle must end
where an undisturbed run ends, and nothing may be created twice.

KILL_SEED sets the seed (printed), KILL_POINTS how many kills (50): a quarter
at least in each of import, sync and export; five more than that between a
$batch and its answer, which the tenant holds back.  KILL_ROAD=sync goes by the
synchronisation service.
"""
import os
import random
import re
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
import sync_company  # noqa: E402

POINTS = int(os.environ.get('KILL_POINTS', '50'))
SEED = int(os.environ.get('KILL_SEED') or random.SystemRandom().randrange(1 << 31))
QUOTA = {'import': POINTS * 12 // 50, 'sync': POINTS * 12 // 50, 'export': POINTS * 12 // 50,
         'batch': max(1, POINTS * 5 // 50)}
ROAD = os.environ.get('KILL_ROAD', 'graph')
PEOPLE = 200
HOLD_MS = 400
LAST_STEP = 'SELECT CAST(type AS TEXT), end_ms FROM step ORDER BY id DESC LIMIT 1'
rnd = random.Random(SEED)
t = Tap()
t.note('seed %d: KILL_SEED=%d repeats it' % (SEED, SEED))


class Scene:
    """A state to start from, what is run on it, and where that must end."""

    def __init__(self, name, folder, args):
        self.name, self.folder, self.args = name, folder, args
        self.spans = {}   # phase: [(from, to)] in seconds from the start
        self.wanted = self.made = None

    def restore(self, live):
        shutil.rmtree(live, ignore_errors=True)
        shutil.copytree(self.folder, live, symlinks=True)


def phase_of_step(step):
    return next(p for p in ('import', 'sync', 'export') if p in step)


def last_step(store):
    """The kind of the step that was under way: (phase, was it ended)."""
    # Read from a copy: opening the store itself would be part of the recovery.
    with tempfile.TemporaryDirectory() as d:
        for suffix in ('', '-wal'):
            if os.path.exists(str(store) + suffix):
                shutil.copy(str(store) + suffix, os.path.join(d, 'copy.db' + suffix))
        if not os.path.exists(os.path.join(d, 'copy.db')):
            return None, True
        db = sqlite3.connect(os.path.join(d, 'copy.db'))
        try:
            row = db.execute(LAST_STEP).fetchone()
        except sqlite3.OperationalError:  # no tables yet
            row = None
        db.close()
    return (phase_of_step(row[0]), bool(row[1])) if row else (None, True)


def spans_of(result, spawned):
    """When each phase ran, in seconds after the process was started."""
    spans = {}
    for r in result.json()['runs']:
        for s in r['steps']:
            a, b = (stamp(s[k]) - spawned for k in ('start-date', 'end-date'))
            spans.setdefault(phase_of_step(s['step-type']), []).append((max(a, 0), max(b, a + 0.002)))
    return spans


def stamp(text):
    import datetime
    text = text.rstrip('Z').replace('T', ' ')
    return datetime.datetime.strptime(text, '%Y-%m-%d %H:%M:%S.%f').replace(tzinfo=datetime.timezone.utc).timestamp()


def state_of(tenant):
    if ROAD == 'sync':
        there = sync_company.Company.there(tenant.graph().full_dump())
        dice = {'group': ('id', 'mailNickname')}  # the service throws a nickname for a plain group
        for o in there.values():  # and four digits for one whose name another has
            if 'userPrincipalName' in o:
                o['userPrincipalName'] = re.sub(r'[0-9]{4}@(?!vanmark\.example$)', '....@', o['userPrincipalName'])
        return {k: {n: v for n, v in o.items() if n not in dice.get(k[0], ('id',))} for k, o in there.items()}
    return {a: (o['type'], {k: v for k, v in o['props'].items() if k not in ('id', 'members', 'manager')},
                o.get('manager'), sorted(o.get('members', ())))
            for a, o in oracle.actual(tenant.dump()).items()}


def moment(spans):
    a, b = rnd.choices(spans, [b - a for a, b in spans])[0]
    return rnd.uniform(a, b)


def kill_at(site, tenant, scene, target):
    """Runs the scene and kills it; the phase that was hit, or None."""
    if target == 'batch':
        return kill_in_batch(site, tenant, scene)
    began = time.monotonic()
    p = site.popen(*scene.args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait = began + moment(scene.spans[target]) - time.monotonic()
    if wait > 0:
        time.sleep(wait)
    if p.poll() is not None:
        return None
    p.kill()
    p.wait()
    phase, ended = last_step(site.path / 'causeway.db')
    return None if ended else phase


def kill_in_batch(site, tenant, scene):
    """The tenant takes a $batch, does it, and holds back its answer."""
    tenant.admin('POST', 'delay', {'ms': HOLD_MS})
    skip = rnd.randrange(0, 6)
    seq, hit = tenant.writes(), None
    p = site.popen(*scene.args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while p.poll() is None:
        now = tenant.writes()  # this answer is not held back
        if now != seq:         # a batch was carried out within the last few ms
            seen = time.monotonic()
            skip -= 1
            seq = now
        if skip < 0:
            time.sleep(rnd.uniform(0, HOLD_MS / 4000))
            p.kill()
            hit = 'batch' if time.monotonic() - seen < HOLD_MS / 2000 else None
            break
        time.sleep(0.005)
    p.wait()
    tenant.admin('POST', 'delay', {'ms': 0})
    return hit


def check(site, tenant, scene, what, before):
    """The cycle after a kill, and what it leaves."""
    r = site.run('cycle')
    good = t.code(r, scene.code, '%s: a normal cycle' % what)
    now = state_of(tenant)
    lines = []
    for a in sorted(set(scene.wanted) | set(now), key=str):
        if scene.wanted.get(a) != now.get(a):
            lines.append('%s: %r, undisturbed: %r' % (a, now.get(a), scene.wanted.get(a)))
    good &= t.ok(not lines, '%s: the end is that of an undisturbed run' % what, '\n'.join(lines[:10]))
    made = tenant.journal(before)['totals']
    for name in ('created', 'deleted'):
        good &= t.is_(made[name], scene.made[name], '%s: as many were %s as undisturbed' % (what, name))
    return good


def prepare(d):
    """The two scenes: the first cycle of all, and the second day."""
    live = d / 'live'
    (live / 'site').mkdir(parents=True)
    company(live / 'company.ldif', '--people', PEOPLE, '--seed', 1)
    day2 = company(d / 'day2.ldif', '--people', PEOPLE, '--seed', 1, '--day2')
    tenant = Tenant(live / 'tenant', 'vanmark.example').start()
    door = tenant.connector()
    if ROAD == 'sync':
        door = tenant.sync_switch(True).sync_connector()
    site = Site(live / 'site', [ldif_connector(live / 'company.ldif'), door])
    tenant.stop()
    first = Scene('first day', d / 'scene1', ['cycle', 'initial'])
    shutil.copytree(live, first.folder)
    undisturbed(first, site, tenant)
    tenant.stop()
    shutil.copy(day2, live / 'company.ldif')
    second = Scene('second day', d / 'scene2', ['cycle'])
    shutil.copytree(live, second.folder)
    undisturbed(second, site, tenant)
    tenant.stop()
    return site, tenant, [first, second]


def undisturbed(scene, site, tenant):
    tenant.start()
    before = tenant.writes()
    spawned = time.time()
    r = site.run(*scene.args, '--json')
    scene.code = 3  # the company's bad records
    t.code(r, scene.code, '%s, undisturbed' % scene.name)
    scene.spans = spans_of(r, spawned)
    # One more, as after a kill: what it leaves is what is compared.
    t.code(site.run('cycle'), scene.code, '%s, the cycle after it' % scene.name)
    scene.wanted = state_of(tenant)
    scene.made = tenant.journal(before)['totals']
    t.note('%s: %d objects; %s' % (scene.name, len(scene.wanted), ', '.join(
        '%s %.2f s' % (p, sum(b - a for a, b in s)) for p, s in scene.spans.items())))


with scratch() as d:
    site, tenant, scenes = prepare(d)
    hits = dict.fromkeys(QUOTA, 0)
    done = tries = 0
    while (done < POINTS or any(hits[p] < q for p, q in QUOTA.items())) and tries < POINTS * 12 and t.bad < 5:
        tries += 1
        lacking = [p for p, q in QUOTA.items() if hits[p] < q] or ['import', 'sync', 'export']
        target, scene = rnd.choice(lacking), scenes[tries % 2]
        scene.restore(d / 'live')
        tenant.start()
        before = tenant.writes()
        phase = kill_at(site, tenant, scene, target)
        if phase:
            done += 1
            hits[phase] += 1
            check(site, tenant, scene, 'kill %d, %s, in %s' % (done, scene.name, phase), before)
        tenant.stop()
    t.note('%d kills in %d tries: %s' % (done, tries, hits))
    for phase, quota in QUOTA.items():
        t.ok(hits[phase] >= quota, '%s was hit at least %d times' % (phase, quota), 'hit %d times' % hits[phase])
t.done()
