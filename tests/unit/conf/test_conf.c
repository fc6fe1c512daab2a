/* tests/unit/conf/test_conf.c -- what conf/conf.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"

static struct conf_problems problems;

#define LDAP  "connectors:\n - {name: l, kind: ldap, servers: 'ldaps://h', "
#define AD    "connectors:\n - {name: a, kind: ad, servers: 'ldaps://h', "
#define GRAPH "connectors:\n - {name: g, kind: graph, tenant: t, client_id: c, "
#define CSV                                                            \
	"connectors:\n - {name: f, kind: file, path: p, format: csv, " \
	"anchor: id, "
#define LDIF "connectors:\n - {name: f, kind: file, path: p, format: ldif, "

/* One problem each; the whole text where it ends in a full stop's place. */
static const struct {
	const char *in;
	const char *problem;
} wrong[] = {
    {"stor: {}\n",
	"f.yaml:1:1: no setting is called stor; did you mean store?"},
    {"store:\n  pth: x\n",
	"f.yaml:2:3: no setting is called pth; did you mean path?"},
    {"quite_else: 1\n", "f.yaml:1:1: no setting is called quite_else"},
    {"staging: yes\n", "f.yaml:1:10: staging takes true or false"},
    {"staging: 'true'\n", "f.yaml:1:10: staging takes true or false"},
    {"staging:\n", "f.yaml:1:9: staging takes true or false"},
    {"guard: 5\n", "f.yaml:1:8: settings are written \"name: value\" here"},
    {"guard: {deletions: many}\n",
	"f.yaml:1:20: deletions takes a number or off"},
    {"guard: {deletions: -1}\n",
	"f.yaml:1:20: deletions takes a number from 0 to 1000000000 or off"},
    {"guard: {source_percent: 101}\n", "from 0 to 100 or off"},
    {"guard: {source_minimum: off}\n", "source_minimum takes a number"},
    {"guard: {deletions: 99999999999999999999}\n", "takes a number from"},
    {"guard:\n  limits:\n    - {change: delete, container: Lyon, count: 1}\n",
	"guard: limit 1: container \"Lyon\" is no DN"},
    {"schedule: {interval: 30}\n", "takes a time such as 90s"},
    {"schedule: {interval: 0s}\n", "interval is out of range"},
    {"schedule: {interval: 9223372036854775807d}\n", "out of range"},
    {"rules: {a: b}\n", "f.yaml:1:8: rules takes a list of texts, not a map"},
    {"rules: [a, [b]]\n", "f.yaml:1:12: rules takes text, not a list"},
    {"rules: []\n", "rules names none"},
    {"default_rules: {services: [mail]}\n",
	"f.yaml:1:28: services is one of apps, dynamics, exchange, intune, "
	"rms, sharepoint, teams, not mail"},
    {"default_rules: {match_users_by: name}\n", "match_users_by is one of"},
    {"default_rules: {match_users_by: attribute}\n", "match_attribute go"},
    {"default_rules: {match_attribute: employeeID}\n", "match_attribute go"},
    {"default_rules: {write_back: anchor}\n",
	"write_back: anchor is for source_anchor: ms-DS-ConsistencyGuid"},
    {"default_rules: {write_back: groups, groups_connector: x}\n",
	"groups_container go together"},
    {"default_rules: {write_back: groups, groups_connector: x, "
     "groups_container: OU=x}\n",
	"names no connector of kind ad or file"},
    {"default_rules: {write_back: devices, devices_container: CN=x}\n",
	"devices_container go together"},
    {"default_rules: {write_back: devices, devices_connector: x, "
     "devices_container: CN=x}\n",
	"devices_connector names no connector of kind ad or file"},
    {"default_rules: {devices_connector: x}\n",
	"devices_container go together"},
    {"default_rules: {member_limit: 0}\n", "member_limit takes a number"},
    {"default_rules: {extensions: costCenter}\n", "extension_app go together"},
    {"default_rules: {extensions: 'a b', extension_app: "
     "0123456789abcdef0123456789abcdef}\n",
	"\"a b\" is no name of an attribute"},
    {"default_rules: {extensions: a, extension_app: '0123'}\n",
	"32 hexadecimal digits"},
    {"parameters: [a]\n", "parameters takes a map"},
    {"parameters: {a: [b]}\n", "f.yaml:1:17: parameters takes text"},
    {"parameters: {a: \"b\\0c\"}\n", "control character"},
    {"connectors: {name: a}\n", "connectors takes a list"},
    {"connectors: [a]\n", "f.yaml:1:14: an item of connectors is a map"},
    {"connectors:\n - name: a\n", "f.yaml:2:4: kind is missing"},
    {"connectors:\n - {name: a, kind: ldpa}\n",
	"f.yaml:2:20: kind is one of ad, ldap, graph, sync, file, not ldpa"},
    {"connectors:\n - {kind: file, path: p, format: ldif}\n",
	"f.yaml:2:4: name is missing (Its name in commands"},
    {"connectors:\n - {name: '', kind: file, path: p, format: ldif}\n",
	"f.yaml:2:11: name must not be empty"},
    {"connectors:\n - {name: a/b, kind: file, path: p, format: ldif}\n",
	"no \"/\""},
    {"connectors:\n - {name: a, kind: file, path: p, format: ldif}\n"
     " - {name: A, kind: file, path: q, format: ldif}\n",
	"f.yaml:3:11: the connector in line 2 is called A too"},
    {LDAP "tenant: t}\n",
	"f.yaml:2:48: tenant is no setting of this kind of connector"},
    {LDAP "pagesize: 5}\n", "called pagesize; did you mean page_size?"},
    {LDAP "page_size: 0}\n", "page_size takes a number from 1 to 100000"},
    {LDAP "user: u, password: hunter2}\n",
	"f.yaml:2:67: password is a secret and is never written here"},
    {LDAP "user: u, password: 'file:'}\n", "password is a secret"},
    {LDAP "user: u}\n", "bind simple needs both user and password"},
    {LDAP "bind: gssapi}\n", "bind gssapi needs user"},
    {LDAP "bind: gssapi, user: u, keytab: k, password: 'env:A'}\n",
	"one of them"},
    {LDAP "keytab: k}\n", "keytab is for bind gssapi"},
    {LDAP "bind: external, password: 'env:A'}\n", "takes no password"},
    {LDAP "tls: {starttls: true}}\n", "starttls is for ldap://"},
    {LDAP "base: 'dc=x', partitions: [{dn: 'dc=x'}]}\n", "one of them"},
    {LDAP "partitions: [{dn: 'dc=x'}, {dn: 'DC=x'}]}\n", "is there twice"},
    {LDAP "partitions: [{include: []}]}\n", "dn is missing"},
    {LDAP "filter: '(mail=*'}\n",
	"f.yaml:2:56: filter: position 8: \")\" is expected for the \"(\" at "
	"position 1"},
    {LDAP "filter: ''}\n", "filter: position 1: a filter begins with"},
    {LDAP "filter: [a]}\n", "filter takes an LDAP filter"},
    {LDAP "filter: }\n", "filter takes an LDAP filter"},
    {LDAP "partitions: [{dn: 'dc=x', filter: 'mail=*'}]}\n",
	"f.yaml:2:82: filter: position 1: a filter begins with"},
    {CSV "filter: '(a=b)'}\n",
	"filter is no setting of this kind of connector"},
    {AD "partitions: [{dn: x, inclde: []}]}\n", "did you mean include?"},
    {"connectors:\n - {name: l, kind: ldap, servers: []}\n",
	"servers names none"},
    {"connectors:\n - {name: l, kind: ldap, servers: [http://x]}\n",
	"not http://x"},
    {"connectors:\n - {name: l, kind: ldap, servers: 'ldap://x', user: u, "
     "password: 'env:P'}\n",
	"clear text"},
    {GRAPH "}\n", "graph needs secret, or certificate and key"},
    {GRAPH "secret: 'env:A', certificate: 'env:B', key: 'env:C'}\n",
	"graph needs secret, or"},
    {GRAPH "certificate: 'env:B'}\n", "go together"},
    {GRAPH "secret: 'env:A', endpoint: 'http://x'}\n",
	"endpoint begins with https://"},
    {GRAPH "secret: 'env:A', authority: 'http://x'}\n",
	"authority begins with https://"},
    {CSV "type: a, type_column: b}\n", "one of them"},
    {CSV "type_values: {a: b}}\n", "needs type_column"},
    {CSV "delimiter: ';;'}\n", "delimiter is one ASCII"},
    {CSV "delimiter: '\"'}\n", "delimiter is one ASCII"},
    {CSV "separator: ''}\n", "separator is empty"},
    {CSV "object_classes: [a]}\n", "object_classes is for ldif"},
    {CSV "attribute_types: {a: text}}\n",
	"f.yaml:2:81: a: a type is string, integer"},
    {LDIF "writable: true}\n", "an ldif that is written needs anchor"},
    {CSV "dn: d, references: anchor, writable: true}\n",
	"is written with references: dn"},
    {LDIF "delimiter: ';'}\n", "delimiter is for csv, not for ldif"},
    {"connectors:\n - {name: f, kind: file, path: p, format: csv}\n",
	"csv needs anchor"},
    {"a: [\n", "f.yaml:2:1: did not find expected node"},
    {"a: 1\na: 2\n", "f.yaml:2:1: key \"a\" is there twice, first in line 1"},
};

