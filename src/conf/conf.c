/* conf/conf.c -- see conf.h: the file, and what ties the parts together. */
#include "conf/conf.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/conf_int.h"

#define CONF_FILE_NAME "causeway.yaml"

static const struct {
	char unit;
	int64_t ms;
} units[] = {{'d', 86400000}, {'h', 3600000}, {'m', 60000}, {'s', 1000}};

int
duration_parse(struct text t, int64_t *out_ms)
{
	int64_t n;
	int r;

	if (t.len < 2)
		return ERR_SYNTAX;
	r = text_to_int64((struct text){t.data, t.len - 1}, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (t.data[t.len - 1] != units[i].unit)
			continue;
		return __builtin_mul_overflow(n, units[i].ms, out_ms)
			   ? ERR_LIMIT
			   : 0;
	}
	return ERR_SYNTAX;
}

void
duration_format(int64_t ms, char out[static 32])
{
	size_t i = 0;

	while (i < 3 && ms % units[i].ms != 0)
		i++;
	(void)snprintf(
	    out, 32, "%jd%c", (intmax_t)(ms / units[i].ms), units[i].unit);
}

const char *
conf_default_path(const char *given)
{
	const char *env;

	if (given != NULL)
		return given;
	// NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv
	env = getenv("CAUSEWAY_CONFIG");
	return env != NULL && env[0] != '\0' ? env : "/etc/causeway";
}

int
conf_resolve(
    struct arena *a, struct text dir, struct text path, struct text *out)
{
	const char *whole;

	if (path.len == 0 || path.data[0] == '/') {
		*out = text_dup(a, path);
		return out->data != NULL ? 0 : ERR_NOMEM;
	}
	whole = arena_printf(a, "%.*s/%.*s", TEXT_ARGS(dir), TEXT_ARGS(path));
	if (whole == NULL)
		return ERR_NOMEM;
	*out = text_of(whole);
	return 0;
}

const struct conf_connector *
conf_connector_find(const struct conf *c, struct text name)
{
	for (size_t i = 0; i < c->connectors.count; i++)
		if (text_equal_nocase(c->connectors.items[i].name, name))
			return &c->connectors.items[i];
	return NULL;
}

/* The folder of path, absolute where path is. */
static struct text
folder(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return TEXT(".");
	if (slash == path)
		return TEXT("/");
	return text_dup(a, (struct text){path, (size_t)(slash - path)});
}

static void
note_lines_and_kinds(struct loader *l, struct conf *c)
{
	const struct yaml_node *n =
	    l->connectors != NULL ? l->connectors->first : NULL;

	for (size_t i = 0; i < c->connectors.count && n != NULL; n = n->next) {
		struct conf_connector *k = &c->connectors.items[i];

		if (n->kind != YAML_MAP)
			continue;
		k->line = n->line;
		k->kind = text_of(conf_kinds[k->kind_id]);
		i++;
	}
}

/* "extension_0123...ef_costCenter": the application without its dashes. */
static struct text
extension_name(struct loader *l, struct text app, struct text attribute)
{
	char *id = arena_strndup(l->arena, app.data, app.len);
	size_t n = 0;

	for (size_t i = 0; id != NULL && i < app.len; i++)
		if (app.data[i] != '-')
			id[n++] = app.data[i];
	return text_of(arena_printf(l->arena, "extension_%.*s_%.*s", (int)n,
	    id == NULL ? "" : id, TEXT_ARGS(attribute)));
}

/* A directory that takes attributes of the site's own choice hears their names
 * with its connector. */
static void
extensions_hand_over(struct loader *l, struct conf *c)
{
	const struct conf_default_rules *d = &c->default_rules;
	struct text *names =
	    arena_array(l->arena, d->extensions.count + 1, sizeof(*names));

	if (names == NULL) {
		l->no_memory = true;
		return;
	}
	for (size_t i = 0; i < d->extensions.count; i++) {
		names[i] =
		    extension_name(l, d->extension_app, d->extensions.items[i]);
		l->no_memory = l->no_memory || names[i].len == 0;
	}
	for (size_t i = 0; i < c->connectors.count; i++)
		if (c->connectors.items[i].kind_id == CONF_KIND_SYNC)
			c->connectors.items[i].cloud.extensions =
			    (struct conf_texts){names, d->extensions.count};
}

