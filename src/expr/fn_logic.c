/* expr/fn_logic.c -- functions that choose which argument is evaluated, that
 * bind a variable, that test a value, and those on bits
 * (docs/engine/expressions.md 4.1, 4.2, 4.6). */
#include "expr/expr_int.h"

#include "base/hash.h"
#include "model/guid.h"

/* ---- IIF ---- */

static int
pick(struct run *r, const struct expr_value *from, uint32_t i, uint32_t n,
    struct expr_value *out)
{
	if (from->type == EXPR_LIST && from->count != n)
		return run_fail(r, "unequal-lists",
		    "a list of %u values for %u conditions", from->count, n);
	*out = element(from, i);
	if (out->type == EXPR_IGNORE || out->type == EXPR_AUTH_NULL)
		return run_fail(r, "flow-word", "%s for one of many values",
		    expr_type_name(out->type));
	return 0;
}

/* A list of conditions: a branch is evaluated when some element needs it. */
static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
iif_list(struct run *r, const struct node *call, const struct expr_value *cond,
    struct expr_value *out)
{
	struct expr_value branch[2];
	struct expr_value *items = run_items(r, cond->count);
	bool have[2] = {false, false};
	bool truth;
	int rc;

	if (items == NULL)
		return run_nomem(r);
	for (uint32_t i = 0; i < cond->count; i++) {
		struct expr_value c = element(cond, i);
		unsigned which;

		if ((rc = run_truth(r, &c, &truth)) < 0)
			return rc;
		which = truth ? 0 : 1;
		if (!have[which] &&
		    (rc = eval(r, call->kids[1 + which], &branch[which])) < 0)
			return rc;
		have[which] = true;
		rc = pick(r, &branch[which], i, cond->count, &items[i]);
		if (rc < 0)
			return rc;
	}
	*out = make_list(items, cond->count);
	return run_step(r, cond->count);
}

int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
lazy_iif(struct run *r, const struct node *call, struct expr_value *out)
{
	struct expr_value cond;
	bool truth;
	int rc = eval(r, call->kids[0], &cond);

	r->at = call->kids[0]->at;
	if (rc == 0 && cond.type == EXPR_LIST)
		return iif_list(r, call, &cond, out);
	if (rc < 0 || (rc = run_truth(r, &cond, &truth)) < 0)
		return rc;
	return eval(r, call->kids[truth ? 1 : 2], out);
}

/* ---- Switch ---- */

/* A Switch() whose conditions are lists: each place takes its own way. */
struct ways {
	struct expr_value *items; /* NULL: no list has come yet */
	bool *done;
	uint32_t count;
	uint32_t left;
};

static int
ways_begin(struct run *r, struct ways *w, uint32_t count)
{
	w->items = run_items(r, count);
	w->done = (bool *)run_bytes(r, count);
	if (w->items == NULL || w->done == NULL)
		return run_nomem(r);
	w->count = w->left = count;
	return 0;
}

