/* codec/nbfx_write.c -- the tree of nbfx.h to octets: as they were read. */
#include "codec/nbfx_int.h"

static void
put_octet(struct buf *b, unsigned c)
{
	buf_putc(b, (char)(unsigned char)c);
}

static void
put_string(struct buf *b, struct text t)
{
	buf_varint(b, t.len);
	buf_text_add(b, t);
}

static void
put_name(struct buf *b, const struct nbfx_name *name, unsigned naming)
{
	put_octet(b, name->record);
	if ((naming & NAMING_LETTER) == 0 && (naming & NAMING_PREFIX) != 0)
		put_string(b, name->prefix);
	if ((naming & NAMING_DICT) != 0)
		buf_varint(b, name->id);
	else
		put_string(b, name->local);
}

static void
put_length(struct buf *b, size_t n, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		put_octet(b, (unsigned)(n >> 8 * i) & 0xff);
}

/* Behind the record's type. */
static void
// NOLINTNEXTLINE(misc-no-recursion): lists hold no lists
put_payload(struct buf *b, const struct nbfx_text *t)
{
	struct nbfx_text_form form = nbfx_text_form(t->record & ~1U);

	switch (form.payload) {
	case PAYLOAD_SIZED:
		put_length(b, t->raw.len, form.size);
		buf_text_add(b, t->raw);
		break;
	case PAYLOAD_DICT:
		buf_varint(b, t->id);
		break;
	case PAYLOAD_QNAME:
		put_octet(b, t->prefix);
		buf_varint(b, t->id);
		break;
	case PAYLOAD_LIST:
		for (const struct nbfx_text *i = t->list; i != NULL;
		     i = i->next) {
			put_octet(b, i->record);
			put_payload(b, i);
		}
		put_octet(b, TEXT_LIST_END | (t->record & 1U));
		break;
	case PAYLOAD_FIXED:
	case PAYLOAD_NONE:
		buf_text_add(b, t->raw);
		break;
	}
}

static void
put_text(struct buf *b, const struct nbfx_text *t)
{
	/* a list that ends its element says so at its own end */
	put_octet(b, (t->record & ~1U) == TEXT_LIST ? TEXT_LIST : t->record);
	put_payload(b, t);
}

static void
put_start(struct buf *b, const struct nbfx_element *n)
{
	put_name(b, &n->name, nbfx_element_naming(n->name.record));
	for (const struct nbfx_attr *i = n->attrs; i != NULL; i = i->next) {
		put_name(b, &i->name, nbfx_attr_naming(i->name.record));
		if (!nbfx_is_xmlns(i))
			put_text(b, &i->value);
	}
}

/* Returns the last item of the array. */
static const struct nbfx_item *
put_array(struct buf *b, const struct nbfx_item *first)
{
	const struct nbfx_array *array = first->element->array;
	const struct nbfx_item *i = first;

	put_octet(b, REC_ARRAY);
	put_start(b, first->element);
	put_octet(b, REC_END);
	put_octet(b, array->record);
	buf_varint(b, array->count);
	for (uint32_t n = 1;; n++) {
		buf_text_add(b, i->element->items->text.raw);
		if (n == array->count)
			return i;
		i = i->next;
	}
}

/* Whether the item ends the element it is in. */
static bool
ends(const struct nbfx_item *i)
{
	return i->kind == NBFX_TEXT && (i->text.record & 1U) != 0;
}

static void
// NOLINTNEXTLINE(misc-no-recursion): NBFX_MAX_DEPTH holds
put_items(struct buf *b, const struct nbfx_item *items, bool in_element)
{
	const struct nbfx_item *last = NULL;

	for (const struct nbfx_item *i = items; i != NULL; i = i->next) {
		if (i->kind == NBFX_TEXT) {
			put_text(b, &i->text);
		} else if (i->kind == NBFX_COMMENT) {
			put_octet(b, REC_COMMENT);
			put_string(b, i->comment);
		} else if (i->element->array != NULL) {
			i = put_array(b, i);
		} else {
			put_start(b, i->element);
			put_items(b, i->element->items, true);
		}
		last = i;
	}
	if (in_element && (last == NULL || !ends(last)))
		put_octet(b, REC_END);
}

int
nbfx_write(struct buf *out, const struct nbfx_item *document)
{
	put_items(out, document, false);
	return buf_error(out);
}
