/*
 * connectors/connector.h -- what every connector does, and nothing of how.
 *
 * Purpose:   the contract between a connected directory and the engine's two
 *            steps that talk to it.  docs/CONNECTOR.md shows how to add one;
 *            connectors/skeleton/ is one that does nothing.
 * Touches:   model/, conf/.
 * Ownership: everything handed to a callback lives until it returns.  What
 *            connector_open() makes is freed by close().
 * Errors:    ERR_CONFIG, ERR_AUTH, ERR_TLS, ERR_ACCESS (a person must act);
 *            ERR_CONNECT (lost; the step stops, nothing is obsoleted);
 *            ERR_PROTOCOL; err.type carries the field's name where there is
 *            one ("failed-authentication", "no-start-credentials").
 */
#ifndef CONNECTORS_CONNECTOR_H
#define CONNECTORS_CONNECTOR_H

#include "base/defs.h"
#include "model/delta.h"
#include "model/names.h"
#include "model/schema.h"

struct conf_connector;   /* conf/conf.h */
struct connector;        /* an open one: each kind has its own inside */
struct connector_wishes; /* connectors/rights.h */
struct connector_lacks;
struct authority_ops; /* connectors/authority.h */

/* ---- What a connector can ---- */

enum connector_can {
	CAN_EXPORT = 1U << 0,
	CAN_DELTA_IMPORT = 1U << 1,
	CAN_RENAME = 1U << 2,
	/* References are sent by the target's anchor, not its DN. */
	CAN_REFS_BY_ANCHOR = 1U << 3,
	/* The directory gives the anchor; export returns it after an add. */
	CAN_MAKE_ANCHOR = 1U << 4,
	/* It can tell that something changed: a bell for the daemon. */
	CAN_WATCH = 1U << 5,
	/* An item that was taken may come with a notice (struct
	 * export_result). */
	CAN_WARN = 1U << 6,
	/* Its own exports move synced_ms of the lease. */
	CAN_MOVE_SYNCED = 1U << 7,
	/* References to an object that is deleted go with it, and do not come
	 * back with it: an undo writes them again. */
	CAN_DROP_REFS = 1U << 8,
};

struct connector_kind {
	const char *name; /* "ad", "ldap", "graph", "file" */
	const char *title;
	unsigned can;
	uint32_t import_batch; /* entries a callback at most */
	uint32_t export_batch; /* items a call at most */
	const struct connector_ops *ops;
	/* Without a connection: whether an export may write the attribute of
	 * objects of the type.  NULL: that depends on the directory. */
	bool (*writes)(struct text type, struct text attribute);
};

/* ---- What flows in ---- */

enum entry_kind {
	ENTRY_OBJECT = 1, /* the whole object */
	ENTRY_ERROR = 4,  /* a discovery error: err says which and where */

	/* Delta import alone; each says by anchor, or else by dn, whom. */
	ENTRY_CHANGE = 2,  /* what changed of it, see struct entry */
	ENTRY_DELETED = 3, /* it is gone */
	ENTRY_LEFT = 5,    /* it is there, and class or container leave it
			      out: it moved, or was never ours */
	ENTRY_PRESENT = 6, /* it is there, and its attributes did not change.
			      With dn: this is its name, and it is ours even
			      where it was not known */
};

struct entry {
	enum entry_kind kind;
	uint32_t type;      /* object type name, as in the rules ("user");
			       ENTRY_CHANGE: 0 where it is as it was */
	struct text dn;     /* as the directory writes it; ENTRY_CHANGE: the
			       one it has now, empty where it is as it was */
	struct text anchor; /* never changes; binary as octets */

	/* References by REF_DN or REF_ANCHOR.  ENTRY_OBJECT: all there are.
	 * ENTRY_CHANGE: those told as a whole, whatever they were before. */
	struct attrs attrs;
	/* ENTRY_CHANGE: attributes that have no value any more. */
	const uint32_t *removed;
	size_t removed_count;
	/* ENTRY_CHANGE: values that came (add) and went (del), the others of
	 * the attribute stay: a member of a group of 250,000.  new_dn where dn
	 * is the name it had. */
	struct delta delta;

	struct err err; /* ENTRY_ERROR */
};

/* A non-zero return stops the import, which returns it. */
struct entry_sink {
	int (*entries)(
	    void *ctx, const struct entry *list, size_t n, struct err *e);
	/* Delta import: the same, and with these all changes up to watermark
	 * were given (n may be 0).  Both are kept in one transaction, so that
	 * after a broken connection the next delta import goes on here.
	 * Full import: with these all that a part of the directory holds was
	 * given, and watermark is the place from which one that breaks after it
	 * can go on (import_request.place).  NULL: no place is kept, and no
	 * delta is asked for. */
	int (*entries_until)(void *ctx, const struct entry *list, size_t n,
	    struct text watermark, struct err *e);
	void *ctx;
};

