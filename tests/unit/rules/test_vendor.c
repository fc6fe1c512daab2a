/* tests/unit/rules/test_vendor.c -- a vendor's export directory: what is read
 * from it, what is wrong with one, and that what is written is read as the
 * same.  With an argument, the round trip of that directory alone. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "rules/vendor/vendor.h"

static const char *directory = EXPORT_DIR;

struct loaded {
	struct arena *a;
	struct names *names;
	struct vendor v;
	int r;
};

static void
load(struct loaded *l, const char *dir)
{
	l->a = arena_new(0);
	l->names = names_new();
	l->r = vendor_load(dir, l->names, l->a, &l->v);
}

static void
unload(struct loaded *l)
{
	vendor_clear(&l->v);
	l->names = names_free(l->names);
	l->a = arena_free(l->a);
}

/* ---- The model as text ---- */

static void
dump_text(struct buf *b, struct text t)
{
	buf_printf(b, "|%.*s", TEXT_ARGS(t));
}

static void
dump_name(struct buf *b, const struct vendor *v, uint32_t name)
{
	dump_text(b, names_text(v->names, name));
}

static void
dump_texts(struct buf *b, const char *what, const struct vendor_texts *list)
{
	buf_printf(b, "\n%s %zu", what, list->count);
	for (size_t i = 0; i < list->count; i++)
		dump_text(b, list->items[i]);
}

static void
dump_params(struct buf *b, const struct vendor_params *list)
{
	for (size_t i = 0; i < list->count; i++) {
		buf_printf(b, "\nparam %d%d", list->items[i].intrinsic,
		    list->items[i].secret);
		dump_text(b, list->items[i].name);
		dump_text(b, list->items[i].value);
		dump_text(b, list->items[i].use);
	}
}

static void
dump_schema(struct buf *b, const struct vendor *v, const struct schema *s)
{
	for (size_t i = 0; i < schema_count(s); i++) {
		const struct schema_attr *a = schema_at(s, i);

		dump_name(b, v, a->name);
		buf_printf(b, " %d%d%d%d", (int)a->type, a->multi, a->read_only,
		    a->indexed);
	}
	for (size_t i = 0; i < schema_type_count(s); i++)
		dump_name(b, v, schema_type_at(s, i));
}

static void
dump_classes(struct buf *b, const struct vendor *v,
    const struct vendor_class *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, "\nclass");
		dump_name(b, v, list[i].name);
		for (size_t k = 0; k < list[i].attributes.count; k++)
			dump_name(b, v, list[i].attributes.items[k]);
		for (size_t k = 0; k < list[i].anchors.count; k++)
			dump_name(b, v, list[i].anchors.items[k]);
	}
}

static void
dump_partition(struct buf *b, const struct vendor_partition *p)
{
	buf_printf(b, "\npartition %d%d%d", p->selected, p->is_domain,
	    p->has_watermark);
	dump_text(b, p->id);
	dump_text(b, p->name);
	dump_texts(b, "classes", &p->classes);
	dump_texts(b, "include", &p->include);
	dump_texts(b, "exclude", &p->exclude);
	dump_texts(b, "servers", &p->servers);
	dump_params(b, &p->params);
}

static void
dump_profile(struct buf *b, const struct vendor_profile *p)
{
	buf_puts(b, "\nprofile");
	dump_text(b, p->name);
	for (size_t i = 0; i < p->step_count; i++) {
		const struct vendor_step *s = &p->steps[i];

		dump_text(b, s->type);
		dump_text(b, s->subtype);
		dump_text(b, s->partition);
		buf_printf(b, " %lld %lld %lld %lld %lld",
		    (long long)s->object_limit, (long long)s->delete_limit,
		    (long long)s->batch_size, (long long)s->page_size,
		    (long long)s->time_limit_s);
	}
}

