/* migrate/hidden.c -- see hidden.h. */
#include "migrate/hidden.h"

bool
hidden_char(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {{0, 8}, {11, 31}, {0x7F, 0x9F}, {0x61C, 0x61C},
	    {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E},
	    {0x2060, 0x2060}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

void
hidden_show(struct buf *out, struct text in)
{
	size_t pos = 0;

	while (pos < in.len) {
		size_t at = pos;
		uint32_t c = utf8_next(in, &pos);

		if (hidden_char(c))
			buf_printf(out, "<U+%04X>", (unsigned)c);
		else
			buf_add(out, in.data + at, pos - at);
	}
}
