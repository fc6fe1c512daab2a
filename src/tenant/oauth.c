#include "tenant/oauth_int.h"

#include "base/clock.h"
#include "base/hash.h"
#include "tenant/emit.h"
#include "tenant/syncobj.h"

#define ASSERTION_LIFE_S 600
#define SKEW_S           300
#define ASSERTION_TYPE   "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

void
oauth_error(struct oauth_call *c, int status, const char *error, unsigned code,
    const char *text)
{
	char date[32], trace[DIROBJ_ID_LEN + 1];
	char *full;

	(void)clock_format(clock_now_ms(), false, date);
	dirobj_new_id(trace);
	full = arena_printf(c->a,
	    "AADSTS%u: %s Trace ID: %s Correlation ID: %.*s Timestamp: %s",
	    code, text, trace, TEXT_ARGS(c->correlation_id), date);
	buf_reset(c->out);
	buf_printf(c->out, "{\"error\":\"%s\",\"error_description\":", error);
	emit_text(c->out, text_of(full));
	buf_printf(c->out,
	    ",\"error_codes\":[%u],\"timestamp\":\"%s\",\"trace_id\":\"%s\","
	    "\"correlation_id\":",
	    code, date, trace);
	emit_text(c->out, c->correlation_id);
	buf_puts(c->out, "}");
	c->status = status;
}

static bool
is_this_tenant(const struct tenant *t, struct text name)
{
	/* There is one: who names none means it. */
	return text_is_nocase(name, t->id) || tenant_domain(t, name) != NULL ||
	       text_is_nocase(name, "common") ||
	       text_is_nocase(name, "organizations");
}

static void
discovery(struct oauth_call *c)
{
	struct text o = c->origin;
	const char *id = c->t->id;

	buf_printf(c->out,
	    "{\"token_endpoint\":\"%.*s/%s/oauth2/v2.0/token\","
	    "\"token_endpoint_auth_methods_supported\":"
	    "[\"client_secret_post\",\"private_key_jwt\"],"
	    "\"jwks_uri\":\"%.*s/%s/discovery/v2.0/keys\","
	    "\"response_modes_supported\":[\"query\",\"fragment\","
	    "\"form_post\"],\"subject_types_supported\":[\"pairwise\"],"
	    "\"id_token_signing_alg_values_supported\":[\"RS256\"],"
	    "\"response_types_supported\":[\"code\"],"
	    "\"scopes_supported\":[\"openid\"],",
	    TEXT_ARGS(o), id, TEXT_ARGS(o), id);
	buf_printf(c->out,
	    "\"issuer\":\"%.*s/%s/v2.0\","
	    "\"authorization_endpoint\":\"%.*s/%s/oauth2/v2.0/authorize\","
	    "\"device_authorization_endpoint\":"
	    "\"%.*s/%s/oauth2/v2.0/devicecode\","
	    "\"tenant_region_scope\":\"NA\","
	    "\"msgraph_host\":\"graph.microsoft.com\"}",
	    TEXT_ARGS(o), id, TEXT_ARGS(o), id, TEXT_ARGS(o), id);
	c->status = 200;
}

static void
keys(struct oauth_call *c)
{
	buf_printf(c->out, "{\"keys\":[%.*s]}", TEXT_ARGS(c->t->jwk));
	c->status = 200;
}

struct text
oauth_field(const struct url *form, const char *name)
{
	const struct url_option *o = url_option(form, name);

	return o == NULL ? (struct text){"", 0} : o->value;
}

static bool
equal_constant_time(struct text a, struct text b)
{
	unsigned char diff = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		diff |= (unsigned char)(a.data[i] ^ b.data[i]);
	return diff == 0;
}

static void
check_secret(struct oauth_call *c, struct text app, struct text secret,
    unsigned *out_code)
{
	struct tdb *db = c->t->db;
	unsigned char raw[32];
	struct text hash;
	int r;

	*out_code = 7000215;
	if (hash_sha256(secret, raw) != 0 ||
	    hex_encode(c->a, (struct text){(char *)raw, 32}, &hash) != 0)
		return;
	r = tdb_run(db, SQL_APP_SECRETS, "t", app);
	for (; r == 1; r = tdb_next(db, SQL_APP_SECRETS)) {
		if (!equal_constant_time(
			tdb_text(db, SQL_APP_SECRETS, 0), hash))
			continue;
		*out_code = tdb_int(db, SQL_APP_SECRETS, 1) < clock_now_ms()
				? 7000222
				: 0;
	}
	tdb_done(db, SQL_APP_SECRETS);
}

