/*
 * connectors/ad/dirsync.c -- changes by the DirSync control
 * (MS-ADTS 3.1.1.3.4.1.3).
 *
 * A page tells which attributes of which objects changed since a cookie; the
 * next cookie comes with its end.  An object that went from the filter of a
 * search would not be told, so the search has none that could let it go: what
 * is ours is decided here.
 */
#include "connectors/ad/ad_int.h"

#include <string.h>

#include "base/clock.h"
#include "connectors/ad/name.h"
#include "model/dn_binary.h"
#include "proto/ldap_dirsync.h"

#define PAGE_BYTES (4 << 20)
#define PAGES_MAX  1000000U

/* Asked for besides what is wanted: they tell of moves. */
static const char *const names_told[] = {"name", "parentGUID"};
#define NAMES_TOLD (sizeof(names_told) / sizeof(names_told[0]))

/* Never told, and some refused: back links, computed values, and those of one
 * domain controller alone. */
static const char *const never_told[] = {"memberOf", "directReports",
    "managedObjects", "whenChanged", "uSNChanged", "uSNCreated",
    "canonicalName", "distinguishedName", "tokenGroups", "primaryGroupToken",
    "msDS-User-Account-Control-Computed", "lastLogon", "logonCount",
    "badPwdCount", "badPasswordTime", "modifyTimeStamp", "createTimeStamp",
    "msDS-PrincipalName", "msDS-ResultantPSO"};

bool
dirsync_tells(const char *name)
{
	for (size_t i = 0; i < sizeof(never_told) / sizeof(never_told[0]); i++)
		if (text_is_nocase(text_of(name), never_told[i]))
			return false;
	return true;
}

/* One delta import by the control. */
struct dirsync {
	struct changes *w;
	struct ad_mark *mark;
	struct ldap_query query;
	const char **attrs;
	bool whole;         /* something is wanted that is never told */
	struct arena *page; /* the answer of one */
};

/* ---- A search with the control ---- */

static int
control_make(
    struct arena *a, bool secured, struct text cookie, struct ldap_extra *out)
{
	struct ldap_dirsync d = {.flags = LDAP_DIRSYNC_VALUES,
	    .max_bytes = PAGE_BYTES,
	    .cookie = cookie};

	if (secured)
		d.flags |= LDAP_DIRSYNC_SECURITY;
	out->oid = LDAP_DIRSYNC_OID;
	return ldap_dirsync_format(a, &d, &out->value);
}

/* More is there, and it stands still. */
static bool
is_stuck(const struct ldap_dirsync *d, struct text before)
{
	return d->more && text_equal(d->cookie, before);
}

/* ---- Where it begins ---- */

/* The cookie of now: a search that finds nothing walks there page by page. */
static int
begin_walk(struct core *c, const char *base, struct arena *a,
    struct ad_mark *out, struct err *e)
{
	static const char *const nothing[] = {"1.1", NULL};
	struct ldap_dirsync d = {.more = true};
	struct text before;
	struct ldap_extra extra;
	const struct ldap_query q = {.base = base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = "(!(objectClass=*))",
	    .attrs = nothing,
	    .flags = LDAP_QUERY_AS_IT_IS | LDAP_QUERY_NO_PAGES,
	    .extra = &extra};
	unsigned pages = 0;
	int r = 0;

	while (r == 0 && d.more) {
		CLEANUP(ldap_cursor_freep)
		struct ldap_cursor *cursor = NULL;
		const struct ldap_item *item = NULL;

		before = d.cookie;
		r = control_make(a, out->secured, before, &extra);
		if (r == 0)
			r = ldap_cursor_begin(c->session, &q, &cursor, e);
		while (r == 0 && (r = ldap_cursor_next(cursor, &item, e)) == 1)
			r = 0;
		if (r == 0)
			r = ldap_dirsync_parse(
			    a, ldap_cursor_answer(cursor), &d, e);
		if (r == 0 && (is_stuck(&d, before) || ++pages > PAGES_MAX))
			r = err_set(e, ERR_PROTOCOL, "pages without end");
	}
	out->cookie = d.cookie;
	return r;
}

int
dirsync_begin(struct core *c, struct text context, struct arena *a,
    struct ad_mark *out, struct err *e)
{
	const char *base = arena_strndup(a, context.data, context.len);
	struct err why = {0};
	int r;

