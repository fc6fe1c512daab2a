/* connectors/graph/body.c -- changes of an object to the body of a PATCH. */
#include <string.h>

#include "connectors/graph/gconn_int.h"

/* ---- What the service would refuse ---- */

static size_t
characters(struct text t)
{
	size_t n = 0, pos = 0;

	while (pos < t.len) {
		/* UTF-16 units, as the service counts */
		n += utf8_next(t, &pos) > 0xffff ? 2 : 1;
	}
	return n;
}

static bool
upn_character(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || strchr("'.-_!#^~", c) != NULL;
}

static const char *
upn_fault(struct text t)
{
	const char *at = memchr(t.data, '@', t.len);
	size_t local;

	if (at == NULL)
		return "has no @";
	local = (size_t)(at - t.data);
	if (local == 0 || local > 64)
		return "has not 1 to 64 characters before the @";
	if (t.len - local - 1 == 0 || t.len - local - 1 > 48)
		return "has not 1 to 48 characters behind the @";
	if (t.data[0] == '.' || t.data[local - 1] == '.')
		return "begins or ends with a dot before the @";
	for (size_t i = 0; i < t.len; i++)
		if (i != local &&
		    (t.data[i] == '\0' || !upn_character(t.data[i])))
			return "holds a character that is not allowed";
	return NULL;
}

static int
value_check(const struct property *p, struct text t, struct err *e)
{
	const char *fault;

	if (!text_is_utf8(t))
		return err_type(e, ERR_REJECTED, "invalid-attribute-value",
		    "%s is not UTF-8", p->name);
	if (strcmp(p->name, "userPrincipalName") == 0) {
		fault = upn_fault(t);
		if (fault != NULL)
			return err_type(e, ERR_REJECTED,
			    "IdentityDataValidationFailed", "%s \"%.*s\" %s",
			    p->name, TEXT_ARGS(t), fault);
	}
	if (p->max != 0 && characters(t) > p->max)
		return err_type(e, ERR_REJECTED, "ExceededAllowedLength",
		    "%s has %zu characters, %zu are allowed", p->name,
		    characters(t), p->max);
	if ((p->flags & PR_ANCHOR) != 0 &&
	    (memchr(t.data, '$', t.len) != NULL ||
		memchr(t.data, '_', t.len) != NULL))
		return err_type(e, ERR_REJECTED, "invalid-attribute-value",
		    "%s may not hold $ or _", p->name);
	return 0;
}

/* ---- Values ---- */

static int
value_json(const struct property *p, const struct value *v, struct json **out,
    struct err *e)
{
	int r;

	if (v->type != p->type)
		return err_type(e, ERR_REJECTED, "invalid-attribute-value",
		    "%s: a %s where Graph wants a %s", p->name,
		    value_type_name(v->type), value_type_name(p->type));
	if (v->type == VALUE_BOOLEAN) {
		*out = json_new_bool(v->boolean);
		return 0;
	}
	r = value_check(p, v->text, e);
	if (r < 0)
		return r;
	*out = json_new_text(v->text);
	return 0;
}

/* A list replaces the whole: what is there, less what goes, and what comes. */
static int
list_json(const struct gconn *g, const struct property *p,
    const struct export_item *it, const struct change *c, struct json **out,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	struct change copy = *c;
	struct delta only = {.op = DELTA_UPDATE, .changes = &copy, .count = 1};
	struct attrs now = {0};
	const struct attr *was, *is;
	int r = a == NULL ? ERR_NOMEM : 0;

	(void)g;
	was = it->image != NULL ? attrs_find(it->image, c->name) : NULL;
	if (r == 0 && was != NULL)
		r = attrs_set(a, &now, c->name, was->values, was->count);
	if (r == 0)
		r = delta_apply(a, &now, &only);
	if (r < 0)
		return err_set(e, r, "%s: %s", p->name, err_name(r));
	*out = json_new_list();
	is = attrs_find(&now, c->name);
	for (uint32_t i = 0; is != NULL && i < is->count; i++) {
		struct json *v = NULL;

		r = value_json(p, &is->values[i], &v, e);
		if (r < 0) {
			*out = json_free(*out);
			return r;
		}
		json_push(*out, v);
	}
	return 0;
}

