/*
 * connectors/ad/rights.c -- what the account may not do, asked of the
 * directory.
 *
 * It says of each object which attributes the account may write
 * (allowedAttributesEffective), and of each container what it may create there
 * (allowedChildClassesEffective; MS-ADTS 3.1.1.4.5).  What it may not read it
 * does not say: that shows by attributes that every object has.
 */
#include <string.h>

#include "base/buf.h"
#include "connectors/ad/ad_int.h"

#define SAMPLE_MAX      500U
#define WRITES_MAX      200U
#define NAMES_BYTES_MAX 16384U

/* ---- Deltas ---- */

static int
check_deleted(struct core *c, struct text context, struct arena *a,
    struct connector_lacks *out, struct err *e)
{
	struct connector_lack lack = {.right = "deleted objects",
	    .text = TEXT("deletions are not seen: no delta import is made, "
			 "every import reads all; and no deletion is undone")};
	struct err why = {0};
	int r = ad_sees_deleted(c, context, ad_is_samba(c), &why);

	if (r < 0)
		return err_type(e, r, why.type, "%s", why.text);
	if (r == 1)
		return 0;
	lack.grant = text_of(arena_strdup(a, why.text));
	return lack_push(a, out, lack);
}

static int
check_replicate(struct core *c, struct text context, struct arena *a,
    struct connector_lacks *out, struct err *e)
{
	struct connector_lack lack = {.right = "replicate changes",
	    .text = TEXT("deltas tell what the account may read, and no more: "
			 "enough where that is all that is synchronised")};
	struct ad_mark m = {.how = AD_DIRSYNC};
	struct err why = {0};
	int r = dirsync_begin(c, context, a, &m, &why);

	if (r == ERR_UNSUPPORTED || r == ERR_ACCESS)
		return 0;
	if (r < 0)
		return err_type(e, r, why.type, "%s", why.text);
	if (!m.secured)
		return 0;
	r = ad_grant_replicate(c, context, a, &lack.grant, e);
	return r == 0 ? lack_push(a, out, lack) : r;
}

/* ---- Reading ---- */

/* What the directory gives every object of a type. */
static const struct {
	const char *type, *attribute;
} always[] = {
    {"user", "objectSid"},
    {"user", "sAMAccountName"},
    {"user", "userAccountControl"},
    {"user", "pwdLastSet"},
    {"user", "cn"},
    {"inetOrgPerson", "objectSid"},
    {"inetOrgPerson", "sAMAccountName"},
    {"inetOrgPerson", "userAccountControl"},
    {"inetOrgPerson", "pwdLastSet"},
    {"group", "objectSid"},
    {"group", "sAMAccountName"},
    {"group", "groupType"},
    {"group", "cn"},
    {"contact", "cn"},
    {"computer", "objectSid"},
    {"computer", "sAMAccountName"},
    {"computer", "userAccountControl"},
};

/* Of one kind of right to the objects of one type below one base. */
struct looking {
	struct core *c;
	struct arena *arena;
	const struct connector_wish *wish;
	struct text base;
	struct text names[WRITES_MAX];
	uint64_t lacking[WRITES_MAX]; /* objects */
	size_t count;
	uint64_t looked, any;
};

static bool
is_asked(const struct looking *l, const char *attribute)
{
	uint32_t name = names_find(l->c->env.names, text_of(attribute));

	for (size_t i = 0; name != 0 && i < l->wish->read_count; i++)
		if (l->wish->reads[i] == name)
			return true;
	return false;
}

static int
see_reads(void *ctx, const struct ldap_item *item, struct err *e)
{
	struct looking *l = ctx;
	bool any = false;

	(void)e;
	l->looked++;
	for (size_t i = 0; i < l->count; i++) {
		bool lacks = ldap_item_find(item, l->names[i].data) == NULL;

		l->lacking[i] += lacks;
		any = any || lacks;
	}
	l->any += any;
	return 0;
}

static struct text
lacking_names(const struct looking *l)
{
	struct buf b;
	struct text t;

	buf_init(&b, NAMES_BYTES_MAX);
	for (size_t i = 0; i < l->count; i++)
		if (l->lacking[i] != 0)
			buf_printf(&b, "%s%.*s", b.len != 0 ? ", " : "",
			    TEXT_ARGS(l->names[i]));
	t = text_dup(l->arena, buf_text(&b));
	buf_clear(&b);
	return t;
}

static int
tell(struct looking *l, const char *right, struct text text,
    struct connector_lacks *out, struct err *e)
{
	struct text class = names_text(l->c->env.names, l->wish->type);
	struct text *list = arena_array(l->arena, l->count + 1, sizeof(*list));
	struct ad_grant g = {
	    .where = l->base, .class = class, .attributes = list};
	struct connector_lack lack = {.serious = true,
	    .right = right,
	    .type = l->wish->type,
	    .text = text,
	    .objects = l->any,
	    .looked = l->looked};
	int r;

