/* tenant/graph_extension.c -- open extensions of the organisation: notes of
 * applications, kept by name; see graph.h. */
#include <string.h>

#include "tenant/graph.h"

#define KEY            "organizationExtensions"
#define TYPE           "#microsoft.graph.openTypeExtension"
#define EXTENSIONS     8U
#define NAME_MAX_BYTES 128U
#define BODY_MAX       8192U
#define ALL_MAX        ((size_t)EXTENSIONS * BODY_MAX * 2)

/* *out: an object with one member for each name; the caller's. */
static int
load(struct gcall *c, struct json **out)
{
	struct text s;
	int r = tdb_meta_get(c->t->db, c->a, KEY, &s);

	*out = NULL;
	if (r == ERR_NOENT) {
		*out = json_new_object();
		return *out != NULL ? 0 : ERR_NOMEM;
	}
	return r == 0 ? json_parse(s, ALL_MAX, out, NULL) : r;
}

static int
save(struct gcall *c, const struct json *all)
{
	struct buf b;
	int r;

	buf_init(&b, ALL_MAX);
	r = json_write(all, false, &b);
	if (r == 0)
		r = tdb_meta_put(c->t->db, KEY, buf_text(&b));
	buf_clear(&b);
	return r;
}

static bool
is_ours(struct gcall *c)
{
	return text_is_nocase(gcall_segment(c, 1), c->t->id);
}

static void
emit_one(struct gcall *c, const struct json *x)
{
	emit_json(c->out, x);
}

static int
list_visit(void *ctx, struct text key, struct json *value)
{
	struct gcall *c = ctx;

	(void)key;
	if (c->out->len != 0 && c->out->data[c->out->len - 1] == '}')
		buf_putc(c->out, ',');
	emit_one(c, value);
	return 0;
}

int
graph_extensions(struct gcall *c)
{
	CLEANUP(json_freep)
	struct json *all = NULL;
	struct text name = gcall_segment(c, 3);
	char *key = arena_strndup(c->a, name.data, name.len);
	int r;

	if (!is_ours(c))
		return gcall_not_found(c, gcall_segment(c, 1));
	r = key != NULL ? load(c, &all) : ERR_NOMEM;
	if (r < 0)
		return gcall_failed(c, r);
	if (name.len != 0 && !json_has(all, key))
		return gcall_not_found(c, name);
	c->status = 200;
	if (name.len != 0) {
		emit_one(c, json_get(all, key));
		return 0;
	}
	buf_puts(c->out, "{\"value\":[");
	(void)json_each(all, list_visit, c);
	buf_puts(c->out, "]}");
	return 0;
}

/* Everything of a body but what names it. */
static int
take_body(struct gcall *c, struct json *into, struct text name)
{
	struct json *copy = json_dup(c->body);
	struct buf b;
	int r;

	json_set_str(copy, "@odata.type", TYPE);
	json_set_text(copy, "extensionName", name);
	json_set_text(copy, "id", name);
	buf_init(&b, BODY_MAX);
	r = copy != NULL ? json_write(copy, false, &b) : ERR_NOMEM;
	buf_clear(&b);
	if (r < 0) {
		(void)json_free(copy);
		return r == ERR_NOMEM ? gcall_failed(c, r)
				      : gcall_bad(c,
					    "The extension is larger than %u "
					    "bytes.",
					    BODY_MAX);
	}
	json_set(into, arena_strndup(c->a, name.data, name.len), copy);
	return 0;
}

static bool
is_name(struct text t)
{
	if (t.len == 0 || t.len > NAME_MAX_BYTES ||
	    text_starts_nocase(t, "microsoft."))
		return false;
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] <= ' ' || t.data[i] == '/' ||
		    (unsigned char)t.data[i] > '~')
			return false;
	return true;
}

int
graph_extension_create(struct gcall *c)
{
	const struct refusal there = {
	    409, "Request_MultipleObjectsWithSameKeyValue", NULL, NULL};
	CLEANUP(json_freep)
	struct json *all = NULL;
	struct text name = json_get_text(c->body, "extensionName");
	char *key = arena_strndup(c->a, name.data, name.len);
	int r;

	if (!is_ours(c))
		return gcall_not_found(c, gcall_segment(c, 1));
	if (!is_name(name))
		return gcall_bad(c, "An open extension has an extensionName.");
	r = key != NULL ? load(c, &all) : ERR_NOMEM;
	if (r < 0)
		return gcall_failed(c, r);
	if (json_has(all, key))
		return gcall_refuse(
		    c, &there, "An extension already exists with given id.");
	if (json_count(all) >= EXTENSIONS)
		return gcall_bad(
		    c, "The organization has %u extensions.", EXTENSIONS);
	r = take_body(c, all, name);
	if (r != 0)
		return r;
	r = save(c, all);
	if (r < 0)
		return gcall_failed(c, r);
	c->status = 201;
	emit_one(c, json_get(all, key));
	return 0;
}

int
graph_extension_update(struct gcall *c)
{
	CLEANUP(json_freep)
	struct json *all = NULL;
	struct text name = gcall_segment(c, 3);
	char *key = arena_strndup(c->a, name.data, name.len);
	int r;

	if (!is_ours(c))
		return gcall_not_found(c, gcall_segment(c, 1));
	if (json_type(c->body) != JSON_OBJECT)
		return gcall_bad(c, "An extension is a JSON object.");
	r = key != NULL ? load(c, &all) : ERR_NOMEM;
	if (r < 0)
		return gcall_failed(c, r);
	if (!json_has(all, key))
		return gcall_not_found(c, name);
	r = take_body(c, all, name);
	if (r != 0)
		return r;
	r = save(c, all);
	if (r < 0)
		return gcall_failed(c, r);
	c->status = 204;
	return 0;
}

int
graph_extension_delete(struct gcall *c)
{
	CLEANUP(json_freep)
	struct json *all = NULL;
	struct text name = gcall_segment(c, 3);
	char *key = arena_strndup(c->a, name.data, name.len);
	int r;

	if (!is_ours(c))
		return gcall_not_found(c, gcall_segment(c, 1));
	r = key != NULL ? load(c, &all) : ERR_NOMEM;
	if (r < 0)
		return gcall_failed(c, r);
	if (!json_has(all, key))
		return gcall_not_found(c, name);
	json_remove(all, key);
	r = save(c, all);
	if (r < 0)
		return gcall_failed(c, r);
	c->status = 204;
	return 0;
}
