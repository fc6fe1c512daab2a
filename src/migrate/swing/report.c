/* migrate/swing/report.c -- lines, their ids, groups; and the door. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "codec/json.h"
#include "migrate/swing/swing_int.h"

#define LINE_MAX_BYTES (256U << 20)
#define ACK_MAX_BYTES  65536U

static const char *const ops[] = {
    "add", "delete", "keep", "unmanaged", "gone", "change", "rename", "unused"};
static const char *const causes[] = {
    "rule", "filter", "join", "format", "cloud"};

const char *
swing_op_name(enum swing_op op)
{
	return ops[op];
}

const char *
swing_cause_name(enum swing_cause c)
{
	return causes[c];
}

/* ---- Ids ---- */

static void
put(struct buf *b, struct text t)
{
	buf_printf(b, "%zu:", t.len);
	buf_text_add(b, t);
}

static void
put_values(struct buf *b, const struct swing_values *v)
{
	buf_printf(b, "[%zu]", v->count);
	for (size_t i = 0; i < v->count; i++)
		put(b, v->items[i]);
}

/* Of what the line says; not of who says it, so that a rule may be renamed. */
static int
identify(struct swing_line *l)
{
	unsigned char digest[32];
	struct buf b;
	int r;

	buf_init(&b, LINE_MAX_BYTES);
	put(&b, text_of(ops[l->op]));
	put(&b, l->type);
	put(&b, l->anchor.len != 0 ? l->anchor : l->dn);
	put(&b, l->attribute);
	put_values(&b, &l->was);
	put_values(&b, &l->will);
	r = buf_error(&b);
	if (r == 0)
		r = hash_sha256(buf_text(&b), digest);
	buf_clear(&b);
	for (size_t i = 0; i < SWING_ID_LEN / 2 && r == 0; i++)
		(void)snprintf(&l->id[2 * i], 3, "%02x", digest[i]);
	return r;
}

/* ---- Lines ---- */

static int
make_room(struct swing_report *r, struct arena *a)
{
	size_t size = r->size != 0 ? 2 * r->size : 256;
	struct swing_line *list;

	if (r->count < r->size)
		return 0;
	if (r->count >= SWING_MAX_LINES)
		return ERR_LIMIT;
	list = arena_array(a, size, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	if (r->count != 0)
		memcpy(list, r->lines, r->count * sizeof(*list));
	r->lines = list;
	r->size = size;
	return 0;
}

static int
keep(struct arena *a, struct text *t)
{
	*t = text_dup(a, *t);
	return t->data != NULL ? 0 : ERR_NOMEM;
}

static int
keep_values(struct arena *a, struct swing_values *v)
{
	struct text *list = arena_array(a, v->count + 1, sizeof(*list));
	int r = list != NULL ? 0 : ERR_NOMEM;

	for (size_t i = 0; i < v->count && r == 0; i++) {
		list[i] = v->items[i];
		r = keep(a, &list[i]);
	}
	v->items = list;
	return r;
}

static int
keep_line(struct arena *a, struct swing_line *l)
{
	struct text *texts[] = {
	    &l->type, &l->dn, &l->name, &l->anchor, &l->attribute, &l->rule};
	int r = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && r == 0; i++)
		r = keep(a, texts[i]);
	if (r == 0)
		r = keep_values(a, &l->was);
	if (r == 0)
		r = keep_values(a, &l->will);
	return r;
}

int
report_add(struct swing_report *r, struct arena *a,
    const struct swing_line *line, struct err *e)
{
	struct swing_line l = *line;
	int code = make_room(r, a);

	if (code == 0)
		code = keep_line(a, &l);
	if (code == 0)
		code = identify(&l);
	if (code == ERR_LIMIT)
		return err_set(e, code,
		    "more than %u differences: look at the first of them, "
		    "and mend their cause",
		    SWING_MAX_LINES);
	if (code < 0)
		return err_set(e, code, "comparing: %s", err_name(code));
	r->lines[r->count++] = l;
	return 0;
}

/* ---- Acknowledgements, in the store under "migrate.ack.ID" ---- */

static void
ack_key(const char *id, char out[static 64])
{
	(void)snprintf(out, 64, "migrate.ack.%s", id);
}

static int
read_ack(struct swing_line *l, struct store *s, struct arena *a, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	char key[64];
	struct text t;
	int r;

	ack_key(l->id, key);
	r = store_meta_get(s, a, key, &t, e);
	if (r < 0 || t.len == 0)
		return r;
	if (json_parse(t, ACK_MAX_BYTES, &j, NULL) < 0)
		return 0;
	l->by = text_dup(a, json_get_text(j, "by"));
	l->reason = text_dup(a, json_get_text(j, "reason"));
	if (clock_parse(json_get_text(j, "at"), &l->acked_ms) < 0)
		l->acked_ms = 0;
	return 0;
}

