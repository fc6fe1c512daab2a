"""What pending.t runs when there is a slapd: every form tells the same, and the LDIF does what an export would."""
import csv
import io
import os
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../lib'))
from rig import *  # noqa: E402,F403
from slapd import ADMIN, SUFFIX, Slapd  # noqa: E402

FROM, TO = 'ou=Tree,ou=Source,' + SUFFIX, 'ou=Tree,ou=Copy,' + SUFFIX
HEADER = ['connector', 'operation', 'type', 'dn', 'displayName', 'userPrincipalName', 'sourceAnchor', 'attribute',
          'change', 'value', 'rule', 'held']


def unit(dn):
    return 'dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n' % (dn, dn.split(',')[0][3:])


def person(n, **more):
    attrs = {'cn': 'Person %d' % n, 'sn': 'Ö%d' % n, 'displayName': 'Persön %d' % n, 'description': ' blank first', **more}
    return 'dn: uid=p%d,ou=People,%s\nobjectClass: inetOrgPerson\nuid: p%d\n%s\n' % (
        n, FROM, n, ''.join('%s:: %s\n' % (k, base64.b64encode(v.encode()).decode()) for k, v in attrs.items()))


def tree():
    out = ('dn: %s\nobjectClass: organization\nobjectClass: dcObject\no: x\ndc: example\n\n' % SUFFIX
           + unit('ou=Source,' + SUFFIX) + unit('ou=Copy,' + SUFFIX) + unit(FROM) + unit(TO) + unit('ou=People,' + FROM) + unit('ou=Groups,' + FROM))
    out += ''.join(person(n) for n in range(30))
    return out + 'dn: cn=All,ou=Groups,%s\nobjectClass: groupOfNames\ncn: All\n%s\n' % (
        FROM, ''.join('member: uid=p%d,ou=People,%s\n' % (n, FROM) for n in range(20)))


def as_set(doc):
    """{(dn, attribute, change, value)} of the JSON form."""
    out = set()
    for o in doc:
        for c in o['changes']:
            for change, values in (('delete', c['old']), ('add', c['new'])):
                for v in values:
                    out.add((o['dn'], c['attribute'], change, v['$ref'] if isinstance(v, dict) else str(v)))
    return out


def forms(t, site, name):
    doc = site.pending('copy')
    rows = list(csv.reader(io.StringIO(site.run('pending', 'copy', '--format', 'csv').out)))
    t.is_(rows[0], HEADER, name + ': the header of the CSV')
    t.is_({(r[3], r[7], r[8], r[9]) for r in rows[1:] if r[7]}, as_set(doc), name + ': CSV and JSON tell the same')
    root = ET.fromstring(site.run('pending', 'copy', '--format', 'xml').out)
    t.is_(root.tag, 'cs-objects', name + ': the root of the XML')
    got, ops = set(), {}
    for o in root:
        delta = o.find('unapplied-export/delta')
        ops[o.get('cs-dn')] = delta.get('operation')
        for a in list(delta.findall('attr')) + list(delta.findall('dn-attr')):
            for v in list(a.findall('value')) + list(a.findall('dn-value')):
                text = v.findtext('dn') if v.tag == 'dn-value' else v.text
                got.add((o.get('cs-dn'), a.get('name'), v.get('operation'), text or ''))
    t.is_(got, as_set(doc), name + ': XML and JSON tell the same')
    t.is_(ops, {o['dn']: {'rename': 'update'}.get(o['operation'], o['operation']) for o in doc},
          name + ': the operations')
    t.is_({o.findtext('ma-name') for o in root}, {'copy'}, name + ': the connector')
    holograms = {o.get('cs-dn'): {a.get('name'): [v.text for v in a.findall('value')]
                                  for a in o.findall('unapplied-export-hologram/entry/attr')} for o in root}
    t.ok(all(h for dn, h in holograms.items() if ops[dn] != 'delete'), name + ': what each is to be', holograms)
    return doc, root, holograms


