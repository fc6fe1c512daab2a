/* cli/advice_show.c -- what errors on objects mean and what helps, for run
 * reports and `status`; see explain.h. */
#include <stdio.h>

#include "cli/explain.h"
#include "engine/advice.h"

#define TYPES_MAX  64U
#define ERRORS_MAX 5000U

static const char *
retry_word(enum advice_retry retry)
{
	switch (retry) {
	case ADVICE_RETRY_ALWAYS:
		return "until-put-right";
	case ADVICE_RETRY_NEVER:
		return "never";
	case ADVICE_RETRY_LATER:
		return "by-itself";
	}
	return "";
}

static void
set_advice(struct json *j, const struct advice *a)
{
	json_set_str(j, "means", a->means);
	json_set_str(j, "remedy", a->remedy);
	json_set_str(j, "retry", retry_word(a->retry));
}

static void
set_conflict(
    const struct session *s, struct json *j, const struct object_error *o)
{
	struct text value = TEXT("");
	struct cs_object cs;
	struct json *other;
	int64_t id;

	if (cs_get(s->setup.store, s->setup.arena, o->cs, CS_EXPORT, &cs,
		NULL) < 0)
		return;
	id = explain_conflict(s, &cs, o, &value);
	if (id == 0)
		return;
	other = explain_cs_json(s, id);
	json_set_text(other, "name", show_cs_name(s, id));
	json_set_text(other, "value", value);
	json_set(j, "conflict", other);
}

void
advice_set(
    const struct session *s, struct json *j, const struct object_error *o)
{
	const struct advice *a = advice_find(o->type);

	if (a == NULL)
		return;
	set_advice(j, a);
	if (a->conflict && o->cs != 0)
		set_conflict(s, j, o);
}

/* ---- By type ---- */

struct type_count {
	struct text type;
	size_t count;
};

static size_t
count_types(const struct object_error *list, size_t n, struct type_count *out)
{
	size_t types = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < types && !text_equal(out[k].type, list[i].type))
			k++;
		if (k == types && types == TYPES_MAX)
			continue;
		if (k == types)
			out[types++] =
			    (struct type_count){.type = list[i].type};
		out[k].count++;
	}
	return types;
}

void
advice_print(const struct object_error *list, size_t n, const char *before)
{
	struct type_count types[TYPES_MAX];
	size_t count = count_types(list, n, types);

	for (size_t i = 0; i < count; i++) {
		const struct advice *a = advice_find(types[i].type);

		if (a != NULL)
			(void)printf("%s%s: %s\n%s    %s\n", before, a->type,
			    a->means, before, a->remedy);
	}
}

/* ---- All that objects have now ---- */

static size_t
errors_now(const struct session *s, struct object_error **out)
{
	struct error_query q = {.max = ERRORS_MAX};
	size_t n = 0;

	if (error_list(s->setup.store, s->setup.arena, &q, out, &n, NULL) < 0)
		return 0;
	return n;
}

struct json *
advice_status_json(const struct session *s)
{
	struct type_count types[TYPES_MAX];
	struct object_error *list = NULL;
	struct json *out = json_new_list();
	size_t n = errors_now(s, &list);
	size_t count = count_types(list, n, types);

	for (size_t i = 0; i < count; i++) {
		const struct advice *a = advice_find(types[i].type);
		struct json *j = json_new_object();

		json_set_text(j, "error-type", types[i].type);
		json_set_int(j, "objects", (int64_t)types[i].count);
		if (a != NULL)
			set_advice(j, a);
		json_push(out, j);
	}
	return out;
}

void
advice_status_print(const struct session *s)
{
	struct type_count types[TYPES_MAX];
	struct object_error *list = NULL;
	size_t n = errors_now(s, &list);
	size_t count = count_types(list, n, types);

	for (size_t i = 0; i < count; i++) {
		const struct advice *a = advice_find(types[i].type);

		(void)printf("%zu %s: %.*s%s%s\n", types[i].count,
		    types[i].count == 1 ? "object" : "objects",
		    TEXT_ARGS(types[i].type), a != NULL ? ": " : "",
		    a != NULL ? a->means : "");
		if (a != NULL)
			(void)printf("    %s\n", a->remedy);
	}
}
