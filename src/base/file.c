/* base/file.c -- see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* To the end, or as far as it was long when it was opened. */
static int
read_all(int fd, char *data, size_t size, size_t *out_len)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, data + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	data[n] = '\0';
	*out_len = n;
	return 0;
}

static int
read_open(struct arena *a, int fd, size_t max, struct text *out)
{
	struct stat st;
	char *data;
	size_t n = 0;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return ERR_UNSUPPORTED;
	if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		return ERR_LIMIT;
	data = arena_raw(a, (size_t)st.st_size + 1, 1);
	if (data == NULL)
		return ERR_NOMEM;
	r = read_all(fd, data, (size_t)st.st_size, &n);
	if (r == 0)
		*out = (struct text){data, n};
	return r;
}

int
file_read_fd(struct arena *a, int fd, size_t max, struct text *out)
{
	int r = fd < 0 ? -errno : read_open(a, fd, max, out);

	if (fd >= 0)
		(void)close(fd);
	return r;
}

const char *
file_why(int code)
{
	if (code == ERR_UNSUPPORTED)
		return "it is no regular file";
	if (code == ERR_LIMIT)
		return "it is too large";
	return code < 0 && code > -1000 ? strerrordesc_np(-code)
					: err_name(code);
}

int
file_read(struct arena *a, const char *path, size_t max, struct text *out,
    struct err *e)
{
	int r = file_read_fd(
	    a, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), max, out);

	return r < 0 ? err_set(e, r, "%s: %s", path, file_why(r)) : 0;
}
