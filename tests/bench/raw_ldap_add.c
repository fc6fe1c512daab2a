/*
 * tests/bench/raw_ldap_add.c -- how fast libldap alone copies a directory.
 *
 *   raw_ldap_add FROM-URI FROM-BASE TO-URI TO-BASE WINDOW
 *     Reads what is below FROM-BASE and adds it below TO-BASE, at most WINDOW
 *     adds under way at once.  Binds as cn=admin of each base with $BIND_PW.
 *
 * The mark that a first copy is measured against: the same entries to the same
 * kind of server, one pass, nothing kept and nothing compared.  Uses no code of
 * ours.  Prints one JSON object: entries, seconds, cpu_seconds.
 */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READAHEAD_BYTES 65536
#define ATTRS_MAX       200
#define VALUES_MAX      1000000

// NOLINTBEGIN(concurrency-mt-unsafe): one thread

struct copy {
	LDAP *from, *to;
	const char *from_base, *to_base;
	size_t from_len;
	int window, under_way;
	unsigned long entries;
};

static double
seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
check(int rc, const char *what)
{
	if (rc == LDAP_SUCCESS)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, ldap_err2string(rc));
	exit(1);
}

static void *
room(size_t n)
{
	void *p = calloc(1, n != 0 ? n : 1);

	if (p == NULL)
		check(LDAP_NO_MEMORY, "memory");
	return p;
}

static LDAP *
connect_bind(const char *uri, const char *base)
{
	LDAP *ld = NULL;
	Sockbuf *sb = NULL;
	int version = LDAP_VERSION3;
	ber_len_t ahead = READAHEAD_BYTES;
	char *pw = getenv("BIND_PW");
	struct berval cred = {pw != NULL ? strlen(pw) : 0, pw};
	char dn[300];

	(void)snprintf(dn, sizeof(dn), "cn=admin,%s", base);
	check(ldap_initialize(&ld, uri), "initialize");
	(void)ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	(void)ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	check(ldap_connect(ld), "connect");
	(void)ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb);
	(void)ber_sockbuf_add_io(sb, &ber_sockbuf_io_readahead,
	    LBER_SBIOD_LEVEL_PROVIDER + 1, &ahead);
	(void)ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_READAHEAD, &ahead);
	check(
	    ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL),
	    "bind");
	return ld;
}

/* With the other base, where it ends in ours; from malloc. */
static struct berval *
moved(const struct copy *c, const struct berval *v)
{
	struct berval *out = room(sizeof(*out));
	size_t head = v->bv_len, tail = 0;

	if (v->bv_len >= c->from_len &&
	    memcmp(v->bv_val + v->bv_len - c->from_len, c->from_base,
		c->from_len) == 0) {
		head = v->bv_len - c->from_len;
		tail = strlen(c->to_base);
	}
	out->bv_len = head + tail;
	out->bv_val = room(head + tail + 1);
	memcpy(out->bv_val, v->bv_val, head);
	memcpy(out->bv_val + head, c->to_base, tail);
	return out;
}

static void
take_answer(struct copy *c)
{
	LDAPMessage *m = NULL;
	int rc = LDAP_SUCCESS;

	if (ldap_result(c->to, LDAP_RES_ANY, LDAP_MSG_ONE, NULL, &m) <= 0)
		check(LDAP_SERVER_DOWN, "answer");
	check(ldap_parse_result(c->to, m, &rc, NULL, NULL, NULL, NULL, 1),
	    "answer");
	check(rc, "add");
	c->under_way--;
}

static LDAPMod *
attribute(const struct copy *c, const struct berval *name, BerVarray values)
{
	LDAPMod *mod = room(sizeof(*mod));
	size_t n = 0;

	while (values != NULL && values[n].bv_val != NULL && n < VALUES_MAX)
		n++;
	mod->mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES;
	mod->mod_type = room(name->bv_len + 1);
	memcpy(mod->mod_type, name->bv_val, name->bv_len);
	mod->mod_bvalues = room((n + 1) * sizeof(struct berval *));
	for (size_t i = 0; i < n; i++)
		mod->mod_bvalues[i] = moved(c, &values[i]);
	return mod;
}

