/* migrate/report_html.c -- an analysis for a manager: one page that needs
 * nothing from elsewhere, runs nothing, and prints on paper. */
#include <inttypes.h>

#include "base/clock.h"
#include "migrate/analysis.h"

static const char style[] =
    ":root{--ink:#1d2733;--dim:#5b6a7a;--line:#d5dde5;--ok:#1c6b45;"
    "--mid:#7a5200;--bad:#a02020;--back:#f4f7fa}"
    "*{box-sizing:border-box}"
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;"
    "color:var(--ink);margin:0 auto;max-width:60rem;padding:2rem 1.5rem}"
    "h1{font-size:1.7rem;margin:0 0 .2rem}"
    "h2{font-size:1.15rem;margin:2rem 0 .5rem;padding-bottom:.2rem;"
    "border-bottom:1px solid var(--line)}"
    "p{margin:.4rem 0}.dim{color:var(--dim)}"
    ".box{background:var(--back);border-left:5px solid var(--ok);"
    "padding:.9rem 1.1rem;margin:1.2rem 0}"
    ".box.blocked{border-color:var(--bad)}.box strong{font-size:1.2rem}"
    "table{border-collapse:collapse;width:100%;margin:.4rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
    "th{color:var(--dim);font-weight:600;font-size:.85rem}"
    "td.n{white-space:nowrap}td.s{overflow-wrap:normal;width:12rem}"
    ".v{font-weight:600;white-space:nowrap}"
    ".carries{color:var(--ok)}.changed{color:var(--mid)}"
    ".manual{color:var(--mid)}.blocks{color:var(--bad)}"
    ".cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0}"
    ".card{flex:1 1 8rem;border:1px solid var(--line);padding:.6rem .8rem}"
    ".card b{display:block;font-size:1.4rem}"
    "ul{margin:.3rem 0;padding-left:1.2rem}"
    "@media print{body{max-width:none;padding:0;font-size:11px}"
    "h2{break-after:avoid}tr,.box,.card{break-inside:avoid}"
    "thead{display:table-header-group}}";

static void
put(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		switch (t.data[i]) {
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			buf_putc(b, t.data[i]);
		}
	}
}

/* "source_anchor" as people write it. */
static void
put_name(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] == '_')
			buf_putc(b, ' ');
		else
			put(b, (struct text){t.data + i, 1});
}

static void
heading(struct buf *b, const char *title)
{
	buf_printf(b, "<h2>%s</h2>\n", title);
}

static void
list(struct buf *b, const struct conf_texts *t)
{
	buf_puts(b, "<ul>\n");
	for (size_t i = 0; i < t->count; i++) {
		buf_puts(b, "<li>");
		put(b, t->items[i]);
		buf_puts(b, "</li>\n");
	}
	buf_puts(b, "</ul>\n");
}

/* ---- The first page ---- */

static void
title(struct buf *b, const struct analysis *x)
{
	char now[32];

	buf_puts(b, "<h1>From ");
	put(b, text_of(system_title(x->system)));
	buf_puts(b, " ");
	put(b, x->version);
	buf_puts(b, " to Causeway</h1>\n<p class=dim>Analysis of ");
	put(b, x->source->path);
	buf_printf(
	    b, ", made %s</p>\n", clock_format(clock_now_ms(), false, now));
}

static const char *
path_title(enum migrate_path p)
{
	static const char *const titles[] = {
	    "In place: the old server goes, Causeway takes over",
	    "Parallel: Causeway beside the old server, from its export",
	    "Swing: Causeway in staging mode, compared, then switched",
	    "Blocked: nothing is taken over before this is settled"};

	return titles[p];
}

static void
recommendation(struct buf *b, const struct analysis *x)
{
	buf_printf(b,
	    "<div class=\"box%s\"><p class=dim>Recommended path</p>"
	    "<strong>%s</strong>\n",
	    x->path == PATH_BLOCKED ? " blocked" : "", path_title(x->path));
	list(b, &x->reasons);
	buf_puts(b, "</div>\n");
}

static void
card(struct buf *b, const char *number, const char *what, const char *class)
{
	buf_printf(b, "<div class=card><b class=\"%s\">%s</b>%s</div>\n", class,
	    number, what);
}

static void
cards(struct buf *b, const struct analysis *x)
{
	static const char *const what[] = {"settings carry over",
	    "carry over, changed", "need a person", "block"};
	static const char *const class[] = {
	    "carries", "changed", "manual", "blocks"};
	size_t n[4] = {0};

	for (size_t i = 0; i < x->verdict_count; i++)
		n[x->verdicts[i].kind]++;
	buf_puts(b, "<div class=cards>\n");
	for (size_t i = 0; i < 4; i++) {
		const char *t = arena_printf(x->arena, "%zu", n[i]);

		card(b, t == NULL ? "" : t, what[i], class[i]);
	}
	buf_puts(b, "</div>\n");
}

static void
estimate(struct buf *b, const struct analysis *x)
{
	const struct measurement *m = &x->measured;

	heading(b, "How long it takes");
	buf_puts(b, "<table><tbody>\n<tr><th>Objects</th><td>");
	if (x->objects >= 0)
		buf_printf(b, "%" PRId64, x->objects);
	else
		buf_puts(b, "not known");
	buf_puts(b, "</td></tr>\n<tr><th>By the vendor's rule (3 hours for "
		    "50,000)</th><td>");
	if (x->objects >= 0)
		buf_printf(b, "%.1f hours", x->vendor_hours);
	buf_puts(
	    b, "</td></tr>\n<tr><th>By Causeway, on this machine</th><td>");
	if (m->done && x->objects >= 0)
		buf_printf(
		    b, "%.0f seconds", m->per_object_s * (double)x->objects);
	buf_puts(b, "</td></tr>\n</tbody></table>\n");
	if (m->done)
		buf_printf(b,
		    "<p class=dim>Measured for this report: %zu made-up "
		    "objects were read in %.2f s and synchronised by the "
		    "built-in rules in %.2f s. What the cloud takes to accept "
		    "changes comes on top where there are any.</p>\n",
		    m->objects, m->import_s, m->sync_s);
}

