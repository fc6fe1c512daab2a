/* model/attrs.c -- see attrs.h. */
#include "model/attrs.h"

#include <string.h>

#include "model/attrs_int.h"

#define VERSION 1

/* Where name is, or where it belongs. */
static uint32_t
position(const struct attrs *s, uint32_t name)
{
	uint32_t lo = 0, hi = s->count;

	if (hi != 0 && s->items[hi - 1].name < name)
		return hi; /* built in order: the common case */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->items[mid].name < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct attr *
find(const struct attrs *s, uint32_t name)
{
	uint32_t i = position(s, name);

	return i < s->count && s->items[i].name == name ? &s->items[i] : NULL;
}

const struct attr *
attrs_find(const struct attrs *s, uint32_t name)
{
	return find(s, name);
}

const struct value *
attrs_first(const struct attrs *s, uint32_t name)
{
	const struct attr *a = find(s, name);

	return a != NULL ? &a->values[0] : NULL;
}

static int
insert_at(struct arena *a, struct attrs *s, uint32_t at, uint32_t name)
{
	if (s->count >= ATTRS_MAX)
		return ERR_LIMIT;
	if (s->count == s->size) {
		uint32_t size = s->size != 0 ? s->size * 2 : 16;
		struct attr *items = arena_raw(a, size, sizeof(*items));

		if (items == NULL)
			return ERR_NOMEM;
		if (s->count != 0)
			memcpy(items, s->items, s->count * sizeof(*items));
		s->items = items;
		s->size = size;
	}
	memmove(&s->items[at + 1], &s->items[at],
	    (s->count - at) * sizeof(*s->items));
	s->count++;
	s->items[at] = (struct attr){.name = name};
	return 0;
}

static int
insert(struct arena *a, struct attrs *s, uint32_t name, struct attr **out)
{
	uint32_t at = position(s, name);
	int r = insert_at(a, s, at, name);

	if (r < 0)
		return r;
	*out = &s->items[at];
	return 0;
}

static int
reserve(struct arena *a, struct attr *attr, uint32_t size)
{
	struct value *values;

	if (size > VALUES_MAX)
		return ERR_LIMIT;
	if (size <= attr->size)
		return 0;
	if (size < attr->size * 2)
		size = attr->size * 2;
	values = arena_raw(a, size, sizeof(*values));
	if (values == NULL)
		return ERR_NOMEM;
	if (attr->count != 0)
		memcpy(values, attr->values, attr->count * sizeof(*values));
	attr->values = values;
	attr->size = size;
	return 0;
}

bool
value_is_empty(const struct value *v)
{
	return (v->type == VALUE_STRING || v->type == VALUE_BINARY) &&
	       v->text.len == 0;
}

int
attrs_add(struct arena *a, struct attrs *s, uint32_t name, struct value v)
{
	struct attr *attr = find(s, name);
	int r = 0;

	if (value_is_empty(&v))
		return 0;
	if (attr != NULL) {
		r = reserve(a, attr, attr->count + 1);
		if (r == 0)
			attr->values[attr->count++] = v;
		return r;
	}
	r = insert(a, s, name, &attr);
	if (r < 0)
		return r;
	r = reserve(a, attr, 1);
	if (r < 0) {
		attrs_remove(s, name);
		return r;
	}
	attr->values[attr->count++] = v;
	return 0;
}

int
attrs_set(struct arena *a, struct attrs *s, uint32_t name,
    const struct value *values, size_t count)
{
	struct attr *attr = find(s, name);
	uint32_t n = 0;
	int r = count > VALUES_MAX ? ERR_LIMIT : 0;

	for (size_t i = 0; i < count && r == 0; i++)
		n += !value_is_empty(&values[i]);
	if (n == 0) {
		if (attr != NULL)
			attrs_remove(s, name);
		return r;
	}
	/* the list that it had may be another's too: always a new one */
	if (attr != NULL)
		*attr = (struct attr){.name = name};
	else
		r = insert(a, s, name, &attr);
	if (r == 0 && (r = reserve(a, attr, n)) < 0)
		attrs_remove(s, name);
	for (size_t i = 0; i < count && r == 0; i++)
		if (!value_is_empty(&values[i]))
			attr->values[attr->count++] = values[i];
	return r;
}

int
attrs_share(struct arena *a, struct attrs *s, uint32_t name,
    struct value *values, size_t count)
{
	uint32_t at = position(s, name);
	bool there = at < s->count && s->items[at].name == name;
	int r = 0;

	if (count > VALUES_MAX)
		return ERR_LIMIT;
	if (count == 0) {
		attrs_remove(s, name);
		return 0;
	}
	if (!there)
		r = insert_at(a, s, at, name);
	if (r == 0)
		s->items[at] = (struct attr){.name = name,
		    .count = (uint32_t)count,
		    .size = (uint32_t)count,
		    .values = values};
	return r;
}

void
attrs_remove(struct attrs *s, uint32_t name)
{
	uint32_t at = position(s, name);

	if (at >= s->count || s->items[at].name != name)
		return;
	memmove(&s->items[at], &s->items[at + 1],
	    (s->count - at - 1) * sizeof(*s->items));
	s->count--;
}

bool
attrs_remove_value(struct attrs *s, uint32_t name, const struct value *v)
{
	struct attr *attr = find(s, name);

	if (attr == NULL)
		return false;
	for (uint32_t i = 0; i < attr->count; i++) {
		if (!value_equal(&attr->values[i], v))
			continue;
		memmove(&attr->values[i], &attr->values[i + 1],
		    (attr->count - i - 1) * sizeof(*attr->values));
		if (--attr->count == 0)
			attrs_remove(s, name);
		return true;
	}
	return false;
}

int
attrs_dup(struct arena *a, const struct attrs *in, struct attrs *out)
{
	struct attrs copy = {0};

	copy.items = arena_array(a, in->count, sizeof(*copy.items));
	if (copy.items == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < in->count; i++) {
		const struct attr *from = &in->items[i];
		struct value *values =
		    arena_array(a, from->count, sizeof(*values));

		if (values == NULL)
			return ERR_NOMEM;
		for (uint32_t k = 0; k < from->count; k++)
			if (value_dup(a, &from->values[k], &values[k]) < 0)
				return ERR_NOMEM;
		copy.items[i] = (struct attr){.name = from->name,
		    .count = from->count,
		    .size = from->count,
		    .values = values};
	}
	copy.count = copy.size = in->count;
	*out = copy;
	return 0;
}

bool
attr_has(const struct attr *a, const struct value *v)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (value_equal(&a->values[i], v))
			return true;
	return false;
}

