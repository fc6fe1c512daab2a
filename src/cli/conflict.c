/* cli/conflict.c -- who holds the value that an object wants; see explain.h. */
#include "base/fold.h"
#include "cli/explain.h"

/* Attributes that are unique in a directory, the error's own first. */
static const char *const unique[] = {"userPrincipalName", "proxyAddresses",
    "mail", "mailNickname", "onPremisesImmutableId", "sourceAnchor",
    "sAMAccountName"};

static bool
holds(const struct attr *a, const struct value *v)
{
	for (uint32_t i = 0; a != NULL && i < a->count; i++)
		if (a->values[i].type == v->type &&
		    (v->type == VALUE_STRING
			    ? fold_equal(a->values[i].text, v->text)
			    : value_equal(&a->values[i], v)))
			return true;
	return false;
}

static int64_t
holder_of(const struct session *s, const struct cs_object *o, uint32_t name,
    const struct value *v)
{
	int64_t room[16];
	struct ids ids = {.id = room, .max = 16};
	struct cs_search q = {.connector = o->connector,
	    .name = name,
	    .value = show_value_text(s, v),
	    .which = CS_EVERY};

	if (cs_search(s->setup.store, &q, &ids, NULL) < 0)
		return 0;
	for (size_t i = 0; i < ids.count; i++) {
		struct cs_object other;

		if (ids.id[i] != o->id &&
		    cs_get(s->setup.store, s->setup.arena, ids.id[i], CS_IMAGE,
			&other, NULL) == 0 &&
		    holds(attrs_find(&other.image, name), v))
			return other.id;
	}
	return 0;
}

/* What of the attribute waits to be sent, or was sent and not seen since: the
 * directory may have taken another value for it. */
static const struct change *
wanted(const struct cs_object *o, uint32_t name)
{
	const struct delta *layers[] = {
	    &o->unapplied, &o->escrowed, &o->unconfirmed};
	const struct change *c = NULL;

	for (size_t i = 0; i < 3 && c == NULL && name != 0; i++)
		c = delta_find(layers[i], name);
	return c;
}

/* Every value that is wanted. */
static int64_t
by_attribute(const struct session *s, const struct cs_object *o, uint32_t name,
    struct text *out_value)
{
	const struct change *c = wanted(o, name);

	for (uint32_t i = 0; c != NULL && i < c->add_count; i++) {
		int64_t id = holder_of(s, o, name, &c->add[i]);

		if (id != 0) {
			*out_value = show_value_text(s, &c->add[i]);
			return id;
		}
	}
	return 0;
}

/* ---- Asking the directory ---- */

#define ASKED_MAX 40U /* values; each is a few requests */

/* One that asks. */
struct asking {
	struct session *s;
	struct connector *c;
	const struct cs_object *o;
	struct connector_holder *out;
	struct text *out_value;
	size_t asked;
};

static int
ask_attribute(struct asking *x, uint32_t name)
{
	const struct change *c = wanted(x->o, name);
	int r = 0;

	for (uint32_t i = 0;
	     c != NULL && i < c->add_count && r == 0 && x->asked < ASKED_MAX;
	     i++, x->asked++) {
		struct connector_question q = {
		    .attr = names_text(store_names(x->s->setup.store), name),
		    .value = show_value_text(x->s, &c->add[i]),
		    .except = x->o->anchor};

		r = x->c->kind->ops->holder(
		    x->c, &q, x->s->setup.arena, x->out, NULL);
		if (r == 1)
			*x->out_value = q.value;
		r = r < 0 ? 0 : r;
	}
	return r;
}

int
explain_holder(struct session *s, size_t connector, const struct cs_object *o,
    const struct object_error *err, struct connector_holder *out,
    struct text *out_value)
{
	const struct names *names = store_names(s->setup.store);
	struct asking x = {.s = s, .o = o, .out = out, .out_value = out_value};
	int r = 0;

	if (s->setup.connectors[connector].kind->ops->holder == NULL ||
	    setup_connect(&s->setup, connector, &x.c, NULL) < 0)
		return 0;
	r = ask_attribute(&x, names_find(names, err->attribute));
	for (size_t i = 0; i < sizeof(unique) / sizeof(*unique) && r == 0; i++)
		r = ask_attribute(&x, names_find(names, text_of(unique[i])));
	x.c->kind->ops->close(x.c);
	return r;
}

/* ---- Among what is stored ---- */

int64_t
explain_conflict(const struct session *s, const struct cs_object *o,
    const struct object_error *err, struct text *out_value)
{
	const struct names *names = store_names(s->setup.store);
	int64_t id =
	    by_attribute(s, o, names_find(names, err->attribute), out_value);

	for (size_t i = 0; i < sizeof(unique) / sizeof(*unique) && id == 0; i++)
		id = by_attribute(
		    s, o, names_find(names, text_of(unique[i])), out_value);
	return id;
}
