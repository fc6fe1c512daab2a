/* connectors/graph/object.c -- a JSON object of Graph to an entry. */
#include <stdio.h>
#include <string.h>

#include "connectors/graph/gconn_int.h"

int
gconn_property(const struct gconn *g, uint32_t name)
{
	for (size_t i = 0; i < property_count; i++)
		if (g->names[i] == name)
			return (int)i;
	return -1;
}

int
gconn_type(const struct gconn *g, uint32_t type)
{
	for (int i = 0; i < GT_COUNT; i++)
		if (g->types[i] == type)
			return i;
	return -1;
}

uint32_t
gconn_name(const struct gconn *g, const char *name)
{
	for (size_t i = 0; i < property_count; i++)
		if (strcmp(properties[i].name, name) == 0)
			return g->names[i];
	return 0;
}

int
gconn_intern(struct gconn *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < property_count && r == 0; i++)
		r = names_intern(
		    g->env.names, text_of(properties[i].name), &g->names[i]);
	for (int i = 0; i < GT_COUNT && r == 0; i++)
		r = names_intern(
		    g->env.names, text_of(gtypes[i].name), &g->types[i]);
	return r < 0 ? err_set(e, r, "names: %s", err_name(r)) : 0;
}

/* ---- What to ask for ---- */

void
selection_make(const struct gconn *g, const struct import_request *req,
    struct selection *out)
{
	*out = (struct selection){0};
	for (size_t i = 0; i < property_count; i++)
		out->on[i] = (properties[i].flags & PR_ALWAYS) != 0 ||
			     (req->wanted_count == 0 &&
				 (properties[i].flags & PR_ASKED) == 0);
	for (size_t i = 0; i < req->wanted_count; i++) {
		int row = gconn_property(g, req->wanted[i]);

		if (row >= 0)
			out->on[row] = true;
	}
}

const char *
selection_text(struct arena *a, const struct selection *s, enum gtype type)
{
	struct buf b;
	struct text t;
	bool extension = false;

	buf_init(&b, 16384);
	buf_puts(&b, type == GT_GROUP ? "id,uniqueName" : "id");
	for (size_t i = 0; i < property_count; i++) {
		const struct property *p = &properties[i];

		if (!s->on[i] || (p->on & (1U << type)) == 0)
			continue;
		if ((p->flags & PR_EXTENSION) != 0)
			extension = true;
		else if ((p->flags & PR_LINK) == 0 &&
			 ((p->flags & PR_ANCHOR) == 0 || type == GT_USER))
			buf_printf(&b, ",%s", p->name);
	}
	if (extension)
		buf_puts(&b, "," EXTENSION_OBJECT);
	t = text_dup(a, buf_text(&b));
	buf_clear(&b);
	return t.data;
}

/* ---- Reading ---- */

static int
wrong_value(struct entry *out, const char *name)
{
	out->kind = ENTRY_ERROR;
	(void)err_type(&out->err, ERR_TYPE, "invalid-attribute-value",
	    "%.*s: %s has a value of another type than Graph says",
	    TEXT_ARGS(out->anchor), name);
	return ERR_TYPE;
}

/* One JSON value, not a list; null adds nothing. */
static int
value_read(const struct gconn *g, struct arena *a, size_t row,
    const struct json *j, struct entry *out)
{
	struct text t;

	if (json_type(j) == JSON_NULL)
		return 0;
	if (properties[row].type == VALUE_BOOLEAN) {
		if (json_type(j) != JSON_BOOLEAN)
			return wrong_value(out, properties[row].name);
		return attrs_add(a, &out->attrs, g->names[row],
		    value_boolean(json_bool(j, false)));
	}
	if (json_type(j) != JSON_STRING)
		return wrong_value(out, properties[row].name);
	t = text_dup(a, json_text(j));
	if (t.data == NULL)
		return ERR_NOMEM;
	return attrs_add(a, &out->attrs, g->names[row], value_string(t));
}

static int
property_read(const struct gconn *g, struct arena *a, size_t row,
    const struct json *j, struct entry *out)
{
	int r = 0;

	if ((properties[row].flags & PR_MULTI) == 0)
		return value_read(g, a, row, j, out);
	if (json_type(j) != JSON_LIST && json_type(j) != JSON_NULL)
		return wrong_value(out, properties[row].name);
	for (size_t i = 0; i < json_count(j) && r == 0; i++) {
		const struct json *one = json_at(j, i);

		if ((properties[row].flags & PR_KEYS) != 0)
			one = json_get(one, "key");
		r = one != NULL ? value_read(g, a, row, one, out) : 0;
	}
	return r;
}

