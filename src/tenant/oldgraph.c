/* tenant/oldgraph.c -- a request of then as a call of Graph, and back; see
 * oldgraph.h. */
#include <ctype.h>

#include "tenant/emit.h"
#include "tenant/oauth.h"
#include "tenant/oldgraph_int.h"

static const struct old_route routes[] = {
    {"GET", {":k"}, "/0", ANSWER_LIST},
    {"POST", {":k"}, "/0", ANSWER_OBJECT},
    {"GET", {":k", "*"}, "/0/1", ANSWER_OBJECT},
    {"PATCH", {":k", "*"}, "/0/1", ANSWER_OBJECT},
    {"DELETE", {":k", "*"}, "/0/1", ANSWER_OBJECT},
    {"GET", {":k", "*", "manager"}, "/0/1/manager", ANSWER_OBJECT},
    {"GET", {":k", "*", ":l"}, "/0/1/2", ANSWER_LIST},
    {"GET", {":k", "*", "$links", ":l"}, "/0/1/3", ANSWER_URLS},
    {"GET", {"directoryObjects", "$", ":t"}, "", ANSWER_LIST},
    {"GET", {"directoryObjects", "*"}, "/directoryObjects/1", ANSWER_OBJECT},
    {"DELETE", {"directoryObjects", "*"}, "/directoryObjects/1", ANSWER_OBJECT},
    {"GET", {"tenantDetails", "?"}, "/organization", ANSWER_COMPANY},
};

/* ---- Is it ours? ---- */

static bool
is_link(struct text t)
{
	static const char *const names[] = {
	    "members", "memberOf", "owners", "directReports", "ownedObjects"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_is_nocase(t, names[i]))
			return true;
	return false;
}

static const struct old_kind *
kind_by_full_name(struct text t)
{
	const size_t n = sizeof(SERVICES) - 1;

	return text_starts_nocase(t, SERVICES)
		   ? old_kind_by_object((struct text){t.data + n, t.len - n})
		   : NULL;
}

static bool
segment_fits(const char *want, struct text have)
{
	if (want[0] == '*' || want[0] == '?')
		return have.len != 0 && have.data[0] != '$';
	if (text_is(text_of(want), ":k"))
		return old_kind_by_segment(have) != NULL;
	if (text_is(text_of(want), ":l"))
		return is_link(have);
	if (text_is(text_of(want), ":t"))
		return kind_by_full_name(have) != NULL;
	return text_is_nocase(have, want);
}

static bool
path_fits(const struct old *q, const struct old_route *rt)
{
	size_t n = q->url.nsegments - 1, i;

	for (i = 0; i < 4 && rt->path[i] != NULL; i++)
		if (i >= n)
			return rt->path[i][0] == '?';
		else if (!segment_fits(rt->path[i], old_segment(q, i)))
			return false;
	return i == n;
}

static bool
is_own_path(const struct old *q)
{
	struct text tenant =
	    q->url.nsegments < 2 ? (struct text){"", 0} : q->url.segments[0];
	struct text what = old_segment(q, 0);

	return tenant.len != 0 &&
	       (text_is_nocase(tenant, q->c->t->id) ||
		   tenant_domain(q->c->t, tenant) != NULL ||
		   text_is_nocase(tenant, "myorganization")) &&
	       (old_kind_by_segment(what) != NULL ||
		   text_is_nocase(what, "directoryObjects") ||
		   text_is_nocase(what, "tenantDetails"));
}

/* ---- Who asks, and which form ---- */

static int
version_check(struct old *q)
{
	static const char *const versions[] = {
	    "1.5", "1.6", "1.61-internal", "beta"};
	const struct url_option *o = url_option(&q->url, "api-version");

	if (o == NULL)
		return old_bad(q, "Request_DataContractVersionMissing",
		    TEXT("The query parameter 'api-version' is required."));
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (text_is_nocase(o->value, versions[i]))
			return 0;
	return old_bad(q, "Request_InvalidDataContractVersion",
	    TEXT("The specified api-version is invalid. The value must exactly "
		 "match a supported version."));
}

static int
caller_check(struct old *q)
{
	struct oldgraph_call *c = q->c;
	struct oauth_caller caller = {0};
	struct err e = {0};

	q->g.roles = c->roles;
	if (c->roles.len != 0)
		return 0;
	if (oauth_check_directory(c->t, c->a, c->bearer, &caller, &e) != 0) {
		old_error_write(c, 401, "Authentication_MissingOrMalformed",
		    text_of(e.text));
		return ERR_REJECTED;
	}
	q->g.app_id = caller.app_id;
	q->g.roles = caller.roles;
	return 0;
}