static void
says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct conf *c = NULL;
		int r = conf_parse(
		    "f.yaml", text_of(wrong[i].in), a, &c, &problems);

		if (r != ERR_CONFIG || problems.count != 1)
			fail_msg("%s: %d, %zu problems", wrong[i].in, r,
			    problems.count);
		assert_null(c);
		assert_true(problems.items[0].blocks);
		if (strstr(problems.items[0].text.data, wrong[i].problem) ==
		    NULL)
			fail_msg(
			    "%s: %s", wrong[i].in, problems.items[0].text.data);
		assert_null(strstr(problems.items[0].text.data, "hunter2"));
	}
}

static void
says_all_of_it(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct conf *c = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(
	    conf_parse("f.yaml",
		TEXT("staging: 1\nguard: {deletins: 1, source_percent: x}\n"
		     "connectors:\n- kind: ad\n- {name: a, kind: graph}\n"),
		a, &c, &problems),
	    ERR_CONFIG);
	assert_int_equal(problems.count, 7);
	assert_int_equal(problems.items[0].line, 4);
	assert_int_equal(problems.items[6].column, 10);
	buf_init(&b, 1U << 20);
	for (int i = 0; i < 150; i++)
		buf_printf(&b, "x%d: 1\n", i);
	assert_int_equal(
	    conf_parse("f.yaml", buf_text(&b), a, &c, &problems), ERR_CONFIG);
	assert_int_equal(problems.count, CONF_MAX_PROBLEMS);
	assert_int_equal(problems.more, 50);
	buf_clear(&b);
}

