/* connectors/sync/item.c -- an item of the engine to what is sent of it. */
#include <string.h>

#include "connectors/sync/sync_int.h"

static int
oom(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- Anchors ---- */

static struct text
text_added(
    const struct sconn *s, const struct export_item *it, const char *name)
{
	int row = sattr_find(text_of(name));
	const struct change *c = delta_find(&it->delta, s->names[row]);

	if (c == NULL || c->add_count != 1 || c->add[0].type != VALUE_STRING)
		return TEXT("");
	return c->add[0].text;
}

static int
source_find(
    const struct sconn *s, struct arena *a, struct work *w, struct err *e)
{
	struct text set = text_added(s, w->it, "sourceAnchor");

	if (!source_of_dn(a, w->it->dn, &w->source))
		w->source = w->it->op == DELTA_ADD ? set : TEXT("");
	if (w->it->delta.new_dn.len > 0 ||
	    (set.len > 0 && !text_equal(set, w->source)))
		return err_type(e, ERR_REJECTED, "ImmutableIdChange",
		    "the source anchor of a %s cannot be changed from "
		    "\"%.*s\" to \"%.*s\"",
		    stypes[w->type].name, TEXT_ARGS(w->source), TEXT_ARGS(set));
	if (w->source.len == 0 || w->source.len > 59 ||
	    !text_is_utf8(w->source))
		return err_type(e, ERR_REJECTED, "missing-anchor-component",
		    "no source anchor of 1 to 59 octets");
	return 0;
}

/* "CN=User_<id>": of an object that has no source anchor. */
static bool
cloud_anchor_of_dn(struct text dn, struct text *out)
{
	const char *mark = dn.len > 3 ? memchr(dn.data, '_', dn.len) : NULL;
	struct text type;

	if (mark == NULL || !text_starts_nocase(dn, "CN="))
		return false;
	type = (struct text){dn.data + 3, (size_t)(mark - dn.data) - 3};
	if (stype_of_wire(type) < 0)
		return false;
	*out = (struct text){dn.data + 3, dn.len - 3};
	return true;
}

static int
link_make(struct arena *a, const struct value *v, bool remove, struct link *out,
    struct err *e)
{
	out->remove = remove;
	if (v->by != REF_DN || (!source_of_dn(a, v->text, &out->anchor) &&
				   !cloud_anchor_of_dn(v->text, &out->anchor)))
		return err_type(e, ERR_REJECTED, "ReferenceNotFound",
		    "it refers to \"%.*s\", which has no anchor",
		    TEXT_ARGS(v->text));
	out->cloud = cloud_anchor_of_dn(v->text, &out->anchor);
	if (!out->cloud)
		(void)source_of_dn(a, v->text, &out->anchor);
	return 0;
}

/* ---- Values ---- */

/* Members: what came, then what went. */
static int
links_make(
    struct arena *a, struct work *w, struct work_attr *out, struct err *e)
{
	const struct change *c = out->change;
	size_t n = (size_t)c->add_count + c->del_count;
	struct link *list = arena_array(a, n + 1, sizeof(*list));
	int r = 0;

	if (list == NULL)
		return oom(e);
	for (size_t i = 0; i < n && r == 0; i++) {
		bool remove = i >= c->add_count;

		r = link_make(a,
		    remove ? &c->del[i - c->add_count] : &c->add[i], remove,
		    &list[i], e);
	}
	out->links = list;
	out->count = n;
	w->links += n;
	return r;
}

/* References as the source anchors of their targets: all of a list. */
static int
anchors_make(const struct export_item *it, struct arena *a,
    struct work_attr *out, struct err *e)
{
	const struct change *c = out->change;
	const struct attr *whole =
	    it->whole == NULL ? NULL : attrs_find(it->whole, c->name);
	const struct value *from = whole != NULL ? whole->values : c->add;
	uint32_t n = whole != NULL ? whole->count : c->add_count;
	struct value *list = arena_array(a, n + 1, sizeof(*list));
	struct link link = {0};
	int r = 0;

	if (list == NULL)
		return oom(e);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		r = link_make(a, &from[i], false, &link, e);
		if (r == 0 && link.cloud)
			r = err_type(e, ERR_REJECTED, "ReferenceNotFound",
			    "%s refers to %.*s, which has no source anchor",
			    out->at->name, TEXT_ARGS(link.anchor));
		list[i] = value_string(link.anchor);
	}
	out->values = list;
	out->count = n;
	return r;
}

/* What the attribute will hold: a list is always told as a whole. */
static int
whole_make(const struct export_item *it, struct arena *a, struct work_attr *out,
    struct err *e)
{
	const struct change *c = out->change;
	const struct attr *was = it->image == NULL || !out->at->multi
				     ? NULL
				     : attrs_find(it->image, c->name);
	struct attrs set = {0};
	const struct attr *now;
	struct delta d = {.op = DELTA_UPDATE, .count = 1};
	struct change copy = *c;
	int r = 0;