/* ---- Answers ---- */

static const struct old_kind *
kind_of(const struct old *q, const struct json *o)
{
	const struct old_kind *k =
	    old_kind_by_type(json_get_text(o, "@odata.type"));

	return k == NULL ? q->kind : k;
}

static void
context_write(struct old *q, const char *what)
{
	buf_puts(q->c->out, "{\"odata.metadata\":");
	emit_text(
	    q->c->out, text_of(arena_printf(q->c->a, "%.*s/%s/$metadata#%s",
			   TEXT_ARGS(q->c->origin), q->c->t->id, what)));
}

/* As it was written: below the root, for lists of one kind by its name. */
static void
next_write(struct old *q, struct text link)
{
	static const char *const kept[] = {"$top", "$filter", "$skiptoken"};
	struct url u;
	struct buf query;
	struct text hex = {"", 0};

	if (link.len == 0 || url_parse(q->c->a, link, &u, NULL) != 0)
		return;
	buf_init(&query, URL_BYTES);
	for (size_t i = 0; i < 3; i++) {
		const struct url_option *o = url_option(&u, kept[i]);

		if (o == NULL)
			continue;
		buf_printf(&query, "%s%s=", query.len == 0 ? "" : "&", kept[i]);
		url_encode(o->value, &query);
	}
	if (hex_encode(q->c->a, buf_text(&query), &hex) == 0) {
		buf_puts(q->c->out, ",\"odata.nextLink\":");
		emit_text(q->c->out,
		    text_of(arena_printf(q->c->a, "%.*s?$skiptoken=X'%.*s'",
			TEXT_ARGS(q->rest), TEXT_ARGS(hex))));
	}
	buf_clear(&query);
}

static void
list_write(struct old *q, const struct json *answer, bool urls)
{
	const struct json *list = json_get(answer, "value");
	struct buf *b = q->c->out;

	context_write(q, "directoryObjects");
	next_write(q, json_get_text(answer, "@odata.nextLink"));
	buf_puts(b, ",\"value\":[");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *o = json_at(list, i);
		const struct old_kind *k = kind_of(q, o);

		if (i != 0)
			buf_putc(b, ',');
		if (k == NULL)
			k = old_kind_at(0);
		if (urls)
			buf_printf(b,
			    "{\"url\":\"%.*s/%s/directoryObjects/%.*s/" SERVICES
			    "%s\"}",
			    TEXT_ARGS(q->c->origin), q->c->t->id,
			    TEXT_ARGS(json_get_text(o, "id")), k->object);
		else
			old_object_write(b, k, o);
	}
	buf_puts(b, "]}");
}

static void
one_write(struct old *q, const struct json *o)
{
	const struct old_kind *k = kind_of(q, o);
	struct buf *b = q->c->out;
	struct buf object;

	if (k == NULL)
		k = old_kind_at(0);
	context_write(q, "directoryObjects/@Element");
	buf_putc(b, ',');
	buf_init(&object, URL_BYTES);
	old_object_write(&object, k, o);
	/* It is part of what was begun. */
	buf_add(b, object.data + 1, object.len == 0 ? 0 : object.len - 1);
	if (buf_error(&object) != 0)
		b->error = buf_error(&object);
	buf_clear(&object);
}

static void
answer_write(struct old *q, const struct old_route *rt, const struct json *j)
{
	const struct json *org = json_at(json_get(j, "value"), 0);

	buf_reset(q->c->out);
	switch (rt->answer) {
	case ANSWER_OBJECT:
		one_write(q, j);
		return;
	case ANSWER_LIST:
	case ANSWER_URLS:
		list_write(q, j, rt->answer == ANSWER_URLS);
		return;
	case ANSWER_COMPANY:
		break;
	}
	context_write(q, "directoryObjects/Microsoft.DirectoryServices."
			 "TenantDetail");
	buf_puts(q->c->out, ",\"value\":[");
	old_company_write(q->c->out, q->c->t, org);
	buf_puts(q->c->out, "]}");
}

static void
refusal_write(struct old *q, const struct json *j)
{
	const struct json *e = json_get(j, "error");
	struct text code = json_get_text(e, "code");
	struct text message = text_dup(q->c->a, json_get_text(e, "message"));

	if (text_is(code, "BadRequest"))
		code = TEXT("Request_BadRequest");
	else if (text_is(code, "ResourceNotFound"))
		code = TEXT("Request_ResourceNotFound");
	else if (text_is(code, "TooManyRequests"))
		code = TEXT("Request_ThrottledTemporarily");
	q->c->retry_after_s = q->g.retry_after_s;
	old_error_write(
	    q->c, q->g.status, text_dup(q->c->a, code).data, message);
}

