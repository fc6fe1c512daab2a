/*
 * connectors/ldap/export_item.c -- one item of an export as its requests.
 *
 * What changes goes first, under the name that the object has, then the name:
 * where a change is refused nothing has happened yet.  Values of one object
 * are cut into slices that a server takes; the slices follow each other.
 */
#include <string.h>

#include "base/fold.h"
#include "connectors/ldap/export_int.h"
#include "model/password.h"

#define RDN_PARTS_MAX 8U

/* ---- Why an item is not sent ---- */

static int
refuse(struct task *t, const char *type, struct text name, const char *why)
{
	(void)err_type(
	    &t->res->err, ERR_REJECTED, type, "%.*s: %s", TEXT_ARGS(name), why);
	return ERR_REJECTED;
}

/* ---- The parts of a name ---- */

struct rdn {
	struct {
		uint32_t name;
		struct value value;
	} parts[RDN_PARTS_MAX];
	size_t count;
	struct text text; /* as written */
	struct text parent;
};

/* A type that no schema knows has the number 0. */
static int
rdn_parse(struct export_job *j, struct text dn, struct rdn *out, struct err *e)
{
	struct dn parsed = {0};
	int r = dn_parse(j->arena, dn, &parsed, e);

	*out = (struct rdn){.count = 0};
	if (r == 0)
		r = dn_parent(j->arena, dn, &out->parent, e);
	if (r != 0)
		return r;
	if (parsed.depth == 0)
		return err_type(e, ERR_SYNTAX, "invalid-dn", "no name");
	for (uint32_t i = 0; i < parsed.count && parsed.avas[i].depth == 0;
	     i++) {
		if (out->count == RDN_PARTS_MAX)
			return err_type(e, ERR_LIMIT, "invalid-dn",
			    "too many values in the first part of the name");
		r = names_intern_nocase(j->c->env.names, parsed.avas[i].type,
		    &out->parts[out->count].name);
		if (r != 0)
			return r;
		out->parts[out->count++].value =
		    value_string(parsed.avas[i].value);
	}
	out->text = dn;
	if (out->parent.len != 0)
		out->text.len = (size_t)(out->parent.data - dn.data);
	while (out->text.len != 0 &&
	       (out->text.data[out->text.len - 1] == ',' ||
		   out->text.data[out->text.len - 1] == ' ') &&
	       out->parent.len != 0)
		out->text.len--;
	return 0;
}

/* An error of the name is one of the object. */
static int
rdn_of(struct export_job *j, struct task *t, struct text dn, struct rdn *out)
{
	struct err why = {0};
	int r = rdn_parse(j, dn, out, &why);

	if (r == 0 || r == ERR_NOMEM)
		return r;
	(void)err_type(&t->res->err, ERR_REJECTED, "invalid-dn", "%.*s: %s",
	    TEXT_ARGS(dn), why.text);
	return ERR_REJECTED;
}

static bool
rdn_has_type(const struct rdn *n, uint32_t name)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->parts[i].name == name)
			return true;
	return false;
}

static bool
rdn_has(const struct rdn *n, uint32_t name, const struct value *v)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->parts[i].name == name && v->type == VALUE_STRING &&
		    fold_equal(n->parts[i].value.text, v->text))
			return true;
	return false;
}

/* ---- What a name does by itself ---- */

/* The names before and after; the same one where it stays. */
struct naming {
	struct rdn was;
	struct rdn gets;
	bool renames;
};

/* The values that are not part of the name n. */
static int
without_name(struct export_job *j, const struct rdn *n, struct piece *e)
{
	struct value *list = arena_raw(j->arena, e->count + 1, sizeof(*list));
	size_t kept = 0;

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < e->count; i++)
		if (!rdn_has(n, e->name, &e->values[i]))
			list[kept++] = e->values[i];
	e->values = list;
	e->count = kept;
	return 0;
}

static bool
is_single(const struct export_job *j, uint32_t name)
{
	const struct core_attr *attr =
	    map_get(j->c->attrs, names_text(j->c->env.names, name));

	return attr != NULL && !attr->multi;
}

