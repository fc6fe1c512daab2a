/* tenant/oauth_code.c -- signing in on a page, and the code that a client is
 * given for it (RFC 6749, RFC 7636, RFC 8252); see oauth_int.h. */
#include "base/clock.h"
#include "base/hash.h"
#include "tenant/oauth_int.h"

#define LIFE_S    600
#define REDIRECT  1024U /* characters */
#define CHALLENGE 128U
#define STATE     2048U

/* What a client asks for, in the query or in the form of the page. */
struct wish {
	struct oauth_app app;
	struct text redirect, state, scope, challenge;
};

/* ---- The page ---- */

static void
html_put(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
			buf_printf(b, "&#%d;", c);
		else
			buf_putc(b, c);
	}
}

static void
hidden_put(struct buf *b, const char *name, struct text value)
{
	if (value.len == 0)
		return;
	buf_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	html_put(b, value);
	buf_puts(b, "\">");
}

static void
page_begin(struct oauth_call *c, int status, const char *says)
{
	buf_reset(c->out);
	buf_puts(c->out,
	    "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>Sign in</title><h1>Sign in</h1><p>");
	html_put(c->out, text_of(says));
	buf_puts(c->out, "</p>");
	c->status = status;
	c->type = "text/html; charset=utf-8";
}

static void
page(struct oauth_call *c, const struct wish *w, int status, const char *says)
{
	struct buf *b = c->out;

	page_begin(c, status, says);
	buf_puts(b, "<form method=\"post\" action=\"");
	html_put(b, c->url.path);
	buf_puts(b, "\">");
	hidden_put(b, "client_id", w->app.id);
	hidden_put(b, "response_type", TEXT("code"));
	hidden_put(b, "redirect_uri", w->redirect);
	hidden_put(b, "state", w->state);
	hidden_put(b, "scope", w->scope);
	hidden_put(b, "code_challenge", w->challenge);
	if (w->challenge.len != 0)
		hidden_put(b, "code_challenge_method", TEXT("S256"));
	buf_puts(b, "<p><label>Name <input name=\"username\"></label>"
		    "<p><label>Password <input name=\"password\" "
		    "type=\"password\"></label>"
		    "<p><button>Sign in</button></form></html>\n");
}

/* Nobody is sent anywhere with it. */
static bool
wrong(struct oauth_call *c, const char *says)
{
	page_begin(c, 400, says);
	buf_puts(c->out, "</html>\n");
	return false;
}

/* ---- What is asked ---- */

static bool
is_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] <= ' ' || t.data[i] >= 0x7f ||
		    strchr("\"'<>\\^`{|}#", t.data[i]) != NULL)
			return false;
	return true;
}

/* Where the code may go: to a program on the same machine, or to the page that
 * the vendor keeps for programs. */
static bool
is_own_machine(struct text t)
{
	static const char *const hosts[] = {
	    "http://localhost", "http://127.0.0.1", "http://[::1]"};

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(hosts[i]);

		if (text_starts_nocase(t, hosts[i]) &&
		    (t.len == n || strchr(":/?", t.data[n]) != NULL))
			return true;
	}
	return text_is(
	    t, "https://login.microsoftonline.com/common/oauth2/nativeclient");
}

static bool
proof_read(struct oauth_call *c, const struct url *asked, struct wish *w)
{
	struct text method = oauth_field(asked, "code_challenge_method");

	w->challenge = oauth_field(asked, "code_challenge");
	if (w->challenge.len == 0)
		return true;
	if (!text_is(method, "S256") || w->challenge.len > CHALLENGE ||
	    !is_plain(w->challenge))
		return wrong(c, "The proof of the client (code_challenge) is "
				"none of the method S256.");
	return true;
}

