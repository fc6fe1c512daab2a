/* conf/load.c -- a YAML tree to structs, along the table of settings. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/ldap_filter.h"
#include "conf/conf_int.h"

/* The layout of conf_texts, conf_map, conf_partitions, conf_connectors. */
struct list {
	void *items;
	size_t count;
};

void
problem_add(struct loader *l, bool blocks, unsigned line, unsigned column,
    const char *fmt, ...)
{
	struct conf_problems *all = l->problems;
	char text[1024];
	char *whole;
	va_list ap;

	l->blocked = l->blocked || blocks;
	if (all->count == CONF_MAX_PROBLEMS) {
		all->more++;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line == 0)
		whole = arena_printf(l->arena, "%s: %s", l->path, text);
	else
		whole = arena_printf(
		    l->arena, "%s:%u:%u: %s", l->path, line, column, text);
	if (whole == NULL) {
		l->no_memory = true;
		return;
	}
	all->items[all->count++] = (struct conf_problem){.blocks = blocks,
	    .line = line,
	    .column = column,
	    .text = text_of(whole)};
}

/* ---- Names that are nearly right ---- */

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits that turn a into b; names of settings are short. */
static size_t
distance(struct text a, struct text b)
{
	size_t row[32];

	if (a.len >= 31 || b.len >= 31)
		return 31;
	for (size_t k = 0; k <= b.len; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.len; i++) {
		size_t left_up = row[0];

		row[0] = i;
		for (size_t k = 1; k <= b.len; k++) {
			size_t up = row[k];
			size_t swap =
			    left_up + (a.data[i - 1] != b.data[k - 1]);

			row[k] = smaller(swap, smaller(up, row[k - 1]) + 1);
			left_up = up;
		}
	}
	return row[b.len];
}

static const char *
nearest(const struct section *section, unsigned kinds, struct text name)
{
	const char *best = NULL;
	size_t least = 1 + (name.len + 2) / 3;

	for (size_t i = 0; i < section->count; i++) {
		const struct setting *s = &section->settings[i];
		size_t d = distance(name, text_of(s->name));

		if (setting_applies(s, kinds) && d < least) {
			least = d;
			best = s->name;
		}
	}
	return best;
}

static void
unknown_name(
    struct loader *l, const struct section *section, const struct yaml_node *n)
{
	const char *near = nearest(section, l->kinds, n->key);
	int len = (int)smaller(n->key.len, 60);

	if (setting_find(section, ~0U, n->key) != NULL)
		problem_add(l, true, n->key_line, n->key_column,
		    "%.*s is no setting of this kind of connector", len,
		    n->key.data);
	else if (near != NULL)
		problem_add(l, true, n->key_line, n->key_column,
		    "no setting is called %.*s; did you mean %s?", len,
		    n->key.data, near);
	else
		problem_add(l, true, n->key_line, n->key_column,
		    "no setting is called %.*s", len, n->key.data);
}

/* ---- Values ---- */

static bool
has_control(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (((unsigned char)t.data[i] < 0x20 && t.data[i] != 0x09) ||
		    t.data[i] == 0x7f)
			return true;
	return false;
}

static struct text
keep(struct loader *l, struct text t)
{
	struct text copy = text_dup(l->arena, t);

	if (copy.data == NULL) {
		l->no_memory = true;
		return TEXT("");
	}
	return copy;
}

static bool
scalar_text(struct loader *l, const char *name, const struct yaml_node *n,
    struct text *out)
{
	if (n->kind != YAML_SCALAR)
		PROBLEM(l, n, "%s takes text, not a %s", name,
		    n->kind == YAML_LIST ? "list" : "map");
	else if (yaml_is_null(n))
		PROBLEM(l, n, "%s has no value", name);
	else if (n->text.len > CONF_MAX_TEXT)
		PROBLEM(
		    l, n, "%s is longer than %u bytes", name, CONF_MAX_TEXT);
	else if (has_control(n->text))
		PROBLEM(l, n, "%s holds a control character", name);
	else {
		*out = n->text;
		return true;
	}
	return false;
}

