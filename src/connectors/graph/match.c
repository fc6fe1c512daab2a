/*
 * connectors/graph/match.c -- what an object that is to be made meets in the
 * directory: its own earlier self, one to be adopted, one in the way.
 *
 * The order is that of the synchronisation service: source anchor among the
 * living, source anchor among the deleted, then user principal name and
 * primary mail address of an object that has no source anchor yet.
 */
#include <stdlib.h>
#include <string.h>

#include "connectors/graph/gconn_int.h"

#define CLAUSES_MAX 14U /* Graph takes 15 in one $filter */
#define TURNS_MAX   50U

enum lookup {
	BY_SOURCE,
	BY_DELETED,
	BY_UPN,
	BY_MAIL,
	BY_GROUP_MAIL,
	BY_CONTACT_MAIL,
};

/* A user that was found. */
struct found {
	struct text id;
	struct text immutable;
	bool synced;
};

/* What was found for one item. */
struct met {
	struct found source, upn, mail;
	struct text deleted;
	const char *other; /* "group": holds the mail address */
	bool soft, admin;
	bool asked; /* takes part in this lookup */
};

struct matching {
	struct export_run *x;
	struct met *met;
	bool failed; /* a lookup had no good answer */
	struct err why;
};

/* ---- What is asked ---- */

static const struct lookup_info {
	const char *url; /* "?$filter=" and what follows is added */
	const char *select;
	unsigned clauses; /* an item */
	bool eventual;
} lookups[] = {
    [BY_SOURCE] = {"/users", "id,onPremisesImmutableId,onPremisesSyncEnabled",
	1, false},
    [BY_DELETED] = {"/directory/deletedItems/microsoft.graph.user",
	"id,onPremisesImmutableId", 1, true},
    [BY_UPN] = {"/users",
	"id,userPrincipalName,onPremisesImmutableId,onPremisesSyncEnabled", 1,
	false},
    [BY_MAIL] = {"/users",
	"id,mail,proxyAddresses,onPremisesImmutableId,"
	"onPremisesSyncEnabled",
	2, false},
    [BY_GROUP_MAIL] = {"/groups", "id,mail,proxyAddresses", 2, false},
    [BY_CONTACT_MAIL] = {"/contacts", "id,mail,proxyAddresses", 2, false},
};

static void
clause_add(const struct matching *m, enum lookup by, const struct work *w,
    struct buf *b)
{
	struct text mail = work_text(m->x, w, "mail");

	if (b->len > 0)
		buf_puts(b, " or ");
	switch (by) {
	case BY_SOURCE:
	case BY_DELETED:
		filter_eq(b, "onPremisesImmutableId", w->source);
		break;
	case BY_UPN:
		filter_eq(b, "userPrincipalName",
		    work_text(m->x, w, "userPrincipalName"));
		break;
	case BY_MAIL:
	case BY_GROUP_MAIL:
	case BY_CONTACT_MAIL:
		filter_eq(b, "mail", mail);
		buf_puts(b, " or ");
		filter_any_eq(b, "proxyAddresses", "SMTP:", mail);
		break;
	}
}

static int
lookup_close(struct matching *m, enum lookup by, struct buf *filter,
    struct ops *l, struct err *e)
{
	const struct lookup_info *info = &lookups[by];
	struct op op = {
	    .method = "GET", .tag = (int)by, .eventual = info->eventual};
	struct buf url;
	int r;

	if (filter->len == 0)
		return 0;
	buf_init(&url, HTTP_MAX_URL);
	buf_printf(&url, "%s?$select=%s&$top=%u%s&$filter=", info->url,
	    info->select, GRAPH_PAGE, info->eventual ? "&$count=true" : "");
	http_url_quote(&url, buf_text(filter));
	r = buf_error(filter) < 0 ? buf_error(filter) : buf_error(&url);
	if (r == 0) {
		op.url = arena_strndup(m->x->a, url.data, url.len);
		r = ops_add(l, &op, e);
	} else {
		(void)err_set(e, r, "filter: %s", err_name(r));
	}
	buf_clear(&url);
	buf_reset(filter);
	return r;
}

