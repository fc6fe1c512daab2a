/* tests/unit/engine/fake.c -- see fake.h. */
#include "fake.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MAX_PARTITIONS 4

struct fake_connector {
	struct connector base;
	struct fake *fake;
	/* A batch in pieces; items NULL: none. */
	const struct export_item *items;
	struct export_result *results;
	size_t count, at;
	int failed;
	struct err why;
};

static struct fake *
fake_of(struct connector *c)
{
	return ((struct fake_connector *)(void *)c)->fake;
}

void
fake_init(struct fake *f, struct names *names, const char *partition)
{
	f->arena = arena_new(0);
	f->names = names;
	f->partition = partition;
	assert(f->arena != NULL);
}

void
fake_clear(struct fake *f)
{
	f->arena = arena_free(f->arena);
}

static struct text
keep(struct fake *f, struct text t)
{
	struct text copy = text_dup(f->arena, t);

	assert(copy.data != NULL);
	return copy;
}

static uint32_t
name_of(const struct fake *f, const char *s)
{
	uint32_t n;

	assert(names_intern(f->names, text_of(s), &n) == 0);
	return n;
}

static struct fake_object *
by_anchor(struct fake *f, struct text anchor)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->objects[i].there &&
		    text_equal(f->objects[i].anchor, anchor))
			return &f->objects[i];
	return NULL;
}

static struct fake_object *
by_dn(struct fake *f, struct text dn)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->objects[i].there && text_equal(f->objects[i].dn, dn))
			return &f->objects[i];
	return NULL;
}

static struct fake_object *
new_object(struct fake *f)
{
	assert(f->count < FAKE_OBJECTS);
	return &f->objects[f->count++];
}

static void
put_value(struct fake *f, struct fake_object *o, uint32_t name, const char *s,
    size_t len)
{
	struct text t = keep(f, (struct text){s, len});
	struct value v = value_string(t);

	if (len != 0 && s[0] == '@')
		v = value_reference_dn((struct text){t.data + 1, len - 1});
	if (len != 0 && s[0] == '&')
		v = value_reference_anchor((struct text){t.data + 1, len - 1});
	assert(attrs_add(f->arena, &o->attrs, name, v) == 0);
}

static void
put_attr(struct fake *f, struct fake_object *o, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len), *at = eq + 1, *end = s + len;
	uint32_t name;

	assert(eq != NULL);
	assert(names_intern(
		   f->names, (struct text){s, (size_t)(eq - s)}, &name) == 0);
	while (at <= end) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		const char *stop = bar != NULL ? bar : end;

		put_value(f, o, name, at, (size_t)(stop - at));
		at = stop + 1;
	}
}

void
fake_put(struct fake *f, const char *type, const char *anchor, const char *dn,
    const char *attrs)
{
	struct fake_object *o = by_anchor(f, text_of(anchor));
	const char *at = attrs;

	if (o == NULL)
		o = new_object(f);
	*o = (struct fake_object){.there = true,
	    .changed = ++f->clock,
	    .type = name_of(f, type),
	    .dn = keep(f, text_of(dn)),
	    .anchor = keep(f, text_of(anchor))};
	while (*at != '\0') {
		size_t len = strcspn(at, ";");

		put_attr(f, o, at, len);
		at += len + (at[len] == ';');
	}
}

void
fake_delete(struct fake *f, const char *anchor)
{
	struct fake_object *o = by_anchor(f, text_of(anchor));

	assert(o != NULL);
	o->there = false;
	o->changed = ++f->clock;
}

struct fake_object *
fake_at(struct fake *f, const char *dn, const char *anchor, bool make)
{
	struct fake_object *o = by_dn(f, text_of(dn));

	if (o == NULL && !make)
		return NULL;
	if (o == NULL) {
		o = new_object(f);
		*o = (struct fake_object){
		    .there = true, .dn = keep(f, text_of(dn))};
		o->anchor =
		    text_of(arena_printf(f->arena, "own-%zu", f->count));
	}
	if (anchor[0] != '\0')
		o->anchor = keep(f, text_of(anchor));
	o->changed = ++f->clock;
	return o;
}