static struct text
absolute(struct loader *l, struct text path)
{
	struct text out = path;

	if (conf_resolve(l->arena, l->dir, path, &out) < 0)
		l->no_memory = true;
	return out;
}

static void
set_text(struct loader *l, const struct setting *s, const struct yaml_node *n,
    struct text *out)
{
	struct text t;

	if (!scalar_text(l, s->name, n, &t))
		return;
	if (t.len == 0 && s->required)
		PROBLEM(l, n, "%s must not be empty", s->name);
	*out = s->type == SETTING_PATH ? absolute(l, t) : keep(l, t);
}

/* Kept in normal form, so that another way to write the same is no change.
 * A line end is a blank here: a long filter stands in several lines. */
static void
set_filter(struct loader *l, const struct setting *s, const struct yaml_node *n,
    struct text *out)
{
	struct ldap_filter *f = NULL;
	struct err e = {0};
	struct buf b;
	int r;

	if (n->kind != YAML_SCALAR || yaml_is_null(n)) {
		PROBLEM(
		    l, n, "%s takes an LDAP filter such as (mail=*)", s->name);
		return;
	}
	r = ldap_filter_parse(l->arena, n->text, &f, &e);
	if (r == ERR_NOMEM) {
		l->no_memory = true;
		return;
	}
	if (r < 0) {
		PROBLEM(l, n, "%s: %s", s->name, e.text);
		return;
	}
	buf_init(&b, LDAP_FILTER_MAX_BYTES);
	ldap_filter_format(f, &b);
	if (buf_error(&b) == ERR_LIMIT)
		PROBLEM(l, n, "%s: in normal form longer than %u bytes",
		    s->name, LDAP_FILTER_MAX_BYTES);
	else if (buf_error(&b) < 0)
		l->no_memory = true;
	else
		*out = keep(l, buf_text(&b));
	buf_clear(&b);
}

/* The text that was written is never repeated: it may be the secret. */
static void
set_secret(struct loader *l, const struct setting *s, const struct yaml_node *n,
    struct text *out)
{
	static const char *const prefixes[] = {"file:", "env:", "credential:"};
	struct text t, rest;
	char *whole;

	if (!scalar_text(l, s->name, n, &t))
		return;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);

		if (!text_starts_nocase(t, prefixes[i]) || t.len == len)
			continue;
		*out = t;
		if (i != 0)
			return;
		rest = absolute(l, (struct text){t.data + len, t.len - len});
		whole = arena_printf(l->arena, "file:%.*s", TEXT_ARGS(rest));
		l->no_memory = l->no_memory || whole == NULL;
		*out = text_of(whole);
		return;
	}
	PROBLEM(l, n,
	    "%s is a secret and is never written here: name it by file:PATH, "
	    "env:NAME or credential:NAME",
	    s->name);
}

static void
set_bool(struct loader *l, const struct setting *s, const struct yaml_node *n,
    bool *out)
{
	if (yaml_to_bool(n, out) < 0)
		PROBLEM(l, n, "%s takes true or false", s->name);
}

static void
set_number(struct loader *l, const struct setting *s, const struct yaml_node *n,
    int64_t *out)
{
	bool duration = s->type == SETTING_DURATION;
	const char *or_off = s->may_be_off ? " or off" : "";
	int64_t v = 0;
	int r;

	if (s->may_be_off && n->kind == YAML_SCALAR &&
	    text_is(n->text, "off")) {
		*out = CONF_OFF;
		return;
	}
	if (duration)
		r = n->kind == YAML_SCALAR ? duration_parse(n->text, &v)
					   : ERR_TYPE;
	else
		r = yaml_to_int64(n, &v);
	if (r < 0 && r != ERR_LIMIT)
		PROBLEM(l, n, "%s takes a %s%s", s->name,
		    duration ? "time such as 90s, 30m, 2h or 1d" : "number",
		    or_off);
	else if (r == 0 && v >= s->min && v <= s->max)
		*out = v;
	else if (duration)
		PROBLEM(l, n, "%s is out of range", s->name);
	else
		PROBLEM(l, n, "%s takes a number from %jd to %jd%s", s->name,
		    (intmax_t)s->min, (intmax_t)s->max, or_off);
}

