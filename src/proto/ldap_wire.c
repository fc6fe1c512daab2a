/* proto/ldap_wire.c -- see ldap_wire.h. */
#include "proto/ldap_wire.h"

#define TAG_OCTETS   0x04U
#define TAG_SEQUENCE 0x30U
#define TAG_SET      0x31U
#define LENGTH_MAX   4U /* octets that a length may have */

/* The octets of a long length: of those that n says (X.690 8.1.3.5). */
static int
long_length(struct text in, size_t n, size_t *out)
{
	size_t len = 0;

	if (n == 0 || n > LENGTH_MAX || in.len < n)
		return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++)
		len = len << 8 | (unsigned char)in.data[i];
	*out = len;
	return 0;
}

static void
move(struct text *t, size_t n)
{
	t->data += n;
	t->len -= n;
}

/* One element of that tag off *in: its contents. */
static inline int
element(struct text *in, unsigned tag, struct text *out)
{
	size_t len;

	if (in->len < 2 || (unsigned char)in->data[0] != tag)
		return ERR_SYNTAX;
	len = (unsigned char)in->data[1];
	move(in, 2);
	if (len >= 0x80) {
		size_t n = len & 0x7f;

		if (long_length(*in, n, &len) < 0)
			return ERR_SYNTAX;
		move(in, n);
	}
	if (len > in->len)
		return ERR_SYNTAX;
	*out = (struct text){in->data, len};
	move(in, len);
	return 0;
}

int
ldap_wire_next(struct text *rest, struct ldap_wire *out)
{
	struct text body, value, values;
	struct ldap_wire w = {0};

	if (rest->len == 0)
		return 0;
	/* what may follow in the sequence is passed over: RFC 4511 4 */
	if (element(rest, TAG_SEQUENCE, &body) < 0 ||
	    element(&body, TAG_OCTETS, &w.name) < 0 ||
	    element(&body, TAG_SET, &w.values) < 0)
		return ERR_SYNTAX;
	values = w.values;
	for (; values.len != 0; w.count++)
		if (element(&values, TAG_OCTETS, &value) < 0)
			return ERR_SYNTAX;
	*out = w;
	return 1;
}

struct text
ldap_wire_value(struct ldap_wire *w)
{
	struct text value = TEXT("");

	if (element(&w->values, TAG_OCTETS, &value) < 0)
		return TEXT("");
	return value;
}
