/* codec/nbfx_read.c -- octets to the tree of nbfx.h, with all its limits. */
#include "codec/nbfx_int.h"

struct reader {
	const char *name;
	struct text in;
	size_t pos;
	struct arena *a;
	struct err *e;
	uint32_t items;
};

/* An element that is not closed yet, and where its next item goes. */
struct open {
	struct nbfx_element *element;
	struct nbfx_item **tail;
};

static int
fail(struct reader *r, int code, const char *what)
{
	return err_set(r->e, code, "%s: octet %zu: %s", r->name, r->pos, what);
}

/* ---- What records are made of ---- */

static int
octet(struct reader *r, unsigned *out)
{
	if (r->pos == r->in.len)
		return fail(r, ERR_SYNTAX, "the message ends too early");
	*out = (unsigned char)r->in.data[r->pos++];
	return 0;
}

static int
octets(struct reader *r, size_t n, struct text *out)
{
	if (n > r->in.len - r->pos)
		return fail(r, ERR_SYNTAX, "the message ends too early");
	*out = (struct text){r->in.data + r->pos, n};
	r->pos += n;
	return 0;
}

/* MC-NBFX 2.1.2: seven bits an octet, least first; in the shortest form. */
static int
int31(struct reader *r, uint32_t *out)
{
	uint64_t n = 0;
	unsigned c = 0;

	for (unsigned shift = 0; shift <= 28; shift += 7) {
		int rc = octet(r, &c);

		if (rc < 0)
			return rc;
		n |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) != 0)
			continue;
		if (n > INT32_MAX)
			break;
		if (c == 0 && shift != 0)
			return fail(r, ERR_SYNTAX, "a number with idle octets");
		*out = (uint32_t)n;
		return 0;
	}
	return fail(r, ERR_SYNTAX, "a number of more than 31 bits");
}

/* A string whose length is known. */
static int
characters(struct reader *r, size_t n, struct text *out)
{
	int rc = octets(r, n, out);

	if (rc < 0)
		return rc;
	return text_is_utf8(*out) ? 0 : fail(r, ERR_SYNTAX, "text is no UTF-8");
}

static int
string(struct reader *r, struct text *out)
{
	uint32_t n = 0;
	int rc = int31(r, &n);

	if (rc < 0)
		return rc;
	if (n > NBFX_MAX_NAME)
		return fail(r, ERR_LIMIT, "a name that is too long");
	return characters(r, n, out);
}

static int
dictionary(struct reader *r, uint32_t *out_id, struct text *out)
{
	int rc = int31(r, out_id);

	if (rc < 0)
		return rc;
	*out = nbfx_dict_text(*out_id);
	return out->data != NULL
		   ? 0
		   : fail(r, ERR_SYNTAX,
			 "a string that is not in the static dictionary");
}

static int
count_item(struct reader *r)
{
	return ++r->items <= NBFX_MAX_ITEMS
		   ? 0
		   : fail(r, ERR_LIMIT, "a message of too many parts");
}

static int
no_memory(struct reader *r)
{
	return fail(r, ERR_NOMEM, "out of memory");
}

/* ---- Names ---- */

static int
name_rest(struct reader *r, unsigned naming, struct text letter,
    struct nbfx_name *out)
{
	int rc = 0;

	if ((naming & NAMING_LETTER) != 0)
		out->prefix = letter;
	else if ((naming & NAMING_PREFIX) != 0)
		rc = string(r, &out->prefix);
	if (rc < 0)
		return rc;
	return (naming & NAMING_DICT) != 0
		   ? dictionary(r, &out->id, &out->local)
		   : string(r, &out->local);
}

static struct text
letter_of(unsigned record, unsigned dict_a, unsigned a)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	unsigned from = record >= a ? a : dict_a;

	if (record < dict_a || record - from >= 26)
		return TEXT("");
	return (struct text){letters + (record - from), 1};
}

/* ---- Texts ---- */

static int
length(struct reader *r, unsigned size, size_t *out)
{
	uint64_t n = 0;
	unsigned c = 0;

	for (unsigned i = 0; i < size; i++) {
		int rc = octet(r, &c);

		if (rc < 0)
			return rc;
		n |= (uint64_t)c << 8 * i;
	}
	if (n > INT32_MAX)
		return fail(r, ERR_SYNTAX, "a length below zero");
	*out = (size_t)n;
	return 0;
}

static int
sized(struct reader *r, unsigned record, unsigned size, struct text *out)
{
	size_t n = 0;
	int rc = length(r, size, &n);

	if (rc < 0)
		return rc;
	if (nbfx_is_chars(record))
		return characters(r, n, out);
	if (nbfx_is_unicode(record) && n % 2 != 0)
		return fail(r, ERR_SYNTAX, "UTF-16 with half a character");
	return octets(r, n, out);
}

static int
qname(struct reader *r, struct nbfx_text *t)
{
	unsigned prefix = 0;
	int rc = octet(r, &prefix);

	if (rc < 0)
		return rc;
	if (prefix >= 26)
		return fail(r, ERR_SYNTAX, "a QName's prefix is no letter");
	t->prefix = (unsigned char)prefix;
	return dictionary(r, &t->id, &t->raw);
}

