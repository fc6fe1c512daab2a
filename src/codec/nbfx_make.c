/* codec/nbfx_make.c -- messages made anew, in the short forms that .NET's own
 * writer chooses. */
#include "codec/nbfx_int.h"

#define CHARS_MAX NBFX_MAX_BYTES

void
nbfx_writer_init(struct nbfx_writer *w, struct buf *out)
{
	*w = (struct nbfx_writer){.out = out, .last_text = SIZE_MAX};
}

static void
put_octet(struct nbfx_writer *w, unsigned c)
{
	buf_putc(w->out, (char)(unsigned char)c);
}

static void
put_number(struct nbfx_writer *w, uint64_t n, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		put_octet(w, (unsigned)(n >> 8 * i) & 0xff);
}

static void
put_string(struct nbfx_writer *w, struct text t)
{
	if (t.len > NBFX_MAX_NAME && w->error == 0)
		w->error = ERR_LIMIT;
	buf_varint(w->out, t.len);
	buf_text_add(w->out, t);
}

static void
put_dict_or_string(struct nbfx_writer *w, struct text t, int32_t id)
{
	if (id >= 0)
		buf_varint(w->out, (uint64_t)id);
	else
		put_string(w, t);
}

/* Records by how the name is told; letters of prefixes count up from theirs. */
struct records {
	unsigned first, dict_a, a;
};

static void
put_name(struct nbfx_writer *w, const struct records *rec, struct text prefix,
    struct text name)
{
	int32_t id = nbfx_dict_find(name);
	bool dict = id >= 0;
	unsigned first = rec->first + (dict ? (unsigned)NAMING_DICT : 0);

	w->last_text = SIZE_MAX;
	if (prefix.len == 1 && prefix.data[0] >= 'a' && prefix.data[0] <= 'z') {
		put_octet(w, (dict ? rec->dict_a : rec->a) +
				 (unsigned)(prefix.data[0] - 'a'));
	} else if (prefix.len != 0) {
		put_octet(
		    w, rec->first + NAMING_PREFIX + (dict ? NAMING_DICT : 0));
		put_string(w, prefix);
	} else {
		put_octet(w, first);
	}
	put_dict_or_string(w, name, id);
}

void
nbfx_begin(struct nbfx_writer *w, struct text prefix, struct text name)
{
	static const struct records records = {
	    REC_ELEMENT, REC_ELEMENT_DICT_A, REC_ELEMENT_A};

	if (++w->depth > NBFX_MAX_DEPTH && w->error == 0)
		w->error = ERR_LIMIT;
	put_name(w, &records, prefix, name);
}

void
nbfx_put_ns(struct nbfx_writer *w, struct text prefix, struct text ns)
{
	int32_t id = nbfx_dict_find(ns);
	unsigned naming = NAMING_LOCAL;

	if (prefix.len != 0)
		naming |= NAMING_PREFIX;
	if (id >= 0)
		naming |= NAMING_DICT;
	put_octet(w, REC_XMLNS + naming);
	if (prefix.len != 0)
		put_string(w, prefix);
	put_dict_or_string(w, ns, id);
}

/* ---- Texts ---- */

static void
text_begin(struct nbfx_writer *w, unsigned record)
{
	w->last_text = w->out->len;
	put_octet(w, record);
}

/* One of three records by the length: of 8, 16 or 32 bits. */
static void
sized_begin(struct nbfx_writer *w, unsigned record, size_t n)
{
	unsigned wide = n < 256 ? 0 : n < 65536 ? 1 : 2;

	if (n > CHARS_MAX && w->error == 0)
		w->error = ERR_LIMIT;
	text_begin(w, record + 2 * wide);
	put_number(w, n, 1U << wide);
}

