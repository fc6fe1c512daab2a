#include "tenant/app.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "proto/x509_make.h"
#include "tenant/emit.h"
#include "tenant/open.h"
#include "tenant/tenant.h"

#define DAY_MS 86400000LL
#define DEFAULT_ROLES                                             \
	"User.ReadWrite.All Group.ReadWrite.All Device.Read.All " \
	"OrgContact.Read.All Organization.ReadWrite.All "         \
	"User-PasswordProfile.ReadWrite.All "                     \
	"ADSynchronization.ReadWrite.All"

static int
store_error(struct tenant *t, int r, struct err *e)
{
	return err_set(e, r, "the tenant's database: %s", tdb_message(t->db));
}

static int
secret_add(struct tenant *t, struct arena *a, struct app_new *app)
{
	unsigned char raw[30], digest[32];
	struct text hash = {0};
	int r;

	random_bytes(raw, sizeof(raw));
	r = base64url_encode(
	    a, (struct text){(char *)raw, sizeof(raw)}, &app->secret);
	if (r == 0)
		r = hash_sha256(app->secret, digest);
	if (r == 0)
		r = hex_encode(a, (struct text){(char *)digest, 32}, &hash);
	if (r == 0)
		r = tdb_run(t->db, SQL_APP_SECRET_ADD, "tti",
		    text_of(app->client_id), hash,
		    clock_now_ms() + app->secret_days * DAY_MS);
	return r;
}

static struct text
words_text(struct arena *a, const char *const *words, size_t n)
{
	char *s = arena_strdup(a, "");

	for (size_t i = 0; i < n; i++)
		s = arena_printf(a, "%s%s%s", s, i == 0 ? "" : " ", words[i]);
	return text_of(s);
}

bool
app_is_grant(struct text name)
{
	return text_is(name, "password") || text_is(name, "device_code") ||
	       text_is(name, "authorization_code");
}

static int
grants_check(const struct tenant_app_options *o, struct err *e)
{
	for (size_t i = 0; i < o->ngrants; i++)
		if (!app_is_grant(text_of(o->grants[i])))
			return err_set(e, ERR_INVAL,
			    "%s: not a way to a token that can be given: "
			    "password, device_code, authorization_code",
			    o->grants[i]);
	if (o->ngrants != 0 && o->client_id != NULL)
		return err_set(e, ERR_INVAL,
		    "ways to a token are given when an application is "
		    "registered, not later");
	return 0;
}

int
app_create(
    struct tenant *t, struct arena *a, struct app_new *app, struct err *e)
{
	int r = 0;

	if (app->client_id[0] == '\0') {
		dirobj_new_id(app->client_id);
		r = tdb_run(t->db, SQL_APP_ADD, "tttit",
		    text_of(app->client_id), text_of(app->name),
		    app->nroles == 0 ? TEXT(DEFAULT_ROLES)
				     : words_text(a, app->roles, app->nroles),
		    clock_now_ms(), words_text(a, app->grants, app->ngrants));
	}
	if (r == 0 && !app->no_secret)
		r = secret_add(t, a, app);
	return r == 0 ? 0 : store_error(t, r, e);
}

int
app_certificate_add(struct tenant *t, struct arena *a, const char *client_id,
    struct text pem, struct err *e)
{
	struct x509_names n;
	struct text sha1, sha256 = {0};
	CLEANUP(jwt_key_freep)
	struct jwt_key *key = NULL;
	int r = x509_names_read(pem, &n, e);

	if (r == 0)
		r = jwt_key_certificate(pem, &key, e);
	if (r != 0)
		return r;
	r = base64url_encode(a, (struct text){(char *)n.sha1, 20}, &sha1);
	if (r == 0)
		r = base64url_encode(
		    a, (struct text){(char *)n.sha256, 32}, &sha256);
	if (r == 0)
		r = tdb_run(t->db, SQL_APP_CERT_ADD, "tttti",
		    text_of(client_id), sha256, sha1, pem, n.not_after_ms);
	return r == 0 ? 0 : store_error(t, r, e);
}

static int
certificates_add(struct tenant *t, struct arena *a,
    const struct tenant_app_options *o, const char *client_id, struct err *e)
{
	for (size_t i = 0; i < o->ncertificates; i++) {
		struct text pem;
		int r = file_read(a, o->certificates[i], SECRET_MAX, &pem, e);

		if (r == 0) {
			r = app_certificate_add(t, a, client_id, pem, e);
			if (r != 0)
				(void)err_prefix(e, "%s", o->certificates[i]);
		}
		if (r != 0)
			return r;
	}
	return 0;
}

