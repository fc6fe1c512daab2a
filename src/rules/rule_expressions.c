/* rules/rule_expressions.c -- are a rule's expressions such that a run could
 * read them?  Names of attributes and parameters are those of a site, and not
 * asked. */
#include "rules/plan.h"

int
rule_check_expressions(const struct rule *r, struct names *names,
    struct arena *a,
    void (*tell)(void *ctx, const struct flow *f, size_t at, const char *why),
    void *ctx)
{
	struct expr_scope scope = {.names = names};

	for (size_t i = 0; i < r->flow_count; i++) {
		const struct flow *f = &r->flows[i];
		const struct expr *x;
		struct err e = {0};
		size_t at = 0;
		int rc = 0;

		if (f->kind == FLOW_EXPRESSION)
			rc = expr_compile(&scope, f->text, a, &x, &at, &e);
		if (rc == ERR_NOMEM)
			return rc;
		if (rc < 0)
			tell(ctx, f, at, e.text);
	}
	return 0;
}
