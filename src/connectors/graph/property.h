/*
 * connectors/graph/property.h -- which properties of Graph we know.
 *
 * Purpose:   one row a property: on which objects, of what type, whether an
 *            application may write it, how long it may be.  Schema, $select,
 *            reading, writing and checking all come from it.
 * Touches:   model/.
 * Source:    the writability and the limits that Graph v1.0 documents for
 *            cloud-managed objects.
 */
#ifndef CONNECTORS_GRAPH_PROPERTY_H
#define CONNECTORS_GRAPH_PROPERTY_H

#include "model/value.h"

enum gtype {
	GT_USER = 0,
	GT_GROUP = 1,
	GT_CONTACT = 2,
	GT_DEVICE = 3,
	GT_COUNT = 4,
};

#define ON_USER    (1U << GT_USER)
#define ON_GROUP   (1U << GT_GROUP)
#define ON_CONTACT (1U << GT_CONTACT)
#define ON_DEVICE  (1U << GT_DEVICE)
#define ON_ALL     15U

enum property_flag {
	PR_MULTI = 1U << 0,
	PR_EXTENSION = 1U << 1, /* inside onPremisesExtensionAttributes */
	PR_LINK = 1U << 2,      /* manager, members: never in $select */
	PR_ANCHOR = 1U << 3,    /* the source anchor; a group's uniqueName */
	PR_ALWAYS = 1U << 4,    /* read even where no rule asks */
	PR_ASKED = 1U << 5,     /* read only where a rule asks by name */
	PR_REQUIRED = 1U << 6,  /* a create without it is refused */
	PR_KEYS = 1U << 7, /* values are objects: the "key" of each is read */
};

struct property {
	const char *name;
	enum value_type type;
	unsigned flags;
	unsigned on;    /* ON_...: read */
	unsigned write; /* ON_...: written on create and update */
	size_t max;     /* characters; 0: no limit of ours */
};

#define PROPERTY_MAX 96U

extern const struct property properties[];
extern const size_t property_count;

/* The object types, by enum gtype. */
struct gtype_info {
	const char *name;   /* "user" */
	const char *prefix; /* of an anchor: "User_" */
	const char *path;   /* "/users" */
	const char *odata;  /* "#microsoft.graph.user" */
};
extern const struct gtype_info gtypes[GT_COUNT];

#define EXTENSION_PREFIX "extensionAttribute"
#define EXTENSION_OBJECT "onPremisesExtensionAttributes"

#endif /* CONNECTORS_GRAPH_PROPERTY_H */
