"""sweep.py -- one fault after another, each followed by one clean cycle.

  sweep('memory')     in a test: every choice of n, on both days

FAULT_LONG=1: every n up to 500, then 500 drawn; else SHORT[kind] of them, drawn
so that every step has its share.  FAULT_SEED repeats a run, FAULT_ONLY=DAY:N (1:230)
looks at one alone and says where it was.
"""
import os
import random
import tempfile

import controller
import fixture
import rig

LONG = os.environ.get('FAULT_LONG') == '1'
ONLY = os.environ.get('FAULT_ONLY')
SEED = int(os.environ.get('FAULT_SEED') or random.SystemRandom().randrange(1 << 31))
EVERY = 500   # in the long form: each of the first, and as many drawn after it
# A day's faults in the short form.
SHORT = {'memory': 12, 'store': 10, 'disk': 8, 'full': 4, 'ldap': 6, 'http': 8,
         'commit': 6, 'answer': 8}
TENANT, SERVER, CONTROLLER = fixture.ToTenant, fixture.ToServer, controller.FromController
# Where a kind is tried: the others do the rest alike.
WHERE = {'memory': (TENANT, SERVER, CONTROLLER), 'ldap': (TENANT, SERVER, CONTROLLER), 'commit': (TENANT, SERVER)}
# The tenant's own faults: the answer to the n-th request.
ANSWERS = ({'status': 429}, {'status': 500}, {'status': 500, 'when': 'after'}, {'kind': 'half'}, {'kind': 'close'},
           {'kind': 'close', 'when': 'after'}, {'status': 429, 'scope': 'item'}, {'status': 503, 'count': 2})
# What a kind is tried with, in turns (the long form: each, where there are few).
MODES = {'answer': ANSWERS, 'ldap': ({}, {'after': 1}), 'http': ({}, {'after': 1}), 'commit': ({},), 'full': ({}, {'stays': 1})}
ONCE_OR_STAYS = ({}, {'stays': 1})
ENDS = (0, 1, 3)  # what a run that met a fault may say
BATCH = 20        # requests of one $batch


def drawn(rnd, spans, count):
    """count numbers of the spans [(from, to)], each of them with its share."""
    out = set()
    spans = [s for s in spans if s[1] > s[0]]
    for i, (a, b) in enumerate(spans):
        share = count * (i + 1) // len(spans) - count * i // len(spans)
        out |= set(rnd.sample(range(a + 1, b + 1), min(share, b - a)))
    return out


def operations(day, kind):
    """How many there were when each step began, and at the end."""
    return [m['http' if kind == 'answer' else kind] for _, m in day.marks]


def choice(rnd, day, kind):
    """[(n, mode)] of a day."""
    counts = [0] + operations(day, kind)
    spans, total = list(zip(counts, counts[1:])), counts[-1]
    modes = MODES.get(kind, ONCE_OR_STAYS)
    if not LONG:
        return [(n, modes[n % len(modes)]) for n in sorted(drawn(rnd, spans, SHORT[kind]))]
    first = [(n, m) for n in range(1, min(total, EVERY) + 1) for m in (modes if total <= EVERY else modes[:1])]
    rest = drawn(rnd, [(max(a, EVERY), b) for a, b in spans], EVERY)
    return first + [(n, modes[n % len(modes)]) for n in sorted(rest)]


def rows_differ(got, wanted):
    got, wanted = set(got), set(wanted)
    return ['only here: %r' % (r,) for r in sorted(got - wanted, key=repr)[:6]] + [
        'lacks: %r' % (r,) for r in sorted(wanted - got, key=repr)[:6]]


def broken(r, ends):
    """What is wrong with how a program ended that met a fault."""
    if r is None:
        return ['it did not come to an end']
    out = [] if r.code in ends else ['it ended with %d' % r.code]
    if r.code == 1 and not r.all.strip():
        out.append('it failed and said nothing')
    return out + ['"%s" in what it said' % word for word in ('(null)', 'Sanitizer', 'runtime error', 'Assertion')
                  if word in r.all]


