/* model/dn_binary.c -- see dn_binary.h. */
#include "model/dn_binary.h"

#include <string.h>

static bool
is_hex(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char ch = t.data[i];

		if ((ch < '0' || ch > '9') && (ch < 'a' || ch > 'f') &&
		    (ch < 'A' || ch > 'F'))
			return false;
	}
	return true;
}

/* "B:8:" and how many digits follow; the length of it, or 0. */
static size_t
count_part(struct text t, size_t *out_digits)
{
	const char *colon;
	struct text digits;
	int64_t n;

	if (t.len < 4 || t.data[0] != 'B' || t.data[1] != ':')
		return 0;
	colon = memchr(t.data + 2, ':', t.len - 2);
	if (colon == NULL)
		return 0;
	digits = (struct text){t.data + 2, (size_t)(colon - t.data) - 2};
	if (text_to_int64(digits, &n) < 0 || n < 0 ||
	    (uint64_t)n > 2 * DN_BINARY_OCTETS_MAX || n % 2 != 0)
		return 0;
	*out_digits = (size_t)n;
	return digits.len + 3;
}

int
dn_binary_split(struct text t, struct dn_binary *out)
{
	size_t digits = 0, at = count_part(t, &digits);
	const char *zero;

	if (at == 0 || digits + 1 > t.len - at || t.data[at + digits] != ':')
		return ERR_TYPE;
	*out = (struct dn_binary){.head = {t.data, at + digits + 1},
	    .hex = {t.data + at, digits},
	    .dn = {t.data + at + digits + 1, t.len - at - digits - 1}};
	if (!is_hex(out->hex))
		return ERR_TYPE;
	zero =
	    out->dn.len != 0 ? memchr(out->dn.data, '\0', out->dn.len) : NULL;
	if (zero == NULL)
		return 0;
	out->anchor = (struct text){
	    zero + 1, (size_t)(out->dn.data + out->dn.len - zero) - 1};
	out->dn.len = (size_t)(zero - out->dn.data);
	return 0;
}

static char *
put_hex(char *p, struct text octets)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < octets.len; i++) {
		unsigned char ch = (unsigned char)octets.data[i];

		*p++ = digits[ch >> 4];
		*p++ = digits[ch & 15];
	}
	return p;
}

static char *
put_text(char *p, struct text t)
{
	if (t.len != 0)
		memcpy(p, t.data, t.len);
	return p + t.len;
}

int
dn_binary_make(struct arena *a, struct text octets, struct text dn,
    struct text anchor, struct value *out)
{
	struct text head;
	char *start, *p;

	if (octets.len > DN_BINARY_OCTETS_MAX)
		return ERR_LIMIT;
	head = text_of(arena_printf(a, "B:%zu:", 2 * octets.len));
	start = arena_raw(
	    a, head.len + 2 * octets.len + dn.len + anchor.len + 3, 1);
	if (head.len == 0 || start == NULL)
		return ERR_NOMEM;
	p = put_hex(put_text(start, head), octets);
	*p++ = ':';
	p = put_text(p, dn);
	if (dn.len != 0 && anchor.len != 0) {
		*p++ = '\0';
		p = put_text(p, anchor);
	}
	*p = '\0';
	*out = (struct value){
	    .type = VALUE_DN_BINARY, .text = {start, (size_t)(p - start)}};
	return 0;
}

int
dn_binary_octets(struct arena *a, const struct value *v, struct text *out)
{
	struct dn_binary b;
	int r = dn_binary_split(v->text, &b);

	return r == 0 ? hex_decode(a, b.hex, out, NULL) : r;
}

struct text
dn_binary_text(const struct value *v)
{
	struct dn_binary b;

	if (dn_binary_split(v->text, &b) < 0)
		return v->text;
	return (struct text){v->text.data, b.head.len + b.dn.len};
}

static bool
same_object(const struct dn_binary *x, const struct dn_binary *y)
{
	struct value a = value_reference_dn(x->dn);
	struct value b = value_reference_dn(y->dn);

	if (x->anchor.len != 0 && y->anchor.len != 0)
		return text_equal(x->anchor, y->anchor);
	if (x->dn.len == 0 || y->dn.len == 0)
		return x->dn.len == y->dn.len;
	return value_equal(&a, &b);
}

bool
dn_binary_equal(const struct value *a, const struct value *b)
{
	struct dn_binary x, y;

	if (dn_binary_split(a->text, &x) < 0 ||
	    dn_binary_split(b->text, &y) < 0)
		return text_equal(a->text, b->text);
	return text_equal_nocase(x.hex, y.hex) && same_object(&x, &y);
}

void
dn_binary_settle(
    struct value *list, size_t n, struct text anchor, struct text dn)
{
	const struct value own = value_reference_dn(dn);
	struct dn_binary b;

	for (size_t i = 0; i < n; i++) {
		struct value of;

		if (list[i].type != VALUE_DN_BINARY ||
		    dn_binary_split(list[i].text, &b) < 0 || b.dn.len == 0)
			continue;
		of = value_reference_dn(b.dn);
		if ((b.anchor.len != 0 && text_equal(b.anchor, anchor)) ||
		    value_equal(&of, &own))
			list[i].text = b.head;
	}
}
