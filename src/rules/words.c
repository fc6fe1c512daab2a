/* rules/words.c -- see words.h. */
#include "rules/words.h"

#include <stdio.h>

#include "model/guid.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct {
	const char *name;
	enum scope_op op;
	bool other;
} operators[] = {
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
    {"ISNOTBITSET", SCOPE_ISBITNOTSET, true},
    {"NOTSTARTWITH", SCOPE_NOTSTARTSWITH, true},
    {"STARTWITH", SCOPE_STARTSWITH, true},
};

/* The name of each enum value in both forms. */
struct word {
	int value;
	const char *name[2]; /* by enum rule_form */
};

static const struct word links[] = {
    {LINK_PROVISION, {"provision", "Provision"}},
    {LINK_JOIN, {"join", "Join"}},
    {LINK_STICKY_JOIN, {"sticky", "StickyJoin"}},
};

static const struct word merges[] = {
    {MERGE_UPDATE, {"update", "Update"}},
    {MERGE_REPLACE, {"replace", "Replace"}},
    {MERGE_MERGE, {"merge", "Merge"}},
    {MERGE_MERGE_NOCASE, {"merge-nocase", "MergeCaseInsensitive"}},
};

static const struct word directions[] = {
    {RULE_INBOUND, {"in", "Inbound"}},
    {RULE_OUTBOUND, {"out", "Outbound"}},
};

static const struct word kinds[] = {
    {FLOW_DIRECT, {"Direct", "Direct"}},
    {FLOW_CONSTANT, {"Constant", "Constant"}},
    {FLOW_EXPRESSION, {"Expression", "Expression"}},
};

/* 0: there is none. */
static int
word_find(
    const struct word *list, size_t count, struct text t, enum rule_form form)
{
	for (size_t i = 0; i < count; i++)
		if (form == FORM_YAML ? text_is(t, list[i].name[form])
				      : text_is_nocase(t, list[i].name[form]))
			return list[i].value;
	return 0;
}

static const char *
word_text(const struct word *list, size_t count, int value, enum rule_form form)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].value == value)
			return list[i].name[form];
	return "";
}

bool
scope_op_find(struct text t, enum scope_op *out, bool *out_other)
{
	for (size_t i = 0; i < COUNT(operators); i++)
		if (text_is(t, operators[i].name)) {
			*out = operators[i].op;
			*out_other = operators[i].other;
			return true;
		}
	return false;
}

const char *
scope_op_text(enum scope_op op)
{
	for (size_t i = 0; i < COUNT(operators); i++)
		if (operators[i].op == op)
			return operators[i].name;
	return "";
}

bool
scope_op_has_value(enum scope_op op)
{
	return op != SCOPE_ISNULL && op != SCOPE_ISNOTNULL;
}

bool
scope_op_has_name(enum scope_op op)
{
	return op != SCOPE_ISMEMBEROF && op != SCOPE_ISNOTMEMBEROF;
}

bool
link_find(struct text t, enum rule_form form, enum rule_link *out)
{
	int value = word_find(links, COUNT(links), t, form);

	if (value != 0)
		*out = (enum rule_link)value;
	return value != 0;
}

const char *
link_text(enum rule_link link, enum rule_form form)
{
	return word_text(links, COUNT(links), (int)link, form);
}

bool
merge_find(struct text t, enum rule_form form, enum flow_merge *out)
{
	int value = word_find(merges, COUNT(merges), t, form);

	if (value != 0)
		*out = (enum flow_merge)value;
	return value != 0;
}

const char *
merge_text(enum flow_merge merge, enum rule_form form)
{
	return word_text(merges, COUNT(merges), (int)merge, form);
}

bool
flow_kind_find(struct text t, enum flow_kind *out)
{
	int value = word_find(kinds, COUNT(kinds), t, FORM_VENDOR);

	if (value != 0)
		*out = (enum flow_kind)value;
	return value != 0;
}

const char *
flow_kind_text(enum flow_kind kind)
{
	return word_text(kinds, COUNT(kinds), (int)kind, FORM_VENDOR);
}

bool
direction_find(struct text t, enum rule_form form, enum rule_direction *out)
{
	int value = word_find(directions, COUNT(directions), t, form);

	if (value != 0)
		*out = (enum rule_direction)value;
	return value != 0;
}

const char *
direction_text(enum rule_direction d, enum rule_form form)
{
	return word_text(directions, COUNT(directions), (int)d, form);
}

struct text
rule_tag_stem(struct text tag)
{
	size_t n = tag.len;

	while (n > 0 && tag.data[n - 1] >= '0' && tag.data[n - 1] <= '9')
		n--;
	if (n > 0 && n < tag.len && tag.data[n - 1] == '.')
		tag.len = n - 1;
	return tag;
}

struct text
rule_guid(struct arena *a, struct text t)
{
	char text[GUID_TEXT_LEN + 1];
	struct guid g;
	const char *p;

	if (guid_parse(t, &g, NULL) < 0)
		return t;
	guid_format(&g, text);
	p = arena_printf(a, "{%s}", text);
	return p == NULL ? t : text_of(p);
}

/* Digits at *t, which moves past them; false where there are none. */
static bool
take_number(struct text *t, int64_t most, int64_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < t->len && n < 10 && t->data[n] >= '0' && t->data[n] <= '9')
		*out = *out * 10 + (t->data[n++] - '0');
	*t = (struct text){t->data + n, t->len - n};
	return n > 0 && *out <= most;
}

static bool
take_char(struct text *t, char c)
{
	if (t->len == 0 || t->data[0] != c)
		return false;
	*t = (struct text){t->data + 1, t->len - 1};
	return true;
}

bool
timespan_parse(struct text t, int64_t *out_ms)
{
	int64_t days = 0, hours, minutes, seconds, fraction;

	if (!take_number(&t, 10000, &hours))
		return false;
	if (t.len == 0 && hours == 0) {
		*out_ms = 0;
		return true;
	}
	if (take_char(&t, '.')) {
		days = hours;
		if (!take_number(&t, 23, &hours))
			return false;
	}
	if (hours > 23 || !take_char(&t, ':') ||
	    !take_number(&t, 59, &minutes) || !take_char(&t, ':') ||
	    !take_number(&t, 59, &seconds))
		return false;
	if (take_char(&t, '.') && !take_number(&t, 9999999999, &fraction))
		return false;
	if (t.len > 0)
		return false;
	*out_ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
	return true;
}

void
timespan_format(int64_t ms, char out[static 32])
{
	int64_t s = ms / 1000, days = s / 86400;
	char prefix[16] = "";

	if (days > 0)
		(void)snprintf(prefix, sizeof(prefix), "%d.", (int)days);
	(void)snprintf(out, 32, "%s%02d:%02d:%02d", prefix,
	    (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
}
