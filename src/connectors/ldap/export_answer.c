/*
 * connectors/ldap/export_answer.c -- what the directory answered to a request:
 * the next one of the same object, or its result.
 */
#include <string.h>

#include "base/buf.h"
#include "connectors/ldap/export_int.h"

#define NAMES_TOLD_MAX 5U

/* ---- Ends ---- */

void
task_finish(struct export_job *j, struct task *t, enum export_status status)
{
	if (t->finished)
		return;
	t->finished = true;
	t->res->status = status;
	j->finished++;
	order_release(j, t);
}

void
task_done(struct export_job *j, struct task *t)
{
	task_finish(j, t, EXPORT_DONE);
}

/* ---- Refusals ---- */

static const struct {
	int rc;
	const char *type;  /* docs/engine/model.md 8.3 */
	const char *means; /* NULL: what the library calls it */
} refusals[] = {
    {WRITE_RC_ACCESS, "permission-issue", NULL},
    {WRITE_RC_NO_OBJECT, "cd-missing-object", NULL},
    {WRITE_RC_EXISTS, "cd-existing-object",
	"there is an object of this name already; an import that covers it "
	"lets a rule join it"},
    {WRITE_RC_NAMING, "schema-violation",
	"an object of its class cannot "
	"have this name, or lie here"},
    {WRITE_RC_OBJECT_CLASS, "schema-violation",
	"its class needs an attribute that it does not have, or does not "
	"allow one"},
    {WRITE_RC_CLASS_CHANGE, "schema-violation", NULL},
    {WRITE_RC_UNDEFINED_TYPE, "schema-violation",
	"the directory's schema does not have the attribute"},
    {WRITE_RC_ON_RDN, "schema-violation",
	"the attribute names the object and changes by a rename alone"},
    {WRITE_RC_NO_MATCHING, "schema-violation", NULL},
    {WRITE_RC_CONSTRAINT, "constraint-violation", NULL},
    {WRITE_RC_SYNTAX, "syntax-violation", NULL},
    {WRITE_RC_VALUE_EXISTS, "constraint-violation", NULL},
    {WRITE_RC_NO_ATTRIBUTE, "constraint-violation", NULL},
    {WRITE_RC_DN_SYNTAX, "invalid-dn", NULL},
    {WRITE_RC_NOT_LEAF, "cd-error",
	"there are objects below it: they have to go first"},
    {WRITE_RC_REFERRAL, "cd-error", "the server does not hold this object"},
};

static const char *
means_of(int rc, const char **out_type)
{
	*out_type = "cd-error";
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].rc != rc)
			continue;
		*out_type = refusals[i].type;
		if (refusals[i].means != NULL)
			return refusals[i].means;
	}
	return ldap_write_rc_text(rc);
}

static bool
says(struct text said, const char *name)
{
	return memmem(said.data, said.len, name, strlen(name)) != NULL;
}

/* The attribute meant, where the request has one alone or the server names it;
 * else those of the request. */
static void
names_put(struct buf *b, const struct change_step *s, struct text said)
{
	size_t told = 0;

	for (size_t i = 0; i < s->w.mod_count; i++)
		if (says(said, s->mods[i].name)) {
			buf_puts(b, s->mods[i].name);
			return;
		}
	for (size_t i = 0; i < s->w.mod_count; i++) {
		if (i != 0 && s->origins[i].name == s->origins[i - 1].name)
			continue;
		if (told++ == NAMES_TOLD_MAX) {
			buf_puts(b, ", ...");
			return;
		}
		buf_printf(b, "%s%s", told > 1 ? ", " : "", s->mods[i].name);
	}
}

