/* connectors/ad/delta.c -- full and delta import of a domain, and one object:
 * the calls of the contract. */
#include <string.h>

#include "base/clock.h"
#include "connectors/ad/ad_int.h"
#include "connectors/ldap/course.h"

/* The setting "deltas". */
static bool
may(const struct core *c, enum conf_ad_deltas how)
{
	int set = c->conf->deltas;

	return set == CONF_AD_DELTAS_AUTO || set == (int)how;
}

/* ---- Before a full import ---- */

/* What a full import can promise for the next delta import. */
struct promise {
	struct text mark; /* empty: nothing */
	struct err why;   /* then */
};

static int
begin_any(struct core *c, struct text context, struct arena *a,
    struct ad_mark *m, struct err *e)
{
	int r = ERR_UNSUPPORTED;

	if (may(c, CONF_AD_DELTAS_DIRSYNC))
		r = dirsync_begin(c, context, a, m, e);
	if (r != ERR_UNSUPPORTED && r != ERR_ACCESS)
		return r;
	if (!may(c, CONF_AD_DELTAS_USN))
		return r;
	m->how = AD_USN;
	m->secured = true;
	return 0;
}

/* The server's number is asked before the objects are read (what changes
 * meanwhile comes again), and after the cookie was given: a server that is
 * behind it one day was put back. */
static int
begin_mark(struct core *c, struct text partition, struct arena *a,
    struct ad_mark *m, struct err *e)
{
	struct ad_server s = {.usn = 0};
	struct text context = {NULL, 0};
	int r = ad_context_of(c, partition, a, &context, e);

	if (r == 0)
		r = begin_any(c, context, a, m, e);
	if (r == 0)
		r = ad_server_read(c, context, a, &s, e);
	if (r == 0 && (m->secured || s.samba)) {
		r = ad_sees_deleted(c, context, s.samba, e);
		r = r == 0 ? ERR_ACCESS : r == 1 ? 0 : r;
	}
	if (r != 0)
		return r;
	m->nc = s.nc;
	m->at_ms = clock_now_ms();
	ad_mark_note(m, &s);
	return 0;
}

/* Who matches a filter on memberOf changes without a change of its own. */
static int
check_filter(struct core *c, const struct conf_partition *p, struct arena *a,
    struct err *e)
{
	const char **list = NULL;
	size_t n = 0;
	int r = filter_attrs(c, p, a, &list, &n);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (!dirsync_tells(list[i]))
			r = err_set(e, ERR_UNSUPPORTED,
			    "the filter asks for %s, and of its changes the "
			    "directory tells nothing",
			    list[i]);
	return r;
}

static int
begin(struct core *c, const struct import_request *req, struct promise *out,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct ad_mark m = {.how = AD_DIRSYNC};
	int r = a != NULL ? 0 : ERR_NOMEM;

	*out = (struct promise){.mark = TEXT("")};
	if (c->conf->deltas == CONF_AD_DELTAS_NONE)
		r = err_set(&out->why, ERR_UNSUPPORTED,
		    "every import reads all: deltas is set to none");
	if (r == 0 && !text_is_nocase(c->conf->anchor, "objectGUID"))
		r = err_set(&out->why, ERR_UNSUPPORTED,
		    "deltas need objectGUID as the anchor");
	if (r == 0) {
		const struct conf_partition *p =
		    core_partition_conf(c, req->partition, a);

		r = check_filter(c, p, a, &out->why);
		if (r == 0)
			r = core_use(c, p, &out->why);
	}
	if (r == 0)
		r = begin_mark(c, req->partition, a, &m, &out->why);
	if (r == 0)
		r = ad_mark_format(c->env.arena, &m, &out->mark);
	/* Without deltas all can be read all the same. */
	if (r == ERR_ACCESS || r == ERR_UNSUPPORTED || r == ERR_NOENT)
		return 0;
	return r < 0 ? err_type(e, r, out->why.type, "%s",
			   out->why.text[0] != '\0' ? out->why.text
						    : "out of memory")
		     : 0;
}