static bool
client_read(struct oauth_call *c, const struct url *asked, struct wish *w)
{
	if (oauth_field(asked, "client_id").len == 0 ||
	    !oauth_app_of(c, asked, &w->app))
		return wrong(c, "The client is not known here.");
	if (!oauth_has_word(w->app.grants, "authorization_code"))
		return wrong(c, "The client may not sign in by a page.");
	w->redirect = oauth_field(asked, "redirect_uri");
	if (w->redirect.len > REDIRECT || !is_plain(w->redirect) ||
	    !is_own_machine(w->redirect))
		return wrong(c, "AADSTS50011: The redirect URI is none that "
				"is allowed: it is on this machine.");
	return true;
}

/* v2.0 names the scope now, before that the resource is named for the code. */
static bool
wish_read(struct oauth_call *c, const struct url *asked, struct wish *w)
{
	struct oauth_scope s;

	if (!client_read(c, asked, w) || !proof_read(c, asked, w))
		return false;
	w->state = oauth_field(asked, "state");
	if (w->state.len > STATE)
		return wrong(c, "The state is too long.");
	if (!text_is(oauth_field(asked, "response_type"), "code"))
		return wrong(c, "Only a code can be asked for.");
	if (c->v1)
		return true;
	w->scope = oauth_field(asked, "scope");
	if (memchr(w->scope.data, '\n', w->scope.len) != NULL ||
	    !oauth_scope_read(c, w->scope, &s))
		return wrong(c, oauth_code_text(70011));
	return true;
}

/* ---- The code ---- */

static struct text
owner_of(struct oauth_call *c, const struct oauth_app *app)
{
	/* No name of a client, so that it is no code of another device. */
	return text_of(arena_printf(c->a, "code:%.*s", TEXT_ARGS(app->id)));
}

static int
code_keep(struct oauth_call *c, const struct wish *w, int64_t user,
    struct text *out_code)
{
	unsigned char raw[2][32];
	struct text second = {"", 0};
	char *with;
	int r;

	random_bytes(raw, sizeof(raw));
	r = base64url_encode(c->a, (struct text){(char *)raw[0], 32}, out_code);
	if (r == 0)
		r = base64url_encode(
		    c->a, (struct text){(char *)raw[1], 32}, &second);
	with = arena_printf(c->a, "%.*s\n%.*s\n%.*s", TEXT_ARGS(w->redirect),
	    TEXT_ARGS(w->challenge), TEXT_ARGS(w->scope));
	if (r == 0 && with == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		r = tdb_run(c->t->db, SQL_DEVICE_ADD, "tttti", *out_code,
		    second, owner_of(c, &w->app), text_of(with),
		    clock_now_ms() + LIFE_S * 1000LL);
	return r == 0 ? oauth_device_approve(c->t, second, user) : r;
}

static void
send_back(struct oauth_call *c, const struct wish *w, struct text code)
{
	struct buf b;

	buf_init(&b, 16384);
	buf_text_add(&b, w->redirect);
	buf_printf(&b, "%scode=%.*s",
	    memchr(w->redirect.data, '?', w->redirect.len) == NULL ? "?" : "&",
	    TEXT_ARGS(code));
	if (w->state.len != 0) {
		buf_puts(&b, "&state=");
		url_encode(w->state, &b);
	}
	c->location = text_dup(c->a, buf_text(&b)).data;
	c->status = 302;
	buf_clear(&b);
}

static void
signed_in(struct oauth_call *c, const struct url *form, const struct wish *w)
{
	struct dirobj o = {0};
	struct text code = {"", 0};
	unsigned refused = oauth_user_check(c, oauth_field(form, "username"),
	    oauth_field(form, "password"), &o);

	if (refused != 0)
		page(c, w, 400, oauth_code_text(refused));
	else if (code_keep(c, w, o.row, &code) != 0)
		page(c, w, 503, "It did not work. Please try again.");
	else
		send_back(c, w, code);
	dirobj_clear(&o);
}

void
oauth_code_begin(struct oauth_call *c)
{
	struct url *form = arena_alloc(c->a, sizeof(*form));
	bool post = text_is(text_of(c->method), "POST");
	struct wish w = {0};

	if (form == NULL ||
	    (post && url_parse_form(c->a, c->body, form, NULL) != 0)) {
		(void)wrong(c, "That was no form.");
		return;
	}
	if (!wish_read(c, post ? form : &c->url, &w))
		return;
	if (post)
		signed_in(c, form, &w);
	else
		page(c, &w, 200, "A program asks you to sign in.");
}

/* ---- And the token for it ---- */

struct kept {
	struct text redirect, challenge, scope;
	int64_t expires_ms, user;
};

static struct text
line(struct text *rest)
{
	const char *p =
	    rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
	size_t n = p == NULL ? rest->len : (size_t)(p - rest->data);
	struct text t = {rest->data, n};

	if (p != NULL)
		n++;
	*rest = (struct text){rest->data + n, rest->len - n};
	return t;
}

static bool
kept_get(struct oauth_call *c, struct text code, const struct oauth_app *app,
    struct kept *k)
{
	struct tdb *db = c->t->db;
	bool found =
	    tdb_run(db, SQL_DEVICE_GET, "tt", code, owner_of(c, app)) == 1;
	struct text rest = {"", 0};

