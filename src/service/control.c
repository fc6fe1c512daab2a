/* service/control.c -- see control.h. */
#include "service/control.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define CLIENT_MS   5000  /* a client of ours asks as soon as it connects */
#define ANSWER_MS   10000 /* the daemon answers between two events */
#define WORD_MAX    32U
#define BACKLOG     8
#define LOCK_SUFFIX "-daemon"
#define SOCK_SUFFIX "-control"

static const char *const words[] = {
    [CONTROL_START_DELTA] = "start delta",
    [CONTROL_START_INITIAL] = "start initial",
    [CONTROL_STOP] = "stop",
    [CONTROL_CHANGED] = "changed",
    [CONTROL_STATUS] = "status",
};

const char *
control_text(enum control_word w)
{
	return words[w];
}

enum control_word
control_parse(struct text t)
{
	static const enum control_word all[] = {CONTROL_START_DELTA,
	    CONTROL_START_INITIAL, CONTROL_STOP, CONTROL_CHANGED,
	    CONTROL_STATUS};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (text_is(t, words[all[i]]))
			return all[i];
	return CONTROL_NONE;
}

/* ---- Addresses ---- */

/* A path may be longer than an address: the folder is named by descriptor. */
static int
address_of(const char *path, struct sockaddr_un *out, struct err *e)
{
	const char *name = strrchr(path, '/');
	char folder[4096] = ".";
	int fd, n;

	name = name != NULL ? name + 1 : path;
	if ((size_t)(name - path) >= sizeof(folder))
		return err_set(e, ERR_LIMIT, "%s: a path too long", path);
	if (name != path) {
		memcpy(folder, path, (size_t)(name - path));
		folder[name - path] = '\0';
	}
	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "%s: %m", folder);
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(out->sun_path, sizeof(out->sun_path),
	    "/proc/self/fd/%d/%s", fd, name);
	if (n >= 0 && (size_t)n < sizeof(out->sun_path))
		return fd;
	(void)close(fd);
	return err_set(e, ERR_LIMIT, "%s: a name too long", path);
}

/* ---- The daemon's side ---- */

static int
lock_store(struct control *c, const char *store_path, struct err *e)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path;

	if (asprintf(&path, "%s" LOCK_SUFFIX, store_path) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->lock_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock_fd < 0) {
		int r = err_set(e, -errno, "%s: cannot open: %m", path);

		free(path);
		return r;
	}
	free(path);
	if (fcntl(c->lock_fd, F_OFD_SETLK, &fl) == 0)
		return 0;
	return err_set(
	    e, ERR_BUSY, "another causewayd runs on store %s", store_path);
}

bool
control_held(const char *store_path)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path;
	int fd, r;

	if (asprintf(&path, "%s" LOCK_SUFFIX, store_path) < 0)
		return false;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	if (fd < 0)
		return false;
	r = fcntl(fd, F_OFD_GETLK, &fl);
	(void)close(fd);
	return r == 0 && fl.l_type != F_UNLCK;
}