static void
answer_turn(struct old *q, const struct old_route *rt)
{
	CLEANUP(json_freep)
	struct json *j = NULL;

	q->c->status = q->g.status;
	if (q->c->out->len == 0)
		return;
	if (json_parse(buf_text(q->c->out), q->c->out->len, &j, NULL) != 0)
		old_error_write(q->c, 500, "Service_InternalServerError",
		    TEXT("An internal error has occurred."));
	else if (q->g.status >= 300)
		refusal_write(q, j);
	else
		answer_write(q, rt, j);
}

/* ---- All of it ---- */

/* Of which kind an object is that is asked for by its id alone. */
static const struct old_kind *
kind_by_id(struct old *q, struct text id)
{
	struct dirobj o = {0};
	const struct old_kind *k = NULL;

	if (dirobj_by_id(q->c->t->db, id, &o) == 0)
		k = old_kind_by_segment(text_of(entity_info(o.kind)->segment));
	dirobj_clear(&o);
	return k;
}

static const struct old_kind *
kind_asked(struct old *q, const struct old_route *rt)
{
	struct text what = old_segment(q, 0);

	if (!text_is_nocase(what, "directoryObjects"))
		return old_kind_by_segment(what);
	return rt->answer == ANSWER_LIST ? kind_by_full_name(old_segment(q, 2))
					 : kind_by_id(q, old_segment(q, 1));
}

/* What a link to the next page names: all of a kind, or the links of one. */
static struct text
rest_of(struct old *q, const struct old_route *rt)
{
	size_t from = q->url.segments[0].len + 2;

	if (rt->answer == ANSWER_LIST && rt->path[1] == NULL)
		return text_of(arena_printf(q->c->a,
		    "directoryObjects/$/" SERVICES "%s", q->kind->object));
	return (struct text){q->url.path.data + from, q->url.path.len - from};
}

/* What was made is told whole, not by what Graph tells of it. */
static void
made_read(struct old *q)
{
	CLEANUP(json_freep)
	struct json *j = NULL;

	if (!text_is(text_of(q->g.method), "POST") || q->g.status != 201 ||
	    json_parse(buf_text(q->c->out), q->c->out->len, &j, NULL) != 0)
		return;
	q->g.method = "GET";
	q->g.has_body = false;
	buf_reset(q->c->out);
	if (old_target_read(q, json_get_text(j, "id")) == 0 &&
	    graph_run(&q->g) == 0)
		q->g.status = 201;
}

static void
route_run(struct old *q, const struct old_route *rt)
{
	q->kind = kind_asked(q, rt);
	q->rest = rest_of(q, rt);
	/* What is at the end of a link is of any kind. */
	if (rt->path[2] != NULL && rt->to[0] != '\0')
		q->kind = NULL;
	if (old_page_read(q) != 0 || old_body_read(q) != 0 ||
	    old_target_make(q, rt) != 0)
		return;
	(void)graph_run(&q->g);
	made_read(q);
	answer_turn(q, rt);
}

static void
run(struct old *q)
{
	bool known = false;

	if (version_check(q) != 0 || caller_check(q) != 0)
		return;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!path_fits(q, &routes[i]))
			continue;
		known = true;
		if (!text_is(text_of(q->c->method), routes[i].method))
			continue;
		route_run(q, &routes[i]);
		return;
	}
	if (known)
		old_error_write(q->c, 405, "Request_BadRequest",
		    TEXT("The HTTP method is not allowed for the resource."));
	else
		old_error_write(q->c, 404, "Request_ResourceNotFound",
		    TEXT("Resource not found for the path."));
}

bool
oldgraph_handle(struct oldgraph_call *c)
{
	struct old *q = arena_alloc(c->a, sizeof(*q));

	if (q == NULL)
		return false;
	*q = (struct old){.c = c,
	    .g = {.t = c->t,
		.a = c->a,
		.out = c->out,
		.method = c->method,
		.request_id = c->request_id,
		.client_request_id = c->client_request_id}};
	if (url_parse(c->a, c->target, &q->url, NULL) != 0 || !is_own_path(q))
		return false;
	q->g.base = text_of(
	    arena_printf(c->a, "%.*s/%s", TEXT_ARGS(c->origin), c->t->id));
	run(q);
	q->g.body = json_free(q->g.body);
	return true;
}
