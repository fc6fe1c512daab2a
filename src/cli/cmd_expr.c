/* cli/cmd_expr.c -- `causeway expr eval|check|functions`: the expression
 * language by hand, with no configuration and no store. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/expr_show.h"
#include "expr/expr.h"

#define INPUT_MAX ((size_t)64 << 20)
#define STEPS_MAX 10000U

static const char *input_path;
static bool with_trace;

/* ---- What it reads: {"attrs": {}, "params": {}, "imported": {}} ---- */

struct input {
	struct cli *c;
	struct names *names;
	struct json *root;
	struct attrs attrs, imported;
	struct attrs lists; /* what was told as a list */
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

	if (json_type(j) == JSON_NULL)
		return 0; /* as if it were not there */
	for (size_t i = 0; i < n && r == 0; i++)
		r = read_value(f->in, list ? json_at(j, i) : j, &values[i]);
	if (r < 0 || n == 0)
		return r;
	r = attrs_add(a, f->attrs, name, value_boolean(true));
	if (r == 0 && list)
		r = attrs_add(a, &f->in->lists, name, value_boolean(true));
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
is_list(void *ctx, uint32_t name)
{
	const struct input *in = ctx;

	return attrs_find(&in->lists, name) != NULL;
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
read_json(struct input *in)
{
	struct buf b;
	int r;

	buf_init(&b, INPUT_MAX);
	r = cli_read_file(input_path, &b, in->e);
	if (r == 0)
		r = json_parse(buf_text(&b), INPUT_MAX, &in->root, in->e);
	if (r < 0)
		(void)err_prefix(in->e, "--input");
	buf_clear(&b);
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
	    .is_list = is_list,
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

/* The steps of --trace: lines as they happen, with --json a list. */
struct steps {
	struct cli *c;
	struct json *list;
	size_t count;
};

static void
take_step(void *ctx, const struct expr_step *step)
{
	struct steps *t = ctx;
	const char *line;

	if (t->count++ == STEPS_MAX)
		cli_say("over %u steps: the others are left out", STEPS_MAX);
	if (t->count > STEPS_MAX)
		return;
	if (t->c->json) {
		json_push(t->list, expr_step_json(t->c->arena, step));
		return;
	}
	line = expr_step_line(t->c->arena, step);
	(void)printf("%s\n", line != NULL ? line : "(no memory)");
}

/* Exit 2 for text that is no expression, 3 for one that fails. */
static int
failed(const struct cli *c, const struct err *e, size_t position,
    struct json *trace)
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
		if (trace != NULL)
			json_set(j, "trace", trace);
		(void)cli_print_json(j);
	}
	return syntax ? CLI_USAGE : CLI_OBJECT_ERRORS;
}

/* The value; with --trace --json {"value", "trace"}. */
static int
print_result(struct cli *c, const struct expr_value *v, struct json *trace)
{
	struct json *value = expr_value_json(c->arena, v);
	struct json *j;

	if (trace == NULL)
		return cli_print_json(value);
	j = json_new_object();
	json_set(j, "value", value);
	json_set(j, "trace", trace);
	return cli_print_json(j);
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
run(struct input *in, const struct expr *x)
{
	struct cli *c = in->c;
	struct steps steps = {.c = c};
	const struct expr_trace trace = {take_step, &steps};
	struct expr_value v = {0};
	size_t position = 0;
	int r;

	if (with_trace) {
		in->in.trace = &trace;
		steps.list = c->json ? json_new_list() : NULL;
	}
	r = expr_run(x, &in->in, c->arena, &v, &position, in->e);
	if (r < 0)
		return failed(c, in->e, position, steps.list);
	return print_result(c, &v, steps.list);
}

static int
evaluate(struct cli *c, const char *source, bool running)
{
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct err e = {0};
	struct input in = {.c = c, .names = names, .e = &e};
	const struct expr *x = NULL;
	size_t position = 0;
	int code = CLI_OK, r;

	if (names == NULL)
		return CLI_ERROR;
	if (compile(&in, source, &x, &position) < 0)
		return failed(c, &e, position, NULL);
	if (expr_warning(x) != NULL)
		cli_say("warning: %s", expr_warning(x));
	if (!running)
		return CLI_OK;
	r = read_input(&in);
	if (r == 0)
		code = run(&in, x);
	else if ((code = cli_fail(c, &e)) == CLI_ERROR)
		code = CLI_USAGE;
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
    {"trace", OPTION_FLAG, &with_trace, NULL,
	"each part that was evaluated, in order, with its value"},
};

const struct cli_command cmd_expr_eval = {
    .name = "expr eval",
    .args = "EXPRESSION",
    .summary = "the value of an expression, as JSON",
    .detail = "Exit 2: no expression; 3: it fails on this input.\n"
	      "A list of one in the input stays a list.",
    .min_args = 1,
    .max_args = 1,
    .options = eval_options,
    .option_count = sizeof(eval_options) / sizeof(*eval_options),
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
