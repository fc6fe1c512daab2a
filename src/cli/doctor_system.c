/* cli/doctor_system.c -- what is wrong around the objects: files with secrets,
 * certificates that end, connectors that do not answer; see doctor_show.h. */
#include <string.h>
#include <sys/stat.h>

#include "base/cert.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/doctor_show.h"

#define SOON_MS      (30LL * 24 * 3600 * 1000)
#define PEM_MAX      (4U << 20)
#define SKEW_ERROR   (5LL * 60 * 1000) /* Kerberos refuses it */
#define SKEW_WARNING (60LL * 1000)

void
told_push(struct told_list *l, struct told t)
{
	if (l->count < TOLD_MAX)
		l->items[l->count++] = t;
}

/* One connector, or none. */
struct system {
	struct session *s;
	struct told_list *out;
	struct text connector;
};

static void
say(struct system *y, struct told t)
{
	t.connector = y->connector;
	told_push(y->out, t);
}

/* ---- Files ---- */

/* Nobody but the owner and the group of the service. */
static void
check_mode(struct system *y, const char *path, const char *what)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		say(y, (struct told){.weight = TOLD_ERROR,
			   .check = "secret-file",
			   .error = "Missing",
			   .text = explain_words(y->s,
			       "%s: the %s cannot be looked at", path, what)});
		return;
	}
	if ((st.st_mode & 077U) == 0)
		return;
	say(y, (struct told){.weight = TOLD_ERROR,
		   .check = "secret-file",
		   .error = "Permissions",
		   .text = explain_words(y->s,
		       "%s: the %s may be read by others (mode %03o)", path,
		       what, (unsigned)(st.st_mode & 0777U)),
		   .remedy = explain_words(y->s, "chmod 600 '%s'", path)});
}

/* "file:/path" of a reference; NULL: it is no file. */
static const char *
path_of(const struct system *y, struct text reference)
{
	if (!text_starts_nocase(reference, "file:"))
		return NULL;
	return arena_strndup(
	    y->s->setup.arena, reference.data + 5, reference.len - 5);
}

static void
check_secret(struct system *y, struct text reference, const char *what)
{
	const char *path = path_of(y, reference);

	if (path != NULL)
		check_mode(y, path, what);
}

/* ---- Certificates ---- */

static void
tell_end(struct system *y, int64_t end_ms, struct text what)
{
	int64_t left = end_ms - clock_now_ms();
	char end[32];

	if (left > SOON_MS)
		return;
	(void)clock_format(end_ms, false, end);
	say(y, (struct told){.weight = left < 0 ? TOLD_ERROR : TOLD_WARNING,
		   .check = "certificate",
		   .error = left < 0 ? "Expired" : "Expires",
		   .text = explain_words(y->s, "%.*s %s on %s", TEXT_ARGS(what),
		       left < 0 ? "ended" : "ends", end)});
}

static void
check_cert(struct system *y, struct text pem, const char *path)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	struct text subject = TEXT("");
	int64_t end_s = 0;

	if (cert_open(y->s->setup.arena, pem, &c, NULL) < 0 ||
	    cert_time(c, true, &end_s) < 0 ||
	    cert_text(c, CERT_SUBJECT, y->s->setup.arena, &subject) < 0)
		return;
	tell_end(y, end_s * 1000,
	    explain_words(
		y->s, "%s: the certificate of %.*s", path, TEXT_ARGS(subject)));
}

/* The piece of PEM text from one BEGIN to its END; advances *at. */
static bool
next_pem(struct text all, size_t *at, struct text *out)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	const char *from =
	    memmem(all.data + *at, all.len - *at, begin, sizeof(begin) - 1);
	const char *to;

	if (from == NULL)
		return false;
	to = memmem(
	    from, all.len - (size_t)(from - all.data), end, sizeof(end) - 1);
	if (to == NULL)
		return false;
	to += sizeof(end) - 1;
	*out = (struct text){from, (size_t)(to - from)};
	*at = (size_t)(to - all.data);
	return true;
}

/* Every certificate of a PEM file. */
static void
check_pem(struct system *y, const char *path)
{
	struct text all, one;
	struct err why = {0};
	struct buf b;
	size_t at = 0;

	buf_init(&b, PEM_MAX);
	if (cli_read_file(path, &b, &why) < 0) {
		say(y, (struct told){.weight = TOLD_ERROR,
			   .check = "certificate",
			   .error = "Missing",
			   .text = explain_words(y->s, "%s", why.text)});
		buf_clear(&b);
		return;
	}
	all = buf_text(&b);
	while (next_pem(all, &at, &one))
		check_cert(y, one, path);
	buf_clear(&b);
}

