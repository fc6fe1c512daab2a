/* engine/setup_vendor.c -- a vendor's export as a configuration: its rules can
 * be listed, checked and tested, and nothing can be run with it. */
#include "engine/setup_int.h"
#include "rules/vendor/vendor.h"

static int
make_connectors(struct setup *s, struct err *e)
{
	const struct vendor *v = s->vendor;

	s->connectors =
	    arena_array(s->arena, v->connector_count, sizeof(*s->connectors));
	if (s->connectors == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < v->connector_count; i++)
		s->connectors[i] = (struct engine_connector){
		    .name = v->connectors[i].name,
		    .schema = v->connectors[i].schema,
		    .cloud = v->connectors[i].kind == VENDOR_ENTRA,
		};
	s->connector_count = v->connector_count;
	return setup_make_rows(s, e);
}

static int
make_plan(struct setup *s, struct err *e)
{
	const struct vendor *v = s->vendor;
	struct plan_connector *list = NULL;
	struct plan_input in = {.names = v->names,
	    .rules = v->rules,
	    .rule_count = v->rule_count,
	    .connector_count = v->connector_count,
	    .mv_schema = v->mv_schema};
	int r = vendor_plan_connectors(v, s->arena, &list);

	for (size_t i = 0; i < v->connector_count && r == 0; i++)
		r = setup_override(s, i, &list[i]);
	if (r < 0)
		return err_set(e, r, "out of memory");
	in.connectors = list;
	return setup_plan(s, &in, e);
}

static int
check_selected(struct setup *s, struct err *e)
{
	struct vendor *v = s->vendor;
	size_t told = v->problem_count;

	if (vendor_check_selected(v, s->plan) < 0 ||
	    setup_add_problems(s, v->problems + told, v->problem_count - told) <
		0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return 0;
}

static int
load(struct setup *s, const char *path, struct err *e)
{
	int r;

	s->vendor = arena_alloc(s->arena, sizeof(*s->vendor));
	if (s->vendor == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = vendor_load(path, store_names(s->store), s->arena, s->vendor);
	if (setup_add_problems(
		s, s->vendor->problems, s->vendor->problem_count) < 0)
		r = ERR_NOMEM;
	s->rules.rules = s->vendor->rules;
	s->rules.count = s->vendor->rule_count;
	return r < 0 ? setup_rules_failed(s, r, e) : 0;
}

int
setup_open_vendor(
    struct setup *s, const char *path, enum setup_want want, struct err *e)
{
	int r;

	if (!s->vendor_ok ||
	    (want != SETUP_CONF && want != SETUP_CHECK && want != SETUP_TEST))
		return err_set(e, ERR_CONFIG,
		    "%s is a configuration export of another system: its "
		    "rules can be listed, shown, checked and tested, and "
		    "nothing runs with it",
		    path);
	r = store_open("", STORE_MEMORY, &s->store, e);
	if (r == 0)
		r = load(s, path, e);
	if (r == 0)
		r = make_connectors(s, e);
	if (r == 0)
		r = make_plan(s, e);
	return r == 0 ? check_selected(s, e) : r;
}
