/* codec/json_write.c -- a tree to text.  Ours and not json-c's, which keeps a
 * copy of the text in every node and writes bytes that are no UTF-8 as they
 * are. */
#include "codec/json_int.h"

struct writer {
	struct buf *out;
	bool pretty;
};

static void
put_escape(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		buf_puts(out, "\\\"");
		break;
	case '\\':
		buf_puts(out, "\\\\");
		break;
	case '\n':
		buf_puts(out, "\\n");
		break;
	case '\r':
		buf_puts(out, "\\r");
		break;
	case '\t':
		buf_puts(out, "\\t");
		break;
	default:
		buf_printf(out, "\\u%04x", (unsigned)c);
	}
}

static int
put_string(struct buf *out, struct text t)
{
	size_t start = 0;

	if (!text_is_utf8(t))
		return ERR_SYNTAX;
	buf_putc(out, '"');
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, t.data + start, i - start);
		put_escape(out, c);
		start = i + 1;
	}
	buf_add(out, t.data + start, t.len - start);
	buf_putc(out, '"');
	return 0;
}

static void
new_line(const struct writer *w, unsigned depth)
{
	if (!w->pretty)
		return;
	buf_putc(w->out, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_puts(w->out, "  ");
}

static int
put_plain(const struct writer *w, struct json_object *o)
{
	const char *s = o != NULL ? json_object_to_json_string(o) : "null";

	if (s == NULL)
		return ERR_NOMEM;
	buf_puts(w->out, s);
	return buf_error(w->out);
}

// NOLINTBEGIN(misc-no-recursion): put_node() stops at JSON_MAX_DEPTH

static int put_node(
    const struct writer *w, struct json_object *o, unsigned depth);

static int
put_list(const struct writer *w, struct json_object *o, unsigned depth)
{
	size_t n = json_object_array_length(o);
	int r = 0;

	buf_putc(w->out, '[');
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i > 0)
			buf_putc(w->out, ',');
		new_line(w, depth);
		r = put_node(w, json_object_array_get_idx(o, i), depth);
	}
	if (n > 0)
		new_line(w, depth - 1);
	buf_putc(w->out, ']');
	return r;
}

static int
put_object(const struct writer *w, struct json_object *o, unsigned depth)
{
	bool first = true;
	int r = 0;

	buf_putc(w->out, '{');
	json_object_object_foreach(o, key, value)
	{
		if (!first)
			buf_putc(w->out, ',');
		first = false;
		new_line(w, depth);
		r = put_string(w->out, text_of(key));
		if (r < 0)
			break;
		buf_puts(w->out, w->pretty ? ": " : ":");
		r = put_node(w, value, depth);
		if (r < 0)
			break;
	}
	if (!first)
		new_line(w, depth - 1);
	buf_putc(w->out, '}');
	return r;
}

static int
put_node(const struct writer *w, struct json_object *o, unsigned depth)
{
	if (json_object_is_type(o, json_type_array) ||
	    json_object_is_type(o, json_type_object)) {
		if (depth >= JSON_MAX_DEPTH)
			return ERR_LIMIT;
		if (json_lost(o))
			return ERR_NOMEM;
		return json_object_is_type(o, json_type_array)
			   ? put_list(w, o, depth + 1)
			   : put_object(w, o, depth + 1);
	}
	if (json_object_is_type(o, json_type_string))
		return put_string(
		    w->out, (struct text){json_object_get_string(o),
				(size_t)json_object_get_string_len(o)});
	return put_plain(w, o);
}

// NOLINTEND(misc-no-recursion)

int
json_write(const struct json *j, bool pretty, struct buf *out)
{
	struct writer w = {.out = out, .pretty = pretty};
	int r;

	if (j == NULL)
		return ERR_NOMEM;
	r = put_node(&w, json_raw(j), 0);
	if (r < 0)
		return r;
	if (pretty)
		buf_putc(out, '\n');
	return buf_error(out);
}
