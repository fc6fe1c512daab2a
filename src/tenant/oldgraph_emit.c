/* tenant/oldgraph_emit.c -- objects and errors as they were written before
 * Graph; see oldgraph_int.h. */
#include "base/clock.h"
#include "tenant/emit.h"
#include "tenant/oldgraph_int.h"

static const struct json *
phone_of(const struct json *phones, const char *type)
{
	for (size_t i = 0; i < json_count(phones); i++) {
		const struct json *p = json_at(phones, i);

		if (text_is(json_get_text(p, "type"), type))
			return json_get(p, "number");
	}
	return NULL;
}

/* What was told then: that a value is another object's, and which property. */
static void
errors_write(struct buf *b, const struct json *errors)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < json_count(errors); i++) {
		const struct json *e = json_at(errors, i);

		buf_printf(b, "%s{\"errorDetail\":", i == 0 ? "" : ",");
		emit_json(b, json_get(e, "category"));
		buf_puts(b, ",\"resolved\":false,\"service\":");
		emit_json(b, json_get(e, "propertyCausingError"));
		buf_puts(b, ",\"timestamp\":");
		emit_json(b, json_get(e, "occurredDateTime"));
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void
value_write(struct buf *b, const struct old_name *n, const struct json *o)
{
	const struct json *v = n->own == NULL ? NULL : json_get(o, n->own);

	switch (n->shape) {
	case OLD_SAME:
		emit_json(b, v);
		return;
	case OLD_FIRST:
		emit_json(b, json_at(v, 0));
		return;
	case OLD_ADDRESS:
		emit_json(b, json_get(json_at(v, 0), n->part));
		return;
	case OLD_PHONE:
		emit_json(b, phone_of(v, n->part));
		return;
	case OLD_ERRORS:
		errors_write(b, v);
		return;
	case OLD_NONE:
		buf_puts(b, "[]");
		return;
	case OLD_NULL:
		break;
	}
	buf_puts(b, "null");
}

static void
object_begin(struct buf *b, const char *type, const char *object)
{
	buf_printf(b,
	    "{\"odata.type\":\"" SERVICES "%s\",\"objectType\":\"%s\"", type,
	    object);
}

void
old_object_write(
    struct buf *out, const struct old_kind *k, const struct json *o)
{
	object_begin(out, k->object, k->object);
	for (size_t i = 0; i < k->n; i++) {
		buf_printf(out, ",\"%s\":", k->names[i].name);
		value_write(out, &k->names[i], o);
	}
	buf_putc(out, '}');
}

static void
domains_write(struct buf *b, const struct tenant *t)
{
	for (size_t i = 0; i < t->ndomains; i++) {
		const struct domain *d = &t->domains[i];

		buf_printf(b,
		    "%s{\"capabilities\":\"Email, OfficeCommunicationsOnline\","
		    "\"default\":%s,\"id\":\"%zu\",\"initial\":%s,\"name\":",
		    i == 0 ? "" : ",", d->is_default ? "true" : "false", i + 1,
		    d->is_initial ? "true" : "false");
		emit_text(b, d->name);
		buf_printf(b, ",\"type\":\"%s\"}",
		    d->federated ? "Federated" : "Managed");
	}
}

void
old_company_write(
    struct buf *out, const struct tenant *t, const struct json *org)
{
	object_begin(out, "TenantDetail", "Company");
	buf_printf(out,
	    ",\"objectId\":\"%s\",\"deletionTimestamp\":null,"
	    "\"assignedPlans\":[],\"city\":null,\"companyLastDirSyncTime\":",
	    t->id);
	emit_json(out, json_get(org, "onPremisesLastSyncDateTime"));
	buf_puts(out, ",\"country\":null,\"countryLetterCode\":null,"
		      "\"createdDateTime\":");
	emit_json(out, json_get(org, "createdDateTime"));
	buf_puts(out, ",\"dirSyncEnabled\":");
	emit_json(out, json_get(org, "onPremisesSyncEnabled"));
	buf_puts(out, ",\"displayName\":");
	emit_text(out, t->display_name);
	buf_puts(out,
	    ",\"marketingNotificationEmails\":[],\"postalCode\":null,"
	    "\"preferredLanguage\":null,\"privacyProfile\":null,"
	    "\"provisionedPlans\":[],\"provisioningErrors\":[],"
	    "\"securityComplianceNotificationMails\":[],"
	    "\"securityComplianceNotificationPhones\":[],\"state\":null,"
	    "\"street\":null,\"technicalNotificationMails\":[],"
	    "\"telephoneNumber\":null,\"verifiedDomains\":[");
	domains_write(out, t);
	buf_puts(out, "]}");
}

void
old_error_write(
    struct oldgraph_call *c, int status, const char *code, struct text message)
{
	char date[32];
	struct buf *b = c->out;

	(void)clock_format(clock_now_ms(), false, date);
	date[19] = '\0';
	buf_reset(b);
	buf_printf(b,
	    "{\"odata.error\":{\"code\":\"%s\",\"message\":{\"lang\":\"en\","
	    "\"value\":",
	    code);
	emit_text(b, message);
	buf_printf(
	    b, "},\"requestId\":\"%s\",\"date\":\"%s\"}}", c->request_id, date);
	c->status = status;
}
