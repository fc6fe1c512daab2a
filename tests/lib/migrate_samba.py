"""What migrate_samba.sh runs when the forest is up; also a library for tests with more to say.

  migrate_samba.py EXPORT              FORESTS_RUN: the folder that has the forest
  migrate_samba.py --domain EXPORT     the domain that the forest must have
"""
import base64
import collections
import datetime
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / 'tools/demo')]
import forest_export  # noqa: E402
import forest_schema  # noqa: E402
import forests  # noqa: E402
import oracle  # noqa: E402
import rig  # noqa: E402
import rules_compare  # noqa: E402
import upgrade_site  # noqa: E402

CLASSES = ('user', 'inetOrgPerson', 'contact', 'group', 'computer', 'foreignSecurityPrincipal')
LISTS = {'user': 'users', 'group': 'groups', 'contact': 'contacts', 'device': 'devices'}
KEEP = os.environ.get('KEEP')


class AnyForest(forests.Forest):
    """The one that migrate_samba.sh has started."""

    def __init__(self, domain, dn):
        self.name, self.dn, self.domain = domain, dn, domain
        self.ca = forests.RUN / domain / 'ca/ca.pem'
        self.env = dict(os.environ, LDAPTLS_CACERT=str(self.ca))
        self.at('dc1.' + domain)

    def settings(self):
        """For upgrade_site.point_at(): how to reach it, and nothing of what is read."""
        c = self.connector()
        return {k: c[k] for k in ('kind', 'servers', 'bind', 'user', 'password', 'tls')}


