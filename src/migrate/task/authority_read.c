/* migrate/task/authority_read.c -- who masters what, as the directory says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/task/task_int.h"
#include "model/guid.h"

#define MAX_OBJECTS 5000000U

const char *
authority_type_name(enum authority_type t)
{
	static const char *const names[AUTHORITY_TYPES] = {
	    [AUTHORITY_USER] = "user",
	    [AUTHORITY_GROUP] = "group",
	    [AUTHORITY_MAIL_GROUP] = "mail-enabled group",
	    [AUTHORITY_CONTACT] = "contact",
	    [AUTHORITY_DEVICE] = "device"};

	return names[t];
}

/* ---- Connecting ---- */

int
authority_open(
    struct setup *s, size_t connector, struct connector **out, struct err *e)
{
	const struct engine_connector *c = &s->connectors[connector];

	if (c->kind->ops->authority == NULL)
		return err_set(e, ERR_CONFIG,
		    "%.*s is of kind %s: what it reaches is mastered on "
		    "premises, and goes on so with the same anchors. Only a "
		    "move to a connector of kind graph moves the authority",
		    TEXT_ARGS(c->name), c->kind->name);
	return setup_connect(s, connector, out, e);
}

/* ---- Reading ---- */

/* The attributes that are asked for; the order is that of enum wanted. */
static const char *const wanted_names[] = {"displayName", "mail",
    "onPremisesImmutableId", "onPremisesSyncEnabled", "mailEnabled",
    "groupTypes", "proxyAddresses", "onPremisesSecurityIdentifier"};
enum wanted {
	W_NAME,
	W_MAIL,
	W_IMMUTABLE,
	W_SYNC,
	W_MAIL_ENABLED,
	W_GROUP_TYPES,
	W_PROXY,
	W_SID,
	W_COUNT
};

struct reading {
	struct setup *setup;
	struct arena *arena, *item;
	struct authority_picture *out;
	int64_t connector; /* in the store; 0: it is not there yet */
	uint32_t names[W_COUNT];
};

