/* connectors/file/import.c -- objects of the file to entries. */
#include <string.h>

#include "base/hash.h"
#include "connectors/file/file_int.h"

#define BATCH_BYTES (16U << 20)

/* What was seen, by digest: a line for each anchor and each DN, twenty-four
 * bytes each whatever their length. */
struct seen_slot {
	unsigned char digest[20];
	unsigned line; /* 0: free */
};

struct seen {
	struct seen_slot *slots;
	size_t size, used;
};

struct import {
	struct file *f;
	const struct import_request *req;
	const struct entry_sink *sink;
	struct import_reply *reply;
	struct map *wanted; /* NULL: all */
	struct seen anchors, dns;
	struct arena *arena; /* the batch's */
	struct entry *batch;
	size_t count;
	struct err *err;
};

/* ---- Seen before ---- */

static struct seen_slot *
seen_find(struct seen *s, const unsigned char digest[static 20])
{
	size_t i;

	memcpy(&i, digest, sizeof(i));
	for (i &= s->size - 1; s->slots[i].line != 0;
	     i = (i + 1) & (s->size - 1))
		if (memcmp(s->slots[i].digest, digest, 20) == 0)
			break;
	return &s->slots[i];
}

static int
seen_grow(struct seen *s)
{
	struct seen bigger = {.size = s->size != 0 ? s->size * 2 : 1024};

	if (s->used * 2 < s->size)
		return 0;
	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i].line != 0)
			*seen_find(&bigger, s->slots[i].digest) = s->slots[i];
	free(s->slots);
	bigger.used = s->used;
	*s = bigger;
	return 0;
}

/* *out_line is where it was seen first, 0 where it is new. */
static int
seen_note(struct seen *s, struct text key, unsigned line, unsigned *out_line)
{
	unsigned char digest[32];
	struct seen_slot *slot;
	int r = hash_sha256(key, digest);

	if (r < 0 || seen_grow(s) < 0)
		return r < 0 ? r : ERR_NOMEM;
	slot = seen_find(s, digest);
	*out_line = slot->line;
	if (slot->line != 0)
		return 0;
	memcpy(slot->digest, digest, sizeof(slot->digest));
	slot->line = line;
	s->used++;
	return 0;
}

/* ---- Values ---- */

int
file_value(const struct file *f, struct text name, struct file_type type,
    struct text raw, struct value *out, struct err *e)
{
	static const char *const errors[] = {
	    [VALUE_STRING] = "invalid-attribute-value",
	    [VALUE_INTEGER] = "invalid-numeric-value",
	    [VALUE_BOOLEAN] = "invalid-boolean-value",
	    [VALUE_BINARY] = "invalid-attribute-value",
	    [VALUE_REFERENCE] = "reference-value-not-ldap-conformant",
	    [VALUE_DN_BINARY] = "invalid-attribute-value",
	};
	struct err why = {0};
	int r;

	if (type.type == VALUE_REFERENCE && f->refs_by_anchor) {
		*out = value_reference_anchor(raw);
		return 0;
	}
	r = value_parse(type.type, raw, out, &why);
	if (r < 0 && type.type == VALUE_STRING && !type.declared)
		return err_type(e, ERR_SYNTAX, "unsupported-value-type",
		    "%.*s is not UTF-8: attribute_types can declare it binary",
		    TEXT_ARGS(name));
	if (r < 0)
		return err_type(e, ERR_SYNTAX, errors[type.type], "%.*s: %s",
		    TEXT_ARGS(name), why.text);
	return 0;
}

static bool
is_dn(struct arena *a, struct text t)
{
	struct dn dn;

	return dn_parse(a, t, &dn, NULL) == 0 && dn.depth > 0;
}

static int
add_value(struct import *im, struct entry *en, const struct ldif_value *v,
    struct err *e)
{
	struct file_type type = file_type_of(im->f, v->name);
	struct value value = {.type = VALUE_STRING};
	uint32_t name = 0;
	int r = names_intern_nocase(im->f->env.names, v->name, &name);

	if (r < 0)
		return err_set(
		    e, r, "%.*s: %s", TEXT_ARGS(v->name), err_name(r));
	if (!type.multi && attrs_find(&en->attrs, name) != NULL)
		return err_type(e, ERR_SYNTAX, "multi-single-mismatch",
		    "%.*s has more than one value", TEXT_ARGS(v->name));
	r = file_value(im->f, v->name, type, v->value, &value, e);
	if (r < 0)
		return r;
	if (value.type == VALUE_REFERENCE && value.by == REF_DN &&
	    !is_dn(im->arena, v->value))
		return err_type(e, ERR_SYNTAX,
		    "reference-value-not-ldap-conformant", "%.*s is no DN",
		    TEXT_ARGS(v->name));
	r = attrs_add(im->arena, &en->attrs, name, value);
	return r < 0
		   ? err_set(e, r, "%.*s: %s", TEXT_ARGS(v->name), err_name(r))
		   : 0;
}