void
fake_delete_dn(struct fake *f, const char *dn)
{
	struct fake_object *o = by_dn(f, text_of(dn));

	assert(o != NULL);
	o->there = false;
	o->changed = ++f->clock;
}

size_t
fake_there(const struct fake *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += f->objects[i].there;
	return n;
}

/* ---- The dump ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
value_text(const struct fake *f, struct arena *a, const struct value *v)
{
	struct text t = {0};

	if (v->type == VALUE_REFERENCE && v->by == REF_ANCHOR)
		for (size_t i = 0; i < f->count; i++)
			if (f->objects[i].there &&
			    text_equal(f->objects[i].anchor, v->text))
				t = f->objects[i].dn;
	if (t.len == 0)
		assert(value_format(a, v, &t) == 0);
	return arena_printf(a, "%.*s", TEXT_ARGS(t));
}

static void
sort(const char **list, size_t n)
{
	qsort((void *)list, n, sizeof(*list), by_text);
}

static const char *
dump_object(const struct fake *f, struct arena *a, const struct fake_object *o)
{
	const char *parts[64];
	size_t n = 0;
	char *out = arena_printf(a,
	    "%.*s %.*s:", TEXT_ARGS(names_text(f->names, o->type)),
	    TEXT_ARGS(o->dn));

	for (uint32_t i = 0; i < o->attrs.count; i++) {
		const struct attr *at = &o->attrs.items[i];
		const char **values =
		    arena_array(a, at->count, sizeof(*values));
		char *s = arena_printf(
		    a, " %.*s=", TEXT_ARGS(names_text(f->names, at->name)));

		for (uint32_t k = 0; k < at->count; k++)
			values[k] = value_text(f, a, &at->values[k]);
		sort(values, at->count);
		for (uint32_t k = 0; k < at->count; k++)
			s = arena_printf(
			    a, "%s%s%s", s, k == 0 ? "" : "|", values[k]);
		parts[n++] = s;
	}
	sort(parts, n);
	for (size_t i = 0; i < n; i++)
		out = arena_printf(a, "%s%s", out, parts[i]);
	return out;
}

char *
fake_dump(const struct fake *f, struct arena *a)
{
	const char **lines = arena_array(a, f->count + 1, sizeof(*lines));
	size_t n = 0, len = 0;
	char *out;

	for (size_t i = 0; i < f->count; i++)
		if (f->objects[i].there)
			lines[n++] = dump_object(f, a, &f->objects[i]);
	sort(lines, n);
	for (size_t i = 0; i < n; i++)
		len += strlen(lines[i]) + 1;
	out = arena_array(a, len + 1, 1);
	assert(out != NULL);
	for (size_t i = 0, at = 0; i < n; i++)
		at +=
		    (size_t)snprintf(out + at, len + 1 - at, "%s\n", lines[i]);
	return out;
}

/* ---- The contract ---- */

static int
fake_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	union {
		const struct conf_connector *conf;
		struct fake *fake;
	} u = {.conf = env->conf};
	struct fake *f = u.fake;
	struct fake_connector *c;

	if (f->offline)
		return err_set(e, ERR_CONNECT, "cannot connect to the fake");
	c = calloc(1, sizeof(*c));
	assert(c != NULL);
	c->fake = f;
	*out = &c->base;
	return 0;
}

static void
fake_close(struct connector *c)
{
	free(c);
}

static int
fake_schema(struct connector *c, struct schema *s, struct err *e)
{
	(void)c;
	(void)s;
	(void)e;
	return 0;
}

