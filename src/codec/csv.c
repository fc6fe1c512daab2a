/* codec/csv.c -- see csv.h. */
#include "codec/csv.h"

#include <string.h>

#include "base/map.h"
#include "codec/input_int.h"

struct csv_reader {
	struct input in;
	const char *name;
	int delimiter;
	unsigned line;    /* line ends read, plus one */
	unsigned line_at; /* where the row began */
	size_t columns;   /* of the header; 0: any */
	struct buf text;  /* the fields of the row, one behind the other */
	size_t ends[CSV_MAX_FIELDS];
	struct text fields[CSV_MAX_FIELDS];
	size_t count;
	bool begun;
	const char *problem; /* the first of the row */
	int problem_code;
	struct err *err;
};

struct csv_reader *
csv_reader_new(FILE *f, const char *name, char delimiter)
{
	struct csv_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->in.file = f;
	r->name = name;
	r->delimiter = (unsigned char)delimiter;
	r->line = 1;
	buf_init(&r->text, CSV_MAX_ROW);
	return r;
}

struct csv_reader *
csv_reader_free(struct csv_reader *r)
{
	if (r != NULL) {
		buf_clear(&r->text);
		free(r);
	}
	return NULL;
}

static void
problem(struct csv_reader *r, int code, const char *what)
{
	if (r->problem != NULL)
		return;
	r->problem = what;
	r->problem_code = code;
}

/* The next byte; a line end of either kind is '\n'. */
static int
next_byte(struct csv_reader *r)
{
	int c = input_get(&r->in), d;

	if (c == '\r') {
		d = input_get(&r->in);
		if (d == '\n')
			c = d;
		else
			input_unget(&r->in, d);
	}
	if (c == '\n')
		r->line++;
	return c;
}

/* Behind the opening quote; line ends are kept as they are.  Returns the byte
 * behind the closing one. */
static int
read_quoted(struct csv_reader *r)
{
	int c;

	while ((c = input_get(&r->in)) != EOF) {
		if (c == '"') {
			c = next_byte(r);
			if (c != '"')
				return c;
		}
		if (c == '\n')
			r->line++;
		buf_putc(&r->text, (char)c);
	}
	problem(r, ERR_SYNTAX, "a field in quotes has no end");
	return EOF;
}

/* One field into r->text; returns the byte that ended it. */
static int
read_field(struct csv_reader *r, int c)
{
	size_t start = r->count > 0 ? r->ends[r->count - 1] : 0;

	if (c == '"' && r->text.len == start) {
		c = read_quoted(r);
		if (c != r->delimiter && c != '\n' && c != EOF)
			problem(r, ERR_SYNTAX,
			    "text behind the closing quote of a field");
	}
	for (; c != r->delimiter && c != '\n' && c != EOF; c = next_byte(r)) {
		if (c == '"')
			problem(r, ERR_SYNTAX,
			    "a quote inside a field that is not in quotes");
		buf_putc(&r->text, (char)c);
	}
	if (r->text.len - start > CSV_MAX_FIELD)
		problem(r, ERR_LIMIT, "field longer than 4 MiB");
	return c;
}

/* The fields of a row, the first byte of which is c. */
static void
read_fields(struct csv_reader *r, int c)
{
	for (;;) {
		c = read_field(r, c);
		if (r->count == CSV_MAX_FIELDS)
			problem(r, ERR_LIMIT, "more than 4096 fields");
		else
			r->ends[r->count++] = r->text.len;
		if (c != r->delimiter)
			return;
		c = next_byte(r);
	}
}

/* The file's first byte: takes a byte order mark off. */
static int
skip_mark(struct csv_reader *r, int c)
{
	char head[3] = {(char)c};
	size_t n = 1;

	r->begun = true;
	if (c != 0xef)
		return c;
	for (; n < 3 && (c = input_get(&r->in)) != EOF; n++)
		head[n] = (char)c;
	if (n < 3 || memcmp(head, "\xef\xbb\xbf", 3) != 0)
		buf_add(&r->text, head, n);
	return next_byte(r);
}

