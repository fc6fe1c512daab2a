#include "tenant/admin.h"

#include "base/clock.h"
#include "tenant/emit.h"
#include "tenant/sync_int.h"
#include "tenant/throttle.h"
#include "tenant/tidy.h"
#include "tenant/url.h"

static const char *const op_names[] = {
    [CHANGE_CREATE] = "created",
    [CHANGE_UPDATE] = "updated",
    [CHANGE_DELETE] = "deleted",
    [CHANGE_PURGE] = "purged",
    [CHANGE_RESTORE] = "restored",
    [CHANGE_LINK] = "linked",
    [CHANGE_UNLINK] = "unlinked",
};

struct admin_request {
	struct admin_call *c;
	struct url url;
	struct json *body;
};

static void
fail(struct admin_call *c, int status, const char *text)
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
		fail(c, 500, tdb_message(c->t->db));
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
		fail(
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
		fail(q->c, 400, "ms is between 0 and 600000");
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
		fail(q->c, 400, e.text);
		return;
	}
	throttle_set(q->c->t->throttle, &l);
	buf_puts(q->c->out, "{}\n");
}

static void
clock_show(struct admin_request *q)
{
	char now[32];

	(void)clock_format(tenant_now_ms(q->c->t), false, now);
	buf_printf(q->c->out, "{\"now\":\"%s\"}\n", now);
}

/* POST clock {"now":"2017-12-31T00:00:00Z"} or {"now":null}: the real one. */
static void
clock_set(struct admin_request *q)
{
	int64_t ms = INT64_MIN;
	int r = 0;

	if (json_type(json_get(q->body, "now")) != JSON_NULL)
		r = clock_parse(json_get_text(q->body, "now"), &ms);
	if (r != 0) {
		fail(q->c, 400, "now is a time like 2017-12-31T00:00:00Z");
		return;
	}
	r = tenant_clock_set(q->c->t, ms);
	if (r == 0)
		r = tenant_tidy(q->c->t);
	if (r != 0)
		fail(q->c, 500, tdb_message(q->c->t->db));
	else
		clock_show(q);
}

static void
clients_show(struct admin_request *q)
{
	sync_clients_emit(q->c->out, tenant_now_ms(q->c->t));
}

/* T8.1: "disabled", "enabledForCount", "enabledForPercentage". */
static int
deletion_take(const struct json *j, struct sync_settings *s)
{
	struct text type = json_get_text(j, "synchronizationPreventionType");

	if (text_is(type, "disabled"))
		s->prevention = SYNC_PREVENT_NEVER;
	else if (text_is(type, "enabledForCount"))
		s->prevention = SYNC_PREVENT_COUNT;
	else if (text_is(type, "enabledForPercentage"))
		s->prevention = SYNC_PREVENT_PERCENT;
	else if (type.len != 0)
		return ERR_INVAL;
	s->threshold = json_int(json_get(j, "alertThreshold"), s->threshold);
	return s->threshold < 0 ? ERR_INVAL : 0;
}

static int
sync_settings_take(const struct json *j, struct sync_settings *s)
{
	struct text min = json_get_text(j, "minimumBuild");
	uint32_t parts[4];

	if (min.len != 0 && sync_build_parse(min, parts) != 0)
		return ERR_SYNTAX;
	if (json_has(j, "minimumBuild"))
		s->minimum_build = min;
	if (json_has(j, "redirectUrl"))
		s->redirect_url = json_get_text(j, "redirectUrl");
	s->turn_on_s = json_int(json_get(j, "turnOnSeconds"), s->turn_on_s);
	s->turn_off_s = json_int(json_get(j, "turnOffSeconds"), s->turn_off_s);
	s->page = json_int(json_get(j, "page"), s->page);
	return deletion_take(j, s);
}

/* POST sync {"minimumBuild":"2.0.0.0","redirectUrl":"https://...",
 * "turnOnSeconds":0,"turnOffSeconds":259200,"page":50} */
static void
sync_set(struct admin_request *q)
{
	struct sync_settings s;
	int r = sync_settings_load(q->c->t, q->c->a, &s);

	if (r == 0)
		r = sync_settings_take(q->body, &s);
	if (r == ERR_SYNTAX || r == ERR_INVAL) {
		fail(q->c, 400,
		    r == ERR_SYNTAX
			? "minimumBuild has four numbers: 2.0.0.0"
			: "synchronizationPreventionType is disabled, "
			  "enabledForCount or enabledForPercentage; "
			  "alertThreshold is not negative");
		return;
	}
	if (r == 0)
		r = sync_settings_save(q->c->t, &s);
	if (r != 0)
		fail(q->c, 500, tdb_message(q->c->t->db));
	else
		buf_puts(q->c->out, "{}\n");
}

static bool
may_enter(struct admin_call *c)
{
	if (!c->from_loopback) {
		fail(c, 403, "only from loopback");
		return false;
	}
	if (!text_starts_nocase(c->bearer, "Bearer ") ||
	    !secret_equal(c->t->admin,
		(struct text){c->bearer.data + 7, c->bearer.len - 7})) {
		fail(c, 401, "the token of the file admin_token is needed");
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
	    {"GET", "clock", clock_show},
	    {"POST", "clock", clock_set},
	    {"GET", "clients", clients_show},
	    {"POST", "sync", sync_set},
	};
	struct admin_request q = {.c = c};

	c->status = 200;
	if (!may_enter(c))
		return;
	if (url_parse(c->a, c->target, &q.url, NULL) != 0 ||
	    q.url.nsegments != 2) {
		fail(c, 404, "no such thing");
		return;
	}
	if (c->body.len != 0 &&
	    json_parse(c->body, 65536, &q.body, NULL) != 0) {
		fail(c, 400, "the body is not JSON");
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
	fail(c, 404, "no such thing");
}