class Rehearsal:
    def __init__(self, tap, export, folder):
        self.t, self.folder, self.export = tap, folder, forest_export.Export(export)
        self.forest = AnyForest(self.export.domain, self.export.dn)
        self.site, self.tenants = folder / 'site', 0
        self.take_over()

    def causeway(self, name, *args, code=0):
        r = rig.run(rig.CAUSEWAY, *args, '--config', self.site)
        self.t.ok(r.code in (code if isinstance(code, tuple) else (code,)), name, 'exit code %d\n%s' % (r.code, r.all[-3000:]))
        return r

    # ---- What it is ----

    def take_over(self):
        t, x = self.t, self.export.analysis
        t.note('%s %s; recommended: %s; rules %s' % (x['system'], x['version'], x['recommendation'], x['rules']))
        for verdict in ('blocks', 'manual'):
            for v in x['verdicts']:
                if v['verdict'] == verdict:
                    t.note('%s: %s: %s' % (verdict, v['setting'], v['detail']))
        r = rig.run(rig.CAUSEWAY, 'migrate', 'import', self.export.path, '--to', self.site)
        if not t.code(r, 0, 'the export is imported'):
            raise SystemExit(1)
        t.note(r.out.splitlines()[0])
        t.ok('\nstaging: true\n' in (self.site / 'causeway.yaml').read_text(), 'into staging mode')
        self.export.add_reads(self.site, 'Causeway\'s')

    # ---- The forest ----

    def extend(self):
        """The schema gets what the rules read; what that was is said."""
        t, schema = self.t, forest_export.Schema(self.forest)
        found = forest_export.gaps(self.export, schema)
        self.say_gaps(found)
        ldif = forest_export.extension(found, schema, forest_schema.schema_of(self.forest.dn))
        self.kept('schema.ldif', ldif)
        self.forest.apply(ldif)
        self.schema = forest_export.Schema(self.forest)
        left = [g for g in forest_export.gaps(self.export, self.schema) if forest_export.closes(g)]
        t.is_(left, [], 'the schema is extended: %d attributes, with OIDs of our own' % len(
            {g.attribute for g in found if forest_export.closes(g)}))

    def say_gaps(self, found):
        """By attribute: of which classes, and which of the export's own rules read it."""
        by_name = collections.defaultdict(list)
        for g in found:
            by_name[g.attribute or 'the class ' + g.cls].append(g)
        own = {n: [r for g in gs for w, r in g.rules if w == forest_export.OWN] for n, gs in by_name.items()}
        self.t.note('gaps: %d attributes that the rules read and the forest does not have, %d of them read by the export\'s own rules:' % (
            len(by_name), sum(map(bool, own.values()))))
        for name, gs in sorted(by_name.items(), key=lambda x: x[0].lower()):
            rules = sorted(set(own[name]))
            who = rules[0] + (' and %d more' % (len(rules) - 1) if len(rules) > 1 else '') if rules else "Causeway's rules alone"
            self.t.note('  %-39s %-35s %s%s' % (name, ', '.join(sorted({g.cls for g in gs if g.attribute})), who,
                                                '' if any(map(forest_export.closes, gs)) else ': left out'))

    def populate(self):
        people = forest_export.People(self.export, self.schema)
        self.forest.change(*people.changes)

    def kept(self, name, text):
        if KEEP:
            pathlib.Path(KEEP).mkdir(parents=True, exist_ok=True)
            (pathlib.Path(KEEP) / name).write_text(text)

    def read_forest(self):
        """{dn: (class, {attribute: [octets]})} of what the connector has to take in."""
        wanted = {c.lower(): c for c in CLASSES}
        entries = self.forest.read(self.forest.dn, '(|%s)' % ''.join('(objectClass=%s)' % c for c in CLASSES))
        out = {}
        for dn, a in entries:
            cls = wanted.get(a['objectclass'][-1].decode().lower())
            if cls and self.export.in_scope(dn):
                out[dn] = (cls, a)
        return out

    # ---- In staging ----

    def start(self, left=None):
        """A tenant, filled or not, and the imported configuration pointed at both."""
        self.tenants += 1
        self.tenant = rig.Tenant(self.folder / ('tenant-%d' % self.tenants), self.export.domain).start()
        if left is None:
            self.tenant.sync_switch(True)
        else:
            path = self.folder / 'left.json'
            path.write_text(json.dumps(left))
            self.kept('left.json', json.dumps(left, indent=1))
            r = rig.run(rig.TENANT, 'load', self.tenant.path, path)
            if not self.t.code(r, 0, 'the tenant as the old server left it'):
                raise SystemExit(1)
        self.cloud = upgrade_site.point_at(self.site, self.forest.settings(), self.tenant.sync_connector())
        for old in self.site.glob('causeway.db*'):
            old.unlink()

    def cycle(self, name):
        self.before, was = self.tenant.writes(), self.cloud_state()
        r = self.causeway(name + ': the first cycle reads and decides', 'cycle', 'initial', '--json')
        doc = r.json()
        errors = rig.errors_of(r)
        self.t.is_(errors, [], name + ': and no object has an error')
        self.quiet(name, was)
        return doc

    def cloud_state(self):
        return json.dumps(self.tenant.graph().full_dump(), sort_keys=True)

    def quiet(self, name, was):
        self.t.is_((self.tenant.writes(), self.cloud_state() == was), (self.before, True),
                   name + ': nothing was written, and the cloud is as it was')

    def spaces(self):
        """What the directory has is in the connector space, and nothing else."""
        known = self.read_forest()
        classes = self.classes()
        want = collections.Counter(c for c, _ in known.values() if c.lower() in classes)
        r = self.causeway('the connector space', 'cs', 'search', '--connector', self.export.connector['name'], '--limit', '10000', '--json')
        have = collections.Counter(o['objectType'] for o in r.json() if o['objectType'] in CLASSES and o.get('last-import'))
        self.t.is_(dict(have), dict(want), 'what was read is what ldapsearch finds in the containers of the export, by class')
        return known

    def classes(self):
        for line in (self.site / 'causeway.yaml').read_text().splitlines():
            if line.strip().startswith('object_classes: ['):
                return {c.strip().strip("'").lower() for c in line.split('[', 1)[1].rstrip(']').split(',')}
        return {c.lower() for c in CLASSES}

    def pending(self, name):
        r = self.causeway(name + ': pending', 'pending', self.cloud, '--json')
        return r.json()


# ---- The old server, played by the export's own rules ----

def value_of(octets, attribute):
    text = octets.decode(errors='replace')
    if attribute is None:
        return text
    if attribute.syntax in (forest_schema.DN, forest_schema.OR_NAME):
        return {'$ref': text}
    if attribute.syntax[0] in ('2.5.5.10', '2.5.5.17', '2.5.5.15'):
        return {'$bin': octets.hex()}
    if attribute.syntax[0] in ('2.5.5.9', '2.5.5.16'):
        return int(text)
    return text == 'TRUE' if attribute.syntax[0] == '2.5.5.8' else text


