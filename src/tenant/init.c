/* tenant/init.c -- makes a tenant's folder; see tenant.h. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "proto/x509_make.h"
#include "tenant/app.h"
#include "tenant/open.h"
#include "tenant/tenant.h"

#define CERT_DAYS 825
#define CA_DAYS   3650
#define HOSTS_MAX 32U

static int
random_text(struct arena *a, struct text *out)
{
	unsigned char raw[30];

	random_bytes(raw, sizeof(raw));
	return base64url_encode(a, (struct text){(char *)raw, 30}, out);
}

static int
pair_write(struct arena *a, const char *dir, const struct x509_pair *p,
    const char *const names[2], struct err *e)
{
	int r =
	    open_write_new(open_path(a, dir, names[0]), p->cert_pem, false, e);

	return r != 0 ? r
		      : open_write_new(open_path(a, dir, names[1]),
			    secret_text(p->key_pem), true, e);
}

static int
make_certificates(
    struct arena *a, const struct tenant_init_options *o, struct err *e)
{
	static const char *const ca_names[] = {FILE_CA_CERT, FILE_CA_KEY};
	static const char *const server_names[] = {
	    FILE_SERVER_CERT, FILE_SERVER_KEY};
	const char *hosts[HOSTS_MAX] = {"localhost", "127.0.0.1", "::1"};
	struct x509_pair ca = {0}, server = {0};
	struct x509_wish w = {
	    .name = "Causeway tenant CA", .is_ca = true, .days = CA_DAYS};
	int r;

	if (o->nhosts + 3 > HOSTS_MAX)
		return err_set(
		    e, ERR_LIMIT, "more than %u host names", HOSTS_MAX - 3);
	for (size_t i = 0; i < o->nhosts; i++)
		hosts[3 + i] = o->hosts[i];
	r = x509_make(a, &w, &ca, e);
	if (r == 0)
		r = pair_write(a, o->dir, &ca, ca_names, e);
	w = (struct x509_wish){.name = o->nhosts == 0 ? "localhost" : hosts[3],
	    .hosts = hosts,
	    .nhosts = 3 + o->nhosts,
	    .days = CERT_DAYS,
	    .issuer = &ca};
	if (r == 0)
		r = x509_make(a, &w, &server, e);
	if (r == 0)
		r = pair_write(a, o->dir, &server, server_names, e);
	x509_pair_clear(&ca);
	x509_pair_clear(&server);
	return r;
}

static int
make_token_key(struct arena *a, const char *dir, struct err *e)
{
	CLEANUP(secret_freep)
	struct secret *key = NULL;
	struct text admin = {0};
	int r = x509_make_key(X509_KEY_RSA_2048, &key, e);

	if (r == 0)
		r = open_write_new(open_path(a, dir, FILE_TOKEN_KEY),
		    secret_text(key), true, e);
	if (r == 0)
		r = random_text(a, &admin);
	if (r == 0)
		r = open_write_new(
		    open_path(a, dir, FILE_ADMIN), admin, true, e);
	return r;
}

static bool
is_listed(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_is_nocase(text_of(name), list[i]))
			return true;
	return false;
}

static int
put_domains(
    struct tdb *db, struct arena *a, const struct tenant_init_options *o)
{
	static const char *const example[] = {"contoso.example"};
	const char *const *names = o->ndomains == 0 ? example : o->domains;
	size_t n = o->ndomains == 0 ? 1 : o->ndomains;
	char *initial = arena_printf(
	    a, "%.*s.onmicrosoft.com", (int)strcspn(names[0], "."), names[0]);
	bool given = is_listed(initial, names, n);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = tdb_run(db, SQL_DOMAIN_ADD, "tiii", text_of(names[i]),
		    (int64_t)text_is_nocase(text_of(names[i]), initial),
		    (int64_t)(i == 0),
		    (int64_t)is_listed(names[i], o->federated, o->nfederated));
	if (r == 0 && !given)
		r = tdb_run(db, SQL_DOMAIN_ADD, "tiii", text_of(initial),
		    (int64_t)1, (int64_t)0, (int64_t)0);
	return r;
}

/* One that is not given by the service itself (section 7: quota). */
static bool
has_own_domain(const struct tenant_init_options *o)
{
	for (size_t i = 0; i < o->ndomains; i++)
		if (!text_ends_nocase(
			text_of(o->domains[i]), ".onmicrosoft.com"))
			return true;
	return o->ndomains == 0;
}