static int
fake_partitions(struct connector *c, struct partition **out, size_t *out_count,
    struct err *e)
{
	static struct partition list[MAX_PARTITIONS];
	const char *at = fake_of(c)->partition;
	size_t n = 0;

	(void)e;
	for (; at != NULL && n < MAX_PARTITIONS; n++) {
		const char *bar = strstr(at, " | ");

		list[n] =
		    (struct partition){.name = text_of(at), .selected = true};
		if (bar != NULL)
			list[n].name.len = (size_t)(bar - at);
		at = bar != NULL ? bar + 3 : NULL;
	}
	if (n == 0)
		list[n++] = (struct partition){0};
	*out = list;
	*out_count = n;
	return 0;
}

/* Where there are several, an object is in the one whose name it ends with. */
static bool
is_in_partition(
    const struct fake *f, const struct fake_object *o, struct text partition)
{
	if (f->partition == NULL || strstr(f->partition, " | ") == NULL)
		return true;
	return o->dn.len >= partition.len &&
	       memcmp(o->dn.data + o->dn.len - partition.len, partition.data,
		   partition.len) == 0;
}

/* Takes from an entry what f->bad says, or all: then it is an error. */
static void
spoil(const struct fake *f, struct entry *entry)
{
	size_t n = entry->dn.len;
	const char *how;

	if (f->bad == NULL || strncmp(f->bad, entry->dn.data, n) != 0 ||
	    (f->bad[n] != ' ' && f->bad[n] != '\0'))
		return;
	how = f->bad + n;
	if (strcmp(how, " without anchor") == 0)
		entry->anchor = TEXT("");
	else if (strcmp(how, " without a DN") == 0)
		entry->dn = TEXT("");
	else if (strcmp(how, " without a type") == 0)
		entry->type = 0;
	else if (strcmp(how, " with a long anchor") == 0)
		entry->anchor = (struct text){f->log, 399};
	else {
		entry->kind = ENTRY_ERROR;
		(void)err_type(&entry->err, ERR_REJECTED, "read-error",
		    "%.*s could not be read", TEXT_ARGS(entry->dn));
	}
}

static int
fake_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct fake *f = fake_of(c);
	struct entry batch[3];
	size_t n = 0, given = 0;
	int r = 0;

	f->imports++;
	for (size_t i = 0; i < f->count && r == 0; i++) {
		size_t at = f->import_backwards ? f->count - 1 - i : i;
		const struct fake_object *o = &f->objects[at];

		if (!o->there || !is_in_partition(f, o, req->partition))
			continue;
		if (f->import_stops_at != 0 && ++given > f->import_stops_at)
			return err_set(e, ERR_CONNECT, "the fake went away");
		batch[n++] = (struct entry){.kind = ENTRY_OBJECT,
		    .type = o->type,
		    .dn = o->dn,
		    .anchor = o->anchor,
		    .attrs = o->attrs};
		spoil(f, &batch[n - 1]);
		if (n == 3) {
			r = sink->entries(sink->ctx, batch, n, e);
			n = 0;
		}
	}
	if (r == 0 && n != 0)
		r = sink->entries(sink->ctx, batch, n, e);
	*out = (struct import_reply){0};
	out->watermark = text_of(
	    f->tells ? arena_printf(f->arena, "at-%u", f->clock)
		     : arena_printf(f->arena, "mark-%u", ++f->watermark));
	return r;
}

/* The next change after since: of each object the last one. */
static const struct fake_object *
next_change(const struct fake *f, unsigned since)
{
	const struct fake_object *best = NULL;

	for (size_t i = 0; i < f->count; i++)
		if (f->objects[i].changed > since &&
		    (best == NULL || f->objects[i].changed < best->changed))
			best = &f->objects[i];
	return best;
}

static int
tell_changes(struct fake *f, unsigned since, const struct entry_sink *sink,
    struct err *e)
{
	const struct fake_object *o = next_change(f, since);
	size_t given = 0;
	int r = 0;

