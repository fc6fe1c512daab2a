/* connectors/file/source.c -- objects of a file, one after the other. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectors/file/file_int.h"

struct source {
	const struct file *f;
	FILE *file;
	struct stat before;
	struct ldif_reader *ldif;
	struct csv_reader *csv;
	struct arena *arena; /* header */
	struct csv_row header;
	struct err *err;
};

struct source *
source_free(struct source *s)
{
	if (s != NULL) {
		s->ldif = ldif_reader_free(s->ldif);
		s->csv = csv_reader_free(s->csv);
		s->arena = arena_free(s->arena);
		if (s->file != NULL)
			(void)fclose(s->file);
		free(s);
	}
	return NULL;
}

const struct csv_row *
source_header(const struct source *s)
{
	return s->csv != NULL ? &s->header : NULL;
}

int
source_check_unchanged(const struct source *s, struct err *e)
{
	struct stat now;

	if (fstat(fileno(s->file), &now) < 0)
		return err_type(e, ERR_IO, "stopped-file-error", "%s: %s",
		    s->f->path, strerrordesc_np(errno));
	if (now.st_size == s->before.st_size &&
	    now.st_mtim.tv_sec == s->before.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == s->before.st_mtim.tv_nsec)
		return 0;
	return err_type(e, ERR_CONNECT, "stopped-file-error",
	    "%s: changed while it was read", s->f->path);
}

/* ---- Opening ---- */

static bool
has_column(const struct csv_row *h, struct text name)
{
	for (size_t i = 0; i < h->count; i++)
		if (text_equal_nocase(h->fields[i], name))
			return true;
	return name.len == 0;
}

static int
need_column(struct source *s, struct text name, const char *setting)
{
	if (has_column(&s->header, name))
		return 0;
	return err_type(s->err, ERR_CONFIG, "no-start-header-row-mismatch",
	    "%s:%u: there is no column %.*s (%s of the connector)", s->f->path,
	    s->header.line, TEXT_ARGS(name), setting);
}

static int
check_header(struct source *s)
{
	const struct conf_file *c = s->f->conf;
	int r = need_column(s, c->anchor, "anchor");

	if (r == 0)
		r = need_column(s, c->dn, "dn");
	if (r == 0)
		r = need_column(s, c->type_column, "type_column");
	for (size_t i = 0; i < c->columns.count && r == 0; i++)
		r = need_column(s, c->columns.items[i], "columns");
	for (size_t i = 0; i < c->attribute_types.count && r == 0; i++)
		r = need_column(
		    s, c->attribute_types.items[i].name, "attribute_types");
	return r;
}

static int
open_format(struct source *s)
{
	int r;

	if (!file_is_csv(s->f)) {
		s->ldif = ldif_reader_new(s->file, s->f->path);
		return s->ldif != NULL
			   ? 0
			   : err_set(s->err, ERR_NOMEM, "out of memory");
	}
	s->csv =
	    csv_reader_new(s->file, s->f->path, s->f->conf->delimiter.data[0]);
	s->arena = arena_new(0);
	if (s->csv == NULL || s->arena == NULL)
		return err_set(s->err, ERR_NOMEM, "out of memory");
	r = csv_read_header(s->csv, s->arena, &s->header, s->err);
	if (r >= 0)
		return check_header(s);
	/* no row of the file can be read without its header */
	return r == ERR_SYNTAX || r == ERR_LIMIT
		   ? err_set(s->err, ERR_CONFIG, "%s",
			 s->err != NULL ? s->err->text : "")
		   : r;
}

static int
open_error(const struct file *f, int number, struct err *e)
{
	const char *type = number == ENOENT   ? "no-start-file-not-found"
			   : number == EACCES ? "no-start-file-access-denied"
					      : "no-start-file-open";

	return err_type(e, number == ENOENT ? ERR_NOENT : ERR_ACCESS, type,
	    "%s: %s", f->path, strerrordesc_np(number));
}

static int
open_source(struct source *s, struct err *e)
{
	struct err inner = {0};
	int r;

	if (fstat(fileno(s->file), &s->before) < 0)
		return open_error(s->f, errno, e);
	if (!S_ISREG(s->before.st_mode))
		return err_type(e, ERR_CONFIG, "no-start-file-open",
		    "%s: not a regular file", s->f->path);
	s->err = &inner;
	r = open_format(s);
	s->err = NULL;
	if (r < 0 && e != NULL)
		*e = inner;
	return r;
}

int
source_open(const struct file *f, struct source **out, struct err *e)
{
	FILE *file = fopen(f->path, "rbe");
	struct source *s;
	int r;

	if (file == NULL && errno == ENOENT && f->conf->writable) {
		*out = NULL;
		return 0;
	}
	if (file == NULL)
		return open_error(f, errno, e);
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		(void)fclose(file);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	s->f = f;
	s->file = file;
	r = open_source(s, e);
	if (r == 0)
		*out = s;
	else
		(void)source_free(s);
	return r;
}

