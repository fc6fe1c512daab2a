/* migrate/path.c -- which path is recommended, which others there are, and
 * what may go wrong. */
#include <inttypes.h>

#include "migrate/analysis_int.h"

/* ---- The recommendation ---- */

static void
blocked(struct analysis *x, const struct verdict *v)
{
	x->path = PATH_BLOCKED;
	say(x, &x->reasons, "%.*s: %.*s", TEXT_ARGS(v->setting),
	    TEXT_ARGS(v->detail));
	if (x->system == SYSTEM_DIRSYNC)
		say(x, &x->also,
		    "a new server in staging mode; redo the changes as custom "
		    "rules; compare; switch");
}

static void
dirsync(struct analysis *x)
{
	if (x->objects < 0) {
		x->path = PATH_PARALLEL;
		say(x, &x->reasons,
		    "the number of objects is not known (--objects): parallel "
		    "is right for any");
		say(x, &x->also, "in place, below %d objects",
		    DIRSYNC_PARALLEL);
	} else if (x->objects < DIRSYNC_PARALLEL) {
		x->path = PATH_IN_PLACE;
		say(x, &x->reasons, "%" PRId64 " objects, below %d", x->objects,
		    DIRSYNC_PARALLEL);
		say(x, &x->also, "parallel, from the export");
	} else {
		x->path = PATH_PARALLEL;
		say(x, &x->reasons, "%" PRId64 " objects, %d or more",
		    x->objects, DIRSYNC_PARALLEL);
		say(x, &x->also,
		    "in place, if somebody takes the time upon himself");
	}
	say(x, &x->also,
	    "where DirSync is gone already: parallel, from this "
	    "export, a copy of its database, or from the "
	    "directories alone (--from-directories)");
	say(x, &x->also,
	    "never: going back to DirSync once the new server "
	    "has written");
}

static void
server(struct analysis *x)
{
	size_t changed = x->classes[CLASS_CHANGED];

	if (x->objects < 0) {
		x->path = PATH_SWING;
		say(x, &x->reasons,
		    "the number of objects is not known (--objects): swing is "
		    "right for any");
		say(x, &x->also,
		    "in place, below %d objects and without "
		    "changed built-in rules",
		    SERVER_SWING);
	} else if (x->objects >= SERVER_SWING) {
		x->path = PATH_SWING;
		say(x, &x->reasons, "%" PRId64 " objects, %d or more",
		    x->objects, SERVER_SWING);
	} else if (changed > 0) {
		x->path = PATH_SWING;
		say(x, &x->reasons,
		    "%zu built-in rules were changed: what they did has to be "
		    "compared beside the old server",
		    changed);
		say(x, &x->also, "in place, if nobody needs the changes");
	} else {
		x->path = PATH_IN_PLACE;
		say(x, &x->reasons, "%" PRId64 " objects, below %d", x->objects,
		    SERVER_SWING);
		say(x, &x->also, "swing");
	}
	if (x->system == SYSTEM_AZURE_AD_SYNC)
		say(x, &x->also,
		    "the vendor's own way since its retirement: swing alone");
	say(x, &x->also,
	    "never: going back once the new server has written, "
	    "but by causeway migrate rollback");
}

static void
engine(struct analysis *x)
{
	x->path = PATH_SWING;
	say(x, &x->reasons,
	    "FIM and MIM go beside the old server, always: its rules were "
	    "the customer's own");
	say(x, &x->also, "never: in place");
}

static void
recommend(struct analysis *x)
{
	const struct verdict *v = analysis_blocked(x);

	if (v != NULL) {
		blocked(x, v);
		return;
	}
	switch (x->system) {
	case SYSTEM_DIRSYNC:
		dirsync(x);
		break;
	case SYSTEM_AZURE_AD_SYNC:
	case SYSTEM_AZURE_AD_CONNECT:
		server(x);
		break;
	case SYSTEM_FIM:
	case SYSTEM_MIM:
		engine(x);
		break;
	}
}

/* ---- Risks ---- */

static void
risks_of_system(struct analysis *x)
{
	switch (x->system) {
	case SYSTEM_DIRSYNC:
		say(x, &x->risks,
		    "DirSync sent linked mailboxes as any mailbox; the "
		    "built-in rules wait for the account of the other forest. "
		    "The comparison lists who that concerns");
		break;
	case SYSTEM_FIM:
	case SYSTEM_MIM:
		say(x, &x->risks,
		    "what rules extensions and the portal did is in no "
		    "export: the comparison shows it as differences, and every "
		    "one of them has to be explained");
		break;
	case SYSTEM_AZURE_AD_SYNC:
	case SYSTEM_AZURE_AD_CONNECT:
		say(x, &x->risks,
		    "a server that was not upgraded for 12 to 18 months is "
		    "better swung than upgraded in place");
		break;
	}
}

static void
risks(struct analysis *x)
{
	say(x, &x->risks,
	    "at no time may two servers send: the old one goes into staging "
	    "mode, or off, first.  One that comes back later (a snapshot, a "
	    "powered-off machine) sets values back each cycle");
	say(x, &x->risks,
	    "what the old server mastered is read-only to Graph until its "
	    "authority has moved (causeway migrate authority), and Graph "
	    "writes neither contacts nor mail-enabled groups: the import sets "
	    "up the synchronisation web "
	    "service (kind: sync), which goes on with the same anchors");
	say(x, &x->risks,
	    "objects in the cloud that only the old server had in scope stay "
	    "there as orphans: no one deletes them; migrate analyze "
	    "--from-directories lists them");
	say(x, &x->risks,
	    "anchors must be equal to the octet: a user of the cloud with a "
	    "directory role is not matched (since 2026-06-01 not even by its "
	    "anchor)");
	if (x->objects < 0)
		say(x, &x->risks,
		    "the source does not say how many objects there are");
	if (x->version.len == 0)
		say(x, &x->risks,
		    "the source does not say its version: dates are those of "
		    "every version of the system");
	risks_of_system(x);
}

void
analyze_path(struct analysis *x)
{
	if (x->objects >= 0)
		x->vendor_hours =
		    (double)x->objects * VENDOR_HOURS / VENDOR_OBJECTS;
	recommend(x);
	risks(x);
}