class Sweep:
    def __init__(self, kind, tap, world):
        self.kind, self.t, self.world = kind, tap, world
        self.rnd = random.Random(SEED)
        self.hits = 0

    def broken(self, r):
        """What is wrong with a run that met a fault."""
        out = broken(r, (*ENDS, -9) if self.kind == 'commit' else ENDS)
        return out + ['it told a secret' for s in self.world.secrets if r is not None and s in r.all]

    def too_often(self, made, day, mode):
        """What was written otherwise than undisturbed.  Where the tenant's answer
        was lost, the same values may be written once more, those of one $batch
        (docs/adr/graph-create-once.md); nothing else is there twice."""
        again = self.kind == 'http' and mode.get('after') or self.kind == 'answer'
        wanted = day.made
        if again and 0 <= made['updated'] - wanted['updated'] <= BATCH:
            wanted = {**wanted, 'updated': made['updated']}
        links = made.get('linked', 0) - wanted.get('linked', 0)
        if again and 0 <= links <= BATCH and links == made['unlinked'] - wanted['unlinked']:
            wanted = {**wanted, 'linked': made['linked'], 'unlinked': made['unlinked']}
        return [] if made == wanted else ['written: %r, undisturbed: %r' % (made, day.made)]

    def ended(self, day, before, mode):
        """What is wrong after the clean cycle."""
        w, out = self.world, []
        clean = w.site.run('cycle')
        if clean.code != day.code:
            out.append('the clean cycle: %d, wanted %d\n%s' % (clean.code, day.code, clean.all[-1500:]))
        now = w.state()
        for a in sorted(set(day.wanted) | set(now)):
            if day.wanted.get(a) != now.get(a):
                out.append('%s: %r, undisturbed: %r' % (a, now.get(a), day.wanted.get(a)))
        out += self.too_often(w.made(before), day, mode)
        return out + self.settled(day)

    def settled(self, day):
        """One cycle more writes nothing, and the store is as undisturbed."""
        w, before = self.world, self.world.mark()
        r = w.site.run('cycle')
        out = [] if r.code == day.code else ['the cycle after that: %d\n%s' % (r.code, r.all[-1500:])]
        if w.mark() != before:
            out.append('the cycle after that wrote %r' % w.made(before))
        rows, health = fixture.store_state(w.store)
        return out + rows_differ(rows, day.rows) + ([] if health == 'ok' else [health])

    def one(self, day, n, mode):
        before = self.world.begin(day)
        if self.kind == 'answer':
            r, where = self.world.answered(day, n, mode)
        else:
            r = self.world.faulty(day, kind=self.kind, at=n, **mode)
            where = fixture.hit(self.world.report)
        wrong = self.broken(r) + self.ended(day, before, mode)
        self.hits += where is not None
        if wrong or ONLY:
            wrong += ['fault at:'] + ['  ' + x for x in (where or ['nowhere'])[:14]]
            wrong += ['what was said:', r.all[-1200:] if r else '']
        name = '%s: %s %d%s' % (day.name, self.kind, n, ''.join(', %s' % (m if v == 1 else v) for m, v in mode.items()))
        self.t.ok(not wrong or bool(ONLY), name, '\n'.join(wrong))
        if ONLY:
            self.t.note('\n'.join(wrong))

    def day(self, day):
        picked = choice(self.rnd, day, self.kind)
        self.t.note('%s: %d %s operations, %d of them fail' % (
            day.name, operations(day, self.kind)[-1], self.kind, len(picked)))
        for n, mode in picked:
            if self.t.bad < 20:
                self.one(day, n, mode)
        self.t.ok(self.hits >= len(picked) * 2 // 3, '%s: the faults were met' % day.name, '%d of %d' % (
            self.hits, len(picked)))
        self.hits = 0


def days(world):
    """Each day of a world, once it is known what it comes to."""
    for i, day in enumerate(world.days):
        if i != 0:
            world.next_day()
        world.undisturbed(day)
        yield day
        # as it ended, so that the next day begins with it
        world.begin(day)
        for args in (day.args, ['cycle'], ['cycle']):
            world.site.run(*args)


def sweep_world(kind, t, world):
    s = Sweep(kind, t, world)
    try:
        for i, day in enumerate(days(world)):
            if ONLY is None:
                s.day(day)
            elif ONLY.startswith('%d:' % (i + 1)):
                for mode in MODES.get(kind, ONCE_OR_STAYS):
                    s.one(day, int(ONLY.split(':')[1]), mode)
    finally:
        world.close()


def stay_in_memory():
    """No disk has to be waited for."""
    if 'TMPDIR' not in os.environ and os.access('/dev/shm', os.W_OK):
        tempfile.tempdir = '/dev/shm'


def sweep(kind):
    stay_in_memory()
    t = rig.Tap()
    t.note('seed %d: FAULT_SEED=%d repeats it' % (SEED, SEED))
    for make in WHERE.get(kind, (TENANT,)):
        with rig.scratch() as d:
            t.note(make.__doc__)
            sweep_world(kind, t, make(d))
    t.done()
