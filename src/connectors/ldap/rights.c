/*
 * connectors/ldap/rights.c -- what the bound user may not read.
 *
 * LDAP has no question for rights, and what may not be read is simply not
 * there. But a comparison of an attribute that may not be looked at is refused,
 * whether the object has it or not (RFC 4511 4.10): so those that an object
 * does not show are compared.
 */
#include <string.h>

#include "base/buf.h"
#include "connectors/ldap/core.h"
#include "connectors/rights.h"

#define SAMPLE_MAX  100U
#define READS_MAX   200U
#define FILTER_MAX  65536U
#define GRANT_LINES 16384U

/* ---- Objects to look at ---- */

int
core_filter_value(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char ch = (unsigned char)t.data[i];

		if (ch < 0x20 || ch >= 0x7f || strchr("*()\\", ch) != NULL)
			buf_printf(b, "\\%02x", ch);
		else
			buf_putc(b, (char)ch);
	}
	return buf_error(b);
}

int
core_bases(struct core *c, struct text partition, struct arena *a,
    struct conf_texts *out)
{
	const struct conf_partition *p = core_partition_conf(c, partition, a);

	if (p != NULL && p->include.count != 0) {
		*out = p->include;
		return 0;
	}
	out->items = arena_alloc(a, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	out->items[0] = partition;
	out->count = 1;
	return 0;
}

/* One of the type, and not of a class below that is a type of its own. */
static bool
is_of_type(struct core *c, const struct ldap_item *item, uint32_t type)
{
	const struct ldap_attr *oc = ldap_item_find(item, "objectClass");
	const struct core_class *k = NULL;

	return oc != NULL && core_class_of(c, oc, &k) == 0 && k != NULL &&
	       k->type == type;
}

int
core_sample(struct core *c, const struct core_sampling *s, struct err *e)
{
	const struct core_class *k = core_class_of_type(c, s->type);
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_item *item = NULL;
	struct ldap_query q = {.depth = LDAP_DEPTH_TREE, .attrs = s->attrs};
	size_t n = 0;
	int r;

	if (k == NULL)
		return 0;
	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	q.base = arena_strndup(a, s->base.data, s->base.len);
	q.filter = arena_printf(a, "(objectClass=%.*s)", TEXT_ARGS(k->name));
	if (arena_failed(a))
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_cursor_begin(c->session, &q, &cursor, e);
	while (r == 0 && n < s->max &&
	       (r = ldap_cursor_next(cursor, &item, e)) == 1) {
		r = 0;
		if (!is_of_type(c, item, s->type))
			continue;
		n++;
		r = s->each(s->ctx, item, e);
	}
	return r == ERR_NOENT ? 0 : r;
}

/* ---- What may not be read ---- */

struct reading {
	struct core *c;
	struct arena *arena;
	const char *names[READS_MAX + 2]; /* objectClass too; ends in NULL */
	const struct core_attr *attrs[READS_MAX];
	uint64_t refused[READS_MAX]; /* objects */
	size_t count;
	uint64_t looked, any; /* objects; with one at least that is refused */
};

/* A value that its syntax takes. */
static struct text
some_value(const struct reading *x, size_t i, struct text dn)
{
	switch (x->attrs[i]->type) {
	case VALUE_REFERENCE:
		return dn;
	case VALUE_INTEGER:
		return TEXT("0");
	case VALUE_BOOLEAN:
		return TEXT("TRUE");
	case VALUE_DN_BINARY:
		return text_of(
		    arena_printf(x->arena, "B:2:00:%.*s", TEXT_ARGS(dn)));
	case VALUE_STRING:
	case VALUE_BINARY:
		break;
	}
	return TEXT("x");
}

static int
look_at(void *ctx, const struct ldap_item *item, struct err *e)
{
	struct reading *x = ctx;
	bool any = false;

	x->looked++;
	for (size_t i = 0; i < x->count; i++) {
		bool refused = false;
		struct ldap_question q = {.dn = item->dn,
		    .name = x->names[i],
		    .value = some_value(x, i, item->dn)};
		int r;

		if (ldap_item_find(item, x->names[i]) != NULL)
			continue;
		r = ldap_session_may_compare(x->c->session, &q, &refused, e);
		if (r < 0)
			return r;
		x->refused[i] += refused;
		any = any || refused;
	}
	x->any += any;
	return 0;
}

static int
reading_init(struct reading *x, const struct connector_wish *w)
{
	for (size_t i = 0; i < w->read_count && x->count < READS_MAX; i++) {
		struct text name = names_text(x->c->env.names, w->reads[i]);
		const struct core_attr *known = map_get(x->c->attrs, name);

		if (known == NULL)
			continue;
		x->attrs[x->count] = known;
		x->names[x->count++] =
		    arena_strndup(x->arena, name.data, name.len);
	}
	x->names[x->count] = "objectClass";
	return arena_failed(x->arena) ? ERR_NOMEM : 0;
}

/* As a line of slapd.conf, and as cn=config has it. */
static struct text
grant_text(const struct reading *x, struct text base, struct text attributes)
{
	struct text user = x->c->conf->user;
	struct buf b;
	struct text t;

	buf_init(&b, GRANT_LINES);
	buf_printf(&b,
	    "before the rules that refuse it: access to dn.subtree=\"%.*s\" "
	    "attrs=%.*s by dn.exact=\"%.*s\" read by * break (in cn=config: "
	    "olcAccess: {0}to ...)",
	    TEXT_ARGS(base), TEXT_ARGS(attributes), TEXT_ARGS(user));
	t = text_dup(x->arena, buf_text(&b));
	buf_clear(&b);
	return t;
}

static struct text
refused_names(const struct reading *x, const char *between)
{
	struct buf b;
	struct text t;

	buf_init(&b, GRANT_LINES);
	for (size_t i = 0; i < x->count; i++)
		if (x->refused[i] != 0)
			buf_printf(
			    &b, "%s%s", b.len != 0 ? between : "", x->names[i]);
	t = text_dup(x->arena, buf_text(&b));
	buf_clear(&b);
	return t;
}

static int
tell_refused(const struct reading *x, const struct core_sampling *s,
    struct connector_lacks *out)
{
	struct connector_lack lack = {.serious = true,
	    .right = "read",
	    .type = s->type,
	    .objects = x->any,
	    .looked = x->looked};

