/* codec/ldif.c -- see ldif.h: reading. */
#include "codec/ldif.h"

#include <string.h>

#include "codec/input_int.h"

struct ldif_reader {
	struct input in;
	const char *name;
	unsigned line;      /* physical lines read */
	unsigned line_at;   /* where the logical line began */
	struct buf text;    /* the logical line */
	bool has_line;      /* it waits to be taken */
	bool at_end;        /* nothing more in the file */
	bool skip;          /* the rest of a bad record */
	bool begun;         /* something other than comments was read */
	size_t record_size; /* bytes so far */
	struct ldif_value *values;
	size_t count, values_size;
	struct ldif_mod *mods;
	size_t mod_count, mods_size;
	struct arena *arena;
	struct err *err;
};

struct ldif_reader *
ldif_reader_new(FILE *f, const char *name)
{
	struct ldif_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->in.file = f;
	r->name = name;
	buf_init(&r->text, LDIF_MAX_LINE);
	return r;
}

struct ldif_reader *
ldif_reader_free(struct ldif_reader *r)
{
	if (r != NULL) {
		buf_clear(&r->text);
		free(r->values);
		free(r->mods);
		free(r);
	}
	return NULL;
}

static int
fail(struct ldif_reader *r, int code, const char *type, const char *what)
{
	return err_type(
	    r->err, code, type, "%s:%u: %s", r->name, r->line_at, what);
}

static int
no_memory(struct ldif_reader *r)
{
	return err_set(r->err, ERR_NOMEM, "%s: out of memory", r->name);
}

/* ---- Lines ---- */

/* Appends a physical line without its end; false where there was none. */
static bool
read_physical(struct ldif_reader *r)
{
	int c = input_get(&r->in);

	if (c == EOF)
		return false;
	r->line++;
	for (; c != EOF && c != '\n'; c = input_get(&r->in))
		buf_putc(&r->text, (char)c);
	if (r->text.len > 0 && r->text.data[r->text.len - 1] == '\r' &&
	    c == '\n')
		r->text.len--;
	return true;
}

/* Reads a logical line into r->text, which is empty for a separator.
 * 1, 0 at the end of the file, or an error. */
static int
read_logical(struct ldif_reader *r)
{
	int c;

	buf_reset(&r->text);
	if (r->at_end || !read_physical(r)) {
		r->at_end = true;
		if (r->in.error != 0)
			return err_set(r->err, ERR_IO, "%s:%u: %s", r->name,
			    r->line, strerrordesc_np(r->in.error));
		return 0;
	}
	r->line_at = r->line;
	while (r->text.len > 0 && (c = input_get(&r->in)) != EOF) {
		if (c != ' ') {
			input_unget(&r->in, c);
			break;
		}
		if (!read_physical(r)) /* a blank and then nothing */
			break;
	}
	if (buf_error(&r->text) == ERR_NOMEM)
		return no_memory(r);
	if (buf_error(&r->text) != 0)
		return fail(
		    r, ERR_LIMIT, "parse-error", "line longer than 16 MiB");
	return 1;
}

/* The next line that is no comment, left in r->text until it is taken. */
static int
peek_line(struct ldif_reader *r)
{
	int n;

	if (r->has_line)
		return 1;
	do {
		n = read_logical(r);
	} while (n > 0 && r->text.len > 0 && r->text.data[0] == '#');
	r->has_line = n > 0;
	return n;
}

static void
take_line(struct ldif_reader *r)
{
	r->has_line = false;
}

/* A line that belongs to the record: 1; 0 at its end. */
static int
peek_record_line(struct ldif_reader *r)
{
	int n = peek_line(r);

	if (n <= 0 || r->text.len == 0)
		return n < 0 ? n : 0;
	return 1;
}

/* Behind a bad record: its other lines say nothing any more. */
static int
skip_record(struct ldif_reader *r)
{
	struct err *e = r->err;
	int n;

	r->err = NULL;
	do {
		n = peek_record_line(r);
		take_line(r);
	} while (n > 0 || n == ERR_LIMIT);
	r->err = e;
	r->skip = false;
	if (n < 0)
		return err_set(
		    e, n, "%s:%u: cannot be read on", r->name, r->line);
	return 0;
}

/* ---- "name: value" ---- */

struct line {
	struct text name;
	struct text value; /* raw: base64 not yet decoded */
	bool base64;
};

static bool
is_name(struct text t)
{
	if (t.len == 0 || t.len > LDIF_MAX_NAME)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];
		unsigned char l = c | 0x20U;

		if ((l < 'a' || l > 'z') && (c < '0' || c > '9') &&
		    (c == '\0' || strchr("-;._", c) == NULL))
			return false;
	}
	return true;
}

