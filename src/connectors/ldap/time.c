/* connectors/ldap/time.c -- deltas of a server that only knows when an entry
 * changed: first all that changed lately, then who is there and under which
 * name, which tells the rest by its absence. */
#include <string.h>

#include "base/clock.h"
#include "connectors/ldap/delta.h"

void
core_newest_note(char *newest, const struct ldap_item *item)
{
	char t[DELTA_TIME_TEXT];

	if (delta_time_parse(ldap_item_first(item, "modifyTimestamp"), t) &&
	    strcmp(t, newest) > 0)
		memcpy(newest, t, sizeof(t));
}

static int
changed(struct delta_job *j, const struct ldap_item *item, struct err *e)
{
	struct entry *out = told_place(&j->told);
	int r =
	    core_convert(j->c, &j->wants, j->scope, item, j->told.arena, out);

	if (r < 0)
		return err_set(e, r, "%.*s: not enough memory for it",
		    TEXT_ARGS(item->dn));
	return r == 1 ? told_add(&j->told, e) : 0;
}

static int
take(struct delta_job *j, const struct ldap_item *item, char *newest,
    struct err *e)
{
	if (newest != NULL)
		core_newest_note(newest, item);
	return changed(j, item, e);
}

static int
stream(struct delta_job *j, struct ldap_cursor *cursor, char *newest,
    struct err *e)
{
	for (;;) {
		const struct ldap_item *item = NULL;
		struct err why = {0};
		int r = ldap_cursor_next(cursor, &item, &why);

		if (r == 0)
			return told_flush(&j->told, e);
		if (r == ERR_REJECTED && item != NULL)
			r = told_rejected(&j->told, item, &why, e);
		else if (r < 0)
			return err_type(e, r, why.type, "%s", why.text);
		else
			r = take(j, item, newest, e);
		if (r != 0)
			return r;
	}
}

int
delta_objects(
    struct delta_job *j, const char *filter, char *newest, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_query q = {.base = j->base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = filter,
	    .attrs = j->wants.list,
	    .flags = j->c->flavour->query_flags};
	int r = ldap_cursor_begin(j->c->session, &q, &cursor, e);

	return r == 0 ? stream(j, cursor, newest, e) : r;
}

static int
changes_since(
    struct delta_job *j, const char *from, char *newest, struct err *e)
{
	const char *filter = arena_printf(
	    j->arena, "(&%s(modifyTimestamp>=%s))", j->what.filter, from);

	return filter != NULL ? delta_objects(j, filter, newest, e) : ERR_NOMEM;
}

int
delta_by_time(struct delta_job *j, struct delta_mark *out, struct err *e)
{
	int64_t began_ms = clock_monotonic_ms();
	char newest[DELTA_TIME_TEXT] = "";
	int r = core_wants_need(&j->wants, TEXT("modifyTimestamp"));

	if (r == 0)
		r = changes_since(j, out->from, newest, e);
	if (r == 0)
		delta_mark_move(out, newest, clock_now_ms(),
		    clock_monotonic_ms() - began_ms);
	if (r == 0)
		r = delta_identities(j, j->base, e);
	if (r == ERR_NOENT)
		return core_base_check(j->c, j->what.base, "partition", e);
	return r;
}
