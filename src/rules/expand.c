/* rules/expand.c -- $(names) in rules, and what when: asks of them. */
#include "rules/ruleset_int.h"

/* ---- $(names) ---- */

static bool
find_pair(const struct conf_map *map, struct text name, struct text *out)
{
	for (size_t i = 0; i < map->count; i++)
		if (text_equal(map->items[i].name, name)) {
			*out = map->items[i].value;
			return true;
		}
	return false;
}

static struct text
anchor_of(const struct conf_connector *c)
{
	struct text t = {0};

	if (c->kind_id == CONF_KIND_AD || c->kind_id == CONF_KIND_LDAP)
		t = c->ldap.anchor;
	else if (c->kind_id == CONF_KIND_FILE)
		t = c->file.anchor;
	return t.len > 0 ? t : TEXT("dn");
}

/* Documents spell this attribute otherwise than the directory does. */
static struct text
respelt(struct text t)
{
	return text_is_nocase(t, "ms-DS-ConsistencyGuid")
		   ? TEXT("mS-DS-ConsistencyGuid")
		   : t;
}

/* What was built, kept with the rules; empty where there is no memory. */
static struct text
kept(struct reader *r, struct buf *b)
{
	struct text out = text_dup(r->arena, buf_text(b));

	if (out.data == NULL || buf_error(b) < 0) {
		r->failed = ERR_NOMEM;
		out = (struct text){0};
	}
	buf_clear(b);
	return out;
}

/* "ad, file, graph": of every connector. */
static struct text
all_kinds(struct reader *r)
{
	const struct conf_connectors *c = &r->conf->connectors;
	struct buf b;

	buf_init(&b, 65536);
	for (size_t i = 0; i < c->count; i++) {
		buf_puts(&b, i > 0 ? ", " : "");
		buf_text_add(&b, c->items[i].kind);
	}
	return kept(r, &b);
}

/* As it stands in the name of an extension. */
static struct text
without_dashes(struct reader *r, struct text t)
{
	char *p = arena_strndup(r->arena, t.data, t.len);
	size_t n = 0;

	if (p == NULL) {
		r->failed = ERR_NOMEM;
		return (struct text){0};
	}
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] != '-')
			p[n++] = t.data[i];
	p[n] = '\0';
	return (struct text){p, n};
}

/* What follows from the connector at hand and from the others. */
static bool
find_place(struct reader *r, struct text name, struct text *out)
{
	if (text_is(name, "anchor"))
		*out = respelt(anchor_of(r->connector));
	else if (text_is(name, "connector"))
		*out = r->connector->name;
	else if (text_is(name, "kind"))
		*out = r->connector->kind;
	else if (text_is(name, "kinds"))
		*out = all_kinds(r);
	else if (text_is(name, "each") && r->each.len > 0)
		*out = r->each;
	else
		return false;
	return true;
}

/* A setting of default_rules.  The source anchor is one of directories that
 * hold AD's objects. */
static bool
find_setting(struct reader *r, struct text name, struct text *out)
{
	int kind = r->connector->kind_id;
	int rc = conf_default_rule(r->conf, name, r->arena, out);

	if (rc == ERR_NOMEM)
		r->failed = rc;
	if (rc < 0)
		return false;
	if (text_is(name, "source_anchor")) {
		if (out->len == 0 ||
		    (kind != CONF_KIND_AD && kind != CONF_KIND_FILE))
			*out = anchor_of(r->connector);
		*out = respelt(*out);
	}
	if (text_is(name, "extension_app"))
		*out = without_dashes(r, *out);
	return true;
}

static bool
find_name(struct reader *r, struct text name, struct text *out)
{
	const struct yaml_node *n = r->define == NULL ? NULL : r->define->first;

	if (find_pair(&r->connector->parameters, name, out) ||
	    find_pair(&r->conf->parameters, name, out)) {
		*out = respelt(*out);
		return true;
	}
	if (find_place(r, name, out) || find_setting(r, name, out))
		return true;
	for (; n != NULL; n = n->next)
		if (text_equal(n->key, name) && n->kind == YAML_SCALAR) {
			*out = n->text;
			return true;
		}
	return false;
}

/* The next "$(" that names something: "$$(" stands for itself. */
static const char *
find_open(struct text t)
{
	for (size_t i = 0; i + 1 < t.len; i++) {
		if (t.data[i] != '$')
			continue;
		if (t.data[i + 1] == '(')
			return t.data + i;
		if (t.data[i + 1] == '$' && i + 2 < t.len &&
		    t.data[i + 2] == '(')
			i += 2;
	}
	return NULL;
}

