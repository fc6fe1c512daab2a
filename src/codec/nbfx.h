/*
 * codec/nbfx.h -- .NET binary XML to a tree and back, octet for octet.
 *
 * Purpose:   messages of type application/soap+msbin1: the records of MC-NBFX
 *            2.2 with the static dictionary of MC-NBFS 2.2, and no other
 *            (dictionary ids are even).  What was read is written again as it
 *            was; what is made anew is written in the short forms that .NET
 *            chooses itself.
 * Touches:   base/, codec/xml.h for the tree that has no record types.
 * Ownership: a tree, and all that is made of it, lives in the arena given; it
 *            borrows from the octets that were read.
 * Errors:    ERR_SYNTAX, ERR_LIMIT with "name: octet N: ", ERR_NOMEM.
 * Refused:   what could not be written again as it was: lengths with idle
 *            octets, octets behind the document.
 */
#ifndef CODEC_NBFX_H
#define CODEC_NBFX_H

#include "codec/xml.h"

#define NBFX_MAX_BYTES (256U << 20) /* of a message */
#define NBFX_MAX_ITEMS 16000000U    /* elements, attributes, texts */
#define NBFX_MAX_DEPTH XML_MAX_DEPTH
#define NBFX_MAX_ATTRS XML_MAX_ATTRS
#define NBFX_MAX_NAME  XML_MAX_NAME

/* ---- The tree ---- */

/* A text record (MC-NBFX 2.2.3). */
struct nbfx_text {
	unsigned char record; /* as read: odd where it ends its element */
	/* Payload behind type and length: numbers little endian, characters,
	 * octets; of a dictionary or QName text the string it names. */
	struct text raw;
	uint32_t id;                  /* of the string in the dictionary */
	unsigned char prefix;         /* of a QName: 0 is "a" */
	const struct nbfx_text *list; /* the texts of a list */
	const struct nbfx_text *next; /* in a list */
};

struct nbfx_name {
	unsigned char record; /* of the element or attribute */
	struct text prefix;
	struct text local; /* of an xmlns declaration: the namespace */
	uint32_t id;       /* where local is of the dictionary */
};

struct nbfx_attr {
	struct nbfx_name name;
	struct nbfx_text value; /* not of an xmlns declaration */
	const struct nbfx_attr *next;
};

/* Values of the same kind without their elements (MC-NBFX 2.2.4.2). */
struct nbfx_array {
	unsigned char record; /* of the values, odd */
	uint32_t count;
};

enum nbfx_kind {
	NBFX_ELEMENT = 1,
	NBFX_TEXT = 2,
	NBFX_COMMENT = 3,
};

struct nbfx_element;
struct nbfx_item {
	enum nbfx_kind kind;
	struct nbfx_text text;
	struct text comment;
	struct nbfx_element *element;
	struct nbfx_item *next;
};

struct nbfx_element {
	struct nbfx_name name;
	const struct nbfx_attr *attrs;
	struct nbfx_item *items; /* in document order */
	/* The first of an array's elements; the count - 1 that follow belong
	 * to it too, and are given one by one. */
	const struct nbfx_array *array;
};

bool nbfx_is_xmlns(const struct nbfx_attr *attr);

/* name is used in error texts alone.  *out is the list of what the document
 * holds: one element, or the elements of one array, and comments around. */
int nbfx_parse(struct arena *a, const char *name, struct text in,
    struct nbfx_item **out, struct err *e) MUST_CHECK;

/* The octets that nbfx_parse() made the list of. */
int nbfx_write(struct buf *out, const struct nbfx_item *document) MUST_CHECK;

/* A text record as XML has it: "true", "-34", base64, "2006-05-17T00:00:00".
 * ERR_SYNTAX where a number is out of the range of its type. */
int nbfx_value(struct arena *a, const struct nbfx_text *t, struct text *out,
    struct err *e) MUST_CHECK;

/* The first element of a list with names, namespaces and text alone.  Several
 * texts of an element are one; blanks between elements go; so do comments. */
int nbfx_to_xml(struct arena *a, const struct nbfx_item *document,
    const struct xml_node **out, struct err *e) MUST_CHECK;

/* ---- The static dictionary ---- */

/* NULL text where there is no such id; ids are even. */
struct text nbfx_dict_text(uint32_t id);
/* -1: not in it, or among the ids that an older table of a known client lacks
 * (above 0x3b0) or has wrong (0x1a8); such strings are written out. */
int32_t nbfx_dict_find(struct text t);

/* ---- Writing anew ---- */

/* Like struct xml_writer: an element begins, has attributes, has content, ends.
 * The first failure sticks and nbfx_writer_end() gives it. */
struct nbfx_writer {
	struct buf *out;
	unsigned depth;
	size_t last_text; /* where the last record is a text; SIZE_MAX: not */
	int error;
};

void nbfx_writer_init(struct nbfx_writer *w, struct buf *out);
void nbfx_begin(struct nbfx_writer *w, struct text prefix, struct text name);
/* xmlns or xmlns:prefix */
void nbfx_put_ns(struct nbfx_writer *w, struct text prefix, struct text ns);
void nbfx_put_attr(struct nbfx_writer *w, struct text prefix, struct text name,
    struct text value);
void nbfx_put_text(struct nbfx_writer *w, struct text t);
void nbfx_put_bool(struct nbfx_writer *w, bool b);
void nbfx_put_int(struct nbfx_writer *w, int64_t n);
void nbfx_put_octets(struct nbfx_writer *w, struct text octets);
/* Sixteen octets as objectGUID has them. */
void nbfx_put_uuid(struct nbfx_writer *w, const unsigned char octets[16]);
void nbfx_end(struct nbfx_writer *w);
/* A tree that was read as XML, all of its text as characters. */
void nbfx_put_node(struct nbfx_writer *w, const struct xml_node *n);
int nbfx_writer_end(struct nbfx_writer *w) MUST_CHECK;

#endif /* CODEC_NBFX_H */
