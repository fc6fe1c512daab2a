/* connectors/ldap/sync.c -- deltas by content synchronisation (RFC 4533).
 *
 * The content is what the filter finds, and every entry that has others below
 * it: where a container is renamed or moves, a server tells of that container
 * alone (RFC 4533 3.7), and those below are then asked for their names. */
#include <string.h>

#include "connectors/ldap/delta.h"

#define BELOW_MAX 200U

/* ---- The search ---- */

const char *
delta_sync_filter(struct delta_job *j)
{
	return arena_printf(
	    j->arena, "(|%s(hasSubordinates=TRUE))", j->what.filter);
}

int
delta_sync_works(struct delta_job *j, struct err *why, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	static const char *const nothing[] = {"1.1", NULL};
	const struct ldap_sync_query sync = {.cookie = TEXT("")};
	const struct ldap_query q = {.base = j->base,
	    .depth = LDAP_DEPTH_BASE,
	    .attrs = nothing,
	    .sync = &sync};
	const struct ldap_item *item;
	int r = ldap_cursor_begin(j->c->session, &q, &cursor, why);

	while (r == 0) {
		r = ldap_cursor_next(cursor, &item, why);
		if (r <= 0)
			break;
		r = 0;
	}
	if (r == 0)
		return 1;
	if (r != ERR_CONNECT && r != ERR_CANCELLED && r != ERR_NOMEM)
		return 0;
	if (e != NULL)
		*e = *why;
	return r;
}

/* ---- The first cookie ---- */

/* The naming context that holds the partition; NULL: the server names none. */
static const char *
naming_context(struct delta_job *j)
{
	const struct ldap_item *root = ldap_session_root(j->c->session);
	const struct ldap_attr *all = ldap_item_find(root, "namingContexts");
	struct text key = {0}, base = {0};

	if (all == NULL || dn_key(j->arena, j->what.base, &key) != 0)
		return NULL;
	for (size_t i = 0; i < all->count; i++)
		if (dn_key(j->arena, all->values[i], &base) == 0 &&
		    dn_key_is_below(key, base))
			return arena_strndup(
			    j->arena, all->values[i].data, all->values[i].len);
	return NULL;
}

/* OpenLDAP keeps the state of a database at its top, and a cookie of it is
 * made of that: no need to have all entries named once more. */
int
delta_cookie_of_state(struct delta_job *j, struct text *out, struct err *e)
{
	static const char *const attrs[] = {"contextCSN", NULL};
	const char *context = naming_context(j);
	const struct ldap_query q = {.base = context, .attrs = attrs};
	const struct ldap_attr *csn;
	struct ldap_item item = {0};
	struct err why = {0};
	int r;

	if (context == NULL)
		return 0;
	r = ldap_session_read(j->c->session, &q, j->arena, &item, &why);
	if (r == ERR_CONNECT || r == ERR_CANCELLED || r == ERR_NOMEM)
		return err_type(e, r, why.type, "%s", why.text);
	csn = r == 0 ? ldap_item_find(&item, "contextCSN") : NULL;
	for (size_t i = 0; csn != NULL && i < csn->count; i++)
		*out = text_of(arena_printf(j->arena, "%.*s%s%.*s",
		    TEXT_ARGS(*out), i == 0 ? "rid=000,csn=" : ";",
		    TEXT_ARGS(csn->values[i])));
	return arena_failed(j->arena) ? err_set(e, ERR_NOMEM, "out of memory")
				      : 0;
}

/* Any other server: every entry of the content is named once. */
static int
cookie_of_content(struct delta_job *j, struct text *out, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	static const char *const nothing[] = {"1.1", NULL};
	const struct ldap_sync_query sync = {.cookie = TEXT("")};
	const struct ldap_query q = {.base = j->base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = delta_sync_filter(j),
	    .attrs = nothing,
	    .sync = &sync};
	const struct ldap_item *item;
	int r = q.filter == NULL ? ERR_NOMEM : 0;

	if (r == 0)
		r = ldap_cursor_begin(j->c->session, &q, &cursor, e);
	while (r == 0) {
		r = ldap_cursor_next(cursor, &item, e);
		if (r <= 0)
			break;
		r = 0;
	}
	if (r == 0)
		*out = text_dup(j->arena, ldap_cursor_sync(cursor)->cookie);
	return r == 0 && out->data == NULL ? ERR_NOMEM : r;
}

int
delta_cookie_now(struct delta_job *j, struct text *out, struct err *e)
{
	int r;

	*out = TEXT("");
	r = delta_cookie_of_state(j, out, e);
	return r == 0 && out->len == 0 ? cookie_of_content(j, out, e) : r;
}

/* ---- What was told ---- */

static void
uuid_text(const unsigned char *uuid, char out[static DELTA_UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < LDAP_UUID_BYTES; i++) {
		*out++ = hex[uuid[i] >> 4];
		*out++ = hex[uuid[i] & 15];
		if (i == 3 || i == 5 || i == 7 || i == 9)
			*out++ = '-';
	}
	*out = '\0';
}

