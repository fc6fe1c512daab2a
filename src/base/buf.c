/* base/buf.c -- see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GROW_SLOWER ((size_t)1 << 20) /* no longer twice as large each time */

void
buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){.max = max_bytes};
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
}

/* Room for n more bytes and the zero behind them. */
static bool
grow_slowly(struct buf *b, size_t n)
{
	size_t size = b->size != 0 ? b->size : 256;
	char *data;

	if (b->error != 0)
		return false;
	if (n > b->max || b->len > b->max - n) {
		b->error = ERR_LIMIT;
		return false;
	}
	if (b->len + n + 1 <= b->size)
		return true;
	while (size < b->len + n + 1)
		size += size < GROW_SLOWER ? size : size / 4;
	data = realloc(b->data, size);
	if (data == NULL) {
		b->error = ERR_NOMEM;
		return false;
	}
	b->data = data;
	b->size = size;
	return true;
}

/* The common case, with no call. */
static inline bool
grow(struct buf *b, size_t n)
{
	return buf_room(b, n) != NULL;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	if (!grow(b, len))
		return;
	if (len != 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

void
buf_text_add(struct buf *b, struct text t)
{
	buf_add(b, t.data, t.len);
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	if (grow(b, 1))
		b->data[b->len++] = c;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !grow(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *
buf_grow(struct buf *b, size_t n)
{
	return grow_slowly(b, n) ? b->data + b->len : NULL;
}

void
buf_varint(struct buf *b, uint64_t n)
{
	size_t len = 1;

	if (n < 0x80 && grow(b, 1)) { /* most are */
		b->data[b->len++] = (char)n;
		return;
	}
	for (uint64_t rest = n >> 7; rest != 0; rest >>= 7)
		len++;
	if (!grow(b, len))
		return;
	(void)varint_put(b->data + b->len, n);
	b->len += len;
}

int
buf_error(const struct buf *b)
{
	return b->error;
}

struct text
buf_text(struct buf *b)
{
	if (!grow(b, 0))
		return TEXT("");
	b->data[b->len] = '\0';
	return (struct text){b->data, b->len};
}

int
varint_get(struct text t, size_t *pos, uint64_t *out_n)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 70; shift += 7) {
		unsigned char c;

		if (*pos >= t.len)
			return ERR_SYNTAX;
		c = (unsigned char)t.data[(*pos)++];
		if (shift == 63 && c > 1)
			return ERR_SYNTAX;
		n |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) == 0) {
			*out_n = n;
			return 0;
		}
	}
	return ERR_SYNTAX;
}