	while (o != NULL && r == 0) {
		struct entry batch[2];
		size_t n = 0;

		if (f->delta_stops_at != 0 && given++ == f->delta_stops_at)
			return err_set(e, ERR_CONNECT, "the fake went away");
		for (; o != NULL && n < 2; o = next_change(f, since)) {
			batch[n++] = (struct entry){
			    .kind = o->there ? ENTRY_OBJECT : ENTRY_DELETED,
			    .type = o->type,
			    .dn = o->dn,
			    .anchor = o->anchor,
			    .attrs = o->attrs};
			since = o->changed;
		}
		r = sink->entries_until(sink->ctx, batch, n,
		    text_of(arena_printf(f->arena, "at-%u", since)), e);
	}
	return r;
}

static int
fake_delta(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct fake *f = fake_of(c);
	int r = 0;

	assert(req->watermark.len < sizeof(f->asked_from));
	memcpy(f->asked_from, req->watermark.data, req->watermark.len);
	f->asked_from[req->watermark.len] = '\0';
	if (f->forgets != NULL && strcmp(f->asked_from, f->forgets) == 0)
		return err_type(e, ERR_CONFIG, "no-start-full-import-required",
		    "the fake does not know %s any more", f->asked_from);
	if (f->tells)
		r = tell_changes(f,
		    (unsigned)strtoul(strchr(f->asked_from, '-') + 1, NULL, 10),
		    sink, e);
	else if (f->delta_count != 0)
		r = sink->entries(sink->ctx, f->delta, f->delta_count, e);
	if (!f->tells)
		f->delta_count = 0;
	*out = (struct import_reply){.all_told = f->all_told};
	if (f->full_needed != NULL)
		out->full_needed = text_of(f->full_needed);
	out->watermark = text_of(
	    f->tells ? arena_printf(f->arena, "at-%u", f->clock)
		     : arena_printf(f->arena, "mark-%u", ++f->watermark));
	return r;
}

/* The watermark is the clock. */
static int
fake_tracked_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	int r = fake_import(c, req, sink, out, e);

	out->watermark =
	    text_of(arena_printf(fake_of(c)->arena, "%u", fake_of(c)->clock));
	return r;
}

static int
fake_tracked_delta(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct fake *f = fake_of(c);
	int64_t since = 0;
	int r = text_to_int64(req->watermark, &since);

	assert(r == 0);
	for (size_t i = 0; i < f->count && r == 0; i++) {
		const struct fake_object *o = &f->objects[i];
		struct entry one = {
		    .kind = o->there ? ENTRY_OBJECT : ENTRY_DELETED,
		    .type = o->type,
		    .dn = o->dn,
		    .anchor = o->anchor};

		if (o->changed <= since ||
		    !is_in_partition(f, o, req->partition))
			continue;
		if (o->there)
			one.attrs = o->attrs;
		r = sink->entries(sink->ctx, &one, 1, e);
	}
	*out = (struct import_reply){
	    .watermark = text_of(arena_printf(f->arena, "%u", f->clock))};
	return r;
}

static int
fake_read_object(struct connector *c, const struct import_request *req,
    const struct entry *which, struct arena *a, struct entry *out,
    struct err *e)
{
	struct fake *f = fake_of(c);
	const struct fake_object *o = which->anchor.len != 0
					  ? by_anchor(f, which->anchor)
					  : by_dn(f, which->dn);

	(void)req;
	(void)a;
	(void)e;
	if (o == NULL)
		return 0;
	*out = (struct entry){.kind = ENTRY_OBJECT,
	    .type = o->type,
	    .dn = o->dn,
	    .anchor = o->anchor,
	    .attrs = o->attrs};
	return 1;
}

static int
fake_can_export(
    struct connector *c, const struct export_item *item, struct err *e)
{
	const struct fake *f = fake_of(c);

