/* tenant/oauth_token.c -- what is in a token, and who it is for; see
 * oauth_int.h. */
#include "base/clock.h"
#include "tenant/emit.h"
#include "tenant/oauth_int.h"
#include "tenant/page.h"
#include "tenant/syncobj.h"

#define TOKEN_LIFE_S 3599

bool
oauth_has_word(struct text all, const char *word)
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

/* ---- Scopes ---- */

/* "https://graph.microsoft.com/.default", this server's own name, or the
 * synchronisation service: NULL where it is none. */
static const char *
audience_of(const struct oauth_call *c, struct text word)
{
	const size_t tail = sizeof("/.default") - 1;

	if (word.len < tail || !text_ends_nocase(word, "/.default"))
		return NULL;
	word.len -= tail;
	if (text_ends_nocase(word, "/"))
		word.len--;
	if (text_is_nocase(word, OAUTH_SYNC_ID))
		return OAUTH_SYNC_ID;
	if (text_is_nocase(word, OAUTH_SYNC_OLD_URL))
		return OAUTH_SYNC_OLD_URL;
	if (text_is_nocase(word, OAUTH_REGISTER_URL))
		return OAUTH_REGISTER_URL;
	return text_is_nocase(word, OAUTH_GRAPH_URL) ||
		       text_is(word, OAUTH_GRAPH_ID) ||
		       text_equal_nocase(word, c->origin)
		   ? OAUTH_GRAPH_URL
		   : NULL;
}

static bool
word_take(struct oauth_call *c, struct text word, struct oauth_scope *s)
{
	const char *audience;

	if (word.len == 0 || text_is(word, "profile") || text_is(word, "email"))
		return true;
	if (text_is(word, "openid")) {
		s->id = true;
		return true;
	}
	if (text_is(word, "offline_access")) {
		s->refresh = true;
		return true;
	}
	audience = audience_of(c, word);
	if (audience == NULL || s->audience != NULL)
		return false;
	s->audience = audience;
	return true;
}

struct text
oauth_scope_text(struct oauth_call *c, const struct url *form)
{
	struct text t = oauth_field(form, "resource");

	if (!c->v1)
		return oauth_field(form, "scope");
	return text_of(arena_printf(
	    c->a, "%.*s/.default openid offline_access", TEXT_ARGS(t)));
}

bool
oauth_scope_read(
    struct oauth_call *c, struct text scope, struct oauth_scope *out_s)
{
	size_t from = 0;

	*out_s = (struct oauth_scope){NULL, false, false};
	for (size_t i = 0; i <= scope.len; i++) {
		if (i < scope.len && scope.data[i] != ' ')
			continue;
		if (!word_take(
			c, (struct text){scope.data + from, i - from}, out_s))
			return false;
		from = i + 1;
	}
	return out_s->audience != NULL;
}

/* ---- Claims ---- */

static void
words_add(struct json *claims, const char *name, struct text words)
{
	struct json *list = json_new_list();
	size_t from = 0;

	for (size_t i = 0; i <= words.len; i++) {
		if (i < words.len && words.data[i] != ' ')
			continue;
		if (i > from)
			json_push(list, json_new_text((struct text){
					    words.data + from, i - from}));
		from = i + 1;
	}
	json_set(claims, name, list);
}

/* Directory roles of a user. */
static void
wids_add(struct oauth_call *c, struct json *claims, const struct dirobj *user)
{
	struct json *list = json_new_list();
	struct tdb *db = c->t->db;
	int r = tdb_run(db, SQL_ROLES_OF, "i", user->row);

	for (; r == 1; r = tdb_next(db, SQL_ROLES_OF))
		json_push(list, json_new_text(tdb_text(db, SQL_ROLES_OF, 0)));
	json_set(claims, "wids", list);
}

/* Whose token it is: the application's own, or a user's. */
static void
subject_add(struct oauth_call *c, struct json *claims, struct text app,
    const struct dirobj *user)
{
	if (user == NULL) {
		json_set_str(claims, "idtyp", "app");
		json_set_text(claims, "sub", app);
		return;
	}
	json_set_str(claims, "oid", user->id);
	json_set_str(claims, "sub", user->id);
	json_set_text(claims, "upn", dirobj_text(user, "userPrincipalName"));
	json_set_text(claims, "preferred_username",
	    dirobj_text(user, "userPrincipalName"));
	json_set_text(claims, "name", dirobj_text(user, "displayName"));
	json_set_str(claims, "scp", "user_impersonation");
	wids_add(c, claims, user);
}

struct claims {
	const struct oauth_app *app;
	const struct dirobj *user;
	struct text audience;
};

static int
claims_make(struct oauth_call *c, const struct claims *k, struct buf *out)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	int64_t now = clock_now_ms() / 1000;
	char id[DIROBJ_ID_LEN + 1];

	dirobj_new_id(id);
	json_set_text(j, "aud", k->audience);
	json_set_str(j, "iss",
	    arena_printf(c->a, "%.*s/%s/v2.0", TEXT_ARGS(c->origin), c->t->id));
	json_set_int(j, "iat", now);
	json_set_int(j, "nbf", now);
	json_set_int(j, "exp", now + TOKEN_LIFE_S);
	json_set_text(j, "appid", k->app->id);
	json_set_text(j, "azp", k->app->id);
	subject_add(c, j, k->app->id, k->user);
	json_set_str(j, "tid", c->t->id);
	json_set_str(j, "uti", id);
	json_set_str(j, "ver", "2.0");
	words_add(
	    j, "roles", k->user == NULL ? k->app->roles : (struct text){"", 0});
	return json_write(j, false, out);
}

