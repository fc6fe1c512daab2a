/* rules/vendor/check.c -- what concerns more than one file of an export. */
#include "rules/vendor/vendor_int.h"

void
vendor_check(struct vendor_file *f)
{
	const struct vendor *v = f->v;

	f->name = v->dir;
	if (v->mv_root == NULL && !v->blocked)
		vendor_problem(f, true, NULL, (struct text){0},
		    "there is no metaverse in GlobalSettings");
}

/* An attribute that rules use and the connector does not select is neither
 * imported nor confirmed. */
int
vendor_check_selected(struct vendor *v, const struct plan *plan)
{
	struct vendor_file f = {.v = v};

	for (size_t i = 0; i < v->connector_count; i++) {
		const struct vendor_connector *c = &v->connectors[i];
		size_t n = 0;
		const uint32_t *used = plan_wanted(plan, i, &n);

		f.name = c->file;
		for (size_t k = 0; k < n && c->selected.count > 0; k++)
			if (!vendor_has_name(&c->selected, used[k]))
				vendor_problem(&f, false, c->root,
				    names_text(v->names, used[k]),
				    "rules use this attribute and connector "
				    "\"%.*s\" does not select it: it is never "
				    "imported",
				    TEXT_ARGS(c->name));
	}
	return v->failed;
}
