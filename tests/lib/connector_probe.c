/*
 * tests/lib/connector_probe.c -- opens one connector alone and shows what it
 * gives, for tests that want to see a connector without an engine.
 *
 *   connector_probe CONFIG NAME test
 *   connector_probe CONFIG NAME schema
 *   connector_probe CONFIG NAME partitions
 *   connector_probe CONFIG NAME parameters
 *   connector_probe CONFIG NAME import [ATTRIBUTE,...]   "*": all of the schema
 *   connector_probe CONFIG NAME count [ATTRIBUTE,...]    import, shows no
 * object
 *
 * One JSON object a line.  An error goes to standard error as
 * "CODE TYPE: text", and the exit code is 1.  With PROBE_PAUSE=N the import
 * stops after N objects with a line "pause" until it can read a line from
 * standard input; with PROBE_PLACES it shows the places from which it could go
 * on.
 */
#include <stdio.h>
#include <string.h>

#include "codec/json.h"
#include "conf/conf.h"
#include "connectors/ad/ad.h"
#include "connectors/connector.h"
#include "connectors/ldap/ldap.h"

// NOLINTBEGIN(concurrency-mt-unsafe): one thread

#define LINE_MAX_BYTES (256U << 20)

const struct connector_kind *const connector_kinds[] = {
    &ldap_connector_kind, &ad_connector_kind, NULL};

struct probe {
	struct names *names;
	struct arena *arena;
	struct connector *c;
	struct partition *partitions;
	size_t partition_count;
	size_t seen;
	size_t pause_after;
	bool quiet;
};

static void
print_json(struct json *j)
{
	struct buf b;
	struct text t;

	buf_init(&b, LINE_MAX_BYTES);
	if (json_write(j, false, &b) != 0) {
		(void)fprintf(stderr, "a line cannot be written\n");
		exit(3);
	}
	t = buf_text(&b);
	(void)printf("%.*s\n", TEXT_ARGS(t));
	buf_clear(&b);
	(void)json_free(j);
}

static void
must(int r)
{
	if (r != 0) {
		(void)fprintf(stderr, "out of memory\n");
		exit(3);
	}
}

static struct json *
value_json(struct arena *a, const struct value *v)
{
	struct json *j = json_new_object();
	struct text t = {0};

	if (v->type == VALUE_STRING) {
		(void)json_free(j);
		return json_new_text(v->text);
	}
	if (v->type == VALUE_REFERENCE && v->by == REF_ANCHOR) {
		must(hex_encode(a, v->text, &t));
		json_set_text(j, "$anchor", t);
		return j;
	}
	must(value_format(a, v, &t));
	if (v->type == VALUE_REFERENCE) {
		json_set_text(j, "$ref", t);
		return j;
	}
	if (v->type == VALUE_BINARY) {
		json_set_text(j, "$base64", t);
		return j;
	}
	(void)json_free(j);
	return v->type == VALUE_INTEGER ? json_new_int(v->integer)
					: json_new_bool(v->boolean);
}

static bool
is_text(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] < 0x20 ||
		    (unsigned char)t.data[i] > 0x7e)
			return false;
	return true;
}

static void
print_entry(struct probe *p, const struct entry *e)
{
	static const char *const kinds[] = {
	    "", "object", "change", "deleted", "error"};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct json *j = json_new_object(), *attrs = json_new_object();
	struct text anchor = e->anchor;

	if (!is_text(anchor))
		must(hex_encode(a, e->anchor, &anchor));
	json_set_str(j, "kind", kinds[e->kind]);
	json_set_text(j, "type", names_text(p->names, e->type));
	json_set_text(j, "dn", e->dn);
	json_set_text(j, "anchor", anchor);
	for (uint32_t i = 0; i < e->attrs.count; i++) {
		const struct attr *attr = &e->attrs.items[i];
		struct json *list = json_new_list();

		for (uint32_t k = 0; k < attr->count; k++)
			json_push(list, value_json(a, &attr->values[k]));
		json_set(attrs, names_text(p->names, attr->name).data, list);
	}
	json_set(j, "attrs", attrs);
	if (e->kind == ENTRY_ERROR) {
		json_set_str(j, "error", e->err.type);
		json_set_str(j, "text", e->err.text);
	}
	print_json(j);
}

