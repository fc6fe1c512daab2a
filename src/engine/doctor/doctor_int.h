/*
 * engine/doctor/doctor_int.h -- what the files of the doctor share.
 *
 * Purpose:   the examination while it goes on.
 * Touches:   engine/doctor/doctor.h.
 */
#ifndef ENGINE_DOCTOR_DOCTOR_INT_H
#define ENGINE_DOCTOR_DOCTOR_INT_H

#include "engine/doctor/doctor.h"

#define FINDINGS_MAX 2000U

/* A value that has to be unique: who has it, and where. */
struct claim {
	uint64_t digest; /* of the kind and the value, without case */
	int64_t cs;
};

/* Kinds of uniqueness; addresses are one, whatever attribute holds them. */
enum claim_kind {
	CLAIM_ADDRESS = 1,
	CLAIM_UPN,
	CLAIM_ALIAS,
	CLAIM_ACCOUNT,
	CLAIM_TARGET,
	CLAIM_ANCHOR,
};

struct doctor {
	const struct doctor_job *job;
	struct arena *arena; /* of the report */
	struct arena *one;   /* of one object */
	struct doctor_report *out;
	struct claim *claims;
	size_t claim_count, claim_size;
	/* names */
	uint32_t cn, mail, upn, critical, member, proxies, certificate, anchor;
};

/* One object. */
struct subject {
	struct cs_object o;
	struct value_subject of;
	bool has_upn;
	struct doctor_fix *fixes;
	size_t fix_count, fix_size;
};

/* doctor.c: one more object with a fault; the finding is made where it is the
 * first.  example may be NULL. */
struct fault {
	const char *check, *error;
	int64_t connector;
	struct text attribute;
};
int doctor_note(struct doctor *d, const struct fault *f,
    const struct doctor_example *example, struct err *e) MUST_CHECK;

/* doubles.c */
int doubles_claim(struct doctor *d, const struct subject *s,
    const struct value_row *row, struct text value, struct err *e) MUST_CHECK;
int doubles_tell(struct doctor *d, struct err *e) MUST_CHECK;

/* object.c: one object, and whether it is looked at at all. */
bool object_is_skipped(const struct doctor *d, const struct cs_object *o);
int object_examine(
    struct doctor *d, const struct cs_object *o, struct err *e) MUST_CHECK;

#endif /* ENGINE_DOCTOR_DOCTOR_INT_H */