/* Gives the places for which cond holds their part of the branch. */
static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
ways_take(struct run *r, const struct node *branch,
    const struct expr_value *cond, struct ways *w)
{
	struct expr_value value;
	bool have = false, truth;
	int rc;

	if (cond->type == EXPR_LIST && cond->count != w->count)
		return run_fail(r, "unequal-lists",
		    "Switch: conditions of %u and %u values", w->count,
		    cond->count);
	if ((rc = run_step(r, w->count)) < 0)
		return rc;
	for (uint32_t i = 0; i < w->count; i++) {
		struct expr_value c = element(cond, i);

		if (w->done[i])
			continue;
		if ((rc = run_truth(r, &c, &truth)) < 0)
			return rc;
		if (!truth)
			continue;
		if (!have && (rc = eval(r, branch, &value)) < 0)
			return rc;
		have = w->done[i] = true;
		w->left--;
		rc = pick(r, &value, i, w->count, &w->items[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
lazy_switch(struct run *r, const struct node *call, struct expr_value *out)
{
	struct expr_value cond;
	struct ways w = {0};
	bool truth;
	int rc = 0;

	for (uint32_t i = 0; i < call->count; i += 2) {
		if ((rc = eval(r, call->kids[i], &cond)) < 0)
			return rc;
		r->at = call->kids[i]->at;
		if (cond.type == EXPR_LIST && w.items == NULL &&
		    (rc = ways_begin(r, &w, cond.count)) < 0)
			return rc;
		if (w.items != NULL) {
			rc = ways_take(r, call->kids[i + 1], &cond, &w);
			if (rc < 0 || w.left == 0)
				break;
			continue;
		}
		if ((rc = run_truth(r, &cond, &truth)) < 0)
			return rc;
		if (truth)
			return eval(r, call->kids[i + 1], out);
	}
	*out = w.items == NULL ? make_null() : make_list(w.items, w.count);
	return rc;
}

/* ---- Variables ---- */

int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
lazy_with(struct run *r, const struct node *call, struct expr_value *out)
{
	int rc = eval(r, call->kids[0], &r->vars[call->slot]);

	return rc < 0 ? rc : eval(r, call->kids[1], out);
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
each_element(
    struct run *r, const struct node *call, bool filter, struct expr_value *out)
{
	struct expr_value list, item;
	struct expr_value *items;
	uint32_t n = 0;
	bool keep = true;
	int rc = eval(r, call->kids[0], &list);

	if (rc < 0 || (rc = list_clean(r, &list)) < 0)
		return rc;
	if ((items = run_items(r, list_count(&list) + 1)) == NULL)
		return run_nomem(r);
	for (uint32_t i = 0; i < list_count(&list); i++) {
		r->vars[call->slot] = element(&list, i);
		if ((rc = eval(r, call->kids[1], &item)) < 0)
			return rc;
		r->at = call->kids[1]->at;
		if (filter && (rc = run_truth(r, &item, &keep)) < 0)
			return rc;
		if (!filter && item.type == EXPR_LIST)
			return run_fail(r, "type-mismatch",
			    "Select: a list for one element");
		if (!filter)
			keep = item.type != EXPR_NULL;
		if (keep)
			items[n++] = filter ? element(&list, i) : item;
	}
	*out = n == 0 ? make_null() : make_list(items, n);
	return 0;
}

int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
lazy_select(struct run *r, const struct node *call, struct expr_value *out)
{
	return each_element(r, call, false, out);
}

int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
lazy_where(struct run *r, const struct node *call, struct expr_value *out)
{
	return each_element(r, call, true, out);
}

/* ---- Error, CBool ---- */

int
fn_error(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	(void)out;
	if (args[0].type != EXPR_STRING)
		return run_fail(r, "sync-rule-error-function-triggered",
		    "Error() without a text");
	return run_fail(r, "sync-rule-error-function-triggered", "%.*s",
	    TEXT_ARGS(args[0].text));
}

int
fn_cbool(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t number;
	bool truth;
	int rc;

	(void)n;
	if (args[0].type == EXPR_STRING) {
		if (text_is_nocase(args[0].text, "true"))
			*out = make_boolean(true);
		else if (text_is_nocase(args[0].text, "false"))
			*out = make_boolean(false);
		else if (number_parse(args[0].text, &number))
			*out = make_boolean(number != 0);
		else
			return run_bad(r, "type-mismatch", 0,
			    "\"%.*s\" is neither True nor False",
			    args[0].text.len > 60 ? 60 : (int)args[0].text.len,
			    args[0].text.data);
		return 0;
	}
	if ((rc = run_truth(r, &args[0], &truth)) < 0)
		return rc;
	*out = make_boolean(truth);
	return 0;
}

/* ---- Tests: they never fail ---- */

static bool
is_empty_value(const struct expr_value *v)
{
	return (v->type == EXPR_STRING || v->type == EXPR_BINARY) &&
	       v->text.len == 0;
}

/* Absent, or one text or binary without length; several values are a value
 * whatever they are. */
static bool
nothing_in(const struct expr_value *v)
{
	uint32_t n = list_count(v);
	struct expr_value first = element(v, 0);

	return n == 0 || (n == 1 && is_empty_value(&first));
}

int
fn_is_null(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_boolean(args[0].type == EXPR_NULL);
	return 0;
}

int
fn_is_null_or_empty(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_boolean(nothing_in(&args[0]));
	return 0;
}

int
fn_is_present(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_boolean(!nothing_in(&args[0]));
	return 0;
}

int
fn_is_empty(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct expr_value v = element(&args[0], 0);

	(void)r;
	(void)n;
	*out = make_boolean(list_count(&args[0]) == 1 &&
			    v.type == EXPR_STRING && v.text.len == 0);
	return 0;
}

int
fn_is_string(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	bool is = list_count(&args[0]) > 0;

	(void)r;
	(void)n;
	for (uint32_t i = 0; i < list_count(&args[0]); i++) {
		struct expr_value v = element(&args[0], i);

		is = is && v.type != EXPR_BINARY && v.type != EXPR_DATE;
	}
	*out = make_boolean(is);
	return 0;
}

int
fn_is_numeric(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t number;

	(void)r;
	(void)n;
	*out = make_boolean(args[0].type == EXPR_NUMBER ||
			    (args[0].type == EXPR_STRING &&
				number_parse(args[0].text, &number)));
	return 0;
}

int
fn_is_date(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t ticks;

	(void)r;
	(void)n;
	*out = make_boolean(
	    args[0].type == EXPR_DATE ||
	    (args[0].type == EXPR_STRING && date_parse(args[0].text, &ticks)));
	return 0;
}

int
fn_is_guid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct guid g;

	(void)r;
	(void)n;
	*out = make_boolean(args[0].type == EXPR_STRING &&
			    guid_parse(args[0].text, &g, NULL) == 0);
	return 0;
}

/* ---- Bits and numbers ---- */

int
fn_is_bit_set(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	bool numbers =
	    args[0].type == EXPR_NUMBER && args[1].type == EXPR_NUMBER;

	(void)r;
	(void)n;
	*out = make_boolean(
	    numbers && (args[0].number & args[1].number) == args[1].number);
	return 0;
}

int
fn_bit_and(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_number(args[0].number & args[1].number);
	return 0;
}

int
fn_bit_or(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_number(args[0].number | args[1].number);
	return 0;
}

int
fn_random_num(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	uint64_t span, x;

	(void)n;
	if (args[0].type != EXPR_NUMBER || args[1].type != EXPR_NUMBER ||
	    args[0].number > args[1].number)
		return run_bad(r, "invalid-argument", 1,
		    "two numbers in rising order are wanted");
	span = (uint64_t)args[1].number - (uint64_t)args[0].number;
	do { /* the part above the last whole multiple would favour some */
		random_bytes(&x, sizeof(x));
	} while (
	    span != UINT64_MAX && x >= UINT64_MAX - UINT64_MAX % (span + 1));
	if (span != UINT64_MAX)
		x %= span + 1;
	*out = make_number((int64_t)((uint64_t)args[0].number + x));
	return 0;
}