static int
put_meta(struct tdb *db, struct arena *a, const struct tenant_init_options *o)
{
	char id[DIROBJ_ID_LEN + 1];
	struct text key = {0};
	int64_t max = o->max_objects != 0 ? o->max_objects
		      : has_own_domain(o) ? TENANT_OBJECTS_MAX
					  : TENANT_OBJECTS_NEW;
	const char *name = o->name != NULL    ? o->name
			   : o->ndomains != 0 ? o->domains[0]
					      : "Contoso";
	int r;

	dirobj_new_id(id);
	r = tdb_meta_put(
	    db, "tenant_id", text_of(o->tenant_id == NULL ? id : o->tenant_id));
	if (r == 0)
		r = tdb_meta_put(db, "display_name", text_of(name));
	if (r == 0)
		r = random_text(a, &key);
	if (r == 0)
		r = tdb_meta_put(db, "page_key", key);
	if (r == 0)
		r = tdb_meta_put(db, "created_ms",
		    text_of(
			arena_printf(a, "%lld", (long long)clock_now_ms())));
	if (r == 0)
		r = tdb_meta_put(db, "max_objects",
		    text_of(arena_printf(a, "%lld", (long long)max)));
	if (r == 0)
		r = tdb_meta_put(db, "soft_delete_groups",
		    text_of(o->soft_delete_groups ? "1" : "0"));
	return r == 0 ? put_domains(db, a, o) : r;
}

static int
make_database(
    struct arena *a, const struct tenant_init_options *o, struct err *e)
{
	CLEANUP(tdb_closep)
	struct tdb *db = NULL;
	const char *path = open_path(a, o->dir, FILE_DB);
	int r = tdb_open(path, true, &db, e);

	if (r != 0)
		return r;
	/* The directory is open for the sake of ca.pem; people's data is not.
	 */
	if (chmod(path, 0600) != 0)
		return err_set(
		    e, -errno, "%s: %s", path, strerrordesc_np(errno));
	r = tdb_begin(db, true);
	if (r == 0)
		r = put_meta(db, a, o);
	if (r == 0)
		r = tdb_commit(db);
	if (r == ERR_EXIST)
		return err_set(e, ERR_CONFIG, "a domain is named twice");
	return r == 0 ? 0 : err_set(e, r, "%s: %s", path, tdb_message(db));
}

/* The first application, and where to read what it is called. */
static int
make_client(struct arena *a, const char *dir, struct err *e)
{
	CLEANUP(tenant_closep)
	struct tenant *t = NULL;
	struct app_new app = {.name = "Causeway", .secret_days = 730};
	char *json;
	int r = tenant_open(dir, &t, e);

	if (r == 0)
		r = app_create(t, a, &app, e);
	if (r != 0)
		return r;
	json = arena_printf(a,
	    "{\n  \"tenantId\": \"%s\",\n  \"clientId\": \"%s\",\n"
	    "  \"clientSecret\": \"%.*s\"\n}\n",
	    t->id, app.client_id, TEXT_ARGS(app.secret));
	r = open_write_new(
	    open_path(a, dir, FILE_CLIENT), text_of(json), true, e);
	return r != 0 ? r
		      : open_write_new(open_path(a, dir, FILE_SECRET),
			    app.secret, true, e);
}

static int
options_check(const struct tenant_init_options *o, struct err *e)
{
	if (o->tenant_id != NULL && !dirobj_is_id(text_of(o->tenant_id)))
		return err_set(e, ERR_CONFIG,
		    "%s: a tenant id is a GUID in lower case", o->tenant_id);
	for (size_t i = 0; i < o->ndomains; i++)
		if (strchr(o->domains[i], '.') == NULL ||
		    strlen(o->domains[i]) > 48)
			return err_set(e, ERR_CONFIG,
			    "%s: not a domain name of at most 48 characters",
			    o->domains[i]);
	for (size_t i = 0; i < o->nfederated; i++)
		if (!is_listed(o->federated[i], o->domains, o->ndomains))
			return err_set(e, ERR_CONFIG,
			    "%s: federated, but not given with --domain",
			    o->federated[i]);
	return 0;
}

int
tenant_init(const struct tenant_init_options *o, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	int r = options_check(o, e);

	if (r != 0)
		return r;
	if (a == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	if (mkdir(o->dir, 0755) != 0 && errno != EEXIST)
		return err_set(
		    e, -errno, "%s: %s", o->dir, strerrordesc_np(errno));
	if (access(open_path(a, o->dir, FILE_DB), F_OK) == 0)
		return err_set(
		    e, ERR_EXIST, "%s holds a tenant already", o->dir);
	r = make_certificates(a, o, e);
	if (r == 0)
		r = make_token_key(a, o->dir, e);
	if (r == 0)
		r = make_database(a, o, e);
	if (r == 0)
		r = make_client(a, o->dir, e);
	return r;
}
