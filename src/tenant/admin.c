#include "tenant/admin_int.h"

#include "tenant/emit.h"
#include "tenant/throttle.h"

static const char *const op_names[] = {
    [CHANGE_CREATE] = "created",
    [CHANGE_UPDATE] = "updated",
    [CHANGE_DELETE] = "deleted",
    [CHANGE_PURGE] = "purged",
    [CHANGE_RESTORE] = "restored",
    [CHANGE_LINK] = "linked",
    [CHANGE_UNLINK] = "unlinked",
};

void
admin_fail(struct admin_call *c, int status, const char *text)
{
	buf_reset(c->out);
	buf_puts(c->out, "{\"error\":");
	emit_text(c->out, text_of(text));
	buf_puts(c->out, "}\n");
	c->status = status;
}

static int64_t
option_int(const struct admin_request *q, const char *name)
{
	const struct url_option *o = url_option(&q->url, name);
	int64_t n = 0;

	if (o == NULL || text_to_int64(o->value, &n) != 0)
		return 0;
	return n;
}

static const char *
op_name(int64_t op)
{
	return op >= CHANGE_CREATE && op <= CHANGE_UNLINK ? op_names[op] : "?";
}

/* Totals since a place; "seq" is the place to ask from the next time. */
static int
emit_totals(struct admin_call *c, int64_t since)
{
	struct tdb *db = c->t->db;
	int64_t totals[CHANGE_UNLINK + 1] = {0};
	int64_t last = since;
	int r = tdb_run(db, SQL_CHANGE_TOTALS, "i", since);

	for (; r == 1; r = tdb_next(db, SQL_CHANGE_TOTALS)) {
		int64_t op = tdb_int(db, SQL_CHANGE_TOTALS, 0);

		if (op >= CHANGE_CREATE && op <= CHANGE_UNLINK)
			totals[op] = tdb_int(db, SQL_CHANGE_TOTALS, 1);
		if (tdb_int(db, SQL_CHANGE_TOTALS, 2) > last)
			last = tdb_int(db, SQL_CHANGE_TOTALS, 2);
	}
	buf_printf(c->out, "{\"seq\":%lld,\"totals\":{", (long long)last);
	for (int i = CHANGE_CREATE; i <= CHANGE_UNLINK; i++)
		buf_printf(c->out, "%s\"%s\":%lld",
		    i == CHANGE_CREATE ? "" : ",", op_names[i],
		    (long long)totals[i]);
	buf_puts(c->out, "}");
	return r;
}

static int
emit_per_object(struct admin_call *c, int64_t since)
{
	struct tdb *db = c->t->db;
	struct text last = {"", 0};
	int r = tdb_run(db, SQL_CHANGE_PER_OBJECT, "i", since);

	buf_puts(c->out, ",\"objects\":[");
	for (; r == 1; r = tdb_next(db, SQL_CHANGE_PER_OBJECT)) {
		struct text id = tdb_text(db, SQL_CHANGE_PER_OBJECT, 0);
		const struct entity_info *info = entity_info(
		    (enum entity)tdb_int(db, SQL_CHANGE_PER_OBJECT, 1));

		if (!text_equal(id, last)) {
			buf_printf(c->out, "%s{\"id\":\"%.*s\",\"type\":\"%s\"",
			    last.len == 0 ? "" : "},", TEXT_ARGS(id),
			    info == NULL ? "" : info->segment);
			last = text_dup(c->a, id);
		}
		buf_printf(c->out, ",\"%s\":%lld",
		    op_name(tdb_int(db, SQL_CHANGE_PER_OBJECT, 2)),
		    (long long)tdb_int(db, SQL_CHANGE_PER_OBJECT, 3));
	}
	buf_puts(c->out, last.len == 0 ? "]" : "}]");
	return r;
}

/* GET writes?since=N&objects=1 */
static void
writes(struct admin_request *q)
{
	struct admin_call *c = q->c;
	int64_t since = option_int(q, "since");
	int r = emit_totals(c, since);

	if (r == 0 && option_int(q, "objects") != 0)
		r = emit_per_object(c, since);
	buf_puts(c->out, "}\n");
	if (r != 0)
		admin_fail(c, 500, tdb_message(c->t->db));
}

static void
counts(struct admin_request *q)
{
	struct throttle_counts n = throttle_counts(q->c->t->throttle);

	buf_printf(q->c->out,
	    "{\"requests\":%llu,\"items\":%llu,\"throttled\":%llu,"
	    "\"faults\":%llu}\n",
	    (unsigned long long)n.requests, (unsigned long long)n.items,
	    (unsigned long long)n.throttled, (unsigned long long)n.faults);
}

