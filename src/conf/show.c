/* conf/show.c -- the settings given out: with their values as JSON, and as a
 * table for the manual. */
#include <string.h>

#include "conf/conf_int.h"

/* Every member of a section's struct that is a list begins like this. */
struct list {
	const char *items;
	size_t count;
};

static struct json *
texts_json(const struct conf_texts *t)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < t->count; i++)
		json_push(list, json_new_text(t->items[i]));
	return list;
}

static struct json *
map_json(const struct conf_map *m)
{
	struct json *o = json_new_object();

	for (size_t i = 0; i < m->count; i++)
		json_set_text(o, m->items[i].name.data, m->items[i].value);
	return o;
}

static struct json *
number_json(const struct setting *s, int64_t n)
{
	char out[32];

	if (s->may_be_off && n == CONF_OFF)
		return json_new_text(TEXT("off"));
	if (s->type == SETTING_INT)
		return json_new_int(n);
	duration_format(n, out);
	return json_new_text(text_of(out));
}

static void section_json(const struct section *section, const char *data,
    unsigned kinds, struct json *object);

// NOLINTBEGIN(misc-no-recursion): as deep as the table, three levels

static struct json *
sections_json(const struct section *section, const char *data)
{
	struct json *list = json_new_list();
	struct list items;

	memcpy(&items, data, sizeof(items));
	for (size_t i = 0; i < items.count; i++) {
		const char *at = items.items + i * section->size;
		const struct setting *kind =
		    setting_find(section, 0, TEXT("kind"));
		struct json *o = json_new_object();
		unsigned mask = KINDS_UNKNOWN;
		int id = 0;

		if (kind != NULL) {
			memcpy(&id, at + kind->offset, sizeof(id));
			mask = 1U << (unsigned)id;
		}
		section_json(section, at, mask, o);
		json_push(list, o);
	}
	return list;
}

/* out stays NULL where there is nothing to say. */
static struct json *
value_json(const struct setting *s, const char *data, unsigned kinds)
{
	const void *at = data;
	struct json *o;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_FILTER:
	case SETTING_SECRET:
		return json_new_text(*(const struct text *)at);
	case SETTING_BOOL:
		return json_new_bool(*(const bool *)at);
	case SETTING_INT:
	case SETTING_DURATION:
		return number_json(s, *(const int64_t *)at);
	case SETTING_ENUM:
		return json_new_text(text_of(s->choices[*(const int *)at]));
	case SETTING_TEXTS:
		return texts_json(at);
	case SETTING_MAP:
		return map_json(at);
	case SETTING_SECTION:
		o = json_new_object();
		section_json(s->section, data, kinds, o);
		return o;
	case SETTING_SECTIONS:
		return sections_json(s->section, data);
	}
	return NULL;
}

static bool
is_unset(const struct setting *s, const char *data)
{
	const void *at = data;

	return s->type <= SETTING_SECRET && ((const struct text *)at)->len == 0;
}

static void
section_json(const struct section *section, const char *data, unsigned kinds,
    struct json *object)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct setting *s = &section->settings[i];
		const char *at = data + s->offset;

		if (setting_applies(s, kinds) && !is_unset(s, at))
			json_set(object, s->name, value_json(s, at, kinds));
	}
}

int
conf_write_json(const struct conf *c, struct json *object)
{
	const void *data = c;

	if (object == NULL)
		return ERR_NOMEM;
	json_set_text(object, "file", c->path);
	section_json(&section_top, data, KINDS_UNKNOWN, object);
	return 0;
}

static int
join_texts(const struct conf_texts *t, struct arena *a, struct text *out)
{
	struct buf b;
	int r;

	buf_init(&b, 65536);
	for (size_t i = 0; i < t->count; i++) {
		buf_puts(&b, i > 0 ? ", " : "");
		buf_text_add(&b, t->items[i]);
	}
	*out = text_dup(a, buf_text(&b));
	r = buf_error(&b);
	buf_clear(&b);
	return r < 0 ? r : out->data == NULL ? ERR_NOMEM : 0;
}

