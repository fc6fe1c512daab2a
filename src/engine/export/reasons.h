/*
 * engine/export/reasons.h -- why objects are not sent, each once, counted.
 *
 * Purpose:   "12 contacts cannot be written by Graph" instead of twelve lines.
 * Touches:   base/buf.h.
 * Ownership: a plain struct; texts are copied and cut at their room.
 */
#ifndef ENGINE_EXPORT_REASONS_H
#define ENGINE_EXPORT_REASONS_H

#include "base/buf.h"

#define REASONS_MAX 16U

struct reasons {
	struct {
		char text[160];
		uint64_t count;
	} items[REASONS_MAX];
	size_t count;
	uint64_t more; /* of reasons beyond the room */
};

void reasons_add(struct reasons *r, const char *text);

/* "not sent: 12: contacts ...; 3: ..." ; nothing where there are none. */
void reasons_print(const struct reasons *r, const char *title, struct buf *out);

#endif /* ENGINE_EXPORT_REASONS_H */
