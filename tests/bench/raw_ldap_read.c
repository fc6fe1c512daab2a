/*
 * tests/bench/raw_ldap_read.c -- how fast libldap alone reads a directory.
 *
 *   raw_ldap_read URI BASE FILTER PAGE [ATTRIBUTE...]
 *     PAGE 0: no paging.  Binds as $BIND_DN with $BIND_PW; neither: anonymous.
 *
 * The mark that the import is measured against: the same search on the same
 * server, every value looked at, nothing kept.  Uses no code of ours.
 * Prints one JSON object: entries, values, bytes, seconds, cpu_seconds.
 */
#include <ldap.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define READAHEAD_BYTES 65536

// NOLINTBEGIN(concurrency-mt-unsafe): one thread

struct tally {
	unsigned long entries, values, bytes;
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

static LDAP *
connect_bind(const char *uri)
{
	LDAP *ld = NULL;
	Sockbuf *sb = NULL;
	int version = LDAP_VERSION3;
	ber_len_t ahead = READAHEAD_BYTES;
	char *pw = getenv("BIND_PW");
	struct berval cred = {pw != NULL ? strlen(pw) : 0, pw};

	check(ldap_initialize(&ld, uri), "initialize");
	(void)ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
	(void)ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	check(ldap_connect(ld), "connect");
	(void)ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sb);
	(void)ber_sockbuf_add_io(sb, &ber_sockbuf_io_readahead,
	    LBER_SBIOD_LEVEL_PROVIDER + 1, &ahead);
	(void)ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_READAHEAD, &ahead);
	check(ldap_sasl_bind_s(ld, getenv("BIND_DN"), LDAP_SASL_SIMPLE, &cred,
		  NULL, NULL, NULL),
	    "bind");
	return ld;
}

static void
entry_count(LDAP *ld, LDAPMessage *m, struct tally *t)
{
	BerElement *ber = NULL;
	struct berval dn, name, *values = NULL;

	t->entries++;
	check(ldap_get_dn_ber(ld, m, &ber, &dn), "entry");
	t->bytes += dn.bv_len;
	while (ldap_get_attribute_ber(ld, m, ber, &name, &values) ==
		   LDAP_SUCCESS &&
	       name.bv_val != NULL) {
		for (size_t i = 0; values != NULL && values[i].bv_val != NULL;
		     i++) {
			t->values++;
			t->bytes += values[i].bv_len;
		}
		ber_memfree(values);
		values = NULL;
	}
	ber_free(ber, 0);
}

/* The cookie of the next page; none: that was the last. */
static void
page_end(LDAP *ld, LDAPMessage *m, struct berval *cookie)
{
	LDAPControl **controls = NULL, *page;
	ber_int_t estimate = 0;
	int rc = LDAP_SUCCESS;

	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){0, NULL};
	check(ldap_parse_result(ld, m, &rc, NULL, NULL, NULL, &controls, 0),
	    "result");
	check(rc, "search");
	page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (page != NULL)
		check(ldap_parse_pageresponse_control(
			  ld, page, &estimate, cookie),
		    "page");
	ldap_controls_free(controls);
}

static void
page_read(LDAP *ld, int id, struct tally *t, struct berval *cookie)
{
	for (;;) {
		LDAPMessage *m = NULL;
		int kind = ldap_result(ld, id, LDAP_MSG_ONE, NULL, &m);

		if (kind <= 0)
			check(LDAP_SERVER_DOWN, "result");
		if (kind == LDAP_RES_SEARCH_ENTRY)
			entry_count(ld, m, t);
		else if (kind == LDAP_RES_SEARCH_RESULT)
			page_end(ld, m, cookie);
		(void)ldap_msgfree(m);
		if (kind == LDAP_RES_SEARCH_RESULT)
			return;
	}
}

int
main(int argc, char **argv)
{
	struct berval cookie = {0, NULL};
	struct tally t = {0};
	double start = seconds(CLOCK_MONOTONIC);
	int page;
	LDAP *ld;

	if (argc < 5) {
		(void)fprintf(stderr,
		    "usage: raw_ldap_read URI BASE FILTER PAGE [ATTR...]\n");
		return 2;
	}
	page = (int)strtol(argv[4], NULL, 10);
	ld = connect_bind(argv[1]);
	do {
		LDAPControl *list[] = {NULL, NULL};
		int id = 0;

		if (page != 0)
			check(ldap_create_page_control(
				  ld, page, &cookie, 1, &list[0]),
			    "page");
		check(ldap_search_ext(ld, argv[2], LDAP_SCOPE_SUBTREE, argv[3],
			  argc > 5 ? argv + 5 : NULL, 0, list, NULL, NULL,
			  LDAP_NO_LIMIT, &id),
		    "search");
		if (list[0] != NULL)
			ldap_control_free(list[0]);
		page_read(ld, id, &t, &cookie);
	} while (cookie.bv_len != 0);
	(void)printf("{\"entries\":%lu,\"values\":%lu,\"bytes\":%lu,"
		     "\"seconds\":%.3f,\"cpu_seconds\":%.3f}\n",
	    t.entries, t.values, t.bytes, seconds(CLOCK_MONOTONIC) - start,
	    seconds(CLOCK_PROCESS_CPUTIME_ID));
	ber_memfree(cookie.bv_val);
	(void)ldap_unbind_ext(ld, NULL, NULL);
	return 0;
}

// NOLINTEND(concurrency-mt-unsafe)
