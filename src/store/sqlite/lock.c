/* store/sqlite/lock.c -- the run lock: a lock of the system on a file beside
 * the store, which goes with the process however it ends. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/sqlite/bulk.h"

/* An open file description lock: unlike one of fcntl's older kind it is not
 * lost when any other part of the program closes the same file. */
static int
try_lock(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &fl) == 0 ? 0 : -errno;
}

static int
held_by_other(int fd, const char *path, struct err *e)
{
	char who[160] = "";
	ssize_t n = pread(fd, who, sizeof(who) - 1, 0);

	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)who[i] < 0x20)
			who[i] = '\0';
	return err_set(e, ERR_BUSY, "run lock %s is held by %s", path,
	    who[0] != '\0' ? who : "another process");
}

/* For the one who waits; the lock holds without it. */
static int
write_holder(int fd, const char *what)
{
	char text[160], when[32];
	int n = snprintf(text, sizeof(text), "%.80s, pid %ld, since %s\n", what,
	    (long)getpid(), clock_format(clock_now_ms(), false, when));

	if (n < 0 || ftruncate(fd, 0) != 0 ||
	    pwrite(fd, text, (size_t)n, 0) != n)
		return -errno;
	return 0;
}

static int
lock_path(struct store *s, const char *path, const char *what, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return err_set(e, -errno, "run lock %s: cannot open: %m", path);
	r = try_lock(fd);
	if (r == -EAGAIN || r == ERR_ACCESS)
		r = held_by_other(fd, path, e);
	else if (r < 0)
		r = err_set(e, r, "run lock %s: cannot lock: %m", path);
	else if (write_holder(fd, what) < 0)
		r = err_set(e, -errno, "run lock %s: cannot write: %m", path);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	s->lock_fd = fd;
	return 0;
}

int
store_lock(struct store *s, const char *what, struct err *e)
{
	char *path;
	int r;

	if (s->mode == STORE_MEMORY || s->lock_fd >= 0)
		return 0;
	if (s->mode != STORE_WRITE)
		return err_set(e, ERR_REFUSED,
		    "store %s is open for reading alone", s->path);
	if (asprintf(&path, "%s-lock", s->path) < 0)
		return nomem(e);
	r = lock_path(s, path, what, e);
	free(path);
	return r;
}

void
lock_drop(struct store *s)
{
	if (s->lock_fd < 0)
		return;
	(void)close(s->lock_fd);
	s->lock_fd = -1;
}

void
store_unlock(struct store *s)
{
	store_settle(s);
	if (bulk_finish(s, NULL) < 0)
		bulk_drop(s); /* made when it is opened again */
	lock_drop(s);
}

/* ---- From outside ---- */

static bool
is_held(int fd)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_GETLK, &fl) == 0 && fl.l_type != F_UNLCK;
}

bool
store_locked(const char *path, struct arena *a, struct text *out_holder)
{
	char *name = arena_printf(a, "%s-lock", path);
	struct err e = {0};
	bool held;
	int fd;

	*out_holder = TEXT("");
	fd = name != NULL ? open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (fd < 0)
		return false;
	held = is_held(fd);
	if (held) {
		(void)held_by_other(fd, name, &e);
		*out_holder = text_dup(a, text_of(e.text));
	}
	(void)close(fd);
	return held;
}
