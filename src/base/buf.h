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

int buf_error(const struct buf *b);

/* The bytes, with a zero byte behind them. */
struct text buf_text(struct buf *b);

/* Reads what buf_varint() wrote, moves *pos; ERR_SYNTAX where it is cut. */
int varint_get(struct text t, size_t *pos, uint64_t *out_n) MUST_CHECK;

#endif /* BASE_BUF_H */
