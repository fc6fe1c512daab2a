/* tenant/oauth_device.c -- signing in on another device (RFC 8628); see
 * oauth_int.h. */
#include "base/clock.h"
#include "base/hash.h"
#include "tenant/emit.h"
#include "tenant/oauth_int.h"

#define LIFE_S    900
#define INTERVAL  5
#define USER_CODE 9U

/* Letters and digits that nobody takes for another. */
static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ23456789";

static int
codes_make(struct arena *a, struct text *out_code, char user[static 10])
{
	unsigned char raw[32], pick[USER_CODE];

	random_bytes(raw, sizeof(raw));
	random_bytes(pick, sizeof(pick));
	for (size_t i = 0; i < USER_CODE; i++)
		user[i] = letters[pick[i] % (sizeof(letters) - 1)];
	user[USER_CODE] = '\0';
	return base64url_encode(
	    a, (struct text){(char *)raw, sizeof(raw)}, out_code);
}

static void
begun(struct oauth_call *c, struct text code, const char *user)
{
	const char *mark = c->v1 ? "\"" : ""; /* numbers were texts */

	buf_printf(c->out,
	    "{\"user_code\":\"%s\",\"device_code\":\"%.*s\","
	    "\"verification_%s\":\"%.*s/devicelogin\",\"expires_in\":%s%d%s,"
	    "\"interval\":%s%d%s,\"message\":\"To sign in, open the page "
	    "%.*s/devicelogin and enter the code %s to authenticate.\"}",
	    user, TEXT_ARGS(code), c->v1 ? "url" : "uri", TEXT_ARGS(c->origin),
	    mark, LIFE_S, mark, mark, INTERVAL, mark, TEXT_ARGS(c->origin),
	    user);
	c->status = 200;
}

void
oauth_device_begin(struct oauth_call *c)
{
	struct url *form = arena_alloc(c->a, sizeof(*form));
	struct oauth_app app;
	struct oauth_scope s;
	struct text code = {"", 0}, scope;
	char user[USER_CODE + 1];
	int r;

	if (form == NULL || url_parse_form(c->a, c->body, form, NULL) != 0) {
		oauth_error(c, 400, "invalid_request", 900144,
		    "The request body is not a form.");
		return;
	}
	if (!oauth_app_of(c, form, &app))
		return;
	scope = oauth_scope_text(c, form);
	if (!oauth_has_word(app.grants, "device_code")) {
		oauth_error(c, 401, "invalid_client", 7000218,
		    oauth_code_text(7000218));
		return;
	}
	if (!oauth_scope_read(c, scope, &s)) {
		oauth_error(
		    c, 400, "invalid_scope", 70011, oauth_code_text(70011));
		return;
	}
	r = codes_make(c->a, &code, user);
	if (r == 0)
		r = tdb_run(c->t->db, SQL_DEVICE_ADD, "tttti", code,
		    text_of(user), app.id, scope,
		    clock_now_ms() + LIFE_S * 1000LL);
	if (r != 0)
		oauth_error(c, 503, "temporarily_unavailable", 90033,
		    "A transient error has occurred. Please try again.");
	else
		begun(c, code, user);
}

struct waiting {
	struct text scope;
	int64_t expires_ms, user; /* user: 0 until somebody signed in */
};

static int
waiting_get(struct oauth_call *c, struct text code, const struct oauth_app *app,
    struct waiting *out)
{
	struct tdb *db = c->t->db;
	int r = tdb_run(db, SQL_DEVICE_GET, "tt", code, app->id);

	if (r == 1) {
		out->scope = text_dup(c->a, tdb_text(db, SQL_DEVICE_GET, 0));
		out->expires_ms = tdb_int(db, SQL_DEVICE_GET, 1);
		out->user = tdb_int(db, SQL_DEVICE_GET, 2);
	}
	tdb_done(db, SQL_DEVICE_GET);
	return r == 1 ? 0 : r == 0 ? ERR_NOENT : r;
}

void
oauth_device_token(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app)
{
	struct text code = oauth_field(form, c->v1 ? "code" : "device_code");
	struct waiting w = {0};
	struct dirobj o = {0};
	struct oauth_scope s;

	if (waiting_get(c, code, app, &w) != 0)
		oauth_error(
		    c, 400, "invalid_grant", 70000, oauth_code_text(70000));
	else if (w.expires_ms < clock_now_ms())
		oauth_error(
		    c, 400, "expired_token", 70020, oauth_code_text(70020));
	else if (w.user == 0)
		oauth_error(c, 400, "authorization_pending", 70016,
		    oauth_code_text(70016));
	else if (dirobj_by_row(c->t->db, w.user, &o) != 0 ||
		 o.state != DIROBJ_LIVE)
		oauth_error(
		    c, 400, "invalid_grant", 50034, oauth_code_text(50034));
	else if (oauth_scope_read(c, w.scope, &s) &&
		 tdb_run(c->t->db, SQL_DEVICE_DONE, "ti", code,
		     clock_now_ms()) == 0)
		oauth_token_write(c, app, &s, &o);
	dirobj_clear(&o);
}

int
oauth_device_approve(struct tenant *t, struct text user_code, int64_t user)
{
	int r = tdb_run(
	    t->db, SQL_DEVICE_APPROVE, "tii", user_code, user, clock_now_ms());

	tdb_done(t->db, SQL_DEVICE_APPROVE);
	return r == 1 ? 0 : r == 0 ? ERR_NOENT : r;
}

/* ---- The page ---- */

static void
page(struct oauth_call *c, int status, const char *says, bool form)
{
	buf_printf(c->out,
	    "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>Sign in</title><h1>Sign in</h1><p>%s</p>",
	    says);
	if (form)
		buf_puts(c->out,
		    "<form method=\"post\" action=\"/devicelogin\">"
		    "<p><label>Code <input name=\"user_code\" "
		    "autocomplete=\"off\"></label>"
		    "<p><label>Name <input name=\"username\"></label>"
		    "<p><label>Password <input name=\"password\" "
		    "type=\"password\"></label>"
		    "<p><button>Sign in</button></form>");
	buf_puts(c->out, "</html>\n");
	c->status = status;
	c->type = "text/html; charset=utf-8";
}

void
oauth_device_page(struct oauth_call *c)
{
	struct url *form = arena_alloc(c->a, sizeof(*form));
	struct dirobj o = {0};
	unsigned code;

	if (!text_is(text_of(c->method), "POST")) {
		page(c, 200, "Enter the code that the other device shows.",
		    true);
		return;
	}
	if (form == NULL || url_parse_form(c->a, c->body, form, NULL) != 0) {
		page(c, 400, "That was no form.", true);
		return;
	}
	code = oauth_user_check(c, oauth_field(form, "username"),
	    oauth_field(form, "password"), &o);
	if (code != 0)
		page(c, 400, oauth_code_text(code), true);
	else if (oauth_device_approve(
		     c->t, oauth_field(form, "user_code"), o.row) != 0)
		page(c, 400, "The code is unknown, used or too old.", true);
	else
		page(c, 200,
		    "You have signed in on the other device. This window can "
		    "be closed.",
		    false);
	dirobj_clear(&o);
}