/* ---- LDIF ---- */

/* userCertificate;binary is userCertificate (RFC 4522 section 3). */
static struct text
plain_name(struct text name)
{
	if (text_ends_nocase(name, ";binary"))
		name.len -= strlen(";binary");
	return name;
}

static bool
has_class(const struct file_object *o, struct text class)
{
	for (size_t i = 0; i < o->count; i++)
		if (text_is_nocase(o->values[i].name, "objectClass") &&
		    text_equal_nocase(o->values[i].value, class))
			return true;
	return false;
}

/* The first class of the configuration that the object has.  A computer is a
 * user by its classes: it is one only where nobody names computers. */
static struct text
class_of(const struct conf_texts *classes, const struct file_object *o)
{
	bool computer = has_class(o, TEXT("computer"));

	for (size_t i = 0; i < classes->count; i++) {
		struct text class = classes->items[i];

		if (text_is_nocase(class, "computer")
			? computer
			: !computer && has_class(o, class))
			return class;
	}
	return TEXT("");
}

static int
next_ldif(struct source *s, struct arena *a, struct file_object *out)
{
	struct ldif_record rec;
	int r = ldif_next(s->ldif, a, &rec, s->err);

	out->line = rec.line;
	out->dn = rec.dn;
	if (r <= 0) /* what is wrong with one record is one thing here */
		return r == ERR_LIMIT || r == ERR_UNSUPPORTED ? ERR_SYNTAX : r;
	if (rec.change != LDIF_CONTENT && rec.change != LDIF_ADD)
		return err_type(s->err, ERR_SYNTAX, "invalid-change-type",
		    "%s:%u: a change, where objects are read", s->f->path,
		    rec.line);
	for (size_t i = 0; i < rec.count; i++) {
		r = object_add(a, out, plain_name(rec.values[i].name),
		    rec.values[i].value);
		if (r < 0)
			return err_set(s->err, r, "out of memory");
		out->values[i].line = rec.values[i].line;
	}
	if (object_find(out, TEXT("objectClass")) == NULL)
		return err_type(s->err, ERR_SYNTAX, "missing-object-class",
		    "%s:%u: %.*s has no objectClass", s->f->path, rec.line,
		    TEXT_ARGS(rec.dn));
	out->type = class_of(&s->f->conf->object_classes, out);
	return 1;
}

/* ---- CSV ---- */

static int
add_cell(struct source *s, struct arena *a, struct file_object *o,
    struct text name, struct text cell)
{
	struct file_type type = file_type_of(s->f, name);
	struct text value;
	struct err why = {0};
	int r;

	if (cell.len == 0)
		return 0;
	value = text_dup(a, cell);
	if (value.data == NULL)
		return err_set(s->err, ERR_NOMEM, "out of memory");
	if (type.type == VALUE_BINARY) {
		r = base64_decode(a, value, &value, &why);
		if (r < 0)
			return err_type(s->err, ERR_SYNTAX,
			    "invalid-base64-value", "%s:%u: %.*s: %s",
			    s->f->path, o->line, TEXT_ARGS(name), why.text);
	}
	r = object_add(a, o, name, value);
	return r < 0 ? err_set(s->err, r, "out of memory") : 0;
}

/* The values of a list, with the separator between. */
static int
add_cells(struct source *s, struct arena *a, struct file_object *o,
    struct text name, struct text cell)
{
	struct text sep = s->f->conf->separator;
	int r = 0;

	if (!file_type_of(s->f, name).multi)
		return add_cell(s, a, o, name, cell);
	while (r == 0) {
		const char *at = memmem(cell.data, cell.len, sep.data, sep.len);
		size_t n = at != NULL ? (size_t)(at - cell.data) : cell.len;

		r = add_cell(s, a, o, name, (struct text){cell.data, n});
		if (at == NULL)
			break;
		cell = (struct text){
		    cell.data + n + sep.len, cell.len - n - sep.len};
	}
	return r;
}

static struct text
cell_of(const struct source *s, const struct csv_row *row, struct text name)
{
	for (size_t i = 0; name.len != 0 && i < row->count; i++)
		if (text_equal_nocase(s->header.fields[i], name))
			return row->fields[i];
	return TEXT("");
}

/* Without a column for it the DN is made from the anchor. */
static int
row_dn(struct source *s, struct arena *a, const struct csv_row *row,
    struct file_object *o)
{
	const struct conf_file *c = s->f->conf;
	struct text cell = cell_of(s, row, c->dn.len != 0 ? c->dn : c->anchor);
	char *dn;