/* The registered certificate that the header names. */
static int
find_cert(struct oauth_call *c, struct text app, const struct jwt_header *h,
    struct jwt_key **out_k)
{
	struct tdb *db = c->t->db;
	int found = ERR_NOENT;
	int r = tdb_run(db, SQL_APP_CERTS, "t", app);

	for (; r == 1 && found == ERR_NOENT; r = tdb_next(db, SQL_APP_CERTS)) {
		bool is = h->x5t_s256.len != 0
			      ? text_equal(
				    h->x5t_s256, tdb_text(db, SQL_APP_CERTS, 0))
			      : h->x5t.len != 0 &&
				    text_equal(
					h->x5t, tdb_text(db, SQL_APP_CERTS, 1));

		if (is && tdb_int(db, SQL_APP_CERTS, 3) > clock_now_ms())
			found = jwt_key_certificate(
			    tdb_text(db, SQL_APP_CERTS, 2), out_k, NULL);
	}
	tdb_done(db, SQL_APP_CERTS);
	return found;
}

static bool
audience_ok(const struct oauth_call *c, struct text aud)
{
	struct text seg = c->url.segments[0];
	const char *forms[] = {
	    arena_printf(c->a, "%.*s/%.*s/oauth2/v2.0/token",
		TEXT_ARGS(c->origin), TEXT_ARGS(seg)),
	    arena_printf(c->a, "%.*s/%s/oauth2/v2.0/token",
		TEXT_ARGS(c->origin), c->t->id),
	    arena_printf(
		c->a, "%.*s/%.*s/v2.0", TEXT_ARGS(c->origin), TEXT_ARGS(seg)),
	    arena_printf(c->a, "%.*s/%s/v2.0", TEXT_ARGS(c->origin), c->t->id),
	};

	for (size_t i = 0; i < 4; i++)
		if (text_is_nocase(aud, forms[i]))
			return true;
	return false;
}

/* 0, or the AADSTS code of what is wrong with the claims. */
static unsigned
claims_code(const struct oauth_call *c, const struct json *j, struct text app)
{
	int64_t now = clock_now_ms() / 1000;
	int64_t exp = json_int(json_get(j, "exp"), 0);
	int64_t nbf = json_int(json_get(j, "nbf"), 0);

	if (!text_equal(json_get_text(j, "iss"), app) ||
	    !text_equal(json_get_text(j, "sub"), app))
		return 700021;
	if (!audience_ok(c, json_get_text(j, "aud")))
		return 700023;
	if (exp <= now - SKEW_S || nbf > now + SKEW_S ||
	    exp > now + ASSERTION_LIFE_S + SKEW_S)
		return 700024;
	return 0;
}

static unsigned
check_assertion(struct oauth_call *c, struct text app, struct text assertion)
{
	CLEANUP(jwt_key_freep)
	struct jwt_key *key = NULL;
	CLEANUP(json_freep)
	struct json *claims = NULL;
	struct jwt t;
	int r = jwt_parse(c->a, assertion, &t, NULL);

	if (r == ERR_UNSUPPORTED)
		return 700027;
	if (r != 0)
		return 50027;
	if (find_cert(c, app, &t.header, &key) != 0 ||
	    jwt_verify(&t, key, NULL) != 0)
		return 700027;
	if (json_parse(t.claims, JWT_MAX_BYTES, &claims, NULL) != 0)
		return 50027;
	return claims_code(c, claims, app);
}

