/*
 * connectors/sync/sync_int.h -- an open connection to the synchronisation web
 * service, and the steps that share it.
 *
 * Purpose:   what the files of this room hand to each other.
 * Touches:   connectors/cloud/cloud.h, codec/soap.h.
 * Ownership: what a call answers lives in the arena given.
 * Errors:    ERR_REFUSED (the service does not serve this build), ERR_CONFIG
 *            (a person must change something), ERR_ACCESS, ERR_BUSY,
 *            ERR_UNCERTAIN (a write that may have happened), ERR_REJECTED (the
 *            service refused this request), ERR_PROTOCOL.
 */
#ifndef CONNECTORS_SYNC_SYNC_INT_H
#define CONNECTORS_SYNC_SYNC_INT_H

#include "codec/soap.h"
#include "connectors/cloud/cloud.h"
#include "connectors/sync/attribute.h"
#include "model/guid.h"

#define SYNC_CLIENT_VERSION "8.0"
#define SYNC_REQUEST_MAX    (64U << 20)
#define SYNC_EXPORT_BATCH   300U  /* items a call of the engine */
#define SYNC_OBJECTS_MAX    30U   /* in one request */
#define SYNC_LINKS_MAX      15000 /* where the service does not say */
#define SYNC_HOPS_MAX       3U    /* redirections of one call */

/* What the service says of itself and the company. */
struct company {
	bool known;
	bool syncing;
	int64_t features;
	int64_t links_max;
	uint64_t deletions;        /* CONNECTOR_NO_LIMIT: not by number */
	unsigned deletion_percent; /* of its objects; 0: not by percent */
	int64_t interval_ms;       /* between cycles at least; 0: not told */
};

struct sconn {
	struct connector base; /* first */
	struct connector_env env;
	struct cloud_session cloud;
	struct cloud_session graph; /* opened where it is asked */
	struct text url;            /* cloud.endpoint, or where we were sent */
	struct text application;
	char tenant[GUID_TEXT_LEN + 1]; /* "": not known yet */
	char machine[GUID_TEXT_LEN + 1];
	struct sattr open[SATTR_OPEN]; /* rows behind those of sattrs[] */
	size_t open_count;
	uint32_t names[SATTR_MAX]; /* by row */
	uint32_t types[ST_COUNT];
	size_t batch_size;
	struct company company;
	struct arena *results;    /* reset at each export */
	struct patience patience; /* of an export */
	bool features_set;
	uint64_t exported, succeeded; /* since the last finalize */
};

/* ---- Names ---- */

int sconn_intern(struct sconn *s, struct err *e) MUST_CHECK;
/* Rows: those of sattrs[], and the directory extensions behind them. */
size_t sconn_rows(const struct sconn *s);
const struct sattr *sconn_row(const struct sconn *s, size_t row);
/* By a name in any case, and by the engine's numbers; -1: none. */
int sconn_find(const struct sconn *s, struct text name);
int sconn_attr(const struct sconn *s, uint32_t name);
int sconn_type(const struct sconn *s, uint32_t type);
/* Octets of the longest answer that is read. */
size_t sconn_answer_max(const struct sconn *s);
bool sconn_takes(const struct sconn *s, enum stype type);

/* ---- One operation ---- */

struct call {
	const char *operation;
	bool write; /* no answer: ERR_UNCERTAIN, not once more */
	/* Writes what is in the element of the operation; may run again. */
	void (*body)(struct nbfx_writer *w, void *ctx);
	void *ctx;
	struct patience *patience; /* NULL: of this call alone */
};

/* Sends it, as often as is sensible, follows redirections, and gives the
 * element of the result. */
int call_run(struct sconn *s, struct arena *a, const struct call *c,
    const struct xml_node **out_result, struct err *e) MUST_CHECK;

/* Whether a redirection may be followed: https, and the same domain. */
bool call_may_follow(struct text from, struct text to);

/* What a fault means for the call. */
enum fault_kind {
	FAULT_FINAL = 0, /* *e says why */
	FAULT_BUSY,      /* not done: wait, and once more */
	FAULT_SERVICE,   /* the service failed: it may have been done */
	FAULT_DENIED,    /* a new token may help, once */
	FAULT_REDIRECT,
};
enum fault_kind fault_judge(
    const struct soap_told *told, struct text build, struct err *e);

/* ---- The company ---- */

/* Capabilities and GetCompanyConfiguration: who we are is served, and
 * synchronisation is on. */