static size_t
utf16_units(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++) {
		unsigned c = (unsigned char)t.data[i];

		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

static void
put_utf16(struct nbfx_writer *w, struct text t)
{
	size_t pos = 0;

	while (pos < t.len) {
		uint32_t c = utf8_next(t, &pos);

		if (c >= 0x10000) {
			put_number(w, 0xd800 + ((c - 0x10000) >> 10), 2);
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		put_number(w, c, 2);
	}
}

static void
put_chars(struct nbfx_writer *w, struct text t)
{
	size_t units = utf16_units(t);

	if (t.len / 2 > units) { /* it is shorter so */
		sized_begin(w, TEXT_UNICODE8, 2 * units);
		put_utf16(w, t);
		return;
	}
	sized_begin(w, TEXT_CHARS8, t.len);
	buf_text_add(w->out, t);
}

void
nbfx_put_text(struct nbfx_writer *w, struct text t)
{
	int32_t id = nbfx_dict_find(t);

	if (!text_is_utf8(t)) {
		w->error = w->error == 0 ? ERR_SYNTAX : w->error;
	} else if (t.len == 0) {
		text_begin(w, TEXT_EMPTY);
	} else if (text_is(t, "0") || text_is(t, "1")) {
		text_begin(w, t.data[0] == '0' ? TEXT_ZERO : TEXT_ONE);
	} else if (id >= 0) {
		text_begin(w, TEXT_DICT);
		buf_varint(w->out, (uint64_t)id);
	} else {
		put_chars(w, t);
	}
}

void
nbfx_put_bool(struct nbfx_writer *w, bool b)
{
	text_begin(w, b ? TEXT_TRUE : TEXT_FALSE);
}

void
nbfx_put_int(struct nbfx_writer *w, int64_t n)
{
	unsigned wide = n == (int8_t)n    ? 0
			: n == (int16_t)n ? 1
			: n == (int32_t)n ? 2
					  : 3;

	if (n == 0 || n == 1) {
		text_begin(w, n == 0 ? TEXT_ZERO : TEXT_ONE);
		return;
	}
	text_begin(w, TEXT_INT8 + 2 * wide);
	put_number(w, (uint64_t)n, 1U << wide);
}

void
nbfx_put_octets(struct nbfx_writer *w, struct text octets)
{
	sized_begin(w, TEXT_BYTES8, octets.len);
	buf_text_add(w->out, octets);
}

void
nbfx_put_uuid(struct nbfx_writer *w, const unsigned char octets[16])
{
	text_begin(w, TEXT_UUID);
	buf_add(w->out, octets, 16);
}

void
nbfx_put_attr(struct nbfx_writer *w, struct text prefix, struct text name,
    struct text value)
{
	static const struct records records = {
	    REC_ATTR, REC_ATTR_DICT_A, REC_ATTR_A};

	put_name(w, &records, prefix, name);
	nbfx_put_text(w, value);
	w->last_text = SIZE_MAX; /* it ends nothing */
}

/* The last text ends the element with it, where it is the last thing. */
void
nbfx_end(struct nbfx_writer *w)
{
	w->depth--;
	if (w->last_text == SIZE_MAX)
		put_octet(w, REC_END);
	else if (buf_error(w->out) == 0)
		w->out->data[w->last_text] |= 1;
	w->last_text = SIZE_MAX;
}

static void
put_node_attr(struct nbfx_writer *w, const struct xml_attr *a)
{
	if (text_is(a->prefix, "xmlns"))
		nbfx_put_ns(w, a->name, a->value);
	else if (a->prefix.len == 0 && text_is(a->name, "xmlns"))
		nbfx_put_ns(w, TEXT(""), a->value);
	else
		nbfx_put_attr(w, a->prefix, a->name, a->value);
}

void
// NOLINTNEXTLINE(misc-no-recursion): XML_MAX_DEPTH holds
nbfx_put_node(struct nbfx_writer *w, const struct xml_node *n)
{
	nbfx_begin(w, n->prefix, n->name);
	for (const struct xml_attr *a = n->attrs; a != NULL; a = a->next)
		put_node_attr(w, a);
	if (n->text.len != 0)
		nbfx_put_text(w, n->text);
	for (const struct xml_node *i = n->first; i != NULL; i = i->next)
		nbfx_put_node(w, i);
	nbfx_end(w);
}

int
nbfx_writer_end(struct nbfx_writer *w)
{
	return w->error != 0 ? w->error : buf_error(w->out);
}
