/* tenant/graph_org.c -- the organisation and its domains; see graph.h. */
#include "base/clock.h"
#include "tenant/graph.h"
#include "tenant/syncobj.h"

static void
emit_bool(struct buf *b, const char *name, bool value)
{
	buf_printf(b, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
emit_date(struct buf *b, const char *name, int64_t ms)
{
	char date[32];

	if (ms == 0)
		buf_printf(b, ",\"%s\":null", name);
	else
		buf_printf(
		    b, ",\"%s\":\"%s\"", name, clock_format(ms, false, date));
}

/* Never was, is, or was synchronised (T1.2). */
static const char *
sync_text(const struct sync_settings *s)
{
	if (s->state == SYNC_OFF)
		return s->last_sync_ms == 0 ? "null" : "false";
	return "true";
}

static void
emit_organization(
    struct gcall *c, const struct sync_settings *s, const char *context)
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
	    ",\"createdDateTime\":\"%s\",\"onPremisesSyncEnabled\":%s",
	    clock_format(t->created_ms, false, date), sync_text(s));
	emit_date(b, "onPremisesLastSyncDateTime", s->last_sync_ms);
	emit_date(b, "onPremisesLastPasswordSyncDateTime", s->last_password_ms);
	buf_puts(b, ",\"verifiedDomains\":[");
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
	struct sync_settings s;
	struct query q;
	int r = query_parse(c, 1U << ENTITY_USER, 0, &q);

	if (r == 0) {
		r = sync_settings_load(c->t, c->a, &s);
		r = r == 0 ? 0 : gcall_failed(c, r);
	}
	if (r != 0)
		return r;
	if (id.len != 0 && !text_is_nocase(id, c->t->id))
		return gcall_not_found(c, id);
	c->status = 200;
	if (id.len != 0) {
		emit_organization(
		    c, &s, graph_context(c, "organization", NULL, true));
		return 0;
	}
	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(
	    c->out, text_of(graph_context(c, "organization", NULL, false)));
	buf_puts(c->out, ",\"value\":[");
	emit_organization(c, &s, NULL);
	buf_puts(c->out, "]}");
	return 0;
}

/* PATCH of onPremisesSyncEnabled, the one property that is taken (T8.2). */
int
graph_organization_update(struct gcall *c)
{
	const struct refusal busy = {
	    400, "Request_BadRequest", NULL, "onPremisesSyncEnabled"};
	const struct json *on = json_get(c->body, "onPremisesSyncEnabled");
	struct sync_settings s;
	int r;

	if (!text_is_nocase(gcall_segment(c, 1), c->t->id))
		return gcall_not_found(c, gcall_segment(c, 1));
	if (on == NULL)
		on = json_get(c->body, "OnPremisesSyncEnabled");
	if (json_type(on) != JSON_BOOLEAN || json_count(c->body) != 1)
		return gcall_bad(c, "Only onPremisesSyncEnabled can be "
				    "changed here, to true or false.");
	r = sync_settings_load(c->t, c->a, &s);
	if (r == 0)
		r = sync_turn(c->t, &s, json_bool(on, false));
	if (r == ERR_BUSY)
		return gcall_refuse(c, &busy,
		    "Directory synchronization is being turned off; it cannot "
		    "be turned on before that has ended.");
	if (r != 0)
		return gcall_failed(c, r);
	c->status = 204;
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
