/* connectors/cloud/answer.c -- see answer.h. */
#include "connectors/cloud/answer.h"

#include <string.h>

#include "proto/http_client.h"

#define MESSAGE_MAX 240U

/* What Graph says in "error", and in the first of its "details". */
struct said {
	struct text code, message, detail, target;
};

static struct said
said_read(const struct json *body)
{
	const struct json *error = json_get(body, "error");
	const struct json *detail = json_at(json_get(error, "details"), 0);

	return (struct said){
	    .code = json_get_text(error, "code"),
	    .message = json_get_text(error, "message"),
	    .detail = json_get_text(detail, "code"),
	    .target = json_get_text(detail, "target"),
	};
}

static bool
holds(struct text t, const char *part)
{
	return t.len > 0 && memmem(t.data, t.len, part, strlen(part)) != NULL;
}

static bool
is_conflict(const struct said *s)
{
	static const char same[] = "Another object with the same value";

	return text_is(s->detail, "ObjectConflict") ||
	       text_is(s->code, "ObjectConflict") ||
	       text_is(s->code, "Request_MultipleObjectsWithSameKeyValue") ||
	       holds(s->message, same);
}

/* A place in a list or in the log of changes that is not known any more. */
static bool
is_expired(const struct answer *a, const struct said *s)
{
	return a->status == 410 || text_is(s->code, "syncStateNotFound") ||
	       text_is(s->code, "resyncRequired") ||
	       text_is(s->code, "Directory_ExpiredPageToken");
}

static enum answer_kind
refused_kind(const struct answer *a)
{
	struct said s = said_read(a->body);

	/* The same code for all of 400: here the text alone tells. */
	if (a->status == 400 && text_is(s.code, "Request_BadRequest") &&
	    holds(s.message, "added object references already exist"))
		return ANSWER_PRESENT;
	if (text_is(s.code, "Directory_ConcurrencyViolation") ||
	    text_is(s.code, "ConditionNotMet") ||
	    text_is(s.code, "Request_ThrottledTemporarily") ||
	    text_is(s.code, "activityLimitReached"))
		return ANSWER_WAIT;
	if (is_conflict(&s))
		return ANSWER_CONFLICT;
	return ANSWER_REFUSED;
}

enum answer_kind
answer_kind(const struct answer *a)
{
	if (a->status >= 200 && a->status < 300)
		return ANSWER_DONE;
	if (a->status == 429 || (a->status == 503 && a->retry_ms >= 0))
		return ANSWER_WAIT;
	if (a->status >= 500 || a->status == 408)
		return ANSWER_FAULT;
	if (a->status == 401)
		return ANSWER_TOKEN;
	if (a->status == 404)
		return ANSWER_MISSING;
	return refused_kind(a);
}

bool
answer_is_quota(const struct answer *a)
{
	return text_is(said_read(a->body).code, "Directory_QuotaExceeded");
}

/* ---- The names administrators know ---- */

/* First row that fits: "" fits all. */
static const struct named {
	const char *code;   /* of the error or of its detail */
	const char *target; /* property */
	const char *text;   /* in the message */
	const char *type;
	int error;
} names[] = {
    {"InvalidValue", "userPrincipalName", "", "IdentityDataValidationFailed",
	ERR_REJECTED},
    {"InvalidValue", "", "length", "ExceededAllowedLength", ERR_REJECTED},
    {"InvalidLength", "", "", "ExceededAllowedLength", ERR_REJECTED},
    {"InvalidValue", "", "", "DataValidationFailed", ERR_REJECTED},
    {"Directory_QuotaExceeded", "", "", "QuotaExceeded", ERR_REJECTED},
    {"", "", "on-premises mastered", "permission-issue", ERR_REJECTED},
    {"Authorization_RequestDenied", "", "", "permission-issue", ERR_REJECTED},
    {"Authorization_IdentityNotFound", "", "", "permission-issue",
	ERR_REJECTED},
    {"", "", "", "cd-error", ERR_REJECTED},
};

