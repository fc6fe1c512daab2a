/*
 * codec/xml_int.h -- an XML document while it is read.
 *
 * Purpose:   what reading a whole document and reading one record at a time
 *            share: the push parser and the open elements.
 * Touches:   codec/xml.h.
 * Ownership: xml_build_free() frees the builder; the tree is the arena's.
 * Errors:    as codec/xml.h; the first sticks in b->error.
 */
#ifndef CODEC_XML_INT_H
#define CODEC_XML_INT_H

#include "codec/xml.h"

struct _xmlParserCtxt; /* the library's */

/* An element that is not closed yet. */
struct xml_level {
	struct xml_node *node;
	struct xml_node *last; /* child */
	struct buf text;
};

struct xml_build {
	struct arena *arena;
	const char *name;
	struct err *e;
	int error; /* the first sticks */
	struct _xmlParserCtxt *ctxt;
	struct xml_level levels[XML_MAX_DEPTH + 1];
	unsigned depth;
	uint32_t nodes;
	struct xml_node *root;
	/* Records: children of the root go there, and arena is reset. */
	int (*record)(void *ctx, const struct xml_node *n, struct err *e);
	void *record_ctx;
	const char *want_root;
	struct xml_node records_root;
};

/* b is zeroed but for arena and what is of records. */
int xml_build_begin(
    struct xml_build *b, const char *name, struct err *e) MUST_CHECK;
/* UTF-8, cut anywhere. */
void xml_build_feed(struct xml_build *b, struct text in);
/* The end of the document; b->error. */
int xml_build_end(struct xml_build *b) MUST_CHECK;
void xml_build_free(struct xml_build *b);

#endif /* CODEC_XML_INT_H */
