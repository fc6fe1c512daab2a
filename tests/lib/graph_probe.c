/*
 * tests/lib/graph_probe.c -- the graph connector alone, without an engine.
 *
 *   graph_probe CONFIG NAME import          one JSON object a line
 *   graph_probe CONFIG NAME export <ITEMS   a JSON list; one result a line
 *
 * An item: {"op":"add|update|delete","type","dn","anchor","add":{name:[...]},
 * "del":{name:[...]},"image":{name:[...]}}.  Values are strings, booleans, or
 * {"ref":"User_..."}.  An error goes to standard error as "CODE TYPE: text",
 * and the exit code is 1.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "codec/json.h"
#include "conf/conf.h"
#include "connectors/connector.h"
#include "connectors/graph/graph.h"

// NOLINTBEGIN(concurrency-mt-unsafe): one thread

#define INPUT_MAX (64U << 20)
#define ITEMS_MAX 20000U

const struct connector_kind *const connector_kinds[] = {
    &graph_connector_kind, NULL};

struct probe {
	struct names *names;
	struct arena *arena;
	struct connector *c;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static bool
cancelled(void *ctx)
{
	(void)ctx;
	return stopped != 0;
}

static void
must(int r)
{
	if (r != 0) {
		(void)fprintf(stderr, "%s\n", err_name(r));
		exit(3);
	}
}

static void
print_json(struct json *j)
{
	struct buf b;
	struct text t;

	buf_init(&b, INPUT_MAX);
	must(json_write(j, false, &b));
	t = buf_text(&b);
	(void)printf("%.*s\n", TEXT_ARGS(t));
	buf_clear(&b);
	(void)json_free(j);
}

/* ---- Out ---- */

static struct json *
value_json(const struct value *v)
{
	struct json *j;

	if (v->type == VALUE_BOOLEAN)
		return json_new_bool(v->boolean);
	if (v->type != VALUE_REFERENCE)
		return json_new_text(v->text);
	j = json_new_object();
	json_set_text(j, "ref", v->text);
	return j;
}

static struct json *
values_json(const struct value *v, uint32_t n)
{
	struct json *list = json_new_list();

	for (uint32_t i = 0; i < n; i++)
		json_push(list, value_json(&v[i]));
	return list;
}

static void
entry_print(struct probe *p, const struct entry *e)
{
	struct json *j = json_new_object(), *attrs = json_new_object();

	json_set_text(j, "type", names_text(p->names, e->type));
	json_set_text(j, "dn", e->dn);
	json_set_text(j, "anchor", e->anchor);
	for (uint32_t i = 0; i < e->attrs.count; i++)
		json_set(attrs,
		    names_text(p->names, e->attrs.items[i].name).data,
		    values_json(
			e->attrs.items[i].values, e->attrs.items[i].count));
	json_set(j, "attrs", attrs);
	if (e->kind == ENTRY_ERROR)
		json_set_str(j, "error", e->err.text);
	print_json(j);
}

static int
entries(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < n; i++)
		entry_print(ctx, &list[i]);
	return 0;
}

static int
import_run(struct probe *p, struct err *e)
{
	const struct entry_sink sink = {.entries = entries, .ctx = p};
	struct import_request req = {.partition = TEXT("default")};
	struct import_reply reply;

	return p->c->kind->ops->full_import(p->c, &req, &sink, &reply, e);
}

/* ---- In ---- */

struct into {
	struct probe *p;
	struct attrs attrs;
};

static struct value
value_of(const struct json *j)
{
	if (json_type(j) == JSON_BOOLEAN)
		return value_boolean(json_bool(j, false));
	if (json_type(j) == JSON_OBJECT)
		return value_reference_anchor(json_get_text(j, "ref"));
	return value_string(json_text(j));
}

static int
attr_read(void *ctx, struct text key, struct json *list)
{
	struct into *in = ctx;
	uint32_t name;

	must(names_intern(in->p->names, key, &name));
	for (size_t i = 0; i < json_count(list); i++)
		must(attrs_add(in->p->arena, &in->attrs, name,
		    value_of(json_at(list, i))));
	return 0;
}

static struct attrs
attrs_of(struct probe *p, const struct json *j)
{
	struct into in = {.p = p};

	must(json_each(j, attr_read, &in));
	return in.attrs;
}

