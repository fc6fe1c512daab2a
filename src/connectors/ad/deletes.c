/*
 * connectors/ad/deletes.c -- whether the account may delete what rules may
 * take away.
 *
 * No attribute answers that, so that the access list of the object and of the
 * container above it are read, and decided by as the directory would: by the
 * SIDs of the connection (tokenGroups of the root DSE).  Who may delete either
 * the object or children of its class there, may (MS-ADTS 3.1.1.5.5.1.1).
 */
#include "connectors/ad/access.h"
#include "connectors/ad/ad_int.h"

#define TOKEN_MAX 4096U
#define SD_FLAGS  "1.2.840.113556.1.4.801" /* MS-ADTS 3.1.1.3.4.1.11 */

/* Owner, group, access list: what audits is nobody's business. */
static const struct ldap_extra no_audit = {
    .oid = SD_FLAGS, .value = {"\x30\x03\x02\x01\x07", 5}};

struct deletes {
	struct core *c;
	struct arena *arena;
	const struct connector_wish *wish;
	struct text *token;
	size_t token_count;
	struct guid class; /* schemaIDGUID of the wish's type */
	struct text above; /* the container that was looked at last */
	struct text list;  /* its descriptor */
	bool denied;       /* what was asked last: by an entry */
};

/* ---- What is asked of the directory ---- */

static int
token_read(struct deletes *d, struct err *e)
{
	static const char *const attrs[] = {"tokenGroups", NULL};
	struct ldap_query q = {.base = "", .attrs = attrs};
	struct ldap_item item = {.count = 0};
	const struct ldap_attr *sids;
	int r = ldap_session_read(d->c->session, &q, d->arena, &item, e);

	if (r < 0)
		return r;
	sids = ldap_item_find(&item, attrs[0]);
	if (sids == NULL || sids->count == 0)
		return ERR_UNSUPPORTED;
	d->token_count = sids->count < TOKEN_MAX ? sids->count : TOKEN_MAX;
	d->token = arena_array(d->arena, d->token_count, sizeof(*d->token));
	if (d->token == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < d->token_count; i++)
		d->token[i] = sids->values[i];
	return 0;
}

/* 1; 0 where it is not there or shows no descriptor. */
static int
descriptor_read(
    struct deletes *d, struct text dn, struct text *out, struct err *e)
{
	static const char *const attrs[] = {"nTSecurityDescriptor", NULL};
	struct ldap_query q = {.base = arena_strndup(d->arena, dn.data, dn.len),
	    .attrs = attrs,
	    .extra = &no_audit};
	struct ldap_item item = {.count = 0};
	int r;

	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_session_read(d->c->session, &q, d->arena, &item, e);
	if (r == ERR_NOENT || r == ERR_ACCESS || r == ERR_REJECTED)
		return 0;
	*out = ldap_item_first(&item, attrs[0]);
	return r < 0 ? r : out->len != 0;
}

static int
above_read(struct deletes *d, struct text dn, struct text *out, struct err *e)
{
	struct text above = TEXT("");
	int r = dn_parent(d->arena, dn, &above, NULL);

	if (r < 0 || above.len == 0)
		return r == ERR_NOMEM ? r : 0;
	if (!text_equal_nocase(above, d->above)) {
		d->list = TEXT("");
		r = descriptor_read(d, above, &d->list, e);
		if (r < 0)
			return r;
		d->above = above;
	}
	*out = d->list;
	return d->list.len != 0;
}

/* ---- Deciding ---- */

static int
allows(struct deletes *d, struct text sd, enum access_right right, bool *out,
    struct err *e)
{
	enum access_answer answer = ACCESS_NO;
	const struct access_question q = {.descriptor = sd,
	    .token = d->token,
	    .token_count = d->token_count,
	    .right = right,
	    .class = &d->class};

	int r = access_allows(&q, &answer, e);

	d->denied = d->denied || answer == ACCESS_DENIED;
	*out = answer == ACCESS_YES;
	return r;
}

/* 1: may be deleted; 0: may not; ERR_NOENT: nobody can say. */
static int
may_delete(struct deletes *d, struct text dn, struct err *e)
{
	struct text own = TEXT(""), above = TEXT("");
	bool may = false;
	int knows = descriptor_read(d, dn, &own, e), r = 0;

	d->denied = false;
	if (knows == 1)
		r = allows(d, own, ACCESS_DELETE, &may, e);
	if (knows < 0 || r < 0 || may)
		return knows < 0 ? knows : r < 0 ? r : 1;
	knows = above_read(d, dn, &above, e);
	if (knows == 1)
		r = allows(d, above, ACCESS_DELETE_CHILD, &may, e);
	if (knows < 0 || r < 0)
		return knows < 0 ? knows : r;
	return own.len == 0 && above.len == 0 ? ERR_NOENT : may;
}