static struct text
first_text(const struct reading *r, const struct entry *x, enum wanted which)
{
	const struct value *v = attrs_first(&x->attrs, r->names[which]);

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

static bool
first_flag(const struct reading *r, const struct entry *x, enum wanted which)
{
	const struct value *v = attrs_first(&x->attrs, r->names[which]);

	return v != NULL && v->type == VALUE_BOOLEAN && v->boolean;
}

static size_t
value_count(const struct reading *r, const struct entry *x, enum wanted which)
{
	const struct attr *list = attrs_find(&x->attrs, r->names[which]);

	return list != NULL ? list->count : 0;
}

/* A group with mail that is none of the cloud's own kind is Exchange's. */
static enum authority_type
type_of(const struct reading *r, const struct entry *x)
{
	struct text t = names_text(store_names(r->setup->store), x->type);

	if (text_is(t, "contact"))
		return AUTHORITY_CONTACT;
	if (text_is(t, "device"))
		return AUTHORITY_DEVICE;
	if (!text_is(t, "group"))
		return AUTHORITY_USER;
	return first_flag(r, x, W_MAIL_ENABLED) &&
		       value_count(r, x, W_GROUP_TYPES) == 0
		   ? AUTHORITY_MAIL_GROUP
		   : AUTHORITY_GROUP;
}

static int
is_known(struct reading *r, const struct entry *x, bool *out, struct err *e)
{
	struct cs_object o;
	int code;

	*out = false;
	if (r->connector == 0)
		return 0;
	arena_reset(r->item);
	code = cs_find_anchor(r->setup->store, r->item,
	    (struct cs_key){r->connector, x->anchor}, 0, &o, e);
	if (code == ERR_NOENT)
		return 0;
	*out = code == 0 && o.mv != 0;
	return code;
}

static int
make_room(struct authority_picture *p, struct arena *a)
{
	size_t size = p->size != 0 ? 2 * p->size : 1024;
	struct authority_object *list;

	if (p->count < p->size)
		return 0;
	if (p->count >= MAX_OBJECTS)
		return ERR_LIMIT;
	list = arena_array(a, size, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	if (p->count != 0)
		memcpy(list, p->items, p->count * sizeof(*list));
	p->items = list;
	p->size = size;
	return 0;
}

static void
count_one(struct authority_picture *p, const struct authority_object *o)
{
	struct authority_count *n = &p->of[o->type];

	p->total[o->type]++;
	if (!o->on_premises)
		return;
	n->all++;
	n->immutable += o->immutable.len != 0;
	n->unknown += !o->known;
	n->addresses += o->addresses;
}

static int
keep(struct reading *r, const struct entry *x, struct err *e)
{
	struct authority_object o = {.type = type_of(r, x),
	    .anchor = text_dup(r->arena, x->anchor),
	    .immutable = text_dup(r->arena, first_text(r, x, W_IMMUTABLE)),
	    .name = text_dup(r->arena, first_text(r, x, W_NAME)),
	    .sid = text_dup(r->arena, first_text(r, x, W_SID)),
	    .on_premises = first_flag(r, x, W_SYNC)};
	size_t own = first_text(r, x, W_MAIL).len != 0;
	int code = make_room(r->out, r->arena);

	if (code == 0 && arena_failed(r->arena))
		code = ERR_NOMEM;
	if (code < 0)
		return err_set(e, code, "%s", err_name(code));
	o.addresses = value_count(r, x, W_PROXY) > own;
	code = is_known(r, x, &o.known, e);
	if (code < 0)
		return code;
	r->out->items[r->out->count++] = o;
	return 0;
}

static int
take_batch(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	int code = 0;

	for (size_t i = 0; i < n && code == 0; i++) {
		if (list[i].kind == ENTRY_OBJECT)
			code = keep(ctx, &list[i], e);
		else if (list[i].kind == ENTRY_ERROR)
			code = err_set(e, ERR_PROTOCOL,
			    "%.*s cannot be understood: %s",
			    TEXT_ARGS(list[i].dn), list[i].err.text);
	}
	return code;
}

static int
compare_names(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
ask_names(struct reading *r, uint32_t sorted[static W_COUNT], struct err *e)
{
	struct names *names = store_names(r->setup->store);

	for (size_t i = 0; i < W_COUNT; i++) {
		r->names[i] = names_find(names, text_of(wanted_names[i]));
		if (r->names[i] == 0)
			return err_set(e, ERR_CONFIG,
			    "the directory has no attribute %s",
			    wanted_names[i]);
		sorted[i] = r->names[i];
	}
	qsort(sorted, W_COUNT, sizeof(*sorted), compare_names);
	return 0;
}

static int
read_partitions(struct reading *r, struct connector *c, struct err *e)
{
	const struct entry_sink sink = {.entries = take_batch, .ctx = r};
	struct partition *list = NULL;
	size_t count = 0;
	uint32_t wanted[W_COUNT];
	int code = ask_names(r, wanted, e);

	if (code == 0)
		code = c->kind->ops->partitions(c, &list, &count, e);
	for (size_t i = 0; i < count && code == 0; i++) {
		const struct import_request req = {.partition = list[i].name,
		    .wanted = wanted,
		    .wanted_count = W_COUNT};
		struct import_reply reply = {0};

		if (list[i].selected)
			code = c->kind->ops->full_import(
			    c, &req, &sink, &reply, e);
	}
	return code;
}

/* ---- Groups by their security identifier ---- */

struct finding {
	struct setup *setup;
	struct arena *arena, *item;
	struct map *out;
	uint32_t sid, source;
};

static struct text
sid_text(struct arena *a, const struct value *v)
{
	struct text out = {0};

	if (v == NULL)
		return out;
	if (v->type == VALUE_STRING)
		return text_dup(a, v->text);
	return v->type == VALUE_BINARY &&
		       sid_format(a, v->text, &out, NULL) == 0
		   ? out
		   : (struct text){0};
}

static int
find_source(struct finding *f, int64_t id, struct err *e)
{
	const struct value *source;
	struct mv_object o;
	struct text sid, *kept;
	int code;

	arena_reset(f->item);
	code = mv_get(f->setup->store, f->item, id, false, &o, e);
	if (code < 0)
		return code;
	source = attrs_first(&o.values, f->source);
	sid = sid_text(f->arena, attrs_first(&o.values, f->sid));
	if (sid.len == 0 || source == NULL || source->type != VALUE_STRING)
		return 0;
	kept = arena_alloc(f->arena, sizeof(*kept));
	if (kept == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*kept = text_dup(f->arena, source->text);
	code = map_put(f->out, sid, kept);
	return code < 0 ? err_set(e, code, "%s", err_name(code)) : 0;
}

int
authority_sources(
    struct setup *s, struct arena *a, struct map *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	const struct names *names = store_names(s->store);
	struct finding f = {.setup = s,
	    .arena = a,
	    .item = item,
	    .out = out,
	    .sid = names_find(names, TEXT("objectSid")),
	    .source = names_find(names, TEXT("sourceAnchor"))};
	int64_t room[256], after = 0;
	struct ids ids = {.id = room, .max = 256};
	int code = 0;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (f.sid == 0 || f.source == 0)
		return 0;
	do {
		code = mv_next(s->store, 0, after, &ids, e);
		for (size_t i = 0; i < ids.count && code == 0; i++)
			code = find_source(&f, ids.id[i], e);
		if (ids.count > 0)
			after = ids.id[ids.count - 1];
	} while (code == 0 && ids.count > 0);
	return code;
}

/* A group of another engine has no source anchor that Graph tells: it is the
 * one with the same security identifier. */
static int
know_groups(struct setup *s, struct authority_picture *p, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(map_freep)
	struct map *sources = map_new(false);
	int code = a == NULL || sources == NULL
		       ? err_set(e, ERR_NOMEM, "out of memory")
		       : authority_sources(s, a, sources, e);

	for (size_t i = 0; i < p->count && code == 0; i++) {
		struct authority_object *o = &p->items[i];

		if (o->type == AUTHORITY_GROUP && o->sid.len != 0)
			o->known = o->known || map_get(sources, o->sid) != NULL;
	}
	return code;
}

/* ---- All of it ---- */

static int64_t
store_id(const struct setup *s, struct text name)
{
	for (size_t i = 0; i < s->connector_count; i++)
		if (text_equal(s->connectors[i].name, name))
			return s->connectors[i].id;
	return 0;
}

int
authority_read(struct setup *s, struct connector *c, struct arena *a,
    struct authority_picture *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	struct reading r = {.setup = s,
	    .arena = a,
	    .item = item,
	    .out = out,
	    .connector = store_id(s, out->connector)};
	int code;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	out->items = NULL;
	out->count = out->size = 0;
	memset(out->of, 0, sizeof(out->of));
	memset(out->total, 0, sizeof(out->total));
	code =
	    c->kind->ops->authority->organization(c, a, &out->organization, e);
	if (code == 0)
		code = read_partitions(&r, c, e);
	if (code == 0)
		code = know_groups(s, out, e);
	for (size_t i = 0; i < out->count && code == 0; i++)
		count_one(out, &out->items[i]);
	return code;
}

int
authority_look(struct setup *s, size_t connector, struct arena *a,
    struct authority_picture *out, struct err *e)
{
	struct connector *c = NULL;
	int code = authority_open(s, connector, &c, e);

	*out = (struct authority_picture){
	    .connector = s->connectors[connector].name};
	if (code < 0)
		return code;
	code = authority_read(s, c, a, out, e);
	c->kind->ops->close(c);
	return code;
}
