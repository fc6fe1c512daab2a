/*
 * connectors/ad/again.c -- objects whose change does not say all, read whole.
 *
 * A new object (some attributes are never told), one that was restored, one
 * that moved (and what lies below it, of which nothing is told), and, where a
 * filter decides, each that changed.  They are asked for by GUID, many at
 * once, under the filter that a full import has: what does not come is not
 * ours.
 */
#include <string.h>

#include "base/buf.h"
#include "connectors/ad/ad_int.h"

#define CHUNK            50U
#define FILTER_MAX_BYTES (1U << 20)

/* What lies below objects of these types is never imported. */
static const char *const leaves[] = {"user", "inetOrgPerson", "contact",
    "group", "computer", "foreignSecurityPrincipal", "msDS-Device"};

static bool
is_leaf(const struct changes *w, uint32_t type)
{
	struct text name = names_text(w->c->env.names, type);

	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (text_is(name, leaves[i]))
			return true;
	return false;
}

/* ---- The list ---- */

static int
again_compare(const void *a, const void *b)
{
	const struct again *x = a, *y = b;

	return memcmp(x->guid.octets, y->guid.octets, sizeof(x->guid.octets));
}

/* Each object once. */
static void
again_merge(struct changes *w)
{
	size_t n = 0;

	qsort(w->again, w->again_count, sizeof(*w->again), again_compare);
	for (size_t i = 0; i < w->again_count; i++) {
		if (n != 0 &&
		    again_compare(&w->again[n - 1], &w->again[i]) == 0)
			w->again[n - 1].flags |= w->again[i].flags;
		else
			w->again[n++] = w->again[i];
	}
	w->again_count = n;
}

static struct again *
again_find(struct changes *w, const struct guid *g)
{
	const struct again key = {.guid = *g};

	return bsearch(
	    &key, w->again, w->again_count, sizeof(key), again_compare);
}

/* ---- Giving ---- */

/* An object as it is now, to where it lies now. */
static int
give_object(struct changes *w, const struct ldap_item *item, struct err *e)
{
	struct entry *out = changes_next(w);
	enum place place = PLACE_OUT;
	struct guid g;
	int r = core_convert(w->c, &w->wants, NULL, item, w->arena, out);

	if (r == 1)
		r = changes_place(w, out->dn, &place) == 0 ? 1 : ERR_NOMEM;
	if (r < 0)
		return err_set(e, r, "%.*s: %s", TEXT_ARGS(item->dn),
		    r == ERR_NOMEM ? "not enough memory for it"
				   : "a SID that it names cannot be looked up");
	if (r == 1 && place == PLACE_HERE)
		return changes_push(w, e);
	if (place == PLACE_ELSEWHERE || !item_guid(item, &g))
		return 0;
	return changes_left(w, &g, e);
}

/* It went away while it was read: the next delta import tells of that, or of
 * nothing, so this one must not be the last word. */
static int
give_error(struct changes *w, const struct ldap_item *item,
    const struct err *why, struct err *e)
{
	struct entry *out = changes_next(w);

	*out = (struct entry){.kind = ENTRY_ERROR, .err = *why};
	(void)w->c->flavour->name(w->arena, item->dn, &out->dn, NULL);
	(void)err_type(&out->err, ERR_REJECTED, "read-error", "%s", why->text);
	return changes_push(w, e);
}

/* ---- Searches ---- */

typedef int again_item_fn(
    struct changes *w, const struct ldap_item *item, struct err *e);

static int
again_search(struct changes *w, const struct ldap_query *q, again_item_fn *each,
    struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	int r = ldap_cursor_begin(w->c->session, q, &cursor, e);

	while (r == 0) {
		const struct ldap_item *item = NULL;
		struct err why = {0};

		r = ldap_cursor_next(cursor, &item, &why);
		if (r == 0)
			return 0;
		if (r == ERR_REJECTED && item != NULL)
			r = give_error(w, item, &why, e);
		else if (r < 0)
			return err_type(e, r, why.type, "%s", why.text);
		else
			r = each(w, item, e);
	}
	return r;
}

static struct ldap_query
query_of(const struct changes *w, const char *base, const char *filter)
{
	return (struct ldap_query){.base = base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = filter,
	    .attrs = w->wants.list,
	    .flags = w->c->flavour->query_flags};
}

/* (&OURS(|(objectGUID=\1f\03..)(objectGUID=..))) of those with a flag of
 * mask; *at moves on.  Empty: there are no more. */
static int
guids_filter(struct changes *w, unsigned mask, size_t *at, struct buf *b)
{
	size_t n = 0;

	buf_reset(b);
	for (; *at < w->again_count && n < CHUNK; (*at)++) {
		const struct again *one = &w->again[*at];

		if ((one->flags & mask) == 0 ||
		    (mask == AGAIN_MATCH && (one->flags & AGAIN_WHOLE) != 0))
			continue;
		if (n++ == 0)
			buf_printf(b, "(&%s(|", w->filter);
		buf_puts(b, "(objectGUID=");
		for (size_t i = 0; i < sizeof(one->guid.octets); i++)
			buf_printf(b, "\\%02x", one->guid.octets[i]);
		buf_puts(b, ")");
	}
	if (n != 0)
		buf_puts(b, "))");
	return buf_error(b);
}