static void
item_read(struct probe *p, const struct json *j, struct export_item *it)
{
	struct attrs del = attrs_of(p, json_get(j, "del"));
	struct attrs add = attrs_of(p, json_get(j, "add"));
	struct attrs *image = arena_alloc(p->arena, sizeof(*image));
	struct text op = json_get_text(j, "op");

	*it = (struct export_item){
	    .dn = json_get_text(j, "dn"), .anchor = json_get_text(j, "anchor")};
	must(names_intern(p->names, json_get_text(j, "type"), &it->type));
	must(delta_between(p->arena, &del, &add, &it->delta));
	it->op = text_is(op, "add")      ? DELTA_ADD
		 : text_is(op, "delete") ? DELTA_DELETE
					 : DELTA_UPDATE;
	it->delta.op = it->op;
	if (json_get(j, "image") != NULL) {
		*image = attrs_of(p, json_get(j, "image"));
		it->image = image;
	}
}

static void
result_print(const struct export_result *r)
{
	static const char *const names[] = {
	    "none", "done", "error", "retry", "uncertain", "gone"};
	struct json *j = json_new_object();

	json_set_str(j, "status", names[r->status]);
	json_set_text(j, "anchor", r->anchor);
	json_set_text(j, "dn", r->dn);
	json_set_bool(j, "adopted", r->adopted);
	if (r->deferred != NULL)
		json_set(j, "deferred",
		    values_json(r->deferred->changes[0].add,
			r->deferred->changes[0].add_count));
	if (r->err.code != 0) {
		json_set_str(j, "code", err_name(r->err.code));
		json_set_str(j, "error", r->err.type);
		json_set_str(j, "text", r->err.text);
	}
	print_json(j);
}

static struct json *
input_read(void)
{
	struct buf b;
	struct json *root;
	char chunk[4096];
	size_t n;
	struct err e;

	buf_init(&b, INPUT_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		buf_add(&b, chunk, n);
	if (json_parse(buf_text(&b), INPUT_MAX, &root, &e) < 0) {
		(void)fprintf(stderr, "input: %s\n", e.text);
		exit(2);
	}
	buf_clear(&b);
	return root;
}

static int
export_run(struct probe *p, struct err *e)
{
	struct json *root = input_read();
	size_t n = json_count(root), step = p->c->kind->export_batch;
	struct export_item *items =
	    arena_array(p->arena, n + 1, sizeof(*items));
	struct export_result *results =
	    arena_array(p->arena, n + 1, sizeof(*results));
	int r = 0;

	for (size_t i = 0; i < n; i++)
		item_read(p, json_at(root, i), &items[i]);
	for (size_t at = 0; at < n && r == 0; at += step) {
		size_t m = n - at < step ? n - at : step;

		r = p->c->kind->ops->export(
		    p->c, items + at, m, results + at, e);
		for (size_t i = at; i < at + m; i++)
			result_print(&results[i]);
		(void)fflush(stdout);
	}
	(void)json_free(root);
	return r;
}

/* ---- Main ---- */

static const struct conf *
conf_of(const char *path, struct arena *a)
{
	static struct conf_problems problems;
	struct conf *conf = NULL;

	if (conf_load(path, a, &conf, &problems) == 0)
		return conf;
	for (size_t i = 0; i < problems.count; i++)
		(void)fprintf(
		    stderr, "%.*s\n", TEXT_ARGS(problems.items[i].text));
	exit(2);
}

int
main(int argc, char **argv)
{
	struct probe p = {.names = names_new(), .arena = arena_new(0)};
	struct connector_env env = {
	    .names = p.names, .arena = p.arena, .cancelled = cancelled};
	const struct conf *conf;
	struct err e = {0};
	int r;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: graph_probe CONFIG NAME "
				      "import|export\n");
		return 2;
	}
	(void)signal(SIGTERM, on_signal);
	if (getenv("PROBE_DEBUG") != NULL)
		log_set_level(LOG_DEBUG);
	conf = conf_of(argv[1], p.arena);
	env.conf = conf_connector_find(conf, text_of(argv[2]));
	env.config_dir = conf->dir.data;
	if (env.conf == NULL)
		return 2;
	r = connector_open(&env, &p.c, &e);
	if (r == 0)
		r = strcmp(argv[3], "import") == 0 ? import_run(&p, &e)
						   : export_run(&p, &e);
	if (r != 0)
		(void)fprintf(
		    stderr, "%s %s: %s\n", err_name(r), e.type, e.text);
	p.c = connector_free(p.c);
	p.names = names_free(p.names);
	p.arena = arena_free(p.arena);
	return r != 0;
}

// NOLINTEND(concurrency-mt-unsafe)