const char *
oauth_code_text(unsigned code)
{
	static const struct {
		unsigned code;
		const char *text;
	} texts[] = {
	    {7000215,
		"Invalid client secret provided. Ensure the secret being sent "
		"in the request is the client secret value, not the client "
		"secret ID."},
	    {7000222, "The provided client secret keys are expired."},
	    {700027,
		"The certificate with identifier used to sign the client "
		"assertion is not registered on application, is expired, or "
		"the signature is not valid."},
	    {50027, "JWT token is invalid or malformed."},
	    {700021, "Client assertion application identifier doesn't match "
		     "'client_id' parameter."},
	    {700023,
		"Client assertion audience claim does not match this issuer."},
	    {700024, "Client assertion is not within its valid time range."},
	    {50011, "The redirect URI is not the one that the code was given "
		    "for."},
	    {70000, "The code is not one that was given out here."},
	    {70008, "The provided authorization code has expired."},
	    {501481, "The Code_Verifier does not match the code_challenge "
		     "supplied in the authorization request."},
	    {70011, "The provided request must include a 'scope' input "
		    "parameter. The provided value for the input parameter "
		    "'scope' is not valid."},
	    {70016, "OAuth 2.0 device flow error. Authorization is pending. "
		    "Continue polling."},
	    {70020, "The provided value for the input parameter 'device_code' "
		    "is not valid. This device code has expired."},
	    {700082, "The refresh token has expired due to inactivity."},
	    {9002313, "Invalid request. The refresh token is malformed or not "
		      "this application's."},
	    {50034, "The user account does not exist in the directory."},
	    {50173, "The provided grant has expired due to it being revoked: "
		    "the password was changed."},
	    {50126, "Error validating credentials due to invalid username or "
		    "password."},
	    {50057, "The user account is disabled."},
	    {50055, "The password is expired."},
	    {7000218, "The request body must contain the following parameter: "
		      "'client_assertion' or 'client_secret'."},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "The client could not be authenticated.";
}

/* 0, or the code of the refusal. */
static unsigned
check_client(struct oauth_call *c, const struct url *form, struct text app)
{
	struct text secret = oauth_field(form, "client_secret");
	struct text assertion = oauth_field(form, "client_assertion");
	unsigned code = 7000218;

	if (assertion.len != 0 &&
	    text_is(oauth_field(form, "client_assertion_type"), ASSERTION_TYPE))
		code = check_assertion(c, app, assertion);
	else if (secret.len != 0)
		check_secret(c, app, secret, &code);
	return code;
}

/* What a request must hold before anybody's secret is looked at. */
static bool
needed(struct oauth_call *c, const struct url *form, const char *name)
{
	if (oauth_field(form, name).len != 0)
		return true;
	oauth_error(c, 400, "invalid_request", 900144,
	    arena_printf(c->a,
		"The request body must contain the following parameter: '%s'.",
		name));
	return false;
}

bool
oauth_app_of(
    struct oauth_call *c, const struct url *form, struct oauth_app *out_app)
{
	struct tdb *db = c->t->db;
	struct text id = oauth_field(form, "client_id");

	if (!needed(c, form, "client_id"))
		return false;
	if (tdb_run(db, SQL_APP_GET, "t", id) != 1) {
		oauth_error(c, 400, "unauthorized_client", 700016,
		    arena_printf(c->a,
			"Application with identifier '%.*s' was not found in "
			"the directory.",
			(int)(id.len > 64 ? 64 : id.len), id.data));
		return false;
	}
	*out_app =
	    (struct oauth_app){id, text_dup(c->a, tdb_text(db, SQL_APP_GET, 1)),
		text_dup(c->a, tdb_text(db, SQL_APP_GET, 2))};
	tdb_done(db, SQL_APP_GET);
	return true;
}

static void
own_token(
    struct oauth_call *c, const struct url *form, const struct oauth_app *app)
{
	struct oauth_scope s;
	unsigned code = check_client(c, form, app->id);

	if (code != 0)
		oauth_error(
		    c, 401, "invalid_client", code, oauth_code_text(code));
	else if (oauth_scope_read(c, oauth_scope_text(c, form), &s))
		oauth_token_write(c, app, &s, NULL);
}

static const struct grant {
	const char *type;
	bool scope; /* must be named */
	void (*run)(struct oauth_call *c, const struct url *form,
	    const struct oauth_app *app);
} grants[] = {
    {"client_credentials", true, own_token},
    {"password", true, oauth_password},
    {"refresh_token", true, oauth_refresh},
    {"authorization_code", false, oauth_code_token},
    {OAUTH_DEVICE_GRANT, false, oauth_device_token},
    {OAUTH_DEVICE_OLD, false, oauth_device_token},
};

/* NULL: it was refused. */
static const struct grant *
grant_of(struct oauth_call *c, const struct url *form)
{
	struct text type = oauth_field(form, "grant_type");
	struct oauth_scope s;

	if (!needed(c, form, "grant_type") || !needed(c, form, "client_id"))
		return NULL;
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		const struct grant *g = &grants[i];

		if (!text_is(type, g->type))
			continue;
		if (!g->scope)
			return g;
		if (!needed(c, form, c->v1 ? "resource" : "scope"))
			return NULL;
		if (oauth_scope_read(c, oauth_scope_text(c, form), &s))
			return g;
		oauth_error(
		    c, 400, "invalid_scope", 70011, oauth_code_text(70011));
		return NULL;
	}
	oauth_error(c, 400, "unsupported_grant_type", 70003,
	    "The app requested an unsupported grant type.");
	return NULL;
}