/* Which right the account lacks. */
static void
right_put(struct buf *b, const struct export_job *j, const struct task *t,
    const struct change_step *s)
{
	struct text who = j->c->conf->user, above = TEXT("");

	if (dn_parent(j->arena, t->goal, &above, NULL) != 0)
		above = TEXT("");
	buf_printf(b, "%.*s has no right to ",
	    TEXT_ARGS(who.len != 0 ? who : TEXT("the bound user")));
	switch (s->w.kind) {
	case WRITE_ADD:
		buf_printf(b, "create it: create child objects in \"%.*s\"",
		    TEXT_ARGS(above));
		break;
	case WRITE_MODIFY:
		if (s->kind == STEP_REVIVE)
			buf_printf(b,
			    "bring it back: reanimate tombstones in its "
			    "domain, create child objects in \"%.*s\", and "
			    "write property",
			    TEXT_ARGS(above));
		else
			buf_puts(b, "write it: write property");
		break;
	case WRITE_RENAME:
		buf_puts(
		    b, "rename it: write property on its naming attribute");
		if (s->w.parent != NULL)
			buf_printf(b,
			    ", delete, and create child objects in \"%.*s\"",
			    TEXT_ARGS(above));
		break;
	case WRITE_DELETE:
		buf_puts(b, "delete it: delete, or delete child objects in its "
			    "container");
		break;
	case WRITE_READ:
		buf_puts(b, "read it");
		break;
	}
}

static void
parent_put(struct buf *b, const struct export_job *j, const struct task *t,
    const struct ldap_answer *ans)
{
	struct text above = TEXT("");

	if (dn_parent(j->arena, t->goal, &above, NULL) != 0)
		above = TEXT("");
	buf_printf(b, "its container \"%.*s\" is not there", TEXT_ARGS(above));
	if (ans->matched.len != 0)
		buf_printf(
		    b, "; the nearest is \"%.*s\"", TEXT_ARGS(ans->matched));
	buf_puts(b, ": no rule makes it, or it was refused");
}

/* Two codes mean something else where a name is given. */
static const char *
type_of(const struct task *t, const struct change_step *s, int rc,
    const char *otherwise)
{
	if (rc == WRITE_RC_NO_OBJECT && s->w.kind == WRITE_ADD)
		return "non-existent-parent";
	if (rc == WRITE_RC_NO_OBJECT && s->w.kind == WRITE_RENAME && t->there)
		return "non-existent-parent";
	if (rc == WRITE_RC_NO_OBJECT && s->w.kind == WRITE_MODIFY && t->there)
		return "dn-attributes-failure";
	if (rc == WRITE_RC_EXISTS && s->w.kind == WRITE_RENAME)
		return "rename-to-existing-dn";
	return otherwise;
}

static void
refusal_put(struct buf *b, const struct export_job *j, const struct task *t,
    const struct ldap_answer *ans)
{
	const struct change_step *s = t->steps;
	const char *type, *means = means_of(ans->rc, &type);

	type = type_of(t, s, ans->rc, type);
	if (s->w.kind == WRITE_MODIFY && s->w.mod_count != 0) {
		names_put(b, s, ans->said);
		buf_puts(b, ": ");
	} else if (s->w.kind == WRITE_ADD && ans->rc != WRITE_RC_ACCESS) {
		for (size_t i = 0; i < s->w.mod_count; i++)
			if (says(ans->said, s->mods[i].name)) {
				buf_printf(b, "%s: ", s->mods[i].name);
				break;
			}
	}
	if (ans->rc == WRITE_RC_ACCESS)
		right_put(b, j, t, s);
	else if (strcmp(type, "non-existent-parent") == 0)
		parent_put(b, j, t, ans);
	else if (strcmp(type, "dn-attributes-failure") == 0)
		buf_puts(b, "the directory does not know an object that it "
			    "names");
	else if (strcmp(type, "rename-to-existing-dn") == 0)
		buf_printf(b, "there is an object called \"%.*s\" already",
		    TEXT_ARGS(t->goal));
	else
		buf_puts(b, means);
	if (ans->said.len != 0)
		buf_printf(b, " (%.*s)", TEXT_ARGS(ans->said));
	else
		buf_printf(b, " (result code %d)", ans->rc);
}

static bool
is_for_later(int rc)
{
	return rc == WRITE_RC_BUSY || rc == WRITE_RC_UNAVAILABLE ||
	       rc == WRITE_RC_TIME_LIMIT || rc == WRITE_RC_ADMIN_LIMIT;
}