static void
has_defaults(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct conf_connector *k;
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(
	    conf_parse("/e/f.yaml",
		TEXT("connectors:\n"
		     " - {name: A, kind: ad, servers: ldaps://x}\n"
		     " - {name: L, kind: ldap, servers: ldapi://%2fs}\n"
		     " - {name: G, kind: graph, tenant: t, client_id: c,\n"
		     "    secret: credential:s}\n"
		     " - {name: F, kind: file, path: p, format: ldif}\n"),
		a, &c, &problems),
	    0);
	assert_int_equal(problems.count, 0);
	if (c == NULL || c->connectors.count != 4) {
		fail();
		return;
	}
	assert_string_equal(c->dir.data, "/e");
	assert_string_equal(
	    c->store.path.data, "/var/lib/causeway/causeway.db");
	assert_int_equal(c->guard.deletions, 500);
	assert_int_equal(c->guard.source_percent, 40);
	assert_int_equal(c->guard.source_minimum, 10);
	assert_int_equal(c->schedule.interval_ms, 1800000);
	assert_false(c->staging);
	assert_int_equal(c->rules.count, 1);
	assert_string_equal(c->rules.items[0].data, "default");
	k = conf_connector_find(c, TEXT("a"));
	assert_ptr_equal(k, &c->connectors.items[0]);
	assert_int_equal(k->kind_id, CONF_KIND_AD);
	assert_string_equal(k->kind.data, "ad");
	assert_int_equal(k->line, 2);
	assert_string_equal(k->ldap.anchor.data, "objectGUID");
	assert_int_equal(k->ldap.object_classes.count, 4);
	assert_string_equal(k->ldap.object_classes.items[2].data, "contact");
	assert_int_equal(k->ldap.page_size, 1000);
	assert_true(k->ldap.tls.verify);
	assert_true(k->ldap.tls.required);
	assert_int_equal(k->ldap.bind, CONF_BIND_SIMPLE);
	k = &c->connectors.items[1];
	assert_string_equal(k->ldap.anchor.data, "entryUUID");
	k = &c->connectors.items[2];
	assert_string_equal(k->cloud.secret.data, "credential:s");
	assert_int_equal(k->cloud.batch_size, 20);
	assert_string_equal(
	    k->cloud.endpoint.data, "https://graph.microsoft.com/v1.0");
	k = &c->connectors.items[3];
	assert_string_equal(k->file.path.data, "/e/p");
	assert_int_equal(k->file.object_classes.count, 6);
	assert_false(k->file.writable);
	assert_null(conf_connector_find(c, TEXT("none")));
}