/* "$$(" to "$(". */
static struct text
unescape(struct reader *r, struct text t)
{
	char *p = arena_alloc(r->arena, t.len + 1);
	size_t n = 0;

	if (p == NULL) {
		r->failed = ERR_NOMEM;
		return t;
	}
	for (size_t i = 0; i < t.len; i++) {
		if (i + 2 < t.len && memcmp(t.data + i, "$$(", 3) == 0)
			i++;
		p[n++] = t.data[i];
	}
	return (struct text){p, n};
}

/* One pass; *found: something was replaced. */
static struct text
expand_once(struct reader *r, struct text t, unsigned line, bool *found)
{
	struct buf b;
	struct text value;

	*found = false;
	buf_init(&b, RULESET_MAX_FILE);
	while (t.len > 0) {
		const char *open = find_open(t);
		size_t before = open == NULL ? t.len : (size_t)(open - t.data);
		const char *close =
		    open == NULL ? NULL : memchr(open, ')', t.len - before);
		struct text name;

		if (close == NULL)
			break;
		name = (struct text){open + 2, (size_t)(close - open) - 2};
		buf_add(&b, t.data, before);
		if (find_name(r, name, &value))
			buf_text_add(&b, value);
		else
			reader_problem(r, true, line, (struct text){0},
			    "$(%.*s) is not known here", TEXT_ARGS(name));
		*found = true;
		before += name.len + 3;
		t = (struct text){t.data + before, t.len - before};
	}
	buf_text_add(&b, t);
	return kept(r, &b);
}

struct text
reader_expand(struct reader *r, struct text t, unsigned line)
{
	bool found = t.len > 2 && memmem(t.data, t.len, "$(", 2) != NULL;

	for (unsigned depth = 0; found && r->failed == 0; depth++) {
		if (depth == RULESET_MAX_DEPTH) {
			reader_problem(r, true, line, (struct text){0},
			    "$(names) that stand for each other");
			break;
		}
		t = expand_once(r, t, line, &found);
	}
	if (t.len > 2 && memmem(t.data, t.len, "$$(", 3) != NULL)
		t = unescape(r, t);
	return t;
}

uint32_t
reader_name(struct reader *r, struct text t, unsigned line)
{
	uint32_t name = 0;
	int rc = names_intern(r->names, t, &name);

	if (rc == ERR_NOMEM)
		r->failed = rc;
	else if (rc < 0)
		reader_problem(
		    r, true, line, t, "\"%.*s\" is no name", TEXT_ARGS(t));
	return name;
}

/* ---- when: ---- */

static struct text
trimmed(struct text t)
{
	while (t.len > 0 && strchr(" \t\n", t.data[0]) != NULL)
		t = (struct text){t.data + 1, t.len - 1};
	while (t.len > 0 && strchr(" \t\n", t.data[t.len - 1]) != NULL)
		t.len--;
	return t;
}

bool
list_next(struct text *list, struct text *out)
{
	const char *comma;
	size_t n;

	while (list->len > 0) {
		comma = memchr(list->data, ',', list->len);
		n = comma == NULL ? list->len : (size_t)(comma - list->data);
		*out = trimmed((struct text){list->data, n});
		n += comma != NULL;
		*list = (struct text){list->data + n, list->len - n};
		if (out->len > 0)
			return true;
	}
	return false;
}

/* Whether one of these is among those. */
static bool
lists_meet(struct text these, struct text those)
{
	struct text one, other, rest;

	while (list_next(&these, &one)) {
		rest = those;
		while (list_next(&rest, &other))
			if (text_equal_nocase(one, other))
				return true;
	}
	return false;
}

static const struct {
	const char *text;
	enum {
		WHEN_DIFFERS,
		WHEN_HAS,
		WHEN_EQUAL
	} what;
} tests[] = {
    {"<>", WHEN_DIFFERS},
    {" has ", WHEN_HAS},
    {"=", WHEN_EQUAL},
};

bool
reader_when(struct reader *r, const struct yaml_node *n)
{
	struct text t, left, right;

	if (n == NULL)
		return true;
	t = n->kind == YAML_SCALAR ? reader_expand(r, n->text, n->line)
				   : (struct text){0};
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests) && t.len > 0;
	     i++) {
		size_t len = strlen(tests[i].text);
		const char *op = memmem(t.data, t.len, tests[i].text, len);

		if (op == NULL)
			continue;
		left = trimmed((struct text){t.data, (size_t)(op - t.data)});
		right = trimmed((struct text){
		    op + len, t.len - (size_t)(op - t.data) - len});
		if (tests[i].what == WHEN_HAS)
			return lists_meet(left, right);
		return text_equal_nocase(left, right) ==
		       (tests[i].what == WHEN_EQUAL);
	}
	if (r->failed == 0)
		reader_problem(r, true, n->line, (struct text){0},
		    "when: \"$(name) = value\" or \"$(name) has one, other\" "
		    "is wanted");
	return false;
}
