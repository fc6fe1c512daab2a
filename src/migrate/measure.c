/* migrate/measure.c -- how long it takes here: objects are made up, read from
 * a file, synchronised by the built-in rules into a store of their own on this
 * disk, and thrown away.  Nothing of the site is touched. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/setup.h"
#include "migrate/analysis_int.h"

#define USERS  1800U
#define GROUPS 200U
#define OF_ONE 40U /* members of a group */

static const char site[] =
    "store: {path: measure.db}\n"
    "staging: true\n"
    "rules: [default, out.yaml]\n"
    "connectors:\n"
    "  - {name: source, kind: file, format: ldif, path: source.ldif, anchor: "
    "objectGUID, parameters: {Domain.FQDN: measure.example}}\n"
    "  - {name: target, kind: file, format: ldif, path: target.ldif, "
    "attribute_types: {displayName: string, userPrincipalName: string, "
    "givenName: string, sn: string, mail: string, proxyAddresses: string "
    "list, department: string, title: string, company: string, l: string, "
    "telephoneNumber: string, manager: reference, member: reference list}}\n";

/* What the cloud's rules do, to a target that is a file. */
static const char out_rules[] =
    "rules:\n"
    "  - name: Out - People\n"
    "    why: measured\n"
    "    connector: target\n"
    "    direction: out\n"
    "    from: person\n"
    "    to: user\n"
    "    link: provision\n"
    "    precedence: 10\n"
    "    scope: [sourceAnchor ISNOTNULL, cloudFiltered NOTEQUAL True]\n"
    "    flows:\n"
    "      dn: '\"CN={\" & ConvertToUTF8Hex([sourceAnchor]) & \"}\"'\n"
    "      displayName: Left(Trim([displayName]),256)\n"
    "      userPrincipalName: [userPrincipalName]\n"
    "      givenName: Left(Trim([givenName]),64)\n"
    "      sn: Left(Trim([sn]),64)\n"
    "      mail: Trim([mail])\n"
    "      proxyAddresses: RemoveDuplicates(Trim([proxyAddresses]))\n"
    "      department: Left(Trim([department]),64)\n"
    "      title: Left(Trim([title]),128)\n"
    "      company: Left(Trim([company]),64)\n"
    "      l: Left(Trim([l]),128)\n"
    "      telephoneNumber: Left(Trim([telephoneNumber]),64)\n"
    "      manager: [manager]\n"
    "  - name: Out - Groups\n"
    "    why: measured\n"
    "    connector: target\n"
    "    direction: out\n"
    "    from: group\n"
    "    to: group\n"
    "    link: provision\n"
    "    precedence: 11\n"
    "    scope: [sourceAnchor ISNOTNULL, cloudFiltered NOTEQUAL True]\n"
    "    flows:\n"
    "      dn: '\"CN={\" & ConvertToUTF8Hex([sourceAnchor]) & \"}\"'\n"
    "      displayName: Left(Trim([displayName]),256)\n"
    "      member: [member]\n";

/* ---- Objects ---- */

static void
put_guid(struct buf *b, struct arena *a, unsigned kind, unsigned i)
{
	unsigned char guid[16] = {(unsigned char)kind};
	struct text t;

	memcpy(guid + 8, &i, sizeof(i));
	if (base64_encode(a, (struct text){(const char *)guid, 16}, &t) == 0)
		buf_printf(b, "objectGUID:: %.*s\n", TEXT_ARGS(t));
}

static void
put_user(struct buf *b, struct arena *a, unsigned i)
{
	buf_printf(b,
	    "dn: CN=Person %u,OU=Unit %u,DC=measure,DC=example\n"
	    "objectClass: top\nobjectClass: person\n"
	    "objectClass: organizationalPerson\nobjectClass: user\n"
	    "cn: Person %u\nsAMAccountName: p%u\nuserAccountControl: 512\n"
	    "userPrincipalName: p%u@measure.example\ndisplayName: Person %u\n"
	    "givenName: Person\nsn: Number %u\nmail: p%u@measure.example\n"
	    "proxyAddresses: SMTP:p%u@measure.example\n"
	    "proxyAddresses: smtp:person.%u@measure.example\n"
	    "department: Department %u\ntitle: Officer\ncompany: Measure\n"
	    "l: Town %u\ntelephoneNumber: +1 555 %07u\n",
	    i, i % 40, i, i, i, i, i, i, i, i, i % 90, i % 30, i);
	if (i > 0)
		buf_printf(b,
		    "manager: CN=Person %u,OU=Unit %u,DC=measure,DC=example\n",
		    i / 10, (i / 10) % 40);
	put_guid(b, a, 1, i);
	buf_putc(b, '\n');
}