	if (f->never == NULL ||
	    !text_is(names_text(f->names, item->type), f->never))
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "%s cannot be written", f->never);
}

static void
log_item(struct fake *f, const struct export_item *item)
{
	size_t at = strlen(f->log);
	struct text line;
	struct buf b;

	buf_init(&b, 8192);
	buf_printf(&b, "%s %.*s",
	    item->delta.new_dn.len != 0 ? "rename" : delta_op_name(item->op),
	    TEXT_ARGS(item->dn));
	for (uint32_t i = 0; i < item->delta.count && item->op == DELTA_UPDATE;
	     i++) {
		const struct change *ch = &item->delta.changes[i];

		buf_printf(&b, " %.*s+%u-%u",
		    TEXT_ARGS(names_text(f->names, ch->name)), ch->add_count,
		    ch->del_count);
	}
	buf_putc(&b, '\n');
	line = buf_text(&b);
	if (at + line.len < FAKE_LOG)
		memcpy(f->log + at, line.data, line.len + 1);
	buf_clear(&b);
}

static struct value
stored(struct fake *f, const struct value *v)
{
	struct value copy;

	assert(value_dup(f->arena, v, &copy) == 0);
	if (copy.type == VALUE_REFERENCE)
		copy.id = 0;
	return copy;
}

static void
apply_one(struct fake *f, struct fake_object *o, const struct change *c)
{
	for (uint32_t k = 0; k < c->del_count; k++) {
		struct value v = stored(f, &c->del[k]);

		(void)attrs_remove_value(&o->attrs, c->name, &v);
	}
	for (uint32_t k = 0; k < c->add_count; k++) {
		struct value v = stored(f, &c->add[k]);
		const struct attr *at = attrs_find(&o->attrs, c->name);

		if (at != NULL && attr_has(at, &v))
			continue;
		assert(attrs_add(f->arena, &o->attrs, c->name, v) == 0);
	}
}

static void
apply(struct fake *f, struct fake_object *o, const struct delta *d)
{
	for (uint32_t i = 0; i < d->count; i++)
		apply_one(f, o, &d->changes[i]);
}

static void
forget(struct fake *f, const struct fake_object *gone)
{
	struct value dn = value_reference_dn(gone->dn);
	struct value anchor = value_reference_anchor(gone->anchor);

	for (size_t i = 0; i < f->count; i++)
		for (uint32_t k = f->objects[i].attrs.count; k-- > 0;) {
			uint32_t name = f->objects[i].attrs.items[k].name;

			if (!attrs_remove_value(
				&f->objects[i].attrs, name, &dn))
				(void)attrs_remove_value(
				    &f->objects[i].attrs, name, &anchor);
		}
}

/* One that was deleted, by the anchor it had. */
static struct fake_object *
deleted(struct fake *f, struct text anchor)
{
	for (size_t i = 0; i < f->count && anchor.len != 0; i++)
		if (!f->objects[i].there &&
		    text_equal(f->objects[i].anchor, anchor))
			return &f->objects[i];
	return NULL;
}

static void
add(struct fake *f, const struct export_item *item, struct export_result *res)
{
	struct fake_object *o = by_dn(f, item->dn);

	if (o == NULL && (o = deleted(f, item->anchor)) != NULL)
		o->there = res->adopted = true;
	else if (o != NULL && !f->adopt) {
		res->status = EXPORT_ERROR;
		(void)err_type(&res->err, ERR_REJECTED, "cd-existing-object",
		    "%.*s exists", TEXT_ARGS(item->dn));
		return;
	}
	if (o == NULL) {
		o = new_object(f);
		*o = (struct fake_object){
		    .there = true, .type = item->type, .dn = keep(f, item->dn)};
		o->anchor =
		    text_of(arena_printf(f->arena, "made-%u", ++f->serial));
	} else {
		res->adopted = true;
	}
	apply(f, o, &item->delta);
	o->changed = ++f->clock;
	res->status = EXPORT_DONE;
	res->anchor = o->anchor;
}

