/* rules/vendor/vendor.c -- an export directory, file by file, into the model
 * (docs/engine/formats.md 1 and 6). */
#include "rules/vendor/vendor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "rules/vendor/vendor_int.h"

#define FOLDER_CONNECTORS "Connectors"
#define FOLDER_GLOBAL     "GlobalSettings"
#define FOLDER_RULES      "SynchronizationRules"

typedef int read_root(struct vendor_file *f, const struct xml_node *root);

/* ---- One file ---- */

int
vendor_take_connector(struct vendor_file *f, const struct xml_node *root)
{
	struct vendor *v = f->v;
	struct vendor_connector *c = &v->connectors[v->connector_count];
	int r;

	*c = (struct vendor_connector){.id = {0}};
	v->connector_count++;
	r = vendor_connector_read(f, root, c);
	for (size_t i = 0; r == 0 && i + 1 < v->connector_count; i++) {
		if (text_equal(v->connectors[i].id, c->id))
			vendor_problem(f, true, root, (struct text){0},
			    "connector %.*s is in %.*s too", TEXT_ARGS(c->id),
			    TEXT_ARGS(v->connectors[i].file));
		else if (text_equal_nocase(v->connectors[i].name, c->name))
			c->name = text_of(arena_printf(v->arena, "%.*s %.*s",
			    TEXT_ARGS(c->name), TEXT_ARGS(c->id)));
	}
	return r;
}

int
vendor_take_rule(struct vendor_file *f, const struct xml_node *root)
{
	struct vendor *v = f->v;
	struct rule *rule = &v->rules[v->rule_count];
	int r = vendor_rule_read(f, root, rule, &v->extra[v->rule_count]);
	const char *slash = memchr(f->name.data, '/', f->name.len);

	if (r == 0 && slash != NULL)
		v->extra[v->rule_count].file = text_of(slash + 1);
	v->rule_count += r == 0;
	return r;
}

static const struct folder {
	const char *name;
	const char *root;
	read_root *read;
} folders[] = {
    {FOLDER_CONNECTORS, "ma-data", vendor_take_connector},
    {FOLDER_GLOBAL, "saved-mv-configuration", vendor_metaverse_read},
    {FOLDER_RULES, "synchronizationRule", vendor_take_rule},
};

static int
read_text(struct vendor_file *f, const struct folder *kind, struct text t)
{
	const struct xml_node *root = NULL;
	struct err e = {0};
	int r = xml_parse(f->v->arena, f->name.data, t, &root, &e);

	if (r == ERR_NOMEM)
		return r;
	if (r < 0) {
		/* its text begins with the file's name, as ours will */
		vendor_problem(f, true, NULL, (struct text){0}, "%s",
		    strlen(e.text) > f->name.len + 1 ? e.text + f->name.len + 1
						     : e.text);
		return 0;
	}
	if (!text_is(root->name, kind->root)) {
		vendor_problem(f, true, root, (struct text){0},
		    "<%.*s> where <%s> is wanted", TEXT_ARGS(root->name),
		    kind->root);
		return 0;
	}
	return kind->read(f, root);
}

static int
read_file(
    struct vendor_file *f, const struct folder *kind, int dir, const char *file)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text t = {0};
	int r;

	if (a == NULL)
		return ERR_NOMEM;
	r = file_read_fd(a,
	    openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), XML_MAX_BYTES,
	    &t);
	if (r == ERR_NOMEM)
		return r;
	if (r == 0)
		return read_text(f, kind, t);
	vendor_problem(f, true, NULL, (struct text){0}, "cannot be read%s",
	    r == ERR_LIMIT ? ": it is too large" : "");
	return 0;
}

/* ---- A folder ---- */

