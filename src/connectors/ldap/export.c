/*
 * connectors/ldap/export.c -- a batch of changes, many requests under way.
 *
 * What waits for nobody is sent, EXPORT_WINDOW requests at most at once on one
 * session; each answer lets its object go on, and others that waited for it.
 * When the connection is lost, what was sent and not answered is uncertain and
 * the rest was not tried.
 */
#include "connectors/ldap/export_int.h"

static bool
stopped(const struct export_job *j)
{
	const struct connector_env *env = &j->c->env;

	return env->cancelled != NULL && env->cancelled(env->cancel_ctx);
}

/* ---- One request ---- */

static int
send_step(struct export_job *j, struct task *t)
{
	struct change_step *s = t->steps;
	struct err why = {0};
	int r;

	s->w.dn = t->dn;
	r = ldap_write_send(j->c->session, &s->w, &t->id, &why);
	if (r == ERR_REJECTED) {
		(void)err_type(&t->res->err, r, "invalid-dn", "%s", why.text);
		task_finish(j, t, EXPORT_ERROR);
		return 0;
	}
	if (r < 0) {
		/* a part of it may have gone out */
		task_finish(j, t, EXPORT_UNCERTAIN);
		return err_type(j->err, r, why.type, "%s", why.text);
	}
	t->under_way = true;
	j->under_way[j->under_way_count++] = t;
	return 0;
}

/* The next step, or the end.  One that stepped aside waits for its name. */
static int
go_on(struct export_job *j, struct task *t)
{
	if (t->finished || t->under_way)
		return 0;
	if (t->steps == NULL) {
		task_done(j, t);
		return 0;
	}
	if (t->waits != 0 && t->steps->kind == STEP_WRITE)
		return 0;
	return send_step(j, t);
}

/* A connection that was lost has said so. */
static int
broke(struct export_job *j, const struct task *t, int r)
{
	return r != ERR_NOMEM ? r
			      : err_set(j->err, r, "%.*s: not enough memory",
				    TEXT_ARGS(t->item->dn));
}

static int
start(struct export_job *j, struct task *t)
{
	int r;

	if (t->finished)
		return 0;
	if (!t->planned) {
		t->planned = true;
		r = task_plan(j, t);
		if (r == ERR_REJECTED) {
			task_finish(j, t, EXPORT_ERROR);
			return 0;
		}
		if (r < 0)
			return broke(j, t, r);
	}
	return go_on(j, t);
}

/* ---- Answers ---- */

static struct task *
whose(struct export_job *j, int id)
{
	for (size_t i = 0; i < j->under_way_count; i++)
		if (j->under_way[i]->id == id)
			return j->under_way[i];
	return NULL;
}

static void
leave(struct export_job *j, struct task *t)
{
	for (size_t i = 0; i < j->under_way_count; i++)
		if (j->under_way[i] == t)
			j->under_way[i] = j->under_way[--j->under_way_count];
	t->under_way = false;
}

static int
take_answer(struct export_job *j)
{
	struct ldap_answer ans;
	struct task *t;
	int r = ldap_write_next(j->c->session, j->arena, &ans, j->err);

	if (r < 0)
		return r;
	t = whose(j, ans.id);
	if (t == NULL)
		return 0; /* of a search that was given up */
	if (ans.last)
		leave(j, t);
	r = answer_take(j, t, &ans);
	return r < 0 ? broke(j, t, r) : go_on(j, t);
}

/* ---- A batch ---- */

static int
run(struct export_job *j)
{
	int r = 0;

	while (r == 0 && j->finished < j->count) {
		bool stop = stopped(j);

		while (r == 0 && !stop && j->ready_at < j->ready_count &&
		       j->under_way_count < EXPORT_WINDOW)
			r = start(j, j->ready[j->ready_at++]);
		if (r != 0 || j->finished == j->count)
			break;
		if (j->under_way_count != 0)
			r = take_answer(j);
		else if (stop)
			r = err_set(j->err, ERR_CANCELLED, "stopped");
		else if (j->ready_at == j->ready_count)
			r = order_break(j);
	}
	return r;
}

/* What has no answer when the batch ends early. */
static void
give_up(struct export_job *j)
{
	for (size_t i = 0; i < j->count; i++) {
		struct task *t = &j->tasks[i];
		bool uncertain = t->under_way || t->changed;

		if (t->finished)
			continue;
		task_finish(j, t, uncertain ? EXPORT_UNCERTAIN : EXPORT_RETRY);
	}
}

/* The items of one server: those of a partition that has its own, or all the
 * others. */
