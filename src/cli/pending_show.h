/*
 * cli/pending_show.h -- pending changes in each of the forms that they have.
 *
 * Purpose:   one writer a format; each gets one object after the other and
 *            keeps none.
 * Touches:   cli/session.h, engine/engine.h; standard output.
 * Ownership: what a writer makes of one object is gone with the next.
 * Errors:    o->text.error, and the writer's own.
 */
#ifndef CLI_PENDING_SHOW_H
#define CLI_PENDING_SHOW_H

#include "cli/session.h"
#include "codec/xml.h"

struct pending_writer;

/* Where the items go. */
struct pending_output {
	struct session *s;
	struct arena *arena; /* of one object */
	const struct pending_writer *writer;
	size_t index; /* of the connector */
	struct text connector;
	uint64_t items;
	struct buf text; /* made, then printed */
	FILE *out;       /* NULL: standard output */
	struct xml_writer xml;
};

struct pending_writer {
	const char *name;
	void (*begin)(struct pending_output *o);
	void (*item)(struct pending_output *o, const struct pending_item *item);
	void (*end)(struct pending_output *o);
	bool sent_alone; /* what is held is left out */
};

extern const struct pending_writer pending_table, pending_json, pending_csv,
    pending_ldif, pending_xml;

/* What a person sees of a change: "add", "update", "rename", "delete". */
const char *pending_operation(const struct pending_item *item);
struct text pending_name(const struct pending_output *o, uint32_t name);
void pending_flush(struct pending_output *o);
void pending_nothing(struct pending_output *o);

/* One object as `--format json` has it. */
struct json *pending_item_json(
    const struct pending_output *o, const struct pending_item *item);

#endif /* CLI_PENDING_SHOW_H */
