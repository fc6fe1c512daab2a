/*
 * base/text.h -- a run of bytes with its length, and hex and base64 of it.
 *
 * Purpose:   text from outside may hold zero bytes and need not end in one;
 *            everything that passes between rooms is a struct text.
 * Touches:   base/arena.h.
 * Ownership: struct text borrows; results live in the arena given.
 * Errors:    ERR_SYNTAX with the byte offset, ERR_NOMEM.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"
#include "base/err.h"

struct text {
	const char *data;
	size_t len;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
#define TEXT_ARGS(t)  (int)(t).len, (t).data /* for "%.*s" */

struct text text_of(const char *s); /* NULL gives the empty text */
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *s);

/* ASCII letters alone are folded: names of attributes, hosts, headers. */
bool text_same_nocase(const char *a, const char *b, size_t n);
static inline bool
text_equal_nocase(struct text a, struct text b)
{
	return a.len == b.len && text_same_nocase(a.data, b.data, a.len);
}
bool text_is_nocase(struct text a, const char *s);

/* Octet order, shorter first; <0, 0, >0. */
int text_compare(struct text a, struct text b);

bool text_starts_nocase(struct text a, const char *prefix);
bool text_ends_nocase(struct text a, const char *suffix);

/* A copy with a zero byte behind it; NULL and of no length when memory is out.
 */
struct text text_dup(struct arena *a, struct text t);

/* Decimal with an optional minus, nothing else around it.
 * ERR_SYNTAX where it is not a number, ERR_LIMIT where it needs 65 bits. */
int text_to_int64(struct text t, int64_t *out_n) MUST_CHECK;

/* True where it is well-formed UTF-8 (RFC 3629: no surrogates, no overlong). */
bool text_is_utf8(struct text t);

/* One code point at *pos, which moves past it; a byte that is part of none
 * comes back as 0x110000 + byte.  t.len > *pos. */
uint32_t utf8_next(struct text t, size_t *pos);

/* Writes c (or the byte of 0x110000 + byte); returns the bytes, at most 4. */
size_t utf8_put(char *out, uint32_t c);

/* Lower-case hex. */
int hex_encode(struct arena *a, struct text in, struct text *out) MUST_CHECK;
int hex_decode(struct arena *a, struct text in, struct text *out,
    struct err *e) MUST_CHECK;

/* RFC 4648 section 4, with padding; decoding allows blanks and line ends
 * and nothing else. */
int base64_encode(struct arena *a, struct text in, struct text *out) MUST_CHECK;
int base64_decode(struct arena *a, struct text in, struct text *out,
    struct err *e) MUST_CHECK;

/* RFC 4648 section 5 without padding: tokens. */
int base64url_encode(
    struct arena *a, struct text in, struct text *out) MUST_CHECK;
int base64url_decode(struct arena *a, struct text in, struct text *out,
    struct err *e) MUST_CHECK;

#endif /* BASE_TEXT_H */
