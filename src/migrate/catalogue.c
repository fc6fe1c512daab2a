/* migrate/catalogue.c -- see catalogue.h. */
#include "migrate/catalogue.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "migrate/lists.h"
#include "rules/compare.h"
#include "rules/words.h"

static const struct catalogue_row rows[] = {
#include "migrate/catalogue.def"
    {CATALOGUE_TAG, "", 0},
};

/* ---- A normal form of each part ---- */

static uint64_t
digest_of(struct text t)
{
	unsigned char sum[32] = {0};
	uint64_t n = 0;

	if (hash_sha256(t, sum) < 0)
		return 0;
	for (size_t i = 0; i < 8; i++)
		n = n << 8 | sum[i];
	return n;
}

/* Blanks and case outside quotes say nothing. */
static void
put_expression(struct buf *b, struct text t)
{
	bool quoted = false;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		quoted = quoted != (c == '"');
		if (!quoted && strchr(" \t\r\n", c) != NULL)
			continue;
		if (!quoted && c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		buf_putc(b, c);
	}
}

static void
put_name(struct buf *b, const struct names *names, uint32_t name)
{
	put_expression(b, name == 0 ? TEXT("*") : names_text(names, name));
	buf_putc(b, '\n');
}

static void
put_head(struct buf *b, const struct names *names, const struct rule *r)
{
	buf_printf(b, "%s %s %s\n", direction_text(r->direction, FORM_VENDOR),
	    link_text(r->link, FORM_VENDOR), r->password_sync ? "pw" : "");
	put_name(b, names, r->source_type);
	put_name(b, names, r->target_type);
}

static int
compare_texts(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void
put_sorted(struct buf *b, struct text *list, size_t n, const char *between)
{
	if (n > 1)
		qsort(list, n, sizeof(*list), compare_texts);
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i == 0 ? "" : between);
		buf_text_add(b, list[i]);
	}
}

/* AND inside a group, OR between them: the order says nothing. */
static int
put_scope(struct buf *b, const struct names *names, const struct rule *r,
    struct arena *a)
{
	struct text *groups =
	    arena_array(a, r->scope_count + 1, sizeof(*groups));

	if (groups == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < r->scope_count; i++) {
		const struct scope_group *g = &r->scope[i];
		struct text *list = arena_array(a, g->count + 1, sizeof(*list));
		struct buf one;

		if (list == NULL)
			return ERR_NOMEM;
		for (size_t k = 0; k < g->count; k++)
			list[k] = scope_clause_text(names, &g->clauses[k], a);
		buf_init(&one, 1U << 20);
		put_sorted(&one, list, g->count, " AND ");
		groups[i] = text_dup(a, buf_text(&one));
		buf_clear(&one);
		if (groups[i].data == NULL)
			return ERR_NOMEM;
	}
	put_sorted(b, groups, r->scope_count, " OR ");
	return 0;
}

static void
put_join(struct buf *b, const struct names *names, const struct rule *r,
    struct arena *a)
{
	for (size_t i = 0; i < r->join_count; i++) {
		for (size_t k = 0; k < r->join[i].count; k++) {
			buf_text_add(b,
			    join_clause_text(names, &r->join[i].clauses[k], a));
			buf_putc(b, ' ');
		}
		buf_putc(b, ';');
	}
}

static void
put_flow(struct buf *b, const struct names *names, const struct flow *f)
{
	buf_printf(b, "%s %s %s\n", flow_kind_text(f->kind),
	    merge_text(f->merge, FORM_VENDOR), f->execute_once ? "once" : "");
	if (f->kind == FLOW_DIRECT)
		put_name(b, names, f->source);
	else
		put_expression(b, f->text);
}

struct digests {
	uint64_t head, scope, join;
	uint64_t *flows;
};

static uint64_t
take(struct buf *b)
{
	uint64_t n = digest_of(buf_text(b));

	buf_reset(b);
	return n;
}

static int
digest_rule(const struct names *names, const struct rule *r, struct arena *a,
    struct digests *out)
{
	struct buf b;
	int rc;

	out->flows = arena_array(a, r->flow_count + 1, sizeof(*out->flows));
	if (out->flows == NULL)
		return ERR_NOMEM;
	buf_init(&b, 16U << 20);
	put_head(&b, names, r);
	out->head = take(&b);
	rc = put_scope(&b, names, r, a);
	out->scope = take(&b);
	put_join(&b, names, r, a);
	out->join = take(&b);
	for (size_t i = 0; i < r->flow_count; i++) {
		put_flow(&b, names, &r->flows[i]);
		out->flows[i] = take(&b);
	}
	if (rc == 0)
		rc = buf_error(&b);
	buf_clear(&b);
	return rc;
}

/* ---- Asking ---- */

struct asking {
	const struct names *names;
	const struct rule *rule;
	const struct catalogue_site *site;
	struct arena *a;
	struct conf_texts *detail;
	size_t differs;
	size_t excused; /* what the installation's choices explain */
};

static const struct catalogue_row *
find_tag(struct text tag)
{
	for (size_t i = 0; i + 1 < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].part == CATALOGUE_TAG && text_is(tag, rows[i].name))
			return &rows[i];
	return NULL;
}

static int
differs(struct asking *q, bool excused, const char *what, const char *how)
{
	q->differs += !excused;
	q->excused += excused;
	return texts_say(q->a, q->detail, "%s %s", what, how);
}

static int
flow_differs(
    struct asking *q, bool excused, struct text target, const char *how)
{
	const char *what =
	    arena_printf(q->a, "the flow to %.*s", TEXT_ARGS(target));

