/* proto/oauth.c -- see oauth.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "codec/json.h"
#include "proto/jwt.h"
#include "proto/oauth.h"
#include "proto/x509_make.h"

#define REPLY_MAX        (1U << 20)
#define ASSERTION_LIFE_S 600
#define RENEW_BEFORE_MS  INT64_C(300000)

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

struct oauth {
	struct oauth_options o;
	struct arena *arena;
	struct text endpoint; /* empty: not discovered yet */
	struct secret *token;
	int64_t renew_ms; /* wall time from which it is asked for again */
};

/* Text that we own though it is lent as const: a token in an answer. */
static void
text_wipe(struct text t)
{
	union {
		const char *lent;
		char *own;
	} p = {.lent = t.data};

	secret_wipe(p.own, t.len);
}

/* ---- What the authority says when it refuses ---- */

struct refusal {
	int64_t code;
	int error;
	const char *text;
};

static const struct refusal refusals[] = {
    {7000215, ERR_AUTH, "wrong client secret"},
    {7000222, ERR_AUTH, "the client secret has expired"},
    {700027, ERR_AUTH,
	"the certificate is not registered with the application, or the "
	"key is not its own"},
    {700016, ERR_AUTH, "the application is not known in this tenant"},
    {90002, ERR_AUTH, "unknown tenant"},
    {50034, ERR_AUTH, "unknown user"},
    {70011, ERR_CONFIG, "the scope is not valid"},
    {65001, ERR_AUTH, "an administrator has not given consent"},
    {50020, ERR_AUTH, "the account is not of this tenant"},
    {50105, ERR_AUTH, "the application is not assigned"},
    {700082, ERR_AUTH, "the refresh token has expired"},
    {700084, ERR_AUTH, "the refresh token has expired"},
    {90033, ERR_BUSY, "the authority is not available now"},
};

/* AADSTS numbers come in error_codes; older answers have them in the text. */
static int64_t
refusal_code(const struct json *j)
{
	const struct json *codes = json_get(j, "error_codes");
	struct text t = json_get_text(j, "error_description");
	int64_t n = 0;
	size_t i = 6;

	if (json_count(codes) > 0)
		return json_int(json_at(codes, 0), 0);
	if (!text_starts_nocase(t, "AADSTS"))
		return 0;
	for (; i < t.len && i < 18 && t.data[i] >= '0' && t.data[i] <= '9'; i++)
		n = n * 10 + (t.data[i] - '0');
	return n;
}

static int
refused(int status, const struct json *j, struct err *e)
{
	int64_t code = refusal_code(j);
	struct text error = json_get_text(j, "error");
	struct text more = json_get_text(j, "error_description");

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].code == code)
			return err_type(e, refusals[i].error,
			    "failed-authentication", "%s (AADSTS%lld)",
			    refusals[i].text, (long long)code);
	if (more.len > 200)
		more.len = 200;
	return err_type(e, status >= 500 || status == 429 ? ERR_BUSY : ERR_AUTH,
	    "failed-authentication", "the authority refused: HTTP %d %.*s %.*s",
	    status, TEXT_ARGS(error), TEXT_ARGS(more));
}