static int
build(struct loader *l, const struct yaml_node *root, struct conf **out_conf)
{
	struct conf *c = arena_alloc(l->arena, sizeof(*c));

	l->dir = folder(l->arena, l->path);
	if (c == NULL || l->dir.data == NULL)
		return ERR_NOMEM;
	c->path = text_of(arena_strdup(l->arena, l->path));
	c->dir = l->dir;
	l->connectors = yaml_get(root, "connectors");
	section_load(l, &section_top, root, c);
	if (!l->blocked) {
		note_lines_and_kinds(l, c);
		conf_check(l, c);
		extensions_hand_over(l, c);
	}
	if (l->no_memory || c->path.data == NULL)
		return ERR_NOMEM;
	if (l->blocked)
		return ERR_CONFIG;
	*out_conf = c;
	return 0;
}

/* ":LINE:COLUMN: " at the head of what the YAML reader said. */
static void
find_place(const char *s, struct conf_problem *p)
{
	char *end;

	if (*s != ':')
		return;
	p->line = (unsigned)strtoul(s + 1, &end, 10);
	if (*end == ':')
		p->column = (unsigned)strtoul(end + 1, NULL, 10);
}

int
conf_parse(const char *path, struct text in, struct arena *a,
    struct conf **out_conf, struct conf_problems *out_problems)
{
	struct loader l = {.arena = a, .path = path, .problems = out_problems};
	const struct yaml_node *root = NULL;
	struct conf *c = NULL;
	struct err e = {0};
	int r;

	out_problems->count = 0;
	out_problems->more = 0;
	if (in.len > CONF_MAX_BYTES) {
		problem_add(
		    &l, true, 0, 0, "longer than %u bytes", CONF_MAX_BYTES);
		return ERR_CONFIG;
	}
	r = yaml_parse(a, path, in, &root, &e);
	if (r == ERR_NOMEM)
		return r;
	if (r < 0) {
		struct conf_problem *p = &out_problems->items[0];

		*p = (struct conf_problem){.blocks = true};
		find_place(e.text + strnlen(path, sizeof(e.text)), p);
		p->text = text_dup(a, text_of(e.text));
		out_problems->count = p->text.data != NULL ? 1 : 0;
		return ERR_CONFIG;
	}
	r = build(&l, root, &c);
	if (r < 0)
		return r;
	c->source = text_dup(a, in);
	if (in.len != 0 && c->source.data == NULL)
		return ERR_NOMEM;
	*out_conf = c;
	return 0;
}

unsigned
conf_line_of(const struct conf *c, struct text value)
{
	const char *at =
	    value.len != 0 && c->source.len != 0
		? memmem(c->source.data, c->source.len, value.data, value.len)
		: NULL;
	unsigned line = 1;

	if (at == NULL)
		return 0;
	for (const char *p = c->source.data; p < at; p++)
		line += *p == '\n';
	return line;
}

static int
open_error(struct loader *l, int number)
{
	problem_add(l, true, 0, 0, "%s", strerrordesc_np(number));
	return number == ENOENT   ? ERR_NOENT
	       : number == EACCES ? ERR_ACCESS
				  : ERR_IO;
}

static int
read_all(struct loader *l, struct text *out)
{
	int r = file_read_fd(
	    l->arena, open(l->path, O_RDONLY | O_CLOEXEC), CONF_MAX_BYTES, out);

	if (r == ERR_UNSUPPORTED) {
		problem_add(l, true, 0, 0, "not a regular file");
		return ERR_CONFIG;
	}
	if (r == ERR_LIMIT) {
		problem_add(
		    l, true, 0, 0, "longer than %u bytes", CONF_MAX_BYTES);
		return ERR_CONFIG;
	}
	return r < 0 && r != ERR_NOMEM ? open_error(l, -r) : r;
}

/* The file that path means, absolute where the system can tell. */
static char *
find_file(struct arena *a, const char *path)
{
	char *real = realpath(path, NULL);
	char *file;
	struct stat st;

	if (real == NULL)
		return arena_strdup(a, path);
	if (stat(real, &st) == 0 && S_ISDIR(st.st_mode))
		file = arena_printf(a, "%s/" CONF_FILE_NAME, real);
	else
		file = arena_strdup(a, real);
	free(real);
	return file;
}

int
conf_load(const char *path, struct arena *a, struct conf **out_conf,
    struct conf_problems *out_problems)
{
	struct loader l = {.arena = a, .problems = out_problems};
	struct text text = {0};
	int r;

	out_problems->count = 0;
	out_problems->more = 0;
	l.path = find_file(a, path);
	if (l.path == NULL)
		return ERR_NOMEM;
	r = read_all(&l, &text);
	return r == 0 ? conf_parse(l.path, text, a, out_conf, out_problems) : r;
}