static void
copy_text(char *out, size_t size, struct text t)
{
	size_t n = t.len < size ? t.len : size - 1;

	memcpy(out, t.data, n);
	out[n] = '\0';
}

/* POST faults {"kind":"status|half|close","status":429,"retryAfter":1,
 * "count":3,"skip":0,"scope":"request|item","when":"before|after",
 * "method":"POST","path":"$batch"} */
static void
fault_add(struct admin_request *q)
{
	const struct json *j = q->body;
	struct text kind = json_get_text(j, "kind");
	struct fault f = {.status = (int)json_int(json_get(j, "status"), 503),
	    .retry_after_s = (int)json_int(json_get(j, "retryAfter"), 0),
	    .count = (unsigned)json_int(json_get(j, "count"), 1),
	    .skip = (unsigned)json_int(json_get(j, "skip"), 0),
	    .item = text_is(json_get_text(j, "scope"), "item"),
	    .after = text_is(json_get_text(j, "when"), "after")};

	f.kind = text_is(kind, "half")                      ? FAULT_HALF
		 : text_is(kind, "close")                   ? FAULT_CLOSE
		 : text_is(kind, "status") || kind.len == 0 ? FAULT_STATUS
							    : FAULT_NONE;
	if (f.kind == FAULT_NONE || f.status < 400 || f.status > 599) {
		admin_fail(
		    q->c, 400, "kind is status, half or close; status 400-599");
		return;
	}
	copy_text(f.method, sizeof(f.method), json_get_text(j, "method"));
	copy_text(f.path, sizeof(f.path), json_get_text(j, "path"));
	throttle_fault_add(q->c->t->throttle, &f);
	buf_puts(q->c->out, "{}\n");
}

static void
faults_clear(struct admin_request *q)
{
	throttle_faults_clear(q->c->t->throttle);
	buf_puts(q->c->out, "{}\n");
}

/* POST delay {"ms":50} */
static void
delay(struct admin_request *q)
{
	int64_t ms = json_int(json_get(q->body, "ms"), -1);

	if (ms < 0 || ms > 600000) {
		admin_fail(q->c, 400, "ms is between 0 and 600000");
		return;
	}
	throttle_delay_set(q->c->t->throttle, (unsigned)ms);
	buf_puts(q->c->out, "{}\n");
}

/* POST throttle {"limits":"units=3500/10,writes=3000/150"} */
static void
limits(struct admin_request *q)
{
	struct throttle_limits l;
	struct err e = {0};

	if (throttle_parse(json_get_text(q->body, "limits"), &l, &e) != 0) {
		admin_fail(q->c, 400, e.text);
		return;
	}
	throttle_set(q->c->t->throttle, &l);
	buf_puts(q->c->out, "{}\n");
}

static bool
may_enter(struct admin_call *c)
{
	if (!c->from_loopback) {
		admin_fail(c, 403, "only from loopback");
		return false;
	}
	if (!text_starts_nocase(c->bearer, "Bearer ") ||
	    !secret_equal(c->t->admin,
		(struct text){c->bearer.data + 7, c->bearer.len - 7})) {
		admin_fail(
		    c, 401, "the token of the file admin_token is needed");
		return false;
	}
	return true;
}

void
admin_handle(struct admin_call *c)
{
	static const struct {
		const char *method, *name;
		void (*handle)(struct admin_request *q);
	} routes[] = {
	    {"GET", "writes", writes},
	    {"GET", "counts", counts},
	    {"POST", "faults", fault_add},
	    {"DELETE", "faults", faults_clear},
	    {"POST", "delay", delay},
	    {"POST", "throttle", limits},
	    {"GET", "clock", admin_clock_show},
	    {"POST", "clock", admin_clock_set},
	    {"GET", "clients", admin_clients_show},
	    {"POST", "sync", admin_sync_set},
	    {"POST", "sweep", admin_sweep},
	    {"POST", "device", admin_device},
	    {"POST", "register", admin_register},
	    {"POST", "domains", admin_domain_add},
	    {"DELETE", "domains", admin_domain_remove},
	};
	struct admin_request q = {.c = c};

	c->status = 200;
	if (!may_enter(c))
		return;
	if (url_parse(c->a, c->target, &q.url, NULL) != 0 ||
	    q.url.nsegments != 2) {
		admin_fail(c, 404, "no such thing");
		return;
	}
	if (c->body.len != 0 &&
	    json_parse(c->body, 65536, &q.body, NULL) != 0) {
		admin_fail(c, 400, "the body is not JSON");
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!text_is(q.url.segments[1], routes[i].name) ||
		    !text_is(text_of(c->method), routes[i].method))
			continue;
		routes[i].handle(&q);
		q.body = json_free(q.body);
		return;
	}
	q.body = json_free(q.body);
	admin_fail(c, 404, "no such thing");
}
