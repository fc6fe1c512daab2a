/*
 * connectors/graph/create.c -- makes users and groups, each once.
 *
 * A user is known by onPremisesImmutableId, a group by uniqueName: both are
 * unique in the directory and made from the source anchor, so that a create
 * whose answer was lost is found again and not repeated (docs/adr).
 */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "connectors/graph/gconn_int.h"

#define ROUNDS_MAX      4U
#define PASSWORD_OCTETS 24U

enum created_by {
	BY_POST,
	BY_RESTORE,
	BY_UPSERT,
	BY_NAME, /* the id of a group that was there */
};

/* ---- Bodies ---- */

/* Nobody ever knows it: the user gets another one before the first sign-in. */
static int
password_set(struct arena *a, struct json *body)
{
	unsigned char raw[PASSWORD_OCTETS];
	struct json *profile = json_new_object();
	struct text t;
	char *password;
	int r;

	random_bytes(raw, sizeof(raw));
	r = base64url_encode(a, (struct text){(char *)raw, sizeof(raw)}, &t);
	/* one of each class, whatever the dice said */
	password = r < 0 ? NULL : arena_printf(a, "%.*s.aZ7", TEXT_ARGS(t));
	json_set_bool(profile, "forceChangePasswordNextSignIn", true);
	json_set_str(profile, "password", password != NULL ? password : "");
	json_set(body, "passwordProfile", profile);
	secret_wipe(raw, sizeof(raw));
	return password != NULL ? 0 : ERR_NOMEM;
}

/* What a mailNickname may not hold is left out. */
static const char *
nickname_of(struct arena *a, struct text from, struct text source)
{
	static const char bad[] = "\\!#$%&*+/=?^`{}|~<>()';:,[]\"@ ";
	char name[65];
	size_t n = 0;
	unsigned char sum[32];

	for (size_t i = 0; i < from.len && n < 64 && from.data[i] != '@'; i++)
		if (from.data[i] > ' ' && from.data[i] < 127 &&
		    strchr(bad, from.data[i]) == NULL)
			name[n++] = from.data[i];
	while (n > 0 && name[n - 1] == '.')
		n--;
	if (n > 0 && name[0] != '.')
		return arena_strndup(a, name, n);
	if (hash_sha256(source, sum) < 0)
		return NULL;
	return arena_printf(a, "c%02x%02x%02x%02x%02x%02x", sum[0], sum[1],
	    sum[2], sum[3], sum[4], sum[5]);
}

static int
user_body(struct export_run *x, const struct work *w, struct json *body)
{
	if (!json_has(body, "accountEnabled"))
		json_set_bool(body, "accountEnabled", false);
	if (!json_has(body, "mailNickname")) {
		const char *nick = nickname_of(
		    x->a, work_text(x, w, "userPrincipalName"), w->source);

		if (nick == NULL)
			return ERR_NOMEM;
		json_set_str(body, "mailNickname", nick);
	}
	return password_set(x->a, body);
}

static int
group_body(struct export_run *x, const struct work *w, struct json *body)
{
	if (!json_has(body, "mailEnabled"))
		json_set_bool(body, "mailEnabled", false);
	if (!json_has(body, "securityEnabled"))
		json_set_bool(body, "securityEnabled", true);
	if (!json_has(body, "mailNickname")) {
		/* not from the name, which two groups may share */
		const char *nick = nickname_of(x->a, TEXT(""), w->source);

		if (nick == NULL)
			return ERR_NOMEM;
		json_set_str(body, "mailNickname", nick);
	}
	return 0;
}

/* ---- Requests ---- */

