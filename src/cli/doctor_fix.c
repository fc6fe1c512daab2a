/* cli/doctor_fix.c -- repairs as LDIF, a file for each connector, never
 * applied; see doctor_show.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor_show.h"
#include "codec/ldif.h"

#define RECORD_MAX (1U << 20)

struct fix_file {
	FILE *f;
	char *path; /* where it is to be */
	char *part; /* while it is written */
	uint64_t objects;
};

struct fix_files {
	struct session *s;
	const char *dir;
	struct arena *arena; /* of one record */
	struct fix_file *of; /* by connector */
};

static int
failed(const char *path, struct err *e)
{
	return err_set(e, ERR_IO, "%s: %m", path);
}

int
fix_open(
    struct session *s, const char *dir, struct fix_files **out, struct err *e)
{
	struct fix_files *f;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return failed(dir, e);
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	f->s = s;
	f->dir = dir;
	f->arena = arena_new(0);
	f->of = calloc(s->setup.connector_count + 1, sizeof(*f->of));
	if (f->arena == NULL || f->of == NULL) {
		(void)fix_free(f);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	*out = f;
	return 0;
}

/* A name of a file, whatever the connector is called. */
static const char *
file_name(struct arena *a, struct text connector)
{
	char *name = arena_strndup(a, connector.data, connector.len);

	for (char *p = name; p != NULL && *p != '\0'; p++)
		if (*p == '/' || (unsigned char)*p < 0x20 ||
		    (p == name && *p == '.'))
			*p = '_';
	return name;
}

static int
open_file(struct fix_files *f, size_t i, struct err *e)
{
	struct arena *a = f->s->setup.arena;
	struct fix_file *x = &f->of[i];
	const char *name = file_name(a, f->s->setup.connectors[i].name);
	int fd;

	if (name == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->path = arena_printf(a, "%s/%s.ldif", f->dir, name);
	x->part = arena_printf(a, "%s/%s.ldif.part", f->dir, name);
	if (x->path == NULL || x->part == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	fd = open(x->part,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	x->f = fd < 0 ? NULL : fdopen(fd, "w");
	if (x->f == NULL) {
		int r = failed(x->part, e);

		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	(void)fputs("version: 1\n\n"
		    "# Repairs that causeway doctor proposes.  Nothing was "
		    "applied: read them, take\n"
		    "# out what is not wanted, and give the rest to "
		    "ldapmodify -f.\n\n",
	    x->f);
	return 0;
}

/* What goes and what comes, value by value: other values stay. */
static int
write_record(struct fix_files *f, struct fix_file *x, struct text dn,
    const struct doctor_fix *list, size_t n)
{
	struct ldif_mod *mods = arena_array(f->arena, 2 * n, sizeof(*mods));
	struct ldif_value *values =
	    arena_array(f->arena, 2 * n, sizeof(*values));
	struct ldif_record rec = {.change = LDIF_MODIFY,
	    .dn = dn,
	    .values = values,
	    .count = 2 * n,
	    .mods = mods,
	    .mod_count = 2 * n};
	struct buf b;
	int r;

	if (mods == NULL || values == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct doctor_fix *fix = &list[i];

		(void)fprintf(x->f, "# %.*s: %s\n", TEXT_ARGS(fix->attribute),
		    fix->error);
		values[2 * i] = (struct ldif_value){
		    .name = fix->attribute, .value = fix->old};
		values[2 * i + 1] = (struct ldif_value){
		    .name = fix->attribute, .value = fix->new};
		mods[2 * i] = (struct ldif_mod){.op = LDIF_MOD_DELETE,
		    .name = fix->attribute,
		    .first = 2 * i,
		    .count = 1};
		mods[2 * i + 1] = (struct ldif_mod){.op = LDIF_MOD_ADD,
		    .name = fix->attribute,
		    .first = 2 * i + 1,
		    .count = 1};
	}
	buf_init(&b, RECORD_MAX);
	r = ldif_write(&rec, f->arena, &b);
	if (r == 0)
		(void)fwrite(b.data, 1, b.len, x->f);
	buf_clear(&b);
	return r;
}

static size_t
connector_of(const struct session *s, int64_t id)
{
	size_t i = 0;

	while (
	    i + 1 < s->setup.connector_count && s->setup.connectors[i].id != id)
		i++;
	return i;
}

int
fix_write(void *ctx, int64_t cs, const struct doctor_fix *list, size_t n,
    struct err *e)
{
	struct fix_files *f = ctx;
	struct cs_object o;
	struct fix_file *x;
	size_t i;
	int r = cs_get(f->s->setup.store, f->arena, cs, 0, &o, e);

	if (r < 0)
		return r;
	i = connector_of(f->s, o.connector);
	x = &f->of[i];
	if (x->f == NULL)
		r = open_file(f, i, e);
	if (r == 0 && write_record(f, x, o.dn, list, n) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	x->objects++;
	arena_reset(f->arena);
	return r;
}

static int
finish(struct fix_file *x, struct err *e)
{
	int r = 0;

	if (fflush(x->f) != 0 || ferror(x->f) != 0 || fsync(fileno(x->f)) < 0)
		r = failed(x->part, e);
	if (fclose(x->f) != 0 && r == 0)
		r = failed(x->part, e);
	x->f = NULL;
	if (r == 0 && rename(x->part, x->path) < 0)
		r = failed(x->path, e);
	return r;
}

int
fix_close(struct fix_files *f, struct json *out_names, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < f->s->setup.connector_count && r == 0; i++) {
		struct json *j;

		if (f->of[i].f == NULL)
			continue;
		r = finish(&f->of[i], e);
		j = json_new_object();
		json_set_str(j, "file", f->of[i].path);
		json_set_int(j, "objects", (int64_t)f->of[i].objects);
		json_push(out_names, j);
	}
	return r;
}

struct fix_files *
fix_free(struct fix_files *f)
{
	if (f == NULL)
		return NULL;
	for (size_t i = 0; f->of != NULL && i < f->s->setup.connector_count;
	     i++) {
		if (f->of[i].f == NULL)
			continue;
		(void)fclose(f->of[i].f);
		(void)unlink(f->of[i].part);
	}
	free(f->of);
	(void)arena_free(f->arena);
	free(f);
	return NULL;
}