/* One request for as many items as a filter holds. */
static int
lookup_add(struct matching *m, enum lookup by, struct ops *l, struct err *e)
{
	unsigned clauses = 0;
	struct buf filter;
	int r = 0;

	buf_init(&filter, HTTP_MAX_URL);
	for (size_t i = 0; i < m->x->n && r == 0; i++) {
		const struct work *w = &m->x->work[i];

		if (!m->met[i].asked ||
		    (by == BY_UPN &&
			work_text(m->x, w, "userPrincipalName").len == 0) ||
		    (by >= BY_MAIL && work_text(m->x, w, "mail").len == 0))
			continue;
		clause_add(m, by, w, &filter);
		clauses += lookups[by].clauses;
		if (clauses + lookups[by].clauses <= CLAUSES_MAX)
			continue;
		r = lookup_close(m, by, &filter, l, e);
		clauses = 0;
	}
	if (r == 0)
		r = lookup_close(m, by, &filter, l, e);
	buf_clear(&filter);
	return r;
}

/* ---- What comes back ---- */

static bool
holds_mail(const struct json *j, struct text mail)
{
	const struct json *proxies = json_get(j, "proxyAddresses");
	struct text p;

	if (mail.len == 0)
		return false;
	if (text_equal_nocase(json_get_text(j, "mail"), mail))
		return true;
	for (size_t i = 0; i < json_count(proxies); i++) {
		p = json_text(json_at(proxies, i));
		/* "SMTP:" is the primary one, "smtp:" another */
		if (p.len == mail.len + 5 && memcmp(p.data, "SMTP:", 5) == 0 &&
		    text_equal_nocase(
			(struct text){p.data + 5, mail.len}, mail))
			return true;
	}
	return false;
}

static void
found_set(struct matching *m, struct found *f, const struct json *j)
{
	struct text id = json_get_text(j, "id");

	if (!gurl_is_id(id))
		return;
	f->id = text_dup(m->x->a, id);
	f->immutable =
	    text_dup(m->x->a, json_get_text(j, "onPremisesImmutableId"));
	f->synced = json_bool(json_get(j, "onPremisesSyncEnabled"), false);
}

/* Whether j, found by this lookup, is what item i asked for. */
static void
met_note(struct matching *m, enum lookup by, size_t i, const struct json *j)
{
	const struct work *w = &m->x->work[i];
	struct met *met = &m->met[i];
	bool same =
	    text_equal(json_get_text(j, "onPremisesImmutableId"), w->source);
	bool mail = by >= BY_MAIL && holds_mail(j, work_text(m->x, w, "mail"));

	switch (by) {
	case BY_SOURCE:
		if (same)
			found_set(m, &met->source, j);
		break;
	case BY_DELETED:
		if (same && gurl_is_id(json_get_text(j, "id")))
			met->deleted =
			    text_dup(m->x->a, json_get_text(j, "id"));
		break;
	case BY_UPN:
		if (text_equal_nocase(json_get_text(j, "userPrincipalName"),
			work_text(m->x, w, "userPrincipalName")))
			found_set(m, &met->upn, j);
		break;
	case BY_MAIL:
		if (mail)
			found_set(m, &met->mail, j);
		break;
	case BY_GROUP_MAIL:
	case BY_CONTACT_MAIL:
		if (mail)
			met->other = by == BY_GROUP_MAIL ? "group" : "contact";
		break;
	}
}

static void
lookup_failed(struct matching *m, const struct op *op)
{
	if (m->failed)
		return;
	m->failed = true;
	m->why = (struct err){0};
	(void)op_error(op, &m->why);
	(void)err_prefix(&m->why, "looking for what is there");
}

/* One page; the next one goes to more. */
static int
lookup_read(
    struct matching *m, const struct op *op, struct ops *more, struct err *e)
{
	struct op next = *op;
	const struct json *list;
	struct text link, url;
	int r = page_read(op->answer.body, &list, &link, e);

	for (size_t k = 0; r == 0 && k < json_count(list); k++)
		for (size_t i = 0; i < m->x->n; i++)
			if (m->met[i].asked)
				met_note(m, (enum lookup)op->tag, i,
				    json_at(list, k));
	if (r < 0 || link.len == 0)
		return r;
	r = gurl_relative(m->x->g->endpoint, link, &url, e);
	if (r < 0)
		return r;
	next.state = OP_WAITING;
	next.tries = 0;
	next.url = arena_strndup(m->x->a, url.data, url.len);
	return ops_add(more, &next, e);
}