static int
whole_item(struct changes *w, const struct ldap_item *item, struct err *e)
{
	struct guid g;
	struct again *one = item_guid(item, &g) ? again_find(w, &g) : NULL;
	size_t before = w->count;
	int r;

	if (one == NULL)
		return 0;
	one->flags |= AGAIN_FOUND;
	r = give_object(w, item, e);
	if (r == 0 && w->count > before && is_leaf(w, w->batch[before].type))
		one->flags |= AGAIN_LEAF;
	return r;
}

static int
match_item(struct changes *w, const struct ldap_item *item, struct err *e)
{
	struct guid g;
	struct again *one = item_guid(item, &g) ? again_find(w, &g) : NULL;

	(void)e;
	if (one != NULL)
		one->flags |= AGAIN_FOUND;
	return 0;
}

static int
search_guids(struct changes *w, unsigned mask, struct err *e)
{
	static const char *const guid[] = {"objectGUID", NULL};
	char *base = arena_strndup(w->setup, w->context.data, w->context.len);
	struct buf b;
	size_t at = 0;
	int r = base != NULL ? 0 : ERR_NOMEM;

	buf_init(&b, FILTER_MAX_BYTES);
	while (r == 0 && at < w->again_count) {
		struct ldap_query q;

		r = guids_filter(w, mask, &at, &b);
		if (r != 0 || b.len == 0)
			continue;
		q = query_of(w, base, buf_text(&b).data);
		if (mask == AGAIN_MATCH)
			q.attrs = guid;
		r = again_search(
		    w, &q, mask == AGAIN_MATCH ? match_item : whole_item, e);
	}
	buf_clear(&b);
	return r;
}

/* ---- What lies below ---- */

static int
below_item(struct changes *w, const struct ldap_item *item, struct err *e)
{
	struct guid g;

	if (w->around != NULL && item_guid(item, &g) &&
	    guid_equal(&g, &w->around->guid))
		return 0;
	return give_object(w, item, e);
}

static int
search_below(struct changes *w, const struct again *one, struct err *e)
{
	char guid[GUID_TEXT_LEN + 1], base[GUID_TEXT_LEN + 8];
	struct ldap_query q = query_of(w, base, w->filter);
	struct err why = {0};
	int r;

	guid_format(&one->guid, guid);
	(void)snprintf(base, sizeof(base), "<GUID=%s>", guid);
	w->around = one;
	r = again_search(w, &q, below_item, &why);
	w->around = NULL;
	if (r == ERR_NOENT) /* gone: that is told */
		return 0;
	return r < 0 ? err_type(e, r, why.type, "%s", why.text) : r;
}

/* ---- Those who refer to it ---- */

/* With the recycle bin links come back with an object, and no change of those
 * that hold them is told. */
static int
search_referrers(struct changes *w, struct text dn, struct err *e)
{
	char *base = arena_strndup(w->setup, w->context.data, w->context.len);
	struct ldap_query q;
	struct buf b;
	size_t n = 0;
	int r = base != NULL ? 0 : ERR_NOMEM;

	buf_init(&b, FILTER_MAX_BYTES);
	buf_printf(&b, "(&%s(|", w->filter);
	for (size_t i = 0; i < w->req->wanted_count; i++) {
		struct text name =
		    names_text(w->c->env.names, w->req->wanted[i]);
		const struct core_attr *attr = map_get(w->c->attrs, name);

		if (attr == NULL || attr->type != VALUE_REFERENCE)
			continue;
		buf_printf(&b, "(%.*s=", TEXT_ARGS(name));
		(void)core_filter_value(&b, dn);
		buf_puts(&b, ")");
		n++;
	}
	buf_puts(&b, "))");
	if (r == 0)
		r = buf_error(&b);
	if (r == 0 && n != 0) {
		q = query_of(w, base, buf_text(&b).data);
		r = again_search(w, &q, below_item, e);
	}
	buf_clear(&b);
	return r;
}

static int
restored(struct changes *w, const struct again *one, struct err *e)
{
	static const char *const nothing[] = {"1.1", NULL};
	char guid[GUID_TEXT_LEN + 1], base[GUID_TEXT_LEN + 8];
	struct ldap_query q = {.base = base, .attrs = nothing};
	struct ldap_item item = {.count = 0};
	int r;

	guid_format(&one->guid, guid);
	(void)snprintf(base, sizeof(base), "<GUID=%s>", guid);
	r = ldap_session_read(w->c->session, &q, w->setup, &item, e);
	if (r == ERR_NOENT)
		return 0;
	return r == 0 ? search_referrers(w, item.dn, e) : r;
}

/* ---- A page's end ---- */

static int
again_after(struct changes *w, const struct again *one, struct err *e)
{
	int r = 0;

	if ((one->flags & AGAIN_FOUND) == 0)
		r = changes_left(w, &one->guid, e);
	if (r == 0 && (one->flags & AGAIN_MOVED) != 0 &&
	    (one->flags & AGAIN_LEAF) == 0)
		r = search_below(w, one, e);
	if (r == 0 && (one->flags & AGAIN_RESTORED) != 0)
		r = restored(w, one, e);
	return r;
}

int
again_run(struct changes *w, struct err *e)
{
	int r;

	if (w->again_count == 0)
		return 0;
	again_merge(w);
	r = search_guids(w, AGAIN_WHOLE, e);
	if (r == 0)
		r = search_guids(w, AGAIN_MATCH, e);
	for (size_t i = 0; r == 0 && i < w->again_count; i++)
		r = again_after(w, &w->again[i], e);
	w->again_count = 0;
	return r;
}
