/* migrate/report_html.c -- an analysis for a manager: one page that needs
 * nothing from elsewhere, runs nothing, and prints on paper. */
#include <inttypes.h>

#include "base/clock.h"
#include "migrate/analysis.h"
#include "migrate/hidden.h"

static const char style[] =
    ":root{--ink:#1d2733;--dim:#5b6a7a;--line:#d5dde5;--ok:#1c6b45;"
    "--mid:#7a5200;--bad:#a02020;--back:#f4f7fa}"
    "*{box-sizing:border-box}"
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;"
    "color:var(--ink);margin:0 auto;max-width:60rem;padding:2rem 1.5rem}"
    ".h{border:1px solid var(--bad);color:var(--bad);font-size:.75em;"
    "padding:0 .2em}li,td,dd{overflow-wrap:anywhere;unicode-bidi:isolate}"
    "h1{overflow-wrap:anywhere;font-size:1.7rem;margin:0 0 .2rem}"
    "h2{font-size:1.15rem;margin:2rem 0 .5rem;padding-bottom:.2rem;"
    "border-bottom:1px solid var(--line)}"
    "p{margin:.4rem 0}.dim{color:var(--dim)}"
    ".box{background:var(--back);border-left:5px solid var(--ok);"
    "padding:.9rem 1.1rem;margin:1.2rem 0}"
    ".box.blocked{border-color:var(--bad)}.box strong{font-size:1.2rem}"
    "table{border-collapse:collapse;width:100%;margin:.4rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
    "thead th{color:var(--dim);font-weight:600;font-size:.85rem}"
    "tbody th{font-weight:400}"
    ".n{white-space:nowrap}.s{overflow-wrap:normal;width:12rem}"
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

/* Rows of a table that a browser shows without trouble. */
#define MAX_ROWS 2000

static const char *
entity(uint32_t c)
{
	static const char *const names[] = {['<'] = "&lt;",
	    ['>'] = "&gt;",
	    ['&'] = "&amp;",
	    ['"'] = "&quot;",
	    ['\''] = "&#39;"};

	return c < sizeof(names) / sizeof(*names) ? names[c] : NULL;
}

/* Text of an export is text, in whatever direction it is written. */
static void
put(struct buf *b, struct text t)
{
	size_t pos = 0;

	while (pos < t.len) {
		size_t at = pos;
		uint32_t c = utf8_next(t, &pos);

		if (entity(c) != NULL)
			buf_puts(b, entity(c));
		else if (hidden_char(c))
			buf_printf(
			    b, "<span class=h>U+%04X</span>", (unsigned)c);
		else
			buf_add(b, t.data + at, pos - at);
	}
}

/* The same as a name: what is around it keeps its direction. */
static void
put_bdi(struct buf *b, struct text t)
{
	buf_puts(b, "<bdi>");
	put(b, t);
	buf_puts(b, "</bdi>");
}

static void
more_rows(struct buf *b, size_t shown, size_t all, int columns)
{
	if (all > shown)
		buf_printf(b,
		    "<tr><td colspan=%d class=dim>and %zu more: causeway "
		    "migrate analyze --json has all</td></tr>\n",
		    columns, all - shown);
}

