#include "tenant/open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tenant/syncobj.h"
#include "tenant/throttle.h"

#define DELTA_LIFE_MS (7LL * 86400 * 1000)

const char *
open_path(struct arena *a, const char *dir, const char *name)
{
	return arena_printf(a, "%s/%s", dir, name);
}

static int
write_all(int fd, struct text t)
{
	while (t.len != 0) {
		ssize_t n = write(fd, t.data, t.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		t.data += n;
		t.len -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : -errno;
}

int
open_write_new(
    const char *path, struct text content, bool secret, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    secret ? 0600 : 0644);
	int r;

	if (fd < 0)
		return err_set(
		    e, -errno, "%s: %s", path, strerrordesc_np(errno));
	r = write_all(fd, content);
	if (close(fd) != 0 && r == 0)
		r = -errno;
	if (r != 0)
		return err_set(e, r, "%s: %s", path, strerrordesc_np(-r));
	return 0;
}

int
open_secret(const char *path, struct secret **out_s, struct err *e)
{
	char reference[4096 + 8];

	(void)snprintf(reference, sizeof(reference), "file:%s", path);
	return secret_resolve(text_of(reference), out_s, e);
}

int
tenant_domains_load(struct tenant *t)
{
	int r = tdb_run(t->db, SQL_DOMAINS, "");

	t->ndomains = 0;
	for (; r == 1; r = tdb_next(t->db, SQL_DOMAINS)) {
		struct domain *d = &t->domains[t->ndomains];

		if (t->ndomains == DOMAINS_MAX)
			break;
		d->name = text_dup(t->a, tdb_text(t->db, SQL_DOMAINS, 0));
		d->is_initial = tdb_int(t->db, SQL_DOMAINS, 1) != 0;
		d->is_default = tdb_int(t->db, SQL_DOMAINS, 2) != 0;
		d->federated = tdb_int(t->db, SQL_DOMAINS, 3) != 0;
		t->ndomains++;
	}
	tdb_done(t->db, SQL_DOMAINS);
	return r < 0 ? r : t->ndomains == 0 ? ERR_NOENT : 0;
}

static int
read_meta(struct tenant *t)
{
	struct text id, key = {0}, created = {0}, max = {0}, soft = {0};
	int r = tdb_meta_get(t->db, t->a, "tenant_id", &id);

	if (r == 0)
		r = tdb_meta_get(t->db, t->a, "display_name", &t->display_name);
	if (r == 0)
		r = tdb_meta_get(t->db, t->a, "page_key", &key);
	if (r == 0)
		r = tdb_meta_get(t->db, t->a, "created_ms", &created);
	if (r == 0)
		r = tdb_meta_get(t->db, t->a, "max_objects", &max);
	if (r == 0)
		r = tdb_meta_get(t->db, t->a, "soft_delete_groups", &soft);
	if (r == 0)
		r = base64url_decode(t->a, key, &t->page_key, NULL);
	if (r == 0)
		r = text_to_int64(created, &t->created_ms);
	if (r == 0)
		r = text_to_int64(max, &t->max_objects);
	if (r == 0)
		r = tenant_clock_load(t);
	if (r != 0)
		return r;
	tdb_objects_recount(t->db, tenant_now_ms(t));
	if (id.len != DIROBJ_ID_LEN)
		return ERR_STORE;
	memcpy(t->id, id.data, id.len);
	t->soft_delete_groups = text_is(soft, "1");
	return tenant_domains_load(t);
}

static int
read_keys(struct tenant *t, const char *dir, struct err *e)
{
	CLEANUP(secret_freep)
	struct secret *pem = NULL;
	int r = open_secret(open_path(t->a, dir, FILE_TOKEN_KEY), &pem, e);

	if (r == 0)
		r = jwt_key_private(pem, &t->sign, e);
	if (r == 0)
		r = jwt_key_jwk(t->a, t->sign, t->kid, &t->jwk, e);
	if (r == 0)
		r = open_secret(open_path(t->a, dir, FILE_ADMIN), &t->admin, e);
	return r;
}

static int
open_parts(struct tenant *t, const char *dir, struct err *e)
{
	int r;

	t->a = arena_new(0);
	t->throttle = throttle_new();
	if (t->a == NULL || t->throttle == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a tenant");
	t->kid = TEXT("causeway-1");
	t->delta_life_ms = DELTA_LIFE_MS;
	r = tdb_open(open_path(t->a, dir, FILE_DB), false, &t->db, e);
	if (r != 0)
		return r;
	r = read_meta(t);
	if (r != 0)
		return err_set(e, r, "%s/%s: settings cannot be read: %s", dir,
		    FILE_DB, err_name(r));
	return read_keys(t, dir, e);
}

int
tenant_open(const char *dir, struct tenant **out_t, struct err *e)
{
	struct tenant *t = calloc(1, sizeof(*t));
	int r;

	if (t == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a tenant");
	r = open_parts(t, dir, e);
	if (r == 0)
		*out_t = t;
	else
		(void)tenant_close(t);
	return r;
}

struct tenant *
tenant_close(struct tenant *t)
{
	if (t == NULL)
		return NULL;
	t->db = tdb_close(t->db);
	t->sign = jwt_key_free(t->sign);
	t->admin = secret_free(t->admin);
	t->throttle = throttle_free(t->throttle);
	t->a = arena_free(t->a);
	free(t);
	return NULL;
}
