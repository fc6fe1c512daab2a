/* migrate/directories.c -- see directories.h. */
#include "migrate/directories.h"

#include <string.h>

#include "base/map.h"
#include "connectors/connector.h"

#define MAX_OBJECTS 5000000U

struct looking {
	struct setup *s;
	struct arena *arena;
	struct picture *out;
	struct map *anchors[ANCHOR_KINDS]; /* to objects of directories */
	struct map *addresses, *upns;
	/* the connector at hand */
	const struct engine_connector *at;
	bool octets; /* its anchor is no text */
	struct names *names;
	uint32_t consistency, configured, immutable, source_anchor, sync_on,
	    upn, mail, proxy, display;
};

/* ---- Values ---- */

static struct text
first_text(const struct entry *x, uint32_t name)
{
	const struct value *v = name == 0 ? NULL : attrs_first(&x->attrs, name);

	return v == NULL || (v->type != VALUE_STRING && v->type != VALUE_BINARY)
		   ? (struct text){0}
		   : v->text;
}

static bool
is_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] < 0x20 ||
		    (unsigned char)t.data[i] > 0x7e)
			return false;
	return true;
}

/* As it stands in the cloud: text as it is, octets in base64. */
static struct text
as_anchor(struct arena *a, struct text raw, bool octets)
{
	struct text out = {0};

	if (raw.len == 0)
		return out;
	if (!octets && is_plain(raw))
		return text_dup(a, raw);
	return base64_encode(a, raw, &out) < 0 ? (struct text){0} : out;
}

static struct text
folded(struct arena *a, struct text t)
{
	char *p = arena_alloc(a, t.len + 1);

	for (size_t i = 0; p != NULL && i < t.len; i++) {
		p[i] = t.data[i];
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] | 0x20);
	}
	return (struct text){p, p == NULL ? 0 : t.len};
}

/* "SMTP:" in capitals is the primary one; else mail. */
static struct text
primary_address(struct looking *l, const struct entry *x)
{
	const struct attr *list =
	    l->proxy == 0 ? NULL : attrs_find(&x->attrs, l->proxy);

	for (uint32_t i = 0; list != NULL && i < list->count; i++) {
		struct text t = list->values[i].text;

		if (list->values[i].type == VALUE_STRING && t.len > 5 &&
		    memcmp(t.data, "SMTP:", 5) == 0)
			return folded(
			    l->arena, (struct text){t.data + 5, t.len - 5});
	}
	return folded(l->arena, first_text(x, l->mail));
}

/* ---- Keeping ---- */

static int
push(struct picture *p, struct arena *a, struct seen_object *o)
{
	size_t size = p->size == 0 ? 1024 : p->size * 2;
	struct seen_object **items = p->items;

	if (p->count == p->size) {
		items = arena_array(a, size, sizeof(struct seen_object *));
		if (items == NULL)
			return ERR_NOMEM;
		if (p->count > 0)
			memcpy(items, p->items,
			    p->count * sizeof(struct seen_object *));
		p->items = items;
		p->size = size;
	}
	items[p->count++] = o;
	return 0;
}

/* The first of an anchor is found; a second one is its twin. */
static int
key(struct map *m, struct text k, struct seen_object *o, bool tell)
{
	struct seen_object *before = k.len == 0 ? NULL : map_get(m, k);

	if (k.len == 0)
		return 0;
	if (before != NULL && before != o && tell)
		before->twin = o->twin = true;
	return before != NULL ? 0 : map_put(m, k, o);
}

static int
keep_directory(struct looking *l, const struct entry *x, struct seen_object *o)
{
	int rc;

	o->anchor = as_anchor(l->arena, x->anchor, l->octets);
	o->consistency =
	    as_anchor(l->arena, first_text(x, l->consistency), true);
	rc = key(l->anchors[ANCHOR_GUID], o->anchor, o, true);
	if (rc == 0)
		rc = key(
		    l->anchors[ANCHOR_CONSISTENCY], o->consistency, o, true);
	if (rc == 0)
		rc = key(l->anchors[ANCHOR_CONFIGURED],
		    as_anchor(l->arena, first_text(x, l->configured), false), o,
		    true);
	if (rc == 0)
		rc = key(l->addresses, o->address, o, false);
	return rc == 0 ? key(l->upns, folded(l->arena, o->upn), o, false) : rc;
}

static void
keep_cloud(struct looking *l, const struct entry *x, struct seen_object *o)
{
	const struct value *on =
	    l->sync_on == 0 ? NULL : attrs_first(&x->attrs, l->sync_on);
	struct text id = first_text(x, l->immutable);

	o->cloud = true;
	o->anchor = text_dup(
	    l->arena, id.len > 0 ? id : first_text(x, l->source_anchor));
	/* what the synchronisation service reads back is mastered by one */
	o->synced = l->at->conf->kind_id == CONF_KIND_SYNC ||
		    (on != NULL && on->type == VALUE_BOOLEAN && on->boolean);
}