static int list(struct reader *r, struct nbfx_text *t);

/* Behind the record's type.  A list holds no lists. */
static int
// NOLINTNEXTLINE(misc-no-recursion): once, from list()
payload(struct reader *r, unsigned record, bool in_list, struct nbfx_text *t)
{
	unsigned even = record & ~1U;
	struct nbfx_text_form form = nbfx_text_form(even);
	int rc = count_item(r);

	if (rc < 0)
		return rc;
	t->record = (unsigned char)record;
	switch (form.payload) {
	case PAYLOAD_FIXED:
		return octets(r, form.size, &t->raw);
	case PAYLOAD_SIZED:
		return sized(r, even, form.size, &t->raw);
	case PAYLOAD_DICT:
		return dictionary(r, &t->id, &t->raw);
	case PAYLOAD_QNAME:
		return qname(r, t);
	case PAYLOAD_LIST:
		if (record == TEXT_LIST && !in_list)
			return list(r, t);
		break;
	case PAYLOAD_NONE:
		break;
	}
	return fail(r, ERR_SYNTAX, "no text record of this place");
}

/* Up to its end; an end that ends the element makes the list odd. */
static int
// NOLINTNEXTLINE(misc-no-recursion): see payload()
list(struct reader *r, struct nbfx_text *t)
{
	const struct nbfx_text **tail = &t->list;

	for (;;) {
		struct nbfx_text *item;
		unsigned record = 0;
		int rc = octet(r, &record);

		if (rc < 0)
			return rc;
		if ((record & ~1U) == TEXT_LIST_END) {
			t->record |= record & 1U;
			return 0;
		}
		item = arena_alloc(r->a, sizeof(*item));
		if (item == NULL)
			return no_memory(r);
		if ((record & 1U) != 0)
			return fail(r, ERR_SYNTAX, "a list ends an element");
		rc = payload(r, record, true, item);
		if (rc < 0)
			return rc;
		*tail = item;
		tail = &item->next;
	}
}

/* ---- Elements ---- */

static int
attribute(struct reader *r, unsigned record, struct nbfx_attr **out)
{
	struct nbfx_attr *attr = arena_alloc(r->a, sizeof(*attr));
	int rc = count_item(r);

	if (attr == NULL)
		return no_memory(r);
	if (rc < 0)
		return rc;
	attr->name.record = (unsigned char)record;
	rc = name_rest(r, nbfx_attr_naming(record),
	    letter_of(record, REC_ATTR_DICT_A, REC_ATTR_A), &attr->name);
	*out = attr;
	if (rc < 0 || nbfx_is_xmlns(attr))
		return rc;
	rc = octet(r, &record);
	if (rc == 0 && (record & 1U) != 0)
		return fail(r, ERR_SYNTAX, "an attribute ends an element");
	if (rc == 0)
		rc = payload(r, record, false, &attr->value);
	if (rc == 0 && (attr->value.record & 1U) != 0)
		return fail(r, ERR_SYNTAX, "a list ends an element");
	return rc;
}

static int
attributes(struct reader *r, struct nbfx_element *element)
{
	const struct nbfx_attr **tail = &element->attrs;
	size_t n = 0;

	while (r->pos < r->in.len) {
		unsigned record = (unsigned char)r->in.data[r->pos];
		struct nbfx_attr *attr = NULL;
		int rc;

		if (record < REC_ATTR || record > REC_ATTR_LAST)
			return 0;
		if (++n > NBFX_MAX_ATTRS)
			return fail(r, ERR_LIMIT, "too many attributes");
		r->pos++;
		rc = attribute(r, record, &attr);
		if (rc < 0)
			return rc;
		*tail = attr;
		tail = &attr->next;
	}
	return 0;
}

/* Its name and attributes. */
static int
element_start(struct reader *r, unsigned record, struct nbfx_element *out)
{
	int rc = count_item(r);

	if (rc < 0)
		return rc;
	out->name.record = (unsigned char)record;
	rc = name_rest(r, nbfx_element_naming(record),
	    letter_of(record, REC_ELEMENT_DICT_A, REC_ELEMENT_A), &out->name);
	return rc < 0 ? rc : attributes(r, out);
}

/* NULL: out of memory. */
static struct nbfx_item *
append(struct reader *r, struct open *o, enum nbfx_kind kind)
{
	struct nbfx_item *item = arena_alloc(r->a, sizeof(*item));

	if (item != NULL) {
		item->kind = kind;
		*o->tail = item;
		o->tail = &item->next;
	}
	return item;
}

static int
array_value(struct reader *r, struct open *o, const struct nbfx_element *like,
    unsigned record, const struct nbfx_array *array)
{
	struct nbfx_item *item = append(r, o, NBFX_ELEMENT), *value;
	struct open inner;

	if (item == NULL)
		return no_memory(r);
	item->element = arena_alloc(r->a, sizeof(*item->element));
	if (item->element == NULL)
		return no_memory(r);
	*item->element = *like;
	item->element->array = array;
	inner = (struct open){item->element, &item->element->items};
	value = append(r, &inner, NBFX_TEXT);
	return value != NULL ? payload(r, record, false, &value->text)
			     : no_memory(r);
}

