/* cli/cmd_expr.c -- `causeway expr eval|check|functions`: the expression
 * language by hand, with no configuration and no store. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "expr/expr.h"

#define INPUT_MAX ((size_t)64 << 20)

static const char *input_path;

/* ---- What it reads: {"attrs": {}, "params": {}, "imported": {}} ---- */

struct input {
	struct cli *c;
	struct names *names;
	struct json *root;
	struct attrs attrs, imported;
	struct expr_input in;
	struct err *e;
};

/* The JSON forms of values: plain, {"$bin": hex}, {"$ref": dn}. */
static int
read_value(struct input *in, const struct json *j, struct value *out)
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
		if (!json_has(j, "$bin"))
			break;
		if (hex_decode(
			in->c->arena, json_get_text(j, "$bin"), &t, in->e) < 0)
			return ERR_SYNTAX;
		*out = value_binary(t);
		return 0;
	case JSON_NULL:
	case JSON_DOUBLE:
	case JSON_LIST:
		break;
	}
	return err_set(in->e, ERR_SYNTAX,
	    "a value is a string, an integer, true, false, {\"$bin\": hex} or "
	    "{\"$ref\": dn}");
}

struct filler {
	struct input *in;
	struct attrs *attrs;
};

/* attrs_set() drops empty text; IsEmpty() is to see it, so the list is put
 * in place after the attribute has been made. */
static int
fill_attribute(void *ctx, struct text key, struct json *j)
{
	struct filler *f = ctx;
	struct arena *a = f->in->c->arena;
	bool list = json_type(j) == JSON_LIST;
	size_t n = list ? json_count(j) : 1;
	struct value *values = arena_array(a, n, sizeof(*values));
	uint32_t name = 0;
	int r =
	    values != NULL ? names_intern(f->in->names, key, &name) : ERR_NOMEM;

	for (size_t i = 0; i < n && r == 0; i++)
		r = read_value(f->in, list ? json_at(j, i) : j, &values[i]);
	if (r < 0 || n == 0)
		return r;
	r = attrs_add(a, f->attrs, name, value_boolean(true));
	for (uint32_t i = 0; i < f->attrs->count && r == 0; i++) {
		struct attr *attr = &f->attrs->items[i];

		if (attr->name == name)
			*attr = (struct attr){.name = name,
			    .values = values,
			    .count = (uint32_t)n,
			    .size = (uint32_t)n};
	}
	return r;
}

static bool
parameter(void *ctx, struct text name, struct text *out)
{
	const struct input *in = ctx;
	const struct json *params = json_get(in->root, "params");
	char *key = arena_strndup(in->c->arena, name.data, name.len);

	if (key == NULL || !json_has(params, key))
		return false;
	*out = json_get_text(params, key);
	return true;
}

static int
read_stream(FILE *f, struct buf *out)
{
	char chunk[4096];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(out, chunk, n);
	return ferror(f) != 0 ? ERR_IO : buf_error(out);
}

static int
read_json(struct input *in)
{
	FILE *f =
	    strcmp(input_path, "-") == 0 ? stdin : fopen(input_path, "re");
	struct buf b;
	int r;

	if (f == NULL)
		return err_set(in->e, ERR_NOENT, "%s: %s", input_path,
		    strerrordesc_np(errno));
	buf_init(&b, INPUT_MAX);
	r = read_stream(f, &b);
	if (r < 0)
		(void)err_set(in->e, r, "%s: %s", input_path, err_name(r));
	if (r == 0)
		r = json_parse(buf_text(&b), INPUT_MAX, &in->root, in->e);
	if (r < 0)
		(void)err_prefix(in->e, "--input");
	buf_clear(&b);
	if (f != stdin)
		(void)fclose(f);
	return r;
}

static int
read_input(struct input *in)
{
	struct filler attrs = {in, &in->attrs};
	struct filler imported = {in, &in->imported};
	int r = input_path != NULL ? read_json(in) : 0;

	in->in = (struct expr_input){
	    .attrs = &in->attrs,
	    .parameter = parameter,
	    .ctx = in,
	    .now_ms = clock_now_ms(),
	};
	if (r == 0 && json_has(in->root, "attrs"))
		r = json_each(
		    json_get(in->root, "attrs"), fill_attribute, &attrs);
	if (r == 0 && json_has(in->root, "imported")) {
		in->in.imported = &in->imported;
		r = json_each(
		    json_get(in->root, "imported"), fill_attribute, &imported);
	}
	return r;
}

/* ---- What it prints ---- */

static struct json *
result_json(struct cli *c, const struct expr_value *v)
{
	const struct session none = {.setup = {.arena = c->arena}};
	struct json *j;
	struct value one;
	struct text t;

	if (expr_to_value(v, &one))
		return show_value(&none, &one);
	switch (v->type) {
	case EXPR_DATE:
		if (expr_format_date(c->arena, v->number, &t) < 0)
			return NULL;
		j = json_new_object();
		json_set_text(j, "$date", t);
		return j;
	case EXPR_IGNORE:
	case EXPR_AUTH_NULL:
		j = json_new_object();
		json_set_str(j, "$literal", expr_type_name(v->type));
		return j;
	case EXPR_NULL:
	case EXPR_STRING:
	case EXPR_NUMBER:
	case EXPR_BOOLEAN:
	case EXPR_BINARY:
	case EXPR_REFERENCE:
	case EXPR_LIST:
	case EXPR_WORD:
		break;
	}
	return json_new_null();
}