static int
take(struct looking *l, const struct entry *x)
{
	struct seen_object *o = arena_alloc(l->arena, sizeof(*o));
	struct text name = first_text(x, l->display);

	if (o == NULL || l->out->count >= MAX_OBJECTS)
		return o == NULL ? ERR_NOMEM : ERR_LIMIT;
	o->connector = l->at->name;
	o->type = names_text(l->names, x->type);
	o->dn = text_dup(l->arena, x->dn);
	o->name = text_dup(l->arena, name);
	o->upn = text_dup(l->arena, first_text(x, l->upn));
	o->address = primary_address(l, x);
	l->out->cloud += l->at->cloud;
	l->out->directory += !l->at->cloud;
	if (push(l->out, l->arena, o) < 0)
		return ERR_NOMEM;
	if (!l->at->cloud)
		return keep_directory(l, x, o);
	keep_cloud(l, x, o);
	l->out->synced += o->synced;
	return 0;
}

static int
take_batch(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct looking *l = ctx;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		if (list[i].kind == ENTRY_OBJECT)
			rc = take(l, &list[i]);
		else if (list[i].kind == ENTRY_ERROR)
			l->out->errors++;
	return rc < 0 ? err_set(e, rc, "%s", err_name(rc)) : 0;
}

/* ---- Reading a connector ---- */

/* What of it the directory has; 0: it has none such. */
static uint32_t
ask(struct looking *l, const struct schema *s, struct text name,
    uint32_t *wanted, size_t *n)
{
	uint32_t k = names_find_nocase(l->names, name);

	if (k == 0 || schema_find(s, k) == NULL)
		return 0;
	wanted[(*n)++] = k;
	return k;
}

/* objectGUID is octets; a file says what its anchor is. */
static bool
anchor_is_octets(const struct looking *l, const struct schema *s)
{
	const struct conf_connector *c = l->at->conf;
	uint32_t name = names_find_nocase(l->names, c->file.anchor);
	const struct schema_attr *attr =
	    name == 0 ? NULL : schema_find(s, name);

	if (c->kind_id != CONF_KIND_FILE)
		return c->kind_id == CONF_KIND_AD;
	return attr != NULL && attr->type == VALUE_BINARY;
}

static int
compare_names(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static size_t
choose(struct looking *l, const struct schema *s, uint32_t *wanted)
{
	struct text own = l->s->conf->default_rules.source_anchor;
	size_t n = 0, kept = 0;

	l->octets = anchor_is_octets(l, s);
	l->consistency = ask(l, s, TEXT("mS-DS-ConsistencyGuid"), wanted, &n);
	l->configured = own.len == 0 ? 0 : ask(l, s, own, wanted, &n);
	l->immutable = ask(l, s, TEXT("onPremisesImmutableId"), wanted, &n);
	l->source_anchor = ask(l, s, TEXT("sourceAnchor"), wanted, &n);
	l->sync_on = ask(l, s, TEXT("onPremisesSyncEnabled"), wanted, &n);
	l->upn = ask(l, s, TEXT("userPrincipalName"), wanted, &n);
	l->mail = ask(l, s, TEXT("mail"), wanted, &n);
	l->proxy = ask(l, s, TEXT("proxyAddresses"), wanted, &n);
	l->display = ask(l, s, TEXT("displayName"), wanted, &n);
	qsort(wanted, n, sizeof(*wanted), compare_names);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || wanted[kept - 1] != wanted[i])
			wanted[kept++] = wanted[i];
	return kept;
}

static int
read_partitions(struct looking *l, struct connector *c, const uint32_t *wanted,
    size_t n, struct err *e)
{
	struct entry_sink sink = {.entries = take_batch, .ctx = l};
	struct partition *list = NULL;
	size_t count = 0;
	int rc = c->kind->ops->partitions(c, &list, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct import_request req = {.partition = list[i].name,
		    .wanted = wanted,
		    .wanted_count = n};
		struct import_reply reply = {0};

		if (list[i].selected)
			rc = c->kind->ops->full_import(
			    c, &req, &sink, &reply, e);
	}
	return rc;
}

static int
read_connector(struct looking *l, size_t i, struct err *e)
{
	struct connector *c = NULL;
	struct schema *s = schema_new();
	uint32_t wanted[16];
	int rc = s == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			   : setup_connect(l->s, i, &c, e);

	l->at = &l->s->connectors[i];
	if (rc == 0)
		// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): opened
		rc = c->kind->ops->schema(c, s, e);
	if (rc == 0)
		rc = read_partitions(l, c, wanted, choose(l, s, wanted), e);
	if (c != NULL)
		c->kind->ops->close(c);
	(void)schema_free(s);
	return rc < 0 ? err_prefix(e, "%.*s", TEXT_ARGS(l->at->name)) : 0;
}