/* The manager came with the user by $expand. */
static int
manager_read(const struct gconn *g, struct arena *a, const struct json *j,
    struct entry *out)
{
	const struct json *m = json_get(j, "manager");
	struct text id = json_get_text(m, "id");
	struct text anchor;

	if (json_type(m) != JSON_OBJECT)
		return 0;
	if (!gurl_is_id(id))
		return wrong_value(out, "manager");
	anchor = member_anchor(g, a, m);
	if (anchor.len == 0 && json_get(m, "@odata.type") == NULL)
		anchor = anchor_format(a, GT_USER, id);
	if (anchor.data == NULL)
		return arena_failed(a) ? ERR_NOMEM : 0;
	return attrs_add(a, &out->attrs, gconn_name(g, "manager"),
	    value_reference_anchor(anchor));
}

/* Identity: anchor, DN and source anchor. */
static int
identity_read(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *j, struct entry *out)
{
	struct text id = json_get_text(j, "id"), source = TEXT("");
	int r = 0;

	if (!gurl_is_id(id)) {
		out->kind = ENTRY_ERROR;
		(void)err_type(&out->err, ERR_PROTOCOL,
		    "missing-anchor-component", "a %s without an id",
		    gtypes[type].name);
		return ERR_TYPE;
	}
	out->anchor = anchor_format(a, type, id);
	out->dn = text_of(arena_printf(a, "CN=%.*s", TEXT_ARGS(out->anchor)));
	if (type == GT_USER)
		source = text_dup(a, json_get_text(j, "onPremisesImmutableId"));
	else if (type == GT_GROUP)
		(void)source_of_unique(
		    a, json_get_text(j, "uniqueName"), &source);
	if (source.len > 0) {
		out->dn = dn_of_source(a, source);
		r = attrs_add(a, &out->attrs,
		    gconn_name(g, "onPremisesImmutableId"),
		    value_string(source));
	}
	return arena_failed(a) ? ERR_NOMEM : r;
}

static int
properties_read(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *j, struct entry *out)
{
	const struct json *extension = json_get(j, EXTENSION_OBJECT);
	int r = 0;

	for (size_t i = 0; i < property_count && r == 0; i++) {
		const struct property *p = &properties[i];

		if ((p->on & (1U << type)) == 0 ||
		    (p->flags & (PR_LINK | PR_ANCHOR)) != 0)
			continue;
		r = property_read(g, a, i,
		    json_get((p->flags & PR_EXTENSION) != 0 ? extension : j,
			p->name),
		    out);
	}
	return r;
}

int
object_read(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *j, struct entry *out)
{
	int r;

	*out = (struct entry){.kind = ENTRY_OBJECT, .type = g->types[type]};
	r = identity_read(g, a, type, j, out);
	if (r == 0)
		r = properties_read(g, a, type, j, out);
	if (r == 0 && type == GT_USER)
		r = manager_read(g, a, j, out);
	/* a bad value is this object's error, not the import's */
	return out->kind == ENTRY_ERROR ? 0 : r;
}

/* ---- Changes ---- */

/* An item of a delta query while it is read. */
struct changing {
	const struct gconn *g;
	struct arena *a;
	enum gtype type;
	const struct json *j;
	struct entry *out;
	uint32_t *removed; /* room for every property */
};

/* The attribute was told: where it has no value, it lost what it had. */
static void
told(struct changing *c, uint32_t name)
{
	if (attrs_find(&c->out->attrs, name) == NULL)
		c->removed[c->out->removed_count++] = name;
}

/* The source anchor, and with it the DN, where it is told. */
static int
identity_change(struct changing *c)
{
	static const char *const keys[GT_COUNT] = {
	    [GT_USER] = "onPremisesImmutableId", [GT_GROUP] = "uniqueName"};
	int r = identity_read(c->g, c->a, c->type, c->j, c->out);

	if (r == 0 && keys[c->type] != NULL && json_has(c->j, keys[c->type]))
		told(c, gconn_name(c->g, "onPremisesImmutableId"));
	else
		c->out->dn = TEXT("");
	return r;
}