	if (!ldap_session_supports(c->session, LDAP_DIRSYNC_OID))
		return err_set(e, ERR_UNSUPPORTED,
		    "%.*s does not offer the DirSync control",
		    TEXT_ARGS(ldap_session_server(c->session)));
	if (base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	out->how = AD_DIRSYNC;
	out->secured = false;
	r = begin_walk(c, base, a, out, &why);
	if (r == ERR_ACCESS) { /* no right to replicate */
		out->secured = true;
		r = begin_walk(c, base, a, out, &why);
	}
	return r < 0 ? err_type(e, r, why.type, "%s", why.text) : r;
}

/* ---- An entry ---- */

static bool
has(const struct ldap_item *item, const char *name)
{
	return ldap_item_find(item, name) != NULL;
}

static bool
is_true(const struct ldap_item *item, const char *name)
{
	return text_is_nocase(ldap_item_first(item, name), "TRUE");
}

/* What is to be read again of it: nothing where all was told. */
static unsigned
again_of(const struct dirsync *s, const struct ldap_item *item)
{
	if (has(item, "objectClass")) /* it never changes: the object is new */
		return AGAIN_WHOLE;
	/* An isDeleted without a value is no deletion, but the end of one. */
	if (has(item, "isDeleted"))
		return AGAIN_WHOLE | AGAIN_RESTORED;
	if (has(item, "name") || has(item, "parentGUID"))
		return AGAIN_WHOLE | AGAIN_MOVED;
	if (s->whole)
		return AGAIN_WHOLE;
	return s->w->filtered ? AGAIN_MATCH : 0;
}

static struct change *
change_of(struct entry *out, uint32_t name, size_t room)
{
	struct delta *d = &out->delta;
	uint32_t at = 0;

	while (at < d->count && d->changes[at].name < name)
		at++;
	if (at < d->count && d->changes[at].name == name)
		return &d->changes[at];
	if (d->count == room)
		return NULL;
	memmove(&d->changes[at + 1], &d->changes[at],
	    (d->count - at) * sizeof(*d->changes));
	d->changes[at] = (struct change){.name = name};
	d->count++;
	return &d->changes[at];
}

/* Values of a link that went: their targets may be deleted by now. */
static int
values_gone(
    struct dirsync *s, const struct ldap_attr *attr, struct core_values *v)
{
	v->count = 0;
	for (size_t i = 0; i < attr->count; i++) {
		int r = ad_name_anchor(
		    s->w->arena, attr->values[i], &v->list[v->count]);

		if (r == 0)
			r = s->w->c->flavour->name(s->w->arena, attr->values[i],
			    &(struct text){NULL, 0}, &v->list[v->count]);
		if (r < 0)
			return r;
		v->count += r == 1;
	}
	return 1;
}

/* The same of octets with a name: what is behind them may be deleted too. */
static int
octets_gone(
    struct dirsync *s, const struct ldap_attr *attr, struct core_values *v)
{
	v->count = 0;
	for (size_t i = 0; i < attr->count; i++) {
		struct text octets = {NULL, 0}, none = {NULL, 0};
		struct dn_binary b;
		struct value of = {.by = REF_NONE};
		int r = dn_binary_split(attr->values[i], &b);

		if (r == 0)
			r = ad_name_anchor(s->w->arena, b.dn, &of);
		if (r >= 0)
			r = hex_decode(s->w->arena, b.hex, &octets, NULL);
		if (r == 0)
			r = dn_binary_make(s->w->arena, octets, b.dn,
			    of.by == REF_ANCHOR ? of.text : none,
			    &v->list[v->count]);
		if (r < 0)
			return r;
		v->count++;
	}
	return 1;
}

static int
change_add(struct dirsync *s, const struct core_values *v,
    enum ldap_dirsync_values kind, size_t room, struct entry *out)
{
	struct change *ch;

	if (out->delta.changes == NULL)
		out->delta.changes =
		    arena_array(s->w->arena, room, sizeof(*out->delta.changes));
	if (out->delta.changes == NULL)
		return ERR_NOMEM;
	out->delta.op = DELTA_UPDATE;
	ch = change_of(out, v->name, room);
	if (ch == NULL)
		return ERR_LIMIT;
	if (kind == LDAP_DIRSYNC_CAME) {
		ch->add = v->list;
		ch->add_count = (uint32_t)v->count;
	} else {
		ch->del = v->list;
		ch->del_count = (uint32_t)v->count;
	}
	return 0;
}

struct telling {
	struct entry *out;
	uint32_t *removed;
	size_t room;
};

static int
tell_attr(
    struct dirsync *s, const struct ldap_attr *attr, const struct telling *t)
{
	struct text name;
	enum ldap_dirsync_values kind =
	    ldap_dirsync_attribute(attr->name, &name);
	struct core_values v;
	int r = kind != LDAP_DIRSYNC_OTHER ? core_values(s->w->c, &s->w->wants,
						 name, attr, s->w->arena, &v)
					   : 0;

