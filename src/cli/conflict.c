/* cli/conflict.c -- who holds the value that an object wants; see explain.h. */
#include "base/fold.h"
#include "cli/explain.h"

/* Attributes that are unique in a directory, the error's own first. */
static const char *const unique[] = {"userPrincipalName", "proxyAddresses",
    "mail", "mailNickname", "onPremisesImmutableId", "sAMAccountName"};

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

/* Every value of the attribute that waits to be sent. */
static int64_t
by_attribute(const struct session *s, const struct cs_object *o, uint32_t name,
    struct text *out_value)
{
	const struct change *c =
	    name != 0 ? delta_find(&o->unapplied, name) : NULL;

	for (uint32_t i = 0; c != NULL && i < c->add_count; i++) {
		int64_t id = holder_of(s, o, name, &c->add[i]);

		if (id != 0) {
			*out_value = show_value_text(s, &c->add[i]);
			return id;
		}
	}
	return 0;
}

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