static struct json *
value_json(struct cli *c, const struct expr_value *v)
{
	struct json *list;

	if (v->type != EXPR_LIST)
		return result_json(c, v);
	list = json_new_list();
	for (uint32_t i = 0; i < v->count; i++) {
		struct expr_value item = expr_at(v, i);

		json_push(list, result_json(c, &item));
	}
	return list;
}

/* Exit 2 for text that is no expression, 3 for one that fails. */
static int
failed(const struct cli *c, const struct err *e, size_t position)
{
	bool syntax = strcmp(e->type, "syntax") == 0;
	struct json *j;

	if (e->code != ERR_SYNTAX && e->code != ERR_RULE)
		return cli_fail(c, e);
	cli_say("%s: %s (at %zu)", e->type, e->text, position);
	if (c->json) {
		j = json_new_object();
		json_set_str(j, "$error", e->type);
		json_set_str(j, "message", e->text);
		json_set_int(j, "position", (int64_t)position);
		(void)cli_print_json(j);
	}
	return syntax ? CLI_USAGE : CLI_OBJECT_ERRORS;
}

static int
print_result(struct cli *c, const struct expr_value *v)
{
	return cli_print_json(value_json(c, v));
}

/* ---- The commands ---- */

static int
compile(struct input *in, const char *source, const struct expr **out,
    size_t *position)
{
	const struct expr_scope scope = {.names = in->names};

	return expr_compile(
	    &scope, text_of(source), in->c->arena, out, position, in->e);
}

static int
evaluate(struct cli *c, const char *source, bool run)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct err e = {0};
	struct input in = {.c = c, .names = names, .e = &e};
	const struct expr *x = NULL;
	struct expr_value v = {0};
	size_t position = 0;
	int code, r;

	if (names == NULL)
		return CLI_ERROR;
	r = compile(&in, source, &x, &position);
	if (r == 0 && expr_warning(x) != NULL)
		cli_say("warning: %s", expr_warning(x));
	if (r == 0 && run) {
		r = read_input(&in);
		if (r < 0) {
			code = cli_fail(c, &e);
			(void)json_free(in.root);
			return code == CLI_ERROR ? CLI_USAGE : code;
		}
		r = expr_run(x, &in.in, c->arena, &v, &position, &e);
	}
	code = r < 0 ? failed(c, &e, position)
	       : run ? print_result(c, &v)
		     : CLI_OK;
	(void)json_free(in.root);
	return code;
}

static int
do_eval(struct cli *c, char **args, int count)
{
	(void)count;
	return evaluate(c, args[0], true);
}

static const struct cli_option eval_options[] = {
    {"input", OPTION_TEXT, &input_path, "FILE|-",
	"JSON with attrs, params, imported"},
};

const struct cli_command cmd_expr_eval = {
    .name = "expr eval",
    .args = "EXPRESSION",
    .summary = "the value of an expression, as JSON",
    .detail = "Exit 2: no expression; 3: it fails on this input.",
    .min_args = 1,
    .max_args = 1,
    .options = eval_options,
    .option_count = 1,
    .run = do_eval,
};

static int
do_check(struct cli *c, char **args, int count)
{
	(void)count;
	return evaluate(c, args[0], false);
}

const struct cli_command cmd_expr_check = {
    .name = "expr check",
    .args = "EXPRESSION",
    .summary = "whether an expression is one",
    .min_args = 1,
    .max_args = 1,
    .run = do_check,
};

static int
do_functions(struct cli *c, char **args, int count)
{
	static const char *const titles[] = {"FUNCTION", "RESULT", "WHAT"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 3);
	struct json *list = c->json ? json_new_list() : NULL;

	(void)args;
	(void)count;
	for (size_t i = 0; i < expr_function_count(); i++) {
		struct expr_function_info f = expr_function_at(i);
		struct json *j;

		if (list == NULL) {
			table_cell(t, "%s(%s)", f.name, f.arguments);
			table_cell(t, "%s", f.result);
			table_cell(t, "%s", f.what);
			continue;
		}
		j = json_new_object();
		json_set_str(j, "name", f.name);
		json_set_str(j, "arguments", f.arguments);
		json_set_str(j, "result", f.result);
		json_set_str(j, "null", f.null_rule);
		json_set_str(j, "what", f.what);
		json_push(list, j);
	}
	if (list != NULL)
		return cli_print_json(list);
	table_print(t, stdout);
	return CLI_OK;
}

const struct cli_command cmd_expr_functions = {
    .name = "expr functions",
    .args = "",
    .summary = "every function with its arguments",
    .min_args = 0,
    .max_args = 0,
    .run = do_functions,
};
