/* tenant/oauth_check.c -- whose token it is, and for which service; see
 * oauth.h. */
#include "base/clock.h"
#include "tenant/oauth_int.h"

#define SKEW_S 300

enum service {
	SERVICE_GRAPH,
	SERVICE_SYNC,
	SERVICE_REGISTER,
	SERVICE_DIRECTORY, /* before Graph */
};

static bool
is_audience(struct text aud, enum service of)
{
	if (text_ends_nocase(aud, "/"))
		aud.len--;
	switch (of) {
	case SERVICE_SYNC:
		return text_is(aud, OAUTH_SYNC_ID) ||
		       text_is(aud, OAUTH_SYNC_OLD_URL);
	case SERVICE_REGISTER:
		return text_is(aud, OAUTH_REGISTER_URL);
	case SERVICE_DIRECTORY:
		return text_is(aud, OAUTH_SYNC_OLD_URL);
	case SERVICE_GRAPH:
		break;
	}
	return text_is(aud, OAUTH_GRAPH_URL) || text_is(aud, OAUTH_GRAPH_ID);
}

static int
caller_of(struct tenant *t, struct arena *a, const struct json *j,
    enum service of, struct oauth_caller *out_c, struct err *e)
{
	const struct json *roles = json_get(j, "roles");
	struct buf b;
	int64_t now = clock_now_ms() / 1000;

	if (!is_audience(json_get_text(j, "aud"), of))
		return err_set(e, ERR_AUTH,
		    "Access token validation failure. Invalid audience.");
	if (!text_is(json_get_text(j, "tid"), t->id))
		return err_set(e, ERR_AUTH,
		    "Access token validation failure. Invalid tenant.");
	if (json_int(json_get(j, "exp"), 0) <= now ||
	    json_int(json_get(j, "nbf"), 0) > now + SKEW_S)
		return err_set(e, ERR_AUTH,
		    "Lifetime validation failed, the token is expired.");
	buf_init(&b, JWT_MAX_BYTES);
	buf_putc(&b, ' ');
	for (size_t i = 0; i < json_count(roles); i++) {
		buf_text_add(&b, json_text(json_at(roles, i)));
		buf_putc(&b, ' ');
	}
	roles = json_get(j, "wids");
	for (size_t i = 0; i < json_count(roles); i++) {
		buf_puts(
		    &b, oauth_role_permissions(json_text(json_at(roles, i))));
		buf_putc(&b, ' ');
	}
	out_c->roles = text_dup(a, buf_text(&b));
	buf_clear(&b);
	out_c->app_id = text_dup(a, json_get_text(j, "appid"));
	return arena_failed(a) ? ERR_NOMEM : 0;
}

static int
token_check(struct tenant *t, struct arena *a, struct text token,
    enum service of, struct oauth_caller *out_c, struct err *e)
{
	CLEANUP(json_freep)
	struct json *claims = NULL;
	struct jwt jwt;

	if (jwt_parse(a, token, &jwt, NULL) != 0)
		return err_set(e, ERR_AUTH,
		    "CompactToken parsing failed with error code: 80049217");
	if (jwt.header.alg != JWT_RS256 ||
	    jwt_verify(&jwt, t->sign, NULL) != 0 ||
	    json_parse(jwt.claims, JWT_MAX_BYTES, &claims, NULL) != 0)
		return err_set(e, ERR_AUTH,
		    "Access token validation failure. Invalid signature.");
	return caller_of(t, a, claims, of, out_c, e);
}

static int
bearer_check(struct tenant *t, struct arena *a, struct text header,
    enum service of, struct oauth_caller *out_c, struct err *e)
{
	if (!text_starts_nocase(header, "Bearer "))
		return err_set(e, ERR_AUTH, "Access token is empty.");
	return token_check(
	    t, a, (struct text){header.data + 7, header.len - 7}, of, out_c, e);
}

int
oauth_check(struct tenant *t, struct arena *a, struct text header,
    struct oauth_caller *out_c, struct err *e)
{
	return bearer_check(t, a, header, SERVICE_GRAPH, out_c, e);
}

int
oauth_check_directory(struct tenant *t, struct arena *a, struct text header,
    struct oauth_caller *out_c, struct err *e)
{
	return bearer_check(t, a, header, SERVICE_DIRECTORY, out_c, e);
}

int
oauth_check_sync(struct tenant *t, struct arena *a, struct text token,
    struct oauth_caller *out_c, struct err *e)
{
	return token_check(t, a, token, SERVICE_SYNC, out_c, e);
}

int
oauth_check_register(struct tenant *t, struct arena *a, struct text token,
    struct oauth_caller *out_c, struct err *e)
{
	return token_check(t, a, token, SERVICE_REGISTER, out_c, e);
}
