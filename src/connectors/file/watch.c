/*
 * connectors/file/watch.c -- a bell: the file was written, or another took its
 * place.
 *
 * The folder is watched and not the file, since most programs write a new file
 * and rename it.  Writing rings when the writer closes the file, so that nobody
 * reads half of it.  A file that goes does not ring: it is about to come
 * again, or the next cycle by the clock says that it is not there.
 */
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "connectors/file/file_int.h"

#define SLICE_MS 500 /* between two questions whether to stop */

static const char *
file_name(const struct file *f)
{
	const char *slash = strrchr(f->path, '/');

	return slash != NULL ? slash + 1 : f->path;
}

static const char *
file_folder(const struct file *f)
{
	size_t len = (size_t)(file_name(f) - f->path);

	if (len == 0)
		return ".";
	if (len > 1)
		len--; /* without the slash, but for "/" */
	return text_dup(f->env.arena, (struct text){f->path, len}).data;
}

static int
subscribe(struct file *f, struct err *e)
{
	const char *folder = file_folder(f);
	int r;

	if (folder == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	f->bell = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->bell < 0)
		return err_set(e, -errno, "%s cannot be watched: %m", f->path);
	if (inotify_add_watch(f->bell, folder,
		IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
		    IN_ONLYDIR) >= 0)
		return 0;
	r = err_set(e, -errno, "%s cannot be watched: %m", folder);
	(void)close(f->bell);
	f->bell = -1;
	return r;
}

/* 1: it concerns the file. */
static int
look(const struct file *f, const struct inotify_event *ev, struct err *e)
{
	if ((ev->mask &
		(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0)
		return err_set(
		    e, ERR_CONNECT, "the folder of %s is gone", f->path);
	if ((ev->mask & IN_Q_OVERFLOW) != 0)
		return 1;
	return ev->len > 0 && strcmp(ev->name, file_name(f)) == 0;
}

/* Everything that is told by now, so that one change rings once. */
static int
drain(const struct file *f, struct err *e)
{
	_Alignas(struct inotify_event) char buf[4096];
	bool rang = false;
	ssize_t n;

	while ((n = read(f->bell, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const void *p = buf + at;
			const struct inotify_event *ev = p;
			int r = look(f, ev, e);

			if (r < 0)
				return r;
			rang = rang || r > 0;
			at += (ssize_t)(sizeof(*ev) + ev->len);
		}
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return err_set(e, -errno, "%s cannot be watched: %m", f->path);
	return rang;
}

int
file_watch(struct connector *c, int timeout_ms, struct err *e)
{
	struct file *f = (struct file *)c;
	const struct connector_env *env = &f->env;
	int64_t until = clock_monotonic_ms() + timeout_ms;
	int r = f->bell < 0 ? subscribe(f, e) : drain(f, e);

	while (r == 0) {
		int64_t left = until - clock_monotonic_ms();
		struct pollfd fd = {.fd = f->bell, .events = POLLIN};

		if (left <= 0 ||
		    (env->cancelled != NULL && env->cancelled(env->cancel_ctx)))
			return 0;
		if (poll(&fd, 1, left < SLICE_MS ? (int)left : SLICE_MS) > 0)
			r = drain(f, e);
	}
	return r;
}