bool
attr_same(const struct attr *a, const struct attr *b)
{
	bool same = a->name == b->name && a->count == b->count;

	if (same && a->values == b->values)
		return true;
	for (uint32_t i = 0; same && i < a->count; i++)
		same = value_equal(&a->values[i], &b->values[i]) &&
		       (a->values[i].type < VALUE_REFERENCE ||
			   text_equal(a->values[i].text, b->values[i].text));
	return same;
}

bool
attr_equal(const struct attr *a, const struct attr *b)
{
	uint32_t same = 0;

	if (a->name != b->name || a->count != b->count)
		return false;
	while (
	    same < a->count && value_equal(&a->values[same], &b->values[same]))
		same++;
	if (same == a->count)
		return true;
	return values_same_set(a->values, b->values, a->count);
}

bool
attrs_equal(const struct attrs *a, const struct attrs *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!attr_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static bool
has_text_of(const struct attr *a, const struct value *v)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (text_equal(a->values[i].text, v->text))
			return true;
	return false;
}

bool
attrs_renamed(const struct attrs *a, const struct attrs *b)
{
	for (uint32_t i = 0; i < a->count && i < b->count; i++) {
		const struct attr *x = &a->items[i], *y = &b->items[i];

		if (x->count == 0 || x->values[0].type != VALUE_DN_BINARY)
			continue;
		for (uint32_t k = 0; k < x->count; k++)
			if (!has_text_of(y, &x->values[k]))
				return true;
	}
	return false;
}

/* ---- The stored form ---- */

/* Most values are short texts: one look at the room for each. */
static void
encode_text(struct text t, struct buf *out)
{
	char *start = buf_room(out, t.len + VARINT_MAX), *p;

	if (start == NULL)
		return;
	p = varint_put(start, t.len);
	if (t.len != 0)
		memcpy(p, t.data, t.len);
	buf_wrote(out, (size_t)(p - start) + t.len);
}

void
value_encode(const struct value *v, struct buf *out)
{
	uint64_t zigzag;

	switch (v->type) {
	case VALUE_STRING:
	case VALUE_BINARY:
	case VALUE_DN_BINARY:
		encode_text(v->text, out);
		return;
	case VALUE_INTEGER:
		zigzag = (uint64_t)v->integer << 1;
		buf_varint(out, v->integer < 0 ? ~zigzag : zigzag);
		return;
	case VALUE_BOOLEAN:
		buf_putc(out, v->boolean ? 1 : 0);
		return;
	case VALUE_REFERENCE:
		buf_putc(out, (char)v->by);
		buf_varint(out, (uint64_t)v->id);
		buf_varint(out, v->text.len);
		buf_text_add(out, v->text);
		return;
	}
}

static int
decode_text(struct text in, size_t *pos, struct text *out)
{
	uint64_t len;

	if (varint_get(in, pos, &len) < 0 || len > in.len - *pos)
		return ERR_SYNTAX;
	*out = (struct text){in.data + *pos, (size_t)len};
	*pos += (size_t)len;
	return 0;
}