	if (l->any == 0)
		return 0;
	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->count; i++)
		if (l->lacking[i] != 0)
			list[g.count++] = l->names[i];
	g.reads = right[0] == 'r';
	lack.attributes = lacking_names(l);
	r = ad_grant_text(l->c, &g, l->arena, &lack.grant, e);
	return r == 0 ? lack_push(l->arena, out, lack) : r;
}

static int
check_reads(struct looking *l, struct connector_lacks *out, struct err *e)
{
	struct text type = names_text(l->c->env.names, l->wish->type);
	const char *attrs[sizeof(always) / sizeof(*always) + 2];
	struct core_sampling s = {.base = l->base,
	    .type = l->wish->type,
	    .attrs = attrs,
	    .max = SAMPLE_MAX,
	    .each = see_reads,
	    .ctx = l};
	int r;

	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		if (text_is(type, always[i].type) &&
		    is_asked(l, always[i].attribute)) {
			attrs[l->count] = always[i].attribute;
			l->names[l->count++] = text_of(always[i].attribute);
		}
	attrs[l->count] = "objectClass";
	attrs[l->count + 1] = NULL;
	if (l->count == 0)
		return 0;
	r = core_sample(l->c, &s, e);
	return r < 0
		   ? r
		   : tell(l, "read",
			 text_of(arena_printf(l->arena,
			     "%.*s may not read these attributes below "
			     "\"%.*s\"",
			     TEXT_ARGS(l->c->conf->user), TEXT_ARGS(l->base))),
			 out, e);
}

/* ---- Writing ---- */

static bool
has_name(const struct ldap_attr *list, struct text name)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (text_equal_nocase(list->values[i], name))
			return true;
	return false;
}

static int
see_writes(void *ctx, const struct ldap_item *item, struct err *e)
{
	struct looking *l = ctx;
	const struct ldap_attr *may =
	    ldap_item_find(item, "allowedAttributesEffective");
	bool any = false;

	(void)e;
	l->looked++;
	for (size_t i = 0; i < l->count; i++) {
		bool lacks = !has_name(may, l->names[i]);

		l->lacking[i] += lacks;
		any = any || lacks;
	}
	l->any += any;
	return 0;
}

static int
check_writes(struct looking *l, struct connector_lacks *out, struct err *e)
{
	static const char *const attrs[] = {
	    "objectClass", "allowedAttributesEffective", NULL};
	struct core_sampling s = {.base = l->base,
	    .type = l->wish->type,
	    .attrs = attrs,
	    .max = SAMPLE_MAX,
	    .each = see_writes,
	    .ctx = l};
	int r;

	for (size_t i = 0; i < l->wish->write_count && l->count < WRITES_MAX;
	     i++) {
		struct text name =
		    names_text(l->c->env.names, l->wish->writes[i]);

		if (saved_can_write(l->c, name))
			l->names[l->count++] = name;
	}
	if (l->count == 0)
		return 0;
	r = core_sample(l->c, &s, e);
	return r < 0
		   ? r
		   : tell(l, "write",
			 text_of(arena_printf(l->arena,
			     "%.*s may not write these attributes, which "
			     "rules want to, below \"%.*s\"",
			     TEXT_ARGS(l->c->conf->user), TEXT_ARGS(l->base))),
			 out, e);
}

/* ---- Creating ---- */

/* What makes it; where it is to be one for devices, one that takes them. */
static int
tell_no_place(struct core *c, const struct connector_wish *w, struct text place,
    struct connector_lacks *out, struct arena *a)
{
	struct text type = names_text(c->env.names, w->type);
	bool devices = text_is_nocase(type, "msDS-Device");
	bool unit = text_starts_nocase(place, "OU=");
	struct connector_lack lack = {
	    .serious = true, .right = "container", .type = w->type};

	lack.text = text_of(arena_printf(a,
	    "\"%.*s\", where objects of the class %.*s are to be made, is not "
	    "there, or %.*s may not see it",
	    TEXT_ARGS(place), TEXT_ARGS(type), TEXT_ARGS(c->conf->user)));
	lack.grant = text_of(arena_printf(a,
	    "printf 'dn: %.*s\\nobjectClass: %s\\n' | ldapadd -H %.*s -x -D "
	    "ADMINISTRATOR -W",
	    TEXT_ARGS(place),
	    devices ? "msDS-DeviceContainer"
	    : unit  ? "organizationalUnit"
		    : "container",
	    TEXT_ARGS(ldap_session_server(c->session))));
	return lack_push(a, out, lack);
}

