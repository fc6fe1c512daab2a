/* rules/convert.c -- values on their way to a target attribute (7.4). */
#include <stdio.h>
#include <stdlib.h>

#include "base/fold.h"
#include "model/dn.h"
#include "model/dn_binary.h"
#include "rules/plan_int.h"

static int
to_string(struct arena *a, const struct value *in, struct value *out)
{
	struct text t;

	if (in->type == VALUE_REFERENCE) {
		*out = value_string(in->text);
		return in->text.len > 0 ? 0 : ERR_TYPE;
	}
	if (in->type == VALUE_BINARY)
		return ERR_TYPE;
	if (value_format(a, in, &t) < 0)
		return ERR_NOMEM;
	*out = value_string(t);
	return 0;
}

static int
to_integer(const struct value *in, struct value *out)
{
	int64_t n;

	if (in->type != VALUE_STRING || !scope_number(in->text, &n))
		return ERR_TYPE;
	*out = value_integer(n);
	return 0;
}

static int
to_boolean(const struct value *in, struct value *out)
{
	bool text = in->type == VALUE_STRING;
	bool truth = text && text_is_nocase(in->text, "true");

	if (in->type == VALUE_INTEGER)
		truth = in->integer != 0;
	else if (!truth && !(text && text_is_nocase(in->text, "false")))
		return ERR_TYPE;
	*out = value_boolean(truth);
	return 0;
}

/* Whose octets they are; of the object itself that is not known here. */
static int
object_of(const struct value *in, struct value *out)
{
	struct dn_binary b;

	if (dn_binary_split(in->text, &b) < 0 || b.dn.len == 0)
		return ERR_TYPE;
	*out = value_reference_dn(b.dn);
	return 0;
}

static int
to_binary(struct arena *a, const struct value *in, struct value *out)
{
	struct text octets;
	int r;

	if (in->type != VALUE_DN_BINARY)
		return ERR_TYPE;
	r = dn_binary_octets(a, in, &octets);
	if (r == 0)
		*out = value_binary(octets);
	return r;
}

/* Octets alone are those of the object that gets them.  An anchor means
 * nothing in another directory. */
static int
to_dn_binary(struct arena *a, const struct value *in, struct value *out)
{
	const struct text none = TEXT("");
	struct dn_binary b;
	struct text octets;
	int r;

	if (in->type == VALUE_BINARY)
		return dn_binary_make(a, in->text, none, none, out);
	if ((in->type != VALUE_STRING && in->type != VALUE_DN_BINARY) ||
	    dn_binary_split(in->text, &b) < 0)
		return ERR_TYPE;
	r = hex_decode(a, b.hex, &octets, NULL);
	return r == 0 ? dn_binary_make(a, octets, b.dn, none, out) : r;
}

static int
to_reference(struct arena *a, const struct value *in, struct value *out)
{
	struct dn dn;
	int r;

	if (in->type == VALUE_DN_BINARY)
		return object_of(in, out);
	if (in->type != VALUE_STRING)
		return ERR_TYPE;
	r = dn_parse(a, in->text, &dn, NULL);
	if (r == ERR_NOMEM)
		return r;
	if (r < 0 || dn.depth == 0)
		return ERR_TYPE;
	*out = value_reference_dn(in->text);
	return 0;
}

int
value_convert(struct arena *a, enum value_type want, const struct value *in,
    struct value *out)
{
	if (in->type == want && want != VALUE_DN_BINARY) {
		*out = *in;
		return 0;
	}
	switch (want) {
	case VALUE_STRING:
		return to_string(a, in, out);
	case VALUE_INTEGER:
		return to_integer(in, out);
	case VALUE_BOOLEAN:
		return to_boolean(in, out);
	case VALUE_REFERENCE:
		return to_reference(a, in, out);
	case VALUE_BINARY:
		return to_binary(a, in, out);
	case VALUE_DN_BINARY:
		return to_dn_binary(a, in, out);
	}
	return ERR_TYPE;
}

/* ---- Repeated values ---- */

struct keyed {
	struct value key;
	size_t index;
};

static int
compare_keyed(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int r = value_compare(&x->key, &y->key);

	if (r != 0)
		return r;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int
key_of(struct arena *a, const struct value *v, bool nocase, struct value *out)
{
	*out = *v;
	if (nocase && v->type == VALUE_STRING)
		return fold_text(a, v->text, &out->text);
	return 0;
}

int
values_unique(struct arena *a, struct value *values, size_t *count, bool nocase)
{
	struct keyed *keyed;
	bool *repeated;
	size_t n = 0;

	if (*count < 2)
		return 0;
	keyed = arena_array(a, *count, sizeof(*keyed));
	repeated = arena_array(a, *count, sizeof(*repeated));
	if (keyed == NULL || repeated == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < *count; i++) {
		keyed[i].index = i;
		if (key_of(a, &values[i], nocase, &keyed[i].key) < 0)
			return ERR_NOMEM;
	}
	qsort(keyed, *count, sizeof(*keyed), compare_keyed);
	for (size_t i = 1; i < *count; i++)
		repeated[keyed[i].index] =
		    value_equal(&keyed[i - 1].key, &keyed[i].key);
	for (size_t i = 0; i < *count; i++)
		if (!repeated[i])
			values[n++] = values[i];
	*count = n;
	return 0;
}
