/* cli/input.c -- what a command reads beside its configuration. */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"

int
cli_read_file(const char *path, struct buf *b, struct err *e)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	char part[4096];
	size_t n;

	if (f == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOENT : ERR_IO,
		    "%s cannot be read", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0 && buf_error(b) == 0)
		buf_add(b, part, n);
	n = (size_t)ferror(f);
	if (!standard)
		(void)fclose(f);
	if (n != 0)
		return err_set(e, ERR_IO, "%s cannot be read", path);
	return buf_error(b) == 0
		   ? 0
		   : err_set(e, buf_error(b), "%s: too large", path);
}
