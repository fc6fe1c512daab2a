/* engine/export/reasons.c -- see reasons.h. */
#include "engine/export/reasons.h"

#include <stdio.h>
#include <string.h>

void
reasons_add(struct reasons *r, const char *text)
{
	char cut[sizeof(r->items[0].text)];

	(void)snprintf(cut, sizeof(cut), "%.*s", (int)sizeof(cut) - 1, text);
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->items[i].text, cut) == 0) {
			r->items[i].count++;
			return;
		}
	}
	if (r->count == REASONS_MAX) {
		r->more++;
		return;
	}
	memcpy(r->items[r->count].text, cut, sizeof(cut));
	r->items[r->count++].count = 1;
}

void
reasons_print(const struct reasons *r, const char *title, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++)
		buf_printf(out, "%s%llu: %s", i == 0 ? title : "; ",
		    (unsigned long long)r->items[i].count, r->items[i].text);
	if (r->more != 0)
		buf_printf(out, "; %llu for other reasons",
		    (unsigned long long)r->more);
}