/* What is made where nobody looks is not known again, and made once more. */
static int
check_read(struct core *c, const struct connector_wish *w, struct text place,
    struct text partition, struct connector_lacks *out, struct arena *a)
{
	const struct conf_partition *p = core_partition_conf(c, partition, a);
	CLEANUP(scope_freep)
	struct scope *s = NULL;
	struct connector_lack lack = {
	    .serious = true, .right = "not read", .type = w->type};
	struct text key;

	if (p == NULL)
		return 0;
	s = scope_new(p->include.items, p->include.count, p->exclude.items,
	    p->exclude.count);
	if (s == NULL || dn_key(a, place, &key) != 0)
		return ERR_NOMEM;
	if (scope_includes(s, key))
		return 0;
	lack.text = text_of(arena_printf(a,
	    "\"%.*s\", where objects of the class %.*s are made, is not read: "
	    "they are not known again, and made once more",
	    TEXT_ARGS(place), TEXT_ARGS(names_text(c->env.names, w->type))));
	lack.grant = text_of(arena_printf(a,
	    "in causeway.yaml, partition %.*s: include: ['%.*s']",
	    TEXT_ARGS(partition), TEXT_ARGS(place)));
	return lack_push(a, out, lack);
}

static int
check_place(struct core *c, const struct connector_wish *w, struct text place,
    struct connector_lacks *out, struct arena *a, struct err *e)
{
	static const char *const attrs[] = {
	    "allowedChildClassesEffective", NULL};
	struct text class = names_text(c->env.names, w->type);
	struct ldap_query q = {
	    .base = arena_strndup(a, place.data, place.len), .attrs = attrs};
	struct ad_grant g = {.where = place, .class = class};
	struct connector_lack lack = {
	    .serious = true, .right = "create", .type = w->type};
	struct ldap_item item = {.count = 0};
	int r;

	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_session_read(c->session, &q, a, &item, e);
	if (r == ERR_NOENT)
		return tell_no_place(c, w, place, out, a);
	if (r == ERR_REJECTED)
		return 0; /* the export says of which object */
	if (r < 0 || has_name(ldap_item_find(&item, attrs[0]), class))
		return r;
	lack.text = text_of(arena_printf(a,
	    "%.*s may not create objects of the class %.*s in \"%.*s\"",
	    TEXT_ARGS(c->conf->user), TEXT_ARGS(class), TEXT_ARGS(place)));
	r = ad_grant_text(c, &g, a, &lack.grant, e);
	return r == 0 ? lack_push(a, out, lack) : r;
}

/* ---- All of it ---- */

static int
check_base(struct core *c, const struct connector_wish *w, struct text base,
    struct connector_lacks *out, struct arena *a, struct err *e)
{
	struct looking *l = arena_alloc(a, sizeof(*l));
	int r;

	if (l == NULL)
		return ERR_NOMEM;
	*l = (struct looking){.c = c, .arena = a, .wish = w, .base = base};
	r = check_reads(l, out, e);
	if (r < 0 || !c->conf->writable)
		return r;
	*l = (struct looking){.c = c, .arena = a, .wish = w, .base = base};
	return check_writes(l, out, e);
}

static int
check_wish(struct core *c, const struct connector_wish *w,
    struct text partition, struct connector_lacks *out, struct arena *a,
    struct err *e)
{
	struct conf_texts bases;
	struct text top, key;
	int r = core_bases(c, partition, a, &bases);

	for (size_t i = 0; i < bases.count && r == 0; i++)
		r = check_base(c, w, bases.items[i], out, a, e);
	if (r < 0 || !c->conf->writable || !w->adds)
		return r;
	if (dn_key(a, partition, &top) != 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->place_count && r == 0; i++) {
		if (dn_key(a, w->places[i], &key) != 0 ||
		    !dn_key_is_below(key, top))
			continue;
		r = check_read(c, w, w->places[i], partition, out, a);
		if (r == 0)
			r = check_place(c, w, w->places[i], out, a, e);
	}
	return r == 0 ? ad_delete_rights(c, w, top, a, out, e) : r;
}

int
ad_partition_rights(struct core *c, const struct connector_wishes *w,
    struct text partition, struct arena *a, struct connector_lacks *out,
    struct err *e)
{
	struct text context = {NULL, 0};
	int r = ad_context_of(c, partition, a, &context, e);

	if (r == 0 && c->conf->deltas != CONF_AD_DELTAS_NONE) {
		r = check_deleted(c, context, a, out, e);
		if (r == 0 && c->conf->deltas != CONF_AD_DELTAS_USN)
			r = check_replicate(c, context, a, out, e);
	}
	for (size_t i = 0; i < w->count && r == 0; i++)
		r = check_wish(c, &w->items[i], partition, out, a, e);
	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : r;
}
