/* store/blob.c -- see blob.h. */
#include "store/blob.h"

#define VERSION 1

/* The shortest a record can be bounds how many there can be. */
static int
begin(struct text in, size_t *pos, size_t least, size_t *out_n)
{
	uint64_t n;

	*out_n = 0;
	*pos = 0;
	if (in.len == 0)
		return 0;
	if (in.data[0] != VERSION)
		return ERR_SYNTAX;
	*pos = 1;
	if (varint_get(in, pos, &n) < 0 || n > (in.len - *pos) / least)
		return ERR_SYNTAX;
	*out_n = (size_t)n;
	return 0;
}

static int
damaged(int r, const char *what, size_t pos, struct err *e)
{
	return err_set(e, r, "stored %s: damaged at byte %zu", what, pos);
}

static int
get_u32(struct text in, size_t *pos, uint32_t *out)
{
	uint64_t n;

	if (varint_get(in, pos, &n) < 0 || n > UINT32_MAX)
		return ERR_SYNTAX;
	*out = (uint32_t)n;
	return 0;
}

static int
get_i64(struct text in, size_t *pos, int64_t *out)
{
	uint64_t n;

	if (varint_get(in, pos, &n) < 0 || n > INT64_MAX)
		return ERR_SYNTAX;
	*out = (int64_t)n;
	return 0;
}

static int
get_text(struct text in, size_t *pos, struct text *out)
{
	uint64_t n;

	if (varint_get(in, pos, &n) < 0 || n > in.len - *pos)
		return ERR_SYNTAX;
	*out = (struct text){in.data + *pos, (size_t)n};
	*pos += (size_t)n;
	return 0;
}

/* ---- Lineage ---- */

int
lineage_encode(const struct lineage *l, uint32_t n, struct buf *out)
{
	if (n == 0)
		return 0;
	buf_putc(out, VERSION);
	buf_varint(out, n);
	for (uint32_t i = 0; i < n; i++) {
		unsigned bits = (l[i].inbound != 0 ? 1U : 0U) |
				(l[i].provision != 0 ? 2U : 0U) |
				(l[i].sticky != 0 ? 4U : 0U) |
				(l[i].created != 0 ? 8U : 0U) |
				(l[i].due_ms != 0 ? 16U : 0U);

		buf_varint(out, l[i].rule);
		buf_putc(out, (char)bits);
		if (l[i].due_ms != 0)
			buf_varint(out, (uint64_t)l[i].due_ms);
	}
	return buf_error(out);
}

static int
lineage_get(struct text in, size_t *pos, struct lineage *out)
{
	unsigned bits;

	if (get_u32(in, pos, &out->rule) < 0 || *pos >= in.len)
		return ERR_SYNTAX;
	bits = (unsigned char)in.data[(*pos)++];
	if (bits > 31)
		return ERR_SYNTAX;
	out->inbound = bits & 1;
	out->provision = (uint8_t)(bits >> 1 & 1);
	out->sticky = (uint8_t)(bits >> 2 & 1);
	out->created = (uint8_t)(bits >> 3 & 1);
	out->due_ms = 0;
	return (bits & 16) != 0 ? get_i64(in, pos, &out->due_ms) : 0;
}

int
lineage_decode(struct arena *a, struct text in, const struct lineage **out,
    uint32_t *out_n, struct err *e)
{
	struct lineage *l = NULL;
	size_t pos, n;
	int r = begin(in, &pos, 2, &n);

	if (r == 0 && n != 0) {
		l = arena_array(a, n, sizeof(*l));
		r = l != NULL ? 0 : ERR_NOMEM;
	}
	for (size_t i = 0; i < n && r == 0; i++)
		r = lineage_get(in, &pos, &l[i]);
	if (r == 0 && pos != in.len)
		r = ERR_SYNTAX;
	if (r < 0)
		return damaged(r, "lineage", pos, e);
	*out = l;
	*out_n = (uint32_t)n;
	return 0;
}

/* ---- Origins ---- */

int
origins_encode(const struct origin *o, uint32_t n, struct buf *out)
{
	if (n == 0)
		return 0;
	buf_putc(out, VERSION);
	buf_varint(out, n);
	for (uint32_t i = 0; i < n; i++) {
		buf_varint(out, o[i].name);
		buf_varint(out, o[i].rule);
		buf_varint(out, (uint64_t)o[i].cs);
		buf_varint(out, (uint64_t)o[i].ms);
	}
	return buf_error(out);
}

int
origins_decode(struct arena *a, struct text in, const struct origin **out,
    uint32_t *out_n, struct err *e)
{
	struct origin *o = NULL;
	size_t pos, n;
	int r = begin(in, &pos, 4, &n);

	if (r == 0 && n != 0) {
		o = arena_array(a, n, sizeof(*o));
		r = o != NULL ? 0 : ERR_NOMEM;
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		r = get_u32(in, &pos, &o[i].name);
		if (r == 0)
			r = get_u32(in, &pos, &o[i].rule);
		if (r == 0)
			r = get_i64(in, &pos, &o[i].cs);
		if (r == 0)
			r = get_i64(in, &pos, &o[i].ms);
	}
	if (r == 0 && pos != in.len)
		r = ERR_SYNTAX;
	if (r < 0)
		return damaged(r, "origins", pos, e);
	*out = o;
	*out_n = (uint32_t)n;
	return 0;
}

/* ---- Counters ---- */

int
counters_encode(const struct counter *c, size_t n, struct buf *out)
{
	if (n == 0)
		return 0;
	buf_putc(out, VERSION);
	buf_varint(out, n);
	for (size_t i = 0; i < n; i++) {
		struct text name = text_of(c[i].name);

		buf_varint(out, name.len);
		buf_text_add(out, name);
		buf_varint(out, c[i].target.len);
		buf_text_add(out, c[i].target);
		buf_varint(out, c[i].n);
	}
	return buf_error(out);
}

static int
counter_get(struct arena *a, struct text in, size_t *pos, struct counter *out)
{
	struct text name;

	if (get_text(in, pos, &name) < 0 || get_text(in, pos, &out->target) < 0)
		return ERR_SYNTAX;
	out->name = arena_strndup(a, name.data, name.len);
	if (out->name == NULL)
		return ERR_NOMEM;
	return varint_get(in, pos, &out->n);
}

int
counters_decode(struct arena *a, struct text in, struct counter **out,
    size_t *out_n, struct err *e)
{
	struct counter *c = NULL;
	size_t pos, n;
	int r = begin(in, &pos, 3, &n);

	if (r == 0 && n != 0) {
		c = arena_array(a, n, sizeof(*c));
		r = c != NULL ? 0 : ERR_NOMEM;
	}
	for (size_t i = 0; i < n && r == 0; i++)
		r = counter_get(a, in, &pos, &c[i]);
	if (r == 0 && pos != in.len)
		r = ERR_SYNTAX;
	if (r < 0)
		return damaged(r, "counters", pos, e);
	*out = c;
	*out_n = n;
	return 0;
}
