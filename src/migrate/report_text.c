/* migrate/report_text.c -- an analysis for a person at a terminal. */
#include <inttypes.h>

#include "migrate/analysis.h"

static void
list(struct buf *b, const char *title, const struct conf_texts *t)
{
	if (t->count > 0)
		buf_printf(b, "\n%s\n", title);
	for (size_t i = 0; i < t->count; i++)
		buf_printf(b, "  - %.*s\n", TEXT_ARGS(t->items[i]));
}

static void
head(struct buf *b, const struct analysis *x)
{
	buf_printf(b, "%s", system_title(x->system));
	if (x->version.len > 0)
		buf_printf(b, " %.*s", TEXT_ARGS(x->version));
	buf_printf(b, ", from %.*s (%s)\n", TEXT_ARGS(x->source->path),
	    legacy_pack_text(x->source->pack));
	list(b, "Evidence", &x->evidence);
}

static void
partition(struct buf *b, const struct vendor_partition *p)
{
	buf_printf(
	    b, "    %s %.*s\n", p->selected ? "+" : "-", TEXT_ARGS(p->name));
	for (size_t i = 0; i < p->include.count; i++)
		if (p->include.items[i].len > 0)
			buf_printf(b, "      include %.*s\n",
			    TEXT_ARGS(p->include.items[i]));
	for (size_t i = 0; i < p->exclude.count; i++)
		buf_printf(
		    b, "      exclude %.*s\n", TEXT_ARGS(p->exclude.items[i]));
}

static void
connectors(struct buf *b, const struct analysis *x)
{
	const struct confsrc *s = &x->source->conf;

	buf_puts(b, "\nConnectors\n");
	for (size_t i = 0; i < s->connector_count; i++) {
		const struct vendor_connector *c = s->connectors[i].vendor;

		buf_printf(b, "  %.*s %.*s\n", TEXT_ARGS(s->connectors[i].name),
		    TEXT_ARGS(s->connectors[i].id));
		for (size_t k = 0; c != NULL && k < c->partition_count; k++)
			partition(b, &c->partitions[k]);
	}
}

static void
rules(struct buf *b, const struct analysis *x)
{
	const size_t *n = x->classes;

	buf_printf(b,
	    "\nRules\n  built in, as they came %zu; built in and changed %zu; "
	    "built in, cannot tell %zu; custom %zu; scripted %zu\n",
	    n[CLASS_DEFAULT], n[CLASS_CHANGED], n[CLASS_UNKNOWN],
	    n[CLASS_CUSTOM], n[CLASS_SCRIPTED]);
	for (size_t i = 0; i < x->rule_count; i++) {
		const struct classified *c = &x->rules[i];

		if (c->class == CLASS_DEFAULT || c->class == CLASS_UNKNOWN)
			continue;
		buf_printf(b, "  %-15s %.*s (%.*s:%d)%s\n",
		    class_text(c->class), TEXT_ARGS(c->name),
		    TEXT_ARGS(c->file), c->line,
		    c->disabled ? ", disabled" : "");
	}
}

static void
verdicts(struct buf *b, const struct analysis *x)
{
	static const struct {
		enum verdict_kind kind;
		const char *title;
	} parts[] = {{VERDICT_BLOCKS, "Blocks"},
	    {VERDICT_MANUAL, "Needs a person"},
	    {VERDICT_CHANGED, "Carries over, changed"},
	    {VERDICT_CARRIES, "Carries over"}};

	for (size_t p = 0; p < 4; p++) {
		bool any = false;

		for (size_t i = 0; i < x->verdict_count; i++) {
			const struct verdict *v = &x->verdicts[i];

			if (v->kind != parts[p].kind)
				continue;
			if (!any)
				buf_printf(b, "\n%s\n", parts[p].title);
			any = true;
			buf_printf(b, "  %.*s: %.*s\n", TEXT_ARGS(v->setting),
			    TEXT_ARGS(v->detail));
		}
	}
}

static void
estimate(struct buf *b, const struct analysis *x)
{
	const struct measurement *m = &x->measured;

	buf_puts(b, "\nHow long\n");
	if (x->objects < 0)
		buf_puts(b, "  the number of objects is not known: give it by "
			    "--objects\n");
	else
		buf_printf(b,
		    "  %" PRId64 " objects: %.2f hours by the vendor's rule of "
		    "3 hours for 50 000\n",
		    x->objects, x->vendor_hours);
	if (m->done && x->objects >= 0)
		buf_printf(b, "  %.0f seconds here, by what was measured\n",
		    m->per_object_s * (double)x->objects);
	if (m->done)
		buf_printf(b,
		    "  measured just now: %zu made-up objects, read in %.2f s, "
		    "synchronised in %.2f s, in a store on this disk\n",
		    m->objects, m->import_s, m->sync_s);
	else if (m->failed.len > 0)
		buf_printf(b, "  not measured: %.*s\n", TEXT_ARGS(m->failed));
}

static void
lifecycle(struct buf *b, const struct analysis *x)
{
	buf_puts(b, "\nDates\n");
	for (size_t i = 0; i < x->lifecycle_count; i++)
		buf_printf(b, "  %-10s  %s\n", x->lifecycle[i].date,
		    x->lifecycle[i].event);
}

void
report_analysis_text(const struct analysis *x, struct buf *out)
{
	head(out, x);
	buf_printf(out, "\nRecommended: %s\n", path_text(x->path));
	for (size_t i = 0; i < x->reasons.count; i++)
		buf_printf(out, "  - %.*s\n", TEXT_ARGS(x->reasons.items[i]));
	list(out, "Other paths", &x->also);
	estimate(out, x);
	connectors(out, x);
	rules(out, x);
	verdicts(out, x);
	lifecycle(out, x);
	list(out, "Risks", &x->risks);
}