	if (r == ERR_TYPE) {
		core_values_fail(&v, attr, t->out);
		return 0;
	}
	if (r > 0 && kind == LDAP_DIRSYNC_WENT && v.type == VALUE_REFERENCE)
		r = values_gone(s, attr, &v);
	if (r > 0 && kind == LDAP_DIRSYNC_WENT && v.type == VALUE_DN_BINARY)
		r = octets_gone(s, attr, &v);
	if (r <= 0)
		return r;
	dn_binary_settle(v.list, v.count, t->out->anchor, t->out->dn);
	if (kind != LDAP_DIRSYNC_ALL)
		return v.count != 0 ? change_add(s, &v, kind, t->room, t->out)
				    : 0;
	if (v.count != 0)
		return attrs_set(
		    s->w->arena, &t->out->attrs, v.name, v.list, v.count);
	t->removed[t->out->removed_count++] = v.name;
	return 0;
}

static int
tell_change(struct dirsync *s, const struct ldap_item *item,
    const struct guid *g, struct text dn, struct err *e)
{
	struct changes *w = s->w;
	struct telling t = {.out = changes_next(w), .room = item->count};
	int r = 0;

	t.out->dn = dn;
	t.out->anchor = guid_text(w->arena, g);
	t.removed = arena_array(w->arena, t.room, sizeof(*t.removed));
	t.out->removed = t.removed;
	if (t.out->anchor.data == NULL || t.removed == NULL)
		r = ERR_NOMEM;
	for (size_t i = 0;
	     r == 0 && t.out->kind == ENTRY_CHANGE && i < item->count; i++)
		r = tell_attr(s, &item->attrs[i], &t);
	return r < 0 ? err_set(e, r, "%.*s: %s", TEXT_ARGS(dn), err_name(r))
		     : changes_push(w, e);
}

static int
tell_deleted(struct changes *w, const struct guid *g, struct err *e)
{
	struct entry *out = changes_next(w);

	out->kind = ENTRY_DELETED;
	out->anchor = guid_text(w->arena, g);
	return out->anchor.data != NULL
		   ? changes_push(w, e)
		   : err_set(e, ERR_NOMEM, "out of memory");
}

static int
tell_broken(struct changes *w, const struct ldap_item *item, struct err *e)
{
	struct entry *out = changes_next(w);

	out->kind = ENTRY_ERROR;
	out->dn = text_dup(w->arena, item->dn);
	(void)err_type(&out->err, ERR_PROTOCOL, "missing-anchor-component",
	    "%.*s: a change without objectGUID, or a name that cannot be read",
	    TEXT_ARGS(item->dn));
	return changes_push(w, e);
}

static int
tell(struct dirsync *s, const struct ldap_item *item, struct err *e)
{
	struct changes *w = s->w;
	enum place place = PLACE_OUT;
	unsigned again;
	struct text dn = {NULL, 0};
	struct guid g;
	int alive = w->c->flavour->name(w->arena, item->dn, &dn, NULL);
	int r = 0;

	if (alive == ERR_NOMEM)
		return err_set(e, alive, "out of memory");
	if (alive < 0 || !item_guid(item, &g))
		return tell_broken(w, item, e);
	if (alive == 0 || is_true(item, "isDeleted"))
		return tell_deleted(w, &g, e);
	if (changes_place(w, dn, &place) != 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	again = again_of(s, item);
	if (place != PLACE_HERE && (again & AGAIN_MOVED) == 0) {
		return place == PLACE_OUT ? changes_left(w, &g, e) : 0;
	}
	/* where nobody told us that it was gone: its links went, too */
	if ((again & AGAIN_RESTORED) != 0)
		r = tell_deleted(w, &g, e);
	if (r == 0 && again != 0)
		r = changes_again(w, &g, again, e);
	if (r != 0 || (again != 0 && again != AGAIN_MATCH))
		return r;
	return tell_change(s, item, &g, dn, e);
}

/* ---- Pages ---- */

/* The cookie was refused, where it is not the user who is. */
static int
page_refused(bool secured, int r, const struct err *why, struct err *e)
{
	if (r == ERR_ACCESS && !secured)
		return err_type(e, ERR_NOENT, AD_FULL_REQUIRED,
		    "the right to replicate is gone, so that other changes "
		    "are told than before: %s",
		    why->text);
	if (r == ERR_UNSUPPORTED || r == ERR_PROTOCOL)
		return err_type(e, ERR_NOENT, AD_FULL_REQUIRED,
		    "the server refuses the cookie of the last import: %s",
		    why->text);
	return err_type(e, r, why->type, "%s", why->text);
}

static int
page_stream(struct dirsync *s, struct ldap_cursor *cursor, struct err *e)
{
	struct err why = {0};

	for (;;) {
		const struct ldap_item *item = NULL;
		int r = ldap_cursor_next(cursor, &item, &why);

		if (r < 0)
			return page_refused(s->mark->secured, r, &why, e);
		if (r == 0)
			return 0;
		r = tell(s, item, e);
		if (r != 0)
			return r;
	}
}

/* One page: what it tells, then what has to be read again, then its cookie is
 * the mark. */
static int
page_read(struct dirsync *s, bool *out_more, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	struct ldap_dirsync d = {.flags = 0};
	struct ldap_extra extra;
	struct ldap_query q = s->query;
	struct arena *a = s->page;
	int r;

	s->w->again_count = 0;
	r = control_make(a, s->mark->secured, s->mark->cookie, &extra);
	q.extra = &extra;
	if (r == 0)
		r = ldap_cursor_begin(s->w->c->session, &q, &cursor, e);
	if (r == 0)
		r = page_stream(s, cursor, e);
	if (r == 0)
		r = ldap_dirsync_parse(a, ldap_cursor_answer(cursor), &d, e);
	cursor = ldap_cursor_free(cursor);
	if (r == 0)
		r = again_run(s->w, e);
	if (r != 0)
		return r;
	if (d.cookie.len == 0 || is_stuck(&d, s->mark->cookie))
		return err_set(e, ERR_PROTOCOL, "%.*s: DirSync %s",
		    TEXT_ARGS(ldap_session_server(s->w->c->session)),
		    d.cookie.len == 0 ? "without a cookie" : "without an end");
	s->mark->cookie = d.cookie;
	*out_more = d.more;
	return 0;
}

/* Hands over what there is of this page, and its mark. */
static int
page_give(struct dirsync *s, struct err *e)
{
	struct text t;
	int r = ad_mark_format(s->page, s->mark, &t);

	if (r != 0)
		return err_set(e, r, "out of memory");
	return changes_flush(s->w, t, e);
}

/* The many changes of computers are not asked for where computers, and what is
 * derived from them, are not read.  A class is for life. */
static const char *
told_filter(const struct core *c)
{
	static const char *const others[] = {"user", "inetOrgPerson", "contact",
	    "group", "organizationalUnit", "container",
	    "foreignSecurityPrincipal", NULL};

	for (size_t i = 0; i < c->class_count; i++) {
		size_t k = 0;

		if (!c->classes[i].selected)
			continue;
		while (others[k] != NULL &&
		       !text_is_nocase(c->classes[i].name, others[k]))
			k++;
		if (others[k] == NULL)
			return "(objectClass=*)";
	}
	return "(!(objectClass=computer))";
}

static int
query_make(struct dirsync *s)
{
	struct changes *w = s->w;
	size_t n = 0;

	s->attrs = arena_array(w->setup,
	    w->wants.count + NAMES_TOLD + w->filter_attr_count + 1,
	    sizeof(*s->attrs));
	if (s->attrs == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->wants.count; i++) {
		if (dirsync_tells(w->wants.list[i]))
			s->attrs[n++] = w->wants.list[i];
		else
			s->whole = true;
	}
	for (size_t i = 0; i < NAMES_TOLD; i++)
		s->attrs[n++] = names_told[i];
	for (size_t i = 0; i < w->filter_attr_count; i++)
		s->attrs[n++] = w->filter_attrs[i];
	s->attrs[n] = NULL;
	s->query = (struct ldap_query){
	    .base = arena_strndup(w->setup, w->context.data, w->context.len),
	    .depth = LDAP_DEPTH_TREE,
	    .filter = told_filter(w->c),
	    .attrs = s->attrs,
	    .flags = w->c->flavour->query_flags | LDAP_QUERY_AS_IT_IS |
		     LDAP_QUERY_NO_PAGES};
	return s->query.base != NULL ? 0 : ERR_NOMEM;
}

/* The cookie lives in one arena while the next page is read into another. */
int
dirsync_changes(struct changes *w, struct ad_mark *m, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *one = arena_new(0);
	CLEANUP(arena_freep)
	struct arena *other = arena_new(0);
	struct dirsync s = {.w = w, .mark = m, .page = one};
	bool more = true;
	unsigned pages = 0;
	int r;

	if (one == NULL || other == NULL || query_make(&s) != 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	do {
		s.page = s.page == one ? other : one;
		arena_reset(s.page);
		r = page_read(&s, &more, e);
		if (r == 0 && more)
			r = page_give(&s, e);
		if (r == 0 && ++pages > PAGES_MAX)
			r = err_set(e, ERR_PROTOCOL, "pages without end");
	} while (r == 0 && more);
	/* after a lost connection too: another server goes on from here */
	m->cookie = text_dup(w->setup, m->cookie);
	return r == 0 && m->cookie.data == NULL ? ERR_NOMEM : r;
}