/* ---- Who is whom ---- */

static void
match_anchor(struct looking *l, struct seen_object *o)
{
	for (int k = ANCHOR_GUID; k < ANCHOR_KINDS && o->other == NULL; k++) {
		struct seen_object *d = map_get(l->anchors[k], o->anchor);

		if (d == NULL || d->other != NULL)
			continue;
		o->other = d;
		d->other = o;
		o->by = d->by = (enum anchor_of)k;
		l->out->by[k]++;
		l->out->not_consistency +=
		    k == ANCHOR_GUID && d->consistency.len > 0 &&
		    !text_equal(d->consistency, o->anchor);
		l->out->matched++;
	}
}

/* Users meet by either, groups and contacts by address alone. */
static struct seen_object *
by_address(struct looking *l, const struct seen_object *o, const char **how)
{
	struct seen_object *d = NULL;

	*how = "primary SMTP address";
	if (o->address.len > 0)
		d = map_get(l->addresses, o->address);
	if (d == NULL && o->upn.len > 0) {
		*how = "userPrincipalName";
		d = map_get(l->upns, folded(l->arena, o->upn));
	}
	return d;
}

static void
match_soft(struct looking *l, struct seen_object *o)
{
	const char *how;
	struct seen_object *d = by_address(l, o, &how);

	if (d == NULL || d->other != NULL)
		return;
	o->soft = d->soft = how;
	o->other = d;
	if (o->anchor.len > 0) {
		o->conflict = true;
		l->out->conflicts++;
	} else {
		d->other = o;
		l->out->soft++;
	}
}

static void
match_all(struct looking *l)
{
	struct picture *p = l->out;

	for (size_t i = 0; i < p->count; i++)
		if (p->items[i]->cloud && p->items[i]->anchor.len > 0)
			match_anchor(l, p->items[i]);
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i]->cloud && p->items[i]->other == NULL)
			match_soft(l, p->items[i]);
	for (size_t i = 0; i < p->count; i++) {
		const struct seen_object *o = p->items[i];

		p->twins += o->twin;
		p->cloud_alone +=
		    o->cloud && o->anchor.len > 0 && o->by == ANCHOR_NONE;
		p->directory_alone += !o->cloud && o->other == NULL;
	}
}

/* ---- All of it ---- */

static int
check_sides(const struct setup *s, struct err *e)
{
	size_t cloud = 0;

	for (size_t i = 0; i < s->connector_count; i++)
		cloud += s->connectors[i].cloud;
	if (cloud == 0)
		return err_set(e, ERR_CONFIG,
		    "no connector of the configuration leads to a cloud (kind "
		    "graph or sync)");
	if (cloud == s->connector_count)
		return err_set(e, ERR_CONFIG,
		    "no connector of the configuration leads to a directory");
	return 0;
}

/* Directories first: the cloud is looked up among them. */
static int
read_all(struct looking *l, struct err *e)
{
	int rc = 0;

	for (int cloud = 0; cloud < 2; cloud++)
		for (size_t i = 0; i < l->s->connector_count && rc == 0; i++)
			if (l->s->connectors[i].cloud == (cloud == 1))
				rc = read_connector(l, i, e);
	return rc;
}

int
directories_look(
    struct setup *s, struct arena *a, struct picture *out, struct err *e)
{
	struct looking l = {
	    .s = s, .arena = a, .out = out, .names = store_names(s->store)};
	bool made = true;
	int rc = check_sides(s, e);

	*out = (struct picture){0};
	for (int k = 0; k < ANCHOR_KINDS; k++)
		made = (l.anchors[k] = map_new(false)) != NULL && made;
	l.addresses = map_new(false);
	l.upns = map_new(false);
	made = made && l.addresses != NULL && l.upns != NULL;
	if (rc == 0 && !made)
		rc = err_set(e, ERR_NOMEM, "out of memory");
	if (rc == 0)
		rc = read_all(&l, e);
	if (rc == 0)
		match_all(&l);
	for (int k = 0; k < ANCHOR_KINDS; k++)
		l.anchors[k] = map_free(l.anchors[k]);
	l.addresses = map_free(l.addresses);
	l.upns = map_free(l.upns);
	return rc;
}

const char *
picture_anchor(const struct picture *p)
{
	const size_t *n = p->by;

	if (n[ANCHOR_CONFIGURED] > n[ANCHOR_GUID] + n[ANCHOR_CONSISTENCY])
		return "configured";
	if (n[ANCHOR_CONSISTENCY] > p->not_consistency)
		return "mS-DS-ConsistencyGuid";
	if (n[ANCHOR_GUID] > 0)
		return "objectGUID";
	return n[ANCHOR_CONFIGURED] > 0 ? "configured" : "";
}
