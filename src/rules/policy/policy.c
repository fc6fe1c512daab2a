/* rules/policy/policy.c -- see policy.h. */
#include "rules/policy/policy.h"

#include <stdarg.h>
#include <stdio.h>

#include "codec/encoding.h"
#include "rules/policy/policy_int.h"

static const char top_keys[] =
    "policyMetadata deploymentMetadata onpremisesDirectoryPolicy "
    "azureDirectoryPolicy";

/* ---- What the files of this reader ask for ---- */

struct find {
	const char *key;
	struct json *found;
};

static int
find_key(void *ctx, struct text key, struct json *value)
{
	struct find *f = ctx;

	if (!text_is_nocase(key, f->key))
		return 0;
	f->found = value;
	return 1;
}

struct json *
policy_get(const struct json *j, const char *key)
{
	struct find f = {.key = key};

	if (json_type(j) == JSON_OBJECT)
		(void)json_each(j, find_key, &f);
	return f.found;
}

struct text
policy_text(const struct json *j, const char *key)
{
	return json_text(policy_get(j, key));
}

static void
line_add(struct buf *b, const struct json *j)
{
	if (json_type(j) == JSON_STRING)
		buf_text_add(b, json_text(j));
	else if (json_write(j, false, b) < 0)
		buf_puts(b, "?");
}

struct text
policy_line(struct policy *p, const struct json *j)
{
	struct text t;
	struct buf b;

	buf_init(&b, 1U << 20);
	if (json_type(j) == JSON_LIST)
		for (size_t i = 0; i < json_count(j); i++) {
			buf_puts(&b, i == 0 ? "" : ", ");
			line_add(&b, json_at(j, i));
		}
	else if (json_type(j) != JSON_NULL)
		line_add(&b, j);
	t = text_dup(p->a, buf_text(&b));
	buf_clear(&b);
	if (t.data == NULL)
		p->v->failed = ERR_NOMEM;
	return t;
}

void
policy_problem(
    struct policy *p, bool blocks, struct text attribute, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* the document goes, the problem stays */
	vendor_problem(p->f, blocks, NULL, text_dup(p->a, attribute), "%s%s%s",
	    p->path, *p->path == '\0' ? "" : ": ", text);
}

const char *
policy_enter(struct policy *p, const char *key, size_t index)
{
	const char *before = p->path;
	const char *dot = *before == '\0' ? "" : ".";
	char *path =
	    index == SIZE_MAX
		? arena_printf(p->a, "%s%s%s", before, dot, key)
		: arena_printf(p->a, "%s%s%s[%zu]", before, dot, key, index);

	if (path == NULL)
		p->v->failed = ERR_NOMEM;
	else
		p->path = path;
	return before;
}

/* ---- Settings, and keys that nobody knows ---- */

static int
add_setting(struct policy *p, struct text name, struct text value)
{
	struct vendor *v = p->v;

	if (vendor_grow(p->a, &v->settings.items, &p->settings_size,
		v->settings.count, sizeof(*v->settings.items)) < 0)
		return ERR_NOMEM;
	v->settings.items[v->settings.count++] =
	    (struct vendor_param){.name = text_dup(p->a, name), .value = value};
	return 0;
}

static const char *
text_z(struct policy *p, struct text t)
{
	char *s = arena_strndup(p->a, t.data, t.len);

	if (s == NULL)
		p->v->failed = ERR_NOMEM;
	return s == NULL ? "" : s;
}

/* Every scalar of a part becomes a setting under its path; nothing is lost. */
// NOLINTBEGIN(misc-no-recursion): json_parse() bounds the depth
static int
keep_member(void *ctx, struct text key, struct json *value)
{
	struct policy *p = ctx;
	const char *before = policy_enter(p, text_z(p, key), SIZE_MAX);
	int rc;

	if (json_type(value) == JSON_OBJECT)
		rc = json_each(value, keep_member, p);
	else
		rc = add_setting(p, text_of(p->path), policy_line(p, value));
	p->path = before;
	return rc;
}
// NOLINTEND(misc-no-recursion)

struct unknown {
	struct policy *p;
	const char *known;
};

static bool
among_nocase(struct text name, const char *known)
{
	while (*known != '\0') {
		size_t n = strcspn(known, " ");

		if (text_equal_nocase((struct text){known, n}, name))
			return true;
		known += n;
		known += strspn(known, " ");
	}
	return false;
}