struct partition {
	struct text name; /* a naming context's DN, or "default" */
	bool selected;
};

/* What an import is to read. */
struct import_request {
	struct text partition;
	struct text watermark; /* delta import: where the last one ended */
	/* Full import: where the last one broke off; empty: from the beginning.
	 * What was given before it is not given again. */
	struct text place;
	const uint32_t *wanted; /* attribute names the plan reads */
	size_t wanted_count;
};

/* The type of the error of a full import that cannot go on from its place, and
 * has given nothing yet: it is asked for once more, from the beginning. */
#define CONNECTOR_PLACE_GONE "place-gone"

/* What an import says at its end, beside what went to the sink. */
struct import_reply {
	/* Where the next delta import begins; empty: none.  A full import
	 * takes it before it reads the first object. */
	struct text watermark;
	uint64_t filtered; /* objects left out by class or container */
	uint64_t errors;   /* ENTRY_ERROR given to the sink */
	/* Full import without a watermark, of a kind that can give one: why it
	 * does not, for the person who can mend it. */
	struct text no_deltas;
	/* Delta import: of each object that is there something was told
	 * (ENTRY_OBJECT, ENTRY_CHANGE, ENTRY_PRESENT): the others are gone. */
	bool all_told;
	/* Delta import: not empty where it cannot tell all that happened (a
	 * container moved into scope: what lies below did not change), and
	 * why; a full import comes next. */
	struct text full_needed;
};

/* ---- What flows out ---- */

#define CONNECTOR_NO_LIMIT UINT64_MAX

/* What the directory itself allows of one export. */
struct connector_limits {
	uint64_t deletions;        /* at most; CONNECTOR_NO_LIMIT */
	unsigned deletion_percent; /* of its objects at most; 0: no limit */
	int64_t interval_ms; /* from one cycle to the next at least; 0: any */
};

struct export_item {
	int64_t cs_id;    /* the engine's; give it back in the result */
	enum delta_op op; /* ADD, UPDATE (with new_dn: rename), DELETE */
	uint32_t type;
	struct text dn;     /* on ADD the DN wanted */
	struct text anchor; /* empty on ADD; else that of a deleted object which
			       is to come back: see can_restore */
	struct delta delta; /* on ADD every attribute; references whose target
			       is not there yet are already left out */
	const struct attrs *image; /* what the directory held when last read;
				      without references; NULL on ADD */
	/* References that are to be there, of the changed attributes for which
	 * refs_whole() asks; NULL: none. */
	const struct attrs *whole;
};

enum export_status {
	EXPORT_DONE = 1,
	EXPORT_ERROR = 2,     /* this object: err says why; goes on */
	EXPORT_RETRY = 3,     /* not tried, or asked to wait beyond patience */
	EXPORT_UNCERTAIN = 4, /* may have happened: read back first */
	EXPORT_GONE = 5,      /* DELETE or UPDATE of what is not there */
};

struct export_result {
	enum export_status status;
	struct text anchor; /* after an ADD, where CAN_MAKE_ANCHOR */
	struct text dn;     /* after an ADD or rename, where it differs */
	bool adopted;       /* the ADD took over an object that was there */
	/* EXPORT_DONE, and yet not quite as it was asked for: what the
	 * directory says of it, with a type; NULL: nothing.  Kept with the
	 * object, no error, not sent again. */
	const struct err *warning;
	/* Reference values refused because the target is not there yet: the
	 * engine sends them again in its second pass. */
	const struct delta *deferred;
	/* DELETE: all that the object held and that can be written again, also
	 * what no rule reads, for an undo; NULL: it was not looked at. */
	const struct attrs *was;
	struct err err; /* type: "AttributeValueMustBeUnique", ... */
};

/* ---- Asking for one object, for people ---- */

struct connector_question {
	struct text dn;          /* or, where it is empty: */
	struct text attr, value; /* attr empty: any that names a person */
	struct text except;      /* holder(): not the one of this anchor */
};

/* An object that has a value which can be there once. */
struct connector_holder {
	struct text id, type, name, address;
	struct text source; /* its source anchor; empty: none is known */
	bool synchronised;  /* from some source */
};

/* What of the configuration leaves an object out. */
enum connector_leaves {
	LEAVES_NOTHING = 0,
	LEAVES_PARTITION,
	LEAVES_CONTAINER,
	LEAVES_CLASS,
	LEAVES_FILTER,
};

struct connector_look {
	bool there;
	struct text dn; /* as the directory writes it */
	enum connector_leaves leaves;
	/* The setting that does, and what of the object it is about: the
	 * container, the object's classes, the filter. */
	struct text setting, value;
};