static int
listen_on(struct control *c, struct err *e)
{
	struct sockaddr_un address;
	int dir = address_of(c->path, &address, e), r = 0;

	if (dir < 0)
		return dir;
	c->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* one of a daemon that died; the lock says that none lives */
	(void)unlink(c->path);
	if (c->fd < 0 ||
	    bind(c->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(c->path, 0600) < 0 || listen(c->fd, BACKLOG) < 0)
		r = err_set(e, -errno, "%s: cannot listen: %m", c->path);
	(void)close(dir);
	return r;
}

int
control_open(struct control *c, const char *store_path, struct err *e)
{
	int r;

	*c = (struct control){.fd = -1, .lock_fd = -1, .client = -1};
	r = lock_store(c, store_path, e);
	if (r < 0)
		return r;
	if (asprintf(&c->path, "%s" SOCK_SUFFIX, store_path) < 0) {
		c->path = NULL;
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	return listen_on(c, e);
}

void
control_close(struct control *c)
{
	if (c->fd >= 0) {
		(void)unlink(c->path);
		(void)close(c->fd);
	}
	if (c->client >= 0)
		(void)close(c->client);
	if (c->lock_fd >= 0)
		(void)close(c->lock_fd);
	free(c->path);
	*c = (struct control){.fd = -1, .lock_fd = -1, .client = -1};
}

static bool
is_ours(int fd)
{
	struct ucred who = {0};
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

/* "+" or "-" before the text says whether it was done. */
static void
answer_one(int fd, struct text in, control_answer_fn *answer, void *ctx)
{
	static char out[CONTROL_ANSWER_MAX];
	enum control_word w = control_parse(in);
	int r = ERR_INVAL;

	(void)snprintf(out, sizeof(out), "-no such request");
	if (w != CONTROL_NONE)
		r = answer(ctx, w, out + 1, sizeof(out) - 1);
	out[0] = r < 0 ? '-' : '+';
	(void)send(fd, out, strlen(out), MSG_NOSIGNAL | MSG_DONTWAIT);
}

int
control_wait_fd(const struct control *c)
{
	return c->client >= 0 ? c->client : c->fd;
}

/* One after the other: the next waits in the queue of the socket. */
static void
take_client(struct control *c)
{
	if (c->client >= 0)
		return;
	c->client = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);
	c->client_ms = clock_monotonic_ms();
	if (c->client >= 0 && !is_ours(c->client)) {
		(void)close(c->client);
		c->client = -1;
	}
}

void
control_serve(struct control *c, control_answer_fn *answer, void *ctx)
{
	char in[WORD_MAX];
	ssize_t n;

	take_client(c);
	if (c->client < 0)
		return;
	n = recv(c->client, in, sizeof(in), MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN &&
	    clock_monotonic_ms() - c->client_ms < CLIENT_MS)
		return;
	if (n > 0)
		answer_one(
		    c->client, (struct text){in, (size_t)n}, answer, ctx);
	(void)close(c->client);
	c->client = -1;
}

/* ---- The command line's side ---- */

static int
connect_to(const char *path, struct err *e)
{
	struct sockaddr_un address;
	int dir = address_of(path, &address, e);
	int fd, r;

	if (dir < 0)
		return dir;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		(void)close(dir);
		return fd;
	}
	r = errno == ENOENT || errno == ECONNREFUSED
		? err_set(e, ERR_NOENT, "causewayd does not run on this store")
		: err_set(e, -errno, "%s: %m", path);
	if (fd >= 0)
		(void)close(fd);
	(void)close(dir);
	return r;
}

static int
exchange(int fd, enum control_word w, char *out, size_t size, struct err *e)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	const char *word = words[w];
	ssize_t n = -1;

	if (send(fd, word, strlen(word), MSG_NOSIGNAL) > 0 &&
	    poll(&wait, 1, ANSWER_MS) > 0)
		n = recv(fd, out, size, 0);
	if (n <= 0)
		return err_set(e, ERR_CONNECT,
		    "causewayd does not answer (is it another user's?)");
	return (int)n;
}

int
control_ask(const char *store_path, enum control_word w, struct arena *a,
    struct text *out, struct err *e)
{
	char *answer = arena_alloc(a, CONTROL_ANSWER_MAX);
	const char *path = arena_printf(a, "%s" SOCK_SUFFIX, store_path);
	int fd, n;

	if (answer == NULL || path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	fd = connect_to(path, e);
	if (fd < 0)
		return fd;
	n = exchange(fd, w, answer, CONTROL_ANSWER_MAX, e);
	(void)close(fd);
	if (n < 0)
		return n;
	*out = (struct text){answer + 1, (size_t)n - 1};
	if (answer[0] != '+')
		return err_set(e, ERR_REFUSED, "%.*s",
		    out->len < 400 ? (int)out->len : 400, out->data);
	return 0;
}
