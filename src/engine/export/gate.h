/*
 * engine/export/gate.h -- what may be sent now, and what is held.
 *
 * Purpose:   the one seam by which something else than a rule keeps a change
 *            from being sent: a plan that was not applied, a limit, a value
 *            that a person undid.  What is held stays pending, with its reason;
 *            the rest of the object goes.
 * Touches:   connectors/connector.h, store/.
 * Ownership: a gate is its maker's; an answer lives in the arena it carries.
 * Errors:    ERR_NOMEM; what ask() returns stops the export.
 */
#ifndef ENGINE_EXPORT_GATE_H
#define ENGINE_EXPORT_GATE_H

#include "connectors/connector.h"
#include "store/store.h"

/* One thing that is held, and why.  code is a literal, for programs
 * ("plan-not-selected"); text is for people, lower case, no full stop, and
 * names what can be done. */
struct gate_hold {
	const char *code;
	struct text text;
	enum gate_part {
		GATE_ITEM = 1,  /* the whole object */
		GATE_RENAME,    /* its new DN */
		GATE_ATTRIBUTE, /* all that changes of name */
		GATE_VALUE,     /* value of name, that comes (add) or goes */
	} part;
	uint32_t name;
	bool add;
	struct value value; /* references: by id */
	bool is_error;      /* of the object: code is its type */
};

/* What a gate says of one item; empty: send it. */
struct gate_answer {
	struct arena *arena;
	struct gate_hold *holds;
	size_t count, size;
};

/* Adds to the answer; text is copied. */
int gate_hold(struct gate_answer *a, const struct gate_hold *h) MUST_CHECK;

/* What is asked about: item is what the gates before left of it. */
struct gate_question {
	const struct export_item *item;
	const struct cs_object *object; /* CS_ALL */
};

/*
 * Asked for each item that would be sent, by pending (which looks alone) and by
 * the export: more than once for one object, in any order, so the answer has to
 * follow from the item alone.  In an export an item may come in parts: a
 * reference to an object that is added first comes in a later pass; pending
 * asks for all of it at once.
 *
 * Held values of an add that its directory cannot do without hold the whole
 * add; so does any hold of a deletion.  An object that takes the name of one
 * that is deleted is held with it, and the other way round.  References to an
 * add that is held wait for it.
 */
struct export_gate {
	const char *name; /* "plan" */
	int (*ask)(void *ctx, const struct gate_question *q,
	    struct gate_answer *out, struct err *e);
	void *ctx;
	/* Deletions that it holds do not count against the threshold: a person
	 * decided that they do not go. */
	bool settled;
	/* It never holds anything of an add. */
	bool adds_go;
	/* ERR_GUARD: a run in which it held something ends with that, after all
	 * else was sent.  0: it is how things should be. */
	int code;
	/* Called in the transaction that notes the item as sent, before it is;
	 * may be NULL. */
	int (*sending)(void *ctx, const struct export_item *item,
	    const struct cs_object *o, struct err *e);
};

#define GATES_MAX 8U

#endif /* ENGINE_EXPORT_GATE_H */