/* Who writes to a directory, as it is noted there. */
struct connector_lease {
	struct text holder; /* the name of its store; empty: nobody */
	struct text host;
	int64_t since_ms, seen_ms;
	/* lease_get(): what holds the note (connectors with one place share
	 * it), and when it was synchronised last; 0: never, or not known. */
	struct text place;
	int64_t synced_ms;
};

/* ---- How the directory is, for people ---- */

struct connector_cert {
	struct text server;
	struct text subject;
	int64_t end_s; /* since 1970, UTC */
};

struct connector_health {
	int64_t clock_ms; /* the directory's own clock; 0: it does not tell */
	const struct connector_cert *certs; /* that its servers show */
	size_t cert_count;
};

/* ---- The calls ---- */

struct connector_env {
	struct names *names; /* shared with the engine */
	struct arena *arena; /* lives as long as the connector */
	const struct conf_connector *conf;
	const char *config_dir; /* relative paths in conf start here */
	/* Asked often, from any thread of the connector; true: a person or a
	 * signal wants to stop. */
	bool (*cancelled)(void *ctx);
	void *cancel_ctx;
};

typedef int connector_parameter_fn(
    void *ctx, struct text name, struct text value);

struct connector_ops {
	/* Connects, authenticates, checks rights; says what is missing. */
	int (*open)(const struct connector_env *env, struct connector **out,
	    struct err *e);
	void (*close)(struct connector *c);

	/* Fills s and returns what can be imported and exported. */
	int (*schema)(struct connector *c, struct schema *s, struct err *e);

	/* *out in the arena of env. */
	int (*partitions)(struct connector *c, struct partition **out,
	    size_t *out_count, struct err *e);

	/* What the directory itself gives to rules for a partition, such as
	 * Domain.FQDN.  A non-zero return of each() stops and is returned.
	 * NULL: nothing. */
	int (*parameters)(struct connector *c, struct text partition,
	    connector_parameter_fn *each, void *ctx, struct err *e);

	/* Streams every object of the partition.  Returns 0 only when all of
	 * it was read: a broken connection, a page cut short or a base that is
	 * not there are errors, never an early end. */
	int (*full_import)(struct connector *c,
	    const struct import_request *req, const struct entry_sink *sink,
	    struct import_reply *out, struct err *e);

	/* After a full import of the same request: gives those of the objects
	 * with these anchors that are there and take part.  It did not bring
	 * them: they moved while it read, or are gone.  Few searches for many
	 * objects.  NULL where a full import sees all at one time. */
	int (*recheck)(struct connector *c, const struct import_request *req,
	    const struct text *anchors, size_t n, const struct entry_sink *sink,
	    struct err *e);

	/* What happened since req->watermark, in the order in which it counts:
	 * of an object told twice the last is how it is.  NULL where the kind
	 * cannot.  A watermark that the directory does not know any more: type
	 * "no-start-full-import-required". */
	int (*delta_import)(struct connector *c,
	    const struct import_request *req, const struct entry_sink *sink,
	    struct import_reply *out, struct err *e);

	/* Reads one object anew, that which names by anchor, or else by dn:
	 * for a change of an object that is not known.  Called from inside the
	 * sink.  1: *out is an ENTRY_OBJECT in a; 0: it is not there, or left
	 * out by class or container.  NULL where the kind cannot. */
	int (*read_object)(struct connector *c,
	    const struct import_request *req, const struct entry *which,
	    struct arena *a, struct entry *out, struct err *e);

	/* Whether the directory has an object, whatever leaves it out of an
	 * import, and what does: for `why-not`.  *out in a.  NULL where the
	 * kind cannot. */
	int (*look)(struct connector *c, const struct connector_question *q,
	    struct arena *a, struct connector_look *out, struct err *e);

	/* Which object has the value q->value of q->attr, an attribute that is
	 * unique in the directory, imported or not: 1; 0: none, or it cannot be
	 * asked for that.  *out in a.  NULL where the kind cannot. */
	int (*holder)(struct connector *c, const struct connector_question *q,
	    struct arena *a, struct connector_holder *out, struct err *e);

	/* Where a container is that which names by dn, or, where that is empty,
	 * by its anchor wherever it is called to now: 1, with dn and anchor of
	 * out; 0: it is not there.  NULL where the kind cannot tell. */
	int (*container)(struct connector *c, const struct entry *which,
	    struct arena *a, struct entry *out, struct err *e);

	/* Its clock, and the certificates of its servers.  *out in a.  A server
	 * that does not answer is left out.  NULL where the kind cannot. */
	int (*health)(struct connector *c, struct arena *a,
	    struct connector_health *out, struct err *e);

	/* Which rights that rules need are missing, beyond what open() asks;
	 * reads alone.  *out in a.  NULL where the kind cannot tell. */
	int (*rights)(struct connector *c, const struct connector_wishes *w,
	    struct arena *a, struct connector_lacks *out, struct err *e);

