/* codec/xml_write.c -- the writer: indented, UTF-8, no declaration. */
#include "codec/xml.h"

void
xml_writer_init(struct xml_writer *w, struct buf *out)
{
	*w = (struct xml_writer){.out = out};
}

static void
indent(struct xml_writer *w)
{
	if (w->out->len > 0)
		buf_putc(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_puts(w->out, "  ");
}

static void
close_start(struct xml_writer *w)
{
	if (w->open)
		buf_putc(w->out, '>');
	w->open = false;
}

/* XML 1.0 section 2.2 has no other control characters, and neither of the two
 * that are no characters. */
static bool
is_char(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' ||
	       (c >= 0x20 && c < 0x110000 && c != 0xfffe && c != 0xffff);
}

bool
xml_is_text(struct text t)
{
	size_t pos = 0;

	while (pos < t.len)
		if (!is_char(utf8_next(t, &pos)))
			return false;
	return true;
}

static void
check(struct xml_writer *w, struct text t)
{
	if (w->error == 0 && !xml_is_text(t))
		w->error = ERR_SYNTAX;
}

static const char *
escape_of(char c, bool in_attr)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	case '"':
		return in_attr ? "&quot;" : NULL;
	case '\n':
		return in_attr ? "&#10;" : NULL;
	case '\t':
		return in_attr ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void
put_escaped(struct xml_writer *w, struct text t, bool in_attr)
{
	size_t from = 0;

	check(w, t);
	for (size_t i = 0; i < t.len; i++) {
		const char *as = escape_of(t.data[i], in_attr);

		if (as == NULL)
			continue;
		buf_add(w->out, t.data + from, i - from);
		buf_puts(w->out, as);
		from = i + 1;
	}
	if (from < t.len)
		buf_add(w->out, t.data + from, t.len - from);
}

void
xml_begin(struct xml_writer *w, const char *name)
{
	close_start(w);
	indent(w);
	buf_putc(w->out, '<');
	buf_puts(w->out, name);
	w->depth++;
	w->open = true;
	w->leaf = true;
}

void
xml_put_attr(struct xml_writer *w, const char *name, struct text value)
{
	buf_printf(w->out, " %s=\"", name);
	put_escaped(w, value, true);
	buf_putc(w->out, '"');
}

void
xml_put_text(struct xml_writer *w, struct text t)
{
	if (t.len == 0)
		return;
	close_start(w);
	put_escaped(w, t, false);
}

void
xml_end(struct xml_writer *w, const char *name)
{
	w->depth--;
	if (w->open) {
		buf_puts(w->out, " />");
	} else {
		if (!w->leaf)
			indent(w);
		buf_printf(w->out, "</%s>", name);
	}
	w->open = false;
	w->leaf = false;
}

void
xml_put_element(struct xml_writer *w, const char *name, struct text t)
{
	xml_begin(w, name);
	xml_put_text(w, t);
	xml_end(w, name);
}

/* "prefix:name" with a zero byte behind it. */
static void
full_name(struct text prefix, struct text name, char out[2 * XML_MAX_NAME + 2])
{
	size_t n = 0;

	if (prefix.len > 0 && prefix.len <= XML_MAX_NAME) {
		memcpy(out, prefix.data, prefix.len);
		n = prefix.len;
		out[n++] = ':';
	}
	if (name.len <= XML_MAX_NAME) {
		memcpy(out + n, name.data, name.len);
		n += name.len;
	}
	out[n] = '\0';
}

void
// NOLINTNEXTLINE(misc-no-recursion): XML_MAX_DEPTH holds
xml_put_node(struct xml_writer *w, const struct xml_node *n)
{
	char name[2 * XML_MAX_NAME + 2];

	full_name(n->prefix, n->name, name);
	xml_begin(w, name);
	for (const struct xml_attr *a = n->attrs; a != NULL; a = a->next) {
		full_name(a->prefix, a->name, name);
		xml_put_attr(w, name, a->value);
	}
	xml_put_text(w, n->text);
	for (const struct xml_node *i = n->first; i != NULL; i = i->next)
		xml_put_node(w, i);
	full_name(n->prefix, n->name, name);
	xml_end(w, name);
}

int
xml_end_document(struct xml_writer *w)
{
	buf_putc(w->out, '\n');
	return w->error != 0 ? w->error : buf_error(w->out);
}
