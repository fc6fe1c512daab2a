/* engine/doctor/doubles.c -- values that two people have, in one forest or in
 * two: a digest of each, sorted. */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/hash.h"
#include "engine/doctor/doctor_int.h"

#define CLAIMS_MAX 100000000U

static enum claim_kind
kind_of(const struct value_row *row)
{
	static const struct {
		const char *name;
		enum claim_kind kind;
	} kinds[] = {
	    {"mail", CLAIM_ADDRESS},
	    {"proxyAddresses", CLAIM_ADDRESS},
	    {"userPrincipalName", CLAIM_UPN},
	    {"mailNickname", CLAIM_ALIAS},
	    {"sAMAccountName", CLAIM_ACCOUNT},
	    {"targetAddress", CLAIM_TARGET},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(row->name, kinds[i].name) == 0)
			return kinds[i].kind;
	return CLAIM_ANCHOR;
}

/* "SMTP:a@b", "smtp:a@b" and "a@b" are one. */
static struct text
without_smtp(struct text t)
{
	return text_starts_nocase(t, "smtp:")
		   ? (struct text){t.data + 5, t.len - 5}
		   : t;
}

static int
digest_of(
    struct arena *a, enum claim_kind kind, struct text value, uint64_t *out)
{
	unsigned char hash[32];
	struct text folded;
	char *whole;

	if (fold_text(a, without_smtp(value), &folded) < 0)
		return ERR_NOMEM;
	whole = arena_printf(a, "%d:%.*s", (int)kind, TEXT_ARGS(folded));
	if (whole == NULL || hash_sha256(text_of(whole), hash) < 0)
		return ERR_NOMEM;
	memcpy(out, hash, sizeof(*out));
	return 0;
}

static int
grow(struct doctor *d)
{
	size_t size = d->claim_size != 0 ? 2 * d->claim_size : 1024;
	struct claim *list;

	if (size > CLAIMS_MAX)
		return ERR_LIMIT;
	list = realloc(d->claims, size * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	d->claims = list;
	d->claim_size = size;
	return 0;
}

int
doubles_claim(struct doctor *d, const struct subject *s,
    const struct value_row *row, struct text value, struct err *e)
{
	struct claim *c;
	int r = d->claim_count == d->claim_size ? grow(d) : 0;

	if (r < 0)
		return err_set(e, r, "too many values that have to be unique");
	c = &d->claims[d->claim_count];
	r = digest_of(d->one, kind_of(row), value, &c->digest);
	if (r < 0)
		return err_set(e, r, "out of memory");
	c->cs = s->o.id;
	d->claim_count++;
	return 0;
}

/* ---- Telling ---- */

static int
claim_compare(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->digest != y->digest)
		return x->digest < y->digest ? -1 : 1;
	return (x->cs > y->cs) - (x->cs < y->cs);
}

/* One value of an attribute that has to be unique; 1: it is behind the digest.
 */
static int
is_behind(struct doctor *d, const struct value_row *row, const struct value *v,
    uint64_t digest)
{
	uint64_t other = 0;

	if (v->type != VALUE_STRING)
		return 0;
	if (digest_of(d->one, kind_of(row), v->text, &other) < 0)
		return ERR_NOMEM;
	return other == digest;
}

static int
find_in(struct doctor *d, const struct attr *a, uint64_t digest,
    const struct value **out)
{
	const struct value_row *row = value_row_find(
	    names_text(store_names(d->job->store), a->name), d->job->rules);
	int r = 0;

	if (row == NULL || (row->flags & VALUE_UNIQUE) == 0)
		return 0;
	for (uint32_t k = 0; k < a->count && r == 0; k++) {
		r = is_behind(d, row, &a->values[k], digest);
		*out = &a->values[k];
	}
	return r;
}

/* The value behind the digest, for people. */
static int
find_value(struct doctor *d, const struct cs_object *o, uint64_t digest,
    struct text *out_attribute, struct text *out_value)
{
	const struct value *v = NULL;
	int r = 0;

	for (uint32_t i = 0; i < o->image.count && r == 0; i++) {
		const struct attr *a = &o->image.items[i];

		r = find_in(d, a, digest, &v);
		if (r != 1)
			continue;
		*out_attribute =
		    names_text(store_names(d->job->store), a->name);
		*out_value = v->text;
	}
	return r;
}

/* Both are objects of one person: that is no double. */
static bool
same_person(const struct cs_object *a, const struct cs_object *b)
{
	return a->id == b->id || (a->mv != 0 && a->mv == b->mv);
}

/* Each of those that have the value, with one of the others. */
static int
tell_one(struct doctor *d, const struct cs_object *o, int64_t other,
    uint64_t digest, struct err *e)
{
	struct fault f = {.check = "duplicate",
	    .error = "Duplicate",
	    .connector = o->connector};
	struct doctor_example x = {.cs = o->id, .other = other};
	int r = find_value(d, o, digest, &f.attribute, &x.value);

	if (r < 0)
		return err_set(e, r, "out of memory");
	return r == 0 ? 0 : doctor_note(d, &f, &x, e);
}

static int
tell_run(struct doctor *d, const struct claim *list, size_t n, struct err *e)
{
	struct cs_object first, o, second = {0};
	int r;

	arena_reset(d->one);
	r = cs_get(d->job->store, d->one, list[0].cs, CS_IMAGE, &first, e);
	for (size_t i = 1; i < n && r == 0; i++) {
		r = cs_get(d->job->store, d->one, list[i].cs, CS_IMAGE, &o, e);
		if (r < 0 || same_person(&first, &o))
			continue;
		if (second.id == 0)
			second = o;
		if (o.id != list[i - 1].cs)
			r = tell_one(d, &o, first.id, list[i].digest, e);
	}
	if (r == 0 && second.id != 0)
		r = tell_one(d, &first, second.id, list[0].digest, e);
	return r == ERR_NOENT ? 0 : r;
}

int
doubles_tell(struct doctor *d, struct err *e)
{
	size_t from = 0;
	int r = 0;

	if (d->claim_count != 0)
		qsort(d->claims, d->claim_count, sizeof(*d->claims),
		    claim_compare);
	for (size_t i = 1; i <= d->claim_count && r == 0; i++) {
		if (i < d->claim_count &&
		    d->claims[i].digest == d->claims[from].digest)
			continue;
		if (i - from > 1)
			r = tell_run(d, &d->claims[from], i - from, e);
		from = i;
	}
	return r;
}