static int
lookup_turn(struct matching *m, struct ops *l, struct ops *more, struct err *e)
{
	int r = ops_run(l, e);

	for (size_t i = 0; i < l->count && r == 0; i++) {
		if (l->items[i].state != OP_ANSWERED ||
		    answer_kind(&l->items[i].answer) != ANSWER_DONE)
			lookup_failed(m, &l->items[i]);
		else
			r = lookup_read(m, &l->items[i], more, e);
	}
	return r;
}

static int
lookup_run(struct matching *m, struct ops *l, struct err *e)
{
	struct ops more;
	int r = 0;

	for (unsigned turn = 0; r == 0 && l->count > 0; turn++) {
		ops_init(&more, l->g);
		r = turn < TURNS_MAX
			? lookup_turn(m, l, &more, e)
			: err_set(e, ERR_PROTOCOL, "a lookup without an end");
		ops_clear(l);
		*l = more;
	}
	ops_clear(l);
	return r;
}

/* Everyone who asked and has no good answer is for another time. */
static void
asked_fail(struct matching *m)
{
	for (size_t i = 0; m->failed && i < m->x->n; i++)
		if (m->met[i].asked && !m->x->work[i].finished) {
			work_fail(&m->x->work[i], &m->why);
			m->x->work[i].res->status = EXPORT_RETRY;
			m->met[i].asked = false;
		}
	m->failed = false;
}

/* ---- What follows from it ---- */

static void
refuse(struct work *w, const char *type, const char *text, struct text id)
{
	struct err why = {0};

	(void)err_type(
	    &why, ERR_REJECTED, type, "%s (User_%.*s)", text, TEXT_ARGS(id));
	work_fail(w, &why);
}

static void
adopt(struct work *w, struct text id)
{
	w->id = id;
	w->fill = true;
	w->res->adopted = true;
}

/* The same source anchor: it is ours, unless another engine has it. */
static void
decide_source(struct work *w, const struct met *met)
{
	if (met->source.synced)
		refuse(w, "permission-issue",
		    "the user with this source anchor is mastered by another "
		    "synchronisation",
		    met->source.id);
	else
		adopt(w, met->source.id);
}

/* No source anchor: the rules of a soft match. */
static void
decide_soft(struct work *w, struct met *met)
{
	const struct found *f = met->upn.id.len > 0 ? &met->upn : &met->mail;

	if (met->upn.id.len > 0 && met->mail.id.len > 0 &&
	    !text_equal(met->upn.id, met->mail.id))
		refuse(w, "AttributeValueMustBeUnique",
		    "userPrincipalName and mail belong to two different users",
		    met->mail.id);
	else if (f->id.len > 0 && f->immutable.len > 0)
		refuse(w, "InvalidSoftMatch",
		    met->upn.id.len > 0
			? "userPrincipalName belongs to a user with another "
			  "source anchor"
			: "mail belongs to a user with another source anchor",
		    f->id);
	else if (f->id.len > 0 && f->synced)
		refuse(w, "InvalidSoftMatch",
		    "the user is mastered by another synchronisation", f->id);
	else if (f->id.len > 0)
		met->soft = true;
	else if (met->other != NULL) {
		struct err why = {0};

		(void)err_type(&why, ERR_REJECTED, "ObjectTypeMismatch",
		    "mail belongs to a %s", met->other);
		work_fail(w, &why);
	}
}

static struct text
soft_id(const struct met *met)
{
	return met->upn.id.len > 0 ? met->upn.id : met->mail.id;
}

/* A directory role, or a group that may hold one. */
static bool
is_role(const struct json *j)
{
	return text_is(json_get_text(j, "@odata.type"),
		   "#microsoft.graph.directoryRole") ||
	       json_bool(json_get(j, "isAssignableToRole"), false);
}

/* One page of what a user is a member of. */
static int
role_read(
    struct matching *m, const struct op *op, struct ops *more, struct err *e)
{
	struct work *w = &m->x->work[op->item];
	struct op next = {.method = "GET", .item = op->item};
	const struct json *list;
	struct text link, url;
	int r;

	if (op->state != OP_ANSWERED ||
	    answer_kind(&op->answer) != ANSWER_DONE) {
		work_fail_op(w, op);
		(void)err_prefix(&w->res->err, "reading the roles of User_%.*s",
		    TEXT_ARGS(soft_id(&m->met[op->item])));
		return 0;
	}
	r = page_read(op->answer.body, &list, &link, e);
	for (size_t i = 0; r == 0 && i < json_count(list); i++)
		m->met[op->item].admin |= is_role(json_at(list, i));
	if (r < 0 || link.len == 0)
		return r;
	r = gurl_relative(m->x->g->endpoint, link, &url, e);
	if (r < 0)
		return r;
	next.url = arena_strndup(m->x->a, url.data, url.len);
	return ops_add(more, &next, e);
}

