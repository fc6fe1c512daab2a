/* rules/vendor/texts.c -- an export that comes as texts: told apart by their
 * root elements, whatever they are called. */
#include "rules/vendor/vendor_int.h"

struct parsed {
	struct text name;
	const struct xml_node *root; /* NULL: it is no XML */
};

/* "MV.xml:6: what", where a line is known, as a problem of that line. */
static void
tell(struct vendor_file *f, const struct err *e)
{
	const char *text = e->text;
	char *end;
	struct xml_node at = {.line = 0};

	if (strlen(text) > f->name.len + 1)
		text += f->name.len + 1;
	at.line = (unsigned)strtoul(text, &end, 10);
	if (end != text && *end == ':')
		text = end + 1;
	text += *text == ' ';
	vendor_problem(f, true, &at, (struct text){0}, "%s", text);
}

static int
parse(struct vendor_file *f, const struct vendor_text *in, struct parsed *out)
{
	struct err e = {0};
	int r;

	out->name = text_dup(f->v->arena, text_of(in->name));
	if (out->name.data == NULL)
		return ERR_NOMEM;
	f->name = out->name;
	r = xml_parse(f->v->arena, out->name.data, in->text, &out->root, &e);
	if (r == 0 || r == ERR_NOMEM)
		return r;
	out->root = NULL;
	tell(f, &e);
	return 0;
}

static bool
is_root(const struct parsed *p, const char *name)
{
	return p->root != NULL && text_is(p->root->name, name);
}

static size_t
count_roots(const struct parsed *files, size_t count, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += is_root(&files[i], name);
	return n;
}

/* Rules name connectors, so these come first. */
static const struct kind {
	const char *root;
	int (*read)(struct vendor_file *f, const struct xml_node *root);
} kinds[] = {
    {"ma-data", vendor_take_connector},
    {"saved-mv-configuration", vendor_metaverse_read},
    {"synchronizationRule", vendor_take_rule},
};

static int
read_kind(struct vendor_file *f, const struct parsed *files, size_t count,
    const struct kind *kind)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		f->name = files[i].name;
		if (is_root(&files[i], kind->root))
			r = kind->read(f, files[i].root);
	}
	return r;
}

static void
tell_others(struct vendor_file *f, const struct parsed *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct xml_node *n = files[i].root;

		f->name = files[i].name;
		if (n != NULL && !is_root(&files[i], kinds[0].root) &&
		    !is_root(&files[i], kinds[1].root) &&
		    !is_root(&files[i], kinds[2].root))
			vendor_problem(f, false, n, (struct text){0},
			    "<%.*s> is no part of an export that is known: "
			    "the file has no effect",
			    TEXT_ARGS(n->name));
	}
}

static int
read_all(struct vendor_file *f, const struct vendor_text *files, size_t count)
{
	struct vendor *v = f->v;
	struct parsed *list = arena_array(v->arena, count + 1, sizeof(*list));
	size_t connectors, rules;
	int r = list == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = parse(f, &files[i], &list[i]);
	if (r < 0)
		return r;
	connectors = count_roots(list, count, "ma-data");
	rules = count_roots(list, count, "synchronizationRule");
	if (connectors > VENDOR_MAX_CONNECTORS || rules > VENDOR_MAX_FILES) {
		f->name = v->dir;
		vendor_problem(f, true, NULL, (struct text){0},
		    "%zu connectors and %zu rules: at most %u and %u are read",
		    connectors, rules, VENDOR_MAX_CONNECTORS, VENDOR_MAX_FILES);
		return ERR_LIMIT;
	}
	r = vendor_make_room(v, connectors, rules);
	for (size_t i = 0; i < 3 && r == 0; i++)
		r = read_kind(f, list, count, &kinds[i]);
	tell_others(f, list, count);
	f->name = v->dir;
	if (connectors == 0)
		vendor_problem(f, true, NULL, (struct text){0},
		    "there is no connector (<ma-data>)");
	return r;
}

int
vendor_read(const struct vendor_text *files, size_t count, struct names *names,
    struct arena *a, struct vendor *out)
{
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	struct vendor_file f = {.v = out, .told = told};
	int r;

	*out = (struct vendor){.names = names, .arena = a};
	out->dir = TEXT("the export");
	r = told == NULL ? ERR_NOMEM : read_all(&f, files, count);
	if (r == 0)
		r = vendor_sort_rules(out);
	if (r == 0)
		vendor_check(&f);
	if (r == 0)
		r = out->failed;
	return r < 0 ? r : out->blocked ? ERR_CONFIG : 0;
}