static int
change_json(const struct gconn *g, const struct property *p,
    const struct export_item *it, const struct change *c, struct json **out,
    struct err *e)
{
	if ((p->flags & PR_MULTI) != 0)
		return list_json(g, p, it, c, out, e);
	if (c->add_count > 1)
		return err_type(e, ERR_REJECTED, "invalid-attribute-value",
		    "%s takes one value, not %u", p->name, c->add_count);
	if (c->add_count == 1)
		return value_json(p, &c->add[0], out, e);
	*out = json_new_null();
	return 0;
}

/* ---- Extension attributes: one object, sent with all that is known ---- */

static int
extension_json(const struct gconn *g, const struct export_item *it, size_t row,
    struct json *object, struct err *e)
{
	const struct property *p = &properties[row];
	const struct change *c = delta_find(&it->delta, g->names[row]);
	const struct value *was;
	struct json *v = NULL;
	int r;

	if (c != NULL) {
		r = change_json(g, p, it, c, &v, e);
		if (r < 0)
			return r;
	} else {
		was = it->image != NULL ? attrs_first(it->image, g->names[row])
					: NULL;
		/* not null: what was never read is not ours to clear */
		if (was == NULL)
			return 0;
		v = json_new_text(was->text);
	}
	json_set(object, p->name, v);
	return 0;
}

static int
extensions_json(const struct gconn *g, const struct export_item *it,
    struct json *body, struct err *e)
{
	struct json *object = json_new_object();
	bool changed = false;
	int r = 0;

	for (size_t i = 0; i < property_count && r == 0; i++) {
		if ((properties[i].flags & PR_EXTENSION) == 0)
			continue;
		changed |= delta_find(&it->delta, g->names[i]) != NULL;
		r = extension_json(g, it, i, object, e);
	}
	if (r == 0 && changed)
		json_set(body, EXTENSION_OBJECT, object);
	else
		json_free(object);
	return r;
}

/* ---- The body ---- */

/* The source anchor is for ever: 0 where this sets what is there, or what is
 * not there yet. */
static int
anchor_check(enum gtype type, const struct export_item *it,
    const struct change *c, struct err *e)
{
	const struct value *was =
	    it->image != NULL ? attrs_first(it->image, c->name) : NULL;

	if (it->op == DELTA_ADD || c->add_count == 0)
		return 0;
	if (was != NULL && value_equal(was, &c->add[0]))
		return 0;
	if (was == NULL && type == GT_USER)
		return 0;
	return err_type(e, ERR_REJECTED, "ImmutableIdChange",
	    "the source anchor of a %s cannot be changed to \"%.*s\"",
	    gtypes[type].name, TEXT_ARGS(c->add[0].text));
}

static int
change_add(const struct gconn *g, enum gtype type, const struct export_item *it,
    const struct change *c, struct json *body, struct err *e)
{
	int row = gconn_property(g, c->name);
	struct text name = names_text(g->env.names, c->name);
	const struct property *p = row >= 0 ? &properties[row] : NULL;
	struct json *v = NULL;
	int r = 0;

	if (p == NULL || (p->on & (1U << type)) == 0)
		return err_type(e, ERR_REJECTED, "schema-violation",
		    "Graph has no property %.*s on a %s", TEXT_ARGS(name),
		    gtypes[type].name);
	if ((p->flags & PR_ANCHOR) != 0)
		r = anchor_check(type, it, c, e);
	if (r < 0 || ((p->flags & PR_ANCHOR) != 0 && type == GT_GROUP))
		return r; /* a group's goes by its uniqueName */
	/* of one that is restored it comes back by itself */
	if ((p->write & (1U << type)) == 0 && it->op == DELTA_ADD &&
	    it->anchor.len != 0)
		return 0;
	if ((p->write & (1U << type)) == 0)
		return err_type(e, ERR_REJECTED, "schema-violation",
		    "%s of a %s cannot be written by Graph", p->name,
		    gtypes[type].name);
	if ((p->flags & (PR_LINK | PR_EXTENSION)) != 0)
		return 0;
	r = change_json(g, p, it, c, &v, e);
	if (r == 0)
		json_set(body, p->name, v);
	return r;
}

int
object_body(struct gconn *g, enum gtype type, const struct export_item *it,
    struct json **out, struct err *e)
{
	CLEANUP(json_freep)
	struct json *body = json_new_object();
	int r = 0;

	if (body == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (uint32_t i = 0; i < it->delta.count && r == 0; i++)
		r = change_add(g, type, it, &it->delta.changes[i], body, e);
	if (r == 0 && type == GT_USER)
		r = extensions_json(g, it, body, e);
	if (r == 0)
		*out = TAKE_PTR(body);
	return r;
}