static void
reads_all_that_is_set(void **state)
{
	static const char in[] =
	    "store: {path: s.db}\nstaging: true\nrules: [default, more/]\n"
	    "guard: {deletions: off, source_percent: 5, source_minimum: 0}\n"
	    "schedule: {interval: off}\nparameters: {A: 1, B: two}\n"
	    "connectors:\n"
	    " - name: f\n   kind: file\n   path: /abs.csv\n   format: csv\n"
	    "   anchor: id\n   type_column: t\n   type_values: {P: user}\n"
	    "   attribute_types: {m: reference list}\n   references: anchor\n"
	    "   delimiter: \"\\t\"\n   separator: '; '\n   writable: true\n";
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct conf_file *f;
	struct conf *c = NULL;

	(void)state;
	if (conf_parse("dir/f.yaml", TEXT(in), a, &c, &problems) < 0)
		fail_msg("%s", problems.items[0].text.data);
	if (c == NULL)
		return;
	assert_string_equal(c->store.path.data, "dir/s.db");
	assert_true(c->staging);
	assert_int_equal(c->rules.count, 2);
	assert_int_equal(c->guard.deletions, CONF_OFF);
	assert_int_equal(c->guard.source_minimum, 0);
	assert_int_equal(c->schedule.interval_ms, CONF_OFF);
	assert_int_equal(c->parameters.count, 2);
	assert_string_equal(c->parameters.items[1].name.data, "B");
	assert_string_equal(c->parameters.items[0].value.data, "1");
	f = &c->connectors.items[0].file;
	assert_string_equal(f->path.data, "/abs.csv");
	assert_string_equal(f->type_values.items[0].value.data, "user");
	assert_string_equal(f->attribute_types.items[0].name.data, "m");
	assert_int_equal(f->references, CONF_REFERENCE_ANCHOR);
	assert_string_equal(f->delimiter.data, "\t");
	assert_true(f->writable);
}

static void
warns_and_goes_on(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(
	    conf_parse("f.yaml", TEXT(LDAP "tls: {verify: false}}\n"), a, &c,
		&problems),
	    0);
	assert_non_null(c);
	assert_int_equal(problems.count, 1);
	assert_false(problems.items[0].blocks);
	assert_int_equal(
	    conf_parse("f.yaml",
		TEXT("default_rules: {extensions: costCenter, extension_app: "
		     "01234567-89ab-cdef-0123-456789abcdef}\n"),
		a, &c, &problems),
	    0);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.items[0].text.data,
	    "written by a connector of kind sync, and there is none"));
	assert_int_equal(
	    conf_parse("f.yaml",
		TEXT("default_rules: {extensions: [costCenter], extension_app: "
		     "01234567-89ab-cdef-0123-456789abcdef}\n"
		     "connectors:\n  - {name: cloud, kind: sync, tenant: "
		     "t.example, client_id: "
		     "01234567-89ab-cdef-0123-456789abcdef, secret: env:S}\n"),
		a, &c, &problems),
	    0);
	assert_int_equal(problems.count, 0);
	assert_int_equal(c->connectors.items[0].cloud.extensions.count, 1);
	assert_true(text_is(c->connectors.items[0].cloud.extensions.items[0],
	    "extension_0123456789abcdef0123456789abcdef_costCenter"));
}

