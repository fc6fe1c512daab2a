/* connectors/ad/name.c -- see name.h. */
#include "connectors/ad/name.h"

#include <string.h>

#include "model/guid.h"

/* A deleted object is called "CN=Anna\0ADEL:<guid>,CN=Deleted Objects,.."
 * (MS-ADTS 3.1.1.5.5): a line end cannot be in a name otherwise. */
static bool
dn_is_dead(struct text dn)
{
	return memmem(dn.data, dn.len, "\\0ADEL:", 7) != NULL ||
	       memmem(dn.data, dn.len, "\nDEL:", 5) != NULL;
}

/* "B:32:AA312825768811D1ADED00C04FD8D5CD:CN=x": the name behind the value of
 * syntaxes DN-binary and DN-string (MS-ADTS 3.1.1.2.2.2). */
static int
object_part(struct text *t)
{
	size_t at = 2;
	int64_t n;

	if (t->len < 2 || (t->data[0] != 'B' && t->data[0] != 'S') ||
	    t->data[1] != ':')
		return 0;
	while (at < t->len && t->data[at] != ':')
		at++;
	if (text_to_int64((struct text){t->data + 2, at - 2}, &n) != 0 ||
	    n < 0 || (uint64_t)n + at + 2 > t->len)
		return ERR_TYPE;
	at += (size_t)n + 2;
	if (t->data[at - 1] != ':')
		return ERR_TYPE;
	*t = (struct text){t->data + at, t->len - at};
	return 0;
}

/* "GUID=9f2..." as text or as hex of the octets. */
static int
guid_part(struct text part, struct guid *out)
{
	struct text t = {part.data + 5, part.len - 5};

	if (t.len == GUID_TEXT_LEN)
		return guid_parse(t, out, NULL) == 0 ? 1 : ERR_TYPE;
	if (t.len != 2 * sizeof(out->octets))
		return ERR_TYPE;
	for (size_t i = 0; i < t.len; i++) {
		char ch = t.data[i];
		const char *digits = "0123456789abcdef", *p;

		if (ch >= 'A' && ch <= 'F')
			ch = (char)(ch - 'A' + 'a');
		p = ch != '\0' ? strchr(digits, ch) : NULL;
		if (p == NULL)
			return ERR_TYPE;
		out->octets[i / 2] =
		    (unsigned char)(out->octets[i / 2] << 4 |
				    (unsigned char)(p - digits));
	}
	return 1;
}

/* "<GUID=..>;<SID=..>;CN=..": takes the parts off; 1 where there was a GUID. */
static int
extended_parts(struct text *t, struct guid *out)
{
	int found = 0;

	while (t->len != 0 && t->data[0] == '<') {
		const char *end = memchr(t->data, '>', t->len);
		struct text part;

		if (end == NULL)
			return ERR_TYPE;
		part = (struct text){t->data + 1, (size_t)(end - t->data) - 1};
		if (text_starts_nocase(part, "GUID=")) {
			found = guid_part(part, out);
			if (found < 0)
				return found;
		}
		t->len -= part.len + 2;
		t->data = end + 1;
		if (t->len != 0 && t->data[0] == ';') {
			t->data++;
			t->len--;
		}
	}
	return found;
}

static struct text
guid_octets(struct arena *a, const struct guid *g)
{
	return text_dup(
	    a, (struct text){(const char *)g->octets, sizeof(g->octets)});
}

int
ad_name_anchor(struct arena *a, struct text raw, struct value *out_ref)
{
	struct guid g = {{0}};
	int r = object_part(&raw);

	if (r == 0)
		r = extended_parts(&raw, &g);
	if (r != 1)
		return r;
	*out_ref = value_reference_anchor(guid_octets(a, &g));
	return arena_failed(a) ? ERR_NOMEM : 1;
}

int
ad_name_parse(struct arena *a, struct text raw, struct text *out_dn,
    struct value *out_ref)
{
	struct guid g = {{0}};
	int r = out_ref != NULL ? object_part(&raw) : 0;

	if (r == 0)
		r = extended_parts(&raw, &g);
	if (r < 0)
		return r;
	if (raw.len == 0 || dn_is_dead(raw))
		return 0;
	*out_dn = text_dup(a, raw);
	if (out_ref != NULL && r == 1) {
		*out_ref = value_reference_anchor(guid_octets(a, &g));
	} else if (out_ref != NULL) {
		*out_ref = value_reference_dn(*out_dn);
	}
	return arena_failed(a) ? ERR_NOMEM : 1;
}