/* The attribute that names the object is changed by a rename: here only what
 * else it holds.  *out_nothing: all of it is the name's. */
static int
change_of_name(struct export_job *j, struct task *t, const struct naming *n,
    struct piece *del, struct piece *add)
{
	size_t before = del->count;
	bool alone = j->c->flavour->names_itself || is_single(j, add->name);
	int r = without_name(j, &n->gets, add);

	if (r == 0)
		r = without_name(j, &n->was, del);
	if (r != 0)
		return r;
	if (alone && n->renames)
		add->count = del->count = 0;
	if ((!n->renames && before != del->count) ||
	    (alone && add->count + del->count != 0))
		return refuse(t, "schema-violation",
		    names_text(j->c->env.names, add->name),
		    "it names the object and changes by a rename alone: let "
		    "a rule flow dn");
	return 0;
}

/* ---- Changes ---- */

static int
pack_change(struct packer *p, const struct naming *n, const struct change *c)
{
	struct piece del = {.name = c->name,
	    .change = WRITE_VALUES_DELETE,
	    .values = c->del,
	    .count = c->del_count};
	struct piece add = {.name = c->name,
	    .change = WRITE_VALUES_ADD,
	    .values = c->add,
	    .count = c->add_count};
	bool named =
	    rdn_has_type(&n->was, c->name) || rdn_has_type(&n->gets, c->name);
	int r = 0;

	if (named)
		r = change_of_name(p->j, p->t, n, &del, &add);
	if (r != 0 || add.count + del.count == 0)
		return r;
	if (!named && is_single(p->j, c->name)) {
		add.change = WRITE_VALUES_REPLACE;
		return pack(p, add);
	}
	if (del.count != 0)
		r = pack(p, del);
	return r == 0 && add.count != 0 ? pack(p, add) : r;
}

static int
check_changes(struct export_job *j, struct task *t)
{
	const struct delta *d = &t->item->delta;

	for (uint32_t i = 0; i < d->count; i++) {
		struct text name =
		    names_text(j->c->env.names, d->changes[i].name);

		if (password_attribute(name))
			return refuse(t, "cd-error", name,
			    "a password is never written by a rule");
	}
	return 0;
}

/* ---- ADD ---- */

/* The class and those above it, "top" last. */
static int
pack_classes(struct packer *p, uint32_t name)
{
	const struct core *c = p->j->c;
	const struct core_class *k = core_class_of_type(c, p->t->item->type);
	struct value *list =
	    arena_array(p->j->arena, EXPORT_DEPTH_MAX, sizeof(*list));
	struct piece e = {
	    .name = name, .change = WRITE_VALUES_ADD, .values = list};
	struct text at;

	if (list == NULL)
		return ERR_NOMEM;
	if (k == NULL)
		return refuse(p->t, "schema-violation",
		    names_text(c->env.names, p->t->item->type),
		    "object_classes names no class for this type");
	for (at = k->name; at.len != 0 && e.count < EXPORT_DEPTH_MAX;) {
		const struct text *parent = map_get(c->parent, at);

		list[e.count++] = value_string(at);
		at = parent != NULL ? *parent : TEXT("");
	}
	return pack(p, e);
}

/* The name's own values, where no rule gives them. */
static int
pack_rdn(struct packer *p, const struct rdn *n)
{
	int r = 0;

	for (size_t i = 0; i < n->count && r == 0; i++) {
		struct piece e = {.name = n->parts[i].name,
		    .change = WRITE_VALUES_ADD,
		    .values = &n->parts[i].value,
		    .count = 1};
		const struct change *c = delta_find(&p->t->item->delta, e.name);
		struct value *list;

		if (p->j->c->flavour->names_itself)
			continue;
		list = arena_raw(p->j->arena,
		    1 + (c != NULL ? c->add_count : 0), sizeof(*list));
		if (list == NULL)
			return ERR_NOMEM;
		if (c != NULL) {
			e.values = c->add;
			e.count = c->add_count;
			r = without_name(p->j, n, &e);
		}
		list[0] = n->parts[i].value;
		if (r == 0 && c != NULL && e.count != 0)
			memcpy(list + 1, e.values, e.count * sizeof(*list));
		e.count = 1 + (c != NULL ? e.count : 0);
		e.values = list;
		if (r == 0)
			r = pack(p, e);
	}
	return r;
}

