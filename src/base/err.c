/* base/err.c -- see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int code;
	enum err_class class;
	const char *name;
} codes[] = {
    {ERR_OK, ERR_CLASS_OBJECT, "ok"},
    {ERR_NOMEM, ERR_CLASS_RETRY, "nomem"},
    {ERR_INVAL, ERR_CLASS_OBJECT, "inval"},
    {ERR_NOENT, ERR_CLASS_OBJECT, "noent"},
    {ERR_EXIST, ERR_CLASS_OBJECT, "exist"},
    {ERR_IO, ERR_CLASS_CONFIG, "io"},
    {ERR_ACCESS, ERR_CLASS_CONFIG, "access"},
    {ERR_NOSPACE, ERR_CLASS_CONFIG, "nospace"},
    {ERR_SYNTAX, ERR_CLASS_OBJECT, "syntax"},
    {ERR_LIMIT, ERR_CLASS_OBJECT, "limit"},
    {ERR_BUSY, ERR_CLASS_RETRY, "busy"},
    {ERR_UNCERTAIN, ERR_CLASS_REREAD, "uncertain"},
    {ERR_CONFIG, ERR_CLASS_CONFIG, "config"},
    {ERR_TYPE, ERR_CLASS_OBJECT, "type"},
    {ERR_AUTH, ERR_CLASS_CONFIG, "auth"},
    {ERR_CONNECT, ERR_CLASS_RETRY, "connect"},
    {ERR_TLS, ERR_CLASS_CONFIG, "tls"},
    {ERR_PROTOCOL, ERR_CLASS_CONFIG, "protocol"},
    {ERR_STORE, ERR_CLASS_CONFIG, "store"},
    {ERR_VERSION, ERR_CLASS_CONFIG, "version"},
    {ERR_GUARD, ERR_CLASS_CONFIG, "guard"},
    {ERR_REFUSED, ERR_CLASS_CONFIG, "refused"},
    {ERR_RULE, ERR_CLASS_OBJECT, "rule"},
    {ERR_REJECTED, ERR_CLASS_OBJECT, "rejected"},
    {ERR_INTERNAL, ERR_CLASS_BUG, "internal"},
    {ERR_UNSUPPORTED, ERR_CLASS_CONFIG, "unsupported"},
    {ERR_CANCELLED, ERR_CLASS_CONFIG, "cancelled"},
};

static PRINTF(4, 0) void fill(
    struct err *e, int code, const char *type, const char *fmt, va_list ap)
{
	e->code = code;
	(void)snprintf(e->type, sizeof(e->type), "%s", type);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

int(err_set)(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	va_start(ap, fmt);
	fill(e, code, "", fmt, ap);
	va_end(ap);
	return code;
}

int(err_type)(struct err *e, int code, const char *type, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	va_start(ap, fmt);
	fill(e, code, type, fmt, ap);
	va_end(ap);
	return code;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->text)];
	size_t used, rest;
	va_list ap;

	if (e == NULL)
		return ERR_INTERNAL;
	(void)memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text) / 2, fmt, ap);
	va_end(ap);
	used = strlen(e->text);
	rest = strnlen(old, sizeof(e->text) - used - 3);
	memcpy(e->text + used, ": ", 2);
	memcpy(e->text + used + 2, old, rest);
	e->text[used + 2 + rest] = '\0';
	return e->code;
}

enum err_class
err_class(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].class;
	return ERR_CLASS_BUG;
}

const char *
err_name(int code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return "unknown";
}