static struct text
without_fill(struct text t)
{
	while (t.len > 0 && t.data[0] == ' ')
		t = (struct text){t.data + 1, t.len - 1};
	return t;
}

/* Splits the line in r->text; borrows from it. */
static int
split_line(struct ldif_reader *r, struct line *out)
{
	struct text all = buf_text(&r->text);
	const char *colon = memchr(all.data, ':', all.len);
	struct text rest;

	if (all.data[0] == ' ')
		return fail(r, ERR_SYNTAX, "parse-error",
		    "continues a line that is not there");
	if (colon == NULL)
		return fail(
		    r, ERR_SYNTAX, "parse-error", "no \":\" in the line");
	out->name = (struct text){all.data, (size_t)(colon - all.data)};
	if (!is_name(out->name))
		return fail(r, ERR_SYNTAX, "parse-error",
		    "no attribute description before \":\"");
	rest = (struct text){colon + 1, all.len - out->name.len - 1};
	if (rest.len > 0 && rest.data[0] == '<')
		return err_type(r->err, ERR_UNSUPPORTED,
		    "unsupported-value-type",
		    "%s:%u: %.*s: a value by URL (\"<\") is not read", r->name,
		    r->line_at, TEXT_ARGS(out->name));
	out->base64 = rest.len > 0 && rest.data[0] == ':';
	if (out->base64)
		rest = (struct text){rest.data + 1, rest.len - 1};
	out->value = without_fill(rest);
	return 0;
}

/* The value's octets, in the arena. */
static int
value_of(struct ldif_reader *r, const struct line *l, struct text *out)
{
	struct err why = {0};
	int code;

	if (!l->base64) {
		if (l->value.len != 0 &&
		    memchr(l->value.data, '\0', l->value.len) != NULL)
			return fail(r, ERR_SYNTAX, "invalid-attribute-value",
			    "zero byte in a value that is not base64");
		*out = text_dup(r->arena, l->value);
		return out->data != NULL ? 0 : no_memory(r);
	}
	code = base64_decode(r->arena, l->value, out, &why);
	if (code == ERR_NOMEM)
		return no_memory(r);
	if (code < 0)
		return err_type(r->err, ERR_SYNTAX, "invalid-base64-value",
		    "%s:%u: %.*s: %s", r->name, r->line_at, TEXT_ARGS(l->name),
		    why.text);
	return 0;
}

/* A value that must be text. */
static int
text_value_of(struct ldif_reader *r, const struct line *l, struct text *out,
    const char *type)
{
	struct text t = {0};
	int n = value_of(r, l, &t);

	if (n < 0)
		return n;
	if (!text_is_utf8(t))
		return err_type(r->err, ERR_SYNTAX, type,
		    "%s:%u: %.*s is not UTF-8", r->name, r->line_at,
		    TEXT_ARGS(l->name));
	*out = t;
	return 0;
}

/* Splits the record's next line and counts it: 1, 0 at the end. */
static int
next_line(struct ldif_reader *r, struct line *out)
{
	int n = peek_record_line(r);

	if (n <= 0)
		return n;
	r->record_size += r->text.len;
	if (r->record_size > LDIF_MAX_RECORD)
		return fail(
		    r, ERR_LIMIT, "parse-error", "record longer than 64 MiB");
	n = split_line(r, out);
	return n < 0 ? n : 1;
}

/* ---- Records ---- */

static int
add_value(struct ldif_reader *r, const struct line *l)
{
	struct ldif_value *v;
	int n;

	if (r->count == LDIF_MAX_VALUES)
		return fail(r, ERR_LIMIT, "parse-error",
		    "more than 1000000 values in a record");
	if (r->count == r->values_size) {
		size_t size = r->values_size != 0 ? r->values_size * 2 : 64;

		v = reallocarray(r->values, size, sizeof(*v));
		if (v == NULL)
			return no_memory(r);
		r->values = v;
		r->values_size = size;
	}
	v = &r->values[r->count];
	v->line = r->line_at;
	n = value_of(r, l, &v->value);
	if (n < 0)
		return n;
	v->name = text_dup(r->arena, l->name);
	if (v->name.data == NULL)
		return no_memory(r);
	r->count++;
	return 0;
}

/* attrval-record, and the body of changetype: add. */
static int
read_content(struct ldif_reader *r)
{
	struct line l = {0};
	int n;

	while ((n = next_line(r, &l)) > 0) {
		if (text_is_nocase(l.name, "changetype") ||
		    text_is_nocase(l.name, "dn"))
			return err_type(r->err, ERR_SYNTAX, "parse-error",
			    "%s:%u: %.*s in the middle of a record (an empty "
			    "line ends one)",
			    r->name, r->line_at, TEXT_ARGS(l.name));
		n = add_value(r, &l);
		if (n < 0)
			return n;
		take_line(r);
	}
	return n;
}