	if (found) {
		rest = text_dup(c->a, tdb_text(db, SQL_DEVICE_GET, 0));
		k->expires_ms = tdb_int(db, SQL_DEVICE_GET, 1);
		k->user = tdb_int(db, SQL_DEVICE_GET, 2);
	}
	tdb_done(db, SQL_DEVICE_GET);
	k->redirect = line(&rest);
	k->challenge = line(&rest);
	k->scope = rest;
	return found;
}

/* Who asks is who asked: the hash of what is told now was told then. */
static bool
is_proven(struct oauth_call *c, const struct kept *k, struct text verifier)
{
	unsigned char digest[32];
	struct text made = {"", 0};

	if (k->challenge.len == 0)
		return true;
	return verifier.len != 0 && hash_sha256(verifier, digest) == 0 &&
	       base64url_encode(
		   c->a, (struct text){(char *)digest, 32}, &made) == 0 &&
	       text_equal(made, k->challenge);
}

static unsigned
code_check(struct oauth_call *c, const struct url *form,
    const struct oauth_app *app, struct kept *k)
{
	if (!kept_get(c, oauth_field(form, "code"), app, k))
		return 70000;
	if (k->expires_ms < clock_now_ms())
		return 70008;
	if (!text_equal(oauth_field(form, "redirect_uri"), k->redirect))
		return 50011;
	return is_proven(c, k, oauth_field(form, "code_verifier")) ? 0 : 501481;
}

/* The scope of then, or another that is asked for now. */
static struct text
scope_of(struct oauth_call *c, const struct url *form, const struct kept *k)
{
	struct text now = oauth_field(form, c->v1 ? "resource" : "scope");

	return now.len != 0 ? oauth_scope_text(c, form) : k->scope;
}

void
oauth_code_token(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app)
{
	struct kept k = {0};
	struct dirobj o = {0};
	struct oauth_scope s;
	unsigned code = code_check(c, form, app, &k);

	/* Good for one time, right or wrong. */
	if (code != 70000 &&
	    tdb_run(c->t->db, SQL_DEVICE_DONE, "ti", oauth_field(form, "code"),
		clock_now_ms()) != 0)
		code = 70000;
	if (code == 0 && (dirobj_by_row(c->t->db, k.user, &o) != 0 ||
			     o.state != DIROBJ_LIVE))
		code = 50034;
	if (code == 0 && !oauth_scope_read(c, scope_of(c, form, &k), &s))
		code = 70011;
	if (code != 0)
		oauth_error(c, 400,
		    code == 70011 ? "invalid_scope" : "invalid_grant", code,
		    oauth_code_text(code));
	else
		oauth_token_write(c, app, &s, &o);
	dirobj_clear(&o);
}
