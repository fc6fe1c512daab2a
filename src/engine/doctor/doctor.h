/*
 * engine/doctor/doctor.h -- what is wrong with the objects that are stored.
 *
 * Purpose:   values that the cloud refuses, values that two people have, limits
 *            that are passed, attributes that rules read and nobody has; each
 *            with the people concerned, and the repair where one can be told.
 * Touches:   store/, for reading; engine/doctor/values.h.
 * Ownership: what a sink gets lives until it returns.
 * Errors:    those of the store; ERR_CANCELLED.
 * Memory:    sixteen octets a value that has to be unique; one object at a time
 *            besides.
 */
#ifndef ENGINE_DOCTOR_DOCTOR_H
#define ENGINE_DOCTOR_DOCTOR_H

#include "engine/doctor/values.h"
#include "store/store.h"

#define DOCTOR_EXAMPLES 10U

/* One kind of fault in one attribute of one connector. */
struct doctor_example {
	int64_t cs;
	struct text value; /* as it is, at most 200 octets */
	struct text fix;   /* empty: a person has to tell */
	int64_t other;     /* a double: who else has it */
};

struct doctor_finding {
	const char *check; /* "value", "duplicate", "limit", "attribute" */
	const char *error; /* "Character", "Duplicate", "Members", ... */
	int64_t connector; /* the first of two */
	struct text attribute;
	uint64_t people; /* objects concerned */
	uint64_t fixable;
	struct doctor_example examples[DOCTOR_EXAMPLES];
	size_t example_count;
	int64_t last; /* the object that was counted last */
};

/* What repairs one object, told once with all of its values. */
struct doctor_fix {
	struct text attribute;
	struct text old;
	struct text new;
	const char *error;
};

/* A connector whose objects are looked at. */
struct doctor_source {
	int64_t connector;
	/* Attributes that rules read, and that its directory could have. */
	const uint32_t *wanted;
	size_t wanted_count;
};

struct doctor_job {
	struct store *store;
	enum doctor_rules rules;
	const struct doctor_source *sources;
	size_t source_count;
	uint64_t member_limit;   /* of a group; 0: none */
	const struct text *tlds; /* see struct value_subject */
	size_t tld_count;
	/* Each may be NULL. */
	int (*fix)(void *ctx, int64_t cs, const struct doctor_fix *list,
	    size_t n, struct err *e);
	bool (*cancelled)(void *ctx);
	void *ctx;
};

struct doctor_report {
	struct doctor_finding *findings;
	size_t count;
	uint64_t objects; /* that were looked at */
};

/* *out in a. */
int doctor_run(const struct doctor_job *job, struct arena *a,
    struct doctor_report *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_DOCTOR_DOCTOR_H */