	return what == NULL ? ERR_NOMEM : differs(q, excused, what, how);
}

static bool
flow_is_chosen(const struct asking *q, struct text target)
{
	const struct catalogue_site *s = q->site;

	return s->no_exchange ||
	       (s->other_anchor &&
		   text_starts_nocase(target, "sourceAnchor")) ||
	       (s->other_anchor &&
		   text_is_nocase(target, "mS-DS-ConsistencyGuid")) ||
	       (s->other_upn && text_is_nocase(target, "userPrincipalName"));
}

/* How users are matched, and by which anchor. */
static bool
join_is_chosen(const struct asking *q)
{
	struct text tag = q->rule->tag;
	bool matching =
	    text_starts_nocase(tag, "Microsoft.InfromADUserJoin.") ||
	    text_starts_nocase(tag, "Microsoft.InfromADInetOrgPersonJoin.");

	return q->site->no_exchange ||
	       (matching && (q->site->other_join || q->site->other_anchor));
}

static int
ask_flow(struct asking *q, const struct catalogue_row *row,
    const struct digests *d, bool *seen)
{
	struct text target = text_of(row->name);

	for (size_t i = 0; i < q->rule->flow_count; i++) {
		struct text have =
		    names_text(q->names, q->rule->flows[i].target);

		if (seen[i] || !text_equal_nocase(have, target))
			continue;
		seen[i] = true;
		return d->flows[i] == row->digest
			   ? 0
			   : flow_differs(q, flow_is_chosen(q, target), target,
				 "is not as it came");
	}
	return flow_differs(q, flow_is_chosen(q, target), target, "is missing");
}

static int
ask_rows(struct asking *q, const struct catalogue_row *row,
    const struct digests *d, bool *seen)
{
	bool joins = join_is_chosen(q);
	int rc = 0;

	for (row++; row->part != CATALOGUE_TAG && rc == 0; row++) {
		if (row->part == CATALOGUE_HEAD && row->digest != d->head)
			rc = differs(q, false,
			    "direction, types, link or password flag",
			    "are not as they came");
		else if (row->part == CATALOGUE_SCOPE &&
			 row->digest != d->scope)
			rc = differs(q, q->site->no_exchange, "the scope",
			    "is not as it came");
		else if (row->part == CATALOGUE_JOIN && row->digest != d->join)
			rc = differs(q, joins, "the join", "is not as it came");
		else if (row->part == CATALOGUE_FLOW)
			rc = ask_flow(q, row, d, seen);
	}
	for (size_t i = 0; i < q->rule->flow_count && rc == 0; i++) {
		struct text t = names_text(q->names, q->rule->flows[i].target);

		if (!seen[i])
			rc = flow_differs(
			    q, flow_is_chosen(q, t), t, "was added");
	}
	return rc;
}

/* Whether another revision of the rule is known. */
static bool
knows_stem(struct text tag)
{
	struct text stem = rule_tag_stem(tag);

	for (size_t i = 0; i + 1 < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].part == CATALOGUE_TAG &&
		    text_equal(rule_tag_stem(text_of(rows[i].name)), stem))
			return true;
	return false;
}

int
catalogue_ask(const struct names *names, const struct rule *rule,
    const struct catalogue_site *site, struct arena *a,
    enum catalogue_answer *out, struct conf_texts *out_detail)
{
	struct asking q = {names, rule, site, a, out_detail, 0, 0};
	const struct catalogue_row *row = find_tag(rule->tag);
	bool *seen = arena_array(a, rule->flow_count + 1, sizeof(*seen));
	struct digests d;
	int rc = seen == NULL ? ERR_NOMEM : 0;

	*out = CATALOGUE_NO_TAG;
	if (rc < 0 || !text_starts_nocase(rule->tag, "Microsoft."))
		return rc;
	*out = CATALOGUE_UNKNOWN;
	if (row == NULL)
		return texts_say(a, out_detail, "%s",
		    knows_stem(rule->tag)
			? "this revision of the rule is not in the "
			  "catalogue: whether it was changed nobody can tell"
			: "its tag is not in the catalogue: whether it was "
			  "changed nobody can tell");
	rc = digest_rule(names, rule, a, &d);
	if (rc == 0)
		rc = ask_rows(&q, row, &d, seen);
	if (q.differs > 0)
		*out = CATALOGUE_CHANGED;
	else if (q.excused == 0)
		*out = CATALOGUE_UNTOUCHED;
	return rc;
}

/* ---- Making the catalogue ---- */

static void
write_row(struct buf *out, const char *part, struct text name, uint64_t digest)
{
	buf_printf(out,
	    "    {CATALOGUE_%s, \"%.*s\", UINT64_C(0x%016" PRIx64 ")},\n", part,
	    TEXT_ARGS(name), digest);
}

int
catalogue_write(const struct names *names, const struct rule *rule,
    struct arena *a, struct buf *out)
{
	struct digests d;
	int rc = digest_rule(names, rule, a, &d);

	if (rc < 0)
		return rc;
	write_row(out, "TAG", rule->tag, 0);
	write_row(out, "HEAD", TEXT(""), d.head);
	write_row(out, "SCOPE", TEXT(""), d.scope);
	write_row(out, "JOIN", TEXT(""), d.join);
	for (size_t i = 0; i < rule->flow_count; i++)
		write_row(out, "FLOW", names_text(names, rule->flows[i].target),
		    d.flows[i]);
	return buf_error(out);
}