static void
change(
    struct fake *f, const struct export_item *item, struct export_result *res)
{
	struct fake_object *o = item->anchor.len != 0
				    ? by_anchor(f, item->anchor)
				    : by_dn(f, item->dn);

	if (o == NULL) {
		res->status = EXPORT_GONE;
		return;
	}
	res->status = EXPORT_DONE;
	o->changed = ++f->clock;
	if (item->op == DELTA_DELETE) {
		o->there = false;
		forget(f, o);
		return;
	}
	if (item->delta.new_dn.len != 0)
		o->dn = keep(f, item->delta.new_dn);
	apply(f, o, &item->delta);
}

static bool
is_refused(
    struct fake *f, const struct export_item *item, struct export_result *res)
{
	if (f->refuse == NULL || memmem(item->dn.data, item->dn.len, f->refuse,
				     strlen(f->refuse)) == NULL)
		return false;
	res->status = EXPORT_ERROR;
	(void)err_type(&res->err, ERR_REJECTED, "AttributeValueMustBeUnique",
	    "%.*s: refused", TEXT_ARGS(item->dn));
	return true;
}

/* One item; what stops the batch is an error. */
static int
export_one(struct connector *c, const struct export_item *item,
    struct export_result *res, struct err *e)
{
	struct fake *f = fake_of(c);

	f->items++;
	log_item(f, item);
	if (f->items == f->lost_at) {
		res->status = EXPORT_UNCERTAIN;
		return 0;
	}
	if (is_refused(f, item, res))
		return 0;
	f->writes++;
	if (item->op == DELTA_ADD)
		add(f, item, res);
	else
		change(f, item, res);
	if ((c->kind->can & CAN_MAKE_ANCHOR) == 0)
		res->anchor = (struct text){0};
	if (f->items == f->uncertain_at || f->items == f->export_stops_at)
		*res = (struct export_result){.status = EXPORT_UNCERTAIN};
	if (f->items == f->export_stops_at)
		return err_set(e, ERR_CONNECT, "the fake went away");
	return 0;
}

static int
fake_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e)
{
	int r = 0;

	fake_of(c)->exports++;
	for (size_t i = 0; i < n && r == 0; i++)
		r = export_one(c, &items[i], &results[i], e);
	return r;
}

/* The same in pieces: one item with each call of pump(). */
static int
fake_export_start(struct connector *c, const struct export_item *items,
    size_t n, struct export_result *results, struct err *e)
{
	struct fake_connector *k = (struct fake_connector *)(void *)c;

	(void)e;
	assert(k->items == NULL); /* the one before is finished */
	k->fake->exports++;
	k->items = items;
	k->results = results;
	k->count = n;
	k->at = 0;
	k->failed = 0;
	return 0;
}

static void
fake_export_pump(struct connector *c)
{
	struct fake_connector *k = (struct fake_connector *)(void *)c;

	assert(k->items != NULL);
	if (k->failed < 0 || k->at == k->count)
		return;
	k->failed =
	    export_one(c, &k->items[k->at], &k->results[k->at], &k->why);
	k->at++;
}

static int
fake_export_finish(struct connector *c, struct err *e)
{
	struct fake_connector *k = (struct fake_connector *)(void *)c;

	while (k->failed == 0 && k->at < k->count)
		fake_export_pump(c);
	assert(k->items != NULL);
	k->items = NULL;
	if (k->failed < 0)
		*e = k->why;
	return k->failed;
}

static int fake_open_source(
    const struct connector_env *env, struct connector **out, struct err *e);
static int fake_open_cloud(
    const struct connector_env *env, struct connector **out, struct err *e);

static const struct connector_ops source_ops = {
    .open = fake_open_source,
    .close = fake_close,
    .schema = fake_schema,
    .partitions = fake_partitions,
    .full_import = fake_import,
    .can_export = fake_can_export,
    .export = fake_export,
};

