/* cli/site_files.c -- see site_files.h. */
#include "cli/site_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
site_check_empty(const char *dir, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool any = false;

	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL)
		return err_set(e, -errno, "%s: it cannot be read", dir);
	// NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, one stream
	while ((entry = readdir(d)) != NULL)
		any = any || (strcmp(entry->d_name, ".") != 0 &&
				 strcmp(entry->d_name, "..") != 0);
	(void)closedir(d);
	return any ? err_set(e, ERR_EXIST,
			 "%s is not empty: nothing was written", dir)
		   : 0;
}

int
site_make_folder(const char *path, unsigned mode, struct err *e)
{
	if (path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	return err_set(e, -errno, "%s: it cannot be made", path);
}

static int
write_all(int fd, struct text t)
{
	size_t done = 0;

	while (done < t.len) {
		ssize_t n = write(fd, t.data + done, t.len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int
site_write_file(const char *path, struct text t, unsigned mode, struct err *e)
{
	int fd, rc;

	if (path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_set(e, -errno, "%s: it cannot be made", path);
	rc = write_all(fd, t);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc < 0 ? err_set(e, rc, "%s: it cannot be written", path) : 0;
}

int
site_write(struct arena *a, const char *dir, const struct site_files *files,
    struct err *e)
{
	int rc = site_make_folder(dir, 0755, e);

	if (rc == 0)
		rc =
		    site_make_folder(arena_printf(a, "%s/rules", dir), 0755, e);
	for (size_t i = 0; i < files->count && rc == 0; i++)
		rc = site_write_file(
		    arena_printf(a, "%s/%s", dir, files->items[i].name),
		    files->items[i].text, 0644, e);
	return rc;
}