static void
shows_every_setting(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct json *o = json_new_object();
	const struct json *k;
	struct conf *c = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(
	    conf_parse("/e/f.yaml",
		TEXT("guard: {deletions: off}\nparameters: {P: v}\n"
		     "schedule: {interval: 90s}\n" GRAPH
		     "secret: 'file:s/graph'}\n"),
		a, &c, &problems),
	    0);
	assert_int_equal(conf_write_json(c, o), 0);
	assert_string_equal(json_get_text(o, "file").data, "/e/f.yaml");
	assert_string_equal(
	    json_get_text(json_get(o, "guard"), "deletions").data, "off");
	assert_int_equal(
	    json_int(json_get(json_get(o, "guard"), "source_percent"), 0), 40);
	assert_string_equal(
	    json_get_text(json_get(o, "schedule"), "interval").data, "90s");
	assert_string_equal(
	    json_get_text(json_get(o, "parameters"), "P").data, "v");
	k = json_at(json_get(o, "connectors"), 0);
	assert_string_equal(json_get_text(k, "kind").data, "graph");
	assert_string_equal(json_get_text(k, "secret").data, "file:/e/s/graph");
	assert_int_equal(json_int(json_get(k, "batch_size"), 0), 20);
	assert_false(json_has(k, "servers"));
	assert_false(json_has(k, "certificate"));
	buf_init(&b, 1U << 20);
	assert_int_equal(json_write(o, true, &b), 0);
	buf_reset(&b);
	assert_int_equal(conf_describe(&b), 0);
	assert_non_null(strstr(buf_text(&b).data,
	    "*connectors[].page\\_size* (number 1 to 100000; kind ad, ldap; "
	    "default 1000)\n\tEntries asked for at once.\n"));
	assert_non_null(strstr(buf_text(&b).data, "*connectors[].tls.ca* "));
	buf_clear(&b);
	(void)json_free(o);
}

static void
finds_the_file(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	char dir[] = "/tmp/test_conf.XXXXXX", file[64];
	struct conf *c = NULL;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(file, sizeof(file), "%s/causeway.yaml", dir);
	assert_int_equal(conf_load(dir, a, &c, &problems), ERR_NOENT);
	assert_int_equal(problems.count, 1);
	assert_non_null(
	    strstr(problems.items[0].text.data, "No such file or directory"));
	f = fopen(file, "we");
	assert_non_null(f);
	(void)fputs("staging: true\n", f);
	(void)fclose(f);
	assert_int_equal(conf_load(dir, a, &c, &problems), 0);
	assert_true(c != NULL && c->staging);
	assert_string_equal(c->dir.data, dir);
	assert_int_equal(conf_load(file, a, &c, &problems), 0);
	assert_string_equal(c->path.data, file);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(conf_load(dir, a, &c, &problems), ERR_CONFIG);
	assert_non_null(
	    strstr(problems.items[0].text.data, "not a regular file"));
	assert_int_equal(rmdir(file), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_string_equal(conf_default_path("x"), "x");
	assert_int_equal(unsetenv("CAUSEWAY_CONFIG"), 0);
	assert_string_equal(conf_default_path(NULL), "/etc/causeway");
	assert_int_equal(setenv("CAUSEWAY_CONFIG", "/c", 1), 0);
	assert_string_equal(conf_default_path(NULL), "/c");
}

/* Every allocation fails once, in turn, until the work succeeds. */
static void
survives_every_failed_allocation(void **state)
{
	int r = ERR_NOMEM;
	unsigned nth;

	(void)state;
	for (nth = 1; r != 0 && nth < 300; nth++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct conf *c = NULL;

		arena_fail_nth(a, nth);
		r = conf_parse("f.yaml",
		    TEXT("store: {path: x}\nparameters: {a: b}\n" GRAPH
			 "secret: 'file:x'}\n"),
		    a, &c, &problems);
		if (r < 0) {
			assert_int_equal(r, ERR_NOMEM);
			assert_null(c);
		}
	}
	assert_int_equal(r, 0);
	assert_in_range(nth, 20, 299);
}

/* The settings of default_rules as rules ask for them. */
static void
gives_default_rules_to_rules(void **state)
{
	static const struct {
		const char *name, *value;
	} want[] = {
	    {"services", "exchange, teams"},
	    {"source_anchor", "employeeID"},
	    {"match_users_by", "mail"},
	    {"match_attribute", ""},
	    {"write_back", ""},
	    {"account_expiry", "true"},
	    {"member_limit", "50000"},
	};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct conf *c;
	struct text t;

	(void)state;
	assert_int_equal(
	    conf_parse("f.yaml",
		TEXT("default_rules: {services: [exchange, teams],\n"
		     "  source_anchor: employeeID, match_users_by: mail,\n"
		     "  account_expiry: true, member_limit: 50000}\n"),
		a, &c, &problems),
	    0);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_int_equal(
		    conf_default_rule(c, text_of(want[i].name), a, &t), 0);
		assert_true(text_is(t, want[i].value));
	}
	assert_int_equal(
	    conf_default_rule(c, TEXT("service"), a, &t), ERR_NOENT);
	assert_int_equal(
	    conf_parse("f.yaml", TEXT("staging: true\n"), a, &c, &problems), 0);
	assert_int_equal(c->default_rules.services.count, 7);
	assert_int_equal(c->default_rules.member_limit, 250000);
}