static int
properties_change(struct changing *c)
{
	const struct json *extension = json_get(c->j, EXTENSION_OBJECT);
	int r = 0;

	for (size_t i = 0; i < property_count && r == 0; i++) {
		const struct property *p = &properties[i];
		bool inside = (p->flags & PR_EXTENSION) != 0;
		const struct json *value =
		    json_get(inside ? extension : c->j, p->name);

		if ((p->on & (1U << c->type)) == 0 ||
		    (p->flags & (PR_LINK | PR_ANCHOR)) != 0 ||
		    (inside ? extension : value) == NULL)
			continue;
		r = property_read(c->g, c->a, i, value, c->out);
		if (r == 0)
			told(c, c->g->names[i]);
	}
	return r;
}

/* "members@delta": those that came, and with "@removed" those that went. */
static int
links_change(struct changing *c, uint32_t name, const struct json *list)
{
	size_t n = json_count(list);
	struct change *ch = arena_alloc(c->a, sizeof(*ch));

	if (json_type(list) != JSON_LIST)
		return wrong_value(c->out, "a list of changed links");
	if (ch == NULL || n > UINT32_MAX)
		return ERR_NOMEM;
	*ch = (struct change){.name = name,
	    .add = arena_array(c->a, n + 1, sizeof(*ch->add)),
	    .del = arena_array(c->a, n + 1, sizeof(*ch->del))};
	if (ch->add == NULL || ch->del == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct json *j = json_at(list, i);
		struct text anchor = member_anchor(c->g, c->a, j);
		struct value v = value_reference_anchor(anchor);

		if (anchor.len == 0)
			continue; /* of a kind we do not import */
		if (json_has(j, "@removed"))
			ch->del[ch->del_count++] = v;
		else
			ch->add[ch->add_count++] = v;
	}
	if (ch->add_count + ch->del_count != 0)
		c->out->delta = (struct delta){
		    .op = DELTA_UPDATE, .changes = ch, .count = 1};
	return arena_failed(c->a) ? ERR_NOMEM : 0;
}

/* There is one manager: the one that came is it, whoever was it before. */
static int
manager_change(struct changing *c, const struct json *list)
{
	uint32_t name = gconn_name(c->g, "manager");
	int r = links_change(c, name, list);

	if (r < 0 || c->out->delta.count == 0 ||
	    c->out->delta.changes[0].add_count == 0)
		return r;
	r = attrs_add(
	    c->a, &c->out->attrs, name, c->out->delta.changes[0].add[0]);
	c->out->delta = (struct delta){0};
	return r;
}

static int
links_read(struct changing *c)
{
	const struct json *members = json_get(c->j, "members@delta");
	const struct json *manager = json_get(c->j, "manager@delta");

	if (c->type == GT_GROUP && members != NULL)
		return links_change(c, gconn_name(c->g, "members"), members);
	if (c->type == GT_USER && manager != NULL)
		return manager_change(c, manager);
	return 0;
}

int
change_read(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *j, struct entry *out)
{
	struct changing c = {.g = g, .a = a, .type = type, .j = j, .out = out};
	int r;

	*out = (struct entry){.kind = ENTRY_CHANGE};
	c.removed = arena_array(a, PROPERTY_MAX, sizeof(*c.removed));
	if (c.removed == NULL)
		return ERR_NOMEM;
	out->removed = c.removed;
	r = identity_change(&c);
	if (r == 0 && json_has(j, "@removed")) {
		out->kind = ENTRY_DELETED;
		return 0;
	}
	if (r == 0)
		r = properties_change(&c);
	if (r == 0)
		r = links_read(&c);
	return out->kind == ENTRY_ERROR ? 0 : r;
}

struct text
member_anchor(const struct gconn *g, struct arena *a, const struct json *j)
{
	struct text type = json_get_text(j, "@odata.type");
	struct text id = json_get_text(j, "id");

	if (!gurl_is_id(id))
		return (struct text){0};
	for (int i = 0; i < GT_COUNT; i++)
		if (text_is(type, gtypes[i].odata) &&
		    gconn_takes(g, (enum gtype)i))
			return anchor_format(a, (enum gtype)i, id);
	return (struct text){0};
}
