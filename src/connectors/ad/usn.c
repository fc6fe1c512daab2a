/*
 * connectors/ad/usn.c -- changes by uSNChanged, where the DirSync control is
 * refused.
 *
 * It says which objects changed and not what of them, so that each is read
 * whole.  Numbers are those of one domain controller.
 */
#include "connectors/ad/ad_int.h"

#include "base/buf.h"

#define FILTER_MAX_BYTES 65536U

static bool
is_root(struct changes *w, struct text dn)
{
	struct text x, y;

	return dn_key(w->arena, dn, &x) == 0 &&
	       dn_key(w->arena, w->context, &y) == 0 && text_equal(x, y);
}

/* Nothing says whether a container has another name now. */
static int
tell(struct changes *w, const struct ldap_item *item, struct err *e)
{
	enum place place = PLACE_OUT;
	struct text dn = {NULL, 0};
	struct guid g;
	int alive = w->c->flavour->name(w->arena, item->dn, &dn, NULL);

	if (alive == ERR_NOMEM)
		return err_set(e, alive, "out of memory");
	if (alive < 0 || !item_guid(item, &g)) {
		struct entry *out = changes_next(w);

		out->kind = ENTRY_ERROR;
		out->dn = text_dup(w->arena, item->dn);
		(void)err_type(&out->err, ERR_PROTOCOL,
		    "missing-anchor-component", "%.*s: no objectGUID",
		    TEXT_ARGS(item->dn));
		return changes_push(w, e);
	}
	if (alive == 0 || w->c->flavour->is_dead(item)) {
		struct entry *out = changes_next(w);

		out->kind = ENTRY_DELETED;
		out->anchor = guid_text(w->arena, &g);
		return changes_push(w, e);
	}
	if (is_root(w, dn))
		return 0;
	if (changes_place(w, dn, &place) != 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	(void)place; /* below a container that left, something may be ours */
	return changes_again(w, &g, AGAIN_WHOLE | AGAIN_MOVED, e);
}

static int
usn_stream(struct changes *w, const struct ldap_query *q, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	int r = ldap_cursor_begin(w->c->session, q, &cursor, e);

	while (r == 0) {
		const struct ldap_item *item = NULL;

		r = ldap_cursor_next(cursor, &item, e);
		if (r <= 0)
			return r;
		r = tell(w, item, e);
		if (r == 0 && w->count != 0)
			continue;
		if (r == 0)
			arena_reset(w->arena);
	}
	return r;
}

int
usn_changes(struct changes *w, struct ad_mark *m, struct err *e)
{
	static const char *const attrs[] = {
	    "objectGUID", "isDeleted", "objectClass", NULL};
	struct ldap_query q = {.depth = LDAP_DEPTH_TREE,
	    .attrs = attrs,
	    .flags = w->c->flavour->query_flags | LDAP_QUERY_SHOW_DELETED};
	int r;

	q.base = arena_strndup(w->setup, w->context.data, w->context.len);
	q.filter = arena_printf(w->setup, "(uSNChanged>=%llu)",
	    (unsigned long long)m->servers[0].usn + 1);
	if (q.base == NULL || q.filter == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = usn_stream(w, &q, e);
	return r == 0 ? again_run(w, e) : r;
}
