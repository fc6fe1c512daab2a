/*
 * connectors/ad/ad_int.h -- what the files of this room share.
 *
 * Purpose:   a delta import while it goes on, and how its parts hand over.
 * Touches:   connectors/ldap/core.h.
 */
#ifndef CONNECTORS_AD_AD_INT_H
#define CONNECTORS_AD_AD_INT_H

#include "connectors/ad/mark.h"
#include "connectors/ldap/core.h"
#include "connectors/rights.h"

/* ---- server.c ---- */

/* The naming context that dn lies in: DirSync reads one as a whole. */
int ad_context_of(struct core *c, struct text dn, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;

/* The domain controller in use, asked anew. */
int ad_server_read(struct core *c, struct text context, struct arena *a,
    struct ad_server *out, struct err *e) MUST_CHECK;

/* Whether the user sees what was deleted there: 1; 0 and in *e what to grant;
 * negative: no answer.  It is enough to know on the way in: without it a
 * deletion is not told, and the cookie moves past it. */
int ad_sees_deleted(
    struct core *c, struct text context, bool samba, struct err *e) MUST_CHECK;

/* ---- changes.c ---- */

/* An object to be read again at the end of a page. */
struct again {
	struct guid guid;
	unsigned flags;
};

enum again_flag {
	AGAIN_WHOLE = 1U << 0, /* it is new, or the change does not say all */
	AGAIN_MATCH = 1U << 1, /* whether the filter still takes it */
	AGAIN_MOVED = 1U << 2, /* with what lies below, if it is a container */
	AGAIN_RESTORED = 1U << 3, /* with those who refer to it */
	AGAIN_FOUND = 1U << 4,
	AGAIN_LEAF = 1U << 5, /* nothing of ours lies below it */
};

enum place {
	PLACE_HERE = 1,  /* in the partition and its containers */
	PLACE_ELSEWHERE, /* in another one that is read: that one tells it */
	PLACE_OUT,
};

/* A partition of the same naming context. */
struct region {
	struct text key;
	struct scope *scope; /* NULL: all of it */
};

struct changes {
	struct core *c;
	const struct import_request *req;
	const struct entry_sink *sink;
	struct import_reply *reply;
	struct core_wants wants;
	struct text context;    /* the naming context */
	struct region *regions; /* the one that is read, then the others */
	size_t region_count;
	bool filtered;      /* a filter besides class and container */
	const char *filter; /* what an object must match to be ours */
	/* What the filter looks at: changes of it are asked for too. */
	const char **filter_attrs;
	size_t filter_attr_count;
	struct arena *setup;
	struct arena *arena; /* the batch */
	struct entry *batch;
	size_t count;
	struct again *again;
	size_t again_count;
	size_t again_room;
	const struct again *around; /* whose children are read */
	size_t moves;               /* to other servers */
};

int changes_begin(struct changes *w, struct err *e) MUST_CHECK;
void changes_end(struct changes *w);

int changes_place(
    struct changes *w, struct text dn, enum place *out) MUST_CHECK;

/* The entry to fill, in w->arena; then it is given on. */
struct entry *changes_next(struct changes *w);
int changes_push(struct changes *w, struct err *e) MUST_CHECK;
int changes_left(
    struct changes *w, const struct guid *g, struct err *e) MUST_CHECK;

int changes_again(struct changes *w, const struct guid *g, unsigned flags,
    struct err *e) MUST_CHECK;

/* again.c: reads what waits to be read again, and gives it on. */
int again_run(struct changes *w, struct err *e) MUST_CHECK;

/* Hands over what there is; with a watermark, that all up to it was told. */
int changes_flush(
    struct changes *w, struct text watermark, struct err *e) MUST_CHECK;

/* objectGUID of an entry; false where it has none. */
bool item_guid(const struct ldap_item *item, struct guid *out);
struct text guid_text(struct arena *a, const struct guid *g);

/* filter.c: the names in the filters of the connector and the partition. */
int filter_attrs(struct core *c, const struct conf_partition *p,
    struct arena *a, const char ***out, size_t *out_count) MUST_CHECK;

/* containers.c: for struct core_flavour. */
int ad_containers(struct core *c, struct arena *a, const char **out,
    struct err *e) MUST_CHECK;

/* ---- dirsync.c, usn.c ---- */

/* False: of its changes a directory tells nothing. */
bool dirsync_tells(const char *name);

/* Where a delta import begins that comes after what is read from now on.
 * ERR_UNSUPPORTED: the server does not do it. */
int dirsync_begin(struct core *c, struct text context, struct arena *a,
    struct ad_mark *out, struct err *e) MUST_CHECK;
int dirsync_changes(
    struct changes *w, struct ad_mark *m, struct err *e) MUST_CHECK;
int usn_changes(struct changes *w, struct ad_mark *m, struct err *e) MUST_CHECK;

/* ---- delta.c: the calls of the contract ---- */

int ad_full_import(struct connector *connector,
    const struct import_request *req, const struct entry_sink *sink,
    struct import_reply *out, struct err *e);
int ad_delta_import(struct connector *connector,
    const struct import_request *req, const struct entry_sink *sink,
    struct import_reply *out, struct err *e);
int ad_read_object(struct connector *connector,
    const struct import_request *req, const struct entry *which,
    struct arena *a, struct entry *out, struct err *e);

/* ---- restore.c ---- */

extern const char *const ad_own_attrs[]; /* ends in NULL */

int ad_can_restore(
    struct connector *connector, const struct export_item *item, struct err *e);

/* ---- sid.c: for struct core_flavour ---- */

int ad_sid_object(struct core *c, struct arena *a, struct text sid,
    struct value *out, struct err *e) MUST_CHECK;
int ad_object_sid(struct core *c, struct arena *a, const struct value *v,
    struct text *out, struct err *e) MUST_CHECK;

/* ---- rights.c ---- */

int ad_partition_rights(struct core *c, const struct connector_wishes *w,
    struct text partition, struct arena *a, struct connector_lacks *out,
    struct err *e);

/* ---- deletes.c ---- */

/* What of w the account may not delete; top: dn_key() of the partition. */
int ad_delete_rights(struct core *c, const struct connector_wish *w,
    struct text top, struct arena *a, struct connector_lacks *out,
    struct err *e) MUST_CHECK;

/* ---- grant.c: the command that gives the account a right ---- */

struct ad_grant {
	struct text where; /* a container */
	struct text class; /* of the objects below it; empty: where itself */
	const struct text *attributes; /* to write; none: create the class, and
					  delete it */
	size_t count;
	bool reads; /* to read them alone */
};
bool ad_is_samba(const struct core *c);
/* schemaIDGUID of a class or an attribute, as octets; empty: not known. */
int ad_schema_guid(struct core *c, struct text name, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;
/* dsacls of Windows, or samba-tool with the access list as SDDL. */
int ad_grant_text(struct core *c, const struct ad_grant *g, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;
/* The command that shows an access list, to look for what denies. */
int ad_list_text(struct core *c, struct text where, struct arena *a,
    struct text *out) MUST_CHECK;
/* To replicate changes of a naming context. */
int ad_grant_replicate(struct core *c, struct text context, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;

/* ---- bell.c ---- */

int ad_watch(struct connector *connector, int timeout_ms, struct err *e);

#endif /* CONNECTORS_AD_AD_INT_H */
