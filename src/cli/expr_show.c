/* cli/expr_show.c -- see expr_show.h. */
#include "cli/expr_show.h"

#define LINE_TEXT_MAX  200U /* bytes of a part in a line of text */
#define LINE_VALUE_MAX ((size_t)64 << 20)
#define LINE_DEPTH_MAX 20U

static struct json *
wrapped(const char *key, struct text t)
{
	struct json *j = json_new_object();

	json_set_text(j, key, t);
	return j;
}

static struct json *
reference_json(struct arena *a, const struct expr_value *v)
{
	struct value one;
	struct text t;

	if (!expr_to_value(v, &one) || value_format(a, &one, &t) < 0)
		return NULL;
	return wrapped("$ref", t);
}

static struct json *
single_json(struct arena *a, const struct expr_value *v)
{
	struct text t;

	switch (v->type) {
	case EXPR_STRING:
		return json_new_text(v->text);
	case EXPR_NUMBER:
		return json_new_int(v->number);
	case EXPR_BOOLEAN:
		return json_new_bool(v->boolean);
	case EXPR_BINARY:
		return hex_encode(a, v->text, &t) < 0 ? NULL
						      : wrapped("$bin", t);
	case EXPR_REFERENCE:
		return reference_json(a, v);
	case EXPR_DATE:
		return expr_format_date(a, v->number, &t) < 0
			   ? NULL
			   : wrapped("$date", t);
	case EXPR_IGNORE:
	case EXPR_AUTH_NULL:
		return wrapped("$literal", text_of(expr_type_name(v->type)));
	case EXPR_WORD:
		return json_new_text(v->text);
	case EXPR_NULL:
	case EXPR_LIST:
		break;
	}
	return json_new_null();
}

struct json *
expr_value_json(struct arena *a, const struct expr_value *v)
{
	struct json *list;

	if (v->type != EXPR_LIST)
		return single_json(a, v);
	list = json_new_list();
	for (uint32_t i = 0; i < v->count; i++) {
		struct expr_value item = expr_at(v, i);

		json_push(list, single_json(a, &item));
	}
	return list;
}

struct json *
expr_step_json(struct arena *a, const struct expr_step *step)
{
	struct json *j = json_new_object();

	json_set_int(j, "from", (int64_t)step->from);
	json_set_int(j, "to", (int64_t)step->to);
	json_set_int(j, "depth", step->depth);
	json_set_text(j, "text", step->source);
	if (step->error == NULL) {
		json_set(j, "value", expr_value_json(a, &step->value));
		return j;
	}
	json_set_str(j, "error", step->error);
	json_set_str(j, "message", step->message);
	return j;
}

/* On one line: what is longer is cut, at the beginning of a character. */
static struct text
one_line(struct arena *a, struct text t)
{
	char *p;
	size_t n = t.len < LINE_TEXT_MAX ? t.len : LINE_TEXT_MAX;

	while (n < t.len && n > 0 && ((unsigned char)t.data[n] & 0xc0) == 0x80)
		n--;
	p = arena_strndup(a, t.data, n);
	if (p == NULL)
		return TEXT("");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] < 0x20)
			p[i] = ' ';
	return (struct text){p, n};
}

static const char *
outcome(struct arena *a, const struct expr_step *step)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct buf b;
	const char *line = NULL;

	if (step->error != NULL)
		return arena_printf(
		    a, "error %s: %s", step->error, step->message);
	j = expr_value_json(a, &step->value);
	buf_init(&b, LINE_VALUE_MAX);
	if (j != NULL && json_write(j, false, &b) == 0)
		line = arena_strndup(a, buf_text(&b).data, buf_text(&b).len);
	buf_clear(&b);
	return line;
}

const char *
expr_step_line(struct arena *a, const struct expr_step *step)
{
	unsigned depth =
	    step->depth < LINE_DEPTH_MAX ? step->depth : LINE_DEPTH_MAX;
	struct text source = one_line(a, step->source);
	const char *gave = outcome(a, step);

	if (gave == NULL)
		return NULL;
	return arena_printf(a, "%4zu-%-4zu %*s%.*s -> %s", step->from, step->to,
	    (int)depth * 2, "", TEXT_ARGS(source), gave);
}