/* MC-NBFX 2.2.4.2: the element, its end, what the values are, how many, and
 * their payloads. */
static int
array(struct reader *r, struct open *o)
{
	struct nbfx_element like = {0};
	struct nbfx_array *array;
	unsigned record = 0, end = 0;
	int rc = octet(r, &record);

	if (rc == 0 && (record < REC_ELEMENT || record > REC_ELEMENT_LAST))
		return fail(r, ERR_SYNTAX, "an array of something else");
	if (rc == 0)
		rc = element_start(r, record, &like);
	if (rc == 0)
		rc = octet(r, &end);
	if (rc == 0)
		rc = octet(r, &record);
	if (rc < 0)
		return rc;
	array = arena_alloc(r->a, sizeof(*array));
	if (array == NULL)
		return no_memory(r);
	array->record = (unsigned char)record;
	rc = int31(r, &array->count);
	if (rc < 0)
		return rc;
	if (end != REC_END || (record & 1U) == 0 || array->count == 0 ||
	    nbfx_text_form(record & ~1U).payload != PAYLOAD_FIXED ||
	    nbfx_text_form(record & ~1U).size == 0)
		return fail(r, ERR_SYNTAX, "no array of values");
	for (uint32_t i = 0; i < array->count && rc == 0; i++)
		rc = array_value(r, o, &like, record, i == 0 ? array : NULL);
	return rc;
}

/* ---- The document ---- */

struct stack {
	struct open at[NBFX_MAX_DEPTH + 1]; /* 0: the document */
	size_t depth;
	bool had_root;
};

static int
element(struct reader *r, struct stack *s, unsigned record)
{
	struct nbfx_item *item;
	int rc;

	if (s->depth == NBFX_MAX_DEPTH)
		return fail(r, ERR_LIMIT, "elements nested too deep");
	item = append(r, &s->at[s->depth], NBFX_ELEMENT);
	if (item == NULL)
		return no_memory(r);
	item->element = arena_alloc(r->a, sizeof(*item->element));
	if (item->element == NULL)
		return no_memory(r);
	rc = element_start(r, record, item->element);
	if (rc < 0)
		return rc;
	s->at[++s->depth] = (struct open){item->element, &item->element->items};
	s->had_root = true;
	return 0;
}

static int
text_record(struct reader *r, struct stack *s, unsigned record)
{
	struct nbfx_item *item = append(r, &s->at[s->depth], NBFX_TEXT);
	int rc;

	if (item == NULL)
		return no_memory(r);
	rc = payload(r, record, false, &item->text);
	if (rc == 0 && (item->text.record & 1U) != 0)
		s->depth--;
	return rc;
}

static int
comment(struct reader *r, struct stack *s)
{
	struct nbfx_item *item = append(r, &s->at[s->depth], NBFX_COMMENT);
	uint32_t n = 0;
	int rc = count_item(r);

	if (item == NULL)
		return no_memory(r);
	if (rc == 0)
		rc = int31(r, &n);
	return rc < 0 ? rc : characters(r, n, &item->comment);
}

static int
record_of(struct reader *r, struct stack *s, unsigned record)
{
	if (record == REC_COMMENT)
		return comment(r, s);
	if (s->depth == 0 && s->had_root)
		return fail(r, ERR_SYNTAX, "octets behind the document");
	if (record >= REC_ELEMENT && record <= REC_ELEMENT_LAST)
		return element(r, s, record);
	if (record == REC_ARRAY) {
		s->had_root = true;
		return array(r, &s->at[s->depth]);
	}
	if (s->depth == 0)
		return fail(r, ERR_SYNTAX,
		    "the document does not begin with an element");
	if (record == REC_END) {
		s->depth--;
		return 0;
	}
	return text_record(r, s, record);
}

int
nbfx_parse(struct arena *a, const char *name, struct text in,
    struct nbfx_item **out, struct err *e)
{
	struct reader r = {.name = name, .in = in, .a = a, .e = e};
	struct stack s = {.depth = 0};
	int rc = 0;

	*out = NULL;
	s.at[0] = (struct open){NULL, out};
	if (in.len > NBFX_MAX_BYTES)
		return fail(&r, ERR_LIMIT, "the message is too large");
	while (rc == 0 && r.pos < in.len) {
		unsigned record = 0;

		rc = octet(&r, &record);
		if (rc == 0)
			rc = record_of(&r, &s, record);
	}
	if (rc == 0 && (s.depth != 0 || *out == NULL))
		return fail(&r, ERR_SYNTAX, "the message ends too early");
	return rc;
}

bool
nbfx_is_xmlns(const struct nbfx_attr *attr)
{
	return attr->name.record >= REC_XMLNS &&
	       attr->name.record < REC_XMLNS + 4;
}