static int
run_server(struct export_job *j, const struct conf_partition *partition,
    const struct export_item *items, struct export_result *results,
    const struct conf_partition **where, size_t n)
{
	int r;

	j->count = j->finished = j->ready_at = j->ready_count = 0;
	for (size_t i = 0; i < n; i++)
		if (where[i] == partition)
			j->tasks[j->count++] = (struct task){
			    .item = &items[i], .res = &results[i]};
	if (j->count == 0)
		return 0;
	r = core_use(j->c, partition, j->err);
	if (r == 0)
		r = order_find(j);
	if (r == 0)
		r = run(j);
	if (r < 0)
		give_up(j);
	(void)core_use(j->c, NULL, NULL);
	return r;
}

/* The partition with servers of its own that holds dn; NULL: none. */
static const struct conf_partition *
place_of(const struct export_job *j, struct text dn)
{
	const struct conf_partitions *list = &j->c->conf->partitions;
	const struct conf_partition *best = NULL;
	size_t best_len = 0;
	struct text key, base;

	for (size_t i = 0; i < list->count; i++) {
		const struct conf_partition *p = &list->items[i];

		if (dn_key(j->arena, dn, &key) != 0 ||
		    dn_key(j->arena, p->dn, &base) != 0)
			return NULL;
		if (base.len >= best_len && dn_key_is_below(key, base)) {
			best = p->servers.count != 0 ? p : NULL;
			best_len = base.len;
		}
	}
	return best;
}

static int
job_init(struct export_job *j, size_t n)
{
	if (moved_make(j->c) != 0)
		return ERR_NOMEM;
	j->keep = j->c->moved->results;
	arena_reset(j->keep);
	j->arena = arena_new(0);
	if (j->arena == NULL)
		return ERR_NOMEM;
	j->tasks = arena_array(j->arena, n, sizeof(*j->tasks));
	/* once when it is free, once to step aside, once to come back,
	 * once when nothing else goes on */
	j->ready = arena_array(j->arena, 4 * n, sizeof(struct task *));
	return arena_failed(j->arena) ? ERR_NOMEM : 0;
}

static int
run_all(struct export_job *j, const struct export_item *items,
    struct export_result *results, size_t n)
{
	const struct conf_partition **where =
	    arena_array(j->arena, n, sizeof(struct conf_partition *));
	int r;

	if (where == NULL)
		return err_set(j->err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		where[i] = place_of(j, items[i].dn);
	r = run_server(j, NULL, items, results, where, n);
	for (size_t i = 0; i < j->c->conf->partitions.count && r == 0; i++)
		r = run_server(j, &j->c->conf->partitions.items[i], items,
		    results, where, n);
	return r;
}

/* ---- The calls ---- */

bool
core_adds_late(struct connector *connector, uint32_t type)
{
	const struct core *c = (struct core *)connector;

	for (size_t i = 0; i < c->class_count; i++) {
		struct text at = c->classes[i].name;

		if (!c->classes[i].selected || c->classes[i].type != type)
			continue;
		for (unsigned k = 0; k < EXPORT_DEPTH_MAX && at.len != 0; k++) {
			const struct text *parent = map_get(c->parent, at);

			/* what is above all needs nothing of a rule */
			if (parent == NULL || parent->len == 0)
				break;
			if (map_get(c->late, at) != NULL)
				return true;
			at = *parent;
		}
		return false;
	}
	return false;
}

/* An object is named by its anchor: that has to be the directory's own. */
static bool
names_by_other(const struct core *c)
{
	return c->flavour->address != NULL &&
	       !text_is_nocase(c->conf->anchor, "objectGUID");
}

int
core_can_export(
    struct connector *connector, const struct export_item *item, struct err *e)
{
	const struct core *c = (struct core *)connector;

	if (!c->conf->writable)
		return err_set(e, ERR_REFUSED,
		    "%.*s may not be written (writable: true would let it)",
		    TEXT_ARGS(c->env.conf->name));
	if (names_by_other(c))
		return err_set(e, ERR_REFUSED,
		    "%.*s has the anchor %.*s: only with objectGUID is it "
		    "written",
		    TEXT_ARGS(c->env.conf->name), TEXT_ARGS(c->conf->anchor));
	if (item->op == DELTA_ADD && c->flavour->cannot_add != NULL)
		return c->flavour->cannot_add(
		    names_text(c->env.names, item->type), e);
	return 0;
}

int
core_export(struct connector *connector, const struct export_item *items,
    size_t n, struct export_result *results, struct err *e)
{
	struct err why = {0};
	struct export_job j = {.c = (struct core *)connector, .err = &why};
	int r;

	if (!j.c->conf->writable || names_by_other(j.c))
		return err_set(e, ERR_REFUSED, "%.*s may not be written",
		    TEXT_ARGS(j.c->env.conf->name));
	r = job_init(&j, n);
	if (r == 0)
		r = run_all(&j, items, results, n);
	for (size_t i = 0; i < n && r < 0; i++)
		if (results[i].status == 0)
			results[i].status = EXPORT_RETRY;
	(void)arena_free(j.arena);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}