int
oauth_reply(int status, struct text body, struct secret **out_token,
    int64_t *out_expires_ms, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text token;
	int64_t life_s;

	if (json_parse(body, REPLY_MAX, &j, NULL) < 0 ||
	    json_type(j) != JSON_OBJECT)
		return err_set(e, status >= 500 ? ERR_BUSY : ERR_PROTOCOL,
		    "HTTP %d and no JSON object", status);
	if (status != 200)
		return refused(status, j, e);
	token = json_get_text(j, "access_token");
	life_s = json_int(json_get(j, "expires_in"), 0);
	if (token.len == 0 || token.len > SECRET_MAX - 1 || life_s <= 0 ||
	    !text_is_nocase(json_get_text(j, "token_type"), "Bearer"))
		return err_set(
		    e, ERR_PROTOCOL, "an answer without a bearer token");
	*out_token = secret_new(token);
	/* json-c keeps its own copy of the text until the tree is freed */
	text_wipe(token);
	if (*out_token == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (life_s > 86400)
		life_s = 86400;
	*out_expires_ms = clock_now_ms() + life_s * 1000;
	return 0;
}

/* ---- Discovery ---- */

static int
endpoint_accept(struct oauth *o, struct text body, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text endpoint;
	int r = json_parse(body, REPLY_MAX, &j, e);

	if (r < 0)
		return err_prefix(e, "discovery document");
	endpoint = json_get_text(j, "token_endpoint");
	if (!http_url_same_origin(endpoint, o->o.authority))
		return err_set(e, ERR_PROTOCOL,
		    "discovery document: token_endpoint \"%.*s\" is not on the "
		    "host of the authority",
		    TEXT_ARGS(endpoint));
	endpoint = text_dup(o->arena, endpoint);
	if (endpoint.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->endpoint = endpoint;
	return 0;
}

static int
discover(struct oauth *o, struct arena *a, struct err *e)
{
	struct http_request q = {.method = "GET"};
	struct http_response reply;
	int r;

	q.url = arena_printf(a, "%.*s/v2.0/.well-known/openid-configuration",
	    TEXT_ARGS(o->o.authority));
	if (q.url == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = http_client_call(o->o.http, &q, a, &reply, e);
	if (r < 0)
		return r;
	if (reply.status == 400 || reply.status == 404)
		return err_type(e, ERR_AUTH, "failed-authentication",
		    "%.*s: unknown tenant (HTTP %d on discovery)",
		    TEXT_ARGS(o->o.authority), reply.status);
	if (reply.status != 200)
		return err_set(e,
		    reply.status >= 500 || reply.status == 429 ? ERR_BUSY
							       : ERR_PROTOCOL,
		    "%.*s: HTTP %d on discovery", TEXT_ARGS(o->o.authority),
		    reply.status);
	r = endpoint_accept(o, reply.body, e);
	return r < 0 ? err_prefix(e, "%.*s", TEXT_ARGS(o->o.authority)) : 0;
}

/* ---- The request ---- */

static void
jti_make(char out[static 33])
{
	unsigned char raw[16];

	random_bytes(raw, sizeof(raw));
	for (size_t i = 0; i < sizeof(raw); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static int
claims_write(struct arena *a, const struct oauth_options *o,
    struct text endpoint, struct text *out)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	int64_t now_s = clock_now_ms() / 1000;
	struct buf b;
	char jti[33];
	int r;

	jti_make(jti);
	json_set_text(j, "aud", endpoint);
	json_set_text(j, "iss", o->client_id);
	json_set_text(j, "sub", o->client_id);
	json_set_str(j, "jti", jti);
	json_set_int(j, "nbf", now_s);
	json_set_int(j, "iat", now_s);
	json_set_int(j, "exp", now_s + ASSERTION_LIFE_S);
	buf_init(&b, 65536);
	r = json_write(j, false, &b);
	if (r == 0) {
		*out = text_dup(a, buf_text(&b));
		r = out->data == NULL ? ERR_NOMEM : 0;
	}
	buf_clear(&b);
	return r;
}

int
oauth_assertion(struct arena *a, const struct oauth_options *o,
    struct text endpoint, struct text *out, struct err *e)
{
	CLEANUP(jwt_key_freep)
	struct jwt_key *key = NULL;
	struct jwt_header h = {.alg = JWT_PS256};
	struct x509_names names;
	struct text claims = TEXT("");
	int r;

	r = x509_names_read(o->certificate, &names, e);
	if (r < 0)
		return err_prefix(e, "certificate");
	r = base64url_encode(
	    a, (struct text){(char *)names.sha256, 32}, &h.x5t_s256);
	if (r == 0)
		r = claims_write(a, o, endpoint, &claims);
	if (r < 0)
		return err_set(e, r, "token assertion: %s", err_name(r));
	r = jwt_key_private(o->key, &key, e);
	if (r < 0)
		return err_prefix(e, "key");
	r = jwt_sign(a, key, &h, claims, out, e);
	return r < 0 ? err_prefix(e, "token assertion") : 0;
}

/* Room for every octet of it quoted: the buffer never moves, so that no copy
 * of a secret is left behind. */
static size_t
form_room(const struct oauth_options *o, struct text assertion)
{
	size_t n = 512 + 3 * (o->client_id.len + o->scope.len) + assertion.len;

	return o->secret != NULL ? n + 3 * secret_text(o->secret).len : n;
}

static int
form_build(const struct oauth *o, struct text assertion, struct buf *b)
{
	size_t room = form_room(&o->o, assertion);

	*b = (struct buf){.data = malloc(room), .size = room, .max = room - 1};
	if (b->data == NULL)
		return ERR_NOMEM;
	http_form_add(b, "grant_type", TEXT("client_credentials"));
	http_form_add(b, "client_id", o->o.client_id);
	http_form_add(b, "scope", o->o.scope);
	if (o->o.secret != NULL) {
		http_form_add(b, "client_secret", secret_text(o->o.secret));
		return buf_error(b);
	}
	http_form_add(b, "client_assertion_type", TEXT(ASSERTION_TYPE));
	http_form_add(b, "client_assertion", assertion);
	return buf_error(b);
}

static int
ask(struct oauth *o, struct arena *a, struct err *e)
{
	static const struct http_header headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"},
	    {"Accept", "application/json"},
	};
	struct http_request q = {
	    .method = "POST", .headers = headers, .header_count = 2};
	struct http_response reply = {0};
	struct text assertion = TEXT("");
	struct secret *token = NULL;
	struct buf form;
	int64_t expires_ms = 0;
	int r;

	if (o->o.secret == NULL) {
		r = oauth_assertion(a, &o->o, o->endpoint, &assertion, e);
		if (r < 0)
			return r;
	}
	r = form_build(o, assertion, &form);
	q.url = o->endpoint.data;
	q.body = buf_text(&form);
	r = r < 0 ? err_set(e, r, "token request: %s", err_name(r))
		  : http_client_call(o->o.http, &q, a, &reply, e);
	if (form.data != NULL)
		secret_wipe(form.data, form.size);
	buf_clear(&form);
	if (r < 0)
		return r;
	r = oauth_reply(reply.status, reply.body, &token, &expires_ms, e);
	text_wipe(reply.body);
	if (r < 0)
		return err_prefix(e, "%.*s", TEXT_ARGS(o->endpoint));
	o->token = secret_free(o->token);
	o->token = token;
	o->renew_ms = expires_ms - RENEW_BEFORE_MS;
	if (o->renew_ms < clock_now_ms()) /* a short life: use most of it */
		o->renew_ms = expires_ms - (expires_ms - clock_now_ms()) / 4;
	log_event(LOG_DEBUG, "oauth.token", "endpoint", o->endpoint.data, NULL);
	return 0;
}

/* ---- The calls ---- */

int
oauth_token(struct oauth *o, const struct secret **out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = NULL;
	int r;

	if (o->token == NULL || clock_now_ms() >= o->renew_ms) {
		a = arena_new(8U << 20);
		if (a == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (o->endpoint.len == 0 && (r = discover(o, a, e)) < 0)
			return r;
		if ((r = ask(o, a, e)) < 0)
			return r;
	}
	*out = o->token;
	return 0;
}

void
oauth_forget(struct oauth *o)
{
	o->token = secret_free(o->token);
}

static int
options_check(const struct oauth_options *o, struct err *e)
{
	if (o->authority.len == 0 || o->client_id.len == 0)
		return err_set(
		    e, ERR_CONFIG, "authority and client_id must be set");
	if (http_url_host(o->authority).len == 0 ||
	    !http_url_same_origin(o->authority, o->authority))
		return err_set(e, ERR_CONFIG,
		    "authority \"%.*s\" is not an https URL",
		    TEXT_ARGS(o->authority));
	if (o->secret == NULL && (o->key == NULL || o->certificate.len == 0))
		return err_set(e, ERR_CONFIG,
		    "neither a secret nor a certificate with its key is set");
	if (o->secret != NULL && o->key != NULL)
		return err_set(e, ERR_CONFIG,
		    "a secret and a certificate are set: one of the two");
	return 0;
}

int
oauth_new(const struct oauth_options *o, struct oauth **out, struct err *e)
{
	struct oauth *n;
	int r = options_check(o, e);

	if (r < 0)
		return r;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	n->o = *o;
	while (n->o.authority.len > 0 &&
	       n->o.authority.data[n->o.authority.len - 1] == '/')
		n->o.authority.len--;
	n->arena = arena_new(65536);
	if (n->arena == NULL) {
		free(n);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	*out = n;
	return 0;
}

struct oauth *
oauth_free(struct oauth *o)
{
	if (o == NULL)
		return NULL;
	o->token = secret_free(o->token);
	o->arena = arena_free(o->arena);
	free(o);
	return NULL;
}
