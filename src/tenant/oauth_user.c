/* tenant/oauth_user.c -- users who sign in by name and password, and again by
 * what they were given; see oauth_int.h. */
#include "base/clock.h"
#include "tenant/oauth_int.h"
#include "tenant/page.h"
#include "tenant/syncobj.h"

#define REFRESH_MS (90LL * 86400 * 1000)

/* The user of a name, live; ERR_NOENT. */
static int
user_by_name(struct oauth_call *c, struct text name, struct dirobj *out_o)
{
	struct tdb *db = c->t->db;
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(c->a, UNIQUE_ADDRESS, name, &key);

	if (r == 0)
		r = dirobj_by_unique(db, UNIQUE_ADDRESS, key, &row);
	if (r == 0)
		r = dirobj_by_row(db, row, out_o);
	if (r == 0 && (out_o->kind != ENTITY_USER ||
			  !text_equal_nocase(
			      name, dirobj_text(out_o, "userPrincipalName"))))
		r = ERR_NOENT;
	return r;
}

/* The password first, so that nothing of an account is told to who does not
 * know it. */
unsigned
oauth_user_check(struct oauth_call *c, struct text name, struct text password,
    struct dirobj *o)
{
	struct tdb *db = c->t->db;
	struct text blob = {"", 0};
	bool force;

	if (user_by_name(c, name, o) != 0)
		return 50126;
	if (tdb_run(db, SQL_CREDENTIAL_GET, "i", o->row) == 1)
		blob = text_dup(c->a, tdb_text(db, SQL_CREDENTIAL_GET, 0));
	force = blob.len != 0 && tdb_int(db, SQL_CREDENTIAL_GET, 2) != 0;
	tdb_done(db, SQL_CREDENTIAL_GET);
	if (!sync_credential_verify(c->a, blob, password))
		return 50126;
	if (!dirobj_flag(o, "accountEnabled")) /* T8.5 */
		return 50057;
	return force ? 50055 : 0;
}

void
oauth_password(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app)
{
	struct dirobj o = {0};
	struct oauth_scope s;
	unsigned code;

	/* Only where it was given this way when it was registered. */
	if (!oauth_has_word(app->grants, "password")) {
		oauth_error(c, 401, "invalid_client", 7000218,
		    oauth_code_text(7000218));
		return;
	}
	code = oauth_user_check(c, oauth_field(form, "username"),
	    oauth_field(form, "password"), &o);
	if (code != 0)
		oauth_error(
		    c, 400, "invalid_grant", code, oauth_code_text(code));
	else if (oauth_scope_read(c, oauth_scope_text(c, form), &s))
		oauth_token_write(c, app, &s, &o);
	dirobj_clear(&o);
}

/* Has the password changed since, here or where it comes from? */
static bool
is_stale(
    struct oauth_call *c, const struct page_token *t, const struct dirobj *o)
{
	struct text told = dirobj_text(o, "lastPasswordChangeDateTime");
	struct tdb *db = c->t->db;
	int64_t ms;
	bool stale =
	    tdb_run(db, SQL_CREDENTIAL_GET, "i", (int64_t)t->n[0]) == 1 &&
	    tdb_int(db, SQL_CREDENTIAL_GET, 1) > (int64_t)t->issued_ms;

	if (told.len != 0 && clock_parse(told, &ms) == 0 &&
	    ms > (int64_t)t->issued_ms)
		stale = true;

	tdb_done(db, SQL_CREDENTIAL_GET);
	return stale;
}

static unsigned
refresh_check(struct oauth_call *c, struct text token,
    const struct oauth_app *app, struct dirobj *o)
{
	struct page_token t;

	if (page_parse(c->a, c->t->page_key, token, &t) != 0 ||
	    t.kind != PAGE_REFRESH || !text_equal(t.extra, app->id))
		return 9002313;
	if (tenant_now_ms(c->t) - (int64_t)t.issued_ms > REFRESH_MS)
		return 700082;
	if (dirobj_by_row(c->t->db, (int64_t)t.n[0], o) != 0 ||
	    o->state != DIROBJ_LIVE)
		return 50034;
	if (!dirobj_flag(o, "accountEnabled"))
		return 50057;
	return is_stale(c, &t, o) ? 50173 : 0;
}

void
oauth_refresh(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app)
{
	struct dirobj o = {0};
	struct oauth_scope s;
	unsigned code =
	    refresh_check(c, oauth_field(form, "refresh_token"), app, &o);

	if (code != 0)
		oauth_error(
		    c, 400, "invalid_grant", code, oauth_code_text(code));
	else if (oauth_scope_read(c, oauth_scope_text(c, form), &s)) {
		s.refresh = true;
		oauth_token_write(c, app, &s, &o);
	}
	dirobj_clear(&o);
}