static int
add_mod(struct ldif_reader *r, struct ldif_mod mod)
{
	if (r->mod_count == r->mods_size) {
		size_t size = r->mods_size != 0 ? r->mods_size * 2 : 16;
		struct ldif_mod *m = reallocarray(r->mods, size, sizeof(*m));

		if (m == NULL)
			return no_memory(r);
		r->mods = m;
		r->mods_size = size;
	}
	r->mods[r->mod_count++] = mod;
	return 0;
}

static bool
is_dash(const struct ldif_reader *r)
{
	return r->text.len == 1 && r->text.data[0] == '-';
}

/* "add: name" and so on. */
static int
read_mod_head(struct ldif_reader *r, const struct line *l)
{
	static const char *const ops[] = {
	    [LDIF_MOD_ADD] = "add",
	    [LDIF_MOD_DELETE] = "delete",
	    [LDIF_MOD_REPLACE] = "replace",
	    [LDIF_MOD_INCREMENT] = "increment",
	};
	struct ldif_mod mod = {.first = r->count, .line = r->line_at};
	size_t op = 0;
	int n;

	while (op < 4 && !text_is_nocase(l->name, ops[op]))
		op++;
	if (op == 4)
		return err_type(r->err, ERR_SYNTAX, "invalid-modification-type",
		    "%s:%u: %.*s: a modification begins with add, delete, "
		    "replace or increment",
		    r->name, r->line_at, TEXT_ARGS(l->name));
	n = text_value_of(r, l, &mod.name, "invalid-modification-type");
	if (n < 0)
		return n;
	if (!is_name(mod.name))
		return fail(r, ERR_SYNTAX, "invalid-modification-type",
		    "no attribute description in the modification");
	mod.op = (enum ldif_mod_op)op;
	return add_mod(r, mod);
}

/* Up to the "-" that ends a modification. */
static int
read_mod_values(struct ldif_reader *r)
{
	struct text name = r->mods[r->mod_count - 1].name;
	struct line l = {0};
	int n;

	while ((n = peek_record_line(r)) > 0 && !is_dash(r)) {
		n = next_line(r, &l);
		if (n < 0)
			return n;
		if (!text_equal_nocase(l.name, name))
			return err_type(r->err, ERR_SYNTAX,
			    "conflicting-modification-types",
			    "%s:%u: value of %.*s in a modification of %.*s",
			    r->name, r->line_at, TEXT_ARGS(l.name),
			    TEXT_ARGS(name));
		n = add_value(r, &l);
		if (n < 0)
			return n;
		r->mods[r->mod_count - 1].count++;
		take_line(r);
	}
	if (n > 0)
		take_line(r);
	return n < 0 ? n : 0;
}

static int
read_modify(struct ldif_reader *r)
{
	struct line l = {0};
	int n;

	while ((n = next_line(r, &l)) > 0) {
		n = read_mod_head(r, &l);
		if (n < 0)
			return n;
		take_line(r);
		n = read_mod_values(r);
		if (n < 0)
			return n;
	}
	return n;
}

/* A line that must be there, by name. */
static int
read_named(struct ldif_reader *r, const char *name, struct text *out)
{
	struct line l = {0};
	int n = next_line(r, &l);

	if (n < 0)
		return n;
	if (n == 0 || !text_is_nocase(l.name, name))
		return err_type(r->err, ERR_SYNTAX, "parse-error",
		    "%s:%u: a modrdn record needs %s here", r->name, r->line_at,
		    name);
	n = text_value_of(r, &l, out, "invalid-dn");
	take_line(r);
	return n;
}

static int
read_modrdn(struct ldif_reader *r, struct ldif_record *out)
{
	struct text flag = {0};
	int n = read_named(r, "newrdn", &out->new_rdn);

	if (n == 0)
		n = read_named(r, "deleteoldrdn", &flag);
	if (n < 0)
		return n;
	if (!text_is(flag, "0") && !text_is(flag, "1"))
		return fail(
		    r, ERR_SYNTAX, "parse-error", "deleteoldrdn is 0 or 1");
	out->delete_old = text_is(flag, "1");
	n = peek_record_line(r);
	if (n <= 0)
		return n;
	out->has_superior = true;
	return read_named(r, "newsuperior", &out->new_superior);
}