static int
roles_ask(struct matching *m, struct ops *l, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < m->x->n && r == 0; i++) {
		struct op op = {.method = "GET", .item = i};

		if (!m->met[i].soft || m->x->work[i].finished)
			continue;
		op.url = arena_printf(m->x->a,
		    "/users/%.*s/memberOf?$select=id,isAssignableToRole"
		    "&$top=%u",
		    TEXT_ARGS(soft_id(&m->met[i])), GRAPH_PAGE);
		r = ops_add(l, &op, e);
	}
	return r;
}

/* An administrator's account is never taken over by its address alone. */
static int
roles_run(struct matching *m, struct err *e)
{
	struct ops l, more;
	int r;

	ops_init(&l, m->x->g);
	r = roles_ask(m, &l, e);
	for (unsigned turn = 0; r == 0 && l.count > 0; turn++) {
		ops_init(&more, m->x->g);
		r = turn < TURNS_MAX
			? ops_run(&l, e)
			: err_set(e, ERR_PROTOCOL, "memberOf without an end");
		for (size_t i = 0; i < l.count && r == 0; i++)
			r = role_read(m, &l.items[i], &more, e);
		ops_clear(&l);
		l = more;
	}
	ops_clear(&l);
	for (size_t i = 0; i < m->x->n && r == 0; i++) {
		if (!m->met[i].soft || m->x->work[i].finished)
			continue;
		if (m->met[i].admin)
			refuse(&m->x->work[i], "ExistingAdminRoleConflict",
			    "the user to be adopted has a directory role",
			    soft_id(&m->met[i]));
		else
			adopt(&m->x->work[i], soft_id(&m->met[i]));
	}
	return r;
}

/* ---- The steps ---- */

static int
source_run(struct matching *m, struct err *e)
{
	struct ops l;
	int r;

	ops_init(&l, m->x->g);
	r = lookup_add(m, BY_SOURCE, &l, e);
	if (r == 0)
		r = lookup_run(m, &l, e);
	ops_clear(&l);
	if (r < 0)
		return r;
	asked_fail(m);
	for (size_t i = 0; i < m->x->n; i++)
		if (m->met[i].asked && m->met[i].source.id.len > 0) {
			decide_source(&m->x->work[i], &m->met[i]);
			m->met[i].asked = false;
		}
	return 0;
}

static int
others_run(struct matching *m, struct err *e)
{
	struct ops l;
	int r = 0;

	ops_init(&l, m->x->g);
	for (enum lookup by = BY_DELETED; by <= BY_CONTACT_MAIL && r == 0; by++)
		r = lookup_add(m, by, &l, e);
	if (r == 0)
		r = lookup_run(m, &l, e);
	ops_clear(&l);
	if (r < 0)
		return r;
	asked_fail(m);
	for (size_t i = 0; i < m->x->n; i++) {
		if (!m->met[i].asked)
			continue;
		if (m->met[i].deleted.len > 0 && m->x->work[i].deleted.len == 0)
			m->x->work[i].deleted = m->met[i].deleted;
		else
			decide_soft(&m->x->work[i], &m->met[i]);
	}
	return roles_run(m, e);
}

static int
matching_init(struct matching *m, struct export_run *x, struct err *e)
{
	*m = (struct matching){.x = x};
	m->met = arena_array(x->a, x->n + 1, sizeof(*m->met));
	return m->met == NULL ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

int
match_source(struct export_run *x, const bool *wanted, struct err *e)
{
	struct matching m;
	int r = matching_init(&m, x, e);

	for (size_t i = 0; i < x->n && r == 0; i++)
		m.met[i].asked = wanted[i];
	return r < 0 ? r : source_run(&m, e);
}

int
match_run(struct export_run *x, struct err *e)
{
	struct matching m;
	int r = matching_init(&m, x, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < x->n; i++)
		m.met[i].asked = x->work[i].it->op == DELTA_ADD &&
				 x->work[i].type == GT_USER &&
				 !x->work[i].finished;
	r = source_run(&m, e);
	return r < 0 ? r : others_run(&m, e);
}