/* The same of what is not there yet, by what the container says. */
static int
may_delete_in(struct deletes *d, struct text place, struct err *e)
{
	struct text sd = TEXT("");
	struct access_question q = {.token = d->token,
	    .token_count = d->token_count,
	    .right = ACCESS_DELETE,
	    .class = &d->class};
	enum access_answer heirs = ACCESS_NO;
	bool may = false;
	int r = descriptor_read(d, place, &sd, e);

	if (r != 1)
		return r < 0 ? r : ERR_NOENT;
	q.descriptor = sd;
	d->denied = false;
	r = allows(d, sd, ACCESS_DELETE_CHILD, &may, e);
	if (r == 0 && !may)
		r = access_passes_on(&q, &heirs, e);
	return r < 0 ? r : may || heirs == ACCESS_YES;
}

/* ---- Telling ---- */

/* One container, and how many objects in it were looked at. */
static int
tell(struct deletes *d, struct text place, const struct connector_lack *n,
    struct connector_lacks *out, struct err *e)
{
	struct text class = names_text(d->c->env.names, d->wish->type);
	struct ad_grant g = {.where = place, .class = class};
	struct connector_lack lack = *n;
	int r;

	lack.serious = true;
	lack.right = "delete";
	lack.type = d->wish->type;
	lack.text = text_of(arena_printf(d->arena,
	    "%.*s may not delete objects of the class %.*s%s in \"%.*s\"",
	    TEXT_ARGS(d->c->conf->user), TEXT_ARGS(class),
	    d->denied ? ", since an entry of the access list denies it," : "",
	    TEXT_ARGS(place)));
	r = d->denied ? ad_list_text(d->c, place, d->arena, &lack.grant)
		      : ad_grant_text(d->c, &g, d->arena, &lack.grant, e);
	return r == 0 ? lack_push(d->arena, out, lack) : r;
}

/* Objects of the same container follow each other in no order: the list of
 * those told is looked through. */
static struct connector_lack *
told_of(const struct deletes *d, struct text place, struct connector_lacks *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct connector_lack *l = &all->items[i];

		if (text_is(text_of(l->right), "delete") &&
		    l->type == d->wish->type &&
		    text_ends_nocase(
			l->text, arena_printf(d->arena, " in \"%.*s\"",
				     TEXT_ARGS(place))))
			return l;
	}
	return NULL;
}

static int
look_at(struct deletes *d, struct text dn, struct connector_lacks *out,
    struct err *e)
{
	const struct connector_lack one = {.objects = 1, .looked = 1};
	struct text above = TEXT("");
	struct connector_lack *told;
	int r = may_delete(d, dn, e);

	if (r == 1 || r == ERR_NOENT)
		return 0;
	if (r == 0 && dn_parent(d->arena, dn, &above, NULL) == ERR_NOMEM)
		r = ERR_NOMEM;
	if (r < 0)
		return r;
	told = told_of(d, above, out);
	if (told == NULL)
		return tell(d, above, &one, out, e);
	told->objects++;
	told->looked++;
	return 0;
}

/* ---- All of it ---- */

static int
begin(struct deletes *d, struct err *e)
{
	struct text octets = TEXT("");
	int r = token_read(d, e);

	if (r == 0)
		r = ad_schema_guid(d->c,
		    names_text(d->c->env.names, d->wish->type), d->arena,
		    &octets, e);
	if (r < 0)
		return r;
	if (octets.len != sizeof(d->class.octets))
		return ERR_UNSUPPORTED;
	for (size_t i = 0; i < octets.len; i++)
		d->class.octets[i] = (unsigned char)octets.data[i];
	return 0;
}

int
ad_delete_rights(struct core *c, const struct connector_wish *w,
    struct text top, struct arena *a, struct connector_lacks *out,
    struct err *e)
{
	struct deletes d = {.c = c, .arena = a, .wish = w};
	struct text key;
	int r = begin(&d, e);

	if (r == ERR_UNSUPPORTED)
		return 0; /* an old directory: nobody can say */
	for (size_t i = 0; i < w->gone_count && r == 0; i++)
		if (dn_key(a, w->gone[i], &key) == 0 &&
		    dn_key_is_below(key, top))
			r = look_at(&d, w->gone[i], out, e);
	for (size_t i = 0; i < w->place_count && r == 0; i++) {
		const struct connector_lack none = {.objects = 0};

		if (dn_key(a, w->places[i], &key) < 0 ||
		    !dn_key_is_below(key, top) ||
		    told_of(&d, w->places[i], out) != NULL)
			continue;
		r = may_delete_in(&d, w->places[i], e);
		if (r == 0)
			r = tell(&d, w->places[i], &none, out, e);
		else if (r == 1 || r == ERR_NOENT)
			r = 0;
	}
	return r;
}