static void
check_file_cert(struct system *y, struct text path)
{
	const char *p = path.len != 0 ? arena_strndup(y->s->setup.arena,
					    path.data, path.len)
				      : NULL;

	if (p != NULL)
		check_pem(y, p);
}

/* ---- Configuration ---- */

static void
check_ldap(struct system *y, const struct conf_ldap *c)
{
	check_secret(y, c->password, "password");
	if (c->keytab.len != 0)
		check_mode(y,
		    arena_strndup(
			y->s->setup.arena, c->keytab.data, c->keytab.len),
		    "keytab");
	if (c->tls.key.len != 0)
		check_mode(y,
		    arena_strndup(
			y->s->setup.arena, c->tls.key.data, c->tls.key.len),
		    "private key");
	check_file_cert(y, c->tls.ca);
	check_file_cert(y, c->tls.certificate);
}

static void
check_cloud(struct system *y, const struct conf_cloud *c)
{
	const char *certificate = path_of(y, c->certificate);

	check_secret(y, c->secret, "client secret");
	check_secret(y, c->key, "private key");
	if (certificate != NULL)
		check_pem(y, certificate);
	check_file_cert(y, c->ca);
}

static void
check_conf(struct system *y, const struct conf_connector *c)
{
	switch ((enum conf_kind)c->kind_id) {
	case CONF_KIND_AD:
	case CONF_KIND_LDAP:
		check_ldap(y, &c->ldap);
		break;
	case CONF_KIND_GRAPH:
	case CONF_KIND_SYNC:
		check_cloud(y, &c->cloud);
		break;
	case CONF_KIND_FILE:
		break;
	}
}

/* ---- The connector itself ---- */

static void
tell_failure(struct system *y, const struct err *why)
{
	bool right = strcmp(why->type, "failed-permission") == 0 ||
		     why->code == ERR_ACCESS;

	say(y, (struct told){.weight = TOLD_ERROR,
		   .check = right ? "rights" : "connection",
		   .error = why->type[0] != '\0'
				? arena_strdup(y->s->setup.arena, why->type)
				: err_name(why->code),
		   .text = explain_words(y->s, "%s", why->text),
		   .remedy = explain_words(y->s, "causeway connector test %.*s",
		       TEXT_ARGS(y->connector))});
}

static void
tell_clock(struct system *y, int64_t clock_ms)
{
	int64_t skew = clock_ms - clock_now_ms();
	int64_t much = skew < 0 ? -skew : skew;

	if (clock_ms == 0 || much < SKEW_WARNING)
		return;
	say(y,
	    (struct told){
		.weight = much >= SKEW_ERROR ? TOLD_ERROR : TOLD_WARNING,
		.check = "clock",
		.error = "Skew",
		.text = explain_words(y->s,
		    "its clock is %lld s %s that of this machine",
		    (long long)(much / 1000), skew > 0 ? "before" : "behind"),
		.remedy = TEXT("timedatectl timesync-status, on both")});
}

static void
check_health(struct system *y, struct connector *c)
{
	struct connector_health h = {0};
	struct err why = {0};

	if (c->kind->ops->health == NULL)
		return;
	if (c->kind->ops->health(c, y->s->setup.arena, &h, &why) < 0) {
		tell_failure(y, &why);
		return;
	}
	tell_clock(y, h.clock_ms);
	for (size_t i = 0; i < h.cert_count; i++)
		tell_end(y, h.certs[i].end_s * 1000,
		    explain_words(y->s, "%.*s: the certificate of %.*s",
			TEXT_ARGS(h.certs[i].server),
			TEXT_ARGS(h.certs[i].subject)));
}

static int
check_connector(struct system *y, size_t i, struct err *e)
{
	struct connector *c = NULL;
	struct partition *list = NULL;
	struct err why = {0};
	size_t n = 0;
	int r = setup_connect(&y->s->setup, i, &c, &why);

	if (r == 0)
		r = c->kind->ops->partitions(c, &list, &n, &why);
	if (r < 0) {
		tell_failure(y, &why);
	} else {
		check_health(y, c);
		r = doctor_rights(y->s, i, c, y->out, e);
	}
	if (c != NULL)
		c->kind->ops->close(c);
	return r == ERR_NOMEM || r == ERR_STORE ? r : 0;
}

int
doctor_system(
    struct session *s, const size_t *only, struct told_list *out, struct err *e)
{
	struct system y = {.s = s, .out = out};
	const struct text path = s->setup.conf->store.path;
	int r = 0;

	if (path.len != 0)
		check_mode(&y,
		    arena_strndup(s->setup.arena, path.data, path.len),
		    "store");
	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		if (only != NULL && i != *only)
			continue;
		y.connector = s->setup.connectors[i].name;
		check_conf(&y, s->setup.connectors[i].conf);
		r = check_connector(&y, i, e);
	}
	return r;
}