static int
decode_reference(struct text in, size_t *pos, struct value *out)
{
	uint64_t id;

	if (*pos >= in.len || (unsigned char)in.data[*pos] > REF_ID)
		return ERR_SYNTAX;
	out->by = (enum value_ref)in.data[(*pos)++];
	if (varint_get(in, pos, &id) < 0 || id > INT64_MAX)
		return ERR_SYNTAX;
	out->id = (int64_t)id;
	return decode_text(in, pos, &out->text);
}

int
value_decode(
    enum value_type type, struct text in, size_t *pos, struct value *out)
{
	uint64_t n;

	*out = (struct value){.type = type};
	switch (type) {
	case VALUE_STRING:
	case VALUE_BINARY:
	case VALUE_DN_BINARY:
		return decode_text(in, pos, &out->text);
	case VALUE_INTEGER:
		if (varint_get(in, pos, &n) < 0)
			return ERR_SYNTAX;
		out->integer = (int64_t)(n >> 1 ^ (0U - (n & 1)));
		return 0;
	case VALUE_BOOLEAN:
		if (*pos >= in.len || (unsigned char)in.data[*pos] > 1)
			return ERR_SYNTAX;
		out->boolean = in.data[(*pos)++] == 1;
		return 0;
	case VALUE_REFERENCE:
		return decode_reference(in, pos, out);
	}
	return ERR_SYNTAX;
}

bool
value_type_known(uint64_t type)
{
	return type >= VALUE_STRING && type <= VALUE_DN_BINARY;
}

static bool
left_out(const struct attr *a, bool without_refs)
{
	return without_refs && a->values[0].type == VALUE_REFERENCE;
}

/* Values from at on that have one type. */
static uint32_t
run_of(const struct attr *a, uint32_t at)
{
	uint32_t end = at + 1;

	while (end < a->count && a->values[end].type == a->values[at].type)
		end++;
	return end - at;
}

/* The type is written once an attribute: where values differ in type, the
 * attribute is written in runs. */
static void
encode_attr(const struct attr *a, struct buf *out)
{
	for (uint32_t i = 0, end; i < a->count; i = end) {
		enum value_type type = a->values[i].type;
		char *start = buf_room(out, 2 * VARINT_MAX + 1), *p;

		end = i + run_of(a, i);
		if (start == NULL)
			return;
		p = varint_put(start, a->name);
		*p++ = (char)type;
		p = varint_put(p, end - i);
		buf_wrote(out, (size_t)(p - start));
		for (; i < end; i++)
			if (type == VALUE_STRING || type == VALUE_BINARY)
				encode_text(a->values[i].text, out);
			else
				value_encode(&a->values[i], out);
	}
}

int
attrs_encode(const struct attrs *s, bool without_refs, struct buf *out)
{
	buf_putc(out, VERSION);
	for (uint32_t i = 0; i < s->count; i++)
		if (!left_out(&s->items[i], without_refs))
			encode_attr(&s->items[i], out);
	return buf_error(out);
}

static int
decode_run(struct arena *a, struct text in, size_t *pos, struct attrs *out)
{
	uint64_t name, count;
	struct value v;
	struct attr *attr;
	unsigned type;
	int r;

	if (varint_get(in, pos, &name) < 0 || name == 0 || name > UINT32_MAX ||
	    *pos >= in.len)
		return ERR_SYNTAX;
	type = (unsigned char)in.data[(*pos)++];
	if (!value_type_known(type) || varint_get(in, pos, &count) < 0 ||
	    count == 0 || count > in.len)
		return ERR_SYNTAX;
	if (out->count != 0 && out->items[out->count - 1].name > name)
		return ERR_SYNTAX;
	attr = find(out, (uint32_t)name);
	r = attr != NULL ? 0 : insert(a, out, (uint32_t)name, &attr);
	if (r == 0)
		r = reserve(a, attr, attr->count + (uint32_t)count);
	for (uint64_t i = 0; i < count && r == 0; i++) {
		r = value_decode((enum value_type)type, in, pos, &v);
		if (r == 0)
			attr->values[attr->count++] = v;
	}
	return r;
}

int
attrs_decode(struct arena *a, struct text in, struct attrs *out, struct err *e)
{
	struct attrs s = {0};
	size_t pos = 1;
	int r = 0;

	if (in.len == 0) {
		*out = s;
		return 0;
	}
	if (in.data[0] != VERSION)
		return err_set(e, ERR_SYNTAX,
		    "stored attributes: version %d is not known", in.data[0]);
	while (pos < in.len && r == 0)
		r = decode_run(a, in, &pos, &s);
	if (r < 0)
		return err_set(
		    e, r, "stored attributes: damaged at byte %zu", pos);
	*out = s;
	return 0;
}