/* Errors name the line of the value. */
static int
add_values(struct import *im, struct entry *en, const struct file_object *o,
    struct err *e)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct ldif_value *v = &o->values[i];
		int r;

		if (im->wanted != NULL && map_get(im->wanted, v->name) == NULL)
			continue;
		r = add_value(im, en, v, e);
		if (r < 0)
			return err_prefix(e, "%s:%u", im->f->path, v->line);
	}
	return 0;
}

static int
duplicate(struct import *im, const struct file_object *o, const char *what,
    unsigned first, struct err *e)
{
	return err_type(e, ERR_SYNTAX, "duplicate-object",
	    "%s:%u: %.*s has the %s of the object in line %u", im->f->path,
	    o->line, TEXT_ARGS(o->dn), what, first);
}

static int
check_new(struct import *im, const struct file_object *o, struct err *e)
{
	unsigned first = 0;
	int r = seen_note(&im->dns, o->key, o->line, &first);

	if (r == 0 && first != 0)
		return duplicate(im, o, "DN", first, e);
	if (r == 0 && im->f->conf->anchor.len != 0)
		r = seen_note(&im->anchors, o->anchor, o->line, &first);
	if (r == 0 && first != 0)
		return duplicate(im, o, "anchor", first, e);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

static int
fill_entry(struct import *im, struct entry *en, const struct file_object *o,
    struct err *e)
{
	int r = check_new(im, o, e);

	if (r == 0)
		r = names_intern(im->f->env.names, o->type, &en->type);
	if (r == 0)
		r = add_values(im, en, o, e);
	return r;
}

/* ---- The stream ---- */

static int
flush(struct import *im)
{
	int r = 0;

	if (im->count != 0)
		r = im->sink->entries(
		    im->sink->ctx, im->batch, im->count, im->err);
	im->count = 0;
	arena_reset(im->arena);
	if (r == 0 && im->f->env.cancelled != NULL &&
	    im->f->env.cancelled(im->f->env.cancel_ctx))
		return err_set(im->err, ERR_CANCELLED, "stopped");
	return r;
}

/* By count, or by the text of large objects and of those left out. */
static bool
is_full(const struct import *im)
{
	return im->count == file_connector_kind.import_batch ||
	       arena_held(im->arena) > BATCH_BYTES;
}

/* n is what source_next() said of o. */
static int
take_object(struct import *im, const struct file_object *o, int n,
    const struct err *why)
{
	struct entry *en = &im->batch[im->count];
	struct err e = *why;

	if (n > 0 &&
	    (o->type.len == 0 || !scope_includes(im->f->scope, o->key))) {
		im->reply->filtered++;
		return 0;
	}
	*en = (struct entry){
	    .kind = ENTRY_OBJECT, .dn = o->dn, .anchor = o->anchor};
	if (n > 0)
		n = fill_entry(im, en, o, &e);
	if (n < 0 && n != ERR_SYNTAX) {
		if (im->err != NULL)
			*im->err = e;
		return n;
	}
	if (n < 0) {
		*en = (struct entry){.kind = ENTRY_ERROR,
		    .dn = o->dn,
		    .anchor = o->anchor,
		    .err = e};
		im->reply->errors++;
	}
	im->count++;
	return 0;
}

static int
read_all(struct import *im, struct source *s)
{
	struct file_object o;
	int n, r;

	for (;;) {
		struct err e = {0};

		n = source_next(s, im->arena, &o, &e);
		if (n == 0)
			break;
		r = take_object(im, &o, n, &e);
		if (r == 0 && is_full(im))
			r = flush(im);
		if (r < 0)
			return r;
	}
	r = flush(im);
	return r < 0 ? r : source_check_unchanged(s, im->err);
}

static int
note_wanted(struct import *im)
{
	static char yes;
	int r = 0;

	if (im->req->wanted_count == 0)
		return 0;
	im->wanted = map_new(true);
	if (im->wanted == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < im->req->wanted_count && r == 0; i++)
		r = map_put(im->wanted,
		    names_text(im->f->env.names, im->req->wanted[i]), &yes);
	return r;
}

int
file_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct import im = {.f = (struct file *)c,
	    .req = req,
	    .sink = sink,
	    .reply = out,
	    .err = e};
	CLEANUP(source_freep)
	struct source *s = NULL;
	int r;

	*out = (struct import_reply){.watermark = TEXT("")};
	im.arena = arena_new(0);
	im.batch = calloc(file_connector_kind.import_batch, sizeof(*im.batch));
	r = im.arena == NULL || im.batch == NULL ? ERR_NOMEM : note_wanted(&im);
	if (r < 0)
		err_set(e, r, "out of memory");
	else
		r = source_open(im.f, &s, e);
	if (r == 0 && s != NULL)
		r = read_all(&im, s);
	free(im.anchors.slots);
	free(im.dns.slots);
	free(im.batch);
	im.wanted = map_free(im.wanted);
	im.arena = arena_free(im.arena);
	return r;
}
