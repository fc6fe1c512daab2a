/* migrate/legacy_read.c -- a folder, a file or an archive to texts. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/bundle.h"
#include "migrate/legacy.h"

struct reading {
	const char *path;
	struct arena *arena;
	struct legacy_files *out;
	size_t total;
	struct err *e;
};

static int
add_file(struct reading *r, const char *name, struct text t)
{
	struct legacy_files *f = r->out;
	size_t size = f->size == 0 ? 64 : f->size * 2;
	struct legacy_file *items = f->items;

	if (f->count == f->size) {
		items = arena_array(r->arena, size, sizeof(*items));
		if (items == NULL)
			return err_set(r->e, ERR_NOMEM, "out of memory");
		if (f->count > 0)
			memcpy(items, f->items, f->count * sizeof(*items));
		f->items = items;
		f->size = size;
	}
	items[f->count++] = (struct legacy_file){.name = name, .text = t};
	return 0;
}

/* ---- A file ---- */

static int
read_fd(
    struct reading *r, const char *name, int fd, size_t max, struct text *out)
{
	int rc = file_read_fd(r->arena, fd, max, out);

	if (rc == ERR_UNSUPPORTED)
		rc = err_set(
		    r->e, rc, "%s is neither a file nor a folder", name);
	else if (rc == ERR_LIMIT)
		rc = err_set(r->e, rc, "%s: over %zu MiB", name, max >> 20);
	else if (rc < 0)
		rc = err_set(r->e, rc == ERR_NOMEM ? rc : ERR_IO,
		    "%s: it cannot be read", name);
	if (rc == 0)
		r->total += out->len;
	if (rc == 0 && r->total > LEGACY_MAX_TOTAL && max == LEGACY_MAX_FILE)
		return err_set(r->e, ERR_LIMIT,
		    "%s: with what is before it over 256 MiB: name the "
		    "export's own folder",
		    name);
	return rc;
}

/* ---- A folder ---- */

static int
is_entry(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk(struct reading *r, int dir, const char *prefix, unsigned depth);

static int
// NOLINTNEXTLINE(misc-no-recursion): walk() holds the depth
take_entry(struct reading *r, int dir, const char *prefix, const char *entry,
    unsigned depth)
{
	char *name = arena_printf(r->arena, "%s%s", prefix, entry);
	struct text t = {0};
	struct stat st;
	int rc;

	if (name == NULL)
		return err_set(r->e, ERR_NOMEM, "out of memory");
	if (fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(r->e, -errno, "%s: it cannot be read", name);
	if (S_ISDIR(st.st_mode))
		return walk(r,
		    openat(dir, entry,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
		    arena_printf(r->arena, "%s/", name), depth + 1);
	if (!S_ISREG(st.st_mode)) {
		r->out->passed++;
		return 0;
	}
	if (r->out->count >= LEGACY_MAX_FILES)
		return err_set(r->e, ERR_LIMIT,
		    "%s holds over %u files: name the export's own folder",
		    r->path, LEGACY_MAX_FILES);
	rc = read_fd(r, name,
	    openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
	    LEGACY_MAX_FILE, &t);
	return rc < 0 ? rc : add_file(r, name, t);
}

/* Takes dir. */
static int
// NOLINTNEXTLINE(misc-no-recursion): at most LEGACY_MAX_DEPTH
walk(struct reading *r, int dir, const char *prefix, unsigned depth)
{
	struct dirent **list = NULL;
	int n = dir < 0 || prefix == NULL
		    ? -1
		    : scandirat(dir, ".", &list, is_entry, compare_entries);
	int rc = 0;

	if (n < 0)
		rc = err_set(
		    r->e, -errno, "%s/%s: it cannot be read", r->path, prefix);
	else if (depth > LEGACY_MAX_DEPTH)
		rc = err_set(r->e, ERR_LIMIT, "%s: folders over %u deep",
		    prefix, LEGACY_MAX_DEPTH);
	for (int i = 0; i < n && rc == 0; i++)
		rc = take_entry(r, dir, prefix, list[i]->d_name, depth);
	for (int i = 0; i < n; i++)
		free(list[i]);
	free(list);
	if (dir >= 0)
		(void)close(dir);
	return rc;
}

/* ---- An archive ---- */

static int
unpack(struct reading *r, struct text in)
{
	struct bundle b;
	int rc = bundle_read(r->path, in, r->arena, &b, r->e);

	for (size_t i = 0; i < b.count && rc == 0; i++)
		rc = add_file(r, b.items[i].name.data, b.items[i].content);
	return rc;
}

/* ---- Any of them ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static int
read_single(struct reading *r, enum legacy_pack *out_pack)
{
	const char *kind;
	struct text t = {0};
	int rc = read_fd(r, r->path,
	    open(r->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), BUNDLE_MAX_BYTES,
	    &t);

	if (rc < 0)
		return rc;
	switch (bundle_kind(t, &kind)) {
	case BUNDLE_READ:
	case BUNDLE_OTHER:
		*out_pack = LEGACY_ARCHIVE;
		return unpack(r, t);
	case BUNDLE_NONE:
		break;
	}
	*out_pack = LEGACY_FILE;
	return add_file(r, arena_strdup(r->arena, base_name(r->path)), t);
}

int
legacy_read(const char *path, struct arena *a, enum legacy_pack *out_pack,
    struct legacy_files *out, struct err *e)
{
	struct reading r = {.path = path, .arena = a, .out = out, .e = e};
	struct stat st;

	*out = (struct legacy_files){0};
	if (stat(path, &st) < 0)
		return err_set(e, -errno, "%s: it cannot be read", path);
	if (!S_ISDIR(st.st_mode))
		return read_single(&r, out_pack);
	*out_pack = LEGACY_FOLDER;
	return walk(&r, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0);
}