/* ---- Tables ---- */

static void
verdicts(struct buf *b, const struct analysis *x)
{
	static const enum verdict_kind order[] = {
	    VERDICT_BLOCKS, VERDICT_MANUAL, VERDICT_CHANGED, VERDICT_CARRIES};

	heading(b, "Every setting, and what becomes of it");
	buf_puts(b, "<table><thead><tr><th>Setting</th><th>Verdict</th>"
		    "<th>What it means</th></tr></thead><tbody>\n");
	for (size_t p = 0; p < 4; p++)
		for (size_t i = 0; i < x->verdict_count; i++) {
			const struct verdict *v = &x->verdicts[i];
			const char *word = verdict_text(v->kind);

			if (v->kind != order[p])
				continue;
			buf_puts(b, "<tr><td class=s>");
			put_name(b, v->setting);
			buf_printf(b, "</td><td class=\"v %s\">%s</td><td>",
			    word, word);
			put(b, v->detail);
			buf_puts(b, "</td></tr>\n");
		}
	buf_puts(b, "</tbody></table>\n");
}

static void
lifecycle(struct buf *b, const struct analysis *x)
{
	heading(b, "Dates that apply to the old system");
	buf_puts(b, "<table><tbody>\n");
	for (size_t i = 0; i < x->lifecycle_count; i++) {
		buf_puts(b, "<tr><td class=n>");
		put(b, text_of(x->lifecycle[i].date));
		buf_puts(b, "</td><td>");
		put(b, text_of(x->lifecycle[i].event));
		buf_puts(b, "</td></tr>\n");
	}
	buf_puts(b, "</tbody></table>\n");
}

static void
containers(struct buf *b, const char *word, const struct vendor_texts *t)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->items[i].len == 0)
			continue;
		buf_printf(b, "<br>%s ", word);
		put(b, t->items[i]);
	}
}

static void
directories(struct buf *b, const struct analysis *x)
{
	const struct confsrc *s = &x->source->conf;

	heading(b, "Directories");
	buf_puts(b, "<table><thead><tr><th>Connector</th><th>What of it is "
		    "read</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < s->connector_count; i++) {
		const struct vendor_connector *c = s->connectors[i].vendor;

		buf_puts(b, "<tr><td>");
		put(b, s->connectors[i].name);
		buf_puts(b, "</td><td>");
		for (size_t k = 0; c != NULL && k < c->partition_count; k++) {
			buf_puts(b, k == 0 ? "<div>" : "</div><div>");
			put(b, c->partitions[k].name);
			buf_puts(b, c->partitions[k].selected
					? ""
					: " <span class=dim>(not "
					  "selected)</span>");
			containers(b, "include", &c->partitions[k].include);
			containers(b, "exclude", &c->partitions[k].exclude);
		}
		buf_puts(b, c != NULL && c->partition_count > 0
				? "</div></td></tr>\n"
				: "</td></tr>\n");
	}
	buf_puts(b, "</tbody></table>\n");
}

static void
rules(struct buf *b, const struct analysis *x)
{
	const size_t *n = x->classes;

	heading(b, "Rules");
	buf_printf(b,
	    "<p>%zu built in and as they came, %zu built in and changed, %zu "
	    "built in of which nobody can tell, %zu of your own, %zu compiled "
	    "or scripted.</p>\n",
	    n[CLASS_DEFAULT], n[CLASS_CHANGED], n[CLASS_UNKNOWN],
	    n[CLASS_CUSTOM], n[CLASS_SCRIPTED]);
	buf_puts(b, "<table><thead><tr><th>Rule</th><th>Kind</th><th>Where it "
		    "is</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < x->rule_count; i++) {
		const struct classified *c = &x->rules[i];

		if (c->class == CLASS_DEFAULT || c->class == CLASS_UNKNOWN)
			continue;
		buf_puts(b, "<tr><td>");
		put(b, c->name);
		buf_printf(b, "</td><td class=v>%s%s</td><td>",
		    class_text(c->class), c->disabled ? ", disabled" : "");
		put(b, c->file);
		buf_printf(b, ":%d", c->line);
		for (size_t k = 0; k < c->detail.count && k < 8; k++) {
			buf_puts(b, "<br>");
			put(b, c->detail.items[k]);
		}
		buf_puts(b, "</td></tr>\n");
	}
	buf_puts(b, "</tbody></table>\n");
}

void
report_analysis_html(const struct analysis *x, struct buf *out)
{
	buf_puts(out, "<!doctype html>\n<html lang=en><head><meta "
		      "charset=utf-8><meta name=viewport "
		      "content=\"width=device-width,initial-scale=1\">"
		      "<title>Causeway: analysis</title>\n<style>");
	buf_puts(out, style);
	buf_puts(out, "</style></head><body>\n");
	title(out, x);
	recommendation(out, x);
	cards(out, x);
	estimate(out, x);
	lifecycle(out, x);
	heading(out, "Risks");
	list(out, &x->risks);
	verdicts(out, x);
	directories(out, x);
	rules(out, x);
	heading(out, "Other paths");
	list(out, &x->also);
	heading(out, "How the system was recognised");
	list(out, &x->evidence);
	buf_puts(out, "</body></html>\n");
}