static void
dump_connector(
    struct buf *b, const struct vendor *v, const struct vendor_connector *c)
{
	buf_printf(b, "\nconnector %d", (int)c->kind);
	dump_text(b, c->id);
	dump_text(b, c->name);
	dump_text(b, c->category);
	dump_text(b, c->subtype);
	dump_text(b, c->forest);
	dump_text(b, c->login_user);
	dump_schema(b, v, c->schema);
	dump_classes(b, v, c->classes, c->class_count);
	for (size_t i = 0; i < c->selected.count; i++)
		dump_name(b, v, c->selected.items[i]);
	dump_params(b, &c->params);
	for (size_t i = 0; i < c->partition_count; i++)
		dump_partition(b, &c->partitions[i]);
	for (size_t i = 0; i < c->profile_count; i++)
		dump_profile(b, &c->profiles[i]);
}

static void
dump_conditions(struct buf *b, const struct vendor *v, const struct rule *r)
{
	for (size_t i = 0; i < r->scope_count; i++) {
		buf_puts(b, "\nscope");
		for (size_t k = 0; k < r->scope[i].count; k++) {
			dump_name(b, v, r->scope[i].clauses[k].name);
			buf_printf(b, " %d", (int)r->scope[i].clauses[k].op);
			dump_text(b, r->scope[i].clauses[k].value);
		}
	}
	for (size_t i = 0; i < r->join_count; i++) {
		buf_puts(b, "\njoin");
		for (size_t k = 0; k < r->join[i].count; k++) {
			dump_name(b, v, r->join[i].clauses[k].cs_name);
			dump_name(b, v, r->join[i].clauses[k].mv_name);
			buf_printf(
			    b, " %d", r->join[i].clauses[k].case_sensitive);
		}
	}
}

static void
dump_rule(struct buf *b, const struct vendor *v, const struct rule *r)
{
	buf_printf(b, "\nrule %d %d %d %d %d %lld", (int)r->precedence,
	    (int)r->direction, r->disabled, (int)r->link, r->password_sync,
	    (long long)r->soft_delete_ms);
	dump_text(b, r->id);
	dump_text(b, r->name);
	dump_text(b, r->description);
	dump_text(b, r->tag);
	dump_text(b, r->connector);
	dump_name(b, v, r->source_type);
	dump_name(b, v, r->target_type);
	dump_conditions(b, v, r);
	for (size_t i = 0; i < r->flow_count; i++) {
		const struct flow *f = &r->flows[i];

		buf_printf(b, "\nflow %d %d %d", (int)f->kind, (int)f->merge,
		    f->execute_once);
		dump_name(b, v, f->target);
		dump_name(b, v, f->source);
		dump_text(b, f->text);
	}
}

static void
dump(struct buf *b, const struct vendor *v)
{
	buf_init(b, 256U << 20);
	for (size_t i = 0; i < v->connector_count; i++)
		dump_connector(b, v, &v->connectors[i]);
	dump_schema(b, v, v->mv_schema);
	dump_classes(b, v, v->mv_classes, v->mv_class_count);
	dump_params(b, &v->settings);
	dump_text(b, v->server);
	for (size_t i = 0; i < v->rule_count; i++)
		dump_rule(b, v, &v->rules[i]);
	assert_int_equal(buf_error(b), 0);
}

/* ---- Round trips ---- */

