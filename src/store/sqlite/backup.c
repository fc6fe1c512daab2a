/* store/sqlite/backup.c -- see backup.h; and store_copy(). */
#include "store/sqlite/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/sqlite/sqlite_int.h"

#define BUSY_MS 15000

static int
open_one(const char *path, int flags, sqlite3 **out, struct err *e)
{
	int rc = sqlite3_open_v2(path, out, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (*out == NULL)
		return nomem(e);
	if (rc != SQLITE_OK)
		return db_failed(*out, path, "opening for a copy", e);
	(void)sqlite3_busy_timeout(*out, BUSY_MS);
	return 0;
}

/* All at once: what one moment had. */
static int
copy_pages(sqlite3 *from, sqlite3 *to, const char *path, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");

	if (b != NULL) {
		(void)sqlite3_backup_step(b, -1);
		if (sqlite3_backup_finish(b) == SQLITE_OK)
			return 0;
	}
	return db_failed(to, path, "copying", e);
}

/* A file of nobody else's, to be filled. */
static int
make_private(const char *path, struct err *e)
{
	int fd = open(
	    path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, errno == EEXIST ? ERR_EXIST : -errno,
		    "copy of the store %s: cannot make: %m", path);
	(void)close(fd);
	return 0;
}

/* The name counts when the folder is on disk. */
static int
sync_folder(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	char *dir = slash != NULL ? strndup(path, len) : strdup(".");
	int fd, r = 0;

	if (dir == NULL)
		return nomem(e);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		r = err_set(e, -errno, "copy of the store %s: %m", path);
	if (fd >= 0)
		(void)close(fd);
	free(dir);
	return r;
}

static int
copy_to_new(const char *from, const char *to, struct err *e)
{
	sqlite3 *source = NULL, *target = NULL;
	int r = open_one(from, SQLITE_OPEN_READONLY, &source, e);

	if (r == 0)
		r = open_one(to, SQLITE_OPEN_READWRITE, &target, e);
	if (r == 0)
		r = copy_pages(source, target, to, e);
	(void)sqlite3_close_v2(source);
	if (sqlite3_close_v2(target) != SQLITE_OK && r == 0)
		r = err_set(e, ERR_STORE, "copy of the store %s", to);
	return r;
}

static int
copy_by_way_of(
    const char *from, const char *part, const char *to, struct err *e)
{
	int r;

	(void)unlink(part); /* of a copy that was cut off */
	r = make_private(part, e);
	if (r < 0)
		return r;
	r = copy_to_new(from, part, e);
	if (r == 0 && rename(part, to) != 0)
		r = err_set(e, -errno, "copy of the store %s: %m", to);
	if (r == 0)
		r = sync_folder(to, e);
	if (r < 0)
		(void)unlink(part);
	return r;
}

int
store_copy(const char *from, const char *to, struct err *e)
{
	char *part;
	int r;

	if (access(to, F_OK) == 0)
		return err_set(e, ERR_EXIST, "%s is there already", to);
	if (asprintf(&part, "%s.part", to) < 0)
		return nomem(e);
	r = copy_by_way_of(from, part, to, e);
	free(part);
	return r;
}

int
backup_take(struct store *s, int version, struct err *e)
{
	char *to, when[32];
	int r;

	if (s->mode == STORE_MEMORY)
		return 0;
	if (asprintf(&to, "%s.schema-%d.%s", s->path, version,
		clock_format(clock_now_ms(), true, when)) < 0)
		return nomem(e);
	r = store_copy(s->path, to, e);
	free(to);
	if (r < 0)
		(void)err_prefix(
		    e, "before the migration of schema %d", version);
	return r;
}