static void
put_group(struct buf *b, struct arena *a, unsigned i)
{
	buf_printf(b,
	    "dn: CN=Group %u,OU=Groups,DC=measure,DC=example\n"
	    "objectClass: top\nobjectClass: group\ncn: Group %u\n"
	    "sAMAccountName: g%u\ndisplayName: Group %u\n"
	    "groupType: -2147483646\n",
	    i, i, i, i);
	for (unsigned k = 0; k < OF_ONE; k++) {
		unsigned m = (i * 37 + k * 11) % USERS;

		buf_printf(b,
		    "member: CN=Person %u,OU=Unit %u,DC=measure,DC=example\n",
		    m, m % 40);
	}
	put_guid(b, a, 2, i);
	buf_putc(b, '\n');
}

/* ---- The folder ---- */

static int
write_text(int dir, const char *name, struct text t)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = 0;
	ssize_t got = fd < 0 ? -1 : 1;

	while (n < t.len && got > 0) {
		got = write(fd, t.data + n, t.len - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0 && close(fd) < 0)
		return ERR_IO;
	return got < 0 ? -errno : 0;
}

static int
write_objects(int dir)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(64U << 20);
	struct buf b;
	int rc;

	if (a == NULL)
		return ERR_NOMEM;
	buf_init(&b, 64U << 20);
	buf_puts(&b, "version: 1\n\n");
	for (unsigned i = 0; i < USERS; i++)
		put_user(&b, a, i);
	for (unsigned i = 0; i < GROUPS; i++)
		put_group(&b, a, i);
	rc = buf_error(&b);
	if (rc == 0)
		rc = write_text(dir, "source.ldif", buf_text(&b));
	buf_clear(&b);
	return rc;
}

static int
fill(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = dir < 0 ? -errno : write_objects(dir);

	if (rc == 0)
		rc = write_text(dir, "target.ldif", TEXT("version: 1\n"));
	if (rc == 0)
		rc = write_text(dir, "out.yaml", TEXT(out_rules));
	if (rc == 0)
		rc = write_text(dir, "causeway.yaml", TEXT(site));
	if (dir >= 0)
		(void)close(dir);
	return rc;
}

/* All in it are files of ours. */
static void
throw_away(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;

	if (d == NULL)
		return;
	// NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, one stream
	while ((entry = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	(void)closedir(d);
	(void)rmdir(path);
}

/* ---- The run ---- */

static int
time_run(
    struct setup *s, enum engine_profile profile, double *out_s, struct err *e)
{
	struct engine_report report;
	int64_t began = clock_monotonic_ms();
	int rc = engine_run(s->engine, 0, profile, s->arena, &report, e);

	if (rc == 0 && report.code < 0) {
		if (e != NULL)
			*e = report.err;
		rc = report.code;
	}
	*out_s = (double)(clock_monotonic_ms() - began) / 1000.0;
	return rc;
}

static int
run(const char *path, struct measurement *m, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct setup s = {.arena = a};
	int rc = a == NULL ? ERR_NOMEM : setup_open(&s, path, SETUP_RUN, e);

	if (rc == 0)
		rc = time_run(&s, PROFILE_FULL_IMPORT, &m->import_s, e);
	if (rc == 0)
		rc = time_run(&s, PROFILE_FULL_SYNC, &m->sync_s, e);
	setup_clear(&s);
	return rc;
}

void
analyze_measure(struct analysis *x)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): no setenv
	const char *tmp = getenv("TMPDIR");
	char *path = arena_printf(x->arena, "%s/causeway-measure.XXXXXX",
	    tmp == NULL || *tmp == '\0' ? "/tmp" : tmp);
	struct measurement *m = &x->measured;
	struct err e = {0};
	int rc;

	if (path == NULL || mkdtemp(path) == NULL) {
		m->failed = TEXT("no folder for it can be made");
		return;
	}
	rc = fill(path);
	if (rc == 0)
		rc = run(path, m, &e);
	throw_away(path);
	m->done = rc == 0;
	m->objects = USERS + GROUPS;
	m->per_object_s = (m->import_s + m->sync_s) / (double)(USERS + GROUPS);
	if (rc < 0)
		m->failed = text_dup(
		    x->arena, text_of(e.code < 0 ? e.text : err_name(rc)));
}
