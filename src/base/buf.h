/*
 * base/buf.h -- bytes that grow, up to a limit.
 *
 * Purpose:   building text and encodings whose length is not known.
 * Touches:   malloc.
 * Ownership: buf_init() .. buf_clear(); buf_text() borrows until the next
 *            change.
 * Errors:    the first failure (ERR_NOMEM, ERR_LIMIT) sticks: later calls do
 *            nothing and buf_error() tells at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/text.h"

struct buf {
	char *data;
	size_t len;
	size_t size;
	size_t max; /* bytes it may ever hold */
	int error;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_clear(struct buf *b); /* frees; may be used again */
void buf_reset(struct buf *b); /* empties, keeps the memory */

void buf_add(struct buf *b, const void *data, size_t len);
void buf_text_add(struct buf *b, struct text t);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* LEB128: seven bits a byte, least first; at most ten bytes. */
void buf_varint(struct buf *b, uint64_t n);

/* Room for n bytes behind what is there, NULL where there is none; what was
 * written is said by buf_wrote().  For many small pieces: no call for each. */
char *buf_grow(struct buf *b, size_t n);

static inline char *
buf_room(struct buf *b, size_t n)
{
	if (b->error == 0 && n < b->size - b->len && n <= b->max - b->len)
		return b->data + b->len;
	return buf_grow(b, n);
}

static inline void
buf_wrote(struct buf *b, size_t n)
{
	b->len += n;
}

/* The same number as buf_varint() at p, which has VARINT_MAX bytes; returns
 * what is behind it. */
#define VARINT_MAX 10U
static inline char *
varint_put(char *p, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*p++ = (char)(n | 0x80);
	*p++ = (char)n;
	return p;
}

int buf_error(const struct buf *b);

/* The bytes, with a zero byte behind them. */
struct text buf_text(struct buf *b);

/* Reads what buf_varint() wrote, moves *pos; ERR_SYNTAX where it is cut. */
int varint_get(struct text t, size_t *pos, uint64_t *out_n) MUST_CHECK;

#endif /* BASE_BUF_H */