/* Of the choices; -1 and a problem where it is none. */
static int
choice(struct loader *l, const struct setting *s, const struct yaml_node *n,
    struct text t)
{
	char list[256] = "";
	size_t len = 0;

	for (int i = 0; s->choices[i] != NULL; i++) {
		if (text_is(t, s->choices[i]))
			return i;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    i > 0 ? ", " : "", s->choices[i]);
	}
	PROBLEM(l, n, "%s is one of %s, not %.*s", s->name, list,
	    (int)smaller(t.len, 60), t.data);
	return -1;
}

static void
set_enum(struct loader *l, const struct setting *s, const struct yaml_node *n,
    int *out)
{
	struct text t;
	int i;

	if (!scalar_text(l, s->name, n, &t))
		return;
	i = choice(l, s, n, t);
	if (i >= 0)
		*out = i;
}

static bool
list_begin(struct loader *l, const struct setting *s, const struct yaml_node *n,
    size_t size, struct list *out)
{
	size_t count = n->kind == YAML_SCALAR ? 1 : n->count;

	*out = (struct list){0};
	if (count > CONF_MAX_ITEMS) {
		PROBLEM(
		    l, n, "%s has more than %u items", s->name, CONF_MAX_ITEMS);
		return false;
	}
	out->items = arena_array(l->arena, count, size);
	l->no_memory = l->no_memory || out->items == NULL;
	return out->items != NULL;
}

static void
set_texts(struct loader *l, const struct setting *s, const struct yaml_node *n,
    struct conf_texts *out)
{
	const struct yaml_node *item = n->kind == YAML_LIST ? n->first : n;
	struct list list;
	struct text t;

	if (n->kind == YAML_MAP) {
		PROBLEM(l, n, "%s takes a list of texts, not a map", s->name);
		return;
	}
	if (!list_begin(l, s, n, sizeof(struct text), &list))
		return;
	out->items = list.items;
	for (; item != NULL; item = n->kind == YAML_LIST ? item->next : NULL)
		if (scalar_text(l, s->name, item, &t) &&
		    (s->choices == NULL || choice(l, s, item, t) >= 0))
			out->items[out->count++] = keep(l, t);
}

static void
set_map(struct loader *l, const struct setting *s, const struct yaml_node *n,
    struct conf_map *out)
{
	struct list list;
	struct text t;

	if (n->kind != YAML_MAP) {
		PROBLEM(l, n, "%s takes a map of names and values", s->name);
		return;
	}
	if (!list_begin(l, s, n, sizeof(struct conf_pair), &list))
		return;
	out->items = list.items;
	for (const struct yaml_node *m = n->first; m != NULL; m = m->next)
		if (scalar_text(l, s->name, m, &t))
			out->items[out->count++] =
			    (struct conf_pair){keep(l, m->key), keep(l, t)};
}

// NOLINTBEGIN(misc-no-recursion): as deep as the table, three levels

static void
set_sections(struct loader *l, const struct setting *s,
    const struct yaml_node *n, void *out)
{
	const struct section *section = s->section;
	struct list list;
	size_t i = 0;

	if (n->kind != YAML_LIST) {
		PROBLEM(l, n, "%s takes a list: begin each item with \"- \"",
		    s->name);
		return;
	}
	if (n->count > CONF_MAX_CONNECTORS) {
		PROBLEM(l, n, "%s has more than %u items", s->name,
		    CONF_MAX_CONNECTORS);
		return;
	}
	if (!list_begin(l, s, n, section->size, &list))
		return;
	for (const struct yaml_node *m = n->first; m != NULL; m = m->next) {
		if (m->kind == YAML_MAP)
			section_load(l, section, m,
			    (char *)list.items + i++ * section->size);
		else
			PROBLEM(l, m, "an item of %s is a map", s->name);
	}
	list.count = i;
	memcpy(out, &list, sizeof(list));
}

