/*
 * engine/doctor/values.h -- which values a cloud directory takes.
 *
 * Purpose:   for each attribute that the cloud is particular about: length,
 *            characters, form; what is wrong with a value, and the value that
 *            would be right.  Pure: no store, no I/O.
 * Touches:   base/; model/value_rule.h for what both call by one name.
 * Ownership: texts live in the arena given.
 * Errors:    ERR_NOMEM.
 */
#ifndef ENGINE_DOCTOR_VALUES_H
#define ENGINE_DOCTOR_VALUES_H

#include "base/text.h"

enum doctor_rules {
	DOCTOR_MULTI_TENANT, /* the cloud that everybody has */
	DOCTOR_DEDICATED,    /* one of one's own */
};

enum value_flag {
	VALUE_UNIQUE = 1U << 0,
	VALUE_RFC2822 = 1U << 1,   /* local@domain, with a TLD that routes */
	VALUE_NOT_BLANK = 1U << 2, /* where it is there it has a character */
	VALUE_NO_EDGE_BLANK = 1U << 3,
	VALUE_NO_FIRST_DOT = 1U << 4,
	VALUE_NO_EDGE_DOT = 1U << 5,
	VALUE_ADDRESS_PREFIX = 1U << 6, /* "smtp:", "x500:" ... in front */
	VALUE_UPN_PARTS = 1U << 7,      /* 64 before the @, 48 behind it */
	VALUE_ASCII = 1U << 8,          /* no accented letters */
	VALUE_WITHOUT_UPN = 1U << 9,    /* counts where there is no UPN */
	VALUE_IS_MAIL = 1U << 10,       /* equals mail */
	VALUE_FOR_GROUPS = 1U << 11,    /* the flags of blanks are for groups */
	VALUE_NO_BLANK = 1U << 12,      /* no white space at all */
};

/* One attribute, as it is called in a directory. */
struct value_row {
	const char *name;
	size_t max; /* characters */
	const char *forbidden;
	unsigned flags;
};

/* In any case; NULL where anything goes. */
const struct value_row *value_row_find(
    struct text attribute, enum doctor_rules rules);
/* All rows; ends in a NULL name. */
const struct value_row *value_rows(enum doctor_rules rules);

enum value_error {
	VALUE_ERROR_CHARACTER = 1U << 0,
	VALUE_ERROR_FORMAT = 1U << 1,
	VALUE_ERROR_TLD = 1U << 2,
	VALUE_ERROR_DOMAIN_PART = 1U << 3,
	VALUE_ERROR_LOCAL_PART = 1U << 4,
	VALUE_ERROR_LENGTH = 1U << 5,
	VALUE_ERROR_DUPLICATE = 1U << 6,
	VALUE_ERROR_BLANK = 1U << 7,
	VALUE_ERROR_MAIL_MATCH = 1U << 8,
};
/* "Character", "Format", "TopLevelDomain", ... of one bit. */
const char *value_error_name(enum value_error error);

/* What of the object a value is looked at with. */
struct value_subject {
	struct text cn, mail;
	bool group;
	/* Top-level domains that route, in lower case, sorted; NULL: all but
	 * those that are known to be nobody's. */
	const struct text *tlds;
	size_t tld_count;
};

/* Bits of enum value_error; 0: it is fine. */
unsigned value_check(const struct value_row *row,
    const struct value_subject *of, struct text value);

/* A value that is right, made of one that is not; *out is empty where only a
 * person can tell. */
int value_repair(const struct value_row *row, const struct value_subject *of,
    struct text value, struct arena *a, struct text *out) MUST_CHECK;

#endif /* ENGINE_DOCTOR_VALUES_H */