int
conf_default_rule(
    const struct conf *c, struct text name, struct arena *a, struct text *out)
{
	const struct setting *s =
	    setting_find(&section_default_rules, KINDS_UNKNOWN, name);
	const void *at = &c->default_rules;
	const char *t;

	if (s == NULL)
		return ERR_NOENT;
	at = (const char *)at + s->offset;
	switch (s->type) {
	case SETTING_TEXT:
		*out = *(const struct text *)at;
		return 0;
	case SETTING_BOOL:
		*out = *(const bool *)at ? TEXT("true") : TEXT("false");
		return 0;
	case SETTING_INT:
		t = arena_printf(a, "%jd", (intmax_t) * (const int64_t *)at);
		*out = text_of(t);
		return t == NULL ? ERR_NOMEM : 0;
	case SETTING_ENUM:
		*out = text_of(s->choices[*(const int *)at]);
		return 0;
	case SETTING_TEXTS:
		return join_texts(at, a, out);
	case SETTING_PATH:
	case SETTING_FILTER:
	case SETTING_SECRET:
	case SETTING_DURATION:
	case SETTING_MAP:
	case SETTING_SECTION:
	case SETTING_SECTIONS:
		break;
	}
	return ERR_NOENT;
}

/* ---- The manual ---- */

/* scdoc takes _ and * for marks. */
static void
put_plain(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr("_*<>\\#`", *s) != NULL)
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
}

static void
put_type(struct buf *out, const struct setting *s)
{
	static const char *const names[] = {
	    [SETTING_TEXT] = "text",
	    [SETTING_PATH] = "path",
	    [SETTING_FILTER] = "LDAP filter",
	    [SETTING_SECRET] =
		"reference to a secret: file:PATH, env:NAME, credential:NAME",
	    [SETTING_BOOL] = "true or false",
	    [SETTING_INT] = "number",
	    [SETTING_DURATION] = "time such as 90s, 30m, 2h, 1d",
	    [SETTING_ENUM] = "one of",
	    [SETTING_TEXTS] = "list of texts",
	    [SETTING_MAP] = "map of names and texts",
	    [SETTING_SECTION] = "section",
	    [SETTING_SECTIONS] = "list of sections",
	};

	put_plain(out, names[s->type]);
	if (s->type == SETTING_INT)
		buf_printf(
		    out, " %jd to %jd", (intmax_t)s->min, (intmax_t)s->max);
	for (size_t i = 0; s->choices != NULL && s->choices[i] != NULL; i++)
		buf_printf(out, "%s %s", i > 0 ? "," : "", s->choices[i]);
	if (s->may_be_off)
		buf_puts(out, " or off");
}

static void
put_kinds(struct buf *out, unsigned kinds)
{
	bool first = true;

	if (kinds == 0)
		return;
	buf_puts(out, "; kind");
	for (size_t i = 0; conf_kinds[i] != NULL; i++) {
		if ((kinds & 1U << i) == 0)
			continue;
		buf_printf(out, "%s %s", first ? "" : ",", conf_kinds[i]);
		first = false;
	}
}

static void
put_setting(struct buf *out, const struct setting *s, const char *prefix)
{
	buf_putc(out, '*');
	put_plain(out, prefix);
	put_plain(out, s->name);
	buf_puts(out, s->type == SETTING_SECTIONS ? "[]* (" : "* (");
	put_type(out, s);
	put_kinds(out, s->kinds);
	if (s->required)
		buf_puts(out, "; required");
	if (s->otherwise != NULL) {
		buf_puts(out, "; default ");
		put_plain(out, s->otherwise);
	}
	buf_puts(out, ")\n\t");
	put_plain(out, s->help);
	buf_puts(out, ".\n\n");
}

static void
describe(struct buf *out, const struct section *section, const char *prefix)
{
	char inner[64];

	for (size_t i = 0; i < section->count; i++) {
		const struct setting *s = &section->settings[i];

		put_setting(out, s, prefix);
		if (s->section == NULL)
			continue;
		(void)snprintf(inner, sizeof(inner), "%s%s%s.", prefix, s->name,
		    s->type == SETTING_SECTIONS ? "[]" : "");
		describe(out, s->section, inner);
	}
}

// NOLINTEND(misc-no-recursion)

int
conf_describe(struct buf *out)
{
	describe(out, &section_top, "");
	return buf_error(out);
}
