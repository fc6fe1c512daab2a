/* rules/vendor/write.c -- an export directory from the model: three folders of
 * files. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/guid.h"
#include "rules/vendor/vendor_int.h"

struct output {
	const struct vendor *v;
	const char *path; /* for messages */
	int top;
	struct arena *arena;
	struct err *e;
};

static int
failed(struct output *o, const char *what)
{
	return err_set(o->e,
	    errno == EEXIST   ? ERR_EXIST
	    : errno == EACCES ? ERR_ACCESS
			      : ERR_IO,
	    "%s: %s cannot be written", o->path, what);
}

static int
put_all(int fd, struct text t)
{
	while (t.len > 0) {
		ssize_t n = write(fd, t.data, t.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		t = (struct text){t.data + n, t.len - (size_t)n};
	}
	return fsync(fd) < 0 ? ERR_IO : 0;
}

/* name: "folder/file", below the top. */
static int
put_file(struct output *o, const char *name, struct text t)
{
	int fd =
	    openat(o->top, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return failed(o, name);
	r = put_all(fd, t);
	if (close(fd) < 0 || r < 0)
		return failed(o, name);
	return 0;
}

static int
put_tree(struct output *o, const char *name, const struct xml_node *root)
{
	struct xml_writer w;
	struct buf b;
	int r;

	buf_init(&b, 2 * (size_t)XML_MAX_BYTES);
	xml_writer_init(&w, &b);
	xml_put_node(&w, root);
	r = xml_end_document(&w);
	r = r < 0 ? err_set(o->e, r, "%s: %s: it cannot be written as XML",
			o->path, name)
		  : put_file(o, name, buf_text(&b));
	buf_clear(&b);
	return r;
}

/* The file's own name, or one after the id where that is a GUID. */
static const char *
rule_file(struct output *o, size_t i)
{
	struct text file = o->v->extra[i].file, id = o->v->rules[i].id;
	struct guid g;

	if (file.len > 0)
		return arena_printf(
		    o->arena, "SynchronizationRules/%.*s", TEXT_ARGS(file));
	if (guid_parse(id, &g, NULL) == 0)
		return arena_printf(o->arena,
		    "SynchronizationRules/SynchronizationRule_%.*s.xml",
		    TEXT_ARGS(id));
	return arena_printf(o->arena,
	    "SynchronizationRules/SynchronizationRule_%zu.xml", i + 1);
}

static int
put_rule(struct output *o, size_t i)
{
	const char *name = rule_file(o, i);
	struct buf b;
	int r;

	if (name == NULL)
		return err_set(o->e, ERR_NOMEM, "out of memory");
	buf_init(&b, 2 * (size_t)XML_MAX_BYTES);
	r = vendor_write_rule(o->v, &o->v->rules[i], &o->v->extra[i], &b);
	r = r < 0 ? err_set(o->e, r, "rule \"%.*s\" cannot be written as XML",
			TEXT_ARGS(o->v->rules[i].name))
		  : put_file(o, name, buf_text(&b));
	buf_clear(&b);
	return r;
}

static int
put_files(struct output *o)
{
	const struct vendor *v = o->v;
	char *name;
	int r = 0;

	for (size_t i = 0; i < v->connector_count && r == 0; i++) {
		name = arena_printf(
		    o->arena, "%.*s", TEXT_ARGS(v->connectors[i].file));
		if (name == NULL)
			return err_set(o->e, ERR_NOMEM, "out of memory");
		r = put_tree(o, name, v->connectors[i].root);
	}
	if (r == 0 && v->mv_root != NULL)
		r = put_tree(o, "GlobalSettings/MV.xml", v->mv_root);
	for (size_t i = 0; i < v->rule_count && r == 0; i++)
		r = put_rule(o, i);
	return r;
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	bool empty = d != NULL;

	// NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
	while (empty && (entry = readdir(d)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0;
	if (d != NULL)
		(void)closedir(d);
	return empty;
}

static int
make_folders(struct output *o)
{
	static const char *const names[] = {
	    "Connectors", "GlobalSettings", "SynchronizationRules"};

	if (mkdir(o->path, 0777) < 0 && errno != EEXIST)
		return failed(o, "the folder");
	if (!is_empty(o->path))
		return err_set(
		    o->e, ERR_EXIST, "%s: the folder is not empty", o->path);
	o->top = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->top < 0)
		return failed(o, "the folder");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (mkdirat(o->top, names[i], 0777) < 0)
			return failed(o, names[i]);
	return 0;
}

int
vendor_write(const struct vendor *v, const char *dir, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct output o = {.v = v, .path = dir, .top = -1, .arena = a, .e = e};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = make_folders(&o);
	if (r == 0)
		r = put_files(&o);
	if (o.top >= 0)
		(void)close(o.top);
	return r;
}
