/*
 * connectors/sync/attribute.h -- what objects of the service have.
 *
 * Purpose:   the one table of object types and attributes, with the limits of
 *            their values.
 * Touches:   model/value.h.
 * Errors:    none.
 */
#ifndef CONNECTORS_SYNC_ATTRIBUTE_H
#define CONNECTORS_SYNC_ATTRIBUTE_H

#include "model/value.h"

enum stype {
	ST_USER = 0,
	ST_GROUP,
	ST_CONTACT,
	ST_DEVICE,
	ST_PUBLIC_FOLDER,
	ST_COUNT,
};

struct stype_info {
	const char *name; /* "publicFolder": in rules */
	const char *wire; /* "PublicFolder": in messages, and before an id */
};
extern const struct stype_info stypes[ST_COUNT];

struct sattr {
	const char *name;
	enum value_type type;
	bool multi;
	bool service;     /* the service sets it: read, never sent */
	bool open;        /* one value is told as a text, more as a list */
	uint32_t most;    /* characters, or octets; 0: no rule */
	unsigned char on; /* bit by enum stype */
};

#define SATTR_MAX      300U /* with directory extensions */
#define SATTR_OPEN     100U /* of these, at most: the cloud takes no more */
#define SATTR_OPEN_LEN 256U
/* How the names of directory extensions begin. */
#define SATTR_EXTENSION "extension_"
/* Sorted by name without regard to case. */
extern const struct sattr sattrs[];
extern const size_t sattr_count;

/* Row by name in any case; -1: none. */
int sattr_find(struct text name);
/* -1: none. */
int stype_of_wire(struct text name);

#endif /* CONNECTORS_SYNC_ATTRIBUTE_H */