void
task_fail(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	const char *type;
	struct buf b;

	(void)means_of(ans->rc, &type);
	type = type_of(t, t->steps, ans->rc, type);
	buf_init(&b, sizeof(t->res->err.text) * 2);
	refusal_put(&b, j, t, ans);
	(void)err_type(
	    &t->res->err, ERR_REJECTED, type, "%.*s", TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
	if (strcmp(type, "cd-missing-object") == 0)
		task_finish(j, t, EXPORT_GONE);
	else if (is_for_later(ans->rc) && !t->changed)
		task_finish(j, t, EXPORT_RETRY);
	else
		task_finish(j, t, EXPORT_ERROR);
}

/* ---- What was there, or gone, already ---- */

/* Every part of the request adds or takes away single values. */
static bool
single_values(const struct change_step *s)
{
	for (size_t i = 0; i < s->w.mod_count; i++)
		if (s->mods[i].change == WRITE_VALUES_REPLACE)
			return false;
	return s->w.mod_count != 0;
}

/* A value that is to come is there, or one that is to go is not.  Of members
 * Active Directory says so in other codes (ERROR_MEMBER_IN_ALIAS, 0x562, and
 * ERROR_MEMBER_NOT_IN_ALIAS, 0x561), and Samba in words. */
static bool
was_so(const struct ldap_answer *ans)
{
	switch (ans->rc) {
	case WRITE_RC_VALUE_EXISTS:
	case WRITE_RC_NO_ATTRIBUTE:
		return true;
	case WRITE_RC_EXISTS:
		return says(ans->said, "00000562");
	case WRITE_RC_UNWILLING:
		return says(ans->said, "00000561") ||
		       says(ans->said, "already deleted for target");
	default:
		return false;
	}
}

static bool
is_done_already(const struct change_step *s)
{
	return s->w.mod_count == 1 && s->mods[0].count == 1 &&
	       s->mods[0].change != WRITE_VALUES_REPLACE;
}

static bool
names_objects(const struct change_step *s)
{
	for (size_t i = 0; i < s->w.mod_count; i++)
		if (s->origins[i].reference)
			return true;
	return false;
}

/* A value whose target the directory does not have: the others are sent, this
 * one waits. */
static int
defer(struct export_job *j, struct task *t)
{
	const struct change_step *s = t->steps;
	struct delta *d = arena_alloc(j->keep, sizeof(*d));
	struct change *all;
	uint32_t n = t->res->deferred != NULL ? t->res->deferred->count : 0;

	all = arena_array(j->keep, n + 1, sizeof(*all));
	if (d == NULL || all == NULL)
		return ERR_NOMEM;
	if (n != 0)
		memcpy(all, t->res->deferred->changes, n * sizeof(*all));
	all[n].add = arena_alloc(j->keep, sizeof(*all[n].add));
	if (all[n].add == NULL)
		return ERR_NOMEM;
	all[n].name = s->origins[0].name;
	all[n].add[0] = s->origins[0].values[0];
	all[n].add_count = 1;
	*d = (struct delta){.op = DELTA_UPDATE, .changes = all, .count = n + 1};
	t->res->deferred = d;
	return 0;
}

/* ---- One step ---- */

static int
accepted(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	struct change_step *s = t->steps;
	struct text above;
	int r = 0;

	t->changed = true;
	t->steps = s->next;
	if (s->w.kind == WRITE_ADD && ans->value.len != 0) {
		t->res->anchor = text_dup(j->keep, ans->value);
		return t->res->anchor.data != NULL ? 0 : ERR_NOMEM;
	}
	if (s->kind == STEP_REVIVE) {
		t->res->anchor = t->item->anchor;
		t->res->adopted = true;
		t->dn = j->c->flavour->address(j->arena, t->item->anchor);
		return t->dn != NULL ? restore_rest(j, t) : ERR_NOMEM;
	}
	if (s->w.kind != WRITE_RENAME)
		return 0;
	if (s->kind == STEP_ASIDE) {
		r = dn_parent(j->arena, t->name, &above, NULL);
		if (!task_by_anchor(j, t))
			t->dn = arena_printf(
			    j->arena, "%s,%.*s", s->w.rdn, TEXT_ARGS(above));
		order_release(j, t);
		return r < 0 || t->dn == NULL ? ERR_NOMEM : 0;
	}
	return moved_note(j->c, t);
}

/* 1: there is something else to try. */
static int
other_way(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	const struct change_step *s = t->steps;

	if (s->w.kind != WRITE_MODIFY || s->kind != STEP_WRITE)
		return 0;
	if (was_so(ans)) {
		if (is_done_already(s)) {
			t->steps = s->next;
			return 1;
		}
		return task_split(j, t);
	}
	if (ans->rc == WRITE_RC_NO_MATCHING && single_values(s))
		return task_whole(j, t);
	return 0;
}

static int
refused(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	bool unclear =
	    ans->rc == WRITE_RC_NO_OBJECT && !t->probed &&
	    (t->steps->w.kind == WRITE_RENAME ||
		(t->steps->w.kind == WRITE_MODIFY && names_objects(t->steps)));
	int r = other_way(j, t, ans);

	if (r != 0)
		return r < 0 ? r : 0;
	if (unclear) {
		t->why = *ans;
		return task_push(j, t, STEP_PROBE, false);
	}
	if (ans->rc == WRITE_RC_NO_OBJECT && t->there &&
	    t->steps->w.kind == WRITE_MODIFY) {
		r = task_split(j, t);
		if (r != 0)
			return r < 0 ? r : 0;
		if (t->steps->mods[0].change == WRITE_VALUES_ADD &&
		    t->steps->origins[0].reference &&
		    t->steps->mods[0].count == 1) {
			r = defer(j, t);
			t->steps = t->steps->next;
			return r;
		}
	}
	task_fail(j, t, ans);
	return 0;
}

/* Whether the object itself is missing, or what the request names. */
static int
probed(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	struct ldap_answer why = t->why;

	if (!ans->last) {
		t->there = true;
		return 0;
	}
	t->probed = true;
	t->steps = t->steps->next;
	return refused(j, t, &why);
}

static int
anchored(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	if (ans->last) {
		/* without one the next import tells it */
		t->steps = t->steps->next;
		return 0;
	}
	t->res->anchor = text_dup(j->keep, ans->value);
	return t->res->anchor.data != NULL ? 0 : ERR_NOMEM;
}

/* The entry of one that is back already has no isDeleted. */
static int
looked(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	struct err *why = &t->res->err;

	if (!ans->last) {
		t->there = true;
		t->dead = text_is_nocase(ans->value, "TRUE");
		/* a tombstone is brought back by its name: Samba takes no
		 * other for it */
		if (t->dead)
			t->dn =
			    arena_strndup(j->arena, ans->dn.data, ans->dn.len);
		return t->dn != NULL ? 0 : ERR_NOMEM;
	}
	if (!t->there) {
		(void)err_type(why, ERR_REJECTED, "cd-missing-object",
		    "it was deleted for good, or may not be seen");
		task_finish(j, t, EXPORT_ERROR);
		return 0;
	}
	t->steps = t->steps->next;
	t->res->anchor = t->item->anchor;
	t->res->adopted = true;
	return restore_found(j, t, t->dead);
}

int
answer_take(struct export_job *j, struct task *t, const struct ldap_answer *ans)
{
	switch (t->steps->kind) {
	case STEP_DEAD:
		return looked(j, t, ans);
	case STEP_ANCHOR:
		return anchored(j, t, ans);
	case STEP_PROBE:
		return probed(j, t, ans);
	case STEP_WRITE:
	case STEP_ASIDE:
	case STEP_REVIVE:
		break;
	}
	return ans->rc == WRITE_RC_SUCCESS ? accepted(j, t, ans)
					   : refused(j, t, ans);
}