static int
signed_token(struct oauth_call *c, const struct claims *k, struct text *out)
{
	struct jwt_header h = {.alg = JWT_RS256, .kid = c->t->kid};
	struct buf claims;
	int r;

	buf_init(&claims, JWT_MAX_BYTES);
	r = claims_make(c, k, &claims);
	if (r == 0)
		r = jwt_sign(
		    c->a, c->t->sign, &h, buf_text(&claims), out, NULL);
	buf_clear(&claims);
	return r;
}

static int
refresh_token(struct oauth_call *c, const struct oauth_app *app,
    const struct dirobj *user, struct text *out)
{
	const struct page_token t = {.kind = PAGE_REFRESH,
	    .issued_ms = (uint64_t)tenant_now_ms(c->t),
	    .n = {(uint64_t)user->row},
	    .extra = app->id};

	return page_format(c->a, c->t->page_key, &t, out);
}

/* Who it is, as libraries of clients tell accounts apart. */
static int
client_info(struct oauth_call *c, const struct dirobj *user, struct text *out)
{
	char *s = arena_printf(
	    c->a, "{\"uid\":\"%s\",\"utid\":\"%s\"}", user->id, c->t->id);

	return s == NULL ? ERR_NOMEM : base64url_encode(c->a, text_of(s), out);
}

static int
user_parts(struct oauth_call *c, const struct oauth_app *app,
    const struct oauth_scope *s, const struct dirobj *user)
{
	const struct claims id = {app, user, app->id};
	struct text refresh = {"", 0}, info = {"", 0}, token = {"", 0};
	int r = s->refresh ? refresh_token(c, app, user, &refresh) : 0;

	if (r == 0)
		r = client_info(c, user, &info);
	if (r == 0 && s->id)
		r = signed_token(c, &id, &token);
	if (r != 0)
		return r;
	if (c->v1)
		buf_puts(c->out, ",\"scope\":\"user_impersonation\"");
	else
		buf_printf(c->out, ",\"scope\":\"%s/.default\"", s->audience);
	buf_printf(c->out, ",\"client_info\":\"%.*s\"", TEXT_ARGS(info));
	if (refresh.len != 0)
		buf_printf(
		    c->out, ",\"refresh_token\":\"%.*s\"", TEXT_ARGS(refresh));
	if (token.len != 0)
		buf_printf(c->out, ",\"id_token\":\"%.*s\"", TEXT_ARGS(token));
	return 0;
}

/* Numbers are texts in the older form, and times are told as such, too. */
static void
access_write(struct oauth_call *c, const char *resource, struct text token)
{
	long long now = (long long)(clock_now_ms() / 1000);

	if (c->v1)
		buf_printf(c->out,
		    "{\"token_type\":\"Bearer\",\"expires_in\":\"%d\","
		    "\"ext_expires_in\":\"%d\",\"expires_on\":\"%lld\","
		    "\"not_before\":\"%lld\",\"resource\":\"%s\"",
		    TOKEN_LIFE_S, TOKEN_LIFE_S, now + TOKEN_LIFE_S, now,
		    resource);
	else
		buf_printf(c->out,
		    "{\"token_type\":\"Bearer\",\"expires_in\":%d,"
		    "\"ext_expires_in\":%d",
		    TOKEN_LIFE_S, TOKEN_LIFE_S);
	buf_printf(c->out, ",\"access_token\":\"%.*s\"", TEXT_ARGS(token));
}

void
oauth_token_write(struct oauth_call *c, const struct oauth_app *app,
    const struct oauth_scope *s, const struct dirobj *user)
{
	const struct claims access = {app, user, text_of(s->audience)};
	struct text token;
	int r = signed_token(c, &access, &token);

	if (r == 0)
		access_write(c, s->audience, token);
	if (r == 0 && user != NULL)
		r = user_parts(c, app, s, user);
	if (r != 0) {
		oauth_error(c, 503, "temporarily_unavailable", 90033,
		    "A transient error has occurred. Please try again.");
		return;
	}
	buf_putc(c->out, '}');
	c->status = 200;
}

/* ---- Directory roles ---- */

const char *oauth_role_permissions(struct text template)
{
	static const struct {
		const char *template, *permissions;
	} roles[] = {
	    /* Global Administrator */
	    {"62e90394-69f5-4237-9190-012177145e10",
		"Directory.ReadWrite.All Organization.ReadWrite.All "
		"ADSynchronization.ReadWrite.All "
		"OnPremDirectorySynchronization.ReadWrite.All "
		"RoleManagement.ReadWrite.Directory "
		"User-OnPremisesSyncBehavior.ReadWrite.All "
		"Group-OnPremisesSyncBehavior.ReadWrite.All "
		"Contacts-OnPremisesSyncBehavior.ReadWrite.All"},
	    /* Hybrid Identity Administrator */
	    {"8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
		"Directory.Read.All Organization.ReadWrite.All "
		"ADSynchronization.ReadWrite.All "
		"OnPremDirectorySynchronization.ReadWrite.All"},
	    /* Directory Synchronization Accounts */
	    {"d29b2b05-8046-44ba-8758-1e26182fcf32",
		"Directory.Read.All ADSynchronization.ReadWrite.All"},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (text_is_nocase(template, roles[i].template))
			return roles[i].permissions;
	return "";
}
