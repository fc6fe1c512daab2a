/*
 * model/value.h -- one value of an attribute.
 *
 * Purpose:   the six types of the connector space and the metaverse.
 * Touches:   base/ only.
 * Ownership: a struct value is plain and borrows its text.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/text.h"

enum value_type {
	VALUE_STRING = 1, /* UTF-8 */
	VALUE_INTEGER = 2,
	VALUE_BOOLEAN = 3,
	VALUE_BINARY = 4,
	VALUE_REFERENCE = 5,
	VALUE_DN_BINARY = 6, /* model/dn_binary.h */
};

/* How a reference says which object it means. */
enum value_ref {
	REF_NONE = 0,
	REF_DN = 1,     /* text is the DN, as the directory wrote it */
	REF_ANCHOR = 2, /* text is the anchor of the target */
	REF_ID = 3,     /* id is the row of the target; text is its DN where
			   it was loaded, else empty */
};

struct value {
	enum value_type type;
	enum value_ref by; /* VALUE_REFERENCE alone */
	union {
		struct text text; /* all but INTEGER and BOOLEAN */
		int64_t integer;
		bool boolean;
	};
	int64_t id; /* REFERENCE: CS or MV row of the target, 0 unknown */
};

struct value value_string(struct text t);
struct value value_integer(int64_t n);
struct value value_boolean(bool b);
struct value value_binary(struct text t);
struct value value_reference_dn(struct text dn);
struct value value_reference_anchor(struct text anchor);
struct value value_reference_id(int64_t id, struct text dn);

/* Type and content; strings octet by octet.  References are equal by id when
 * both have one, else by the same kind and text (DNs by dn_key()). */
bool value_equal(const struct value *a, const struct value *b);

/* A strict order for sorting sets: by type, then content. */
int value_compare(const struct value *a, const struct value *b);

/* Copies the text into a. */
int value_dup(
    struct arena *a, const struct value *in, struct value *out) MUST_CHECK;

const char *value_type_name(enum value_type type); /* "string" ... */
int value_type_parse(struct text t, enum value_type *out) MUST_CHECK;

/*
 * For people and JSON: strings as they are, integers decimal, True/False,
 * binary in base64, references as their DN (or anchor, or #id), octets with a
 * name as "B:8:00FF00FF:CN=x".
 */
int value_format(
    struct arena *a, const struct value *v, struct text *out) MUST_CHECK;

/* The text of a directory or file to the type wanted: integer decimal,
 * boolean TRUE/FALSE in any case, binary the octets, reference a DN.
 * ERR_TYPE names the text (cut) and the type. */
int value_parse(enum value_type type, struct text t, struct value *out,
    struct err *e) MUST_CHECK;

/* The other way; references and octets with a name as value_format(). */
int value_unparse(
    struct arena *a, const struct value *v, struct text *out) MUST_CHECK;

#endif /* MODEL_VALUE_H */
