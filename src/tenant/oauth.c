#include "tenant/oauth.h"

#include "base/clock.h"
#include "base/hash.h"
#include "tenant/emit.h"
#include "tenant/syncobj.h"

#define TOKEN_LIFE_S     3599
#define ASSERTION_LIFE_S 600
#define SKEW_S           300
#define GRAPH_URL        "https://graph.microsoft.com"
#define GRAPH_ID         "00000003-0000-0000-c000-000000000000"
/* The synchronisation service, by the id of its application, and the audience
 * that its clients asked for before. */
#define SYNC_ID        "6bf85cfa-ac8a-4be5-b5de-425a0d0dc016"
#define SYNC_OLD_URL   "https://graph.windows.net"
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static void
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
	return text_is_nocase(name, t->id) || tenant_domain(t, name) != NULL;
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

static struct text
field(const struct url *form, const char *name)
{
	const struct url_option *o = url_option(form, name);

	return o == NULL ? (struct text){"", 0} : o->value;
}

/* "https://graph.microsoft.com/.default", this server's own name, or the
 * synchronisation service; *out_aud is who the token is for. */
static bool
scope_ok(const struct oauth_call *c, struct text scope, const char **out_aud)
{
	const size_t tail = sizeof("/.default") - 1;
	struct text res;

	if (scope.len < tail || !text_ends_nocase(scope, "/.default"))
		return false;
	res = (struct text){scope.data, scope.len - tail};
	if (text_ends_nocase(res, "/"))
		res.len--;
	*out_aud = GRAPH_URL;
	if (text_is_nocase(res, SYNC_ID) || text_is_nocase(res, SYNC_OLD_URL)) {
		*out_aud =
		    text_is_nocase(res, SYNC_ID) ? SYNC_ID : SYNC_OLD_URL;
		return true;
	}
	return text_is_nocase(res, GRAPH_URL) || text_is(res, GRAPH_ID) ||
	       text_equal_nocase(res, c->origin);
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

static const char *
code_text(unsigned code)
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
	struct text secret = field(form, "client_secret");
	struct text assertion = field(form, "client_assertion");
	unsigned code = 7000218;

	if (assertion.len != 0 &&
	    text_is(field(form, "client_assertion_type"), ASSERTION_TYPE))
		code = check_assertion(c, app, assertion);
	else if (secret.len != 0)
		check_secret(c, app, secret, &code);
	return code;
}

static void
roles_add(struct json *claims, struct text roles)
{
	struct json *list = json_new_list();
	size_t from = 0;

	for (size_t i = 0; i <= roles.len; i++) {
		if (i < roles.len && roles.data[i] != ' ')
			continue;
		if (i > from)
			json_push(list, json_new_text((struct text){
					    roles.data + from, i - from}));
		from = i + 1;
	}
	json_set(claims, "roles", list);
}

/* Whose token it is: the application's own, or a user's. */
static void
subject_add(struct json *claims, struct text app, const struct dirobj *user)
{
	if (user == NULL) {
		json_set_str(claims, "idtyp", "app");
		json_set_text(claims, "sub", app);
		return;
	}
	json_set_str(claims, "oid", user->id);
	json_set_str(claims, "sub", user->id);
	json_set_text(claims, "upn", dirobj_text(user, "userPrincipalName"));
	json_set_str(claims, "scp", "user_impersonation");
}

/* user is NULL where the application signs in for itself. */
static int
claims_make(struct oauth_call *c, struct text app, struct text roles,
    const struct dirobj *user, struct buf *out)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	int64_t now = clock_now_ms() / 1000;
	char id[DIROBJ_ID_LEN + 1];

	dirobj_new_id(id);
	json_set_str(j, "aud", c->audience);
	json_set_str(j, "iss",
	    arena_printf(c->a, "%.*s/%s/v2.0", TEXT_ARGS(c->origin), c->t->id));
	json_set_int(j, "iat", now);
	json_set_int(j, "nbf", now);
	json_set_int(j, "exp", now + TOKEN_LIFE_S);
	json_set_text(j, "appid", app);
	json_set_text(j, "azp", app);
	subject_add(j, app, user);
	json_set_str(j, "tid", c->t->id);
	json_set_str(j, "uti", id);
	json_set_str(j, "ver", "2.0");
	roles_add(j, roles);
	return json_write(j, false, out);
}

