/* connectors/ldap/convert.c -- an entry off the wire to an entry of ours. */
#include "connectors/ldap/core.h"
#include "model/dn_binary.h"

#define ANCHOR_MAX_BYTES 398U /* docs/engine/model.md 8.2 */
#define NAMES_ROOM       5U   /* objectClass, the anchor, isDeleted, two more */

struct core_want {
	uint32_t name;
	enum value_type type;
	bool by_sid;
	struct text spelled;    /* as the server will, most likely */
	struct core_want *next; /* what came behind it the last time */
};

/* ---- What to ask for ---- */

static int
want_add(struct core_wants *w, struct core *c, struct text name, uint32_t id)
{
	const struct core_attr *attr = map_get(c->attrs, name);
	struct core_want *want;
	int r;

	if (map_get(w->by_name, name) != NULL)
		return 0;
	want = arena_alloc(w->arena, sizeof(*want));
	if (want == NULL)
		return ERR_NOMEM;
	want->name = id;
	want->type = attr != NULL ? attr->type : VALUE_STRING;
	want->by_sid = attr != NULL && attr->by_sid;
	want->spelled = attr != NULL ? attr->name : text_dup(w->arena, name);
	r = map_put(w->by_name, name, want);
	/* The server may answer with the first of its names for cn. */
	if (r == 0 && attr != NULL && map_get(w->by_name, attr->name) == NULL)
		r = map_put(w->by_name, attr->name, want);
	if (r == 0 && attr != NULL)
		w->list[w->count++] =
		    arena_strndup(w->arena, name.data, name.len);
	return r != 0 || arena_failed(w->arena) ? ERR_NOMEM : 0;
}

/* Entries of a directory name their attributes in one order: what followed the
 * one before is looked at first, and the map asked where that fails. */
struct core_order {
	struct core_want first; /* before all */
	struct core_want *last;
};

static const struct core_want *
want_of(const struct core_wants *w, struct text name)
{
	struct core_order *o = w->order;
	struct core_want *want = o->last->next;

	if (want == NULL || !text_equal(want->spelled, name)) {
		want = map_get(w->by_name, name);
		if (want == NULL)
			return NULL;
		o->last->next = want;
	}
	o->last = want;
	return want;
}

/* Asked for without being wanted: what we need ourselves. */
int
core_wants_need(struct core_wants *w, struct text name)
{
	if (map_get(w->by_name, name) != NULL)
		return 0;
	w->list[w->count] = arena_strndup(w->arena, name.data, name.len);
	return w->list[w->count++] != NULL ? 0 : ERR_NOMEM;
}

int
core_wants_init(struct core_wants *w, struct core *c,
    const struct import_request *req, struct err *e)
{
	const struct conf_texts *more = &c->conf->attributes;
	size_t room = req->wanted_count + more->count + NAMES_ROOM + 1;
	int r = 0;

	*w = (struct core_wants){
	    .arena = arena_new(0), .by_name = map_new(true)};
	if (w->arena == NULL || w->by_name == NULL)
		return ERR_NOMEM;
	w->list = arena_array(w->arena, room, sizeof(char *));
	w->order = arena_alloc(w->arena, sizeof(*w->order));
	if (w->list == NULL || w->order == NULL)
		return ERR_NOMEM;
	w->order->last = &w->order->first;
	for (size_t i = 0; r == 0 && i < req->wanted_count; i++) {
		struct text name = names_text(c->env.names, req->wanted[i]);

		if (!text_is(name, "dn"))
			r = want_add(w, c, name, req->wanted[i]);
	}
	for (size_t i = 0; r == 0 && i < more->count; i++) {
		uint32_t id = 0;

		if (map_get(c->attrs, more->items[i]) == NULL)
			return err_type(e, ERR_CONFIG,
			    "no-start-bad-ma-configuration",
			    "attributes: \"%.*s\" is not in the directory's "
			    "schema",
			    TEXT_ARGS(more->items[i]));
		r = names_intern_nocase(c->env.names, more->items[i], &id);
		if (r == 0)
			r = want_add(w, c, more->items[i], id);
	}
	if (r == 0)
		r = core_wants_need(w, TEXT("objectClass"));
	if (r == 0 && c->flavour->dead_attr != NULL)
		r = core_wants_need(w, text_of(c->flavour->dead_attr));
	return r == 0 ? core_wants_need(w, c->conf->anchor) : r;
}

void
core_wants_clear(struct core_wants *w)
{
	w->arena = arena_free(w->arena);
	w->by_name = map_free(w->by_name);
}

/* ---- Values ---- */

static void
fail(struct entry *out, const char *type, const struct ldap_attr *attr,
    const char *why)
{
	out->kind = ENTRY_ERROR;
	(void)err_type(&out->err, ERR_TYPE, type, "%.*s: %.*s: %s",
	    TEXT_ARGS(out->dn), TEXT_ARGS(attr->name), why);
}

static const char *
fail_type(enum value_type type)
{
	switch (type) {
	case VALUE_INTEGER:
		return "invalid-numeric-value";
	case VALUE_BOOLEAN:
		return "invalid-boolean-value";
	case VALUE_REFERENCE:
		return "invalid-reference-value";
	case VALUE_STRING:
	case VALUE_BINARY:
	case VALUE_DN_BINARY:
		break;
	}
	return "invalid-attribute-value";
}