static void
set_value(struct loader *l, const struct setting *s, const struct yaml_node *n,
    void *out)
{
	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
		set_text(l, s, n, out);
		break;
	case SETTING_FILTER:
		set_filter(l, s, n, out);
		break;
	case SETTING_SECRET:
		set_secret(l, s, n, out);
		break;
	case SETTING_BOOL:
		set_bool(l, s, n, out);
		break;
	case SETTING_INT:
	case SETTING_DURATION:
		set_number(l, s, n, out);
		break;
	case SETTING_ENUM:
		set_enum(l, s, n, out);
		break;
	case SETTING_TEXTS:
		set_texts(l, s, n, out);
		break;
	case SETTING_MAP:
		set_map(l, s, n, out);
		break;
	case SETTING_SECTION:
		section_load(l, s->section, n, out);
		break;
	case SETTING_SECTIONS:
		set_sections(l, s, n, out);
		break;
	}
}

/* ---- Defaults: read as if they stood in the file ---- */

static void
set_default_texts(
    struct loader *l, const struct setting *s, struct conf_texts *out)
{
	struct yaml_node items[16] = {0};
	struct yaml_node list = {.kind = YAML_LIST, .first = items};
	struct text rest = text_of(s->otherwise);

	while (list.count < 16) {
		const char *comma = memmem(rest.data, rest.len, ", ", 2);
		size_t len =
		    comma != NULL ? (size_t)(comma - rest.data) : rest.len;
		struct yaml_node *n = &items[list.count++];

		n->text = (struct text){rest.data, len};
		if (comma == NULL)
			break;
		n->next = n + 1;
		rest = (struct text){rest.data + len + 2, rest.len - len - 2};
	}
	set_texts(l, s, &list, out);
}

static void
set_default(struct loader *l, const struct setting *s, void *out)
{
	struct yaml_node n = {.kind = YAML_SCALAR};
	struct yaml_node nothing = {.kind = YAML_MAP};

	if (s->type == SETTING_SECTION)
		section_load(l, s->section, &nothing, out);
	if (s->otherwise == NULL)
		return;
	n.text = text_of(s->otherwise);
	if (s->type == SETTING_TEXTS)
		set_default_texts(l, s, out);
	else
		set_value(l, s, &n, out);
}

/* ---- A section ---- */

static void
missing(struct loader *l, const struct setting *s, const struct yaml_node *map)
{
	PROBLEM(l, map, "%s is missing (%s)", s->name, s->help);
}

static bool
is_empty(const struct setting *s, const struct yaml_node *n)
{
	return yaml_is_null(n) && s->type >= SETTING_TEXTS;
}

/* A connector's kind decides which settings it has: it is read first. */
static bool
load_kind(struct loader *l, const struct section *section,
    const struct yaml_node *map, char *out)
{
	const struct setting *s = setting_find(section, 0, TEXT("kind"));
	const struct yaml_node *n = yaml_get(map, "kind");
	int kind = -1;

	if (s == NULL || s->type != SETTING_ENUM)
		return true;
	if (n == NULL) {
		missing(l, s, map);
		return false;
	}
	set_enum(l, s, n, &kind);
	if (kind < 0)
		return false;
	memcpy(out + s->offset, &kind, sizeof(kind));
	l->kinds = 1U << (unsigned)kind;
	return true;
}

static void
load_settings(struct loader *l, const struct section *section,
    const struct yaml_node *map, char *out)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct setting *s = &section->settings[i];
		const struct yaml_node *n = yaml_get(map, s->name);

		if (!setting_applies(s, l->kinds))
			continue;
		if (n == NULL && s->required)
			missing(l, s, map);
		else if (n == NULL || is_empty(s, n))
			set_default(l, s, out + s->offset);
		else
			set_value(l, s, n, out + s->offset);
	}
	for (const struct yaml_node *n = map->first; n != NULL; n = n->next)
		if (setting_find(section, l->kinds, n->key) == NULL)
			unknown_name(l, section, n);
}

void
section_load(struct loader *l, const struct section *section,
    const struct yaml_node *map, void *out)
{
	unsigned kinds = l->kinds;

	if (map->kind != YAML_MAP) {
		PROBLEM(l, map, "settings are written \"name: value\" here");
		return;
	}
	if (load_kind(l, section, map, out))
		load_settings(l, section, map, out);
	l->kinds = kinds;
}

// NOLINTEND(misc-no-recursion)
