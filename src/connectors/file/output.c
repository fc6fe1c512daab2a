/* connectors/file/output.c -- a whole new file, put in the place of the old
 * one when it is on the disk. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectors/file/file_int.h"

#define CHUNK (1U << 20)

struct output {
	const struct file *f;
	const struct csv_row *header;
	char *path; /* of the new file, until it has its place */
	int fd;
	struct buf buf;
};

struct output *
output_free(struct output *o)
{
	if (o != NULL) {
		if (o->fd >= 0)
			(void)close(o->fd);
		if (o->path != NULL)
			(void)unlink(o->path);
		free(o->path);
		buf_clear(&o->buf);
		free(o);
	}
	return NULL;
}

static int
io_error(const struct output *o, int number, struct err *e)
{
	bool full = number == ENOSPC || number == EDQUOT;

	return err_type(e, full ? ERR_NOSPACE : ERR_IO,
	    full ? "stopped-disk-full" : "stopped-export-write", "%s: %s",
	    o->path != NULL ? o->path : o->f->path, strerrordesc_np(number));
}

static int
flush(struct output *o, struct err *e)
{
	struct text t = buf_text(&o->buf);

	if (buf_error(&o->buf) != 0)
		return err_set(e, buf_error(&o->buf), "%s: %s", o->path,
		    err_name(buf_error(&o->buf)));
	while (t.len > 0) {
		ssize_t n = write(o->fd, t.data, t.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(o, errno, e);
		t = (struct text){t.data + n, t.len - (size_t)n};
	}
	buf_reset(&o->buf);
	return 0;
}

/* Who may read the old file may read the new one. */
static int
open_new(struct output *o, struct err *e)
{
	struct stat old = {.st_mode = 0600};

	if (asprintf(&o->path, "%s.causeway-new", o->f->path) < 0) {
		o->path = NULL;
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	if (stat(o->f->path, &old) < 0 && errno != ENOENT)
		return io_error(o, errno, e);
	/* left over from a process that was killed */
	if (unlink(o->path) < 0 && errno != ENOENT)
		return io_error(o, errno, e);
	o->fd = open(o->path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (o->fd < 0)
		return io_error(o, errno, e);
	if (fchmod(o->fd, old.st_mode & 0777) < 0)
		return io_error(o, errno, e);
	return 0;
}

int
output_open(const struct file *f, const struct csv_row *header,
    struct output **out, struct err *e)
{
	CLEANUP(output_freep)
	struct output *o = calloc(1, sizeof(*o));
	int r;

	if (o == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->f = f;
	o->header = header;
	o->fd = -1;
	buf_init(&o->buf, (size_t)2 * LDIF_MAX_RECORD);
	r = open_new(o, e);
	if (r < 0)
		return r;
	if (file_is_csv(f))
		csv_write(&o->buf, f->conf->delimiter.data[0], header->fields,
		    header->count);
	else
		ldif_write_head(&o->buf);
	*out = TAKE_PTR(o);
	return 0;
}

/* ---- A row ---- */

/* The values of a column in one cell. */
static int
cell_of(const struct file *f, struct arena *a, const struct file_object *o,
    struct text name, struct text *out)
{
	bool binary = file_type_of(f, name).type == VALUE_BINARY;
	struct text sep = f->conf->separator;
	size_t len = 0, n = 0;
	char *p;

	for (size_t i = 0; i < o->count; i++)
		if (text_equal_nocase(o->values[i].name, name))
			len += o->values[i].value.len * 2 + 4 + sep.len;
	p = arena_alloc(a, len + 1);
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < o->count; i++) {
		struct text v = o->values[i].value;

		if (!text_equal_nocase(o->values[i].name, name))
			continue;
		if (binary && base64_encode(a, v, &v) < 0)
			return ERR_NOMEM;
		if (n > 0) {
			memcpy(p + n, sep.data, sep.len);
			n += sep.len;
		}
		memcpy(p + n, v.data, v.len);
		n += v.len;
	}
	*out = (struct text){p, n};
	return 0;
}

static int
put_row(struct output *w, struct arena *a, const struct file_object *o)
{
	const struct file *f = w->f;
	struct text *cells = arena_array(a, w->header->count, sizeof(*cells));
	int r = cells != NULL ? 0 : ERR_NOMEM;

	for (size_t i = 0; i < w->header->count && r == 0; i++) {
		struct text name = w->header->fields[i];

		if (f->conf->dn.len != 0 &&
		    text_equal_nocase(name, f->conf->dn))
			cells[i] = o->dn;
		else
			r = cell_of(f, a, o, name, &cells[i]);
	}
	if (r == 0)
		csv_write(&w->buf, f->conf->delimiter.data[0], cells,
		    w->header->count);
	return r;
}

static int
put_record(struct output *w, struct arena *a, const struct file_object *o)
{
	const struct ldif_record rec = {
	    .dn = o->dn, .values = o->values, .count = o->count};

	return ldif_write(&rec, a, &w->buf);
}

int
output_object(struct output *w, struct arena *scratch,
    const struct file_object *o, struct err *e)
{
	int r = file_is_csv(w->f) ? put_row(w, scratch, o)
				  : put_record(w, scratch, o);

	if (r < 0)
		return err_set(e, r, "%s: %.*s: %s", w->path, TEXT_ARGS(o->dn),
		    err_name(r));
	return w->buf.len > CHUNK ? flush(w, e) : 0;
}

/* ---- What a row can hold ---- */

static bool
has_column(const struct csv_row *header, struct text name)
{
	for (size_t i = 0; i < header->count; i++)
		if (text_equal_nocase(header->fields[i], name))
			return true;
	return false;
}

static int
check_cell(const struct file *f, const struct ldif_value *v, struct err *e)
{
	struct file_type t = file_type_of(f, v->name);
	struct text sep = f->conf->separator;

	if (t.type == VALUE_BINARY)
		return 0;
	if (t.multi && memmem(v->value.data, v->value.len, sep.data, sep.len))
		return err_type(e, ERR_REJECTED, "constraint-violation",
		    "%.*s: a value holds the separator %.*s",
		    TEXT_ARGS(v->name), TEXT_ARGS(sep));
	if (!text_is_utf8(v->value) ||
	    memchr(v->value.data, '\0', v->value.len) != NULL)
		return err_type(e, ERR_REJECTED, "syntax-violation",
		    "%.*s: octets in a column that is not declared binary",
		    TEXT_ARGS(v->name));
	return 0;
}

int
output_check(const struct file *f, const struct csv_row *header,
    const struct file_object *o, struct err *e)
{
	int r = 0;

	if (!file_is_csv(f))
		return 0;
	for (size_t i = 0; i < o->count && r == 0; i++) {
		if (!has_column(header, o->values[i].name))
			return err_type(e, ERR_REJECTED, "schema-violation",
			    "there is no column %.*s",
			    TEXT_ARGS(o->values[i].name));
		r = check_cell(f, &o->values[i], e);
	}
	return r;
}

/* ---- The end ---- */

static int
sync_folder(const struct output *o, struct err *e)
{
	const char *slash = strrchr(o->f->path, '/');
	size_t len = slash != NULL ? (size_t)(slash - o->f->path) + 1 : 0;
	char *folder = strndup(len != 0 ? o->f->path : ".", len != 0 ? len : 1);
	int fd, r = 0;

	if (folder == NULL)
		return err_set(e, ERR_UNCERTAIN, "out of memory");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		r = err_type(e, ERR_UNCERTAIN, "stopped-export-write",
		    "%s: its folder: %s", o->f->path, strerrordesc_np(errno));
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return r;
}

int
output_commit(struct output *o, struct err *e)
{
	int fd = o->fd;
	int r = flush(o, e);

	if (r < 0)
		return r;
	if (fsync(fd) < 0)
		return io_error(o, errno, e);
	o->fd = -1;
	if (close(fd) < 0)
		return io_error(o, errno, e);
	if (rename(o->path, o->f->path) < 0)
		return io_error(o, errno, e);
	free(o->path);
	o->path = NULL;
	return sync_folder(o, e);
}