static int
probe_entries(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct probe *p = ctx;
	char line[16];

	(void)e;
	for (size_t i = 0; i < n && !p->quiet; i++)
		print_entry(p, &list[i]);
	p->seen += n;
	if (p->pause_after != 0 && p->seen >= p->pause_after) {
		p->pause_after = 0;
		(void)fprintf(stderr, "pause\n");
		(void)fflush(NULL);
		if (fgets(line, sizeof(line), stdin) == NULL)
			return ERR_CANCELLED;
	}
	return 0;
}

static int
probe_place(void *ctx, const struct entry *list, size_t n, struct text place,
    struct err *e)
{
	struct json *j = json_new_object();

	json_set_str(j, "kind", "place");
	json_set_text(j, "place", place);
	print_json(j);
	return n != 0 ? probe_entries(ctx, list, n, e) : 0;
}

/* "mail,cn" to numbers; "*" is every attribute of the schema. */
static int
wanted_parse(struct probe *p, const char *arg, uint32_t **out, size_t *out_n)
{
	CLEANUP(schema_freep)
	struct schema *s = schema_new();
	size_t n = 0;
	struct err e = {0};

	if (strcmp(arg, "*") == 0) {
		int r = p->c->kind->ops->schema(p->c, s, &e);

		*out = arena_array(p->arena, schema_count(s), sizeof(uint32_t));
		for (size_t i = 0; r == 0 && i < schema_count(s); i++)
			(*out)[n++] = schema_at(s, i)->name;
		*out_n = n;
		return r;
	}
	*out = arena_array(p->arena, strlen(arg) + 1, sizeof(uint32_t));
	while (*arg != '\0') {
		size_t len = strcspn(arg, ",");
		int r = names_intern(
		    p->names, (struct text){arg, len}, &(*out)[n++]);

		if (r != 0)
			return r;
		arg += len + (arg[len] == ',');
	}
	*out_n = n;
	return 0;
}

static int
probe_import(struct probe *p, const char *attrs, struct err *e)
{
	const struct entry_sink sink = {.entries = probe_entries,
	    .entries_until =
		getenv("PROBE_PLACES") != NULL ? probe_place : NULL,
	    .ctx = p};
	struct import_request req = {0};
	uint32_t *wanted = NULL;
	int r = wanted_parse(p, attrs, &wanted, &req.wanted_count);

	req.wanted = wanted;
	for (size_t i = 0; r == 0 && i < p->partition_count; i++) {
		struct import_reply reply = {0};
		struct json *j;

		if (!p->partitions[i].selected)
			continue;
		req.partition = p->partitions[i].name;
		r = p->c->kind->ops->full_import(p->c, &req, &sink, &reply, e);
		if (r != 0)
			break;
		j = json_new_object();
		json_set_str(j, "kind", "end");
		json_set_text(j, "partition", req.partition);
		json_set_int(j, "objects", (int64_t)p->seen);
		json_set_int(j, "filtered", (int64_t)reply.filtered);
		json_set_int(j, "errors", (int64_t)reply.errors);
		json_set_text(j, "watermark", reply.watermark);
		print_json(j);
	}
	return r;
}

