/* store/step.c -- see step.h. */
#include "store/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void
step_count(struct step *s, const char *name, struct text target)
{
	step_add(s, name, target, 1);
}

void
step_add(struct step *s, const char *name, struct text target, uint64_t n)
{
	for (size_t i = 0; i < s->counter_count; i++) {
		struct counter *c = &s->counters[i];

		if (strcmp(c->name, name) == 0 &&
		    text_equal(c->target, target)) {
			c->n += n;
			return;
		}
	}
	if (s->counter_count < STEP_COUNTERS)
		s->counters[s->counter_count++] =
		    (struct counter){.name = name, .target = target, .n = n};
}

uint64_t
step_counted(const struct step *s, const char *name)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->counter_count; i++)
		if (strcmp(s->counters[i].name, name) == 0)
			n += s->counters[i].n;
	return n;
}

void
step_progress(struct step *s, const char *phase, uint64_t done, uint64_t total)
{
	if (s->progress != NULL)
		s->progress(s->ctx, phase, done, total);
}

int
step_check(struct step *s, struct err *e)
{
	if (s->cancelled != NULL && s->cancelled(s->ctx))
		return err_set(e, ERR_CANCELLED, "stopped on request");
	return 0;
}

void
step_stop(struct step *s, const char *result, const char *fmt, ...)
{
	va_list va;

	if (s->result != NULL)
		return;
	s->result = result;
	va_start(va, fmt);
	(void)vsnprintf(s->detail, sizeof(s->detail), fmt, va);
	va_end(va);
}

int
step_object(struct step *s, bool deletes, struct err *e)
{
	uint64_t *n = deletes ? &s->deletes : &s->objects;
	uint64_t max = deletes ? s->max_deletes : s->max_objects;

	if (max == 0 || *n < max) {
		(*n)++;
		return 0;
	}
	step_stop(s,
	    deletes ? "stopped-deletion-threshold-exceeded"
		    : "stopped-object-limit",
	    "the run was to end after %llu %s", (unsigned long long)max,
	    deletes ? "deletions" : "objects");
	return err_set(e, ERR_GUARD, "%s", s->detail);
}

bool
step_is_full(const struct step *s, int r)
{
	return s->result != NULL && (r == ERR_LIMIT || r == ERR_GUARD);
}

static const struct {
	int code;
	const char *at_start;
	const char *later;
} failures[] = {
    {ERR_CANCELLED, "stopped-user-termination-from-wmi-or-ui",
	"stopped-user-termination-from-wmi-or-ui"},
    {ERR_GUARD, "stopped-deletion-threshold-exceeded",
	"stopped-deletion-threshold-exceeded"},
    {ERR_AUTH, "no-start-credentials", "stopped-bad-server-credentials"},
    {ERR_ACCESS, "no-start-credentials", "stopped-bad-server-credentials"},
    {ERR_CONNECT, "no-start-connection", "stopped-connectivity"},
    {ERR_TLS, "no-start-connection", "stopped-connectivity"},
    {ERR_BUSY, "no-start-connection", "stopped-connectivity"},
    {ERR_CONFIG, "no-start-bad-ma-configuration",
	"stopped-bad-ma-configuration"},
    {ERR_PROTOCOL, "stopped-unexpected-data", "stopped-unexpected-data"},
    {ERR_SYNTAX, "stopped-parsing-errors", "stopped-parsing-errors"},
    {ERR_NOENT, "no-start-partition-not-configured", "stopped-import-read"},
    {ERR_NOSPACE, "stopped-disk-full", "stopped-disk-full"},
    {ERR_NOMEM, "stopped-out-of-memory", "stopped-out-of-memory"},
    {ERR_LIMIT, "stopped-object-limit", "stopped-object-limit"},
    {ERR_INTERNAL, "stopped-server", "stopped-server"},
    {ERR_STORE, "no-start-server", "stopped-server"},
};

/* The spec's own names, where the connector gave one. */
static const char *
named_result(const char *type)
{
	static const char *const known[] = {"no-start-bad-ma-configuration",
	    "no-start-connection", "no-start-credentials",
	    "no-start-file-access-denied", "no-start-file-code-page",
	    "no-start-file-not-found", "no-start-file-open",
	    "no-start-full-import-required", "no-start-header-row-mismatch",
	    "no-start-ma", "no-start-no-domain-controller",
	    "no-start-partition-not-configured", "no-start-server",
	    "stopped-connectivity", "stopped-file-embedded-nulls",
	    "stopped-file-error", "stopped-import-read", "stopped-export-write",
	    "stopped-object-limit", "stopped-parsing-errors",
	    "stopped-server-down", "stopped-unexpected-data"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], type) == 0)
			return known[i];
	return NULL;
}

const char *
step_failure(const struct err *why, bool began)
{
	const char *name = named_result(why->type);

	if (name != NULL)
		return name;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == why->code)
			return began ? failures[i].later : failures[i].at_start;
	return began ? "stopped-ma" : "no-start-ma";
}

static void
copy_text(char *out, size_t size, struct text t)
{
	size_t n = t.len < size ? t.len : size - 1;

	if (n != 0)
		memcpy(out, t.data, n);
	out[n] = '\0';
}

/* Texts may hold values: at debug alone. */
static void
tell_error(const struct step *s, const struct step_where *at,
    const struct object_error *record)
{
	char dn[400], attribute[200];

	if (!log_enabled(LOG_INFO))
		return;
	copy_text(dn, sizeof(dn), at->dn);
	copy_text(attribute, sizeof(attribute), at->attribute);
	log_event(LOG_INFO, "object.error", "connector", s->connector_name.data,
	    "step", s->type, "dn", dn, "error_type", record->type.data,
	    "algorithm_step", at->algorithm_step, "attribute", attribute,
	    "text", log_enabled(LOG_DEBUG) ? record->text.data : NULL, NULL);
}

/* One record of the step and of the object. */
static int
record_put(struct step *s, const struct step_where *at, const struct err *why,
    struct err *e)
{
	int64_t now = clock_now_ms();
	struct object_error record = {.cs = at->cs,
	    .connector = s->connector,
	    .stage = at->stage,
	    .step = s->id,
	    .dn = at->dn,
	    .type =
		text_of(why->type[0] != '\0' ? why->type : "unexpected-error"),
	    .text = text_of(why->text),
	    .algorithm_step = text_of(at->algorithm_step),
	    .rule = at->rule,
	    .attribute = at->attribute,
	    .first_ms = now,
	    .last_ms = now,
	    .count = 1};
	int r = error_put(s->store, &record, e);

	if (r == 0)
		tell_error(s, at, &record);
	return r;
}

int
step_error(struct step *s, const struct step_where *at, const struct err *why,
    struct err *e)
{
	int r = record_put(s, at, why, e);

	if (r < 0)
		return r;
	if (++s->errors > STEP_MAX_ERRORS) {
		step_stop(s, "stopped-error-limit",
		    "more than %u objects failed; the last: %s",
		    STEP_MAX_ERRORS, why->text);
		return err_set(e, ERR_LIMIT, "more than %u objects failed",
		    STEP_MAX_ERRORS);
	}
	return 0;
}

int
step_warning(struct step *s, const struct step_where *at, const struct err *why,
    struct err *e)
{
	s->warnings++;
	return record_put(s, at, why, e);
}
