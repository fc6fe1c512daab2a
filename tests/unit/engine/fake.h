/* tests/unit/engine/fake.h -- a directory in memory behind the contract of
 * connectors/connector.h, whose failures a test scripts. */
#ifndef TESTS_UNIT_ENGINE_FAKE_H
#define TESTS_UNIT_ENGINE_FAKE_H

#include "conf/conf.h"
#include "connectors/connector.h"

#define FAKE_OBJECTS 8192
#define FAKE_LOG     65536

struct fake_object {
	bool there;
	uint32_t type;
	struct text dn;
	struct text anchor;
	struct attrs attrs; /* references by DN or anchor */
	unsigned changed;   /* when: fake_tracked_kind tells by it */
};

struct fake {
	struct conf_connector conf; /* first: the connector finds it by this */
	struct arena *arena;
	struct names *names;
	const char *partition; /* or several: "DC=a | DC=b" */
	struct fake_object objects[FAKE_OBJECTS];
	size_t count;
	unsigned serial; /* of anchors made here */
	unsigned clock;  /* goes on with every change */

	/* What a test wants to go wrong. */
	bool offline;           /* open() fails */
	size_t import_stops_at; /* connection lost after n entries; 0: never */
	bool import_backwards;
	const char *refuse; /* exports of DNs that have it in them fail */
	const char *never;  /* object type that cannot be written */
	const char *hard;   /* object type that is deleted for good */
	const char *bad; /* what an import gives badly: "CN=a without anchor" */
	size_t uncertain_at;    /* the nth item: done, but no answer */
	size_t lost_at;         /* the nth item: not done, and no answer */
	size_t export_stops_at; /* this item is done, and the connection lost */
	bool adopt;             /* an add of a DN that is there takes it */
	bool tells;             /* delta imports give what changed since */
	size_t delta_stops_at;  /* connection lost after n batches; 0: never */
	const char *forgets;    /* a watermark it does not know any more */
	const char *full_needed;
	bool all_told;
	const struct entry *delta; /* what a delta import gives, once */
	size_t delta_count;
	char asked_from[32]; /* the watermark of the last delta import */
	unsigned watermark;

	/* What was done. */
	size_t imports, exports, items, writes;
	char log[FAKE_LOG]; /* "add CN=a: mail+1;update ..." a line an item */
};

extern const struct connector_kind fake_delta_kind;  /* a source with deltas */
extern const struct connector_kind fake_reads_kind;  /* and single objects */
extern const struct connector_kind fake_source_kind; /* reads, writes by DN */
extern const struct connector_kind fake_cloud_kind;  /* anchors, references by
							anchor, no rename */

/* Reads, writes by DN, and tells by itself what changed since a watermark. */
extern const struct connector_kind fake_tracked_kind;

void fake_init(struct fake *f, struct names *names, const char *partition);
void fake_clear(struct fake *f);

/* "displayName=Anna;manager=@CN=Bob,O=x;proxyAddresses=a|b": makes or
 * replaces the object with the anchor. */
void fake_put(struct fake *f, const char *type, const char *anchor,
    const char *dn, const char *attrs);
void fake_delete(struct fake *f, const char *anchor);

/* The object with the DN, which counts as changed; make: a new one where
 * there is none, with this anchor or ("") one of its own; else NULL. */
struct fake_object *fake_at(
    struct fake *f, const char *dn, const char *anchor, bool make);
void fake_delete_dn(struct fake *f, const char *dn);
size_t fake_there(const struct fake *f);

/* Every object, sorted, one a line; anchors made by the directory and
 * references to them appear as DNs. */
char *fake_dump(const struct fake *f, struct arena *a);

#endif /* TESTS_UNIT_ENGINE_FAKE_H */
