/* model/value.c -- see value.h. */
#include "model/value.h"

#include <string.h>

#include "model/dn.h"
#include "model/dn_binary.h"

struct value
value_string(struct text t)
{
	return (struct value){.type = VALUE_STRING, .text = t};
}

struct value
value_integer(int64_t n)
{
	return (struct value){.type = VALUE_INTEGER, .integer = n};
}

struct value
value_boolean(bool b)
{
	return (struct value){.type = VALUE_BOOLEAN, .boolean = b};
}

struct value
value_binary(struct text t)
{
	return (struct value){.type = VALUE_BINARY, .text = t};
}

struct value
value_reference_dn(struct text dn)
{
	return (struct value){
	    .type = VALUE_REFERENCE, .by = REF_DN, .text = dn};
}

struct value
value_reference_anchor(struct text anchor)
{
	return (struct value){
	    .type = VALUE_REFERENCE, .by = REF_ANCHOR, .text = anchor};
}

struct value
value_reference_id(int64_t id, struct text dn)
{
	return (struct value){
	    .type = VALUE_REFERENCE, .by = REF_ID, .text = dn, .id = id};
}

/* DNs that differ in spelling may still be one; memory that runs out makes
 * them different, which only costs work. */
static bool
same_dn(struct text a, struct text b)
{
	struct arena *arena;
	struct text ka, kb;
	bool same;

	if (text_equal(a, b))
		return true;
	arena = arena_new(0);
	same = arena != NULL && dn_key(arena, a, &ka) == 0 &&
	       dn_key(arena, b, &kb) == 0 && text_equal(ka, kb);
	(void)arena_free(arena);
	return same;
}

static bool
same_reference(const struct value *a, const struct value *b)
{
	if (a->id != 0 && b->id != 0)
		return a->id == b->id;
	if (a->by != b->by)
		return false;
	return a->by == REF_DN ? same_dn(a->text, b->text)
			       : text_equal(a->text, b->text);
}

bool
value_equal(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_STRING:
	case VALUE_BINARY:
		return text_equal(a->text, b->text);
	case VALUE_INTEGER:
		return a->integer == b->integer;
	case VALUE_BOOLEAN:
		return a->boolean == b->boolean;
	case VALUE_REFERENCE:
		return same_reference(a, b);
	case VALUE_DN_BINARY:
		return dn_binary_equal(a, b);
	}
	return false;
}

int
value_compare(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	switch (a->type) {
	case VALUE_STRING:
	case VALUE_BINARY:
	case VALUE_DN_BINARY:
		return text_compare(a->text, b->text);
	case VALUE_INTEGER:
		return (a->integer > b->integer) - (a->integer < b->integer);
	case VALUE_BOOLEAN:
		return (int)a->boolean - (int)b->boolean;
	case VALUE_REFERENCE:
		if (a->id != b->id)
			return a->id < b->id ? -1 : 1;
		return a->id != 0 ? 0 : text_compare(a->text, b->text);
	}
	return 0;
}

static bool
has_text(const struct value *v)
{
	return v->type != VALUE_INTEGER && v->type != VALUE_BOOLEAN;
}

int
value_dup(struct arena *a, const struct value *in, struct value *out)
{
	struct value copy = *in;

	if (has_text(in)) {
		copy.text = text_dup(a, in->text);
		if (copy.text.data == NULL)
			return ERR_NOMEM;
	}
	*out = copy;
	return 0;
}

static const struct {
	enum value_type type;
	const char *name;
} types[] = {
    {VALUE_STRING, "string"},
    {VALUE_INTEGER, "integer"},
    {VALUE_BOOLEAN, "boolean"},
    {VALUE_BINARY, "binary"},
    {VALUE_REFERENCE, "reference"},
    {VALUE_DN_BINARY, "dn-binary"},
};

const char *
value_type_name(enum value_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return "unknown";
}

int
value_type_parse(struct text t, enum value_type *out)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (text_is_nocase(t, types[i].name)) {
			*out = types[i].type;
			return 0;
		}
	}
	return ERR_NOENT;
}

static int
printed(const char *s, struct text *out)
{
	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

int
value_format(struct arena *a, const struct value *v, struct text *out)
{
	switch (v->type) {
	case VALUE_STRING:
		*out = v->text;
		return 0;
	case VALUE_INTEGER:
		return printed(
		    arena_printf(a, "%lld", (long long)v->integer), out);
	case VALUE_BOOLEAN:
		*out = v->boolean ? TEXT("True") : TEXT("False");
		return 0;
	case VALUE_BINARY:
		return base64_encode(a, v->text, out);
	case VALUE_REFERENCE:
		if (v->text.len == 0)
			return printed(
			    arena_printf(a, "#%lld", (long long)v->id), out);
		if (v->by == REF_ANCHOR && !text_is_utf8(v->text))
			return base64_encode(a, v->text, out);
		*out = v->text;
		return 0;
	case VALUE_DN_BINARY:
		*out = dn_binary_text(v);
		return 0;
	}
	return ERR_INTERNAL;
}

static int
wrong_type(struct err *e, struct text t, const char *type)
{
	return err_type(e, ERR_TYPE, "invalid-attribute-value",
	    "\"%.*s\" is no %s", (int)(t.len < 80 ? t.len : 80), t.data, type);
}

int
value_parse(
    enum value_type type, struct text t, struct value *out, struct err *e)
{
	struct dn_binary parts;
	int64_t n;

	switch (type) {
	case VALUE_STRING:
		if (!text_is_utf8(t))
			return wrong_type(e, t, "UTF-8 text");
		*out = value_string(t);
		return 0;
	case VALUE_INTEGER:
		if (text_to_int64(t, &n) < 0)
			return wrong_type(e, t, "integer of 64 bits");
		*out = value_integer(n);
		return 0;
	case VALUE_BOOLEAN:
		if (!text_is_nocase(t, "true") && !text_is_nocase(t, "false"))
			return wrong_type(e, t, "boolean (TRUE or FALSE)");
		*out = value_boolean(text_is_nocase(t, "true"));
		return 0;
	case VALUE_BINARY:
		*out = value_binary(t);
		return 0;
	case VALUE_REFERENCE:
		*out = value_reference_dn(t);
		return 0;
	case VALUE_DN_BINARY:
		if (dn_binary_split(t, &parts) < 0 || parts.anchor.len != 0)
			return wrong_type(
			    e, t, "octets with a name (B:8:00FF00FF:CN=x)");
		*out = (struct value){.type = type, .text = t};
		return 0;
	}
	return ERR_INTERNAL;
}

int
value_unparse(struct arena *a, const struct value *v, struct text *out)
{
	switch (v->type) {
	case VALUE_BINARY:
		*out = v->text;
		return 0;
	case VALUE_BOOLEAN:
		*out = v->boolean ? TEXT("TRUE") : TEXT("FALSE");
		return 0;
	case VALUE_STRING:
	case VALUE_INTEGER:
	case VALUE_REFERENCE:
	case VALUE_DN_BINARY:
		break;
	}
	return value_format(a, v, out);
}
