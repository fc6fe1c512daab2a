/* codec/xml_stream.c -- an XML file one record at a time; see xml.h. */
#include "codec/encoding.h"
#include "codec/xml_int.h"

#define READ_BYTES 65536U

/* The file in UTF-8, whatever it is written in. */
struct source {
	FILE *in;
	const char *name;
	enum {
		CODE_UTF8,
		CODE_UTF16_LITTLE,
		CODE_UTF16_BIG
	} code;
	uint64_t bytes;
	unsigned char raw[READ_BYTES];
	size_t held; /* octets at the start of raw that were not taken yet */
	char text[READ_BYTES / 2 * 3];
};

static uint32_t
unit_at(const struct source *s, size_t at)
{
	uint32_t x = s->raw[at], y = s->raw[at + 1];

	return s->code == CODE_UTF16_BIG ? (x << 8U | y) : (y << 8U | x);
}

/* As many whole characters of n octets as there are; the rest stays. */
static int
take_utf16(struct source *s, size_t n, struct text *out)
{
	size_t len = 0, at = 0;

	while (at + 1 < n) {
		uint32_t c = unit_at(s, at);
		size_t width = 2;

		if (c >= 0xdc00 && c <= 0xdfff)
			return ERR_SYNTAX;
		if (c >= 0xd800 && c <= 0xdbff) {
			uint32_t low;

			if (at + 3 >= n)
				break;
			low = unit_at(s, at + 2);
			if (low < 0xdc00 || low > 0xdfff)
				return ERR_SYNTAX;
			c = 0x10000 + ((c - 0xd800) << 10U) + (low - 0xdc00);
			width = 4;
		}
		len += utf8_put(s->text + len, c);
		at += width;
	}
	s->held = n - at;
	memmove(s->raw, s->raw + at, s->held);
	*out = (struct text){s->text, len};
	return 0;
}

/* The start says which; the length of the mark. */
static size_t
find_code(struct source *s, size_t n)
{
	struct text begin = {(const char *)s->raw, n};

	s->code = CODE_UTF8;
	if (n >= 2 && s->raw[0] == 0xff && s->raw[1] == 0xfe)
		s->code = CODE_UTF16_LITTLE;
	else if (n >= 2 && s->raw[0] == 0xfe && s->raw[1] == 0xff)
		s->code = CODE_UTF16_BIG;
	if (s->code != CODE_UTF8)
		return 2;
	if (encoding_is_bare_utf16(begin, false))
		s->code = CODE_UTF16_LITTLE;
	else if (encoding_is_bare_utf16(begin, true))
		s->code = CODE_UTF16_BIG;
	return n >= 3 && memcmp(s->raw, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* The next piece, empty at the end. */
static int
next_piece(struct source *s, struct text *out, struct err *e)
{
	size_t mark = 0;
	size_t n = fread(s->raw + s->held, 1, READ_BYTES - s->held, s->in);

	if (ferror(s->in) != 0)
		return err_set(e, ERR_IO, "%s: cannot be read", s->name);
	if (s->bytes == 0)
		mark = find_code(s, n);
	s->bytes += n;
	if (s->bytes > XML_MAX_STREAM)
		return err_set(e, ERR_LIMIT, "%s: over %llu GiB", s->name,
		    XML_MAX_STREAM >> 30U);
	n += s->held;
	memmove(s->raw, s->raw + mark, n - mark);
	n -= mark;
	*out = (struct text){(const char *)s->raw, n};
	s->held = 0;
	if (s->code != CODE_UTF8 && n != 0 && take_utf16(s, n, out) < 0)
		return err_set(e, ERR_SYNTAX, "%s: damaged UTF-16", s->name);
	return 0;
}

static int
read_all(struct xml_build *b, struct source *s, struct err *e)
{
	int r = xml_build_begin(b, s->name, e);

	while (r == 0 && b->error == 0) {
		struct text piece;

		r = next_piece(s, &piece, e);
		if (r == 0 && s->bytes == 0)
			return err_set(
			    e, ERR_SYNTAX, "%s:1: no XML element", s->name);
		if (r == 0 && piece.len == 0 && feof(s->in) != 0)
			return s->held == 0
				   ? xml_build_end(b)
				   : err_set(e, ERR_SYNTAX,
					 "%s: damaged UTF-16", s->name);
		if (r == 0)
			xml_build_feed(b, piece);
	}
	return r < 0 ? r : b->error;
}

int
xml_read_records(
    FILE *in, const char *name, const struct xml_records *want, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(XML_MAX_RECORD);
	struct xml_build *b = calloc(1, sizeof(*b));
	struct source *s = calloc(1, sizeof(*s));
	int r = ERR_NOMEM;

	if (a != NULL && b != NULL && s != NULL) {
		*s = (struct source){.in = in, .name = name};
		b->arena = a;
		b->record = want->record;
		b->record_ctx = want->ctx;
		b->want_root = want->root;
		r = read_all(b, s, e);
	} else {
		(void)err_set(e, r, "%s: out of memory", name);
	}
	if (b != NULL)
		xml_build_free(b);
	free(s);
	return r;
}
