/* migrate/task/anchor_file.c -- one line of causeway.yaml. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/yaml.h"
#include "migrate/task/anchor_int.h"

#define SETTING  "source_anchor: " ANCHOR_ATTR
#define FILE_MAX YAML_MAX_BYTES

/* ---- The text ---- */

/* Where a line begins; the text's end where there are fewer. */
static size_t
line_at(struct text t, unsigned line)
{
	size_t at = 0;

	for (unsigned n = 1; n < line && at < t.len; n++) {
		const char *end = memchr(t.data + at, '\n', t.len - at);

		at = end == NULL ? t.len : (size_t)(end - t.data) + 1;
	}
	return at;
}

static struct text
joined(struct arena *a, struct text t, size_t at, const char *middle,
    size_t behind)
{
	return text_of(arena_printf(a, "%.*s%s%.*s", (int)at, t.data, middle,
	    (int)(t.len - behind), t.data + behind));
}

/* The value of a setting that is there. */
static int
replaced(const struct conf *c, const struct yaml_node *n, struct arena *a,
    struct text *out, struct err *e)
{
	size_t at = line_at(c->source, n->line) + n->column - 1;

	if (n->kind != YAML_SCALAR || n->quoted ||
	    at + n->text.len > c->source.len ||
	    memcmp(c->source.data + at, n->text.data, n->text.len) != 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s:%u: write it by hand: " SETTING, TEXT_ARGS(c->path),
		    n->line);
	*out = joined(a, c->source, at, ANCHOR_ATTR, at + n->text.len);
	return 0;
}

/* Before the first setting of default_rules, as far to the right. */
static int
inserted(const struct conf *c, const struct yaml_node *rules, struct arena *a,
    struct text *out, struct err *e)
{
	const struct yaml_node *first = rules->first;
	size_t at;
	char *line;

	if (rules->kind != YAML_MAP || first == NULL ||
	    first->key_line <= rules->key_line)
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s:%u: add it to default_rules by hand: " SETTING,
		    TEXT_ARGS(c->path), rules->key_line);
	at = line_at(c->source, first->key_line);
	line =
	    arena_printf(a, "%*s" SETTING "\n", (int)first->key_column - 1, "");
	if (line == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out = joined(a, c->source, at, line, at);
	return 0;
}

static int
appended(const struct conf *c, const struct yaml_node *root, struct arena *a,
    struct text *out, struct err *e)
{
	struct text t = c->source;

	if (root->first == NULL || root->first->key_column != 1)
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s: add it by hand: default_rules: {" SETTING "}",
		    TEXT_ARGS(c->path));
	*out = joined(a, t, t.len,
	    t.data[t.len - 1] == '\n' ? "default_rules:\n  " SETTING "\n"
				      : "\ndefault_rules:\n  " SETTING "\n",
	    t.len);
	return 0;
}

/* It reads back, and says what it is to say. */
static int
check(const struct conf *c, struct arena *a, struct text now, struct err *e)
{
	struct conf_problems *problems = arena_alloc(a, sizeof(*problems));
	struct conf *read = NULL;

	if (problems == NULL || now.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*problems = (struct conf_problems){.count = 0};
	if (conf_parse(c->path.data, now, a, &read, problems) < 0 ||
	    !text_is(read->default_rules.source_anchor, ANCHOR_ATTR))
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s: add it to default_rules by hand: " SETTING,
		    TEXT_ARGS(c->path));
	return 0;
}

int
anchor_text(
    const struct conf *c, struct arena *a, struct text *out, struct err *e)
{
	const struct yaml_node *root = NULL, *rules, *old;
	int r = yaml_parse(a, c->path.data, c->source, &root, e);

	if (r < 0)
		return r;
	rules = yaml_get(root, "default_rules");
	old = yaml_get(rules, "source_anchor");
	if (old != NULL)
		r = replaced(c, old, a, out, e);
	else if (rules != NULL)
		r = inserted(c, rules, a, out, e);
	else
		r = appended(c, root, a, out, e);
	return r == 0 ? check(c, a, *out, e) : r;
}

/* ---- The file ---- */

static int
read_file(const char *path, struct buf *out, mode_t *out_mode, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char part[4096];
	ssize_t n = -1;

	if (fd < 0)
		return err_set(e, -errno, "%s: it cannot be read", path);
	if (fstat(fd, &st) == 0) {
		*out_mode = st.st_mode & 07777;
		do {
			n = read(fd, part, sizeof(part));
			if (n > 0)
				buf_add(out, part, (size_t)n);
		} while (n > 0 || (n < 0 && errno == EINTR));
	}
	(void)close(fd);
	return n < 0 || buf_error(out) < 0
		   ? err_set(e, ERR_IO, "%s: it cannot be read", path)
		   : 0;
}

static int
write_file(const char *path, struct text t, mode_t mode, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	size_t done = 0;
	bool good = fd >= 0 && fchmod(fd, mode) == 0;

	while (good && done < t.len) {
		ssize_t n = write(fd, t.data + done, t.len - done);

		good = n >= 0 || errno == EINTR;
		done += n > 0 ? (size_t)n : 0;
	}
	good = good && fsync(fd) == 0;
	if (fd >= 0)
		good = close(fd) == 0 && good;
	return good ? 0 : err_set(e, ERR_IO, "%s: it cannot be written", path);
}

int
anchor_file_put(const struct conf *c, struct text was, struct text now,
    struct arena *a, struct err *e)
{
	const char *path = arena_printf(a, "%.*s", TEXT_ARGS(c->path));
	const char *next = arena_printf(a, "%.*s.next", TEXT_ARGS(c->path));
	mode_t mode = 0600;
	struct buf b;
	int r = 0;

	if (path == NULL || next == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	buf_init(&b, FILE_MAX);
	r = read_file(path, &b, &mode, e);
	if (r == 0 && !text_equal(buf_text(&b), was))
		r = err_set(e, ERR_REFUSED,
		    "%s was changed meanwhile: it is left as it is", path);
	buf_clear(&b);
	if (r == 0)
		r = write_file(next, now, mode, e);
	if (r == 0 && rename(next, path) != 0)
		r = err_set(e, -errno, "%s: it cannot be written", path);
	if (r < 0)
		(void)unlink(next);
	return r;
}
