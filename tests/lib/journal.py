"""journal.py -- what changed at a tenant, by the tenant's own account.

The journal (/_causeway/writes) says which objects were written and how often;
two dumps say what is different.  Both must agree with what was expected."""
import oracle

LINKS = ('members+', 'members-')
OPERATIONS = ('created', 'updated', 'deleted', 'purged', 'restored', 'linked', 'unlinked')


def lines(journal, dump):
    """One line for each object that was written, with its name where it has one."""
    names = {o['id']: o.get('userPrincipalName') or o['displayName'] for o in dump['users'] + dump['groups']}
    return ['%s %s: %s' % (o['type'], names.get(o['id'], o['id']), ', '.join(
        '%s %d' % (n, o[n]) for n in OPERATIONS if n in o)) for o in journal['objects']]


def differences(before, after):
    """What is different between two results of oracle.actual(): {anchor: (operation, {property: value})}."""
    out = {}
    for a in set(before) | set(after):
        if a not in after:
            out[a] = ('delete', {})
        elif a not in before:
            out[a] = ('add', {})
        else:
            changes = changed(before[a], after[a])
            if changes:
                out[a] = ('update', changes)
    return out


def changed(old, new):
    changes = {n: new['props'].get(n) for n in set(old['props']) | set(new['props'])
               if old['props'].get(n) != new['props'].get(n) and n not in ('members', 'manager')}
    if old.get('manager') != new.get('manager'):
        changes['manager'] = new.get('manager')
    gained, lost = new.get('members', set()) - old.get('members', set()), old.get('members', set()) - new.get('members', set())
    if gained:
        changes['members+'] = gained
    if lost:
        changes['members-'] = lost
    return changes


def expected(changes):
    """The list of make_company.py --expect in the form of differences(), and
    the anchors of who comes or goes."""
    out, moved = {}, set()
    for c in changes:
        anchor = c['anchor'] if c['type'] == 'user' else 'group:' + c['name']
        out[anchor] = (c['operation'], {n: set(v) if n in LINKS else v for n, v in c['changes'].items()})
        if c['operation'] != 'update':
            moved.add(anchor)
    return out, moved


def compare(changes, before, after, journal):
    """before, after: dumps.  Lines of text for whatever was not expected, or
    was and did not come."""
    # A group that is renamed is told apart by its id.
    renamed = {g['id']: 'group:' + g['displayName'] for g in before['groups']}
    after = dict(after, groups=[dict(g, label=renamed.get(g['id'])) for g in after['groups']])
    old, new = oracle.actual(before), oracle.actual(after)
    for g in after['groups']:
        was, now = g.get('label'), 'group:' + g['displayName']
        if was and was != now:
            new[was] = new.pop(now)
            for o in new.values():
                if now in o.get('members', ()):
                    o['members'] = o['members'] - {now} | {was}
    happened = {a: (op, {n: v for n, v in ch.items() if n != 'label'}) for a, (op, ch) in differences(old, new).items()}
    happened = {a: h for a, h in happened.items() if h[0] != 'update' or h[1]}
    wanted, moved = expected(changes)
    out = []
    for a in sorted(set(happened) | set(wanted)):
        out += compare_one(a, happened.get(a), wanted.get(a), moved)
    return out + check_journal(journal, before, after, old, new, happened)


def compare_one(anchor, happened, wanted, moved):
    if wanted is None:
        op, changes = happened
        # Who is deleted leaves groups, who is hired enters them: said once.
        changes = {n: v - moved if n in LINKS else v for n, v in changes.items()}
        changes = {n: v for n, v in changes.items() if v or n not in LINKS}
        return ['%s: not expected: %s %r' % (anchor, op, changes)] if op != 'update' or changes else []
    if happened is None:
        return ['%s: expected and did not come: %s %r' % (anchor, *wanted)]
    if happened[0] != wanted[0]:
        return ['%s: %s, expected %s' % (anchor, happened[0], wanted[0])]
    if wanted[0] != 'update':
        return []
    out = []
    for name in sorted(set(happened[1]) | set(wanted[1])):
        got, want = happened[1].get(name), wanted[1].get(name)
        if name in LINKS:
            got, want = (got or set()) - moved, (want or set()) - moved
        if (got or None) != (want or None) and not (got is False and want is False):
            out.append('%s: %s became %r, expected %r' % (anchor, name, got, want))
    return out


def check_journal(journal, before, after, old, new, happened):
    """No write without a difference: the objects that the journal names are
    those that differ, and none was created, changed or deleted twice."""
    anchors = {}
    for dump, objects in ((before, old), (after, new)):
        by_label = {}
        for a, o in objects.items():
            by_label[o['props']['id']] = a
        anchors.update(by_label)
    out = []
    for o in journal['objects']:
        name = anchors.get(o['id'], o['id'])
        change = happened.get(name)
        if change is None:
            out.append('%s: written without a change: %r' % (name, o))
            continue
        op, changes = change
        members = sum(len(changes.get(n, ())) for n in ('members+', 'members-'))
        # A user that is deleted waits to be purged, a group is gone at once.
        for kind, allowed in (('created', 'add'), ('deleted', 'delete'), ('purged', 'delete'), ('restored', '')):
            if o.get(kind, 0) > (op == allowed):
                out.append('%s: %s %d times' % (name, kind, o[kind]))
        if op == 'update' and o.get('updated', 0) > (1 if set(changes) - {'manager', 'members+', 'members-'} else 0):
            out.append('%s: updated %d times, changes %r' % (name, o['updated'], changes))
        if op == 'update' and o.get('linked', 0) + o.get('unlinked', 0) > members + 2 * ('manager' in changes):
            out.append('%s: linked and unlinked %d times for %d links' % (
                name, o.get('linked', 0) + o.get('unlinked', 0), members + ('manager' in changes)))
    return out