int company_read(struct sconn *s, struct err *e) MUST_CHECK;
/* "P1DT2H30M5S", whole numbers; 0: none of that form, or longer than a year. */
int64_t company_interval(struct text t);
/* Reads the answer of GetCompanyConfiguration. */
int company_parse(const struct xml_node *result, struct company *out,
    struct err *e) MUST_CHECK;
/* Turns on and off what the configuration wants, where it differs. */
int company_features(struct sconn *s, struct err *e) MUST_CHECK;
int company_finalize(struct sconn *s, struct err *e) MUST_CHECK;

/* ---- graph.c: what is asked where Graph shows the same tenant ---- */

/* Where Graph is: as configured, or of the cloud that the authority belongs
 * to, or, for a directory of our own, behind the host of the endpoint. */
struct text sync_graph_endpoint(struct arena *a, const struct conf_cloud *c);
int sync_lease_get(struct connector *c, struct arena *a,
    struct connector_lease *out, struct err *e);
int sync_lease_set(
    struct connector *c, const struct connector_lease *lease, struct err *e);
int sync_holder(struct connector *c, const struct connector_question *q,
    struct arena *a, struct connector_holder *out, struct err *e);

/* ---- Import ---- */

/* What an import asks for: rows. */
struct selection {
	bool on[SATTR_MAX];
};

/* An AzureADSyncObject to an entry: ENTRY_OBJECT, ENTRY_DELETED, ENTRY_ERROR
 * for a value of the wrong type; *out_ours is false where its type does not go
 * through this connector. */
int readback_object(const struct sconn *s, struct arena *a,
    const struct selection *sel, const struct xml_node *n, struct entry *out,
    bool *out_ours) MUST_CHECK;

/* The watermark: the cookie, and what was asked for when it was given. */
int cookie_format(struct arena *a, const struct sconn *s,
    const struct selection *sel, struct text cookie, struct text *out,
    struct err *e) MUST_CHECK;
/* ERR_SYNTAX: none of ours; ERR_NOENT: of an import that asked for other
 * attributes or types. */
int cookie_parse(const struct sconn *s, const struct selection *sel,
    struct text mark, struct text *out_cookie, struct err *e) MUST_CHECK;

int sync_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e);
int sync_delta_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e);

/* ---- Export ---- */

/* A reference that comes or goes. */
struct link {
	struct text anchor;
	bool cloud; /* a cloud anchor, else a source anchor */
	bool remove;
};

/* A changed attribute as it is sent: all its values (none: cleared), or what
 * came and went of its references. */
struct work_attr {
	const struct sattr *at;
	const struct value *values; /* references as source anchors */
	const struct link *links;   /* not NULL: these instead */
	const struct change *change;
	size_t count;
};

/* An item on its way. */
struct work {
	const struct export_item *it;
	struct export_result *res;
	enum stype type;
	struct text source; /* its source anchor */
	struct work_attr *attrs;
	size_t attr_count;
	size_t links;  /* to send */
	size_t sent;   /* of these, in requests that were accepted */
	size_t now;    /* of these, in the request at hand */
	bool begun;    /* the attributes were accepted */
	bool finished; /* res is filled in */
};

/* The items of one request. */
struct parcel {
	const struct sconn *s;
	struct work **works;
	size_t count;
};

/* Whether the service can take an item at all: see can_export. */
int item_possible(const struct sconn *s, const struct export_item *it,
    struct err *e) MUST_CHECK;
/* Fills w from its item, checked before anything is sent: type, anchor,
 * values.  ERR_REJECTED with the rule that is broken. */
int item_make(const struct sconn *s, struct arena *a, struct work *w,
    struct err *e) MUST_CHECK;
/* ProvisionAzureADSyncObjects2, its request; ctx is a parcel. */
void parcel_write(struct nbfx_writer *w, void *ctx);

/* All values that an attribute will have: characters, lengths, forms, counts
 * that the cloud takes.  ERR_REJECTED names attribute and value. */
int values_check(const struct sattr *at, const struct value *values,
    size_t count, struct err *e) MUST_CHECK;

/* One AzureADSyncObjectResult to the result of an item. */
void result_read(struct arena *a, const struct xml_node *n,
    const struct work *w, struct export_result *out);

int sync_can_export(
    struct connector *c, const struct export_item *item, struct err *e);
int sync_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e);
int sync_export_end(struct connector *c, struct err *e);

#endif /* CONNECTORS_SYNC_SYNC_INT_H */