def as_object(dn, cls, attrs, schema):
    """What `rule test` takes of an entry."""
    cs = {'dn': dn}
    names = {n.lower(): n for n in attrs}
    for low in names:
        attribute = schema.attributes.get(low)
        values = [value_of(v, attribute) for v in attrs[low]]
        cs[schema_name(low, schema)] = values[0] if attribute and attribute.single else values
    return {'objectType': cls, 'cs': cs}


def schema_name(low, schema):
    return getattr(schema.attributes.get(low), 'name', low)


def loaded(value, anchors):
    """A value of `rule test` as `causeway-tenant load` takes it; None: it points outside."""
    if isinstance(value, list):
        return [x for x in (loaded(v, anchors) for v in value) if x is not None] or None
    if isinstance(value, dict) and '$bin' in value:
        return {'b': base64.b64encode(bytes.fromhex(value['$bin'])).decode()}
    if isinstance(value, dict) and '$ref' in value:
        return anchors.get(value['$ref'].lower())
    return value


class OldServer:
    """Each object of the forest through the export's own rules, word by word."""

    def __init__(self, rehearsal, known):
        self.r, self.verdicts, self.objects = rehearsal, {}, {}
        rules = rules_compare.Rules(rehearsal.export.path, rehearsal.export.connector['name'])
        for dn, (cls, attrs) in known.items():
            self.objects[dn] = as_object(dn, cls, attrs, rehearsal.schema)
            self.verdicts[dn] = rules.verdict(self.objects[dn])
        self.cloud = {dn: rules_compare.cloud_of(v) for dn, v in self.verdicts.items()}
        self.cloud = {dn: (kind, values) for dn, (kind, values) in self.cloud.items() if kind}
        self.anchors = {dn.lower(): values.get('sourceAnchor') for dn, (_, values) in self.cloud.items()}
        self.by_anchor = {a: dn for dn, a in self.anchors.items()}

    def errors(self):
        return {dn: v['errors'] for dn, v in self.verdicts.items() if v.get('errors')}

    def left(self):
        """For causeway-tenant load."""
        day = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
        lists = {name: [] for name in LISTS.values()}
        for _, (kind, values) in self.cloud.items():
            held = {k: loaded(v, self.anchors) for k, v in values.items() if k not in ('sourceAnchor', 'cloudAnchor', 'dn')}
            lists[LISTS[kind]].append({'sync': {'sourceAnchor': values['sourceAnchor'],
                                                'values': {k: v for k, v in held.items() if v is not None}}})
        return {'organization': {'onPremisesSyncEnabled': True, 'clientVersion': self.r.export.analysis['version'] or '1.0.0.0',
                                 'machine': 'OLD-SERVER', 'onPremisesLastSyncDateTime': day.strftime('%Y-%m-%dT%H:%M:%SZ')}, **lists}


def never_sent(export):
    """Is a line of the comparison about what no rule of the export sends?"""
    sent = collections.defaultdict(set)
    for head in forest_export.causeway('rule', 'list', '--config', export.path, '--json').json():
        if head['direction'] == 'Outbound' and not head['disabled']:
            for rule in forest_export.causeway('rule', 'show', head['id'], '--config', export.path).json():
                sent[rule['target'].lower()] |= {f['target'].lower() for f in rule['flows']}
    return lambda line: line['operation'] == 'change' and line['attribute'].lower() not in sent[line['type'].lower()]


def unexplained(line, obj):
    """A change for which docs/rules/differences.md has no reason."""
    if line['operation'] != 'change' or obj is None:
        return True
    d = rules_compare.Difference(line['attribute'], one(line['new']), one(line['old']), obj)
    return not any(f(d) for _, f in rules_compare.REASONS)


def one(values):
    values = values if isinstance(values, list) else [values]
    return None if not values else values[0] if len(values) == 1 else values


