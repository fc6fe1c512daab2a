/* rules/fim/fim.c -- see fim.h. */
#include "rules/fim/fim.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "rules/fim/fim_int.h"

/* ---- What the other files ask for ---- */

struct text
fim_printf(struct fim *m, const char *fmt, ...)
{
	struct text t;
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		m->v->failed = ERR_NOMEM;
		return TEXT("");
	}
	t = text_dup(m->a, (struct text){text, (size_t)n});
	free(text);
	if (t.data == NULL)
		m->v->failed = ERR_NOMEM;
	return t;
}

void
fim_manual(struct fim *m, const struct xml_node *at, struct text attribute,
    const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	vendor_problem(m->f, false, at, attribute, "by hand: %s", text);
}

void
fim_enter(struct fim *m, struct text file)
{
	m->f->name = file;
	m->f->rule = (struct text){0};
}

const struct fim_ma *
fim_ma_find(const struct fim *m, struct text id)
{
	struct text wanted = rule_guid(m->a, id);

	for (size_t i = 0; i < m->ma_count; i++)
		if (text_equal(m->mas[i].c->id, wanted))
			return &m->mas[i];
	return NULL;
}

struct rule
fim_rule(struct fim *m, const struct fim_ma *ma, enum rule_direction direction,
    struct text name)
{
	struct rule r = {.name = name,
	    .id = name,
	    .file = ma->file,
	    .connector = ma->c->name,
	    .direction = direction,
	    .link = LINK_JOIN};

	for (size_t i = 0, n = 2; i < m->v->rule_count; i++)
		if (text_equal(m->v->rules[i].id, r.id)) {
			r.id = r.name =
			    fim_printf(m, "%.*s %zu", TEXT_ARGS(name), n++);
			i = 0;
		}
	if (names_intern(m->v->names, r.id, &r.id_name) < 0)
		r.id_name = 0;
	return r;
}

int
fim_add(struct fim *m, const struct rule *rule)
{
	struct rule r = *rule;
	struct err e = {0};

	r.precedence = m->precedence++;
	return vendor_add_rule(m->v, &r, &e);
}

/* ---- DirSync ---- */

/* Filters that the administrator set: what they hold back is kept out of the
 * cloud, by a rule in front of the default ones. */
static int
dirsync_filters(
    struct fim *m, const struct fim_ma *ma, struct text cd, const char *mv)
{
	struct fim_scope groups;
	struct rule rule;
	struct flow *f = arena_array(m->a, 1, sizeof(*f));
	int rc = f == NULL ? ERR_NOMEM : fim_filter_groups(m, ma, cd, &groups);

	if (rc < 0 || groups.count == 0)
		return rc;
	rule = fim_rule(m, ma, RULE_INBOUND,
	    fim_printf(m, "In from %.*s - %.*s filter", TEXT_ARGS(ma->c->name),
		TEXT_ARGS(cd)));
	rule.source_type = vendor_name(m->f, NULL, cd);
	rule.target_type = vendor_name(m->f, NULL, text_of(mv));
	rule.scope = groups.groups;
	rule.scope_count = groups.count;
	*f = (struct flow){
	    .target = vendor_name(m->f, NULL, TEXT("cloudFiltered")),
	    .kind = FLOW_CONSTANT,
	    .merge = MERGE_UPDATE,
	    .text = TEXT("True")};
	rule.flows = f;
	rule.flow_count = 1;
	return fim_add(m, &rule);
}

static int
dirsync_rules(struct fim *m)
{
	static const struct {
		const char *cd, *mv;
	} types[] = {{"user", "person"}, {"inetOrgPerson", "person"},
	    {"contact", "person"}, {"group", "group"}};
	int rc = 0;

	m->precedence = 10; /* before the standard rules */
	m->v->default_rules = true;
	fim_enter(m, m->mv_file);
	fim_manual(m, m->mv, (struct text){0},
	    "this is DirSync: its rules are compiled.  The built-in rules "
	    "take their place; connectors, partitions, containers and filters "
	    "come from the export");
	for (size_t i = 0; i < m->ma_count && rc == 0; i++) {
		if (m->mas[i].c->kind != VENDOR_AD)
			continue;
		fim_enter(m, m->mas[i].file);
		for (size_t k = 0; k < 4 && rc == 0; k++)
			rc = dirsync_filters(
			    m, &m->mas[i], text_of(types[k].cd), types[k].mv);
	}
	return rc;
}

/* ---- From trees to rules ---- */

static int
make_rules(struct fim *m)
{
	int rc = 0;

	if (fim_is_dirsync(m))
		return dirsync_rules(m);
	for (size_t i = 0; i < m->ma_count && rc == 0; i++) {
		fim_enter(m, m->mas[i].file);
		fim_tell_rest(m, &m->mas[i]);
		rc = fim_joins(m, &m->mas[i]);
	}
	if (rc == 0)
		rc = fim_import_flows(m);
	for (size_t i = 0; i < m->ma_count && rc == 0; i++) {
		fim_enter(m, m->mas[i].file);
		rc = fim_export_flows(m, &m->mas[i]);
	}
	if (rc == 0)
		fim_tell_deletion(m);
	return rc;
}

/* ---- Files ---- */

