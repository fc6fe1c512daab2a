/* tenant/rules_password.c -- a password that Graph sets, kept as its hash, so
 * that the user can sign in; see rules.h. */
#include "tenant/rules.h"
#include "tenant/syncobj.h"

int
rules_password(struct gcall *c, const struct dirobj *o)
{
	const struct json *profile = json_get(c->body, "passwordProfile");
	struct text password = json_get_text(profile, "password"), blob = {0};
	bool force = json_bool(
	    json_get(profile, "forceChangePasswordNextSignIn"), false);
	int r;

	if (o->kind != ENTITY_USER || password.len == 0)
		return 0;
	r = sync_credential_make(c->a, password, &blob);
	if (r == 0)
		r = tdb_run(c->t->db, SQL_CREDENTIAL_PUT, "itii", o->row, blob,
		    tenant_now_ms(c->t), (int64_t)force);
	return r == 0 ? 0 : gcall_failed(c, r);
}