static const struct connector_ops delta_ops = {
    .open = fake_open_source,
    .close = fake_close,
    .schema = fake_schema,
    .partitions = fake_partitions,
    .full_import = fake_import,
    .delta_import = fake_delta,
};

static const struct connector_ops delta_read_ops = {
    .open = fake_open_source,
    .close = fake_close,
    .schema = fake_schema,
    .partitions = fake_partitions,
    .full_import = fake_import,
    .delta_import = fake_delta,
    .read_object = fake_read_object,
    .can_export = fake_can_export,
    .export = fake_export,
};

const struct connector_kind fake_reads_kind = {
    .name = "source",
    .title = "one that tells what changed, and reads one object",
    .can = CAN_DELTA_IMPORT | CAN_EXPORT | CAN_RENAME,
    .import_batch = 3,
    .export_batch = 4,
    .ops = &delta_read_ops,
};

const struct connector_kind fake_delta_kind = {
    .name = "source",
    .title = "a directory in memory that tells what changed",
    .can = CAN_DELTA_IMPORT,
    .import_batch = 3,
    .export_batch = 4,
    .ops = &delta_ops,
};

static const struct connector_ops tracked_ops = {
    .open = fake_open_source,
    .close = fake_close,
    .schema = fake_schema,
    .partitions = fake_partitions,
    .full_import = fake_tracked_import,
    .delta_import = fake_tracked_delta,
    .can_export = fake_can_export,
    .export = fake_export,
};

const struct connector_kind fake_tracked_kind = {
    .name = "source",
    .title = "a directory in memory that knows what changed",
    .can = CAN_EXPORT | CAN_RENAME | CAN_DELTA_IMPORT,
    .import_batch = 3,
    .export_batch = 4,
    .ops = &tracked_ops,
};

static int
fake_can_restore(
    struct connector *c, const struct export_item *item, struct err *e)
{
	struct fake *f = fake_of(c);

	if (f->hard == NULL ||
	    !text_is(names_text(f->names, item->type), f->hard))
		return deleted(f, item->anchor) != NULL;
	(void)err_set(e, ERR_UNSUPPORTED, "a %s is deleted for good", f->hard);
	return 0;
}

static bool
fake_add_needs(struct connector *c, uint32_t type, uint32_t name)
{
	const struct fake *f = fake_of(c);
	struct text t = names_text(f->names, name);

	(void)type;
	return text_is(t, "displayName") || text_is(t, "sourceAnchor");
}

static const struct connector_ops cloud_ops = {
    .open = fake_open_cloud,
    .close = fake_close,
    .schema = fake_schema,
    .partitions = fake_partitions,
    .full_import = fake_import,
    .can_export = fake_can_export,
    .add_needs = fake_add_needs,
    .can_restore = fake_can_restore,
    .export = fake_export,
    .export_start = fake_export_start,
    .export_pump = fake_export_pump,
    .export_finish = fake_export_finish,
};

const struct connector_kind fake_source_kind = {
    .name = "source",
    .title = "a directory in memory",
    .can = CAN_EXPORT | CAN_RENAME,
    .import_batch = 3,
    .export_batch = 4,
    .ops = &source_ops,
};

const struct connector_kind fake_cloud_kind = {
    .name = "cloud",
    .title = "a cloud in memory",
    .can = CAN_EXPORT | CAN_MAKE_ANCHOR | CAN_REFS_BY_ANCHOR,
    .import_batch = 3,
    .export_batch = 4,
    .ops = &cloud_ops,
};

static int
fake_open_source(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	int r = fake_open(env, out, e);

	if (r == 0)
		(*out)->kind = &fake_source_kind;
	return r;
}

static int
fake_open_cloud(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	int r = fake_open(env, out, e);

	if (r == 0)
		(*out)->kind = &fake_cloud_kind;
	return r;
}
