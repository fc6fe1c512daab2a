"""What second.t runs when its two controllers are up."""
import adlib  # noqa: F401
from rig import *  # noqa: F403
from adlib import *  # noqa: F403

FULL = 'no-start-full-import-required'
OU = 'OU=Sync,' + N
ONE, TWO = 'ldaps://' + E['FOREST_DC1'], 'ldaps://' + E['FOREST_DC2']
t = Tap()


def replicate(source, target):
    r = run('bash', '-c', '. %s/forest_pair.sh; pair_replicate %s %s %s' % (ROOT / 'tests/lib', E['FOREST_PAIR'], source, target))
    if r.code != 0:
        raise RuntimeError('replicate: ' + r.all)


def kill(name):
    run('bash', '-c', '. %s/forest_pair.sh; forest_kill %s/%s' % (ROOT / 'tests/lib', E['FOREST_PAIR'], name))


with scratch() as d:
    (d / 'pw').write_text(E['FOREST_SYNC_PASSWORD'])
    (d / 'pw').chmod(0o600)

    def connector(*servers, **more):
        return {'name': 'forest', 'kind': 'ad', 'servers': list(servers), 'user': 'sync@' + E['FOREST_DOMAIN'],
                'password': 'file:%s' % (d / 'pw'), 'tls': {'ca': E['FOREST_CA']}, 'base': OU, 'timeout_s': 5, **more}

    def at(site, *servers):
        site.settings['connectors'][0]['servers'] = list(servers)
        site.write()

    def imported(site, profile='delta-import'):
        s = site.run('run', 'forest', profile, '--json').json()['steps'][-1]
        return s['step-result'], s.get('detail', ''), {
            k: n for k, n in s.get('staging-counters', {}).items() if n and k != 'stage-no-change'}

    def check(site, counters, url, name):
        got = imported(site)
        wrong = differences(directory(lambda dn: below(dn, OU), url=url), held(site))
        t.ok(got[0] == 'success' and not wrong, name, '\n'.join([str(got), *wrong]))
        t.is_(got[2], counters, name + ': and no more')

    change(('add', OU, 'objectClass: organizationalUnit'), *[
        ('add', 'CN=%s,%s' % (n, OU), 'objectClass: user\nsAMAccountName: ' + n) for n in ('anna', 'ben', 'cleo')],
        ('add', 'CN=team,' + OU, 'objectClass: group\nsAMAccountName: team\nmember: CN=anna,%s\nmember: CN=ben,%s' % (OU, OU)))
    replicate('dc1', 'dc2')
    main, usn = Site(d / 'main', [connector(ONE)]), Site(d / 'usn', [connector(ONE, deltas='usn')])
    for site in (main, usn):
        t.is_(imported(site, 'full-import'), ('success', '', {'stage-add': 4}), 'a full import at the first controller')

    # ---- Not replicated yet ----
    change(('modify', 'CN=anna,' + OU, 'replace: title\ntitle: One\n-'))
    check(main, {'stage-update': 1}, ONE, 'a change at the first')
    at(main, TWO)
    got = imported(main)
    t.is_(got, ('success', '', {}), 'the second knows less, and takes nothing back')
    replicate('dc1', 'dc2')
    t.is_(imported(main), ('success', '', {}), 'what the first had told is not told again after it replicated')
    change(('modify', 'CN=ben,' + OU, 'replace: title\ntitle: Two\n-'),
           ('modify', 'CN=team,' + OU, 'add: member\nmember: CN=cleo,%s\n-\ndelete: member\nmember: CN=anna,%s\n-' % (OU, OU)),
           ('delete', 'CN=anna,' + OU, ''), url=TWO)
    check(main, {'stage-update': 2, 'stage-delete': 1}, TWO, 'changes at the second')
    at(main, ONE)
    replicate('dc2', 'dc1')
    check(main, {}, ONE, 'back at the first, which has them by now')
    got = imported(usn)
    t.is_(got[0], 'success', 'numbers go on at their own controller')
    at(usn, TWO)
    got = imported(usn)
    t.is_(got[0], FULL, 'and not at another one')
    t.has(got[1], ['another domain controller'], 'which is said')

    # ---- One dies ----
    change(('modify', 'CN=ben,' + OU, 'replace: title\ntitle: Three\n-'))
    replicate('dc1', 'dc2')
    at(main, ONE, TWO)
    kill('dc1')
    check(main, {'stage-update': 1}, TWO, 'the first is dead: the second tells')
t.done()
