/* migrate/lifecycle.c -- the dates that apply to the old system. */
#include "migrate/analysis_int.h"

#define DIRSYNC (1U << SYSTEM_DIRSYNC)
#define AADSYNC (1U << SYSTEM_AZURE_AD_SYNC)
#define CONNECT (1U << SYSTEM_AZURE_AD_CONNECT)
#define ENGINES (1U << SYSTEM_FIM | 1U << SYSTEM_MIM)

/* For versions from `from` up to, and not with, `to`; NULL: no bound. */
static const struct row {
	unsigned systems;
	const char *from, *to;
	struct lifecycle fact;
} rows[] = {
    {DIRSYNC, NULL, NULL, {"2014-07", "the last release of DirSync"}},
    {AADSYNC, NULL, NULL, {"2015-05", "the last release of Azure AD Sync"}},
    {DIRSYNC | AADSYNC, NULL, NULL, {"2016-04-13", "announced as deprecated"}},
    {CONNECT, "1.0", "1.1",
	{"2016-04-13", "the deprecation mail reached builds 1.0.*"}},
    {DIRSYNC | AADSYNC, NULL, NULL,
	{"2017-04-13", "support ended: no support case before an upgrade"}},
    {DIRSYNC | AADSYNC, NULL, NULL,
	{"2017-12-31", "from here the service may refuse it"}},
    {CONNECT, "1.0", "2.0",
	{"2020-11-01", "versions older than 18 months are deprecated"}},
    {DIRSYNC | AADSYNC, NULL, NULL,
	{"2021-04-01", "it does not work any more: the service refuses it"}},
    {CONNECT, "1.0", "2.0", {"2022-08-31", "all of 1.x is retired"}},
    {CONNECT, "1.0", "2.0", {"2022-12", "health monitoring of 1.x stops"}},
    {CONNECT, "2.0", NULL,
	{"2023-03-15", "a version retires 12 months after a newer one ships"}},
    {CONNECT, "1.0", "2.0", {"2023-10-01", "synchronisation of all 1.x stops"}},
    {CONNECT, "2.2.1", "2.2.2", {"2024-10-11", "support of 2.2.1.0 ends"}},
    {CONNECT, "2.2.8", "2.2.9", {"2024-12-12", "support of 2.2.8.0 ends"}},
    {CONNECT, "2.3.2", "2.3.3", {"2025-02-21", "support of 2.3.2.0 ends"}},
    {CONNECT, "2.3.6", "2.3.7", {"2025-04-01", "support of 2.3.6.0 ends"}},
    {CONNECT, "2.3.8", "2.3.9", {"2025-07", "support of 2.3.8.0 ends"}},
    {CONNECT, NULL, "2.4.18",
	{"2025-04-07", "builds under 2.4.18.0: sign-in of the wizard, schema "
		       "refresh and the switch of staging fail; cycles go on"}},
    {CONNECT, NULL, NULL,
	{"2026-07", "the vendor sends notices in waves: servers are to move to "
		    "its successor in the cloud, which takes one forest, 2,000 "
		    "objects and no rule of your own by its migration tool"}},
    {CONNECT, NULL, "2.5.79",
	{"2026-09-30",
	    "builds under 2.5.79.0: all synchronisation services stop"}},
    {ENGINES, NULL, NULL,
	{"2013-11", "the Azure AD connector for FIM 2010 R2 is released"}},
    {ENGINES, NULL, NULL,
	{"no date", "the connector is frozen: no features, no fixes, no new "
		    "installations; moving off it is recommended"}},
    {1U << SYSTEM_MIM, NULL, NULL,
	{"2029-01-09", "extended support of MIM 2016 ends"}},
};

static int
compare_versions(const unsigned a[4], const unsigned b[4])
{
	for (size_t i = 0; i < 4; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* A version that is not known is told everything that may apply. */
static bool
applies(const struct analysis *x, const struct row *r)
{
	unsigned v[4], bound[4];

	if ((r->systems & 1U << x->system) == 0)
		return false;
	if (!version_parse(x->version, v))
		return true;
	if (r->from != NULL && version_parse(text_of(r->from), bound) &&
	    compare_versions(v, bound) < 0)
		return false;
	return r->to == NULL || !version_parse(text_of(r->to), bound) ||
	       compare_versions(v, bound) < 0;
}

void
analyze_lifecycle(struct analysis *x)
{
	const size_t n = sizeof(rows) / sizeof(*rows);
	struct lifecycle *list = arena_array(x->arena, n, sizeof(*list));

	if (list == NULL) {
		x->failed = ERR_NOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (applies(x, &rows[i]))
			list[x->lifecycle_count++] = rows[i].fact;
	x->lifecycle = list;
}