static int
unlink_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static void
remove_tree(const char *dir)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
	(void)nftw(dir, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Written and loaded again, the model is the same, warnings too. */
static void
check_round_trip(const struct vendor *v)
{
	char dir[] = "/tmp/test_vendor_XXXXXX";
	struct loaded again = {0};
	struct buf x, y;
	struct err e = {0};
	int r;

	assert_non_null(mkdtemp(dir));
	r = vendor_write(v, dir, &e);
	if (r < 0)
		(void)fprintf(stderr, "# %s\n", e.text);
	assert_int_equal(r, 0);
	load(&again, dir);
	assert_int_equal(again.r, 0);
	dump(&x, v);
	dump(&y, &again.v);
	assert_string_equal(buf_text(&x).data, buf_text(&y).data);
	buf_clear(&x);
	buf_clear(&y);
	assert_int_equal(vendor_write(v, dir, &e), ERR_EXIST);
	remove_tree(dir);
	unload(&again);
}

static void
written_and_read_it_is_the_same(void **state)
{
	struct loaded l = {0};
	size_t warnings;

	(void)state;
	load(&l, directory);
	assert_int_equal(l.r, 0);
	warnings = l.v.problem_count;
	check_round_trip(&l.v);
	assert_int_equal(l.v.problem_count, warnings);
	unload(&l);
}

static struct rule *
rule_named(struct loaded *l, const char *name)
{
	for (size_t i = 0; i < l->v.rule_count; i++)
		if (text_is(l->v.rules[i].name, name))
			return &l->v.rules[i];
	(void)fprintf(stderr, "# no rule %s\n", name);
	abort();
}

static uint32_t
name(struct loaded *l, const char *s)
{
	uint32_t n = 0;

	assert_int_equal(names_intern(l->names, text_of(s), &n), 0);
	return n;
}

/* What one written rule holds. */
static bool
written_has(struct loaded *l, const char *rule, const char *part)
{
	const struct rule *r = rule_named(l, rule);
	struct buf b;
	bool has;

	buf_init(&b, 1U << 20);
	assert_int_equal(
	    vendor_write_rule(&l->v, r, &l->v.extra[r - l->v.rules], &b), 0);
	has = strstr(buf_text(&b).data, part) != NULL;
	buf_clear(&b);
	return has;
}

static void
a_changed_model_is_written_too(void **state)
{
	struct loaded l = {0};
	struct rule *r;

	(void)state;
	load(&l, EXPORT_DIR);
	r = rule_named(&l, "In from AD - Person Common");
	r->disabled = true;
	r = rule_named(&l, "Out to AAD - Group Join");
	r->flows[2].kind = FLOW_EXPRESSION;
	r->flows[2].source = 0;
	r->flows[2].text = TEXT("IIF([cn] < \"a\" && IsPresent([mail]),[cn],"
				"UCase([displayName]))");
	r->flows[2].merge = MERGE_REPLACE;
	r->flows[3].kind = FLOW_CONSTANT;
	r->flows[3].text = TEXT("a & b");
	r->scope[0].clauses[0].value = TEXT(" False ");
	r->join[0].clauses[0].case_sensitive = true;
	r->soft_delete_ms = INT64_C(93784000);
	check_round_trip(&l.v);
	/* what nobody knows is still in it, and so is what was not changed */
	assert_true(
	    written_has(&l, "Out to AAD - Group Join", "<ring number=\"2\">"));
	assert_true(written_has(&l, "Out to AAD - Group Join",
	    "<softDeleteExpiryInterval>1.02:03:04<"));
	assert_true(written_has(
	    &l, "Out to AAD - Group Join", "<attr>displayName</attr>"));
	assert_false(written_has(&l, "Out to AAD - Group Join", "<src>CNum"));
	unload(&l);
}

static void
an_added_rule_is_written_too(void **state)
{
	struct loaded l = {0};
	struct scope_clause clause = {
	    .op = SCOPE_ISBITNOTSET, .value = TEXT("&H2")};
	struct scope_group group = {&clause, 1};
	struct flow flow = {.kind = FLOW_DIRECT, .merge = MERGE_MERGE};
	struct rule rule = {.id = TEXT("{11111111-2222-4333-8444-5555555555"
				       "55}"),
	    .name = TEXT("Out to AD - <custom> & more"),
	    .direction = RULE_OUTBOUND,
	    .link = LINK_JOIN,
	    .precedence = 99,
	    .exact = true,
	    .scope = &group,
	    .scope_count = 1,
	    .flows = &flow,
	    .flow_count = 1};
	struct err e = {0};

	(void)state;
	load(&l, EXPORT_DIR);
	rule.connector = l.v.connectors[0].name;
	rule.source_type = 0;
	rule.target_type = name(&l, "user");
	clause.name = name(&l, "memberCount");
	flow.target = flow.source = name(&l, "proxyAddresses");
	assert_int_equal(vendor_add_rule(&l.v, &rule, &e), 0);
	assert_int_equal(l.v.rule_count, 15);
	assert_true(text_equal(l.v.rules[1].name, rule.name));
	check_round_trip(&l.v);
	unload(&l);
}

/* ---- What is read ---- */

static void
the_export_is_read_whole(void **state)
{
	struct loaded l = {0};
	const struct vendor_connector *ad, *aad;
	const struct vendor_class *user;
	const struct rule *r;

	(void)state;
	load(&l, EXPORT_DIR);
	assert_int_equal(l.r, 0);
	assert_int_equal(l.v.rule_count, 14);
	ad = vendor_find(&l.v, TEXT("fjordwerk.example"));
	aad = vendor_find(&l.v, TEXT("B891884F-051E-4A83-95AF-2544101C9083"));
	if (ad == NULL || aad == NULL)
		abort();
	assert_int_equal(ad->kind, VENDOR_AD);
	assert_int_equal(aad->kind, VENDOR_ENTRA);
	/* inherited from top, given by a content rule, by an auxiliary class */
	user = &ad->classes[3];
	assert_true(text_is(names_text(l.names, user->name), "user"));
	assert_int_equal(user->attributes.count, 22);
	assert_int_equal(ad->classes[2].attributes.count, 12);
	assert_int_equal(aad->classes[0].anchors.count, 1);
	assert_int_equal(ad->partitions[0].include.count, 2);
	assert_int_equal(ad->partitions[0].servers.count, 2);
	assert_int_equal(ad->profiles[2].steps[0].delete_limit, 300);
	assert_true(
	    text_is(vendor_setting(&l.v,
			"Microsoft.OptionalFeature.ExportDeletionThreshold"
			"Value"),
		"250"));
	r = rule_named(&l, "In from AD - Person Desk"); /* UTF-16 */
	assert_string_equal(
	    r->description.data, "desks, \xc3\xa6\xc3\xb8\xc3\xa5");
	assert_true(rule_named(&l, "In from AD - Person Kind")->disabled);
	r = rule_named(&l, "In from AD - Group Join");
	assert_int_equal(r->soft_delete_ms, 86400000);
	unload(&l);
}

/* ---- What is wrong ---- */

/* A copy of the export with one thing changed in the files of a folder. */
struct fault {
	const char *folder;
	const char *from;
	const char *to;
	const char *says;
	bool blocks;
};

static const struct fault faults[] = {
    {"SynchronizationRules", "<direction>Inbound", "<direction>Sideways",
	"<direction> \"Sideways\" is none of Inbound, Outbound", true},
    {"SynchronizationRules", "<linkType>Provision", "<linkType>Make",
	"<linkType> \"Make\" is none of Provision, Join, StickyJoin", true},
    {"SynchronizationRules", "<csOperator>ISNOTNULL", "<csOperator>EXISTS",
	"scope: there is no operator \"EXISTS\"", true},
    {"SynchronizationRules", "<valueMergeType>Update", "<valueMergeType>Append",
	"valueMergeType \"Append\" is none of Update, Replace, Merge, "
	"MergeCaseInsensitive",
	true},
    {"SynchronizationRules", "<connector>{5f", "<connector>{6f",
	"<connector> {6f0c7d52-9a41-4c7e-8f3a-1b6d20e9c401} is not among the "
	"connectors",
	true},
    {"SynchronizationRules", "<id>{", "<idd>{", "not well-formed XML", true},
    {"SynchronizationRules", "<precedence>1", "<precedence>x1",
	"<precedence> \"x", true},
    {"SynchronizationRules", "<dest>cn</dest>", "<dest />",
	"<mapping> without <dest>", true},
    {"SynchronizationRules", "<dest>cn</dest>", "<dest>cn</dest><why />",
	"element <why> in <mapping> is not known", false},
    {"SynchronizationRules", "<softDeleteExpiryInterval>00:00:00",
	"<softDeleteExpiryInterval>soon",
	"<softDeleteExpiryInterval> \"soon\" is none of", true},
    {"SynchronizationRules", "synchronizationRule>", "somethingElse>",
	"<somethingElse> where <synchronizationRule> is wanted", true},
    {"Connectors", "<join/>", "<join><join-profile /></join>",
	"element <join> (joins of the connector itself) has no effect", false},
    {"Connectors", "#c6", "#c66", "schema: \"#c66\" is not there", false},
    {"Connectors", "115.121.1.27", "115.121.1.99",
	"115.121.1.99\" is not known: read as a string", false},
    {"GlobalSettings", "mv-data>", "mv-date>", "<mv-data> is missing", true},
};

static void
copy_changed(
    const char *from, const char *to, const char *old, const char *with)
{
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	static char text[1 << 20];
	size_t n;
	char *at, *p = text;

	assert_non_null(in);
	assert_non_null(out);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	while (old != NULL && (at = strstr(p, old)) != NULL) {
		(void)fwrite(p, 1, (size_t)(at - p), out);
		(void)fputs(with, out);
		p = at + strlen(old);
	}
	(void)fwrite(p, 1, n - (size_t)(p - text), out);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void
copy_export(const char *dir, const struct fault *fault)
{
	struct loaded l = {0};
	const char *from, *to;

	load(&l, EXPORT_DIR);
	for (size_t i = 0; i < l.v.connector_count + l.v.rule_count + 1; i++) {
		size_t k = i - l.v.connector_count;
		struct text file = i < l.v.connector_count
				       ? l.v.connectors[i].file
				   : k < l.v.rule_count ? l.v.rules[k].file
							: l.v.mv_file;
		bool here = text_starts_nocase(file, fault->folder);

		from =
		    arena_printf(l.a, "%s/%.*s", EXPORT_DIR, TEXT_ARGS(file));
		to = arena_printf(l.a, "%s/%.*s", dir, TEXT_ARGS(file));
		copy_changed(from, to, here ? fault->from : NULL, fault->to);
	}
	unload(&l);
}

/* dir ends in XXXXXX; remove_tree() takes it away. */
static void
make_changed(char *dir, const struct fault *change)
{
	static const char *const folders[] = {
	    "Connectors", "GlobalSettings", "SynchronizationRules"};
	char path[512];

	assert_non_null(mkdtemp(dir));
	for (size_t k = 0; k < 3; k++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, folders[k]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	copy_export(dir, change);
}

/* An OR-name points at an object, as a DN does.  Proves: doubts D20 */
static void
or_names_are_references(void **state)
{
	static const struct fault change = {"Connectors",
	    "<syntax>1.3.6.1.4.1.1466.115.121.1.12<",
	    "<syntax>1.2.840.113556.1.4.1221<", NULL, false};
	char dir[] = "/tmp/test_vendor_XXXXXX";
	struct loaded with_dn = {0}, with_or_name = {0};
	struct buf x, y;

	(void)state;
	make_changed(dir, &change);
	load(&with_dn, EXPORT_DIR);
	load(&with_or_name, dir);
	assert_int_equal(with_or_name.r, 0);
	dump(&x, &with_dn.v);
	dump(&y, &with_or_name.v);
	assert_true(text_equal(buf_text(&x), buf_text(&y)));
	buf_clear(&x);
	buf_clear(&y);
	remove_tree(dir);
	unload(&with_dn);
	unload(&with_or_name);
}

static void
faults_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		char dir[] = "/tmp/test_vendor_XXXXXX";
		struct loaded l = {0};
		bool told = false;

		make_changed(dir, &faults[i]);
		load(&l, dir);
		for (size_t k = 0; k < l.v.problem_count; k++)
			told = told ||
			       (l.v.problems[k].blocks == faults[i].blocks &&
				   strstr(l.v.problems[k].text.data,
				       faults[i].says) != NULL);
		if (!told)
			(void)fprintf(
			    stderr, "# not told: %s\n", faults[i].says);
		assert_true(told);
		assert_int_equal(l.r, faults[i].blocks ? ERR_CONFIG : 0);
		remove_tree(dir);
		unload(&l);
	}
}

static void
no_export_is_an_error(void **state)
{
	struct loaded l = {0};

	(void)state;
	assert_false(vendor_is_export("/"));
	assert_false(vendor_is_export("/nonexistent"));
	assert_true(vendor_is_export(EXPORT_DIR));
	load(&l, "/nonexistent");
	assert_int_equal(l.r, ERR_CONFIG);
	unload(&l);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(written_and_read_it_is_the_same),
	    cmocka_unit_test(a_changed_model_is_written_too),
	    cmocka_unit_test(an_added_rule_is_written_too),
	    cmocka_unit_test(the_export_is_read_whole),
	    cmocka_unit_test(or_names_are_references),
	    cmocka_unit_test(faults_are_told),
	    cmocka_unit_test(no_export_is_an_error),
	};
	const struct CMUnitTest one[] = {
	    cmocka_unit_test(written_and_read_it_is_the_same),
	};

	(void)cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1) {
		directory = argv[1];
		return cmocka_run_group_tests(one, NULL, NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