static int
read_ma(struct fim *m, const struct xml_node *data)
{
	struct vendor *v = m->v;
	struct vendor_connector *c = &v->connectors[v->connector_count];
	int rc;

	*c = (struct vendor_connector){.id = {0}};
	v->connector_count++;
	rc = vendor_connector_read(m->f, data, c);
	for (size_t i = 0; i + 1 < v->connector_count && rc == 0; i++)
		if (text_equal(v->connectors[i].id, c->id) ||
		    text_equal_nocase(v->connectors[i].name, c->name))
			vendor_problem(m->f, true, data, (struct text){0},
			    "connector %.*s is in %.*s too", TEXT_ARGS(c->name),
			    TEXT_ARGS(v->connectors[i].file));
	m->mas[m->ma_count++] =
	    (struct fim_ma){.root = data, .file = m->f->name, .c = c};
	return rc;
}

static int
read_root(struct fim *m, const struct xml_node *root)
{
	const struct xml_node *data = xml_child(root, "ma-data");

	if (text_is(root->name, "saved-ma-configuration") && data != NULL) {
		vendor_unknown(m->f, root, "ma-data");
		return read_ma(m, data);
	}
	if (text_is(root->name, "saved-mv-configuration")) {
		if (m->mv == NULL) {
			m->mv = xml_child(root, "mv-data");
			m->mv_file = m->f->name;
		}
		return vendor_metaverse_read(m->f, root);
	}
	vendor_problem(m->f, true, root, (struct text){0},
	    "<%.*s> where <saved-ma-configuration> with <ma-data> or "
	    "<saved-mv-configuration> is wanted",
	    TEXT_ARGS(root->name));
	return 0;
}

static int
read_text(struct fim *m, const struct vendor_text *file)
{
	const struct xml_node *root = NULL;
	struct err e = {0};
	int rc;

	m->f->name = text_dup(m->a, text_of(file->name));
	if (m->f->name.data == NULL)
		return ERR_NOMEM;
	rc = xml_parse(m->a, file->name, file->text, &root, &e);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc < 0) {
		vendor_problem(
		    m->f, true, NULL, (struct text){0}, "%s", e.text);
		return 0;
	}
	return read_root(m, root);
}

static int
read_all(struct fim *m, const struct vendor_text *files, size_t count)
{
	struct vendor *v = m->v;
	int rc = 0;

	if (count > VENDOR_MAX_CONNECTORS)
		return ERR_LIMIT;
	v->connectors = arena_array(m->a, count + 1, sizeof(*v->connectors));
	m->mas = arena_array(m->a, count + 1, sizeof(*m->mas));
	if (v->connectors == NULL || m->mas == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = read_text(m, &files[i]);
	fim_enter(m, v->dir);
	if (rc == 0 && m->mv == NULL)
		vendor_problem(m->f, true, NULL, (struct text){0},
		    "there is no MV.XML with <mv-data>");
	return rc < 0 || v->blocked ? rc : make_rules(m);
}

int
fim_read(const struct vendor_text *files, size_t count, struct names *names,
    struct arena *a, struct vendor *out)
{
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	struct vendor_file f = {.v = out, .told = told, .fim = true};
	struct fim m = {.v = out, .a = a, .f = &f, .precedence = FIM_FIRST};
	int rc;

	*out = (struct vendor){.names = names, .arena = a};
	out->dir = TEXT("MV.XML");
	rc = told == NULL ? ERR_NOMEM : read_all(&m, files, count);
	if (rc == 0)
		rc = out->failed;
	return rc < 0 ? rc : out->blocked ? ERR_CONFIG : 0;
}

/* ---- A folder ---- */

static int
is_export_file(const struct dirent *d)
{
	struct text name = text_of(d->d_name);

	return text_is_nocase(name, "MV.XML") ||
	       (text_starts_nocase(name, "MA-") &&
		   text_ends_nocase(name, ".xml"));
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool
fim_is_export(const char *path)
{
	struct dirent **list = NULL;
	int n = scandir(path, &list, is_export_file, compare_entries);

	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return n > 0;
}

static int
load_files(const char *path, struct dirent **list, size_t n, struct arena *a,
    struct vendor_text *files)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		const char *file =
		    arena_printf(a, "%s/%s", path, list[i]->d_name);

		files[i].name = arena_strdup(a, list[i]->d_name);
		rc = file == NULL || files[i].name == NULL
			 ? ERR_NOMEM
			 : file_read(
			       a, file, XML_MAX_BYTES, &files[i].text, NULL);
	}
	return rc;
}

int
fim_load(
    const char *path, struct names *names, struct arena *a, struct vendor *out)
{
	struct dirent **list = NULL;
	int n = scandir(path, &list, is_export_file, compare_entries);
	struct vendor_text *files =
	    arena_array(a, n < 0 ? 1 : (size_t)n + 1, sizeof(*files));
	int rc = files == NULL ? ERR_NOMEM : n < 0 ? ERR_IO : 0;

	*out = (struct vendor){.names = names, .arena = a};
	if (rc == 0)
		rc = load_files(path, list, (size_t)n, a, files);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return rc < 0 ? rc : fim_read(files, (size_t)n, names, a, out);
}
