/* tenant/graph_org.c -- the organisation and its domains; see graph.h. */
#include "base/clock.h"
#include "tenant/graph.h"

static void
emit_bool(struct buf *b, const char *name, bool value)
{
	buf_printf(b, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
emit_organization(struct gcall *c, const char *context)
{
	const struct tenant *t = c->t;
	struct buf *b = c->out;
	char date[32];

	buf_putc(b, '{');
	if (context != NULL) {
		buf_puts(b, "\"@odata.context\":");
		emit_text(b, text_of(context));
		buf_putc(b, ',');
	}
	buf_printf(b, "\"id\":\"%s\",\"displayName\":", t->id);
	emit_text(b, t->display_name);
	buf_printf(b,
	    ",\"createdDateTime\":\"%s\",\"onPremisesSyncEnabled\":null,"
	    "\"onPremisesLastSyncDateTime\":null,\"verifiedDomains\":[",
	    clock_format(t->created_ms, false, date));
	for (size_t i = 0; i < t->ndomains; i++) {
		const struct domain *d = &t->domains[i];

		buf_printf(b, "%s{\"name\":", i == 0 ? "" : ",");
		emit_text(b, d->name);
		buf_printf(b,
		    ",\"type\":\"%s\",\"capabilities\":\"Email, "
		    "OfficeCommunicationsOnline\"",
		    d->federated ? "Federated" : "Managed");
		emit_bool(b, "isInitial", d->is_initial);
		emit_bool(b, "isDefault", d->is_default);
		buf_putc(b, '}');
	}
	buf_puts(b, "]}");
}

int
graph_organization(struct gcall *c)
{
	struct text id = gcall_segment(c, 1);
	struct query q;
	int r = query_parse(c, 1U << ENTITY_USER, 0, &q);

	if (r != 0)
		return r;
	if (id.len != 0 && !text_is_nocase(id, c->t->id))
		return gcall_not_found(c, id);
	c->status = 200;
	if (id.len != 0) {
		emit_organization(
		    c, graph_context(c, "organization", NULL, true));
		return 0;
	}
	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(
	    c->out, text_of(graph_context(c, "organization", NULL, false)));
	buf_puts(c->out, ",\"value\":[");
	emit_organization(c, NULL);
	buf_puts(c->out, "]}");
	return 0;
}

int
graph_domains(struct gcall *c)
{
	const struct tenant *t = c->t;
	struct buf *b = c->out;

	buf_puts(b, "{\"@odata.context\":");
	emit_text(b, text_of(graph_context(c, "domains", NULL, false)));
	buf_puts(b, ",\"value\":[");
	for (size_t i = 0; i < t->ndomains; i++) {
		const struct domain *d = &t->domains[i];

		buf_printf(b, "%s{\"id\":", i == 0 ? "" : ",");
		emit_text(b, d->name);
		buf_printf(b, ",\"authenticationType\":\"%s\"",
		    d->federated ? "Federated" : "Managed");
		emit_bool(b, "isInitial", d->is_initial);
		emit_bool(b, "isDefault", d->is_default);
		emit_bool(b, "isVerified", true);
		buf_putc(b, '}');
	}
	buf_puts(b, "]}");
	c->status = 200;
	return 0;
}