def against_empty(t, r, old):
    adds = r.pending('an empty cloud')
    r.kept('pending.json', json.dumps(adds, indent=1))
    t.is_({a['operation'] for a in adds}, {'add'}, 'an empty cloud: everything is an add')
    t.is_(sorted(a['sourceAnchor'] for a in adds), sorted(old.anchors.values()), 'and of exactly those whom the export\'s own rules take')
    x = r.causeway('compared with an empty cloud: every line is open', 'migrate', 'compare', '--json', code=4).json()
    t.is_({line['operation'] for line in x['lines']}, {'add'}, 'and an add')
    t.is_(len(x['lines']), len(adds), 'one for each')


def against(t, r, old, left, name):
    """The comparison with a cloud that holds `left`; the lines that nothing explains."""
    r.tenant.stop()
    r.start(left)
    r.cycle(name)
    x = r.causeway(name + ': compared', 'migrate', 'compare', '--json', code=(0, 4)).json()
    t.note('%d objects, %d the same, %d lines' % (x['objects'], x['same'], len(x['lines'])))
    never = never_sent(r.export)
    lines = [line for line in x['lines'] if not never(line)]
    t.note('%d lines are of attributes that no rule of the export sends' % (len(x['lines']) - len(lines)))
    for (op, cause, attribute, rule), n in collections.Counter(
            (line['operation'], line['cause'], line['attribute'], line['rule']) for line in lines).most_common():
        t.note('  %d x %s, %s: %s [%s]' % (n, op, cause, attribute, rule))
    return x, [line for line in lines if unexplained(line, old.objects.get(dn_of(old, line)))]


def planted(left):
    """Another department of one person, and a person whom nobody has."""
    left = json.loads(json.dumps(left))
    one_of = next(u for u in left['users'] if 'department' in u['sync']['values'])
    one_of['sync']['values']['department'] = 'Elsewhere'
    left['users'].append({'sync': {'sourceAnchor': 'TG9uZyBHb25lIQ==', 'values': {
        'userPrincipalName': 'long.gone@far.example', 'displayName': 'Long Gone', 'accountEnabled': True}}})
    return left, one_of['sync']['sourceAnchor']


def whole(t, export):
    with rig.scratch() as d:
        r = Rehearsal(t, export, d)
        r.extend()
        r.populate()
        r.start()
        r.causeway('the directory is reached, with what it needs', 'connector', 'test', r.export.connector['name'])
        r.cycle('an empty cloud')
        known = {dn: x for dn, x in r.spaces().items() if x[0].lower() in r.classes()}
        old = OldServer(r, known)
        t.is_(old.errors(), {}, 'the export\'s own rules take each of %d objects without an error' % len(known))
        kinds = collections.Counter(kind for kind, _ in old.cloud.values())
        t.note('by the export\'s own rules %d of %d objects are in the cloud: %s' % (len(old.cloud), len(known), dict(kinds)))
        against_empty(t, r, old)

        x, bad = against(t, r, old, old.left(), 'the cloud as the old server left it')
        r.kept('compare.json', json.dumps(x, indent=1))
        t.is_(x['objects'], len(old.cloud), 'as many objects as there are in the cloud')
        t.is_([line for line in x['lines'] if line['operation'] != 'change'], [], 'nobody comes, nobody goes')
        t.is_(bad[:10], [], 'a value that the old server sent stays, or docs/rules/differences.md says why not')

        left, anchor = planted(old.left())
        x, bad = against(t, r, old, left, 'two things planted')
        t.is_(sorted((line['operation'], line['attribute'], line['sourceAnchor']) for line in bad),
              sorted([('change', 'department', anchor), ('unmanaged', '', 'TG9uZyBHb25lIQ==')]),
              'and both are found: the value, and the orphan, which is listed and not deleted')
        if KEEP:
            shutil.copytree(r.site, pathlib.Path(KEEP) / 'site', dirs_exist_ok=True)


def dn_of(old, line):
    low = old.by_anchor.get(line['sourceAnchor'])
    return next((dn for dn in old.objects if dn.lower() == low), None)


def main():
    if sys.argv[1] == '--domain':
        print(forest_export.Export(sys.argv[2]).domain)
        return
    t = rig.Tap()
    whole(t, sys.argv[1])
    t.done()


if __name__ == '__main__':
    main()
