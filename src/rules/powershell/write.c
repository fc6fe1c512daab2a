/* rules/powershell/write.c -- rules in the form that the rule editor writes;
 * see powershell.h. */
#include <inttypes.h>

#include "base/hash.h"
#include "expr/expr.h"
#include "model/guid.h"
#include "rules/powershell/powershell.h"
#include "rules/words.h"

#define SCOPE_TYPE \
	"Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition"
#define JOIN_TYPE \
	"Microsoft.IdentityManagement.PowerShell.ObjectModel.JoinCondition"
#define NO_GUID "00000000-0000-0000-0000-000000000000"

struct output {
	const struct powershell_output *how;
	struct buf *b;
	struct arena *arena; /* of one rule */
};

/* A carriage return, which a reader takes for a line's end, has an escape in
 * double quotes alone. */
static void
quote_double(struct buf *b, struct text t)
{
	size_t pos = 0, at;

	buf_putc(b, '"');
	while (pos < t.len) {
		uint32_t c;

		at = pos;
		c = utf8_next(t, &pos);
		if (c == '\r') {
			buf_puts(b, "`r");
			continue;
		}
		if (c == '"' || c == '`' || c == '$' ||
		    (c >= 0x201C && c <= 0x201E))
			buf_putc(b, '`');
		buf_add(b, t.data + at, pos - at);
	}
	buf_putc(b, '"');
}

/* In single quotes; those of a word processor end a text as well. */
static void
quote(struct buf *b, struct text t)
{
	size_t pos = 0, at;

	if (t.len > 0 && memchr(t.data, '\r', t.len) != NULL) {
		quote_double(b, t);
		return;
	}
	buf_putc(b, '\'');
	while (pos < t.len) {
		uint32_t c;

		at = pos;
		c = utf8_next(t, &pos);
		if (c == '\'' || (c >= 0x2018 && c <= 0x201B))
			buf_add(b, t.data + at, pos - at);
		buf_add(b, t.data + at, pos - at);
	}
	buf_putc(b, '\'');
}

static void
parameter(struct output *o, const char *name, struct text value)
{
	buf_printf(o->b, "-%s ", name);
	quote(o->b, value);
	buf_puts(o->b, " `\n");
}

static void
name_parameter(struct output *o, const char *name, uint32_t value)
{
	parameter(
	    o, name, value == 0 ? TEXT("*") : names_text(o->how->names, value));
}

/* Without braces; one made of the text where it is no GUID, the same each
 * time. */
static int
identifier(struct output *o, struct text id, struct text *out)
{
	char *text = arena_alloc(o->arena, GUID_TEXT_LEN + 1);
	unsigned char digest[32];
	struct guid g;
	int rc;

	if (text == NULL)
		return ERR_NOMEM;
	if (guid_parse(id, &g, NULL) < 0) {
		if ((rc = hash_sha256(id, digest)) < 0)
			return rc;
		memcpy(g.octets, digest, sizeof(g.octets));
		/* version 8 of RFC 9562: made by a rule of our own */
		g.octets[7] = (unsigned char)((g.octets[7] & 0x0F) | 0x80);
		g.octets[8] = (unsigned char)((g.octets[8] & 0x3F) | 0x80);
	}
	guid_format(&g, text);
	*out = (struct text){text, GUID_TEXT_LEN};
	return 0;
}

static int
id_parameter(struct output *o, const char *name, struct text id)
{
	struct text guid = TEXT(NO_GUID);
	int rc = id.len > 0 ? identifier(o, id, &guid) : 0;

	parameter(o, name, guid);
	return rc;
}

static struct text
without_braces(struct text t)
{
	if (t.len == GUID_TEXT_LEN + 2 && t.data[0] == '{')
		t = (struct text){t.data + 1, GUID_TEXT_LEN};
	return t;
}

static int
write_head(struct output *o, const struct rule *r)
{
	struct text connector = o->how->connector_id(o->how->ctx, r->connector);
	char span[32];
	int rc;

	timespan_format(r->soft_delete_ms, span);
	buf_puts(o->b, "New-ADSyncRule `\n");
	parameter(o, "Name", r->name);
	if ((rc = id_parameter(o, "Identifier", r->id)) < 0)
		return rc;
	parameter(o, "Description", r->description);
	parameter(
	    o, "Direction", text_of(direction_text(r->direction, FORM_VENDOR)));
	buf_printf(o->b, "-Precedence %" PRId32 " `\n", r->precedence);
	if ((rc = id_parameter(o, "PrecedenceAfter", r->after)) < 0 ||
	    (rc = id_parameter(o, "PrecedenceBefore", r->before)) < 0)
		return rc;
	name_parameter(o, "SourceObjectType", r->source_type);
	name_parameter(o, "TargetObjectType", r->target_type);
	parameter(o, "Connector", without_braces(connector));
	parameter(o, "LinkType", text_of(link_text(r->link, FORM_VENDOR)));
	if (r->soft_delete_ms == 0)
		buf_puts(o->b, "-SoftDeleteExpiryInterval 0 `\n");
	else
		parameter(o, "SoftDeleteExpiryInterval", text_of(span));
	parameter(o, "ImmutableTag", r->tag);
	if (r->password_sync)
		buf_puts(o->b, "-EnablePasswordSync `\n");
	if (r->disabled)
		buf_puts(o->b, "-Disabled `\n");
	buf_puts(o->b, "-OutVariable syncRule\n\n");
	return 0;
}