static const struct named *
name_find(const struct said *s)
{
	const struct named *n = names;

	for (;; n++) /* the last row fits */
		if ((n->code[0] == '\0' || text_is(s->code, n->code) ||
			text_is(s->detail, n->code)) &&
		    (n->target[0] == '\0' ||
			text_is_nocase(s->target, n->target)) &&
		    (n->text[0] == '\0' || holds(s->message, n->text)))
			return n;
}

/* "HTTP 400 Request_BadRequest: message" */
static int
refusal_set(const struct answer *a, const struct said *s, int code,
    const char *type, struct err *e)
{
	struct text m = s->message;

	if (m.len > MESSAGE_MAX)
		m.len = MESSAGE_MAX;
	return err_type(e, code, type, "HTTP %d %.*s%s%.*s%s%.*s", a->status,
	    TEXT_ARGS(s->code), m.len > 0 ? ": " : "", TEXT_ARGS(m),
	    s->target.len > 0 ? ", property " : "", TEXT_ARGS(s->target));
}

int
answer_error(const struct answer *a, struct err *e)
{
	struct said s = said_read(a->body);
	const struct named *n;

	switch (answer_kind(a)) {
	case ANSWER_WAIT:
	case ANSWER_FAULT:
		return refusal_set(a, &s, ERR_BUSY, "", e);
	case ANSWER_TOKEN:
		return refusal_set(a, &s, ERR_AUTH, "failed-authentication", e);
	case ANSWER_MISSING:
		return refusal_set(a, &s, ERR_REJECTED, "cd-missing-object", e);
	case ANSWER_CONFLICT:
		return refusal_set(
		    a, &s, ERR_REJECTED, "AttributeValueMustBeUnique", e);
	case ANSWER_DONE:
	case ANSWER_PRESENT:
	case ANSWER_REFUSED:
		break;
	}
	if (is_expired(a, &s))
		return refusal_set(a, &s, ERR_NOENT, "stopped-import-read", e);
	n = name_find(&s);
	return refusal_set(a, &s, n->error, n->type, e);
}

/* ---- Forms ---- */

int
page_read(const struct json *root, const struct json **out_list,
    struct text *out_next, struct err *e)
{
	const struct json *list = json_get(root, "value");
	const struct json *next = json_get(root, "@odata.nextLink");

	if (json_type(root) != JSON_OBJECT || json_type(list) != JSON_LIST)
		return err_set(e, ERR_PROTOCOL, "a page without \"value\"");
	if (next != NULL && json_type(next) != JSON_STRING)
		return err_set(
		    e, ERR_PROTOCOL, "a page whose nextLink is no text");
	*out_list = list;
	*out_next = json_text(next);
	return 0;
}

struct retry_after {
	struct text value;
};

static int
header_visit(void *ctx, struct text key, struct json *value)
{
	struct retry_after *r = ctx;

	if (text_is_nocase(key, "Retry-After"))
		r->value = json_text(value);
	return 0;
}

int
batch_item_read(const struct json *j, size_t n, size_t *out_item,
    struct answer *out, struct err *e)
{
	struct retry_after after = {0};
	int64_t id, status = json_int(json_get(j, "status"), 0);

	if (text_to_int64(json_get_text(j, "id"), &id) < 0 || id < 1 ||
	    (uint64_t)id > n)
		return err_set(e, ERR_PROTOCOL,
		    "a batch answers an item that was not in "
		    "it");
	if (status < 100 || status > 599)
		return err_set(
		    e, ERR_PROTOCOL, "a batch answers without a status");
	(void)json_each(json_get(j, "headers"), header_visit, &after);
	*out_item = (size_t)id - 1;
	*out = (struct answer){
	    .status = (int)status,
	    .body = json_get(j, "body"),
	    .retry_ms = http_retry_after_ms(after.value),
	};
	return 0;
}
