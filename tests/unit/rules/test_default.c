/* tests/unit/rules/test_default.c -- the default rules on the objects of a
 * JSON file: {"name", "config", "type", "dn", "cs", "mv", "target_type",
 * "target", "error"}; in mv and target null is "must not be there".  "linked":
 * the object is that of a metaverse object already; "more": what others gave
 * to this one; "to": and it is that of a target of this type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "site.h"

#define AD                                         \
	"  - name: corp\n    kind: ad\n"           \
	"    servers: [ldaps://dc.corp.example]\n" \
	"    user: u\n    password: env:P\n"
#define GRAPH(name)                                 \
	"  - name: " name "\n    kind: graph\n"     \
	"    tenant: t.example\n    client_id: c\n" \
	"    secret: env:S\n"
#define HOME                                                 \
	"  - name: home\n    kind: file\n    format: ldif\n" \
	"    path: x.ldif\n    anchor: objectGUID\n"
#define OPTIONS(text) "default_rules: {" text "}\n"

/* The first connector is the source, the last the target. */
static const struct {
	const char *name;
	const char *connectors;
	const char *rest;
} sources[] = {
    {"ad", AD GRAPH("cloud"), ""},
    {"ad-consistency", AD GRAPH("cloud"),
	"parameters: {SourceAnchor: ms-DS-ConsistencyGuid}\n"},
    {"ad-anchor-set", AD GRAPH("cloud"),
	OPTIONS("source_anchor: ms-DS-ConsistencyGuid")},
    {"ad-anchor-text", AD GRAPH("cloud"), OPTIONS("source_anchor: employeeID")},
    {"ad-by-mail", AD GRAPH("cloud"), OPTIONS("match_users_by: mail")},
    {"ad-by-attribute", AD GRAPH("cloud"),
	OPTIONS("match_users_by: attribute, match_attribute: employeeID")},
    {"ad-by-nothing", AD GRAPH("cloud"), OPTIONS("match_users_by: none")},
    {"ad-by-account", AD GRAPH("cloud"), OPTIONS("match_users_by: account")},
    {"ad-expiry", AD GRAPH("cloud"), OPTIONS("account_expiry: true")},
    {"ad-small-groups", AD GRAPH("cloud"), OPTIONS("member_limit: 3")},
    {"ad-teams", AD GRAPH("service"), OPTIONS("services: [teams]")},
    {"ad-no-services", AD GRAPH("service"), OPTIONS("services: []")},
    {"service", AD GRAPH("service"), ""},
    {"service-small", AD GRAPH("service"), OPTIONS("member_limit: 3")},
    {"extensions", AD GRAPH("service"),
	OPTIONS("extensions: [costCenter, skills], "
		"extension_app: 01234567-89ab-cdef-0123-456789abcdef")},
    {"anchor-back", AD HOME,
	OPTIONS("source_anchor: ms-DS-ConsistencyGuid, write_back: [anchor]")},
    {"hybrid-in", GRAPH("service") HOME, OPTIONS("write_back: [hybrid]")},
    {"hybrid-off", GRAPH("service") HOME, ""},
    {"hybrid", HOME, OPTIONS("write_back: hybrid")},
    {"groups-back", GRAPH("cloud") HOME,
	OPTIONS("write_back: [groups], groups_connector: home, "
		"groups_container: 'OU=Cloud,DC=corp,DC=example'")},
    {"devices-back", GRAPH("cloud") HOME,
	OPTIONS("write_back: [devices], devices_connector: home, "
		"devices_container: "
		"'CN=RegisteredDevices,DC=corp,DC=example'")},
    {"file",
	"  - name: company\n    kind: file\n    format: ldif\n"
	"    path: x.ldif\n    anchor: objectGUID\n"
	"    parameters: {Domain.FQDN: file.example}\n" GRAPH("cloud"),
	""},
    {"ldap",
	"  - name: people\n    kind: ldap\n"
	"    servers: [ldaps://ldap.example]\n    user: u\n"
	"    password: env:P\n" GRAPH("cloud"),
	""},
};

static struct site *
open_site(const char *config)
{
	char yaml[2048];
	struct site *s;
	int r;

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		if (strcmp(config, sources[i].name) != 0)
			continue;
		(void)snprintf(yaml, sizeof(yaml), "connectors:\n%s%s",
		    sources[i].connectors, sources[i].rest);
		s = site_new("/tmp", yaml, &r);
		if (r == 0 && s->problem_count == 0)
			return s;
		site_print_problems(s);
		(void)site_free(s);
	}
	return NULL;
}

static int
value_of(struct site *s, const struct json *j, struct value *out)
{
	struct text t;

	if (json_type(j) == JSON_STRING)
		*out = value_string(json_text(j));
	else if (json_type(j) == JSON_INTEGER)
		*out = value_integer(json_int(j, 0));
	else if (json_type(j) == JSON_BOOLEAN)
		*out = value_boolean(json_bool(j, false));
	else if (json_has(j, "$ref"))
		*out = value_reference_dn(json_get_text(j, "$ref"));
	else if (hex_decode(s->arena, json_get_text(j, "$bin"), &t, NULL) == 0)
		*out = value_binary(t);
	else
		return ERR_SYNTAX;
	return 0;
}