/* "source_anchor" as people write it. */
static void
put_name(struct buf *b, struct text t)
{
	size_t from = 0;

	for (size_t i = 0; i <= t.len; i++)
		if (i == t.len || t.data[i] == '_') {
			put(b, (struct text){t.data + from, i - from});
			buf_puts(b, i < t.len ? " " : "");
			from = i + 1;
		}
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
	put_bdi(b, x->version);
	buf_puts(b, " to Causeway</h1>\n<p class=dim>Analysis of ");
	put_bdi(b, x->source->path);
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
	buf_puts(b, "<table><tbody>\n<tr><th scope=row>Objects</th><td>");
	if (x->objects >= 0)
		buf_printf(b, "%" PRId64, x->objects);
	else
		buf_puts(b, "not known");
	buf_puts(b,
	    "</td></tr>\n<tr><th scope=row>By the vendor's rule (3 hours for "
	    "50,000)</th><td>");
	if (x->objects >= 0)
		buf_printf(b, "%.1f hours", x->vendor_hours);
	buf_puts(b, "</td></tr>\n<tr><th scope=row>By Causeway, on this "
		    "machine</th><td>");
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
verdict_row(struct buf *b, const struct verdict *v)
{
	const char *word = verdict_text(v->kind);

	buf_puts(b, "<tr><th scope=row class=s>");
	put_name(b, v->setting);
	buf_printf(b, "</th><td class=\"v %s\">%s</td><td>", word, word);
	put(b, v->detail);
	buf_puts(b, "</td></tr>\n");
}

static void
verdicts(struct buf *b, const struct analysis *x)
{
	static const enum verdict_kind order[] = {
	    VERDICT_BLOCKS, VERDICT_MANUAL, VERDICT_CHANGED, VERDICT_CARRIES};
	size_t shown = 0;

	heading(b, "Every setting, and what becomes of it");
	buf_puts(b,
	    "<table><thead><tr><th scope=col>Setting</th><th "
	    "scope=col>Verdict</th><th scope=col>What it means</th></tr>"
	    "</thead><tbody>\n");
	for (size_t p = 0; p < 4; p++)
		for (size_t i = 0; i < x->verdict_count; i++)
			if (x->verdicts[i].kind == order[p] &&
			    shown++ < MAX_ROWS)
				verdict_row(b, &x->verdicts[i]);
	more_rows(b, MAX_ROWS, x->verdict_count, 3);
	buf_puts(b, "</tbody></table>\n");
}

static void
lifecycle(struct buf *b, const struct analysis *x)
{
	heading(b, "Dates that apply to the old system");
	buf_puts(b, "<table><tbody>\n");
	for (size_t i = 0; i < x->lifecycle_count; i++) {
		buf_puts(b, "<tr><th scope=row class=n>");
		put(b, text_of(x->lifecycle[i].date));
		buf_puts(b, "</th><td>");
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
		put_bdi(b, t->items[i]);
	}
}

static void
directories(struct buf *b, const struct analysis *x)
{
	const struct confsrc *s = &x->source->conf;

	heading(b, "Directories");
	buf_puts(b, "<table><thead><tr><th scope=col>Connector</th><th "
		    "scope=col>What of it is "
		    "read</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < s->connector_count; i++) {
		const struct vendor_connector *c = s->connectors[i].vendor;

		buf_puts(b, "<tr><th scope=row>");
		put_bdi(b, s->connectors[i].name);
		buf_puts(b, "</th><td>");
		for (size_t k = 0; c != NULL && k < c->partition_count; k++) {
			buf_puts(b, k == 0 ? "<div>" : "</div><div>");
			put_bdi(b, c->partitions[k].name);
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
rule_row(struct buf *b, const struct classified *c)
{
	buf_puts(b, "<tr><th scope=row>");
	put_bdi(b, c->name);
	buf_printf(b, "</th><td class=v>%s%s</td><td>", class_text(c->class),
	    c->disabled ? ", disabled" : "");
	put_bdi(b, c->file);
	buf_printf(b, ":%d", c->line);
	for (size_t k = 0; k < c->detail.count && k < 8; k++) {
		buf_puts(b, "<br>");
		put(b, c->detail.items[k]);
	}
	buf_puts(b, "</td></tr>\n");
}

static void
rules(struct buf *b, const struct analysis *x)
{
	const size_t *n = x->classes;
	size_t shown = 0;

	heading(b, "Rules");
	buf_printf(b,
	    "<p>%zu built in and as they came, %zu built in and changed, %zu "
	    "built in of which nobody can tell, %zu of your own, %zu compiled "
	    "or scripted.</p>\n",
	    n[CLASS_DEFAULT], n[CLASS_CHANGED], n[CLASS_UNKNOWN],
	    n[CLASS_CUSTOM], n[CLASS_SCRIPTED]);
	buf_puts(b,
	    "<table><thead><tr><th scope=col>Rule</th><th scope=col>Kind</th>"
	    "<th scope=col>Where it is</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < x->rule_count; i++) {
		const struct classified *c = &x->rules[i];

		if (c->class != CLASS_DEFAULT && c->class != CLASS_UNKNOWN &&
		    shown++ < MAX_ROWS)
			rule_row(b, c);
	}
	more_rows(b, MAX_ROWS, shown, 3);
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
	buf_puts(out, "</style></head><body><main>\n");
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
	buf_puts(out, "</main></body></html>\n");
}