	if (cell.len == 0)
		return err_type(s->err, ERR_SYNTAX,
		    c->dn.len != 0 ? "missing-dn" : "missing-anchor-component",
		    "%s:%u: %.*s is empty", s->f->path, row->line,
		    TEXT_ARGS(c->dn.len != 0 ? c->dn : c->anchor));
	if (c->dn.len != 0) {
		o->dn = text_dup(a, cell);
		return o->dn.data != NULL
			   ? 0
			   : err_set(s->err, ERR_NOMEM, "out of memory");
	}
	if (dn_escape(a, cell, &cell) < 0)
		return err_set(s->err, ERR_NOMEM, "out of memory");
	dn = arena_printf(a, "cn=%.*s", TEXT_ARGS(cell));
	if (dn == NULL)
		return err_set(s->err, ERR_NOMEM, "out of memory");
	o->dn = text_of(dn);
	return 0;
}

/* Empty for a row that is left out. */
static int
row_type(struct source *s, struct arena *a, const struct csv_row *row,
    struct text *out)
{
	const struct conf_file *c = s->f->conf;
	struct text cell = cell_of(s, row, c->type_column);

	if (c->type_column.len == 0) {
		*out = c->type.len != 0 ? c->type : TEXT("user");
		return 0;
	}
	if (cell.len == 0)
		return err_type(s->err, ERR_SYNTAX, "missing-object-type",
		    "%s:%u: %.*s is empty", s->f->path, row->line,
		    TEXT_ARGS(c->type_column));
	for (size_t i = 0; i < c->type_values.count; i++)
		if (text_equal(c->type_values.items[i].name, cell)) {
			*out = c->type_values.items[i].value;
			return 0;
		}
	if (c->type_values.count != 0)
		return 0;
	*out = text_dup(a, cell);
	return out->data != NULL ? 0
				 : err_set(s->err, ERR_NOMEM, "out of memory");
}

static int
next_csv(struct source *s, struct arena *a, struct file_object *out)
{
	struct csv_row row;
	int r = csv_next(s->csv, &row, s->err);

	out->line = row.line;
	if (r <= 0)
		return r == ERR_LIMIT ? ERR_SYNTAX : r;
	r = row_dn(s, a, &row, out);
	if (r == 0)
		r = row_type(s, a, &row, &out->type);
	for (size_t i = 0; i < row.count && r == 0; i++)
		if (!text_equal_nocase(s->header.fields[i], s->f->conf->dn))
			r = add_cells(
			    s, a, out, s->header.fields[i], row.fields[i]);
	return r < 0 ? r : 1;
}

/* ---- What both have ---- */

static int
find_anchor(struct source *s, struct file_object *o)
{
	struct text name = s->f->conf->anchor;
	const struct ldif_value *v;

	if (name.len == 0) {
		o->anchor = o->key;
		return 0;
	}
	v = object_find(o, name);
	if (v == NULL)
		return err_type(s->err, ERR_SYNTAX, "missing-anchor-component",
		    "%s:%u: %.*s has no %.*s, which is its anchor", s->f->path,
		    o->line, TEXT_ARGS(o->dn), TEXT_ARGS(name));
	for (const struct ldif_value *w = v + 1; w < o->values + o->count; w++)
		if (text_equal_nocase(w->name, name))
			return err_type(s->err, ERR_SYNTAX,
			    "multi-valued-anchor-component",
			    "%s:%u: %.*s has more than one %.*s, which is its "
			    "anchor",
			    s->f->path, w->line, TEXT_ARGS(o->dn),
			    TEXT_ARGS(name));
	if (v->value.len > ANCHOR_MAX)
		return err_type(s->err, ERR_SYNTAX, "anchor-too-long",
		    "%s:%u: %.*s of %.*s is longer than %u bytes", s->f->path,
		    v->line, TEXT_ARGS(name), TEXT_ARGS(o->dn), ANCHOR_MAX);
	o->anchor = v->value;
	return 0;
}

static int
check_dn(struct source *s, struct arena *a, struct file_object *o)
{
	struct err why = {0};
	struct dn dn;
	int r = dn_parse(a, o->dn, &dn, &why);

	if (r == ERR_NOMEM || (r == 0 && dn_key(a, o->dn, &o->key) < 0))
		return err_set(s->err, ERR_NOMEM, "out of memory");
	if (r < 0 || dn.depth == 0)
		return err_type(s->err, ERR_SYNTAX,
		    r < 0 ? "dn-not-ldap-conformant" : "missing-dn",
		    "%s:%u: %s", s->f->path, o->line,
		    r < 0 ? why.text : "the dn is empty");
	return 0;
}

int
source_next(
    struct source *s, struct arena *a, struct file_object *out, struct err *e)
{
	int n, r;

	*out = (struct file_object){
	    .dn = TEXT(""), .anchor = TEXT(""), .type = TEXT("")};
	s->err = e;
	n = s->csv != NULL ? next_csv(s, a, out) : next_ldif(s, a, out);
	if (n <= 0)
		return n;
	r = check_dn(s, a, out);
	/* what is left out needs no anchor */
	if (r == 0 && out->type.len != 0)
		r = find_anchor(s, out);
	return r < 0 ? r : 1;
}
