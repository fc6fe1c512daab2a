/* tests/lib/contract.c -- see contract.h. */
#include "lib/contract.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"

#define SINK_STOPS (-987)

static void PRINTF(3, 4)
    answer(struct contract *k, bool ok, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	k->asked++;
	k->failed += !ok;
	(void)printf("%sok %u - %s\n", ok ? "" : "not ", k->asked, text);
}

/* What one import gave. */
struct seen {
	struct contract *k;
	const struct schema *schema;
	const struct import_request *req;
	struct map *anchors;
	struct arena *arena;
	unsigned char sum[32]; /* of all objects, in any order */
	size_t objects;
	size_t errors;
	size_t calls;
	size_t largest; /* batch */
	size_t attrs;
	char wrong[200];   /* the first thing that is */
	size_t stop_after; /* calls; 0: never */
	bool cancel;
};

static void PRINTF(2, 3) wrong(struct seen *s, const char *fmt, ...)
{
	va_list ap;

	if (s->wrong[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(s->wrong, sizeof(s->wrong), fmt, ap);
	va_end(ap);
}

static bool
is_wanted(const struct seen *s, uint32_t name)
{
	for (size_t i = 0; i < s->req->wanted_count; i++)
		if (s->req->wanted[i] == name)
			return true;
	return false;
}

static void
look_attr(struct seen *s, const struct entry *e, const struct attr *a)
{
	struct text name = names_text(s->k->names, a->name);
	const struct schema_attr *want = schema_find(s->schema, a->name);

	s->attrs++;
	if (!is_wanted(s, a->name))
		wrong(s, "%.*s: %.*s was not wanted", TEXT_ARGS(e->dn),
		    TEXT_ARGS(name));
	if (a->count == 0)
		wrong(s, "%.*s: %.*s has no value", TEXT_ARGS(e->dn),
		    TEXT_ARGS(name));
	if (want == NULL) {
		wrong(s, "%.*s is not in the schema", TEXT_ARGS(name));
		return;
	}
	if (!want->multi && a->count > 1)
		wrong(s, "%.*s: %.*s has %u values", TEXT_ARGS(e->dn),
		    TEXT_ARGS(name), a->count);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct value *v = &a->values[i];

		if (v->type != want->type)
			wrong(s, "%.*s: %.*s is not of its type",
			    TEXT_ARGS(e->dn), TEXT_ARGS(name));
		if (v->type == VALUE_REFERENCE && v->by != REF_DN &&
		    v->by != REF_ANCHOR)
			wrong(s, "%.*s: %.*s says no object", TEXT_ARGS(e->dn),
			    TEXT_ARGS(name));
		if (v->type != VALUE_INTEGER && v->type != VALUE_BOOLEAN &&
		    v->text.len == 0)
			wrong(s, "%.*s: %.*s has an empty value",
			    TEXT_ARGS(e->dn), TEXT_ARGS(name));
	}
}

/* Adds the digest of this object to the sum of all. */
static void
look_sum(struct seen *s, const struct entry *e)
{
	unsigned char digest[32] = {0};
	unsigned carry = 0;
	struct buf b;

	buf_init(&b, 256U << 20);
	buf_text_add(&b, e->anchor);
	buf_putc(&b, '\0');
	buf_text_add(&b, e->dn);
	buf_putc(&b, '\0');
	if (attrs_encode(&e->attrs, false, &b) != 0 ||
	    hash_sha256(buf_text(&b), digest) != 0)
		wrong(s, "%.*s: cannot be encoded", TEXT_ARGS(e->dn));
	buf_clear(&b);
	for (size_t i = 0; i < sizeof(digest); i++) {
		carry += (unsigned)s->sum[i] + digest[i];
		s->sum[i] = (unsigned char)carry;
		carry >>= 8;
	}
}

static void
look_object(struct seen *s, const struct entry *e)
{
	static char there;

	s->objects++;
	if (e->dn.len == 0 || e->anchor.len == 0)
		wrong(s, "object %zu has no name or no anchor", s->objects);
	if (!schema_has_type(s->schema, e->type))
		wrong(
		    s, "%.*s: its type is not in the schema", TEXT_ARGS(e->dn));
	if (map_get(s->anchors, e->anchor) != NULL)
		wrong(s, "%.*s: its anchor came before", TEXT_ARGS(e->dn));
	if (map_put(s->anchors, e->anchor, &there) != 0)
		wrong(s, "out of memory");
	for (uint32_t i = 0; i < e->attrs.count; i++) {
		if (i > 0 &&
		    e->attrs.items[i].name <= e->attrs.items[i - 1].name)
			wrong(s, "%.*s: not sorted", TEXT_ARGS(e->dn));
		look_attr(s, e, &e->attrs.items[i]);
	}
	look_sum(s, e);
}

static int
look(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct seen *s = ctx;

	s->calls++;
	if (n > s->largest)
		s->largest = n;
	if (n == 0)
		wrong(s, "an empty batch");
	for (size_t i = 0; i < n; i++) {
		if (list[i].kind == ENTRY_OBJECT)
			look_object(s, &list[i]);
		else if (list[i].kind == ENTRY_ERROR && list[i].err.code != 0)
			s->errors++;
		else
			wrong(s, "entry of kind %d", (int)list[i].kind);
	}
	if (s->cancel)
		*s->k->cancel = true;
	if (s->calls == s->stop_after)
		return err_set(e, SINK_STOPS, "the sink stops");
	return 0;
}

static struct seen
seen_new(struct contract *k, const struct schema *sc,
    const struct import_request *req)
{
	return (struct seen){
	    .k = k, .schema = sc, .req = req, .anchors = map_new(false)};
}

static int
import(struct seen *s, struct import_reply *reply, struct err *e)
{
	const struct entry_sink sink = {.entries = look, .ctx = s};
	struct connector *c = s->k->c;
	int r = c->kind->ops->full_import(c, s->req, &sink, reply, e);

	s->anchors = map_free(s->anchors);
	return r;
}

/* ---- Questions ---- */

static bool
ask_schema(struct contract *k, struct schema *s)
{
	struct err e = {0};
	int r = k->c->kind->ops->schema(k->c, s, &e);
	size_t n = schema_count(s), types = schema_type_count(s);

	answer(k, r == 0, "it tells its schema %s", e.text);
	answer(k, n > 0 && types > 0, "%zu attributes, %zu types", n, types);
	if (r == 0)
		r = k->c->kind->ops->schema(k->c, s, &e);
	answer(k,
	    r == 0 && schema_count(s) == n && schema_type_count(s) == types,
	    "and tells the same again");
	return r == 0;
}

static struct text
ask_partitions(struct contract *k)
{
	struct partition *list = NULL;
	struct text first = {0};
	struct err e = {0};
	size_t n = 0, selected = 0;
	int r = k->c->kind->ops->partitions(k->c, &list, &n, &e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (list[i].name.len == 0)
			r = ERR_INTERNAL;
		if (list[i].selected && selected++ == 0)
			first = list[i].name;
	}
	answer(k, r == 0 && selected > 0, "%zu partitions, %zu are read %s", n,
	    selected, e.text);
	return first;
}

static void
ask_import(struct contract *k, const struct schema *sc,
    const struct import_request *req)
{
	struct seen one = seen_new(k, sc, req), two = seen_new(k, sc, req);
	struct import_reply reply = {0};
	struct err e = {0};
	int r = import(&one, &reply, &e);

	answer(k, r == 0, "a full import ends %s", e.text);
	answer(k, one.objects > 0, "%zu objects came", one.objects);
	answer(
	    k, one.wrong[0] == '\0', "each of them is well made %s", one.wrong);
	answer(k, one.attrs > 0 || req->wanted_count == 0, "%zu attributes",
	    one.attrs);
	answer(k, one.errors == reply.errors, "%zu errors, all counted",
	    one.errors);
	answer(k, one.largest <= k->c->kind->import_batch,
	    "batches of at most %u", k->c->kind->import_batch);
	r = import(&two, &reply, &e);
	answer(k,
	    r == 0 && two.objects == one.objects &&
		memcmp(one.sum, two.sum, sizeof(one.sum)) == 0,
	    "a second import gives the same");
}

static void
ask_one_wanted(struct contract *k, const struct schema *sc,
    const struct import_request *all)
{
	struct import_request req = *all;
	struct seen s;
	struct import_reply reply = {0};
	struct err e = {0};
	int r;

	req.wanted_count = 1;
	s = seen_new(k, sc, &req);
	r = import(&s, &reply, &e);
	answer(k, r == 0 && s.objects > 0 && s.wrong[0] == '\0',
	    "one attribute wanted: no other comes %s", s.wrong);
}

static void
ask_stops(struct contract *k, const struct schema *sc,
    const struct import_request *req)
{
	struct seen s = seen_new(k, sc, req);
	struct import_reply reply = {0};
	struct err e = {0};
	int r;

	s.stop_after = 1;
	r = import(&s, &reply, &e);
	answer(k, r == SINK_STOPS && s.calls == 1,
	    "a sink that returns %d stops it and is returned (%d)", SINK_STOPS,
	    r);
	s = seen_new(k, sc, req);
	s.cancel = true;
	r = import(&s, &reply, &e);
	*k->cancel = false;
	e = (struct err){0};
	answer(k, r == ERR_CANCELLED && s.calls == 1,
	    "who is cancelled after a batch gives no other (%d)", r);
	s = seen_new(k, sc, req);
	r = import(&s, &reply, &e);
	answer(k, r == 0, "after both it imports again %s", e.text);
}

static bool
is_chosen(const struct contract *k, uint32_t name)
{
	struct text t = names_text(k->names, name);
	const char *p = k->attributes;

	while (p != NULL && *p != '\0') {
		size_t n = strcspn(p, ",");

		if (text_equal(t, (struct text){p, n}))
			return true;
		p += n + (p[n] == ',');
	}
	return k->attributes == NULL;
}

/* ---- Deltas ---- */

/* What one delta import gave. */
struct told {
	struct contract *k;
	const struct schema *schema;
	size_t entries, calls, largest, errors;
	size_t marks; /* watermarks on the way */
	char wrong[200];
};

static void
told_entry(struct told *t, const struct entry *e)
{
	bool named = e->dn.len + e->anchor.len != 0;
	bool typed = schema_has_type(t->schema, e->type);
	const char *what = NULL;

	if (e->kind == ENTRY_ERROR)
		t->errors++;
	else if (!named)
		what = "says of nobody";
	else if (e->kind == ENTRY_OBJECT && (!typed || e->anchor.len == 0))
		what = "is no whole object";
	else if (e->kind == ENTRY_CHANGE && e->type != 0 && !typed)
		what = "has a type that is not in the schema";
	if (what != NULL && t->wrong[0] == '\0')
		(void)snprintf(t->wrong, sizeof(t->wrong), "entry %zu %s",
		    t->entries, what);
	t->entries++;
}

static int
told_until(void *ctx, const struct entry *list, size_t n, struct text watermark,
    struct err *e)
{
	struct told *t = ctx;

	t->calls++;
	t->marks += watermark.len != 0;
	if (n > t->largest)
		t->largest = n;
	for (size_t i = 0; i < n; i++)
		told_entry(t, &list[i]);
	if (n == 0 && watermark.len == 0)
		return err_set(e, SINK_STOPS, "an empty batch");
	return 0;
}

static int
told(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	return told_until(ctx, list, n, TEXT(""), e);
}

static int
delta(struct told *t, struct import_request *req, struct text from,
    struct import_reply *reply, struct err *e)
{
	const struct entry_sink sink = {
	    .entries = told, .entries_until = told_until, .ctx = t};
	struct connector *c = t->k->c;

	req->watermark = from;
	return c->kind->ops->delta_import(c, req, &sink, reply, e);
}

static void
ask_unchanged(struct contract *k, const struct schema *sc,
    struct import_request req, struct text from)
{
	struct told t = {.k = k, .schema = sc};
	struct import_reply reply = {0};
	struct err e = {0};
	int r = delta(&t, &req, from, &reply, &e);

	answer(k, r == 0, "a delta import from there ends %s", e.text);
	answer(k, t.wrong[0] == '\0', "each entry is well made %s", t.wrong);
	answer(
	    k, t.errors == reply.errors, "%zu errors, all counted", t.errors);
	answer(k, t.largest <= k->c->kind->import_batch,
	    "batches of at most %u", k->c->kind->import_batch);
	answer(k, r < 0 || reply.watermark.len != 0,
	    "it says where the next one begins");
}

static void
ask_unknown(
    struct contract *k, const struct schema *sc, struct import_request req)
{
	struct told t = {.k = k, .schema = sc};
	struct import_reply reply = {0};
	struct err e = {0};
	int r = delta(&t, &req, TEXT("no such watermark"), &reply, &e);

	answer(k,
	    r < 0 && t.entries == 0 &&
		strcmp(e.type, "no-start-full-import-required") == 0,
	    "a watermark that is none needs a full import (%d %s %s)", r,
	    e.type, e.text);
}

/* The first object of an import, kept. */
struct first {
	struct arena *arena;
	struct entry entry;
};

static int
keep_first(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct first *f = ctx;

	for (size_t i = 0; i < n; i++) {
		if (list[i].kind != ENTRY_OBJECT)
			continue;
		f->entry = list[i];
		f->entry.dn = text_dup(f->arena, list[i].dn);
		f->entry.anchor = text_dup(f->arena, list[i].anchor);
		return attrs_dup(f->arena, &list[i].attrs, &f->entry.attrs) < 0
			   ? err_set(e, ERR_NOMEM, "out of memory")
			   : SINK_STOPS;
	}
	return 0;
}

static void
ask_one_object(struct contract *k, const struct import_request *req)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct connector_ops *ops = k->c->kind->ops;
	struct first f = {.arena = a};
	const struct entry_sink sink = {.entries = keep_first, .ctx = &f};
	struct import_reply reply = {0};
	struct entry which = {.kind = ENTRY_CHANGE}, out = {.type = 0};
	struct err e = {0};
	int r;

	(void)ops->full_import(k->c, req, &sink, &reply, &e);
	which.anchor = f.entry.anchor;
	r = ops->read_object(k->c, req, &which, a, &out, &e);
	answer(k,
	    r == 1 && out.kind == ENTRY_OBJECT && out.type == f.entry.type &&
		text_equal(out.anchor, f.entry.anchor) &&
		attrs_equal(&out.attrs, &f.entry.attrs),
	    "an object read by its anchor is as it was imported (%d %s)", r,
	    e.text);
	which.anchor = TEXT("nobody has it....");
	r = ops->read_object(k->c, req, &which, a, &out, &e);
	answer(k, r == 0 || r == ERR_REJECTED,
	    "one that is not there is not there (%d %s)", r, e.text);
}

