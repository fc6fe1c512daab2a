/* engine/values.c -- values that the cloud would refuse are held one by one,
 * before they are sent: the rest of the object goes. */
#include "engine/engine_int.h"
#include "model/value_rule.h"

#define SHOWN 120U /* of a value, in a text */

struct checker {
	const struct names *names;
};

static int
hold_value(const struct gate_question *q, struct gate_hold *h,
    struct text attribute, const struct value_fault *fault,
    struct gate_answer *out)
{
	const struct text t = h->value.text;
	char *why, *max = arena_strdup(out->arena, "");

	if (fault->max != 0)
		max = arena_printf(out->arena, " (%zu characters)", fault->max);
	why = max == NULL
		  ? NULL
		  : arena_printf(out->arena,
			"%.*s \"%.*s\"%s %s%s: mend it where it comes from; %s",
			TEXT_ARGS(attribute),
			(int)(t.len > SHOWN ? SHOWN : t.len), t.data,
			t.len > SHOWN ? "..." : "", fault->text, max,
			q->item->op == DELTA_ADD
			    ? "an object that cannot be without it waits"
			    : "only this value waits");
	if (why == NULL)
		return ERR_NOMEM;
	h->text = text_of(why);
	return gate_hold(out, h);
}

/* Of a list the one value; a single one with what it would replace. */
static int
ask_change(const struct checker *k, const struct gate_question *q,
    const struct change *c, struct gate_answer *out)
{
	struct text type = names_text(k->names, q->item->type);
	struct text attribute = names_text(k->names, c->name);
	bool single = c->add_count == 1 && c->del_count <= 1 &&
		      !text_is_nocase(attribute, "proxyAddresses") &&
		      !text_is_nocase(attribute, "otherMails") &&
		      !text_is_nocase(attribute, "businessPhones");
	int r = 0;

	for (uint32_t i = 0; i < c->add_count && r == 0; i++) {
		struct value_fault fault;
		struct gate_hold h = {
		    .part = single ? GATE_ATTRIBUTE : GATE_VALUE,
		    .name = c->name,
		    .add = true,
		    .value = c->add[i],
		    .is_error = true};

		if (!value_rule_broken(type, attribute, &c->add[i], &fault))
			continue;
		h.code = fault.type;
		r = hold_value(q, &h, attribute, &fault, out);
	}
	return r;
}

static int
ask(void *ctx, const struct gate_question *q, struct gate_answer *out,
    struct err *e)
{
	int r = 0;

	if (q->item->op == DELTA_DELETE)
		return 0;
	for (uint32_t i = 0; i < q->item->delta.count && r == 0; i++)
		r = ask_change(ctx, q, &q->item->delta.changes[i], out);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

int
values_gate(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e)
{
	struct checker *k = arena_alloc(a, sizeof(*k));

	if (k == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	k->names = store_names(g->cfg.store);
	if (g->cfg.guard.values && g->cfg.connectors[connector].cloud)
		*out = (struct export_gate){
		    .name = "values", .ask = ask, .ctx = k};
	return 0;
}
