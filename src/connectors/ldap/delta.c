/* connectors/ldap/delta.c -- which kind of deltas a server gives, and the
 * course of a delta import. */
#include "connectors/ldap/course.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define FULL_REQUIRED "no-start-full-import-required"
#define SYNC_CONTROL  "1.3.6.1.4.1.4203.1.9.1.1"
/* More unknown objects than this, and a full import is less work. */
#define READS_MAX 5000U

/* ---- One job ---- */

int
delta_job_init(struct delta_job *j, const struct entry_sink *sink,
    struct import_reply *reply, struct err *e)
{
	struct core *c = j->c;
	const struct conf_partition *p;
	int r;

	*reply = (struct import_reply){0};
	j->arena = arena_new(0);
	if (j->arena == NULL || told_init(&j->told, c, sink, reply) != 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	p = core_partition_conf(c, j->req->partition, j->arena);
	j->partition = p;
	j->what = (struct delta_scope){.base = j->req->partition,
	    .filter = core_filter(c, p),
	    .anchor = c->conf->anchor};
	j->base = arena_strndup(
	    j->arena, j->req->partition.data, j->req->partition.len);
	if (j->base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (p != NULL && p->include.count + p->exclude.count != 0) {
		j->scope = scope_new(p->include.items, p->include.count,
		    p->exclude.items, p->exclude.count);
		if (j->scope == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
	}
	r = core_use(c, p, e);
	return r == 0 ? core_wants_init(&j->wants, c, j->req, e) : r;
}

void
delta_job_clear(struct delta_job *j)
{
	(void)core_use(j->c, NULL, NULL);
	core_wants_clear(&j->wants);
	told_clear(&j->told);
	(void)scope_free(j->scope);
	(void)arena_free(j->arena);
}

int
delta_left_out(struct delta_job *j, struct text dn)
{
	struct text key;

	if (j->scope == NULL)
		return 0;
	if (dn_key(j->told.arena, dn, &key) != 0)
		return ERR_NOMEM;
	return !scope_includes(j->scope, key);
}

/* ---- Who is there ---- */

static int
identity(struct delta_job *j, const struct ldap_item *item, struct err *e)
{
	struct told *t = &j->told;
	struct entry *out = told_place(t);
	const struct ldap_attr *anchor =
	    ldap_item_find(item, j->c->conf->anchor.data);
	int left;

	if (j->c->flavour->name(t->arena, item->dn, &out->dn, NULL) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	left = delta_left_out(j, out->dn);
	if (left < 0)
		return err_set(e, left, "out of memory");
	out->kind = left ? ENTRY_DELETED : ENTRY_PRESENT;
	if (anchor != NULL && anchor->count == 1)
		out->anchor = text_dup(t->arena, anchor->values[0]);
	if (out->anchor.len == 0) {
		out->kind = ENTRY_ERROR;
		(void)err_type(&out->err, ERR_TYPE, "missing-anchor-component",
		    "%.*s: %.*s is missing, or the bound user may not read it",
		    TEXT_ARGS(out->dn), TEXT_ARGS(j->c->conf->anchor));
	}
	return told_add(t, e);
}

int
delta_identities(struct delta_job *j, const char *base, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const char *const attrs[] = {j->c->conf->anchor.data, NULL};
	const struct ldap_query q = {.base = base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = j->what.filter,
	    .attrs = attrs,
	    .flags = j->c->flavour->query_flags};
	const struct ldap_item *item = NULL;
	int r = ldap_cursor_begin(j->c->session, &q, &cursor, e);

	while (r == 0) {
		r = ldap_cursor_next(cursor, &item, e);
		if (r <= 0)
			break;
		r = identity(j, item, e);
	}
	return r == 0 ? told_flush(&j->told, e) : r;
}

/* ---- What the server can ---- */

static bool
has_attribute(const struct core *c, const char *name)
{
	return map_get(c->attrs, text_of(name)) != NULL;
}

/* 1; 0 and why. */
int
delta_sync_possible(struct delta_job *j, struct err *why, struct err *e)
{
	struct core *c = j->c;
	struct text server = ldap_session_server(c->session);

	if (!text_is_nocase(c->conf->anchor, "entryUUID")) {
		(void)err_set(why, ERR_CONFIG,
		    "syncrepl names deleted objects by entryUUID, and the "
		    "anchor is %.*s",
		    TEXT_ARGS(c->conf->anchor));
		return 0;
	}
	if (!ldap_session_supports(c->session, SYNC_CONTROL)) {
		(void)err_set(why, ERR_CONFIG,
		    "%.*s does not offer content synchronisation (OpenLDAP: "
		    "the overlay syncprov)",
		    TEXT_ARGS(server));
		return 0;
	}
	if (!has_attribute(c, "hasSubordinates")) {
		(void)err_set(why, ERR_CONFIG,
		    "%.*s does not know hasSubordinates, without which a "
		    "container that is renamed cannot be seen",
		    TEXT_ARGS(server));
		return 0;
	}
	return delta_sync_works(j, why, e);
}

static int
choose(struct delta_job *j, int *out, struct err *e)
{
	struct core *c = j->c;
	struct err why = {0};
	int r;

	*out = c->conf->deltas;
	if (*out == CONF_LDAP_DELTAS_AUTO ||
	    *out == CONF_LDAP_DELTAS_SYNCREPL) {
		r = delta_sync_possible(j, &why, e);
		if (r < 0)
			return r;
		if (r == 0 && *out == CONF_LDAP_DELTAS_SYNCREPL)
			return err_type(e, ERR_CONFIG,
			    "no-start-bad-ma-configuration",
			    "deltas: %s: set deltas: auto", why.text);
		*out = r == 1 ? CONF_LDAP_DELTAS_SYNCREPL
			      : CONF_LDAP_DELTAS_TIMESTAMP;
		if (r == 0)
			log_event(LOG_DEBUG, "ldap.deltas.timestamp", "why",
			    why.text, NULL);
	}
	if (*out == CONF_LDAP_DELTAS_TIMESTAMP &&
	    !has_attribute(c, "modifyTimestamp"))
		*out = CONF_LDAP_DELTAS_NONE;
	return 0;
}

/* ---- Full import ---- */

/* Watermark and place begin with the state of the server before the first
 * object is read. */
static int
begin(struct delta_job *j, struct core_course *course, struct delta_mark *mark,
    struct err *e)
{
	int r = core_place_parse(j->c, j->req, j->arena, course, e);

	if (r == 0)
		r = choose(j, &mark->mode, e);
	if (r != 0)
		return r;
	course->by_time = mark->mode == CONF_LDAP_DELTAS_TIMESTAMP;
	if (mark->mode != CONF_LDAP_DELTAS_SYNCREPL)
		return 0;
	if (course->mark.len != 0)
		return delta_mark_parse(
		    j->arena, &j->what, course->mark, mark, e);
	r = delta_cookie_now(j, &mark->cookie, e);
	if (r == 0 && mark->cookie.len != 0)
		r = delta_mark_format(
		    j->arena, &j->what, mark, &course->mark, e);
	return r;
}

static int
read_all(struct delta_job *j, const struct entry_sink *sink,
    struct import_reply *out, struct delta_mark *mark, struct err *e)
{
	struct core_course course;
	struct err why = {0};
	int r = begin(j, &course, mark, &why);

	/* e.g. the kind of deltas is another one than then */
	if (r < 0 && j->req->place.len != 0 && r != ERR_CONNECT &&
	    r != ERR_CANCELLED && r != ERR_NOMEM)
		return err_type(e, r, CONNECTOR_PLACE_GONE, "%s", why.text);
	if (r < 0)
		return err_type(e, r, why.type, "%s", why.text);
	r = core_read_all(j->c, j->req, sink, out, &course, e);
	if (r == 0 && course.by_time)
		delta_mark_move(mark, course.newest, clock_now_ms(),
		    clock_now_ms() - course.began_ms);
	return r;
}

/* Why the next import reads all as well. */
static struct text
no_deltas(const struct core *c, const struct delta_mark *m)
{
	if (c->conf->deltas == CONF_LDAP_DELTAS_NONE)
		return TEXT("every import reads all: deltas is set to none");
	if (m->mode == CONF_LDAP_DELTAS_NONE)
		return TEXT("every import reads all: the server offers neither "
			    "content synchronisation nor modifyTimestamp");
	return TEXT("no object was read from whose time, and no state of the "
		    "server from which, deltas could go on");
}

int
ldap_full_import(struct connector *connector, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct delta_job j = {.c = (struct core *)connector, .req = req};
	struct delta_mark mark = {.mode = CONF_LDAP_DELTAS_NONE};
	struct text watermark = {0};
	int r = delta_job_init(&j, sink, out, e);

	if (r == 0)
		r = read_all(&j, sink, out, &mark, e);
	if (r == 0 && mark.cookie.len + strlen(mark.newest) != 0)
		r = delta_mark_format(
		    j.c->env.arena, &j.what, &mark, &watermark, e);
	out->watermark = watermark;
	if (watermark.len == 0)
		out->no_deltas = no_deltas(j.c, &mark);
	delta_job_clear(&j);
	return r;
}

/* ---- Delta import ---- */

static int
check_mode(const struct delta_job *j, int mode, struct err *e)
{
	int set = j->c->conf->deltas;

	if (set == CONF_LDAP_DELTAS_AUTO || set == mode)
		return 0;
	return err_type(e, ERR_REFUSED, FULL_REQUIRED,
	    "the setting deltas is another one than at the last full import");
}

static int
changes(
    struct delta_job *j, struct delta_mark *mark, bool *out_all, struct err *e)
{
	int r;

	if (mark->mode == CONF_LDAP_DELTAS_SYNCREPL)
		return delta_by_sync(j, mark, out_all, e);
	r = delta_by_time(j, mark, e);
	*out_all = r == 0;
	return r;
}

int
ldap_delta_import(struct connector *connector, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	struct delta_job j = {.c = (struct core *)connector, .req = req};
	struct delta_mark mark = {.mode = CONF_LDAP_DELTAS_NONE};
	bool all_told = false;
	int r = delta_job_init(&j, sink, out, e);

	j.c->reads = 0;
	if (r == 0)
		r = delta_mark_parse(
		    j.arena, &j.what, req->watermark, &mark, e);
	if (r == 0)
		r = check_mode(&j, mark.mode, e);
	if (r == 0)
		r = changes(&j, &mark, &all_told, e);
	if (r == 0)
		r = delta_mark_format(
		    j.c->env.arena, &j.what, &mark, &out->watermark, e);
	if (r == 0 && j.c->reads > READS_MAX) {
		out->full_needed = TEXT("so many objects are new that reading "
					"all is less work");
		all_told = false;
	}
	out->all_told = r == 0 && all_told;
	delta_job_clear(&j);
	return r;
}

/* ---- One object ---- */

/* anchor=VALUE with every octet escaped that could be more than itself (RFC
 * 4515 3). */
static const char *
anchor_filter(struct arena *a, const struct delta_scope *what, struct text v)
{
	char *hex = arena_alloc(a, 3 * v.len + 1);
	char *p = hex;

	if (hex == NULL)
		return NULL;
	for (size_t i = 0; i < v.len; i++) {
		unsigned char ch = (unsigned char)v.data[i];
		bool plain = (ch >= '0' && ch <= '9') || ch == '-' ||
			     (ch >= 'a' && ch <= 'z') ||
			     (ch >= 'A' && ch <= 'Z');

		if (plain)
			*p++ = (char)ch;
		else
			p += snprintf(p, 4, "\\%02x", ch);
	}
	*p = '\0';
	return arena_printf(
	    a, "(&%s(%.*s=%s))", what->filter, TEXT_ARGS(what->anchor), hex);
}

/* In the session of the partition, which may be in the middle of a search. */
static int
object_find(struct delta_job *j, const struct entry *which, struct arena *a,
    struct ldap_item *out, struct err *e)
{
	struct ldap_query q = {.base = j->base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = j->what.filter,
	    .attrs = j->wants.list,
	    .flags = j->c->flavour->query_flags | LDAP_QUERY_NO_PAGES};

	if (which->anchor.len != 0) {
		q.filter = anchor_filter(j->arena, &j->what, which->anchor);
	} else {
		q.base = arena_strndup(j->arena, which->dn.data, which->dn.len);
		q.depth = LDAP_DEPTH_BASE;
	}
	if (q.filter == NULL || q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return ldap_session_read(j->c->session, &q, a, out, e);
}

int
ldap_read_object(struct connector *connector, const struct import_request *req,
    const struct entry *which, struct arena *a, struct entry *out,
    struct err *e)
{
	struct core *c = (struct core *)connector;
	struct ldap_session *session = c->session;
	size_t servers = c->server_count;
	struct delta_job j = {.c = c, .req = req};
	struct import_reply reply;
	struct ldap_item item = {0};
	int r = 0;

	if (++c->reads > READS_MAX)
		return 0; /* a full import comes next */
	r = delta_job_init(&j, NULL, &reply, e);
	if (r == 0)
		r = object_find(&j, which, a, &item, e);
	if (r == 0)
		r = core_convert(c, &j.wants, j.scope, &item, a, out);
	else if (r == ERR_NOENT)
		r = 0;
	if (r == 1 && out->kind == ENTRY_ERROR)
		r = err_type(
		    e, ERR_REJECTED, out->err.type, "%s", out->err.text);
	delta_job_clear(&j);
	c->session = session;
	c->server_count = servers;
	return r;
}
