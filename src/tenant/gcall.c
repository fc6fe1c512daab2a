/* tenant/gcall.c -- answers and refusals in Graph's form. */
#include <stdarg.h>

#include "base/clock.h"
#include "tenant/emit.h"
#include "tenant/tenant_int.h"

struct text
gcall_segment(const struct gcall *c, size_t i)
{
	return i < c->url.nsegments ? c->url.segments[i] : (struct text){"", 0};
}

static void
error_body(struct gcall *c, const struct refusal *r, struct text message)
{
	char date[32];
	struct buf *b = c->out;

	(void)clock_format(clock_now_ms(), false, date);
	date[19] = '\0'; /* Graph writes it without the Z */
	buf_reset(b);
	buf_printf(b, "{\"error\":{\"code\":\"%s\",\"message\":", r->code);
	emit_text(b, message);
	if (r->detail != NULL) {
		buf_printf(b,
		    ",\"details\":[{\"code\":\"%s\",\"message\":", r->detail);
		emit_text(b, message);
		buf_puts(b, ",\"target\":");
		emit_text(b, text_of(r->target));
		buf_puts(b, "}]");
	}
	buf_printf(b,
	    ",\"innerError\":{\"date\":\"%s\",\"request-id\":\"%s\","
	    "\"client-request-id\":",
	    date, c->request_id);
	emit_text(b, c->client_request_id);
	buf_puts(b, "}}}");
}

static int refuse(struct gcall *c, const struct refusal *r, const char *fmt,
    va_list ap) __attribute__((format(printf, 3, 0)));

static int
refuse(struct gcall *c, const struct refusal *r, const char *fmt, va_list ap)
{
	char message[1024];
	int n = vsnprintf(message, sizeof(message), fmt, ap);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len >= sizeof(message))
		len = sizeof(message) - 1;
	/* Cut between characters. */
	while (len > 0 && !text_is_utf8((struct text){message, len}))
		len--;
	c->status = r->status;
	c->error_code = r->code;
	error_body(c, r, (struct text){message, len});
	return ERR_REJECTED;
}

int
gcall_refuse(struct gcall *c, const struct refusal *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)refuse(c, r, fmt, ap);
	va_end(ap);
	return ERR_REJECTED;
}

int
gcall_bad(struct gcall *c, const char *fmt, ...)
{
	static const struct refusal bad = {
	    400, "Request_BadRequest", NULL, NULL};
	va_list ap;

	va_start(ap, fmt);
	(void)refuse(c, &bad, fmt, ap);
	va_end(ap);
	return ERR_REJECTED;
}

int
gcall_not_found(struct gcall *c, struct text id)
{
	static const struct refusal gone = {
	    404, "Request_ResourceNotFound", NULL, NULL};

	return gcall_refuse(c, &gone,
	    "Resource '%.*s' does not exist or one of its queried "
	    "reference-property objects are not present.",
	    (int)(id.len > 256 ? 256 : id.len), id.data);
}

int
gcall_failed(struct gcall *c, int r)
{
	static const struct refusal broken = {
	    500, "Service_InternalServerError", NULL, NULL};
	static const struct refusal full = {
	    503, "serviceNotAvailable", NULL, NULL};

	if (r == ERR_REJECTED)
		return r; /* said already */
	if (r == ERR_BUSY || r == ERR_NOSPACE)
		return gcall_refuse(
		    c, &full, "The store cannot write: %s.", err_name(r));
	return gcall_refuse(
	    c, &broken, "An internal error has occurred: %s.", err_name(r));
}
