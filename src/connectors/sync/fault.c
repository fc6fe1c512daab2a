/* connectors/sync/fault.c -- what the service says instead of an answer. */
#include "connectors/sync/sync_int.h"

#define TEXT_MAX_SHOWN 400U

static bool
holds(struct text t, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= t.len; i++)
		if (text_same_nocase(t.data + i, what, n))
			return true;
	return false;
}

/* First row that fits; by number, or by a piece of the text where services
 * differ in the number. */
static const struct known {
	const char *code;
	const char *text;
	enum fault_kind kind;
	int error;
	const char *type;
	const char *remedy;
} knowns[] = {
    {"81", NULL, FAULT_BUSY, ERR_BUSY, "", ""},
    {NULL, "service is busy", FAULT_BUSY, ERR_BUSY, "", ""},
    {"115", NULL, FAULT_DENIED, ERR_ACCESS, "permission-issue",
	"; the application needs ADSynchronization.ReadWrite.All of the "
	"synchronisation service, with the consent of an administrator"},
    {NULL, "has been denied", FAULT_DENIED, ERR_ACCESS, "permission-issue",
	"; the application needs ADSynchronization.ReadWrite.All of the "
	"synchronisation service, with the consent of an administrator"},
    {NULL, "no longer supported", FAULT_FINAL, ERR_REFUSED, "no-start-ma",
	"; nothing was changed; announce a newer build (setting build) where "
	"this program is newer than that"},
    {NULL, "not yet activated", FAULT_FINAL, ERR_CONFIG, "no-start-ma",
	"; turn it on: PATCH /v1.0/organization/{tenant} with "
	"{\"onPremisesSyncEnabled\": true}, as a global administrator"},
    {"90", NULL, FAULT_FINAL, ERR_CONFIG, "no-start-ma",
	"; turn it on: features: {PasswordHashSync: true}"},
    {NULL, "password is incorrect", FAULT_FINAL, ERR_AUTH,
	"failed-authentication", ""},
};

static const struct known *
known_find(const struct soap_told *t)
{
	for (size_t i = 0; i < sizeof(knowns) / sizeof(knowns[0]); i++) {
		const struct known *k = &knowns[i];

		if (k->code != NULL
			? text_is(t->code, k->code)
			: holds(t->text, k->text) || holds(t->reason, k->text))
			return k;
	}
	return NULL;
}

/* "fault 115: text; remedy" */
static void
say(const struct soap_told *t, const struct known *k, struct text build,
    struct err *e)
{
	struct text m = t->text.len != 0 ? t->text : t->reason;
	bool version = k != NULL && k->error == ERR_REFUSED;

	if (m.len > TEXT_MAX_SHOWN)
		m.len = TEXT_MAX_SHOWN;
	while (
	    m.len > 0 && (m.data[m.len - 1] == '.' || m.data[m.len - 1] == ' '))
		m.len--;
	(void)err_type(e, k == NULL ? ERR_REJECTED : k->error,
	    k == NULL ? "" : k->type, "fault%s%.*s: %.*s%s%.*s%s",
	    t->code.len != 0 ? " " : "", TEXT_ARGS(t->code), TEXT_ARGS(m),
	    version ? "; announced was build " : "",
	    TEXT_ARGS(version ? build : TEXT("")), k == NULL ? "" : k->remedy);
}

enum fault_kind
fault_judge(const struct soap_told *told, struct text build, struct err *e)
{
	const struct known *k = known_find(told);

	if (told->url.len != 0)
		return FAULT_REDIRECT;
	say(told, k, build, e);
	if (k != NULL)
		return k->kind;
	return told->receiver ? FAULT_SERVICE : FAULT_FINAL;
}
