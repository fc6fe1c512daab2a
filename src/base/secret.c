/* base/secret.c -- see secret.h. */
#include "base/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct secret {
	size_t mapped;
	size_t len;
	char data[];
};

static struct secret *
secret_alloc(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size =
	    (sizeof(struct secret) + len + 1 + page - 1) / page * page;
	struct secret *s = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED)
		return NULL;
	(void)madvise(s, size, MADV_DONTDUMP);
	(void)mlock(s, size); /* a small limit is no reason to stop */
	s->mapped = size;
	s->len = len;
	return s;
}

struct secret *
secret_new(struct text t)
{
	struct secret *s = secret_alloc(t.len);

	if (s != NULL && t.len != 0)
		memcpy(s->data, t.data, t.len);
	return s;
}

struct secret *
secret_free(struct secret *s)
{
	if (s != NULL) {
		size_t size = s->mapped;

		secret_wipe(s, size);
		(void)munmap(s, size);
	}
	return NULL;
}

struct text
secret_text(const struct secret *s)
{
	return (struct text){s->data, s->len};
}

bool
secret_equal(const struct secret *s, struct text t)
{
	unsigned char differ = s->len != t.len;

	for (size_t i = 0; i < t.len; i++)
		differ |=
		    (unsigned char)(t.data[i] ^
				    s->data[s->len != 0 ? i % s->len : 0]);
	return differ == 0;
}

void
secret_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

static int
read_open_file(int fd, const char *path, struct secret **out_s, struct err *e)
{
	struct secret *s;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(
		    e, ERR_ACCESS, "secret %s: not a regular file", path);
	if ((st.st_mode & (S_IROTH | S_IWOTH)) != 0)
		return err_set(e, ERR_ACCESS,
		    "secret %s: others may read or write it (chmod 600 it)",
		    path);
	if (st.st_size > (off_t)SECRET_MAX)
		return err_set(e, ERR_LIMIT, "secret %s: longer than %u bytes",
		    path, SECRET_MAX);
	s = secret_alloc((size_t)st.st_size);
	if (s == NULL)
		return err_set(e, ERR_NOMEM, "secret: out of memory");
	n = read(fd, s->data, s->len);
	if (n < 0) {
		(void)secret_free(s);
		return err_set(
		    e, ERR_IO, "secret %s: %s", path, strerrordesc_np(errno));
	}
	s->len = (size_t)n;
	if (s->len > 0 && s->data[s->len - 1] == '\n')
		s->data[--s->len] = '\0';
	if (s->len > 0 && s->data[s->len - 1] == '\r')
		s->data[--s->len] = '\0';
	*out_s = s;
	return 0;
}

static int
read_file(const char *path, struct secret **out_s, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOENT : ERR_ACCESS,
		    "secret %s: %s", path, strerrordesc_np(errno));
	r = read_open_file(fd, path, out_s, e);
	(void)close(fd);
	return r;
}

static int
from_environment(const char *name, struct secret **out_s, struct err *e)
{
	const char *v =
	    getenv(name); // NOLINT(concurrency-mt-unsafe): no setenv

	if (v == NULL)
		return err_set(e, ERR_NOENT,
		    "secret env:%s: the variable is not set", name);
	*out_s = secret_new(text_of(v));
	return *out_s != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

static int
from_credential(const char *name, struct secret **out_s, struct err *e)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[1024];

	if (dir == NULL)
		return err_set(e, ERR_NOENT,
		    "secret credential:%s: no $CREDENTIALS_DIRECTORY (systemd "
		    "sets it for LoadCredential=)",
		    name);
	if (strchr(name, '/') != NULL)
		return err_set(e, ERR_CONFIG,
		    "secret credential:%s: a name, not a path", name);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return read_file(path, out_s, e);
}

int
secret_resolve(struct text reference, struct secret **out_s, struct err *e)
{
	static const struct {
		const char *prefix;
		int (*get)(const char *, struct secret **, struct err *);
	} kinds[] = {
	    {"file:", read_file},
	    {"env:", from_environment},
	    {"credential:", from_credential},
	};
	char rest[1024];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (!text_starts_nocase(reference, kinds[i].prefix))
			continue;
		if (reference.len - n >= sizeof(rest))
			return err_set(e, ERR_LIMIT,
			    "a reference to a secret is longer than %zu bytes",
			    sizeof(rest));
		if (memchr(reference.data, '\0', reference.len) != NULL)
			break;
		memcpy(rest, reference.data + n, reference.len - n);
		rest[reference.len - n] = '\0';
		return kinds[i].get(rest, out_s, e);
	}
	return err_set(e, ERR_CONFIG,
	    "a secret is named by file:PATH, env:NAME or credential:NAME, and "
	    "never written here");
}