static int
tell_unknown(void *ctx, struct text key, struct json *value)
{
	const struct unknown *u = ctx;
	struct policy *p = u->p;

	if (among_nocase(key, u->known))
		return 0;
	policy_problem(p, false, (struct text){0},
	    "the key \"%.*s\" is not known: it is kept among the settings, "
	    "and has no effect",
	    TEXT_ARGS(key));
	return keep_member(p, key, value);
}

int
policy_unknown(struct policy *p, const struct json *j, const char *known)
{
	struct unknown u = {p, known};

	return json_each(j, tell_unknown, &u);
}

/* ---- Lists ---- */

/* Some programs write a list of one as its only item. */
size_t
policy_count(const struct json *j)
{
	if (j == NULL || json_type(j) == JSON_NULL)
		return 0;
	return json_type(j) == JSON_LIST ? json_count(j) : 1;
}

const struct json *
policy_at(const struct json *j, size_t i)
{
	return json_type(j) == JSON_LIST ? json_at(j, i) : j;
}

/* ---- A directory ---- */

static int
read_names_of(struct policy *p, const struct json *list,
    struct vendor_texts *out, const char *what)
{
	for (size_t i = 0; i < policy_count(list); i++) {
		struct text t = json_text(policy_at(list, i));

		if (t.len == 0) {
			policy_problem(p, true, (struct text){0},
			    "%s[%zu] is no name", what, i);
			continue;
		}
		t = text_dup(p->a, t);
		if (t.data == NULL || vendor_text_push(p->a, out, t) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

static int
read_partition(
    struct policy *p, const struct json *j, struct vendor_partition *out)
{
	int rc;

	out->name = text_dup(p->a, policy_text(j, "distinguishedName"));
	out->selected = true;
	out->is_domain = true;
	if (out->name.len == 0)
		policy_problem(p, true, (struct text){0},
		    "a partition without distinguishedName");
	rc = read_names_of(p, policy_get(j, "containerInclusions"),
	    &out->include, "containerInclusions");
	if (rc == 0)
		rc = read_names_of(p, policy_get(j, "containerExclusions"),
		    &out->exclude, "containerExclusions");
	return rc == 0 ? policy_unknown(p, j,
			     "distinguishedName containerInclusions "
			     "containerExclusions")
		       : rc;
}

static int
read_partitions(
    struct policy *p, const struct json *list, struct vendor_connector *c)
{
	size_t n = policy_count(list);
	int rc = 0;

	if (n > VENDOR_MAX_ITEMS)
		return ERR_LIMIT;
	c->partitions = arena_array(p->a, n + 1, sizeof(*c->partitions));
	if (c->partitions == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const char *before = policy_enter(p, "partitionFilters", i);

		rc = read_partition(p, policy_at(list, i),
		    &c->partitions[c->partition_count++]);
		p->path = before;
	}
	return rc;
}

static int
read_directory(struct policy *p, const struct json *j, enum vendor_kind kind)
{
	struct vendor *v = p->v;
	struct vendor_connector *c = &v->connectors[v->connector_count++];
	struct text domain = policy_text(j, "fullyQualifiedDomainName");
	struct text name = policy_text(j, "friendlyName");
	int rc;

	*c = (struct vendor_connector){.kind = kind, .file = p->f->name};
	c->id =
	    kind == VENDOR_ENTRA && policy_text(j, "uniqueIdentifier").len == 0
		? TEXT(ENTRA_ID)
		: rule_guid(p->a, policy_text(j, "uniqueIdentifier"));
	c->forest = text_dup(p->a, domain);
	c->name = text_dup(p->a, name.len > 0 ? name : domain);
	if (c->name.len == 0)
		c->name = kind == VENDOR_AD
			      ? text_of(arena_printf(
				    p->a, "forest %zu", v->connector_count))
			      : TEXT("cloud");
	c->category = kind == VENDOR_AD ? TEXT("AD") : TEXT("Extensible2");
	c->subtype = kind == VENDOR_AD ? TEXT("") : TEXT(ENTRA_SUBTYPE);
	p->connector = c;
	rc = read_partitions(p, policy_get(j, "partitionFilters"), c);
	if (rc == 0)
		rc = policy_standard_rules(
		    p, policy_get(j, "standardSynchronizationRules"));
	if (rc == 0)
		rc = policy_custom_rules(
		    p, policy_get(j, "customSynchronizationRules"));
	return rc == 0 ? policy_unknown(p, j,
			     "friendlyName fullyQualifiedDomainName "
			     "uniqueIdentifier partitionFilters "
			     "customSynchronizationRules "
			     "standardSynchronizationRules")
		       : rc;
}

static int
read_directories(struct policy *p, const struct json *root)
{
	const struct json *forests =
	    policy_get(root, "onpremisesDirectoryPolicy");
	const struct json *cloud = policy_get(root, "azureDirectoryPolicy");
	size_t n = policy_count(forests);
	const char *before;
	int rc;

	if (n >= VENDOR_MAX_CONNECTORS)
		return ERR_LIMIT;
	rc = vendor_make_room(p->v, n + 1, 1);
	if (n == 0)
		policy_problem(p, true, (struct text){0},
		    "onpremisesDirectoryPolicy names no forest");
	for (size_t i = 0; i < n && rc == 0; i++) {
		before = policy_enter(p, "onpremisesDirectoryPolicy", i);
		rc = read_directory(p, policy_at(forests, i), VENDOR_AD);
		p->path = before;
	}
	if (rc < 0 || cloud == NULL)
		return rc;
	before = policy_enter(p, "azureDirectoryPolicy", SIZE_MAX);
	rc = read_directory(p, cloud, VENDOR_ENTRA);
	p->path = before;
	return rc;
}

/* ---- The document ---- */

static int
keep_part(struct policy *p, const struct json *root, const char *key)
{
	const struct json *j = policy_get(root, key);
	const char *before = policy_enter(p, key, SIZE_MAX);
	int rc = j == NULL ? 0 : json_each(j, keep_member, p);

	p->path = before;
	return rc;
}

static int
read_root(struct policy *p, const struct json *root)
{
	struct vendor *v = p->v;
	const struct json *meta = policy_get(root, "policyMetadata");
	int rc = keep_part(p, root, "policyMetadata");

	if (rc == 0)
		rc = keep_part(p, root, "deploymentMetadata");
	v->server = text_dup(p->a,
	    policy_text(policy_get(root, "deploymentMetadata"), "hostName"));
	v->export_date = text_dup(p->a, policy_text(meta, "timeCreated"));
	v->default_rules = true;
	if (rc == 0)
		rc = read_directories(p, root);
	return rc == 0 ? policy_unknown(p, root, top_keys) : rc;
}

static int
parse(struct text in, struct arena *a, struct json **out, struct err *e)
{
	struct text utf8;
	int rc = encoding_to_utf8(a, in, &utf8, e);

	return rc < 0 ? rc : json_parse(utf8, POLICY_MAX_BYTES, out, e);
}

bool
policy_is(struct text in, struct arena *a, bool *out_whole)
{
	CLEANUP(json_freep)
	struct json *root = NULL;
	bool whole, part;

	if (parse(in, a, &root, NULL) < 0)
		return false;
	whole = policy_get(root, "onpremisesDirectoryPolicy") != NULL ||
		policy_get(root, "azureDirectoryPolicy") != NULL;
	part = policy_get(root, "policyMetadata") != NULL;
	*out_whole = whole;
	return whole || part;
}

int
policy_read(const char *name, struct text in, struct names *names,
    struct arena *a, struct vendor *out)
{
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	CLEANUP(json_freep)
	struct json *root = NULL;
	struct vendor_file f = {.v = out, .told = told};
	struct policy p = {.v = out, .a = a, .f = &f, .path = ""};
	struct err e = {0};
	int rc;

	*out = (struct vendor){.names = names, .arena = a};
	f.name = out->dir = text_dup(a, text_of(name));
	if (told == NULL || f.name.data == NULL)
		return ERR_NOMEM;
	rc = parse(in, a, &root, &e);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc < 0)
		vendor_problem(&f, true, NULL, (struct text){0}, "%s", e.text);
	else if (json_type(root) != JSON_OBJECT)
		vendor_problem(
		    &f, true, NULL, (struct text){0}, "it holds no object");
	else
		rc = read_root(&p, root);
	if (rc == ERR_NOMEM || rc == ERR_LIMIT)
		return rc;
	if (out->failed < 0)
		return out->failed;
	return out->blocked ? ERR_CONFIG : 0;
}
