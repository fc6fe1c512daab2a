/* engine/doctor/object.c -- one object: its values, its limits. */
#include "base/fold.h"
#include "engine/doctor/doctor_int.h"

#define PROXIES_MAX      300U /* what a user of the cloud holds in practice */
#define CERTIFICATES_MAX 15U
#define EXAMPLE_MAX      200U

static struct text
name_text(const struct doctor *d, uint32_t name)
{
	return names_text(store_names(d->job->store), name);
}

static struct text
text_of_attr(const struct cs_object *o, uint32_t name)
{
	const struct value *v = attrs_first(&o->image, name);

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

/* ---- Who is not looked at ---- */

/* Accounts that no cloud is to have. */
static const char *const not_people[] = {"Admini", "CAS_{",
    "DiscoverySearchMailbox", "FederatedEmail", "Guest", "HTTPConnector",
    "krbtgt", "iusr_", "iwam", "msol", "support_", "SystemMailbox",
    "WWIOadmini", "HealthMailbox", "Exchange Online-ApplicationAccount"};

static bool
is_critical(const struct doctor *d, const struct cs_object *o)
{
	const struct value *v = attrs_first(&o->image, d->critical);

	if (v == NULL)
		return false;
	return v->type == VALUE_BOOLEAN
		   ? v->boolean
		   : v->type == VALUE_STRING && text_is_nocase(v->text, "TRUE");
}

bool
object_is_skipped(const struct doctor *d, const struct cs_object *o)
{
	struct text cn = text_of_attr(o, d->cn);

	if (o->kind != CS_STAGING || (o->flags & CS_IN_CD) == 0 ||
	    o->link == CS_FILTERED_DISCONNECTOR ||
	    o->link == CS_EXPLICIT_DISCONNECTOR || is_critical(d, o))
		return true;
	for (size_t i = 0; i + 6 < o->dn.len; i++)
		if (text_starts_nocase(
			(struct text){o->dn.data + i, o->dn.len - i},
			"\\0ACNF:"))
			return true;
	if (cn.len != 0 && cn.data[cn.len - 1] == '$')
		return true;
	for (size_t i = 0; i < sizeof(not_people) / sizeof(*not_people); i++)
		if (text_starts_nocase(cn, not_people[i]))
			return true;
	return false;
}

/* ---- Values ---- */

static int
push_fix(
    struct doctor *d, struct subject *s, struct doctor_fix fix, struct err *e)
{
	if (s->fix_count == s->fix_size) {
		size_t size = s->fix_size != 0 ? 2 * s->fix_size : 8;
		struct doctor_fix *list =
		    arena_array(d->one, size, sizeof(*list));

		if (list == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		for (size_t i = 0; i < s->fix_count; i++)
			list[i] = s->fixes[i];
		s->fixes = list;
		s->fix_size = size;
	}
	s->fixes[s->fix_count++] = fix;
	return 0;
}

/* Each error of the value is a finding of its own; the repair is one. */
static int
note_errors(struct doctor *d, const struct subject *s,
    const struct doctor_example *x, struct text attribute, unsigned errors,
    struct err *e)
{
	int r = 0;

	for (unsigned bit = 1; bit <= VALUE_ERROR_MAIL_MATCH && r == 0;
	     bit <<= 1U) {
		const struct fault f = {.check = "value",
		    .error = value_error_name((enum value_error)bit),
		    .connector = s->o.connector,
		    .attribute = attribute};

		if ((errors & bit) != 0)
			r = doctor_note(d, &f, x, e);
	}
	return r;
}

static const char *
first_error(unsigned errors)
{
	return value_error_name(
	    (enum value_error)(errors & (~errors + 1U))); /* lowest bit */
}

static int
examine_value(struct doctor *d, struct subject *s, const struct value_row *row,
    struct text attribute, struct text value, struct err *e)
{
	unsigned errors = value_check(row, &s->of, value);
	struct doctor_example x = {.cs = s->o.id, .value = value};
	int r = 0;

	if ((row->flags & VALUE_UNIQUE) != 0)
		r = doubles_claim(d, s, row, value, e);
	if (r < 0 || errors == 0)
		return r;
	if (value_repair(row, &s->of, value, d->one, &x.fix) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = note_errors(d, s, &x, attribute, errors, e);
	if (r == 0 && x.fix.len != 0)
		r = push_fix(d, s,
		    (struct doctor_fix){.attribute = attribute,
			.old = value,
			.new = x.fix,
			.error = first_error(errors)},
		    e);
	return r;
}

static int
examine_attribute(
    struct doctor *d, struct subject *s, const struct attr *a, struct err *e)
{
	struct text name = name_text(d, a->name);
	const struct value_row *row = value_row_find(name, d->job->rules);
	int r = 0;

	if (row == NULL ||
	    ((row->flags & VALUE_WITHOUT_UPN) != 0 && s->has_upn))
		return 0;
	for (uint32_t i = 0; i < a->count && r == 0; i++)
		if (a->values[i].type == VALUE_STRING)
			r = examine_value(
			    d, s, row, name, a->values[i].text, e);
	return r;
}

/* ---- Limits ---- */

static int
too_many(struct doctor *d, const struct subject *s, const char *error,
    uint32_t attribute, size_t n, struct err *e)
{
	const struct fault f = {.check = "limit",
	    .error = error,
	    .connector = s->o.connector,
	    .attribute = name_text(d, attribute)};
	char *count = arena_printf(d->one, "%zu values", n);
	struct doctor_example x = {
	    .cs = s->o.id, .value = count != NULL ? text_of(count) : TEXT("")};

	return doctor_note(d, &f, &x, e);
}

static size_t
value_count(const struct subject *s, uint32_t name)
{
	const struct attr *a = name != 0 ? attrs_find(&s->o.image, name) : NULL;

	return a != NULL ? a->count : 0;
}

static int
examine_limits(struct doctor *d, const struct subject *s, struct err *e)
{
	size_t members = 0, n;
	int r = 0;

	n = value_count(s, d->proxies);
	if (n > PROXIES_MAX)
		r = too_many(d, s, "ProxyAddresses", d->proxies, n, e);
	n = value_count(s, d->certificate);
	if (r == 0 && n > CERTIFICATES_MAX)
		r = too_many(d, s, "Certificates", d->certificate, n, e);
	if (r < 0 || !s->of.group || d->job->member_limit == 0 ||
	    d->member == 0)
		return r;
	r = cs_refs_count(
	    d->job->store, s->o.id, d->member, REF_IMAGE, &members, e);
	if (r == 0 && members > d->job->member_limit)
		r = too_many(d, s, "Members", d->member, members, e);
	return r;
}

/* ---- One object ---- */

int
object_examine(struct doctor *d, const struct cs_object *o, struct err *e)
{
	struct text type = name_text(d, o->type);
	struct subject s = {.o = *o,
	    .of = {.cn = text_of_attr(o, d->cn),
		.mail = text_of_attr(o, d->mail),
		.group = text_starts_nocase(type, "group"),
		.tlds = d->job->tlds,
		.tld_count = d->job->tld_count},
	    .has_upn = text_of_attr(o, d->upn).len != 0};
	int r = 0;

	for (uint32_t i = 0; i < o->image.count && r == 0; i++)
		r = examine_attribute(d, &s, &o->image.items[i], e);
	if (r == 0)
		r = examine_limits(d, &s, e);
	if (r == 0 && s.fix_count != 0 && d->job->fix != NULL)
		r = d->job->fix(d->job->ctx, o->id, s.fixes, s.fix_count, e);
	return r;
}