/* Attributes of a new object: first what it is made with, then what names it,
 * which it has to be there for. */
static int
pack_new(struct packer *p, const struct rdn *n, bool names_it)
{
	const struct delta *d = &p->t->item->delta;
	int r = 0;

	for (uint32_t i = 0; i < d->count && r == 0; i++) {
		const struct change *c = &d->changes[i];
		const struct piece e = {.name = c->name,
		    .change = WRITE_VALUES_ADD,
		    .values = c->add,
		    .count = c->add_count};

		if (e.count == 0 || rdn_has_type(n, c->name) ||
		    (e.values[0].type == VALUE_DN_BINARY) != names_it)
			continue;
		if (names_it)
			p->at = NULL; /* a request of its own */
		r = pack(p, e);
	}
	return r;
}

static int
plan_add(struct export_job *j, struct task *t, struct packer *p)
{
	const struct delta *d = &t->item->delta;
	uint32_t classes = 0;
	struct rdn n;
	int r = rdn_of(j, t, t->goal, &n);

	if (r == 0)
		r = names_intern_nocase(
		    j->c->env.names, TEXT("objectClass"), &classes);
	if (r == 0 && delta_find(d, classes) == NULL)
		r = pack_classes(p, classes);
	if (r == 0)
		r = pack_rdn(p, &n);
	if (r == 0)
		r = pack_new(p, &n, false);
	if (r == 0)
		r = pack_new(p, &n, true);
	if (r == 0)
		t->steps->w.read = j->c->conf->anchor.data;
	if (r == 0 && !ldap_write_reads_back(j->c->session))
		r = task_push(j, t, STEP_ANCHOR, true);
	return r;
}

/* ---- Rename ---- */

/* A value of the old name that the object is to keep: the attribute is no
 * part of the new name, was read, and no rule takes it away. */
static bool
keeps_old_name(const struct task *t, const struct naming *n)
{
	for (size_t i = 0; i < n->was.count; i++) {
		uint32_t name = n->was.parts[i].name;
		const struct attr *have = t->item->image != NULL
					      ? attrs_find(t->item->image, name)
					      : NULL;
		const struct change *c = delta_find(&t->item->delta, name);

		if (rdn_has_type(&n->gets, name) || have == NULL)
			continue;
		if (c == NULL || c->del_count == 0)
			return true;
	}
	return false;
}

static int
plan_rename(struct export_job *j, struct task *t, const struct naming *n)
{
	struct text was_key, key;
	struct change_step *s;

	if (task_push(j, t, STEP_WRITE, true) != 0 ||
	    dn_key(j->arena, n->was.parent, &was_key) != 0 ||
	    dn_key(j->arena, n->gets.parent, &key) != 0)
		return ERR_NOMEM;
	for (s = t->steps; s->next != NULL;)
		s = s->next;
	s->w.kind = WRITE_RENAME;
	s->w.rdn = arena_strndup(j->arena, n->gets.text.data, n->gets.text.len);
	/* a name that is no DN has no container to stay in */
	if (task_by_anchor(j, t) || !text_equal(was_key, key))
		s->w.parent = arena_strndup(
		    j->arena, n->gets.parent.data, n->gets.parent.len);
	s->w.keep_rdn = keeps_old_name(t, n);
	return arena_failed(j->arena) ? ERR_NOMEM : 0;
}

int
task_plan_changes(struct export_job *j, struct task *t, const struct delta *d)
{
	struct change_step **tail = &t->steps;
	struct naming n = {.renames = false};
	struct packer p = {.j = j,
	    .t = t,
	    .kind = WRITE_MODIFY,
	    .mods_max = 2 * (size_t)d->count + 1};
	int r = rdn_of(j, t, t->goal, &n.was);

	while (*tail != NULL)
		tail = &(*tail)->next;
	p.tail = tail;
	n.gets = n.was;
	for (uint32_t i = 0; i < d->count && r == 0; i++)
		if (!rdn_has_type(&n.was, d->changes[i].name))
			r = pack_change(&p, &n, &d->changes[i]);
	return r;
}