static void
token_write(struct oauth_call *c, struct text app, struct text roles,
    const struct dirobj *user)
{
	struct jwt_header h = {.alg = JWT_RS256, .kid = c->t->kid};
	struct buf claims;
	struct text token;
	int r;

	buf_init(&claims, JWT_MAX_BYTES);
	r = claims_make(c, app, roles, user, &claims);
	if (r == 0)
		r = jwt_sign(
		    c->a, c->t->sign, &h, buf_text(&claims), &token, NULL);
	buf_clear(&claims);
	if (r != 0) {
		oauth_error(c, 503, "temporarily_unavailable", 90033,
		    "A transient error has occurred. Please try again.");
		return;
	}
	buf_printf(c->out,
	    "{\"token_type\":\"Bearer\",\"expires_in\":%d,"
	    "\"ext_expires_in\":%d,\"access_token\":\"%.*s\"}",
	    TOKEN_LIFE_S, TOKEN_LIFE_S, TEXT_ARGS(token));
	c->status = 200;
}

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

/* 0, or the code of the refusal: the password first, so that nothing of an
 * account is told to who does not know it. */
static unsigned
user_check(struct oauth_call *c, const struct url *form, struct dirobj *o)
{
	struct tdb *db = c->t->db;
	struct text blob = {"", 0};
	bool force;

	if (user_by_name(c, field(form, "username"), o) != 0)
		return 50126;
	if (tdb_run(db, SQL_CREDENTIAL_GET, "i", o->row) == 1)
		blob = text_dup(c->a, tdb_text(db, SQL_CREDENTIAL_GET, 0));
	force = blob.len != 0 && tdb_int(db, SQL_CREDENTIAL_GET, 2) != 0;
	tdb_done(db, SQL_CREDENTIAL_GET);
	if (!sync_credential_verify(c->a, blob, field(form, "password")))
		return 50126;
	if (!dirobj_flag(o, "accountEnabled")) /* T8.5 */
		return 50057;
	return force ? 50055 : 0;
}

static bool
has_word(struct text all, const char *word)
{
	size_t from = 0;

	for (size_t i = 0; i <= all.len; i++) {
		if (i < all.len && all.data[i] != ' ')
			continue;
		if (text_is((struct text){all.data + from, i - from}, word))
			return true;
		from = i + 1;
	}
	return false;
}

/* A user signs in by name and password, where the application was given this
 * way when it was registered. */
static void
user_token(struct oauth_call *c, const struct url *form, struct text app,
    struct text grants)
{
	struct dirobj o = {0};
	unsigned code;

	if (!has_word(grants, "password")) {
		oauth_error(
		    c, 401, "invalid_client", 7000218, code_text(7000218));
		return;
	}
	code = user_check(c, form, &o);
	if (code != 0)
		oauth_error(c, 400, "invalid_grant", code, code_text(code));
	else
		token_write(c, app, (struct text){"", 0}, &o);
	dirobj_clear(&o);
}

/* What a request must hold before anybody's secret is looked at. */
static bool
form_ok(struct oauth_call *c, const struct url *form)
{
	static const char *const needed[] = {
	    "grant_type", "client_id", "scope"};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (field(form, needed[i]).len != 0)
			continue;
		oauth_error(c, 400, "invalid_request", 900144,
		    arena_printf(c->a,
			"The request body must contain the following "
			"parameter: '%s'.",
			needed[i]));
		return false;
	}
	if (!text_is(field(form, "grant_type"), "client_credentials") &&
	    !text_is(field(form, "grant_type"), "password")) {
		oauth_error(c, 400, "unsupported_grant_type", 70003,
		    "The app requested an unsupported grant type.");
		return false;
	}
	if (!scope_ok(c, field(form, "scope"), &c->audience)) {
		oauth_error(c, 400, "invalid_scope", 70011,
		    "The provided request must include a 'scope' input "
		    "parameter. The provided value for the input parameter "
		    "'scope' is not valid.");
		return false;
	}
	return true;
}