	d.changes = &copy;
	if (was != NULL)
		r = attrs_set(a, &set, c->name, was->values, was->count);
	if (r == 0 && out->at->multi)
		r = delta_apply(a, &set, &d);
	if (r < 0)
		return err_set(e, r, "%s: %s", out->at->name, err_name(r));
	now = attrs_find(&set, c->name);
	out->values =
	    out->at->multi ? (now == NULL ? NULL : now->values) : c->add;
	out->count =
	    out->at->multi ? (now == NULL ? 0 : now->count) : c->add_count;
	return 0;
}

/* Members come and go one by one; other lists of references come as a whole
 * (see refs_whole). */
static int
attr_make(const struct sconn *s, struct arena *a, struct work *w,
    struct work_attr *out, struct err *e)
{
	const struct sattr *at = out->at;
	int r;

	(void)s;
	if (at->type == VALUE_REFERENCE && strcmp(at->name, "member") == 0)
		return links_make(a, w, out, e);
	r = at->type == VALUE_REFERENCE ? anchors_make(w->it, a, out, e)
					: whole_make(w->it, a, out, e);
	return r < 0 ? r : values_check(at, out->values, out->count, e);
}

static int
attr_find(const struct sconn *s, const struct work *w, const struct change *c,
    const struct sattr **out_at, struct err *e)
{
	struct text name = names_text(s->env.names, c->name);
	int row = sconn_attr(s, c->name);
	const struct sattr *at = row < 0 ? NULL : sconn_row(s, (size_t)row);

	*out_at = at;
	if (at == NULL || (at->on & (1U << w->type)) == 0)
		return err_type(e, ERR_REJECTED, "schema-violation",
		    "the service has no attribute %.*s on a %s",
		    TEXT_ARGS(name), stypes[w->type].name);
	if (at->service)
		return err_type(e, ERR_REJECTED, "schema-violation",
		    "%.*s is set by the service alone", TEXT_ARGS(name));
	return 0;
}

/* Of an object that is restored: the service sets it again. */
static bool
comes_back(const struct sconn *s, const struct work *w, const struct change *c)
{
	int row = sconn_attr(s, c->name);

	return w->it->op == DELTA_ADD && w->it->anchor.len != 0 && row >= 0 &&
	       sconn_row(s, (size_t)row)->service;
}

static int
attrs_make(
    const struct sconn *s, struct arena *a, struct work *w, struct err *e)
{
	const struct delta *d = &w->it->delta;
	int r = 0;

	w->attrs = arena_array(a, d->count + 1, sizeof(*w->attrs));
	if (w->attrs == NULL)
		return oom(e);
	for (uint32_t i = 0; i < d->count && r == 0; i++) {
		struct work_attr *at = &w->attrs[w->attr_count];

		if (comes_back(s, w, &d->changes[i]))
			continue;
		r = attr_find(s, w, &d->changes[i], &at->at, e);
		if (r < 0 || strcmp(at->at->name, "sourceAnchor") == 0)
			continue; /* it goes first, with every item */
		at->change = &d->changes[i];
		r = attr_make(s, a, w, at, e);
		w->attr_count++;
	}
	return r;
}

int
item_make(const struct sconn *s, struct arena *a, struct work *w, struct err *e)
{
	int r = item_possible(s, w->it, e);

	if (r < 0)
		return r;
	w->type = (enum stype)sconn_type(s, w->it->type);
	r = source_find(s, a, w, e);
	if (r < 0 || w->it->op == DELTA_DELETE)
		return r;
	return attrs_make(s, a, w, e);
}

/* ---- Written ---- */

static void
type_put(struct nbfx_writer *w, const char *type)
{
	nbfx_put_attr(w, TEXT("i"), TEXT("type"), text_of(type));
	if (type[0] == 'd')
		soap_ns(w, "d", SOAP_NS_XSD);
}

static void
value_put(struct nbfx_writer *w, const struct value *v)
{
	switch (v->type) {
	case VALUE_BINARY:
		nbfx_put_octets(w, v->text);
		break;
	case VALUE_INTEGER:
		nbfx_put_int(w, v->integer);
		break;
	case VALUE_BOOLEAN:
		nbfx_put_bool(w, v->boolean);
		break;
	case VALUE_STRING:
	case VALUE_REFERENCE:
	case VALUE_DN_BINARY:
		nbfx_put_text(w, v->text);
		break;
	}
}

