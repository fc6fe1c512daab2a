/* connectors/cloud/filter.c -- conditions of $filter; see request.h. */
#include "connectors/cloud/request.h"

static void
quoted_add(struct buf *b, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '\'')
			buf_putc(b, '\'');
		buf_putc(b, value.data[i]);
	}
}

void
filter_eq(struct buf *b, const char *name, struct text value)
{
	buf_puts(b, name);
	buf_puts(b, " eq '");
	quoted_add(b, value);
	buf_putc(b, '\'');
}

void
filter_any_eq(
    struct buf *b, const char *name, const char *prefix, struct text value)
{
	buf_puts(b, name);
	buf_puts(b, "/any(x:x eq '");
	buf_puts(b, prefix);
	quoted_add(b, value);
	buf_puts(b, "')");
}
