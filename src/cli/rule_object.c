/* cli/rule_object.c -- see rule_object.h. */
#include "cli/rule_object.h"

#include <string.h>

#include "cli/cli.h"

#define OBJECT_MAX ((size_t)64 << 20)

/* ---- The document ---- */

struct params {
	struct arena *a;
	struct rule_object *o;
	struct err *e;
};

static int
add_param(void *ctx, struct text name, struct json *value)
{
	struct params *p = ctx;
	struct text *at = &p->o->params[2 * p->o->param_count];
	char *number;

	at[0] = text_dup(p->a, name);
	if (json_type(value) == JSON_INTEGER) {
		number =
		    arena_printf(p->a, "%lld", (long long)json_int(value, 0));
		at[1] = number == NULL ? TEXT("") : text_of(number);
	} else if (json_type(value) == JSON_STRING) {
		at[1] = json_text(value);
	} else {
		return err_set(p->e, ERR_SYNTAX,
		    "parameters: %.*s: a string is wanted", TEXT_ARGS(name));
	}
	p->o->param_count++;
	return 0;
}

static int
read_members(struct arena *a, struct rule_object *o, struct err *e)
{
	struct json *params = json_get(o->root, "parameters");
	struct params p = {a, o, e};

	if (json_type(o->root) != JSON_OBJECT ||
	    json_get_text(o->root, "objectType").len == 0 ||
	    json_type(json_get(o->root, "cs")) != JSON_OBJECT)
		return err_set(e, ERR_SYNTAX,
		    "{\"objectType\": name, \"cs\": {attribute: value}} is "
		    "wanted");
	o->type = json_get_text(o->root, "objectType");
	o->dn = json_get_text(json_get(o->root, "cs"), "dn");
	o->params =
	    arena_array(a, 2 * json_count(params) + 2, sizeof(*o->params));
	if (o->params == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return params == NULL ? 0 : json_each(params, add_param, &p);
}

int
rule_object_read(
    struct arena *a, const char *path, struct rule_object *out, struct err *e)
{
	struct buf b;
	int r;

	*out = (struct rule_object){0};
	buf_init(&b, OBJECT_MAX);
	r = cli_read_file(path, &b, e);
	if (r == 0) {
		r = json_parse(buf_text(&b), OBJECT_MAX, &out->root, e);
		if (r < 0)
			(void)err_prefix(e, "%s", path);
	}
	buf_clear(&b);
	if (r < 0)
		return r;
	r = read_members(a, out, e);
	return r < 0 ? (void)err_prefix(e, "%s", path), r : 0;
}

void
rule_object_clear(struct rule_object *o)
{
	o->root = json_free(o->root);
}

/* ---- Values ---- */

struct filler {
	struct arena *a;
	const struct rule_object_attrs *how;
	struct attrs *out;
	struct err *e;
};

static int
wrapped_value(struct filler *f, const struct json *j, struct value *out)
{
	struct text t;

	if (json_has(j, "$ref")) {
		*out = value_reference_dn(json_get_text(j, "$ref"));
		return 0;
	}
	if (!json_has(j, "$bin"))
		return err_set(f->e, ERR_SYNTAX,
		    "a value is a string, an integer, true, false, "
		    "{\"$bin\": hex} or {\"$ref\": dn}");
	if (hex_decode(f->a, json_get_text(j, "$bin"), &t, f->e) < 0)
		return ERR_SYNTAX;
	*out = value_binary(t);
	return 0;
}

static int
plain_value(struct filler *f, const struct json *j, struct value *out)
{
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
	case JSON_NULL:
	case JSON_DOUBLE:
	case JSON_LIST:
		break;
	}
	return wrapped_value(f, j, out);
}

/* To the type that the directory would have given. */
static int
typed_value(struct filler *f, const struct json *j, enum value_type type,
    struct value *out)
{
	struct value v = {.id = 0};
	struct text t = {0};
	int r = plain_value(f, j, &v);

	if (r < 0)
		return r;
	if (v.type == type || type == 0) {
		*out = v;
		return 0;
	}
	if (v.type == VALUE_BINARY || v.type == VALUE_REFERENCE ||
	    type == VALUE_BINARY)
		return err_set(f->e, ERR_TYPE, "a %s where a %s is wanted",
		    value_type_name(v.type), value_type_name(type));
	if (value_format(f->a, &v, &t) < 0)
		return err_set(f->e, ERR_NOMEM, "out of memory");
	return value_parse(type, t, out, f->e);
}

/* As the schema spells it; 0: it is not in it. */
static uint32_t
name_of(struct filler *f, struct text key)
{
	const struct schema *s = f->how->schema;
	uint32_t name = names_find(f->how->names, key);

	if (s == NULL || (name != 0 && schema_find(s, name) != NULL))
		return name;
	for (size_t i = 0; i < schema_count(s); i++)
		if (text_equal_nocase(
			names_text(f->how->names, schema_at(s, i)->name), key))
			return schema_at(s, i)->name;
	return 0;
}

static int
fill_one(void *ctx, struct text key, struct json *j)
{
	struct filler *f = ctx;
	bool list = json_type(j) == JSON_LIST;
	size_t n = list ? json_count(j) : 1;
	uint32_t name = name_of(f, key);
	const struct schema_attr *a = NULL;
	int r = 0;

	if (text_is_nocase(key, "dn") || json_type(j) == JSON_NULL)
		return 0;
	if (name == 0 && f->how->schema != NULL)
		f->how->unknown(f->how->ctx, key);
	if (name == 0 && (r = names_intern(f->how->names, key, &name)) < 0)
		return err_set(f->e, r, "\"%.*s\" is no name", TEXT_ARGS(key));
	if (f->how->schema != NULL)
		a = schema_find(f->how->schema, name);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct value v = {.id = 0};

		r = typed_value(
		    f, list ? json_at(j, i) : j, a != NULL ? a->type : 0, &v);
		if (r < 0)
			return err_prefix(
			    f->e, "attribute %.*s", TEXT_ARGS(key));
		r = attrs_add(f->a, f->out, name, v);
	}
	return r < 0 ? err_set(f->e, r, "too many values") : 0;
}

int
rule_object_attributes(const struct rule_object *o, struct arena *a,
    const struct rule_object_attrs *how, struct attrs *out, struct err *e)
{
	struct filler f = {a, how, out, e};

	return json_each(json_get(o->root, "cs"), fill_one, &f);
}