struct filler {
	struct site *site;
	struct attrs *attrs;
};

static int
fill_one(void *ctx, struct text key, struct json *j)
{
	struct filler *f = ctx;
	bool list = json_type(j) == JSON_LIST;
	uint32_t name;
	struct value v;

	if (names_intern(f->site->names, key, &name) < 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < (list ? json_count(j) : 1); i++)
		if (value_of(f->site, list ? json_at(j, i) : j, &v) < 0 ||
		    attrs_add(f->site->arena, f->attrs, name, v) < 0)
			return ERR_SYNTAX;
	return 0;
}

struct comparison {
	struct site *site;
	const struct attrs *have;
	char why[300];
};

static int
compare_one(void *ctx, struct text key, struct json *j)
{
	struct comparison *c = ctx;
	struct attrs want = {0};
	struct filler f = {c->site, &want};
	const struct attr *have =
	    attrs_find(c->have, names_find(c->site->names, key));
	struct text t = {0};

	if (json_type(j) == JSON_NULL
		? have == NULL
		: fill_one(&f, key, j) == 0 && have != NULL &&
		      attr_equal(have, &want.items[0]))
		return 0;
	if (have != NULL &&
	    value_format(c->site->arena, &have->values[0], &t) < 0)
		return 1;
	(void)snprintf(c->why, sizeof(c->why), "%.99s is %s%.99s", key.data,
	    have == NULL ? "absent" : "", t.data == NULL ? "" : t.data);
	return 1;
}

/* Empty when all that is told holds. */
static const char *
compare(struct comparison *c, const struct json *want)
{
	return json_each(want, compare_one, c) == 0 ? "" : c->why;
}

static const char *
judge(struct site *s, const struct json *test, struct comparison *c, int r,
    const struct outcome *o)
{
	struct text error = json_get_text(test, "error");
	struct text type =
	    json_get_text(test, json_has(test, "to") ? "to" : "target_type");
	const char *why;

	if (r < 0 || error.len > 0)
		return text_is(error, s->e.type) ? "" : s->e.text;
	if (o->projected != json_has(test, "mv"))
		return o->projected ? "projected" : "not projected";
	if (!text_equal(type, names_text(s->names, o->target_type)))
		return o->provisioned ? "another target type"
				      : "not provisioned";
	c->have = &o->mv;
	why = compare(c, json_get(test, "mv"));
	if (why[0] != '\0')
		return why;
	c->have = &o->target;
	return compare(c, json_get(test, "target"));
}

/* What stands in the test, in our form. */
static bool
prepare(struct site *s, const struct json *test, uint32_t *type,
    struct attrs *object, struct start *start)
{
	struct filler f = {s, object}, more = {s, &start->more};

	start->linked = json_bool(json_get(test, "linked"), false);
	return json_each(json_get(test, "more"), fill_one, &more) == 0 &&
	       json_each(json_get(test, "cs"), fill_one, &f) == 0 &&
	       names_intern(s->names, json_get_text(test, "type"), type) == 0 &&
	       (!json_has(test, "to") ||
		   names_intern(s->names, json_get_text(test, "to"),
		       &start->target) == 0);
}

static void
run_test(const struct json *test, int n)
{
	struct site *s = open_site(json_get_text(test, "config").data);
	struct attrs object = {0};
	struct start start = {0};
	struct comparison c = {.site = s};
	struct outcome o = {0};
	const char *why = "the site does not load";
	uint32_t type;
	int r;

	if (s != NULL && prepare(s, test, &type, &object, &start)) {
		r = site_sync(
		    s, type, &object, json_get_text(test, "dn"), &start, &o);
		why = judge(s, test, &c, r, &o);
	}
	(void)printf("%s %d - %s%s%s\n", why[0] == '\0' ? "ok" : "not ok", n,
	    json_get_text(test, "name").data, why[0] == '\0' ? "" : ": ", why);
	if (s != NULL)
		(void)site_free(s);
}

int
main(int argc, char **argv)
{
	static char text[1U << 20];
	struct err e;
	int n = 0;

	for (int i = 1; i < argc; i++) {
		CLEANUP(json_freep)
		struct json *j = NULL;
		FILE *f = fopen(argv[i], "re");
		size_t len = f == NULL ? 0 : fread(text, 1, sizeof(text), f);

		if (f == NULL || fclose(f) != 0 ||
		    json_parse((struct text){text, len}, len, &j, &e) < 0) {
			(void)printf("Bail out! %s: %s\n", argv[i], e.text);
			return 1;
		}
		for (size_t k = 0; k < json_count(j); k++)
			run_test(json_at(j, k), ++n);
	}
	(void)printf("1..%d\n", n);
	return 0;
}