/* Whether deltas can still go on from the mark of a place: the changes of what
 * was read before the break have to be told. */
static int
check_place(struct core *c, const struct import_request *req, struct text mark,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text context = {NULL, 0};
	struct ad_server s = {.usn = 0};
	struct ad_mark m = {.how = AD_DIRSYNC};
	int r = a != NULL ? ad_mark_parse(a, mark, &m, e) : ERR_NOMEM;

	if (r == 0)
		r = core_use(c, core_partition_conf(c, req->partition, a), e);
	if (r == 0)
		r = ad_context_of(c, req->partition, a, &context, e);
	if (r == 0)
		r = ad_server_read(c, context, a, &s, e);
	return r == 0 ? ad_mark_check(&m, &s, clock_now_ms(), e) : r;
}

/* The promise of the import that broke off is that of the one that goes on. */
static int
promise_make(struct core *c, const struct import_request *req,
    struct core_course *course, struct promise *out, struct err *e)
{
	struct err why = {0};
	int r = core_place_parse(c, req, c->env.arena, course, e);

	if (r != 0)
		return r;
	if (req->place.len == 0) {
		r = begin(c, req, out, e);
		course->mark = out->mark;
		return r;
	}
	*out = (struct promise){.mark = course->mark};
	r = check_place(c, req, course->mark, &why);
	if (r == ERR_CONNECT || r == ERR_CANCELLED || r == ERR_NOMEM)
		return err_type(e, r, why.type, "%s", why.text);
	return r < 0 ? err_type(e, r, CONNECTOR_PLACE_GONE, "%s", why.text) : 0;
}

int
ad_full_import(struct connector *connector, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct core *c = (struct core *)connector;
	struct core_course course;
	struct promise p = {0};
	struct text no = {NULL, 0};
	int r = promise_make(c, req, &course, &p, e);

	if (r < 0) {
		(void)core_use(c, NULL, NULL);
		return r;
	}
	r = core_read_all(c, req, sink, out, &course, e);
	if (r != 0)
		return r;
	out->watermark = p.mark;
	if (p.mark.len == 0 && p.why.text[0] != '\0')
		no = text_of(p.why.text);
	if (p.mark.len != 0 && course.server.len == 0) {
		out->watermark = TEXT("");
		no = TEXT("the server was lost on the way: what another one "
			  "did not have yet would never be told");
	}
	if (no.len != 0)
		out->no_deltas = text_dup(c->env.arena, no);
	return 0;
}

/* ---- A delta import ---- */

/* What must be so at this server. */
static int
check_server(struct changes *w, const struct ad_mark *m, struct ad_server *out,
    struct err *e)
{
	struct err why = {0};
	int r = ad_server_read(w->c, w->context, w->setup, out, e);

	if (r == 0)
		r = ad_mark_check(m, out, clock_now_ms(), e);
	if (r != 0 || (!m->secured && !out->samba))
		return r;
	r = ad_sees_deleted(w->c, w->context, out->samba, &why);
	if (r == 0)
		return err_type(e, ERR_NOENT, AD_FULL_REQUIRED, "%s", why.text);
	return r < 0 ? err_type(e, r, why.type, "%s", why.text) : 0;
}

static int
changes_from(struct changes *w, struct ad_mark *m, struct err *e)
{
	struct ad_server s = {.usn = 0};
	int r = check_server(w, m, &s, e);

	if (r != 0)
		return r;
	if (!may(w->c,
		m->how == AD_USN ? CONF_AD_DELTAS_USN : CONF_AD_DELTAS_DIRSYNC))
		return err_type(e, ERR_NOENT, AD_FULL_REQUIRED,
		    "the setting deltas is another one than at the last full "
		    "import");
	if (m->how == AD_DIRSYNC) {
		ad_mark_note(m, &s);
		m->at_ms = clock_now_ms();
		return dirsync_changes(w, m, e);
	}
	r = usn_changes(w, m, e);
	ad_mark_note(m, &s);
	m->at_ms = clock_now_ms();
	return r;
}

