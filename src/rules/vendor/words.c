/* rules/vendor/words.c -- the vendor's words for what a rule may say, both
 * ways, and its time spans. */
#include <stdio.h>

#include "rules/vendor/vendor_int.h"

#define MS_PER_DAY INT64_C(86400000)

struct word {
	const char *name;
	int value;
	bool odd; /* a spelling of documents, not of the product */
};

static const struct word operators[] = {
    {"EQUAL", SCOPE_EQUAL, false},
    {"NOTEQUAL", SCOPE_NOTEQUAL, false},
    {"LESSTHAN", SCOPE_LESSTHAN, false},
    {"LESSTHAN_OR_EQUAL", SCOPE_LESSTHAN_OR_EQUAL, false},
    {"GREATERTHAN", SCOPE_GREATERTHAN, false},
    {"GREATERTHAN_OR_EQUAL", SCOPE_GREATERTHAN_OR_EQUAL, false},
    {"CONTAINS", SCOPE_CONTAINS, false},
    {"NOTCONTAINS", SCOPE_NOTCONTAINS, false},
    {"STARTSWITH", SCOPE_STARTSWITH, false},
    {"NOTSTARTSWITH", SCOPE_NOTSTARTSWITH, false},
    {"ENDSWITH", SCOPE_ENDSWITH, false},
    {"NOTENDSWITH", SCOPE_NOTENDSWITH, false},
    {"ISNULL", SCOPE_ISNULL, false},
    {"ISNOTNULL", SCOPE_ISNOTNULL, false},
    {"ISIN", SCOPE_ISIN, false},
    {"ISNOTIN", SCOPE_ISNOTIN, false},
    {"ISBITSET", SCOPE_ISBITSET, false},
    {"ISBITNOTSET", SCOPE_ISBITNOTSET, false},
    {"ISMEMBEROF", SCOPE_ISMEMBEROF, false},
    {"ISNOTMEMBEROF", SCOPE_ISNOTMEMBEROF, false},
    {"ISNOTBITSET", SCOPE_ISBITNOTSET, false},
    {"NOTSTARTWITH", SCOPE_NOTSTARTSWITH, true},
    {NULL, 0, false},
};

static const struct word merges[] = {
    {"Update", MERGE_UPDATE, false},
    {"Replace", MERGE_REPLACE, false},
    {"Merge", MERGE_MERGE, false},
    {"MergeCaseInsensitive", MERGE_MERGE_NOCASE, false},
    {NULL, 0, false},
};

static const struct word links[] = {
    {"Provision", LINK_PROVISION, false},
    {"Join", LINK_JOIN, false},
    {"StickyJoin", LINK_STICKY_JOIN, false},
    {NULL, 0, false},
};

static const struct word *
by_name(const struct word *list, struct text t)
{
	for (; list->name != NULL; list++)
		if (text_is_nocase(t, list->name))
			return list;
	return NULL;
}

static const char *
by_value(const struct word *list, int value)
{
	for (; list->name != NULL; list++)
		if (list->value == value)
			return list->name;
	return "";
}

bool
vendor_scope_op(struct text t, enum scope_op *out, bool *out_odd)
{
	const struct word *w = by_name(operators, t);

	if (w == NULL)
		return false;
	*out = (enum scope_op)w->value;
	*out_odd = w->odd || !text_is(t, w->name);
	return true;
}

const char *
vendor_scope_op_name(enum scope_op op)
{
	return by_value(operators, (int)op);
}

bool
vendor_merge(struct text t, enum flow_merge *out)
{
	const struct word *w = by_name(merges, t);

	if (w != NULL)
		*out = (enum flow_merge)w->value;
	return w != NULL;
}

const char *
vendor_merge_name(enum flow_merge m)
{
	return by_value(merges, (int)m);
}

bool
vendor_link(struct text t, enum rule_link *out)
{
	const struct word *w = by_name(links, t);

	if (w != NULL)
		*out = (enum rule_link)w->value;
	return w != NULL;
}

const char *
vendor_link_name(enum rule_link l)
{
	return by_value(links, (int)l);
}

int
vendor_span_parse(struct text t, int64_t *out_ms)
{
	char s[32];
	unsigned days = 0, h = 0, m = 0, sec = 0;
	int used = 0;

	if (text_is(t, "0") || t.len == 0) {
		*out_ms = 0;
		return 0;
	}
	if (t.len >= sizeof(s))
		return ERR_SYNTAX;
	memcpy(s, t.data, t.len);
	s[t.len] = '\0';
	if (strchr(s, '.') != NULL && strchr(s, '.') < strchr(s, ':')) {
		// NOLINTNEXTLINE(cert-err34-c): %6u cannot run over
		if (sscanf(s, "%6u.%n", &days, &used) != 1 || used == 0)
			return ERR_SYNTAX;
	}
	// NOLINTNEXTLINE(cert-err34-c): two digits cannot run over
	if (sscanf(s + used, "%2u:%2u:%2u", &h, &m, &sec) != 3 || h > 23 ||
	    m > 59 || sec > 59)
		return ERR_SYNTAX;
	*out_ms = (int64_t)days * MS_PER_DAY +
		  ((int64_t)h * 3600 + (int64_t)m * 60 + sec) * 1000;
	return 0;
}

void
vendor_span_format(int64_t ms, char out[static 32])
{
	int64_t s = ms / 1000 % 86400;
	int n = 0;

	if (ms >= MS_PER_DAY)
		n = snprintf(out, 16, "%lld.", (long long)(ms / MS_PER_DAY));
	(void)snprintf(out + n, 12, "%02d:%02d:%02d", (int)(s / 3600 % 24),
	    (int)(s / 60 % 60), (int)(s % 60));
}