static void
ask_deltas(struct contract *k, const struct schema *sc,
    const struct import_request *req)
{
	struct seen s = seen_new(k, sc, req);
	struct import_reply reply = {0};
	struct err e = {0};
	int r;

	if ((k->c->kind->can & CAN_DELTA_IMPORT) == 0)
		return;
	r = import(&s, &reply, &e);
	answer(k, r == 0 && reply.watermark.len != 0,
	    "a full import says where a delta import begins %s", e.text);
	if (reply.watermark.len == 0)
		return;
	ask_unchanged(k, sc, *req, reply.watermark);
	ask_unknown(k, sc, *req);
	if (k->c->kind->ops->read_object != NULL)
		ask_one_object(k, req);
}

/* ---- The bell ---- */

static int64_t
watch(struct contract *k, int timeout_ms, int *out, struct err *e)
{
	int64_t began = clock_monotonic_ms();

	*out = k->c->kind->ops->watch(k->c, timeout_ms, e);
	return clock_monotonic_ms() - began;
}

/* The last question: who watches is used for nothing else. */
static void
ask_watch(struct contract *k)
{
	bool can = (k->c->kind->can & CAN_WATCH) != 0;
	struct err e = {0};
	int64_t ms;
	int r;

	answer(k, can == (k->c->kind->ops->watch != NULL),
	    "it has a bell where it says so");
	if (!can || k->c->kind->ops->watch == NULL)
		return;
	(void)watch(k, 0, &r, &e);
	answer(k, r == 0 || r == ERR_UNSUPPORTED,
	    "it subscribes, or says that this server has none (%d %s)", r,
	    e.text);
	if (r != 0)
		return;
	ms = watch(k, 400, &r, &e);
	answer(k, r == 0 && ms >= 390 && ms < 5000,
	    "nothing changes: it waits its time, no less (%d %s)", r, e.text);
	*k->cancel = true;
	ms = watch(k, 60000, &r, &e);
	*k->cancel = false;
	answer(k, r == 0 && ms < 3000, "who is cancelled stops waiting (%d %s)",
	    r, e.text);
}

unsigned
contract_run(struct contract *k)
{
	CLEANUP(schema_freep)
	struct schema *sc = schema_new();
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct import_request req = {.partition = ask_partitions(k)};
	uint32_t *wanted;

	if (sc == NULL || a == NULL || !ask_schema(k, sc))
		return k->failed + 1;
	wanted = arena_array(a, schema_count(sc), sizeof(*wanted));
	if (wanted == NULL)
		return k->failed + 1;
	for (size_t i = 0; i < schema_count(sc); i++)
		if (is_chosen(k, schema_at(sc, i)->name))
			wanted[req.wanted_count++] = schema_at(sc, i)->name;
	req.wanted = wanted;
	ask_import(k, sc, &req);
	ask_one_wanted(k, sc, &req);
	ask_stops(k, sc, &req);
	ask_deltas(k, sc, &req);
	ask_watch(k);
	return k->failed;
}