def replay(t, site, slapd, d, name):
    ldif = site.run('pending', 'copy', '--format', 'ldif').out
    (d / 'replay.ldif').write_text(ldif)
    r = run('ldapmodify', '-x', '-H', slapd.url, '-D', ADMIN, '-w', 'secret', '-f', d / 'replay.ldif')
    t.code(r, 0, name + ': the LDIF is taken by ldapmodify')
    site.run('run', 'copy', 'full-import')
    site.run('run', 'copy', 'delta-sync')
    t.is_(site.pending('copy'), [], name + ': and nothing is pending any more')


t = Tap()
with scratch() as d:
    slapd = Slapd(d / 'slapd')
    (d / 'tree.ldif').write_text(tree())
    slapd.load(d / 'tree.ldif')
    slapd.start()
    try:
        (d / 'password').write_text('secret')
        (d / 'password').chmod(0o600)

        def connector(name, base, **more):
            return {'name': name, 'kind': 'ldap', 'servers': [slapd.url], 'base': base, 'user': ADMIN,
                    'password': 'file:%s' % (d / 'password'), 'tls': {'required': False},
                    'object_classes': ['inetOrgPerson', 'groupOfNames', 'organizationalUnit'], **more}

        site = Site(d / 'site', [connector('hr', FROM), connector('copy', TO, writable=True)], staging=True,
                    rules=[str(ROOT / 'examples/directory/rules')], parameters={'From': FROM, 'To': TO})
        t.code(site.run('cycle', 'initial'), 0, 'the first cycle, in staging mode')
        doc, root, holograms = forms(t, site, 'adds')
        t.is_(sum(o['type'] == 'inetOrgPerson' for o in doc), 30, 'everybody waits')
        t.is_(holograms['uid=p7,ou=People,' + TO]['displayName'], ['Persön 7'], 'a value of the hologram')
        t.is_(len(root), len(doc), 'one element an object')
        replay(t, site, slapd, d, 'adds')

        slapd.modify('dn: uid=p1,ou=People,%s\nchangetype: modify\nreplace: title\ntitle: Cook\n-\nreplace: displayName\n'
                     'displayName: Changed\n\n'
                     'dn: uid=p2,ou=People,%s\nchangetype: modrdn\nnewrdn: uid=p2x\ndeleteoldrdn: 1\n\n'
                     'dn: uid=p29,ou=People,%s\nchangetype: delete\n\n'
                     'dn: cn=All,ou=Groups,%s\nchangetype: modify\nadd: member\nmember: uid=p25,ou=People,%s\n'
                     '-\ndelete: member\nmember: uid=p2,ou=People,%s\n' % (FROM, FROM, FROM, FROM, FROM, FROM))
        site.run('run', 'hr', 'full-import')
        site.run('run', 'hr', 'delta-sync')
        doc, root, holograms = forms(t, site, 'changes')
        t.is_(sorted(o['operation'] for o in doc), ['delete', 'update', 'update', 'update'], 'what waits')
        p1 = root.find("cs-object[@cs-dn='uid=p1,ou=People,%s']" % TO)
        t.is_([(v.get('operation'), v.text) for v in
               p1.findall("unapplied-export/delta/attr[@name='displayName']/value")],
              [('delete', 'Persön 1'), ('add', 'Changed')], 'old and new value in the delta')
        t.is_((p1.findtext("synchronized-hologram/entry/attr[@name='displayName']/value"),
               p1.findtext("unapplied-export-hologram/entry/attr[@name='displayName']/value")),
              ('Persön 1', 'Changed'), 'what was synchronised, and what is to be')
        p2 = root.find("cs-object[@cs-dn='uid=p2,ou=People,%s']/unapplied-export/delta" % TO)
        t.is_(p2.get('newdn'), 'uid=p2x,ou=People,' + TO, 'a rename')
        replay(t, site, slapd, d, 'changes')
        t.is_(site.run('pending', 'copy', '--json').json(), [], 'an empty list for programs')
        empty = ET.fromstring(site.run('pending', 'copy', '--format', 'xml').out)
        t.is_((empty.tag, len(empty)), ('cs-objects', 0), 'an empty list as XML')
        t.code(site.run('pending', '--format', 'html'), 2, 'a form that is not known')
    finally:
        slapd.stop()
t.done()
