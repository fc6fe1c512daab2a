/* tests/unit/expr/golden.c -- see golden.h. */
#include "golden.h"

#include <regex.h>
#include <string.h>

static int
value_of(struct golden *g, const struct json *j, struct value *out)
{
	struct text t;

	switch (json_type(j)) {
	case JSON_STRING:
		*out = value_string(json_text(j));
		return 0;
	case JSON_INTEGER:
		*out = value_integer(json_int(j, 0));
		return 0;
	case JSON_BOOLEAN:
		*out = value_boolean(json_bool(j, false));
		return 0;
	case JSON_OBJECT:
		if (json_has(j, "$ref")) {
			*out = value_reference_dn(json_get_text(j, "$ref"));
			return 0;
		}
		if (hex_decode(g->arena, json_get_text(j, "$bin"), &t, NULL) <
		    0)
			return ERR_SYNTAX;
		*out = value_binary(t);
		return 0;
	case JSON_NULL:
	case JSON_DOUBLE:
	case JSON_LIST:
		break;
	}
	return ERR_SYNTAX;
}

struct filler {
	struct golden *g;
	struct attrs *attrs;
};

/* attrs_add() drops empty text, which IsEmpty() is to see: set by hand. */
static int
fill_one(void *ctx, struct text key, struct json *j)
{
	struct filler *f = ctx;
	bool list = json_type(j) == JSON_LIST;
	size_t n = list ? json_count(j) : 1;
	struct value *values = arena_array(f->g->arena, n, sizeof(*values));
	uint32_t name;

	if (values == NULL || names_intern(f->g->names, key, &name) < 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (value_of(f->g, list ? json_at(j, i) : j, &values[i]) < 0)
			return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++) {
		struct value x = value_integer(0);

		if (attrs_add(f->g->arena, f->attrs, name, x) < 0)
			return ERR_NOMEM;
	}
	if (list &&
	    attrs_add(f->g->arena, &f->g->lists, name, value_integer(0)) < 0)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < f->attrs->count; i++)
		if (f->attrs->items[i].name == name)
			memcpy(f->attrs->items[i].values, values,
			    n * sizeof(*values));
	return 0;
}

static bool
is_list(void *ctx, uint32_t name)
{
	const struct golden *g = ctx;

	return attrs_find(&g->lists, name) != NULL;
}

static bool
parameter(void *ctx, struct text name, struct text *out)
{
	struct golden *g = ctx;
	char *key = arena_strndup(g->arena, name.data, name.len);

	if (key == NULL || !json_has(g->params, key))
		return false;
	*out = json_get_text(g->params, key);
	return true;
}

int
golden_input(struct golden *g, const struct json *inputs)
{
	struct filler f = {g, &g->attrs};
	int r;

	g->params = json_get(inputs, "params");
	g->input = (struct expr_input){.attrs = &g->attrs,
	    .parameter = parameter,
	    .is_list = is_list,
	    .ctx = g};
	r = json_each(json_get(inputs, "attrs"), fill_one, &f);
	if (r == 0 && json_has(inputs, "imported")) {
		f.attrs = &g->imported;
		g->input.imported = &g->imported;
		r = json_each(json_get(inputs, "imported"), fill_one, &f);
	}
	return r;
}

static bool
matches(const char *pattern, struct text t)
{
	char text[512];
	regex_t re;
	bool ok;

	if (t.len >= sizeof(text))
		return false;
	memcpy(text, t.data, t.len);
	text[t.len] = '\0';
	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	ok = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

static bool
same_special(struct golden *g, const struct json *j, const struct expr_value *v)
{
	struct text t;

	if (json_has(j, "$date"))
		return v->type == EXPR_DATE &&
		       expr_format_date(g->arena, v->number, &t) == 0 &&
		       text_equal(t, json_get_text(j, "$date"));
	if (json_has(j, "$literal"))
		return text_is(
		    json_get_text(j, "$literal"), expr_type_name(v->type));
	if (json_has(j, "$match"))
		return v->type == EXPR_STRING &&
		       matches(json_get_text(j, "$match").data, v->text);
	if (json_has(j, "$range"))
		return v->type == EXPR_NUMBER &&
		       v->number >= json_int(json_at(json_get(j, "$range"), 0),
					INT64_MAX) &&
		       v->number <= json_int(json_at(json_get(j, "$range"), 1),
					INT64_MIN);
	return false;
}

static bool
// NOLINTNEXTLINE(misc-no-recursion): two levels, a list holds no list
same(struct golden *g, const struct json *j, const struct expr_value *v)
{
	struct value x, y;

	if (json_type(j) == JSON_NULL)
		return v->type == EXPR_NULL;
	if (json_type(j) == JSON_LIST) {
		if (v->type != EXPR_LIST || v->count != json_count(j))
			return false;
		for (uint32_t i = 0; i < v->count; i++) {
			struct expr_value item = expr_at(v, i);

			if (item.type == EXPR_LIST ||
			    !same(g, json_at(j, i), &item))
				return false;
		}
		return true;
	}
	if (json_type(j) == JSON_OBJECT && same_special(g, j, v))
		return true;
	return value_of(g, j, &x) == 0 && expr_to_value(v, &y) &&
	       value_equal(&x, &y);
}

const char *
golden_differs(struct golden *g, const struct json *expected, int r,
    const struct err *e, const struct expr_value *v)
{
	struct text t = json_get_text(expected, "$error");

	if (t.len > 0) {
		if (r < 0 && text_is(t, e->type))
			return "";
		return r < 0 ? arena_printf(
				   g->arena, "error %s: %s", e->type, e->text)
			     : "no error";
	}
	if (r < 0)
		return arena_printf(g->arena, "error %s: %s", e->type, e->text);
	if (same(g, expected, v))
		return "";
	return arena_printf(g->arena, "a %s %.*s", expr_type_name(v->type),
	    v->type == EXPR_STRING ? (int)v->text.len : 0, v->text.data);
}
