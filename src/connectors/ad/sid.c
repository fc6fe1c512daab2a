/*
 * connectors/ad/sid.c -- objects that an attribute names by their SID.
 *
 * The directory keeps the octets and nothing else, so that each SID is looked
 * up once a connection, as "<SID=..>" (MS-ADTS 3.1.1.3.1.2.4).
 */
#include "connectors/ad/ad_int.h"
#include "connectors/ad/name.h"
#include "connectors/ad/wire.h"

#define SIDS_MAX 100000U /* that are remembered */

/* What is remembered of one: nothing where nobody here has it. */
struct holder {
	struct text anchor;
};

static int
look_up(struct core *c, struct arena *a, struct text sid, struct text *out,
    struct err *e)
{
	static const char *const attrs[] = {"objectGUID", NULL};
	struct ldap_query q = {.attrs = attrs};
	struct ldap_item item = {.count = 0};
	struct text text;
	int r = sid_format(a, sid, &text, e);

	*out = TEXT("");
	if (r < 0)
		return r == ERR_NOMEM ? r : 0; /* it is none: it means nobody */
	q.base = arena_printf(a, "<SID=%.*s>", TEXT_ARGS(text));
	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_session_read(c->session, &q, a, &item, e);
	if (r == ERR_NOENT || r == ERR_ACCESS || r == ERR_REJECTED)
		return 0;
	if (r == 0)
		*out = ldap_item_first(&item, "objectGUID");
	return r;
}

static int
remember(struct core *c, struct text sid, struct text anchor)
{
	struct holder *h;

	if (map_count(c->sids) >= SIDS_MAX)
		return 0;
	h = arena_alloc(c->arena, sizeof(*h));
	if (h == NULL)
		return ERR_NOMEM;
	h->anchor = text_dup(c->arena, anchor);
	return h->anchor.data != NULL
		   ? map_put(c->sids, text_dup(c->arena, sid), h)
		   : ERR_NOMEM;
}

int
ad_sid_object(struct core *c, struct arena *a, struct text sid,
    struct value *out, struct err *e)
{
	const struct holder *known;
	struct text anchor = TEXT("");
	int r = 0;

	if (c->sids == NULL && (c->sids = map_new(false)) == NULL)
		return ERR_NOMEM;
	known = map_get(c->sids, sid);
	if (known != NULL) {
		anchor = text_dup(a, known->anchor);
	} else {
		r = look_up(c, a, sid, &anchor, e);
		if (r == 0)
			r = remember(c, sid, anchor);
	}
	if (r < 0 || anchor.len == 0)
		return r;
	*out = value_reference_anchor(anchor);
	return 1;
}

int
ad_object_sid(struct core *c, struct arena *a, const struct value *v,
    struct text *out, struct err *e)
{
	static const char *const attrs[] = {"objectSid", NULL};
	struct ldap_query q = {.attrs = attrs};
	struct ldap_item item = {.count = 0};
	struct text name;
	int r = ad_refer(a, v, &name);

	if (r < 0)
		return r;
	q.base = arena_strndup(a, name.data, name.len);
	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_session_read(c->session, &q, a, &item, e);
	if (r < 0)
		return r;
	*out = ldap_item_first(&item, "objectSid");
	return out->len != 0 ? 0
			     : err_set(e, ERR_NOENT,
				   "%s has no objectSid, or "
				   "it may not be read",
				   q.base);
}
