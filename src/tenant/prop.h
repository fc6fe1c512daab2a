/*
 * tenant/prop.h -- every property of every entity, in one table.
 *
 * Purpose:   what a property is called, its type, who may write it, how long
 *            it may be, whether it is returned unasked, filtered on, unique.
 * Touches:   base/ only.
 */
#ifndef TENANT_PROP_H
#define TENANT_PROP_H

#include "base/text.h"

/* Numbers are kept in the database. */
enum entity {
	ENTITY_USER = 1,
	ENTITY_GROUP = 2,
	ENTITY_DEVICE = 3,
	ENTITY_CONTACT = 4,
	ENTITY_FOLDER = 5, /* a public folder: of the synchronisation alone */
};

enum prop_type {
	PROP_STRING,
	PROP_BOOLEAN,
	PROP_DATE, /* DateTimeOffset, UTC */
	PROP_STRINGS,
	PROP_OBJECT,  /* members in prop.subs */
	PROP_OBJECTS, /* read only here */
};

/* What the text of a string must look like. */
enum prop_format {
	FMT_ANY,
	FMT_UPN,
	FMT_NICKNAME,
	FMT_GROUP_NICKNAME,
	FMT_MAIL,
	FMT_COUNTRY,
	FMT_ANCHOR,
	FMT_LANGUAGE,
	FMT_PASSWORD,
	FMT_GROUP_TYPE,
};

enum prop_flag {
	P_DEFAULT = 1 << 0,  /* returned where nothing was selected */
	P_CREATE = 1 << 1,   /* may be given when the object is made */
	P_UPDATE = 1 << 2,   /* may be changed */
	P_REQUIRED = 1 << 3, /* must be given when the object is made */
	P_NONNULL = 1 << 4,  /* cannot be cleared */
	P_FILTER = 1 << 5,   /* eq, in, any(), and with more effort ne, not */
	P_STARTS = 1 << 6,   /* startswith(), endswith() as well */
	P_ORDER = 1 << 7,    /* ge, le, gt, lt */
	P_EXACT = 1 << 8,    /* compared octet by octet */
	P_CLOUD = 1 << 9,    /* writable although mastered on premises */
	P_HIDDEN = 1 << 10,  /* written and never read */
	P_MADE = 1 << 11,    /* computed when read, not kept */
	P_ADDRESS = 1 << 12, /* among the unique addresses as well */
	P_ONCE = 1 << 13,    /* may be given later where there is none */
};
#define P_WRITE (P_CREATE | P_UPDATE)
#define P_TEXT  (P_FILTER | P_STARTS)

/* Values that two objects cannot both have.  Numbers are kept. */
enum unique_scope {
	UNIQUE_NONE = 0,
	UNIQUE_ADDRESS = 1, /* UPN and every SMTP address together */
	UNIQUE_SIP = 2,
	UNIQUE_ANCHOR = 3,   /* onPremisesImmutableId, octet by octet */
	UNIQUE_SID = 4,      /* of users and groups (T3.1) */
	UNIQUE_NICKNAME = 5, /* of groups */
	UNIQUE_DEVICE = 6,
	UNIQUE_NAME = 7,       /* uniqueName, a key that the client chooses */
	UNIQUE_DEVICE_SID = 8, /* among devices alone */
};

struct prop {
	const char *name;
	const struct prop *subs; /* of a structure */
	unsigned nsubs;
	enum prop_type type;
	enum prop_format format;
	unsigned flags;
	unsigned max;       /* characters */
	unsigned max_items; /* of a collection */
	enum unique_scope unique;
	unsigned index; /* number in index_value, 0: not looked up by value */
};

struct entity_info {
	enum entity entity;
	const char *segment; /* "users" */
	const char *name;    /* "User", as error texts say it */
	const char *type;    /* "#microsoft.graph.user" */
	const struct prop *props;
	size_t nprops;
};

/* Deleted users by their immutable ids, among the numbers of index. */
#define INDEX_DELETED_ANCHOR 6

#define ENTITY_MAX 4 /* of those that Graph knows */
const struct entity_info *entity_info(enum entity entity);
/* NULL where there is none. */
const struct entity_info *entity_by_segment(struct text segment);
/* "microsoft.graph.user"; NULL where there is none. */
const struct entity_info *entity_by_type(struct text type);

/* NULL where there is none; Graph takes names in any case. */
const struct prop *prop_find(const struct entity_info *i, struct text name);
const struct prop *prop_sub(const struct prop *p, struct text name);

/* Navigation properties, as $expand and delta name them. */
enum link_kind {
	LINK_NONE = 0,
	LINK_MEMBERS = 1,
	LINK_OWNERS = 2,
	LINK_MANAGER = 3,
	LINK_DEVICE_OWNERS = 4, /* no delta query tells of these two */
	LINK_DEVICE_USERS = 5,
};
enum link_kind link_find(const struct entity_info *i, struct text name);
const char *link_name(enum link_kind kind);

#endif /* TENANT_PROP_H */
