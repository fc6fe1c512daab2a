/* upgrade/compare.c -- see compare.h. */
#include "upgrade/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define LINE_MAX_BYTES (64U << 20)

static int
by_text(const void *x, const void *y)
{
	const struct text *a = x, *b = y;
	size_t n = a->len < b->len ? a->len : b->len;
	int r = n != 0 ? memcmp(a->data, b->data, n) : 0;

	if (r != 0)
		return r;
	return (a->len > b->len) - (a->len < b->len);
}

static int
take(struct buf *b, struct arena *a, struct text *out)
{
	int r = buf_error(b);

	if (r == 0) {
		*out = text_dup(a, buf_text(b));
		if (out->data == NULL)
			r = ERR_NOMEM;
	}
	buf_reset(b);
	return r;
}

static int
sort_into(struct text *list, size_t n, const char *between, struct buf *b)
{
	qsort(list, n, sizeof(*list), by_text);
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? between : "");
		buf_text_add(b, list[i]);
	}
	return buf_error(b);
}

/* ["b", "a"] as "a", "b": the order of values is not a change. */
static int
put_values(const struct json *list, struct arena *a, struct buf *b)
{
	size_t n = json_count(list);
	struct text *texts = arena_array(a, n + 1, sizeof(*texts));
	struct buf one;
	int r = texts != NULL ? 0 : ERR_NOMEM;

	buf_init(&one, LINE_MAX_BYTES);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = json_write(json_at(list, i), false, &one);
		if (r == 0)
			r = take(&one, a, &texts[i]);
	}
	buf_clear(&one);
	return r == 0 ? sort_into(texts, n, ", ", b) : r;
}

static int
change_text(const struct json *c, struct arena *a, struct text *out)
{
	struct buf b;
	int r;

	buf_init(&b, LINE_MAX_BYTES);
	buf_text_add(&b, json_get_text(c, "attribute"));
	buf_puts(&b, ": ");
	r = put_values(json_get(c, "old"), a, &b);
	buf_puts(&b, " -> ");
	if (r == 0)
		r = put_values(json_get(c, "new"), a, &b);
	if (r == 0)
		r = take(&b, a, out);
	buf_clear(&b);
	return r;
}

static int
put_changes(const struct json *list, struct arena *a, struct buf *b)
{
	size_t n = json_count(list);
	struct text *texts = arena_array(a, n + 1, sizeof(*texts));
	int r = texts != NULL ? 0 : ERR_NOMEM;

	for (size_t i = 0; i < n && r == 0; i++)
		r = change_text(json_at(list, i), a, &texts[i]);
	return r == 0 ? sort_into(texts, n, "; ", b) : r;
}

static int
item_text(const struct json *item, struct arena *a, struct text *out)
{
	static const char *const names[] = {
	    "connector", "operation", "type", "dn", "newDn"};
	struct buf b;
	int r;

	buf_init(&b, LINE_MAX_BYTES);
	for (size_t i = 0; i < 5; i++) {
		struct text t = json_get_text(item, names[i]);

		buf_puts(&b, i > 0 && t.len > 0 ? " " : "");
		buf_text_add(&b, t);
	}
	buf_puts(&b, "  ");
	r = put_changes(json_get(item, "changes"), a, &b);
	if (r == 0)
		r = take(&b, a, out);
	buf_clear(&b);
	return r;
}

static bool
is_item(const struct json *item)
{
	return json_has(item, "connector") && json_has(item, "operation") &&
	       json_has(item, "dn");
}

static int
lines_of(
    const struct json *doc, struct arena *a, struct text **out, struct err *e)
{
	size_t n = json_count(doc);
	int r = 0;

	if (json_type(doc) != JSON_LIST)
		return err_set(e, ERR_INVAL,
		    "not a document of `causeway pending --json`: no list");
	*out = arena_array(a, n + 1, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n && r == 0; i++) {
		if (!is_item(json_at(doc, i)))
			return err_set(e, ERR_INVAL,
			    "not a document of `causeway pending --json`: "
			    "item %zu has no connector, operation and dn",
			    i + 1);
		r = item_text(json_at(doc, i), a, &(*out)[i]);
	}
	qsort(*out, n, sizeof(**out), by_text);
	return r < 0 ? err_set(e, r, "comparing: %s", err_name(r)) : 0;
}

static void
add_line(struct compare_result *out, bool after, struct text t)
{
	out->lines[out->line_count++] =
	    (struct compare_line){.after = after, .text = t};
}

/* Two sorted lists side by side. */
static void
walk(const struct text *x, const struct text *y, struct compare_result *out)
{
	size_t i = 0, k = 0;

	while (i < out->before || k < out->after) {
		int c = 0;

		if (i == out->before)
			c = 1;
		else if (k == out->after)
			c = -1;
		else
			c = by_text(&x[i], &y[k]);
		if (c == 0)
			out->same++;
		else if (c < 0)
			add_line(out, false, x[i]);
		else
			add_line(out, true, y[k]);
		i += c <= 0;
		k += c >= 0;
	}
}

int
compare_pending(const struct json *before, const struct json *after,
    struct arena *a, struct compare_result *out, struct err *e)
{
	struct text *x, *y;
	int r = lines_of(before, a, &x, e);

	if (r < 0)
		return r;
	r = lines_of(after, a, &y, e);
	if (r < 0)
		return r;
	*out = (struct compare_result){
	    .before = json_count(before), .after = json_count(after)};
	out->lines =
	    arena_array(a, out->before + out->after + 1, sizeof(*out->lines));
	if (out->lines == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	walk(x, y, out);
	return 0;
}
