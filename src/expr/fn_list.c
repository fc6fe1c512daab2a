/* expr/fn_list.c -- functions that take a list whole
 * (docs/engine/expressions.md 4.7). */
#include "expr/text_int.h"

#include "model/dn.h"

int
fn_count(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_number(list_count(&args[0]));
	return 0;
}

static int
same_dn(struct run *r, struct text a, struct text b_key, bool *out)
{
	struct text key;

	if (dn_key(r->arena, a, &key) < 0)
		return run_nomem(r);
	r->output += key.len;
	*out = text_equal(key, b_key);
	return r->output > EXPR_MAX_OUTPUT ? run_nomem(r) : 0;
}

static int
element_contains(struct run *r, const struct expr_value *v, struct text what,
    bool nocase, bool *out)
{
	struct text key;
	size_t at;
	int rc;

	if (v->type == EXPR_REFERENCE) {
		if (dn_key(r->arena, what, &key) < 0)
			return run_nomem(r);
		r->output += key.len;
		return same_dn(r, v->text, key, out);
	}
	if (v->type != EXPR_STRING)
		return run_bad(r, "type-mismatch", 0, "a list of %s values",
		    expr_type_name(v->type));
	if (what.len == 0) {
		*out = true;
		return 0;
	}
	rc = text_find(r, v->text, what, 0, nocase, &at);
	*out = at != SIZE_MAX;
	return rc;
}

int
fn_contains(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct expr_value word = n > 2 ? args[2] : make_null();
	uint32_t count = list_count(&args[0]);
	bool nocase = false, found = false;
	int rc = nocase_of(r, &word, &nocase);

	*out = make_number(0);
	if (rc < 0 || (rc = run_step(r, count)) < 0)
		return rc;
	for (uint32_t i = 0; i < count && !found; i++) {
		struct expr_value v = element(&args[0], i);

		rc = element_contains(r, &v, args[1].text, nocase, &found);
		if (rc < 0)
			return rc;
		if (found)
			*out = make_number((int64_t)i + 1);
	}
	return 0;
}

int
fn_item_or_null(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	uint32_t count = list_count(&args[0]);

	(void)r;
	(void)n;
	*out = make_null();
	if (args[1].type == EXPR_NUMBER && args[1].number >= 1 &&
	    args[1].number <= (int64_t)count)
		*out = element(&args[0], (uint32_t)(args[1].number - 1));
	return 0;
}

int
fn_item(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	uint32_t count = list_count(&args[0]);

	if (args[1].type != EXPR_NUMBER || args[1].number < 1 ||
	    args[1].number > (int64_t)count)
		return run_bad(r, "item-index-out-of-bounds", 1,
		    "no value %lld among %u",
		    args[1].type == EXPR_NUMBER ? (long long)args[1].number
						: 0LL,
		    count);
	return fn_item_or_null(r, args, n, out);
}

int
fn_join(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text between = n > 1 ? args[1].text : TEXT(" ");
	uint32_t count = list_count(&args[0]);
	size_t size = 0, len = 0;
	char *p;

	for (uint32_t i = 0; i < count; i++) {
		struct expr_value v = element(&args[0], i);

		if (v.type != EXPR_STRING && v.type != EXPR_REFERENCE)
			return run_bad(r, "type-mismatch", 0,
			    "a list of %s values", expr_type_name(v.type));
		size += v.text.len + between.len;
	}
	if ((p = run_bytes(r, size)) == NULL)
		return run_nomem(r);
	for (uint32_t i = 0; i < count; i++) {
		struct expr_value v = element(&args[0], i);

		if (i > 0 && between.len > 0) {
			memcpy(p + len, between.data, between.len);
			len += between.len;
		}
		if (v.text.len > 0)
			memcpy(p + len, v.text.data, v.text.len);
		len += v.text.len;
	}
	*out = make_string((struct text){p, len});
	return run_step(r, count);
}

