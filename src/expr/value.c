/* expr/value.c -- values of expressions, to and from the model's. */
#include "expr/expr_int.h"

#include "base/clock.h"
#include "model/dn_binary.h"

static const char *const type_names[] = {
    [EXPR_NULL] = "NULL",
    [EXPR_STRING] = "string",
    [EXPR_NUMBER] = "number",
    [EXPR_BOOLEAN] = "boolean",
    [EXPR_BINARY] = "binary",
    [EXPR_REFERENCE] = "reference",
    [EXPR_DATE] = "date",
    [EXPR_LIST] = "list",
    [EXPR_IGNORE] = "IgnoreThisFlow",
    [EXPR_AUTH_NULL] = "AuthoritativeNull",
    [EXPR_WORD] = "word",
};

const char *
expr_type_name(enum expr_type t)
{
	return type_names[t];
}

struct expr_value
expr_of_value(const struct value *v)
{
	struct expr_value x = {.text = v->text};

	switch (v->type) {
	case VALUE_STRING:
		x.type = EXPR_STRING;
		break;
	case VALUE_INTEGER:
		x = make_number(v->integer);
		break;
	case VALUE_BOOLEAN:
		x = make_boolean(v->boolean);
		break;
	case VALUE_BINARY:
		x.type = EXPR_BINARY;
		break;
	case VALUE_DN_BINARY: /* as text: "B:8:00FF00FF:CN=x" */
		x.type = EXPR_STRING;
		x.text = dn_binary_text(v);
		break;
	case VALUE_REFERENCE:
		x.type = EXPR_REFERENCE;
		x.by = v->by;
		x.id = v->id;
		break;
	}
	return x;
}

bool
expr_to_value(const struct expr_value *v, struct value *out)
{
	if (v->type == EXPR_STRING)
		*out = value_string(v->text);
	else if (v->type == EXPR_NUMBER)
		*out = value_integer(v->number);
	else if (v->type == EXPR_BOOLEAN)
		*out = value_boolean(v->boolean);
	else if (v->type == EXPR_BINARY)
		*out = value_binary(v->text);
	else if (v->type == EXPR_REFERENCE) {
		*out = value_reference_dn(v->text);
		out->by = v->by;
		out->id = v->id;
	} else
		return false;
	return true;
}

struct expr_value
expr_at(const struct expr_value *v, uint32_t i)
{
	if (v->type != EXPR_LIST)
		return *v;
	return v->raw ? expr_of_value(&v->values[i]) : v->items[i];
}

struct expr_value
make_list(const struct expr_value *items, uint32_t n)
{
	return (struct expr_value){
	    .type = EXPR_LIST, .count = n, .items = items};
}

int
list_clean(struct run *r, struct expr_value *v)
{
	struct expr_value *items;
	uint32_t n = 0;

	if (v->type != EXPR_LIST || v->raw)
		return 0;
	for (uint32_t i = 0; i < v->count; i++)
		n += v->items[i].type != EXPR_NULL;
	if (n == v->count)
		return 0;
	if (n == 0) {
		*v = make_null();
		return 0;
	}
	if ((items = run_items(r, n)) == NULL)
		return run_nomem(r);
	n = 0;
	for (uint32_t i = 0; i < v->count; i++)
		if (v->items[i].type != EXPR_NULL)
			items[n++] = v->items[i];
	*v = make_list(items, n);
	return 0;
}

bool
values_equal(const struct expr_value *a, const struct expr_value *b)
{
	struct value x, y;

	if (a->type != b->type)
		return false;
	if (a->type == EXPR_NULL)
		return true;
	if (a->type == EXPR_DATE)
		return a->number == b->number;
	return expr_to_value(a, &x) && expr_to_value(b, &y) &&
	       value_equal(&x, &y);
}

int
expr_format_date(struct arena *a, int64_t ticks, struct text *out)
{
	/* whole seconds; 11644473600 of them lie between 1601 and 1970 */
	int64_t s = ticks / 10000000 - (ticks % 10000000 < 0 ? 1 : 0);
	char *p = arena_alloc(a, 32);

	if (p == NULL)
		return ERR_NOMEM;
	*out = text_of(clock_format((s - 11644473600) * 1000, false, p));
	return 0;
}
