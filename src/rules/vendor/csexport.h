/*
 * rules/vendor/csexport.h -- the XML form of a connector space's objects.
 *
 * Purpose:   what the vendor's `csexport` writes and scripts read: objects
 *            with their layers, one at a time, to and from text.  Read to
 *            compare with another server, written by `causeway pending`.
 * Touches:   codec/xml.h; the file given.
 * Ownership: an object handed to the sink lives until it returns.
 * Errors:    ERR_SYNTAX, ERR_LIMIT with "name:line: ", ERR_IO, ERR_NOMEM.
 * Source:    docs/engine/model.md 2.6.
 */
#ifndef RULES_VENDOR_CSEXPORT_H
#define RULES_VENDOR_CSEXPORT_H

#include <stdio.h>

#include "codec/xml.h"

#define CSEXPORT_MAX_ATTRS  10000U   /* of one layer */
#define CSEXPORT_MAX_VALUES 1000000U /* of one attribute */

enum csexport_op { /* of an object, an attribute, a value */
	CSEXPORT_NONE = 0,
	CSEXPORT_ADD,
	CSEXPORT_REPLACE,
	CSEXPORT_UPDATE,
	CSEXPORT_DELETE,
	CSEXPORT_OBSOLETE,
	CSEXPORT_DELETE_ADD,
};

struct csexport_value {
	struct text text;   /* a reference: the DN; binary: octets */
	struct text anchor; /* of a reference: octets; may be empty */
	bool binary;
	enum csexport_op op; /* NONE: a plain value */
};

struct csexport_attr {
	struct text name;
	struct text type; /* "string", "binary", "integer", "boolean", "" */
	bool reference;   /* dn-attr */
	bool multivalued;
	enum csexport_op op;
	struct csexport_value *values;
	size_t count;
};

/* A delta, or the entry of a hologram. */
struct csexport_layer {
	bool present;
	enum csexport_op op; /* deltas alone */
	struct text dn;
	struct text new_dn; /* a rename */
	struct text anchor; /* octets */
	struct text object_class;
	struct csexport_attr *attrs;
	size_t count;
};

enum csexport_which {
	CSEXPORT_SYNCHRONIZED,
	CSEXPORT_UNAPPLIED,
	CSEXPORT_UNAPPLIED_HOLOGRAM,
	CSEXPORT_ESCROWED,
	CSEXPORT_ESCROWED_HOLOGRAM,
	CSEXPORT_UNCONFIRMED,
	CSEXPORT_UNCONFIRMED_HOLOGRAM,
	CSEXPORT_IMPORT,
	CSEXPORT_IMPORT_HOLOGRAM,
	CSEXPORT_LAYERS,
};

struct csexport_error {
	struct text type; /* empty: none */
	struct text first, last;
	uint64_t retries;
	struct text cd_code, cd_text;
};

struct csexport_object {
	struct text id; /* as written: "{guid}" */
	struct text dn;
	struct text type;
	struct csexport_layer layer[CSEXPORT_LAYERS];
	bool connector;    /* linked */
	struct text state; /* "normal", "explicit", "stay" */
	struct text mv_link;
	struct text ma_id, ma_name;
	struct text partition_id, partition_name;
	struct csexport_error import_error, export_error;
	unsigned line; /* where it begins; 0: made by us */
};

/* NULL where the layer has none of that name (without case). */
const struct csexport_attr *csexport_attr(
    const struct csexport_layer *l, const char *name);
const char *csexport_op_name(enum csexport_op op);

struct csexport_sink {
	/* Non-zero stops, and is returned. */
	int (*object)(
	    void *ctx, const struct csexport_object *o, struct err *e);
	void *ctx;
};

/* Streams: memory for one object.  name is used in error texts. */
int csexport_read(FILE *in, const char *name, const struct csexport_sink *sink,
    struct err *e) MUST_CHECK;

/* Layers that are not present are left out. */
void csexport_begin(struct xml_writer *w);
void csexport_write(struct xml_writer *w, const struct csexport_object *o);
void csexport_end(struct xml_writer *w);

#endif /* RULES_VENDOR_CSEXPORT_H */