static void
token(struct oauth_call *c)
{
	struct tdb *db = c->t->db;
	struct url *form = arena_alloc(c->a, sizeof(*form));
	struct text app, roles, grants;
	unsigned code;

	if (form == NULL || url_parse_form(c->a, c->body, form, NULL) != 0) {
		oauth_error(c, 400, "invalid_request", 900144,
		    "The request body is not a form.");
		return;
	}
	if (!form_ok(c, form))
		return;
	app = field(form, "client_id");
	if (tdb_run(db, SQL_APP_GET, "t", app) != 1) {
		oauth_error(c, 400, "unauthorized_client", 700016,
		    arena_printf(c->a,
			"Application with identifier '%.*s' was not found in "
			"the directory.",
			(int)(app.len > 64 ? 64 : app.len), app.data));
		return;
	}
	roles = text_dup(c->a, tdb_text(db, SQL_APP_GET, 1));
	grants = text_dup(c->a, tdb_text(db, SQL_APP_GET, 2));
	tdb_done(db, SQL_APP_GET);
	if (text_is(field(form, "grant_type"), "password")) {
		user_token(c, form, app, grants);
		return;
	}
	code = check_client(c, form, app);
	if (code != 0)
		oauth_error(c, 401, "invalid_client", code, code_text(code));
	else
		token_write(c, app, roles, NULL);
}

bool
oauth_handle(struct oauth_call *c)
{
	static const struct {
		const char *method, *path;
		void (*handle)(struct oauth_call *c);
	} routes[] = {
	    {"GET", "/v2.0/.well-known/openid-configuration", discovery},
	    {"GET", "/.well-known/openid-configuration", discovery},
	    {"GET", "/discovery/v2.0/keys", keys},
	    {"POST", "/oauth2/v2.0/token", token},
	};
	struct text path = c->url.path, first = c->url.segments[0];

	if (c->url.nsegments < 3)
		return false;
	path =
	    (struct text){path.data + first.len + 1, path.len - first.len - 1};
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!text_is_nocase(path, routes[i].path) ||
		    !text_is(text_of(c->method), routes[i].method))
			continue;
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

static bool
is_audience(struct text aud, bool sync)
{
	if (text_ends_nocase(aud, "/"))
		aud.len--;
	return sync ? text_is(aud, SYNC_ID) || text_is(aud, SYNC_OLD_URL)
		    : text_is(aud, GRAPH_URL) || text_is(aud, GRAPH_ID);
}

static int
caller_of(struct tenant *t, struct arena *a, const struct json *j, bool sync,
    struct oauth_caller *out_c, struct err *e)
{
	const struct json *roles = json_get(j, "roles");
	struct buf b;
	int64_t now = clock_now_ms() / 1000;

	if (!is_audience(json_get_text(j, "aud"), sync))
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
	out_c->roles = text_dup(a, buf_text(&b));
	buf_clear(&b);
	out_c->app_id = text_dup(a, json_get_text(j, "appid"));
	return arena_failed(a) ? ERR_NOMEM : 0;
}

static int
token_check(struct tenant *t, struct arena *a, struct text token, bool sync,
    struct oauth_caller *out_c, struct err *e)
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
	return caller_of(t, a, claims, sync, out_c, e);
}

int
oauth_check(struct tenant *t, struct arena *a, struct text header,
    struct oauth_caller *out_c, struct err *e)
{
	if (!text_starts_nocase(header, "Bearer "))
		return err_set(e, ERR_AUTH, "Access token is empty.");
	return token_check(t, a, (struct text){header.data + 7, header.len - 7},
	    false, out_c, e);
}

int
oauth_check_sync(struct tenant *t, struct arena *a, struct text token,
    struct oauth_caller *out_c, struct err *e)
{
	return token_check(t, a, token, true, out_c, e);
}