static void
list_put(struct nbfx_writer *w, const struct work_attr *at)
{
	bool octets = at->at->type == VALUE_BINARY;

	type_put(w, octets ? "c:ArrayOfbase64Binary" : "c:ArrayOfstring");
	for (size_t i = 0; i < at->count; i++) {
		soap_begin(w, "c", octets ? "base64Binary" : "string");
		value_put(w, &at->values[i]);
		nbfx_end(w);
	}
}

static void
values_put(struct nbfx_writer *w, const struct work_attr *at)
{
	static const char *const types[] = {
	    [VALUE_STRING] = "d:string",
	    [VALUE_INTEGER] = "d:long",
	    [VALUE_BOOLEAN] = "d:boolean",
	    [VALUE_BINARY] = "d:base64Binary",
	    [VALUE_REFERENCE] = "d:string",
	};
	const struct sattr *row = at->at;

	if (at->count == 0) {
		nbfx_put_attr(w, TEXT("i"), TEXT("nil"), TEXT("true"));
	} else if (row->multi && !(row->open && at->count == 1)) {
		list_put(w, at);
	} else {
		type_put(w, types[row->type]);
		value_put(w, &at->values[0]);
	}
}

/* The members of a new object: a list, where all have source anchors. */
static bool
is_list(const struct work *w, const struct work_attr *at)
{
	if (w->it->op != DELTA_ADD || w->begun)
		return false;
	for (size_t i = 0; i < at->count; i++)
		if (at->links[i].cloud)
			return false;
	return true;
}

static void
link_put(struct nbfx_writer *w, const struct link *l)
{
	soap_begin(w, "", "SyncReferenceChange");
	soap_begin(w, "", "Reference");
	soap_text(w, "", "Anchor", l->anchor);
	soap_int(w, "", "referenceTypeInt", l->cloud ? 1 : 2);
	nbfx_end(w);
	soap_int(w, "", "operationInt", l->remove ? 2 : 1);
	nbfx_end(w);
}

/* Those of the request at hand. */
static void
links_put(
    struct nbfx_writer *w, const struct work *work, const struct work_attr *at)
{
	size_t end = work->sent + work->now;
	bool list = is_list(work, at);

	type_put(w, list ? "c:ArrayOfstring" : "SyncReferenceChangeCollection");
	if (!list) {
		soap_begin(w, "", "referenceChanges");
		soap_ns(w, "", SOAP_NS_AWS);
	}
	for (size_t i = work->sent; i < end && i < at->count; i++)
		if (list)
			soap_text(w, "c", "string", at->links[i].anchor);
		else
			link_put(w, &at->links[i]);
	if (!list)
		nbfx_end(w);
}

static void
pair_begin(struct nbfx_writer *w, const char *key)
{
	soap_begin(w, "c", "KeyValueOfstringanyType");
	soap_text(w, "c", "Key", text_of(key));
	soap_begin(w, "c", "Value");
}

static void
pair_end(struct nbfx_writer *w)
{
	nbfx_end(w);
	nbfx_end(w);
}

/* A part that follows of a large group has its members alone. */
static void
attr_put(
    struct nbfx_writer *w, const struct work *work, const struct work_attr *at)
{
	if (at->links == NULL ? work->begun : work->now == 0)
		return;
	pair_begin(w, at->at->name);
	if (at->links != NULL)
		links_put(w, work, at);
	else
		values_put(w, at);
	pair_end(w);
}

static void
item_write(struct nbfx_writer *w, const struct work *work)
{
	bool gone = work->it->op == DELTA_DELETE;

	soap_begin(w, "b", "AzureADSyncObject");
	soap_begin(w, "b", "PropertyValues");
	soap_ns(w, "c", SOAP_NS_ARRAYS);
	pair_begin(w, "SourceAnchor");
	type_put(w, "d:string");
	nbfx_put_text(w, work->source);
	pair_end(w);
	for (size_t i = 0; i < work->attr_count && !gone; i++)
		attr_put(w, work, &work->attrs[i]);
	nbfx_end(w);
	soap_text(w, "b", "SyncObjectType", text_of(stypes[work->type].wire));
	/* Set makes what is not there, so that it may be repeated */
	soap_text(w, "b", "SyncOperation", gone ? TEXT("Delete") : TEXT("Set"));
	nbfx_end(w);
}

void
parcel_write(struct nbfx_writer *w, void *ctx)
{
	const struct parcel *p = ctx;

	soap_begin(w, "", "syncRequest");
	soap_ns(w, "b", SOAP_NS_OBJ);
	soap_ns(w, "i", SOAP_NS_XSI);
	soap_begin(w, "b", "SyncObjects");
	for (size_t i = 0; i < p->count; i++)
		item_write(w, p->works[i]);
	nbfx_end(w);
	nbfx_end(w);
}