/* At the next server from the last cookie where this one is lost. */
static int
changes_all(struct changes *w, struct ad_mark *m, struct err *e)
{
	struct err why = {0};

	for (;;) {
		int r = changes_from(w, m, &why);

		if (r == 0)
			return 0;
		if (r != ERR_CONNECT || ++w->moves >= w->c->server_count)
			return err_type(e, r, why.type, "%s", why.text);
		w->count = 0;
		arena_reset(w->arena);
		r = ldap_session_move(w->c->session, e);
		if (r != 0)
			return r;
	}
}

static int
finish(struct changes *w, const struct ad_mark *m, struct err *e)
{
	int r = changes_flush(w, TEXT(""), e);

	if (r != 0)
		return r;
	r = ad_mark_format(w->c->env.arena, m, &w->reply->watermark);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

int
ad_delta_import(struct connector *connector, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct changes w = {.c = (struct core *)connector,
	    .req = req,
	    .sink = sink,
	    .reply = out};
	struct ad_mark m = {.how = AD_DIRSYNC};
	int r = changes_begin(&w, e);

	*out = (struct import_reply){0};
	if (r == 0)
		r = ad_mark_parse(w.setup, req->watermark, &m, e);
	if (r == 0)
		r = core_use(
		    w.c, core_partition_conf(w.c, req->partition, w.setup), e);
	if (r == 0)
		r = changes_all(&w, &m, e);
	if (r == 0)
		r = finish(&w, &m, e);
	(void)core_use(w.c, NULL, NULL);
	changes_end(&w);
	return r;
}

/* ---- One object ---- */

static int
read_one(struct changes *w, const struct entry *which, struct ldap_item *out,
    struct err *e)
{
	char guid[GUID_TEXT_LEN + 1];
	struct guid g;
	struct ldap_query q = {.attrs = w->wants.list,
	    .filter = w->filter,
	    .flags = w->c->flavour->query_flags};
	int r;

	if (which->anchor.len == sizeof(g.octets)) {
		memcpy(g.octets, which->anchor.data, sizeof(g.octets));
		guid_format(&g, guid);
		q.base = arena_printf(w->setup, "<GUID=%s>", guid);
	} else {
		q.base = arena_strndup(w->setup, which->dn.data, which->dn.len);
	}
	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (which->anchor.len == 0 && which->dn.len == 0)
		return 0;
	r = ldap_session_read(w->c->session, &q, w->setup, out, e);
	return r == ERR_NOENT ? 0 : r < 0 ? r : 1;
}

int
ad_read_object(struct connector *connector, const struct import_request *req,
    const struct entry *which, struct arena *a, struct entry *out,
    struct err *e)
{
	struct core *c = (struct core *)connector;
	struct changes w = {.c = c, .req = req};
	struct ldap_session *now = c->session;
	size_t servers = c->server_count;
	struct ldap_item item = {.count = 0};
	enum place place = PLACE_OUT;
	int r = changes_begin(&w, e);

	if (r == 0)
		r = core_use(
		    c, core_partition_conf(c, req->partition, w.setup), e);
	if (r == 0)
		r = read_one(&w, which, &item, e);
	if (r == 1)
		r = core_convert(c, &w.wants, NULL, &item, a, out);
	if (r == 1 && changes_place(&w, out->dn, &place) != 0)
		r = ERR_NOMEM;
	if (r == 1 && place != PLACE_HERE)
		r = 0;
	if (r == 1 && out->kind == ENTRY_ERROR)
		r = err_type(
		    e, ERR_REJECTED, out->err.type, "%s", out->err.text);
	c->session = now;
	c->server_count = servers;
	changes_end(&w);
	return r;
}
