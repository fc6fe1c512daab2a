/* migrate/task/task_note.c -- lists of a task in the store, and who did what.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "migrate/task/task_int.h"

#define PART_MAX  (4U << 20) /* octets of one part */
#define FIELD_MAX 4096U
#define LEFT_MAX  (2U << 13)

/* ---- A list of pairs: "LENGTH:one LENGTH:other " again and again, in parts
 * under "KEY.N" ---- */

static void
part_key(const char *key, uint64_t part, char out[static 64])
{
	(void)snprintf(out, 64, "%.40s.%" PRIu64, key, part);
}

void
task_list_begin(struct task_list *l, struct setup *s, const char *key)
{
	*l = (struct task_list){.setup = s, .key = key};
	buf_init(&l->part, PART_MAX + LEFT_MAX);
}

static void
flush(struct task_list *l)
{
	char key[64];

	if (l->code == 0)
		l->code = buf_error(&l->part);
	if (l->code != 0 || l->part.len == 0)
		return;
	part_key(l->key, l->parts++, key);
	l->code =
	    store_meta_set(l->setup->store, key, buf_text(&l->part), &l->err);
	buf_reset(&l->part);
}

void
task_list_add(struct task_list *l, struct text one, struct text other)
{
	if (l->code == 0 && (one.len > FIELD_MAX || other.len > FIELD_MAX))
		l->code = ERR_LIMIT;
	if (l->code != 0)
		return;
	buf_printf(&l->part, "%zu:%.*s %zu:%.*s ", one.len, TEXT_ARGS(one),
	    other.len, TEXT_ARGS(other));
	l->count++;
	if (l->part.len >= PART_MAX)
		flush(l);
}

int
task_list_end(struct task_list *l, struct err *e)
{
	flush(l);
	buf_clear(&l->part);
	if (l->code != 0 && l->err.text[0] != '\0' && e != NULL)
		*e = l->err;
	else if (l->code != 0)
		return err_set(
		    e, l->code, "stored %s: %s", l->key, err_name(l->code));
	return l->code;
}

/* "LENGTH:octets " at *pos, which moves behind it. */
static int
field_next(struct text t, size_t *pos, struct text *out)
{
	size_t len = 0, at = *pos;

	while (at < t.len && t.data[at] >= '0' && t.data[at] <= '9' &&
	       len <= FIELD_MAX)
		len = 10 * len + (size_t)(t.data[at++] - '0');
	if (at == *pos || len > FIELD_MAX || at >= t.len || t.data[at] != ':' ||
	    t.len - at - 1 < len + 1 || t.data[at + 1 + len] != ' ')
		return ERR_SYNTAX;
	*out = (struct text){t.data + at + 1, len};
	*pos = at + len + 2;
	return 0;
}

static int
part_read(struct text t, task_pair_fn *each, void *ctx)
{
	size_t pos = 0;
	int r = 0;

	while (pos < t.len && r == 0) {
		struct text one = {0}, other = {0};

		r = field_next(t, &pos, &one);
		if (r == 0)
			r = field_next(t, &pos, &other);
		if (r == 0)
			r = each(ctx, one, other);
	}
	return r;
}

int
task_list_read(const struct task_list_at *at, struct arena *a,
    task_pair_fn *each, void *ctx, struct err *e)
{
	int r = 0;

	for (uint64_t i = 0; i < at->parts && r == 0; i++) {
		struct text t;
		char key[64];

		part_key(at->key, i, key);
		r = store_meta_get(at->setup->store, a, key, &t, e);
		if (r < 0)
			return r;
		r = part_read(t, each, ctx);
		if (r < 0)
			return err_set(
			    e, ERR_STORE, "stored %s: %s", key, err_name(r));
	}
	return r;
}

int
task_list_clear(const struct task_list_at *at, struct err *e)
{
	int r = 0;

	for (uint64_t i = 0; i < at->parts && r == 0; i++) {
		char key[64];

		part_key(at->key, i, key);
		r = store_meta_set(at->setup->store, key, TEXT(""), e);
	}
	return r;
}

/* ---- The journal ---- */

int
task_journal(struct setup *s, const struct journal_entry *entry, struct text by,
    struct text reason, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct journal_entry j = *entry;
	char *text = a == NULL ? NULL
			       : arena_printf(a, "%.*s: %.*s", TEXT_ARGS(by),
				     TEXT_ARGS(reason));

	if (text == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	j.ms = clock_now_ms();
	j.display = text_of(text);
	return journal_add(s->store, &j, e);
}