/* Text in one piece to fields; each must be UTF-8 without zero bytes. */
static int
finish_row(struct csv_reader *r, struct csv_row *out)
{
	struct text all = buf_text(&r->text);
	size_t start = 0;

	if (buf_error(&r->text) == ERR_NOMEM)
		return err_set(r->err, ERR_NOMEM, "%s: out of memory", r->name);
	if (buf_error(&r->text) != 0)
		problem(r, ERR_LIMIT, "row longer than 16 MiB");
	if (memchr(all.data, '\0', all.len) != NULL)
		problem(r, ERR_SYNTAX, "zero byte");
	for (size_t i = 0; i < r->count && r->problem == NULL; i++) {
		r->fields[i] =
		    (struct text){all.data + start, r->ends[i] - start};
		start = r->ends[i];
		if (!text_is_utf8(r->fields[i]))
			problem(r, ERR_SYNTAX, "not UTF-8");
	}
	if (r->problem != NULL)
		return err_type(r->err, r->problem_code, "parse-error",
		    "%s:%u: %s", r->name, r->line_at, r->problem);
	if (r->columns != 0 && r->count != r->columns)
		return err_type(r->err, ERR_SYNTAX, "parse-error",
		    "%s:%u: %zu fields where the header has %zu", r->name,
		    r->line_at, r->count, r->columns);
	*out = (struct csv_row){
	    .line = r->line_at, .fields = r->fields, .count = r->count};
	return 1;
}

int
csv_next(struct csv_reader *r, struct csv_row *out, struct err *e)
{
	bool more;
	int c;

	r->err = e;
	r->count = 0;
	r->problem = NULL;
	buf_reset(&r->text);
	do {
		r->line_at = r->line;
		c = next_byte(r);
		if (!r->begun)
			c = skip_mark(r, c);
	} while (c == '\n' && r->text.len == 0);
	*out = (struct csv_row){.line = r->line_at};
	more = c != EOF || r->text.len != 0;
	if (more)
		read_fields(r, c);
	if (r->in.error != 0)
		return err_set(e, ERR_IO, "%s:%u: %s", r->name, r->line,
		    strerrordesc_np(r->in.error));
	return more ? finish_row(r, out) : 0;
}

static int
check_names(struct csv_reader *r, const struct csv_row *row, struct map *seen)
{
	for (size_t i = 0; i < row->count; i++) {
		struct text name = row->fields[i];

		if (name.len == 0)
			return err_type(r->err, ERR_CONFIG, "parse-error",
			    "%s:%u: column %zu has no name", r->name, row->line,
			    i + 1);
		if (map_get(seen, name) != NULL)
			return err_type(r->err, ERR_CONFIG, "parse-error",
			    "%s:%u: column %.*s is there twice", r->name,
			    row->line, (int)(name.len < 100 ? name.len : 100),
			    name.data);
		if (map_put(seen, name, r) < 0)
			return err_set(r->err, ERR_NOMEM, "out of memory");
	}
	return 0;
}

int
csv_read_header(
    struct csv_reader *r, struct arena *a, struct csv_row *out, struct err *e)
{
	CLEANUP(map_freep)
	struct map *seen = map_new(false);
	struct csv_row row;
	struct text *names;
	int n = csv_next(r, &row, e);

	if (n == 0)
		return err_type(e, ERR_CONFIG, "parse-error",
		    "%s: no header: the first line names the columns", r->name);
	if (n < 0)
		return n;
	if (seen == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	n = check_names(r, &row, seen);
	if (n < 0)
		return n;
	names = arena_array(a, row.count, sizeof(*names));
	for (size_t i = 0; names != NULL && i < row.count; i++)
		names[i] = text_dup(a, row.fields[i]);
	if (arena_failed(a))
		return err_set(e, ERR_NOMEM, "out of memory");
	r->columns = row.count;
	row.fields = names;
	*out = row;
	return 0;
}

/* ---- Writing ---- */

static bool
wants_quotes(struct text t, char delimiter)
{
	return memchr(t.data, delimiter, t.len) != NULL ||
	       memchr(t.data, '"', t.len) != NULL ||
	       memchr(t.data, '\r', t.len) != NULL ||
	       memchr(t.data, '\n', t.len) != NULL;
}

static void
put_field(struct buf *out, struct text t)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, t.data[i]);
	}
	buf_putc(out, '"');
}

void
csv_write(
    struct buf *out, char delimiter, const struct text *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct text t = fields[i];

		if (i > 0)
			buf_putc(out, delimiter);
		/* alone and empty: else the line would be passed over; a
		 * byte order mark: else it would be taken off */
		if ((t.len == 0 && count == 1) ||
		    (t.len != 0 && (wants_quotes(t, delimiter) ||
				       (unsigned char)t.data[0] == 0xef)))
			put_field(out, t);
		else
			buf_text_add(out, t);
	}
	buf_puts(out, "\r\n");
}