	if (x->any == 0)
		return 0;
	lack.attributes = refused_names(x, ", ");
	lack.text = text_of(arena_printf(x->arena,
	    "%.*s may not read these attributes below \"%.*s\"",
	    TEXT_ARGS(x->c->conf->user), TEXT_ARGS(s->base)));
	lack.grant = grant_text(x, s->base, refused_names(x, ","));
	return lack_push(x->arena, out, lack);
}

static int
check_reads(struct core *c, const struct connector_wish *w, struct text base,
    struct connector_lacks *out, struct arena *a, struct err *e)
{
	struct reading *x = arena_alloc(a, sizeof(*x));
	struct core_sampling s = {.base = base,
	    .type = w->type,
	    .max = SAMPLE_MAX,
	    .each = look_at,
	    .ctx = x};
	int r;

	if (x == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*x = (struct reading){.c = c, .arena = a};
	r = reading_init(x, w);
	s.attrs = x->names;
	if (r == 0)
		r = core_sample(c, &s, e);
	if (r == 0)
		r = tell_refused(x, &s, out);
	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : r;
}

int
core_partition_rights(struct core *c, const struct connector_wishes *w,
    struct text partition, struct arena *a, struct connector_lacks *out,
    struct err *e)
{
	struct conf_texts bases = {0};
	int r = core_bases(c, partition, a, &bases);

	for (size_t i = 0; i < bases.count && r == 0; i++)
		for (size_t k = 0; k < w->count && r == 0; k++)
			if (w->items[k].read_count != 0)
				r = check_reads(
				    c, &w->items[k], bases.items[i], out, a, e);
	return r;
}

int
core_rights(struct connector *connector, const struct connector_wishes *w,
    struct arena *a, struct connector_lacks *out, struct err *e)
{
	struct core *c = (struct core *)connector;
	struct partition *list = NULL;
	size_t n = 0;
	int r = core_partitions(connector, &list, &n, e);

	*out = (struct connector_lacks){0};
	for (size_t i = 0; i < n && r == 0; i++) {
		if (!list[i].selected)
			continue;
		r = core_use(c, core_partition_conf(c, list[i].name, a), e);
		if (r == 0)
			r = c->flavour->rights(c, w, list[i].name, a, out, e);
	}
	(void)core_use(c, NULL, NULL);
	return r;
}