static int
probe_schema(struct probe *p, struct err *e)
{
	CLEANUP(schema_freep)
	struct schema *s = schema_new();
	int r = p->c->kind->ops->schema(p->c, s, e);

	for (size_t i = 0; r == 0 && i < schema_count(s); i++) {
		const struct schema_attr *a = schema_at(s, i);
		struct json *j = json_new_object();

		json_set_text(j, "name", names_text(p->names, a->name));
		json_set_str(j, "type", value_type_name(a->type));
		json_set_bool(j, "multi", a->multi);
		json_set_bool(j, "read_only", a->read_only);
		print_json(j);
	}
	for (size_t i = 0; r == 0 && i < schema_type_count(s); i++) {
		struct json *j = json_new_object();

		json_set_text(j, "object_type",
		    names_text(p->names, schema_type_at(s, i)));
		print_json(j);
	}
	return r;
}

static int
probe_partitions(const struct probe *p)
{
	for (size_t i = 0; i < p->partition_count; i++) {
		struct json *j = json_new_object();

		json_set_text(j, "name", p->partitions[i].name);
		json_set_bool(j, "selected", p->partitions[i].selected);
		print_json(j);
	}
	return 0;
}

static int
probe_parameter(void *ctx, struct text name, struct text value)
{
	struct json *j = json_new_object();

	(void)ctx;
	json_set_text(j, name.data, value);
	print_json(j);
	return 0;
}

/* Says when it listens, then each ring, until `rings` came or none for ten
 * seconds. */
static int
probe_watch(struct probe *p, const char *rings, struct err *e)
{
	unsigned long n = strtoul(rings, NULL, 10);
	int r = p->c->kind->ops->watch(p->c, 0, e);

	for (unsigned long i = 0; r == 0 && i <= n; i++) {
		(void)printf(i == 0 ? "listening\n" : "ring\n");
		(void)fflush(stdout);
		if (i == n)
			break;
		r = p->c->kind->ops->watch(p->c, 10000, e);
		if (r >= 0)
			r = r == 1 ? 0 : ERR_NOENT;
	}
	return r;
}

static int
probe_run(struct probe *p, const char *what, const char *arg, struct err *e)
{
	int r = p->c->kind->ops->partitions(
	    p->c, &p->partitions, &p->partition_count, e);

	if (r != 0 || strcmp(what, "test") == 0)
		return r;
	if (strcmp(what, "schema") == 0)
		return probe_schema(p, e);
	if (strcmp(what, "partitions") == 0)
		return probe_partitions(p);
	if (strcmp(what, "parameters") == 0)
		return p->c->kind->ops->parameters(
		    p->c, p->partitions[0].name, probe_parameter, NULL, e);
	if (strcmp(what, "watch") == 0)
		return probe_watch(p, arg, e);
	p->quiet = strcmp(what, "count") == 0;
	return probe_import(p, arg, e);
}

static const struct conf *
probe_conf(const char *path, struct arena *a)
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
	const char *pause = getenv("PROBE_PAUSE");
	struct connector_env env = {.names = p.names, .arena = p.arena};
	const struct conf *conf;
	struct err e = {0};
	int r;

	if (argc < 4) {
		(void)fprintf(stderr,
		    "usage: connector_probe CONFIG NAME COMMAND [ARGUMENT]\n");
		return 2;
	}
	conf = probe_conf(argv[1], p.arena);
	env.conf = conf_connector_find(conf, text_of(argv[2]));
	env.config_dir = conf->dir.data;
	if (env.conf == NULL) {
		(void)fprintf(stderr, "no connector %s\n", argv[2]);
		return 2;
	}
	if (pause != NULL)
		p.pause_after = strtoul(pause, NULL, 10);
	r = connector_open(&env, &p.c, &e);
	if (r == 0)
		r = probe_run(&p, argv[3], argc > 4 ? argv[4] : "", &e);
	if (r != 0)
		(void)fprintf(
		    stderr, "%s %s: %s\n", err_name(r), e.type, e.text);
	p.c = connector_free(p.c);
	p.names = names_free(p.names);
	p.arena = arena_free(p.arena);
	return r != 0;
}

// NOLINTEND(concurrency-mt-unsafe)