static int
write_ack(struct swing_line *l, const struct swing_ack *ack, struct store *s,
    struct err *e)
{
	struct json *j = json_new_object();
	char key[64], when[32];
	struct buf b;
	int r;

	l->by = ack->by;
	l->reason = ack->reason;
	l->acked_ms = clock_now_ms();
	json_set_text(j, "by", ack->by);
	json_set_text(j, "reason", ack->reason);
	json_set_str(j, "at", clock_format(l->acked_ms, false, when));
	buf_init(&b, ACK_MAX_BYTES);
	r = json_write(j, false, &b);
	(void)json_free(j);
	ack_key(l->id, key);
	if (r == 0)
		r = store_meta_set(s, key, buf_text(&b), e);
	else
		r = err_set(e, r, "the reason is too long");
	buf_clear(&b);
	return r;
}

/* ---- Groups ---- */

static int
by_group(const void *x, const void *y)
{
	const struct swing_line *a = *(const struct swing_line *const *)x;
	const struct swing_line *b = *(const struct swing_line *const *)y;
	int r = (int)a->op - (int)b->op;

	if (r == 0)
		r = (int)a->cause - (int)b->cause;
	if (r == 0)
		r = text_compare(a->attribute, b->attribute);
	return r != 0 ? r : text_compare(a->rule, b->rule);
}

static bool
same_group(const struct swing_line *a, const struct swing_line *b)
{
	return by_group(&a, &b) == 0;
}

static int
make_groups(struct swing_report *r, struct arena *a)
{
	const struct swing_line **order =
	    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
	    arena_array(a, r->count + 1, sizeof(*order));

	r->groups = arena_array(a, r->count + 1, sizeof(*r->groups));
	if (order == NULL || r->groups == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->count; i++)
		order[i] = &r->lines[i];
	if (r->count > 1)
		// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
		qsort(order, r->count, sizeof(*order), by_group);
	for (size_t i = 0; i < r->count; i++) {
		struct swing_group *g = &r->groups[r->group_count];

		if (i == 0 || !same_group(order[i - 1], order[i])) {
			*g = (struct swing_group){.first = order[i]};
			r->group_count++;
		} else {
			g--;
		}
		g->count++;
		g->open += order[i]->by.len == 0;
	}
	return 0;
}

int
report_finish(
    struct swing_report *r, struct store *s, struct arena *a, struct err *e)
{
	int code = 0;

	for (size_t i = 0; i < r->count && code == 0; i++) {
		struct swing_line *l = &r->lines[i];

		code = read_ack(l, s, a, e);
		if (code < 0 || l->by.len != 0)
			continue;
		r->open++;
		r->open_deletes += l->op == SWING_DELETE;
	}
	if (code == 0 && make_groups(r, a) < 0)
		code = err_set(e, ERR_NOMEM, "out of memory");
	return code;
}

/* ---- The door ---- */

int
swing_compare(struct setup *s, size_t connector, const char *old,
    struct arena *a, struct swing_report *out, struct err *e)
{
	int r;

	*out = (struct swing_report){.connector = s->connectors[connector].name,
	    .old = text_of(old != NULL ? old : "")};
	if (old != NULL)
		r = against_old(s, connector, old, a, out, e);
	else
		r = against_cloud(s, connector, a, out, e);
	return r == 0 ? report_finish(out, s->store, a, e) : r;
}

static const struct swing_line *
line_of(const struct swing_report *r, struct text id)
{
	for (size_t i = 0; i < r->count; i++)
		if (text_is(id, r->lines[i].id))
			return &r->lines[i];
	return NULL;
}

int
swing_acknowledge(struct setup *s, struct swing_report *r,
    const struct swing_ack *ack, size_t *out_count, struct err *e)
{
	const struct swing_line *named = line_of(r, ack->id);
	int code;

	*out_count = 0;
	if (named == NULL)
		return err_set(e, ERR_NOENT,
		    "no line %.*s among the differences as they are now",
		    TEXT_ARGS(ack->id));
	if (ack->whole && named->op == SWING_DELETE)
		return err_set(
		    e, ERR_REFUSED, "deletions are acknowledged one by one");
	code = store_begin(s->store, e);
	for (size_t i = 0; i < r->count && code == 0; i++) {
		struct swing_line *l = &r->lines[i];

		if (l != named && (!ack->whole || !same_group(l, named)))
			continue;
		code = write_ack(l, ack, s->store, e);
		*out_count += 1;
	}
	if (code == 0)
		return store_commit(s->store, e);
	store_rollback(s->store);
	return code;
}