/* With a certificate that cannot be read there is no application either. */
static int
add_in_one(struct tenant *t, struct arena *a,
    const struct tenant_app_options *o, struct app_new *app, struct err *e)
{
	int r = tdb_begin(t->db, true);

	if (r != 0)
		return store_error(t, r, e);
	r = app_create(t, a, app, e);
	if (r == 0)
		r = certificates_add(t, a, o, app->client_id, e);
	if (r == 0) {
		r = tdb_commit(t->db);
		r = r == 0 ? 0 : store_error(t, r, e);
	}
	if (r != 0)
		tdb_rollback(t->db);
	return r;
}

int
tenant_app_add(const struct tenant_app_options *o, struct err *e)
{
	CLEANUP(tenant_closep)
	struct tenant *t = NULL;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct app_new app = {.name = o->name == NULL ? "application" : o->name,
	    .roles = o->roles,
	    .nroles = o->nroles,
	    .grants = o->grants,
	    .ngrants = o->ngrants,
	    .no_secret = o->no_secret,
	    .secret_days = o->secret_days};
	int r = a == NULL ? ERR_NOMEM : grants_check(o, e);

	if (r == 0)
		r = tenant_open(o->dir, &t, e);
	if (r != 0)
		return r;
	if (o->client_id != NULL) {
		if (tdb_run(t->db, SQL_APP_GET, "t", text_of(o->client_id)) !=
		    1)
			return err_set(e, ERR_NOENT, "%s: no such application",
			    o->client_id);
		tdb_done(t->db, SQL_APP_GET);
		(void)snprintf(
		    app.client_id, sizeof(app.client_id), "%s", o->client_id);
	}
	r = add_in_one(t, a, o, &app, e);
	if (r != 0)
		return r;
	if (app.no_secret)
		(void)fprintf(o->out,
		    "{\"tenantId\": \"%s\", \"clientId\": \"%s\"}\n", t->id,
		    app.client_id);
	else
		(void)fprintf(o->out,
		    "{\"tenantId\": \"%s\", \"clientId\": \"%s\", "
		    "\"clientSecret\": \"%.*s\"}\n",
		    t->id, app.client_id, TEXT_ARGS(app.secret));
	return 0;
}

static void
app_print(struct tenant *t, bool json, bool first, struct buf *b)
{
	struct tdb *db = t->db;
	char date[32];

	(void)clock_format(tdb_int(db, SQL_APPS, 3), false, date);
	if (!json) {
		buf_printf(b,
		    "%.*s  %.*s  %s  %lld secrets, %lld certificates  %.*s\n",
		    TEXT_ARGS(tdb_text(db, SQL_APPS, 0)),
		    TEXT_ARGS(tdb_text(db, SQL_APPS, 1)), date,
		    (long long)tdb_int(db, SQL_APPS, 4),
		    (long long)tdb_int(db, SQL_APPS, 5),
		    TEXT_ARGS(tdb_text(db, SQL_APPS, 2)));
		return;
	}
	buf_printf(b,
	    "%s\n  {\"clientId\": \"%.*s\", \"name\": ", first ? "" : ",",
	    TEXT_ARGS(tdb_text(db, SQL_APPS, 0)));
	emit_text(b, tdb_text(db, SQL_APPS, 1));
	buf_puts(b, ", \"roles\": ");
	emit_text(b, tdb_text(db, SQL_APPS, 2));
	buf_puts(b, ", \"grants\": ");
	emit_text(b, tdb_text(db, SQL_APPS, 6));
	buf_printf(b,
	    ", \"created\": \"%s\", \"secrets\": %lld, \"certificates\": %lld}",
	    date, (long long)tdb_int(db, SQL_APPS, 4),
	    (long long)tdb_int(db, SQL_APPS, 5));
}

int
tenant_app_list(const char *dir, bool json, FILE *out, struct err *e)
{
	CLEANUP(tenant_closep)
	struct tenant *t = NULL;
	bool first = true;
	struct buf b;
	int r = tenant_open(dir, &t, e);

	if (r != 0)
		return r;
	buf_init(&b, 0x1000000);
	buf_puts(&b, json ? "[" : "");
	r = tdb_run(t->db, SQL_APPS, "");
	for (; r == 1; r = tdb_next(t->db, SQL_APPS)) {
		app_print(t, json, first, &b);
		first = false;
	}
	buf_puts(&b, json ? "\n]\n" : "");
	if (r == 0)
		r = buf_error(&b);
	if (r == 0)
		(void)fwrite(b.data, 1, b.len, out);
	buf_clear(&b);
	return r == 0 ? 0 : store_error(t, r, e);
}