int
fn_split(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t = args[0].text;
	uint32_t cut = single_char(args[1].text);
	uint32_t limit = UINT32_MAX, count = 0, parts = 1;
	struct expr_value *items;
	size_t at;
	int rc;

	if (cut == 0)
		return run_bad(r, "invalid-argument", 1,
		    "one character to split at is wanted");
	if (n > 2 && args[2].number > 0 && args[2].number < UINT32_MAX)
		limit = (uint32_t)args[2].number;
	for (size_t i = 0; i < t.len;
	     i++) /* no more parts than bytes like it */
		parts += t.data[i] == args[1].text.data[0];
	if (parts > limit)
		parts = limit;
	if ((rc = run_step(r, parts)) < 0)
		return rc;
	if ((items = run_items(r, parts)) == NULL)
		return run_nomem(r);
	while (count + 1 < limit) {
		rc = text_find(r, t, args[1].text, 0, false, &at);
		if (rc < 0 || at == SIZE_MAX)
			break;
		items[count++] = make_string((struct text){t.data, at});
		t = text_from(t, at + args[1].text.len);
	}
	items[count++] = make_string(t);
	*out = make_list(items, count);
	return rc;
}

/* ---- RemoveDuplicates ---- */

#define HASH_START 14695981039346656037ULL
#define HASH_PRIME 1099511628211ULL

/* The same for every spelling of a name: letters and digits in small, without
 * what blanks and separators stand between; 0 where there are escapes. */
static uint64_t
hash_dn(struct text t)
{
	uint64_t h = HASH_START;

	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c == '\\' || c >= 0x80)
			return 0;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			h = (h ^ c) * HASH_PRIME;
	}
	return h;
}

static uint64_t
hash_value(const struct expr_value *v)
{
	uint64_t h = HASH_START ^ (uint64_t)v->type;

	if (v->type == EXPR_NUMBER || v->type == EXPR_DATE)
		return (h ^ (uint64_t)v->number) * HASH_PRIME;
	if (v->type == EXPR_REFERENCE && v->id != 0)
		return (h ^ (uint64_t)v->id) * HASH_PRIME;
	if (v->type == EXPR_REFERENCE)
		return v->by == REF_DN ? hash_dn(v->text) : 0;
	if (v->type == EXPR_BOOLEAN)
		return h;
	for (size_t i = 0; i < v->text.len; i++)
		h = (h ^ (unsigned char)v->text.data[i]) * HASH_PRIME;
	return h;
}

/* The place of v in a table of size slots (a power of two) of item numbers
 * from 1: where it is, or the free one where it would be. */
static int
find_slot(struct run *r, const uint32_t *table, uint32_t size,
    const struct expr_value *items, const struct expr_value *v)
{
	uint32_t slot = (uint32_t)(hash_value(v) >> 7) & (size - 1);

	while (table[slot] != 0 && !values_equal(&items[table[slot] - 1], v)) {
		slot = (slot + 1) & (size - 1);
		if (run_step(r, 1) < 0)
			return ERR_RULE;
	}
	return (int)slot;
}

int
fn_remove_duplicates(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	uint32_t count = list_count(&args[0]), size = 4, kept = 0;
	struct expr_value *items;
	uint32_t *table;
	int rc;

	(void)n;
	if ((rc = run_step(r, count)) < 0)
		return rc;
	while (size < count * 2)
		size *= 2;
	items = run_items(r, count);
	table = (uint32_t *)(void *)run_items(
	    r, size * sizeof(*table) / sizeof(*items) + 1);
	if (items == NULL || table == NULL)
		return run_nomem(r);
	for (uint32_t i = 0; i < count; i++) {
		struct expr_value v = element(&args[0], i);
		int slot = find_slot(r, table, size, items, &v);

		if (slot < 0)
			return slot;
		if (table[slot] != 0)
			continue;
		items[kept++] = v;
		table[slot] = kept;
	}
	*out = make_list(items, kept);
	return 0;
}