	/* No network: 0, or ERR_UNSUPPORTED when this directory can never take
	 * the item ("contacts cannot be written by Graph"): such items are
	 * counted by reason, not sent, no error.  ERR_REFUSED: the
	 * configuration forbids it; the same, but it waits and is asked again.
	 * NULL: takes everything. */
	int (*can_export)(
	    struct connector *c, const struct export_item *item, struct err *e);

	/* Whether an object of the type needs a reference to be one at all (a
	 * group that may not be empty): it is added after the others.  NULL:
	 * none does. */
	bool (*adds_late)(struct connector *c, uint32_t type);

	/* Whether an add of the type cannot be without the attribute.  An
	 * attribute that is held for a reason of its own (a value that nobody
	 * should see yet) is then added later; where it is needed the whole
	 * object waits.  NULL: it may need every attribute that is no
	 * reference. */
	bool (*add_needs)(struct connector *c, uint32_t type, uint32_t name);

	/* Whether the directory has to be told all references of the attribute
	 * where one of them changes: then they are in export_item.whole.
	 * NULL: what comes and goes is enough. */
	bool (*refs_whole)(struct connector *c, uint32_t name);

	/* What the directory allows; the stricter of it and of the engine's
	 * own guard holds.  NULL: it says nothing. */
	int (*limits)(
	    struct connector *c, struct connector_limits *out, struct err *e);

	/* Whether an object that was deleted, with the anchor of the item, can
	 * come back as itself: 1, and e, where it has a text, says what of it
	 * is not as it was; 0: it cannot, and e says why.  Then an ADD with
	 * that anchor restores it, and is adopted.  NULL: nothing can. */
	int (*can_restore)(
	    struct connector *c, const struct export_item *item, struct err *e);

	/* Sends n items; results[i] answers items[i] and lives until the next
	 * call.  Returns negative only when the whole step must stop; items
	 * without an answer then are EXPORT_UNCERTAIN or EXPORT_RETRY. */
	int (*export)(struct connector *c, const struct export_item *items,
	    size_t n, struct export_result *results, struct err *e);

	/* The same in three, so that the engine prepares what comes next while
	 * the directory works; NULL: it waits in export().  start() sends what
	 * may go; pump(), which may be called at any time, takes the answers
	 * that are there and sends what they let go; neither waits.  finish()
	 * waits for all, and returns what export() would: it is called once
	 * for each start() that returned 0, before the next.  items live until
	 * then; results, until the start() after the next. */
	int (*export_start)(struct connector *c,
	    const struct export_item *items, size_t n,
	    struct export_result *results, struct err *e);
	void (*export_pump)(struct connector *c);
	int (*export_finish)(struct connector *c, struct err *e);

	/* After the last batch of an export, also of one that had nothing to
	 * send; not after one that was stopped.  NULL: nothing to say. */
	int (*export_end)(struct connector *c, struct err *e);

	/* The note of who writes to the directory: 1 and who; 0: nobody does.
	 * ERR_ACCESS: it may not be kept.  NULL: the kind cannot. */
	int (*lease_get)(struct connector *c, struct arena *a,
	    struct connector_lease *out, struct err *e);
	/* In the place of what was there; no holder: nobody. */
	int (*lease_set)(struct connector *c,
	    const struct connector_lease *lease, struct err *e);

	/* Who masters what is there, and how that is moved: for a person's
	 * guided task, never for a run.  NULL: the kind knows no such thing. */
	const struct authority_ops *authority;

	/* Waits until something may have changed in a selected partition: 1; 0
	 * after timeout_ms or when cancelled; negative: lost (open anew).  The
	 * first call subscribes: what changes after it has returned rings in
	 * the next, and a call with timeout_ms 0 does that alone.  Says not
	 * what changed.  A connector that watches is used for nothing else.
	 * NULL where the kind cannot. */
	int (*watch)(struct connector *c, int timeout_ms, struct err *e);
};

/* Every open connector begins with this. */
struct connector {
	const struct connector_kind *kind;
	/* No two objects ever have one anchor: one that a full import gives
	 * twice has moved, or comes again after a break. */
	bool anchor_unique;
};

/* ---- The table of kinds (bin/ fills it) ---- */

extern const struct connector_kind *const connector_kinds[]; /* ends in NULL */

/* NULL where there is none of that name. */
const struct connector_kind *connector_kind_find(struct text name);

/* Opens by conf->kind; ERR_CONFIG for an unknown kind. */
int connector_open(const struct connector_env *env, struct connector **out,
    struct err *e) MUST_CHECK;
struct connector *connector_free(struct connector *c);
DEFINE_CLEANUP(connector, connector_free);

#endif /* CONNECTORS_CONNECTOR_H */