static int
is_xml(const struct dirent *d)
{
	return d->d_name[0] != '.' &&
	       text_ends_nocase(text_of(d->d_name), ".xml");
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int
vendor_make_room(struct vendor *v, size_t connectors, size_t rules)
{
	if (connectors > 0)
		v->connectors = arena_array(
		    v->arena, connectors + 1, sizeof(*v->connectors));
	if (connectors > 0 && v->connectors == NULL)
		return ERR_NOMEM;
	if (rules == 0)
		return 0;
	v->rule_size = rules + 16;
	v->rules = arena_array(v->arena, v->rule_size, sizeof(*v->rules));
	v->extra = arena_array(v->arena, v->rule_size, sizeof(*v->extra));
	return v->rules == NULL || v->extra == NULL ? ERR_NOMEM : 0;
}

/* Room for one item a file. */
static int
make_room(struct vendor *v, const struct folder *kind, size_t n)
{
	bool rules = kind->read == vendor_take_rule;

	if (!rules && kind->read != vendor_take_connector)
		return 0;
	return vendor_make_room(v, rules ? 0 : n, rules ? n : 0);
}

static int
read_list(struct vendor_file *f, const struct folder *kind, int dir,
    struct dirent **list, size_t n)
{
	size_t max = kind->read == vendor_take_connector ? VENDOR_MAX_CONNECTORS
							 : VENDOR_MAX_FILES;
	int r = 0;

	f->name = text_of(kind->name);
	if (n > max) {
		vendor_problem(
		    f, true, NULL, (struct text){0}, "over %zu files", max);
		return 0;
	}
	r = make_room(f->v, kind, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		char *name = arena_printf(
		    f->v->arena, "%s/%s", kind->name, list[i]->d_name);

		if (name == NULL)
			return ERR_NOMEM;
		f->name = text_of(name);
		r = read_file(f, kind, dir, list[i]->d_name);
	}
	return r;
}

static int
read_folder(struct vendor_file *f, int top, const struct folder *kind)
{
	int dir = openat(top, kind->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	int n = dir < 0 ? -1
			: scandirat(
			      top, kind->name, &list, is_xml, compare_entries);
	int r = 0;

	if (n >= 0)
		r = read_list(f, kind, dir, list, (size_t)n);
	f->name = text_of(kind->name);
	if (n <= 0)
		vendor_problem(f, kind->read != vendor_take_rule, NULL,
		    (struct text){0},
		    n < 0 ? "the folder cannot be read"
			  : "no file *.xml in this folder");
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	if (dir >= 0)
		(void)close(dir);
	return r;
}

/* ---- The whole ---- */

static int
has_folder(int top, const char *name)
{
	struct stat st;

	return fstatat(top, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

bool
vendor_is_export(const char *path)
{
	int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is;

	if (top < 0)
		return false;
	is = has_folder(top, FOLDER_CONNECTORS) &&
	     (has_folder(top, FOLDER_RULES) || has_folder(top, FOLDER_GLOBAL));
	(void)close(top);
	return is;
}

static int
compare_rules(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;

	if (x->precedence != y->precedence)
		return x->precedence < y->precedence ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Rules and what goes with them, by precedence. */
int
vendor_sort_rules(struct vendor *v)
{
	size_t n = v->rule_count;
	const struct rule **order =
	    arena_array(v->arena, n + 1, sizeof(const struct rule *));
	struct rule *rules =
	    arena_array(v->arena, v->rule_size + 1, sizeof(*rules));
	struct vendor_rule *extra =
	    arena_array(v->arena, v->rule_size + 1, sizeof(*extra));

	if (order == NULL || rules == NULL || extra == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		order[i] = &v->rules[i];
	if (n > 1)
		qsort(order, n, sizeof(const struct rule *), compare_rules);
	for (size_t i = 0; i < n; i++) {
		rules[i] = *order[i];
		extra[i] = v->extra[order[i] - v->rules];
	}
	v->rules = rules;
	v->extra = extra;
	return 0;
}

int
vendor_load(
    const char *path, struct names *names, struct arena *a, struct vendor *out)
{
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	struct vendor_file f = {.v = out, .told = told};
	int top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = 0;

	*out = (struct vendor){.names = names, .arena = a};
	out->dir = text_dup(a, text_of(path));
	if (told == NULL || out->dir.data == NULL)
		r = ERR_NOMEM;
	f.name = out->dir;
	if (r == 0 && top < 0)
		vendor_problem(&f, true, NULL, (struct text){0},
		    "the folder cannot be opened");
	for (size_t i = 0; i < 3 && top >= 0 && r == 0; i++)
		r = read_folder(&f, top, &folders[i]);
	if (top >= 0)
		(void)close(top);
	if (r == 0)
		r = vendor_sort_rules(out);
	if (r == 0)
		vendor_check(&f);
	if (r == 0)
		r = out->failed;
	return r < 0 ? r : out->blocked ? ERR_CONFIG : 0;
}

void
vendor_clear(struct vendor *v)
{
	for (size_t i = 0; i < v->connector_count; i++)
		v->connectors[i].schema = schema_free(v->connectors[i].schema);
	v->mv_schema = schema_free(v->mv_schema);
}
