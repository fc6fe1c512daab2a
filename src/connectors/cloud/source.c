/* connectors/cloud/source.c -- names made from source anchors. */
#include <stdio.h>
#include <string.h>

#include "connectors/cloud/cloud.h"

struct text
hex_frame(struct arena *a, const char *before, struct text t,
    const char *behind, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	size_t len = strlen(before) + 2 * t.len + strlen(behind), n;
	char *out = arena_alloc(a, len + 1);

	if (out == NULL)
		return (struct text){0};
	n = (size_t)snprintf(out, len + 1, "%s", before);
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	(void)snprintf(out + n, len + 1 - n, "%s", behind);
	return (struct text){out, len};
}

bool
hex_unframe(struct arena *a, const char *before, struct text t,
    const char *behind, struct text *out)
{
	size_t n = strlen(before), m = strlen(behind);

	if (t.len <= n + m || !text_starts_nocase(t, before) ||
	    !text_ends_nocase(t, behind))
		return false;
	t = (struct text){t.data + n, t.len - n - m};
	return hex_decode(a, t, out, NULL) == 0;
}

struct text
dn_of_source(struct arena *a, struct text source)
{
	return hex_frame(a, "CN={", source, "}", true);
}

bool
source_of_dn(struct arena *a, struct text dn, struct text *out)
{
	return hex_unframe(a, "CN={", dn, "}", out);
}