static int
change_of(struct ldif_reader *r, const struct line *l, enum ldif_change *out)
{
	static const struct {
		const char *name;
		enum ldif_change change;
	} names[] = {
	    {"add", LDIF_ADD},
	    {"delete", LDIF_DELETE},
	    {"modify", LDIF_MODIFY},
	    {"modrdn", LDIF_MODRDN},
	    {"moddn", LDIF_MODRDN},
	};
	struct text t = {0};
	int n = text_value_of(r, l, &t, "invalid-change-type");

	if (n < 0)
		return n;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!text_is_nocase(t, names[i].name))
			continue;
		*out = names[i].change;
		return 0;
	}
	return err_type(r->err, ERR_SYNTAX, "invalid-change-type",
	    "%s:%u: changetype is add, delete, modify, modrdn or moddn",
	    r->name, r->line_at);
}

/* "control: OID [true|false][: value]": one that must be obeyed cannot be. */
static int
check_control(struct ldif_reader *r, const struct line *l)
{
	struct text t = {0};
	int n = text_value_of(r, l, &t, "parse-error");

	if (n < 0)
		return n;
	if (memmem(t.data, t.len, " true", 5) != NULL)
		return fail(r, ERR_UNSUPPORTED, "parse-error",
		    "a critical control is not obeyed here");
	return 0;
}

/* Controls and changetype, where there are any. */
static int
read_change(struct ldif_reader *r, enum ldif_change *out)
{
	bool control = false;
	struct line l = {0};
	int n;

	while ((n = next_line(r, &l)) > 0) {
		if (text_is_nocase(l.name, "changetype")) {
			n = change_of(r, &l, out);
			take_line(r);
			return n;
		}
		if (!text_is_nocase(l.name, "control"))
			break;
		n = check_control(r, &l);
		if (n < 0)
			return n;
		control = true;
		take_line(r);
	}
	if (control && n >= 0)
		return fail(r, ERR_SYNTAX, "missing-change-type",
		    "a control without a changetype");
	return n < 0 ? n : 0;
}

static int
read_body(struct ldif_reader *r, struct ldif_record *out)
{
	int n = read_change(r, &out->change);

	if (n < 0)
		return n;
	switch (out->change) {
	case LDIF_CONTENT:
	case LDIF_ADD:
		n = read_content(r);
		break;
	case LDIF_MODIFY:
		n = read_modify(r);
		break;
	case LDIF_MODRDN:
		n = read_modrdn(r, out);
		break;
	case LDIF_DELETE:
		break;
	}
	if (n < 0)
		return n;
	n = peek_record_line(r);
	if (n > 0)
		return fail(r, ERR_SYNTAX, "parse-error",
		    "more lines than this kind of record has");
	return n;
}

static int
read_record(struct ldif_reader *r, struct ldif_record *out)
{
	struct line l = {0};
	int n = next_line(r, &l);

	out->line = r->line_at;
	if (n < 0)
		return n;
	if (!text_is_nocase(l.name, "dn"))
		return err_type(r->err, ERR_SYNTAX, "missing-dn",
		    "%s:%u: a record begins with dn, not with %.*s", r->name,
		    r->line_at, TEXT_ARGS(l.name));
	n = text_value_of(r, &l, &out->dn, "invalid-dn");
	if (n < 0)
		return n;
	take_line(r);
	return read_body(r, out);
}

/* Empty lines, and "version: 1" at the head of the file.  1 where a record
 * begins, 0 at the end. */
static int
find_record(struct ldif_reader *r)
{
	struct line l = {0};
	int n;

	while ((n = peek_line(r)) > 0) {
		if (r->text.len == 0) {
			take_line(r);
			continue;
		}
		if (r->begun ||
		    !text_starts_nocase(buf_text(&r->text), "version:"))
			return 1;
		r->begun = true;
		n = split_line(r, &l);
		if (n < 0)
			return n;
		if (!text_is(l.value, "1"))
			return fail(
			    r, ERR_SYNTAX, "parse-error", "version is not 1");
		take_line(r);
	}
	return n;
}

int
ldif_next(struct ldif_reader *r, struct arena *a, struct ldif_record *out,
    struct err *e)
{
	int n;

	*out = (struct ldif_record){.dn = TEXT("")};
	r->arena = a;
	r->err = e;
	r->count = r->mod_count = 0;
	r->record_size = 0;
	if (r->skip) {
		n = skip_record(r);
		if (n < 0)
			return n;
	}
	n = find_record(r);
	r->begun = true;
	if (n > 0)
		n = read_record(r, out);
	else if (n == 0)
		return 0;
	out->values = r->values;
	out->count = r->count;
	out->mods = r->mods;
	out->mod_count = r->mod_count;
	r->skip = n < 0;
	if (n < 0)
		out->count = out->mod_count = 0;
	return n < 0 ? n : 1;
}