/* Objects that went out of the content and are elsewhere: with all that lies
 * below them, of which nothing was told. */
struct gone {
	struct buf ids; /* (entryUUID=...) */
	size_t count;
	const char *context; /* NULL: the base is all there is */
};

struct sync_job {
	struct delta_job *j;
	struct gone gone;
	bool all;
};

static int
gone_add(struct sync_job *s, const char *uuid)
{
	if (s->gone.context == NULL)
		return 0;
	buf_printf(&s->gone.ids, "(entryUUID=%s)", uuid);
	return buf_error(&s->gone.ids);
}

static int
told_by_id(struct sync_job *s, const struct ldap_item *item, struct err *e)
{
	struct told *t = &s->j->told;
	struct entry *out = told_place(t);
	char uuid[DELTA_UUID_TEXT];

	uuid_text(item->uuid, uuid);
	out->kind = ENTRY_PRESENT;
	if (item->told == LDAP_TOLD_DELETED)
		out->kind = ENTRY_DELETED;
	out->anchor = text_dup(t->arena, text_of(uuid));
	if (out->anchor.data == NULL ||
	    (out->kind == ENTRY_DELETED && gone_add(s, uuid) < 0))
		return err_set(e, ERR_NOMEM, "out of memory");
	return told_add(t, e);
}

static bool
is_container(const struct ldap_item *item)
{
	return text_is_nocase(ldap_item_first(item, "hasSubordinates"), "TRUE");
}

static int
below_add(struct delta_job *j, struct text dn, struct err *e)
{
	if (j->below == NULL)
		j->below = arena_array(j->arena, BELOW_MAX, sizeof(*j->below));
	if (j->below == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (j->below_count == BELOW_MAX) {
		j->below_all = true;
		return 0;
	}
	j->below[j->below_count] = text_dup(j->arena, dn);
	return j->below[j->below_count++].data != NULL
		   ? 0
		   : err_set(e, ERR_NOMEM, "out of memory");
}

/* A container came for the sake of those below: is it one of ours itself? */
static int
matches(struct delta_job *j, const struct ldap_item *item, struct err *e)
{
	static const char *const nothing[] = {"1.1", NULL};
	struct arena *a = j->told.arena;
	const struct ldap_query q = {
	    .base = arena_strndup(a, item->dn.data, item->dn.len),
	    .filter = j->what.filter,
	    .attrs = nothing};
	struct ldap_item found;
	int r;

	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_session_read(j->c->session, &q, a, &found, e);
	return r == ERR_NOENT ? 0 : r == 0 ? 1 : r;
}

/* What came with its attributes, and is left out by class, filter or
 * container. */
static int
not_ours(struct delta_job *j, struct entry *out, const char *uuid)
{
	int left = delta_left_out(j, out->dn);

	if (left < 0)
		return left;
	*out = (struct entry){.kind = left ? ENTRY_LEFT : ENTRY_DELETED,
	    .dn = out->dn,
	    .anchor = text_dup(j->told.arena, text_of(uuid))};
	return out->anchor.data != NULL ? 0 : ERR_NOMEM;
}

static int
told_whole(struct sync_job *s, const struct ldap_item *item, struct err *e)
{
	struct delta_job *j = s->j;
	struct entry *out = told_place(&j->told);
	char uuid[DELTA_UUID_TEXT];
	int r =
	    core_convert(j->c, &j->wants, j->scope, item, j->told.arena, out);

	uuid_text(item->uuid, uuid);
	if (r == 1 && out->anchor.len != 0 && !text_is(out->anchor, uuid))
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "%.*s: entryUUID is \"%.*s\", and synchronisation calls it "
		    "%s: set deltas: timestamp",
		    TEXT_ARGS(out->dn), TEXT_ARGS(out->anchor), uuid);
	if (r >= 0 && is_container(item)) {
		int is = r == 1 ? matches(j, item, e) : 0;

		if (is < 0 || below_add(j, out->dn, e) < 0)
			return is < 0 ? is : ERR_NOMEM;
		r = is;
	}
	if (r == 0)
		r = not_ours(j, out, uuid);
	if (r < 0)
		return err_set(e, r, "%.*s: not enough memory for it",
		    TEXT_ARGS(item->dn));
	return told_add(&j->told, e);
}

static int
told_item(struct sync_job *s, const struct ldap_item *item, struct err *e)
{
	switch (item->told) {
	case LDAP_TOLD_ADDED:
	case LDAP_TOLD_CHANGED:
		return told_whole(s, item, e);
	case LDAP_TOLD_PRESENT:
	case LDAP_TOLD_DELETED:
		return told_by_id(s, item, e);
	case LDAP_TOLD_NOTHING:
		break;
	}
	return err_set(e, ERR_PROTOCOL,
	    "%.*s: an entry without its state came in a synchronisation",
	    TEXT_ARGS(ldap_session_server(s->j->c->session)));
}