static void
mods_free(LDAPMod **mods)
{
	for (size_t i = 0; mods[i] != NULL; i++) {
		for (size_t k = 0; mods[i]->mod_bvalues[k] != NULL; k++) {
			free(mods[i]->mod_bvalues[k]->bv_val);
			free(mods[i]->mod_bvalues[k]);
		}
		free(mods[i]->mod_bvalues);
		free(mods[i]->mod_type);
		free(mods[i]);
	}
}

static void
entry_copy(struct copy *c, LDAPMessage *m)
{
	LDAPMod *mods[ATTRS_MAX + 1] = {NULL};
	BerElement *ber = NULL;
	struct berval dn, name, *values = NULL, *to;
	size_t n = 0;
	int id;

	check(ldap_get_dn_ber(c->from, m, &ber, &dn), "entry");
	if (dn.bv_len == c->from_len) { /* the base itself */
		ber_free(ber, 0);
		return;
	}
	to = moved(c, &dn);
	while (n < ATTRS_MAX &&
	       ldap_get_attribute_ber(c->from, m, ber, &name, &values) ==
		   LDAP_SUCCESS &&
	       name.bv_val != NULL) {
		mods[n++] = attribute(c, &name, values);
		ber_memfree(values);
		values = NULL;
	}
	ber_free(ber, 0);
	while (c->under_way >= c->window)
		take_answer(c);
	check(ldap_add_ext(c->to, to->bv_val, mods, NULL, NULL, &id), "add");
	c->under_way++;
	c->entries++;
	mods_free(mods);
	free(to->bv_val);
	free(to);
}

int
main(int argc, char **argv)
{
	double start = seconds(CLOCK_MONOTONIC);
	struct copy c = {.entries = 0};
	int id = 0, kind = 0, rc = LDAP_SUCCESS;

	if (argc != 6) {
		(void)fprintf(stderr, "usage: raw_ldap_add FROM-URI FROM-BASE "
				      "TO-URI TO-BASE WINDOW\n");
		return 2;
	}
	c.from_base = argv[2];
	c.from_len = strlen(argv[2]);
	c.to_base = argv[4];
	c.window = (int)strtol(argv[5], NULL, 10);
	c.from = connect_bind(argv[1], argv[2]);
	c.to = connect_bind(argv[3], argv[4]);
	check(ldap_search_ext(c.from, argv[2], LDAP_SCOPE_SUBTREE,
		  "(objectClass=*)", NULL, 0, NULL, NULL, NULL, LDAP_NO_LIMIT,
		  &id),
	    "search");
	while (kind != LDAP_RES_SEARCH_RESULT) {
		LDAPMessage *m = NULL;

		kind = ldap_result(c.from, id, LDAP_MSG_ONE, NULL, &m);
		if (kind <= 0)
			check(LDAP_SERVER_DOWN, "result");
		if (kind == LDAP_RES_SEARCH_ENTRY)
			entry_copy(&c, m);
		if (kind == LDAP_RES_SEARCH_RESULT)
			check(ldap_parse_result(
				  c.from, m, &rc, NULL, NULL, NULL, NULL, 0),
			    "result");
		(void)ldap_msgfree(m);
	}
	check(rc, "search");
	while (c.under_way != 0)
		take_answer(&c);
	(void)printf(
	    "{\"entries\":%lu,\"seconds\":%.3f,\"cpu_seconds\":%.3f}\n",
	    c.entries, seconds(CLOCK_MONOTONIC) - start,
	    seconds(CLOCK_PROCESS_CPUTIME_ID));
	(void)ldap_unbind_ext(c.from, NULL, NULL);
	(void)ldap_unbind_ext(c.to, NULL, NULL);
	return 0;
}

// NOLINTEND(concurrency-mt-unsafe)