static void
token(struct oauth_call *c)
{
	struct url *form = arena_alloc(c->a, sizeof(*form));
	const struct grant *grant;
	struct oauth_app app;

	if (form == NULL || url_parse_form(c->a, c->body, form, NULL) != 0) {
		oauth_error(c, 400, "invalid_request", 900144,
		    "The request body is not a form.");
		return;
	}
	grant = grant_of(c, form);
	if (grant != NULL && oauth_app_of(c, form, &app))
		grant->run(c, form, &app);
}

/* Which hosts sign in for whom, as libraries ask before anything else. */
static void
instance(struct oauth_call *c)
{
	struct text o = c->origin, host = o;

	if (text_starts_nocase(host, "https://"))
		host = (struct text){o.data + 8, o.len - 8};
	buf_printf(c->out,
	    "{\"tenant_discovery_endpoint\":\"%.*s/%s/v2.0/.well-known/"
	    "openid-configuration\",\"api-version\":\"1.1\",\"metadata\":[{"
	    "\"preferred_network\":\"%.*s\",\"preferred_cache\":\"%.*s\","
	    "\"aliases\":[\"%.*s\"]}]}",
	    TEXT_ARGS(o), c->t->id, TEXT_ARGS(host), TEXT_ARGS(host),
	    TEXT_ARGS(host));
	c->status = 200;
}

/* Who signs in here and who elsewhere. */
static void
realm(struct oauth_call *c)
{
	struct text user = c->url.segments[2], domain = user;
	const struct domain *d;
	const char *at =
	    user.len == 0 ? NULL : memchr(user.data, '@', user.len);

	if (at != NULL)
		domain = (struct text){
		    at + 1, user.len - (size_t)(at + 1 - user.data)};
	d = tenant_domain(c->t, domain);
	buf_printf(c->out,
	    "{\"ver\":\"1.0\",\"account_type\":\"%s\",\"domain_name\":",
	    d == NULL      ? "Unknown"
	    : d->federated ? "Federated"
			   : "Managed");
	emit_text(c->out, domain);
	buf_puts(c->out,
	    ",\"cloud_instance_name\":\"microsoftonline.com\","
	    "\"cloud_audience_urn\":\"urn:federation:MicrosoftOnline\"}");
	c->status = 200;
}

/* Paths that name no tenant. */
static bool
common_handle(struct oauth_call *c)
{
	const struct url *u = &c->url;
	struct text first =
	    u->nsegments == 0 ? (struct text){"", 0} : u->segments[0];

	if (u->nsegments == 1 && text_is_nocase(first, "devicelogin"))
		oauth_device_page(c);
	else if (u->nsegments == 3 && text_is_nocase(first, "common") &&
		 text_is_nocase(u->segments[1], "discovery") &&
		 text_is_nocase(u->segments[2], "instance"))
		instance(c);
	else if (u->nsegments == 3 && text_is_nocase(first, "common") &&
		 text_is_nocase(u->segments[1], "userrealm"))
		realm(c);
	else
		return false;
	return true;
}

bool
oauth_handle(struct oauth_call *c)
{
	static const struct {
		const char *method, *path;
		void (*handle)(struct oauth_call *c);
		bool v1;
	} routes[] = {
	    {"GET", "/v2.0/.well-known/openid-configuration", discovery, false},
	    {"GET", "/.well-known/openid-configuration", discovery, false},
	    {"GET", "/discovery/v2.0/keys", keys, false},
	    {"POST", "/oauth2/v2.0/token", token, false},
	    {"POST", "/oauth2/v2.0/devicecode", oauth_device_begin, false},
	    {"POST", "/oauth2/token", token, true},
	    {"POST", "/oauth2/devicecode", oauth_device_begin, true},
	    {"GET", "/oauth2/v2.0/authorize", oauth_code_begin, false},
	    {"POST", "/oauth2/v2.0/authorize", oauth_code_begin, false},
	    {"GET", "/oauth2/authorize", oauth_code_begin, true},
	    {"POST", "/oauth2/authorize", oauth_code_begin, true},
	};
	struct text path = c->url.path, first;

	if (common_handle(c))
		return true;
	if (c->url.nsegments < 3)
		return false;
	first = c->url.segments[0];
	path =
	    (struct text){path.data + first.len + 1, path.len - first.len - 1};
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!text_is_nocase(path, routes[i].path) ||
		    !text_is(text_of(c->method), routes[i].method))
			continue;
		c->v1 = routes[i].v1;
		if (is_this_tenant(c->t, first))
			routes[i].handle(c);
		else
			oauth_error(c, 400, "invalid_request", 90002,
			    arena_printf(c->a,
				"Tenant '%.*s' not found. Check to make sure "
				"you have the correct tenant ID.",
				(int)(first.len > 64 ? 64 : first.len),
				first.data));
		return true;
	}
	return false;
}
