/* codec/yaml_write.c -- see yaml_write.h. */
#include "codec/yaml_write.h"

#define FOLD_AT 100U /* columns */

static bool
is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* Words that a reader of YAML takes for something else than text. */
static bool
is_special(struct text t)
{
	static const char *const words[] = {
	    "null", "true", "false", "yes", "no", "on", "off", "y", "n"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_is_nocase(t, words[i]))
			return true;
	return false;
}

static bool
starts_number(struct text t)
{
	return t.data[0] >= '0' && t.data[0] <= '9';
}

/* Line ends of YAML beside '\n', and what may not stand in a file at all. */
static bool
needs_escape(struct text t)
{
	size_t pos = 0;

	while (pos < t.len) {
		uint32_t c = utf8_next(t, &pos);

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F ||
		    (c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
		    c == 0xFEFF || c == 0xFFFE || c == 0xFFFF || c >= 0x110000)
			return true;
	}
	return false;
}

static bool
is_plain_word(struct text t)
{
	if (t.len == 0 || is_special(t))
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!is_word_char(t.data[i]) &&
		    (i == 0 || (t.data[i] != '-' && t.data[i] != '.')))
			return false;
	return true;
}

/* A text for "key: " that needs no quotes. */
static bool
is_plain(struct text t)
{
	static const char begin[] = "(/\\<=+$.";

	if (t.len == 0 || is_special(t) || starts_number(t) ||
	    (!is_word_char(t.data[0]) && (unsigned char)t.data[0] < 0x80 &&
		strchr(begin, t.data[0]) == NULL))
		return false;
	if (t.data[t.len - 1] == ' ' || t.data[t.len - 1] == ':')
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (c == '\n' || c == '\t' ||
		    (c == ':' && i + 1 < t.len && t.data[i + 1] == ' ') ||
		    (c == '#' && i > 0 && t.data[i - 1] == ' '))
			return false;
	}
	return true;
}

static void
single_quoted(struct buf *b, struct text t)
{
	buf_putc(b, '\'');
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '\'')
			buf_putc(b, '\'');
		buf_putc(b, t.data[i]);
	}
	buf_putc(b, '\'');
}

static void
double_quoted(struct buf *b, struct text t)
{
	size_t pos = 0, at;

	buf_putc(b, '"');
	while (pos < t.len) {
		uint32_t c;

		at = pos;
		c = utf8_next(t, &pos);
		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (int)c);
		else if (c == '\n')
			buf_puts(b, "\\n");
		else if (c == '\t')
			buf_puts(b, "\\t");
		else if (c < 0x100 &&
			 needs_escape((struct text){t.data + at, pos - at}))
			buf_printf(b, "\\x%02x", (unsigned)c);
		else if (needs_escape((struct text){t.data + at, pos - at}))
			buf_printf(b, "\\u%04x", (unsigned)(c & 0xFFFF));
		else
			buf_add(b, t.data + at, pos - at);
	}
	buf_putc(b, '"');
}

static void
indent(struct buf *b, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_putc(b, ' ');
}

/* Lines as they are, below "|-". */
static void
literal(struct buf *b, struct text t, unsigned depth)
{
	bool begin = true;

	buf_puts(b, "|-\n");
	for (size_t i = 0; i < t.len; i++) {
		if (begin && t.data[i] != '\n')
			indent(b, depth);
		begin = t.data[i] == '\n';
		buf_putc(b, t.data[i]);
	}
	buf_putc(b, '\n');
}

/* Whether lines can stand as they are: an end without blank lines, no first
 * line that begins with a blank. */
static bool
fits_literal(struct text t)
{
	return t.len > 0 && t.data[0] != ' ' && t.data[0] != '\t' &&
	       t.data[0] != '\n' && t.data[t.len - 1] != '\n';
}

/* A blank that may become a line end: one alone between two words. */
static bool
may_fold(struct text t, size_t i)
{
	return t.data[i] == ' ' && i > 0 && i + 1 < t.len &&
	       t.data[i - 1] != ' ' && t.data[i + 1] != ' ' &&
	       t.data[i + 1] != '\t' && t.data[i - 1] != '\t';
}

/* One long line below ">-", broken where the reader puts a blank again. */
static void
folded(struct buf *b, struct text t, unsigned depth)
{
	size_t begin = 0, fold = 0;

	buf_puts(b, ">-\n");
	for (size_t i = 0; i <= t.len; i++) {
		bool end = i == t.len;

		if (fold > begin && (end || may_fold(t, i)) &&
		    i - begin + depth > FOLD_AT) {
			indent(b, depth);
			buf_add(b, t.data + begin, fold - begin);
			buf_putc(b, '\n');
			begin = fold + 1;
		}
		if (!end && may_fold(t, i))
			fold = i;
	}
	indent(b, depth);
	buf_add(b, t.data + begin, t.len - begin);
	buf_putc(b, '\n');
}

static bool
fits_folded(struct text t)
{
	return fits_literal(t) && t.data[t.len - 1] != ' ' &&
	       t.data[t.len - 1] != '\t' && memchr(t.data, '\n', t.len) == NULL;
}

void
yaml_write_scalar(struct buf *b, struct text t, unsigned depth)
{
	bool lines = t.len > 0 && memchr(t.data, '\n', t.len) != NULL;
	bool plain = is_plain(t), fold = fits_folded(t);
	bool ugly =
	    t.len + depth > FOLD_AT + 20 ||
	    (!plain && t.len > 0 && memchr(t.data, '\'', t.len) != NULL);

	if (needs_escape(t) || (lines && !fits_literal(t))) {
		double_quoted(b, t);
		buf_putc(b, '\n');
	} else if (lines) {
		literal(b, t, depth);
	} else if (ugly && fold) {
		folded(b, t, depth);
	} else if (plain) {
		buf_text_add(b, t);
		buf_putc(b, '\n');
	} else {
		single_quoted(b, t);
		buf_putc(b, '\n');
	}
}

void
yaml_write_word(struct buf *b, struct text t)
{
	if (needs_escape(t) ||
	    (t.len > 0 && memchr(t.data, '\n', t.len) != NULL))
		double_quoted(b, t);
	else if (is_plain_word(t) && !starts_number(t))
		buf_text_add(b, t);
	else
		single_quoted(b, t);
}

void
yaml_write_comment(struct buf *b, unsigned depth, struct text t)
{
	size_t pos = 0;

	indent(b, depth);
	buf_puts(b, "# ");
	while (pos < t.len) {
		size_t at = pos;
		uint32_t c = utf8_next(t, &pos);
		struct text one = {t.data + at, pos - at};

		if (c == '\n' || c == '\t' || needs_escape(one))
			buf_putc(b, ' ');
		else
			buf_text_add(b, one);
	}
	buf_putc(b, '\n');
}
