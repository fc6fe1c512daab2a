/*
 * codec/xml.h -- XML text to a tree and back.
 *
 * Purpose:   the one door to the XML library: elements, attributes and text,
 *            and nothing that makes a file mean more than it says.  A document
 *            type, entities of its own and anything from the network are
 *            refused; UTF-8, and UTF-16 with a byte order mark.
 * Touches:   libxml2.
 * Ownership: the tree and all its text live in the arena given.
 * Errors:    ERR_SYNTAX, ERR_LIMIT with "name:line: ", ERR_NOMEM.
 * Left out:  comments and processing instructions; blanks between elements.
 */
#ifndef CODEC_XML_H
#define CODEC_XML_H

#include <stdio.h>

#include "base/buf.h"

#define XML_MAX_BYTES (64U << 20) /* of a file */
#define XML_MAX_NODES 4000000U    /* elements */
#define XML_MAX_DEPTH 64U
#define XML_MAX_ATTRS 64U        /* of one element */
#define XML_MAX_NAME  256U       /* bytes of one name */
#define XML_MAX_TEXT  (4U << 20) /* bytes of one value or text */

struct xml_attr {
	struct text name;   /* without prefix */
	struct text prefix; /* as written; "xmlns" for a declaration */
	struct text value;
	const struct xml_attr *next;
};

struct xml_node {
	struct text name; /* without prefix */
	struct text prefix;
	struct text ns; /* the namespace itself; empty: none */
	/* Character data directly in it, as it is; where there are elements
	 * too, blanks alone are left out. */
	struct text text;
	unsigned line; /* of the start tag, from 1 */
	const struct xml_attr *attrs;
	const struct xml_node *first; /* elements, in document order */
	const struct xml_node *next;
	size_t count; /* of elements directly in it */
};

/* name is used in error texts alone. */
int xml_parse(struct arena *a, const char *name, struct text in,
    const struct xml_node **out_root, struct err *e) MUST_CHECK;

/*
 * Files larger than memory: each element directly below the root is a tree of
 * its own, given to record(), and gone when that returns; what record() gives
 * that is not 0 stops, and is returned.  Of the root nothing is told but that
 * it has that name.
 */
#define XML_MAX_STREAM (64ULL << 30) /* bytes of the file */
#define XML_MAX_RECORD (256U << 20)  /* memory for one */

struct xml_records {
	const char *root; /* NULL: of any name */
	int (*record)(void *ctx, const struct xml_node *n, struct err *e);
	void *ctx;
};
int xml_read_records(FILE *in, const char *name, const struct xml_records *want,
    struct err *e) MUST_CHECK;

/* All take NULL.  Names are without prefix and exact. */
const struct xml_node *xml_child(const struct xml_node *n, const char *name);
/* The next element of that name beside n. */
const struct xml_node *xml_next(const struct xml_node *n, const char *name);
/* Down a path: "filter/containers/inclusions". */
const struct xml_node *xml_path(const struct xml_node *n, const char *path);
/* Without blanks at both ends; the empty text where there is none. */
struct text xml_text(const struct xml_node *n);
struct text xml_child_text(const struct xml_node *n, const char *name);
/* The value of an attribute, whatever its prefix. */
struct text xml_attr(const struct xml_node *n, const char *name);
bool xml_has_attr(const struct xml_node *n, const char *name);

/*
 * Writing.  Text must be UTF-8; characters that XML cannot hold are an error
 * (ERR_SYNTAX) that xml_end_document() gives.
 */
struct xml_writer {
	struct buf *out;
	unsigned depth;
	bool open; /* a start tag is not closed yet */
	bool leaf; /* no element in the one at hand yet */
	int error;
};

bool xml_is_text(struct text t); /* XML can hold it */
void xml_writer_init(struct xml_writer *w, struct buf *out);
void xml_begin(struct xml_writer *w, const char *name);
void xml_put_attr(struct xml_writer *w, const char *name, struct text value);
void xml_put_text(struct xml_writer *w, struct text t);
void xml_end(struct xml_writer *w, const char *name);
/* An element that holds text alone; empty text: "<name />". */
void xml_put_element(struct xml_writer *w, const char *name, struct text t);
/* A node as it was read, with all that is in it. */
void xml_put_node(struct xml_writer *w, const struct xml_node *n);
int xml_end_document(struct xml_writer *w) MUST_CHECK;

#endif /* CODEC_XML_H */