int
core_dn_binary(
    struct core *c, struct arena *a, struct text raw, struct value *out)
{
	struct text none = {NULL, 0}, octets, dn = none;
	struct dn_binary b;
	struct value of = {.by = REF_DN};
	int r = dn_binary_split(raw, &b);

	if (r == 0)
		r = c->flavour->name(a, b.dn, &dn, &of);
	if (r != 1)
		return r;
	r = hex_decode(a, b.hex, &octets, NULL);
	if (r == 0)
		r = dn_binary_make(
		    a, octets, dn, of.by == REF_ANCHOR ? of.text : none, out);
	return r == 0 ? 1 : r;
}

/* 1: *out is a value; 0: none worth having; negative: out of memory, or the
 * entry is an error now. */
static int
value_convert(struct core *c, struct arena *a, enum value_type type,
    struct text raw, struct value *out)
{
	struct text dn, copy;

	if (type == VALUE_REFERENCE)
		return c->flavour->name(a, raw, &dn, out);
	if (type == VALUE_DN_BINARY)
		return core_dn_binary(c, a, raw, out);
	if (raw.len == 0 && (type == VALUE_STRING || type == VALUE_BINARY))
		return 0;
	copy = text_dup(a, raw);
	if (copy.data == NULL)
		return ERR_NOMEM;
	return value_parse(type, copy, out, NULL) == 0 ? 1 : ERR_TYPE;
}

int
core_values(struct core *c, const struct core_wants *w, struct text name,
    const struct ldap_attr *attr, struct arena *a, struct core_values *out)
{
	const struct core_want *want = want_of(w, name);

	*out = (struct core_values){.count = 0};
	if (want == NULL)
		return 0;
	out->name = want->name;
	out->type = want->type;
	out->list = arena_raw(a, attr->count, sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < attr->count; i++) {
		struct value *v = &out->list[out->count];
		int r =
		    want->by_sid
			? c->flavour->sid_object(c, a, attr->values[i], v, NULL)
			: value_convert(c, a, want->type, attr->values[i], v);

		if (r < 0)
			return r;
		out->count += r == 1;
	}
	return 1;
}

void
core_values_fail(const struct core_values *v, const struct ldap_attr *attr,
    struct entry *out)
{
	fail(out, fail_type(v->type), attr,
	    "a value does not have the type of the schema");
}

static int
attr_convert(struct core *c, const struct core_wants *w,
    const struct ldap_attr *attr, struct arena *a, struct entry *out)
{
	struct core_values v;
	int r = core_values(c, w, attr->name, attr, a, &v);

	if (r == ERR_TYPE) {
		core_values_fail(&v, attr, out);
		return 0;
	}
	if (r <= 0)
		return r;
	dn_binary_settle(v.list, v.count, out->anchor, out->dn);
	return v.count != 0
		   ? attrs_share(a, &out->attrs, v.name, v.list, v.count)
		   : 0;
}

/* ---- The entry ---- */

static int
anchor_convert(struct core *c, const struct ldap_item *item, struct arena *a,
    struct entry *out)
{
	struct ldap_attr none = {.name = c->conf->anchor};
	const struct ldap_attr *attr =
	    ldap_item_find(item, c->conf->anchor.data);

	if (attr == NULL || attr->count == 0 || attr->values[0].len == 0) {
		fail(out, "missing-anchor-component", &none,
		    "the anchor is missing, or the bound user may not read it");
		return 0;
	}
	if (attr->count > 1)
		fail(out, "multi-valued-anchor-component", attr,
		    "the anchor has more than one value");
	else if (attr->values[0].len > ANCHOR_MAX_BYTES)
		fail(out, "anchor-too-long", attr, "the anchor is too long");
	out->anchor = text_dup(a, attr->values[0]);
	return out->anchor.data != NULL ? 0 : ERR_NOMEM;
}

static int
attrs_convert(struct core *c, const struct core_wants *w,
    const struct ldap_item *item, struct arena *a, struct entry *out)
{
	int r = 0;

	for (size_t i = 0;
	     r == 0 && out->kind == ENTRY_OBJECT && i < item->count; i++)
		if (item->attrs[i].count != 0)
			r = attr_convert(c, w, &item->attrs[i], a, out);
	return r;
}

int
core_convert(struct core *c, const struct core_wants *w,
    const struct scope *scope, const struct ldap_item *item, struct arena *a,
    struct entry *out)
{
	const struct ldap_attr *oc = ldap_item_find(item, "objectClass");
	const struct core_class *class = NULL;
	struct text key;
	int r;

	*out = (struct entry){.kind = ENTRY_OBJECT};
	r = c->flavour->name(a, item->dn, &out->dn, NULL);
	if (r <= 0 ||
	    (c->flavour->is_dead != NULL && c->flavour->is_dead(item)))
		return r < 0 ? r : 0;
	if (scope != NULL) {
		if (dn_key(a, out->dn, &key) != 0)
			return ERR_NOMEM;
		if (!scope_includes(scope, key))
			return 0;
	}
	r = anchor_convert(c, item, a, out);
	if (r != 0)
		return r;
	if (oc == NULL) {
		struct ldap_attr none = {.name = TEXT("objectClass")};

		fail(out, "missing-object-class", &none,
		    "it is missing, or the bound user may not read it");
		return 1;
	}
	r = core_class_of(c, oc, &class);
	if (r != 0 || class == NULL || !class->selected)
		return r;
	out->type = class->type;
	r = attrs_convert(c, w, item, a, out);
	return r != 0 ? r : 1;
}