static int
create_op(struct export_run *x, size_t i, struct ops *l, struct err *e)
{
	struct work *w = &x->work[i];
	struct op op = {.item = i};
	int r = 0;

	if (w->deleted.len > 0) {
		op.method = "POST";
		op.tag = BY_RESTORE;
		op.once = true;
		op.url =
		    arena_printf(x->a, "/directory/deletedItems/%.*s/restore",
			TEXT_ARGS(w->deleted));
		op.body = json_new_object();
		return ops_add(l, &op, e);
	}
	op.body = json_dup(w->body);
	if (op.body == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (w->type == GT_USER) {
		op.method = "POST";
		op.tag = BY_POST;
		op.once = true;
		op.url = "/users";
		r = user_body(x, w, op.body);
	} else {
		op.method = "PATCH";
		op.tag = BY_UPSERT;
		op.prefer = "create-if-missing";
		op.url = gurl_group_by_name(
		    x->a, unique_of_source(x->a, w->source), NULL);
		r = group_body(x, w, op.body);
	}
	if (r < 0) {
		json_free(op.body);
		return err_set(e, r, "out of memory");
	}
	return ops_add(l, &op, e);
}

static int
name_op(struct export_run *x, size_t i, struct ops *l, struct err *e)
{
	struct op op = {.method = "GET", .tag = BY_NAME, .item = i};

	op.url = gurl_group_by_name(
	    x->a, unique_of_source(x->a, x->work[i].source), "id");
	return ops_add(l, &op, e);
}

/* ---- Answers ---- */

/* The id that an answer holds; false where there is none. */
static bool
id_take(struct export_run *x, struct work *w, const struct op *op)
{
	struct text id = json_get_text(op->answer.body, "id");

	if (!gurl_is_id(id))
		return false;
	w->id = text_dup(x->a, id);
	return w->id.data != NULL;
}

static void
done_note(struct export_run *x, struct work *w, const struct op *op)
{
	struct err why = {0};

	if (op->tag == BY_RESTORE) {
		w->id = w->deleted;
		w->fill = true;
		w->res->adopted = true;
		return;
	}
	if (op->tag == BY_UPSERT && op->answer.status != 201) {
		w->res->adopted = true; /* it was there; its id comes next */
		return;
	}
	if (id_take(x, w, op))
		return;
	(void)err_set(&why, ERR_PROTOCOL, "created, but the answer has no id");
	work_fail(w, &why);
	w->res->status = EXPORT_UNCERTAIN;
}

/* True where the directory must be asked whether it happened. */
static bool
create_judge(struct export_run *x, const struct op *op)
{
	struct work *w = &x->work[op->item];

	if (op->state == OP_UNCERTAIN)
		return w->type == GT_USER;
	if (op->state != OP_ANSWERED) {
		work_fail_op(w, op);
		return false;
	}
	switch (answer_kind(&op->answer)) {
	case ANSWER_DONE:
		done_note(x, w, op);
		return false;
	case ANSWER_CONFLICT:
	case ANSWER_MISSING: /* restored meanwhile, or gone for good */
		if (w->type == GT_USER)
			return true;
		break;
	case ANSWER_WAIT:
	case ANSWER_FAULT:
	case ANSWER_TOKEN:
	case ANSWER_PRESENT:
	case ANSWER_REFUSED:
		break;
	}
	work_fail_op(w, op);
	return false;
}

/* A create that may have happened, and was not found: again.  One that met a
 * taken value, and is not ours: an error. */
static void
doubt_judge(struct export_run *x, const struct op *op, bool *again)
{
	struct work *w = &x->work[op->item];

	if (w->finished || w->id.len > 0)
		return;
	if (op->state == OP_UNCERTAIN)
		again[op->item] = true;
	else if (op->tag == BY_RESTORE &&
		 answer_kind(&op->answer) == ANSWER_MISSING) {
		w->deleted = TEXT(""); /* gone for good: make a new one */
		again[op->item] = true;
	} else {
		work_fail_op(w, op);
	}
}

/* A create names no object that could be closed to us: what is refused with
 * 403 is refused for all. */
static int
denied_check(const struct export_run *x, const struct ops *l, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct op *op = &l->items[i];

		if (op->state != OP_ANSWERED || op->answer.status != 403 ||
		    answer_is_quota(&op->answer))
			continue;
		return err_type(e, ERR_ACCESS, "permission-issue",
		    "the application lacks the permission %s",
		    x->work[op->item].type == GT_USER ? "User.ReadWrite.All"
						      : "Group.ReadWrite.All");
	}
	return 0;
}

static int
round_judge(struct export_run *x, struct ops *l, bool *again, struct err *e)
{
	bool *doubt = arena_array(x->a, x->n + 1, sizeof(*doubt));
	bool any = false;
	int r = 0;

	if (doubt == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < l->count; i++) {
		doubt[l->items[i].item] = create_judge(x, &l->items[i]);
		any |= doubt[l->items[i].item];
	}
	if (any)
		r = match_source(x, doubt, e);
	for (size_t i = 0; i < l->count && r == 0; i++)
		if (doubt[l->items[i].item])
			doubt_judge(x, &l->items[i], again);
	for (size_t i = 0; i < l->count && r < 0; i++)
		if (doubt[l->items[i].item])
			work_fail_op(&x->work[l->items[i].item], &l->items[i]);
	return r;
}

static int
create_round(struct export_run *x, bool *again, struct err *e)
{
	struct ops l;
	int r = 0, ran;

	ops_init(&l, x->g);
	for (size_t i = 0; i < x->n && r == 0; i++)
		if (again[i])
			r = create_op(x, i, &l, e);
	memset(again, 0, x->n * sizeof(*again));
	if (r == 0) {
		ran = ops_run(&l, e);
		/* also where the run must stop: what was answered counts */
		r = round_judge(x, &l, again, ran < 0 ? NULL : e);
		if (ran < 0)
			r = ran;
		else if (r == 0)
			r = denied_check(x, &l, e);
	}
	ops_clear(&l);
	return r;
}

/* Groups that were there already: which one is it? */
static int
names_run(struct export_run *x, struct err *e)
{
	struct ops l;
	int r = 0;

	ops_init(&l, x->g);
	for (size_t i = 0; i < x->n && r == 0; i++)
		if (x->work[i].type == GT_GROUP && !x->work[i].finished &&
		    x->work[i].it->op == DELTA_ADD && x->work[i].id.len == 0)
			r = name_op(x, i, &l, e);
	if (r == 0)
		r = ops_run(&l, e);
	for (size_t i = 0; i < l.count; i++) {
		struct work *w = &x->work[l.items[i].item];

		if (l.items[i].state != OP_ANSWERED ||
		    answer_kind(&l.items[i].answer) != ANSWER_DONE ||
		    !id_take(x, w, &l.items[i]))
			work_fail_op(w, &l.items[i]);
	}
	ops_clear(&l);
	return r;
}

int
create_run(struct export_run *x, struct err *e)
{
	bool *again = arena_array(x->a, x->n + 1, sizeof(*again));
	struct err why = {0};
	int r = 0;

	if (again == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < x->n; i++)
		again[i] = x->work[i].it->op == DELTA_ADD &&
			   !x->work[i].finished && x->work[i].id.len == 0;
	for (unsigned round = 0; round < ROUNDS_MAX && r == 0; round++)
		r = create_round(x, again, e);
	(void)err_set(&why, ERR_UNCERTAIN,
	    "no clear answer to a create after %u tries", ROUNDS_MAX);
	for (size_t i = 0; i < x->n; i++)
		if (again[i] && !x->work[i].finished) {
			work_fail(&x->work[i], &why);
			x->work[i].res->status = EXPORT_UNCERTAIN;
		}
	return r < 0 ? r : names_run(x, e);
}