static int
stream(struct sync_job *s, struct ldap_cursor *cursor, struct err *e)
{
	for (;;) {
		const struct ldap_item *item = NULL;
		struct err why = {0};
		int r = ldap_cursor_next(cursor, &item, &why);

		if (r == 0)
			return told_flush(&s->j->told, e);
		if (r == ERR_REJECTED && item != NULL)
			r = told_rejected(&s->j->told, item, &why, e);
		else if (r < 0)
			return err_type(e, r, why.type, "%s", why.text);
		else
			r = told_item(s, item, e);
		if (r != 0)
			return r;
	}
}

static int
refresh(struct sync_job *s, struct delta_mark *mark, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	struct delta_job *j = s->j;
	const struct ldap_sync_query sync = {.cookie = mark->cookie};
	const struct ldap_query q = {.base = j->base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = delta_sync_filter(j),
	    .attrs = j->wants.list,
	    .flags = j->c->flavour->query_flags,
	    .sync = &sync};
	const struct ldap_sync_reply *reply;
	int r = q.filter == NULL ? ERR_NOMEM : 0;

	if (r == 0)
		r = ldap_cursor_begin(j->c->session, &q, &cursor, e);
	if (r == 0)
		r = stream(s, cursor, e);
	if (r == ERR_NOENT)
		return core_base_check(j->c, j->what.base, "partition", e);
	if (r != 0)
		return r;
	reply = ldap_cursor_sync(cursor);
	s->all = reply->present;
	if (reply->cookie.len != 0)
		mark->cookie = text_dup(j->arena, reply->cookie);
	return mark->cookie.data != NULL
		   ? 0
		   : err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- What lies below ---- */

static bool
has_above(struct delta_job *j, size_t at)
{
	struct text key = {0}, other = {0};

	if (dn_key(j->arena, j->below[at], &key) != 0)
		return false;
	for (size_t i = 0; i < j->below_count; i++)
		if (i != at && dn_key(j->arena, j->below[i], &other) == 0 &&
		    dn_key_is_below(key, other) &&
		    (key.len != other.len || i < at))
			return true;
	return false;
}

static int
names_below(struct delta_job *j, struct err *e)
{
	int r = 0;

	if (j->below_all)
		return delta_identities(j, j->base, e);
	for (size_t i = 0; i < j->below_count && r == 0; i++) {
		const char *base;

		if (has_above(j, i))
			continue;
		base =
		    arena_strndup(j->arena, j->below[i].data, j->below[i].len);
		if (base == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = delta_identities(j, base, e);
		if (r == ERR_NOENT) /* it went on; the next import tells */
			r = told_flush(&j->told, e);
	}
	return r;
}

/* ---- Containers that left ---- */

/* The directory says that they are not in the content any more; are they
 * elsewhere, with others below? */
static int
check_gone(struct sync_job *s, struct import_reply *reply, struct err *e)
{
	static const char *const nothing[] = {"1.1", NULL};
	struct delta_job *j = s->j;
	struct text ids = buf_text(&s->gone.ids);
	struct ldap_query q = {.base = s->gone.context,
	    .depth = LDAP_DEPTH_TREE,
	    .attrs = nothing,
	    .flags = LDAP_QUERY_NO_PAGES};
	struct ldap_item found = {0};
	int r;

	if (ids.len == 0 || s->all)
		return 0;
	q.filter = arena_printf(
	    j->arena, "(&(hasSubordinates=TRUE)(|%.*s))", TEXT_ARGS(ids));
	if (q.filter == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_session_read(j->c->session, &q, j->arena, &found, e);
	if (r == ERR_NOENT)
		return 0;
	if (r == 0)
		reply->full_needed = text_of(arena_printf(j->c->env.arena,
		    "%.*s moved out of what is read: the server does not say "
		    "what went with it",
		    TEXT_ARGS(found.dn)));
	return r;
}

int
delta_by_sync(
    struct delta_job *j, struct delta_mark *out, bool *out_all, struct err *e)
{
	struct sync_job s = {.j = j};
	struct text base = {0}, top = {0};
	const char *context = naming_context(j);
	int r = core_wants_need(&j->wants, TEXT("hasSubordinates"));

	/* Below the top of a database things move out. */
	if (context != NULL && dn_key(j->arena, j->what.base, &base) == 0 &&
	    dn_key(j->arena, text_of(context), &top) == 0 &&
	    !text_equal(base, top))
		s.gone.context = context;
	buf_init(&s.gone.ids, 16U << 20);
	if (r == 0)
		r = refresh(&s, out, e);
	if (r == 0)
		r = names_below(j, e);
	if (r == 0)
		r = check_gone(&s, j->told.reply, e);
	buf_clear(&s.gone.ids);
	*out_all = s.all;
	return r;
}