/* Everything set, and some of it with the value that holds anyway. */
static const char *const whole =
    "store: {path: s/c.db}\n"
    "connectors:\n"
    "  - name: corp\n"
    "    kind: ad\n"
    "    servers: [ldaps://a, 'ldaps://b:636']\n"
    "    partitions:\n"
    "      - dn: DC=corp,DC=example\n"
    "        include: ['OU=a, b,DC=corp,DC=example']\n"
    "        exclude: [OU=x]\n"
    "      - dn: DC=sub,DC=corp,DC=example\n"
    "        filter: '(department=R&D\\2a \\2A)'\n"
    "    filter: >\n"
    "      (&\n"
    "        (mail=*)\n"
    "        (!(userAccountControl:1.2.840.113556.1.4.803:=2))\n"
    "      )\n"
    "    bind: gssapi\n"
    "    user: sync@CORP.EXAMPLE\n"
    "    keytab: k\n"
    "    tls: {ca: ca.pem, verify: true}\n"
    "    page_size: 1000\n"
    "    known_as: ['{x}', y]\n"
    "    parameters: {A: 'true', 'b c': '12', C: \"it's\"}\n"
    "  - {name: cloud, kind: graph, tenant: t, client_id: c,\n"
    "     secret: 'env:S', parallel: 2}\n"
    "  - {name: hr, kind: file, path: hr.csv, format: csv, anchor: id,\n"
    "     delimiter: ';', attribute_types: {manager: reference}}\n"
    "guard: {deletions: off, source_percent: 20}\n"
    "schedule: {interval: 90s}\n"
    "staging: true\n"
    "rules: [default, rules]\n";

/* Written, it reads back to the same; defaults are not said. */
static void
writes_what_it_read(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct json *one = json_new_object(), *two = json_new_object();
	struct conf *c = NULL, *again = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	if (conf_parse("/e/f.yaml", text_of(whole), a, &c, &problems) < 0)
		fail_msg("%s", problems.items[0].text.data);
	assert_int_equal(conf_write_yaml(c, &b), 0);
	assert_null(strstr(buf_text(&b).data, "page_size"));
	assert_null(strstr(buf_text(&b).data, "verify"));
	assert_true(text_is(c->connectors.items[0].ldap.filter,
	    "(&(mail=*)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"));
	assert_true(
	    text_is(c->connectors.items[0].ldap.partitions.items[1].filter,
		"(department=R&D\\2a \\2a)"));
	assert_non_null(strstr(buf_text(&b).data, "deletions: off\n"));
	if (conf_parse("/e/f.yaml", buf_text(&b), a, &again, &problems) < 0)
		fail_msg("%s\n%s", problems.items[0].text.data, b.data);
	assert_int_equal(conf_write_json(c, one), 0);
	assert_int_equal(conf_write_json(again, two), 0);
	assert_true(json_equal(one, two));
	(void)json_free(one);
	(void)json_free(two);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_is_wrong),
	    cmocka_unit_test(says_all_of_it),
	    cmocka_unit_test(has_defaults),
	    cmocka_unit_test(reads_all_that_is_set),
	    cmocka_unit_test(gives_default_rules_to_rules),
	    cmocka_unit_test(warns_and_goes_on),
	    cmocka_unit_test(shows_every_setting),
	    cmocka_unit_test(writes_what_it_read),
	    cmocka_unit_test(finds_the_file),
	    cmocka_unit_test(survives_every_failed_allocation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