static int
plan_update(struct export_job *j, struct task *t, struct packer *p)
{
	const struct delta *d = &t->item->delta;
	struct text name = TEXT("");
	struct naming n = {.renames = t->goal.len != 0};
	int r = moved_name(j->c, j->arena, t->item->cs_id, t->item->dn, &name);

	if (r == 0)
		r = rdn_of(j, t, name, &n.was);
	n.gets = n.was;
	if (r == 0 && n.renames)
		r = rdn_of(j, t, t->goal, &n.gets);
	for (uint32_t i = 0; i < d->count && r == 0; i++)
		r = pack_change(p, &n, &d->changes[i]);
	if (r == 0 && n.renames) {
		struct text key;

		/* it may have moved with its container already */
		if (dn_key(j->arena, name, &key) != 0)
			return ERR_NOMEM;
		if (!text_equal(key, t->goal_key))
			r = plan_rename(j, t, &n);
	}
	return r;
}

/* ---- Public ---- */

int
task_push(
    struct export_job *j, struct task *t, enum step_kind kind, bool at_end)
{
	struct change_step *s = arena_alloc(j->arena, sizeof(*s));
	struct change_step **at = &t->steps;

	if (s == NULL)
		return ERR_NOMEM;
	s->kind = kind;
	if (kind == STEP_ANCHOR || kind == STEP_PROBE) {
		s->w.kind = WRITE_READ;
		s->w.read = j->c->conf->anchor.data;
	}
	while (at_end && *at != NULL)
		at = &(*at)->next;
	s->next = *at;
	*at = s;
	return 0;
}

bool
task_by_anchor(const struct export_job *j, const struct task *t)
{
	return t->item->op != DELTA_ADD && j->c->flavour->address != NULL &&
	       t->item->anchor.len != 0;
}

/* An add of what was deleted, under its anchor. */
static bool
brings_back(const struct export_job *j, const struct task *t)
{
	return t->item->op == DELTA_ADD && t->item->anchor.len != 0 &&
	       j->c->flavour->address != NULL;
}

static int
address(struct export_job *j, struct task *t)
{
	struct text name = t->goal;
	int r = 0;

	if (task_by_anchor(j, t) || brings_back(j, t)) {
		t->dn = j->c->flavour->address(j->arena, t->item->anchor);
		return t->dn != NULL ? 0 : ERR_NOMEM;
	}
	if (t->item->op != DELTA_ADD)
		r = moved_name(
		    j->c, j->arena, t->item->cs_id, t->item->dn, &name);
	if (r == 0)
		t->dn = arena_strndup(j->arena, name.data, name.len);
	return t->dn != NULL ? r : ERR_NOMEM;
}

/* What it holds is looked at first, for one who wants it back. */
static int
plan_delete(struct export_job *j, struct task *t)
{
	struct attrs *was = arena_alloc(j->keep, sizeof(*was));
	int r = was != NULL ? task_push(j, t, STEP_WRITE, true) : ERR_NOMEM;

	if (r != 0)
		return r;
	t->steps->w.kind = WRITE_DELETE;
	r = saved_read(j, t->dn, was);
	if (r == 1)
		t->res->was = was;
	return r < 0 ? r : 0;
}

int
task_plan(struct export_job *j, struct task *t)
{
	bool add = t->item->op == DELTA_ADD;
	struct packer p = {.j = j,
	    .t = t,
	    .tail = &t->steps,
	    .kind = add ? WRITE_ADD : WRITE_MODIFY,
	    .mods_max = 2 * (size_t)t->item->delta.count + RDN_PARTS_MAX + 1};
	int r = address(j, t);

	if (r != 0)
		return r;
	if (t->item->op == DELTA_DELETE)
		return plan_delete(j, t);
	r = check_changes(j, t);
	if (r != 0)
		return r;
	if (brings_back(j, t))
		return restore_plan(j, t);
	return add ? plan_add(j, t, &p) : plan_update(j, t, &p);
}