/* What an expression reads; for information, as the editor gives it. */
static int
write_reads(struct output *o, const struct flow *f)
{
	struct expr_scope scope = {.names = o->how->names};
	const struct expr *x;
	const uint32_t *names;
	size_t n;
	int rc = expr_compile(&scope, f->text, o->arena, &x, NULL, NULL);

	if (rc < 0)
		return rc == ERR_NOMEM ? rc : 0;
	names = expr_attributes(x, &n);
	for (size_t i = 0; i < n; i++) {
		buf_puts(o->b, i == 0 ? "-Source @(" : ",");
		quote(o->b, names_text(o->how->names, names[i]));
	}
	if (n > 0)
		buf_puts(o->b, ") `\n");
	return 0;
}

static int
write_flow(struct output *o, const struct flow *f)
{
	int rc = 0;

	buf_puts(o->b, "Add-ADSyncAttributeFlowMapping `\n"
		       "-SynchronizationRule $syncRule[0] `\n");
	if (f->kind == FLOW_EXPRESSION) {
		rc = write_reads(o, f);
	} else {
		buf_puts(o->b, "-Source @(");
		quote(o->b, f->kind == FLOW_CONSTANT
				? f->text
				: names_text(o->how->names, f->source));
		buf_puts(o->b, ") `\n");
	}
	name_parameter(o, "Destination", f->target);
	parameter(o, "FlowType", text_of(flow_kind_text(f->kind)));
	parameter(
	    o, "ValueMergeType", text_of(merge_text(f->merge, FORM_VENDOR)));
	if (f->kind == FLOW_EXPRESSION)
		parameter(o, "Expression", f->text);
	if (f->execute_once)
		buf_puts(o->b, "-ExecuteOnce `\n");
	buf_puts(o->b, "-OutVariable syncRule\n\n");
	return rc;
}

/* @($condition0[0],$condition1[0]) */
static void
write_conditions(
    struct output *o, const char *command, const char *list, size_t count)
{
	buf_printf(o->b, "%s `\n-SynchronizationRule $syncRule[0] `\n-%s @(",
	    command, list);
	for (size_t i = 0; i < count; i++)
		buf_printf(o->b, "%s$condition%zu[0]", i == 0 ? "" : ",", i);
	buf_puts(o->b, ") `\n-OutVariable syncRule\n\n");
}

static void
write_scope(struct output *o, const struct scope_group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct scope_clause *c = &g->clauses[i];

		buf_puts(o->b, "New-Object `\n-TypeName '" SCOPE_TYPE
			       "' `\n-ArgumentList ");
		quote(o->b, names_text(o->how->names, c->name));
		buf_putc(o->b, ',');
		quote(o->b, c->value);
		buf_printf(o->b, ",'%s' `\n-OutVariable condition%zu\n\n",
		    scope_op_text(c->op), i);
	}
	write_conditions(
	    o, "Add-ADSyncScopeConditionGroup", "ScopeConditions", g->count);
}

static void
write_join(struct output *o, const struct join_group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct join_clause *c = &g->clauses[i];

		buf_puts(o->b, "New-Object `\n-TypeName '" JOIN_TYPE
			       "' `\n-ArgumentList ");
		quote(o->b, names_text(o->how->names, c->cs_name));
		buf_putc(o->b, ',');
		quote(o->b, names_text(o->how->names, c->mv_name));
		buf_printf(o->b, ",%s `\n-OutVariable condition%zu\n\n",
		    c->case_sensitive ? "$true" : "$false", i);
	}
	write_conditions(
	    o, "Add-ADSyncJoinConditionGroup", "JoinConditions", g->count);
}

static int
write_rule(struct output *o, const struct rule *r)
{
	int rc = write_head(o, r);

	for (size_t i = 0; i < r->flow_count && rc == 0; i++)
		rc = write_flow(o, &r->flows[i]);
	for (size_t i = 0; i < r->scope_count && rc == 0; i++)
		write_scope(o, &r->scope[i]);
	for (size_t i = 0; i < r->join_count && rc == 0; i++)
		write_join(o, &r->join[i]);
	buf_puts(
	    o->b, "Add-ADSyncRule `\n-SynchronizationRule $syncRule[0]\n\n");
	return rc;
}

int
powershell_write(const struct powershell_output *how, const struct rule *rules,
    size_t count, struct buf *out)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct output o = {.how = how, .b = out, .arena = a};
	int rc = a == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = write_rule(&o, &rules[i]);
		if (a != NULL)
			arena_reset(a);
	}
	return rc < 0 ? rc : buf_error(out);
}
