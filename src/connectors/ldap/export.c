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

/* 1; 0: none is there, and nobody waits. */
static int
take_answer(struct export_job *j, bool wait)
{
	struct ldap_session *s = j->c->session;
	struct ldap_answer ans;
	struct task *t;
	int r = wait ? ldap_write_next(s, j->arena, &ans, j->err)
		     : ldap_write_poll(s, j->arena, &ans, j->err);

	if (r < 0 || (r == 0 && !wait))
		return r;
	t = whose(j, ans.id);
	if (t == NULL)
		return 1; /* of a search that was given up */
	if (ans.last)
		leave(j, t);
	r = answer_take(j, t, &ans);
	r = r < 0 ? broke(j, t, r) : go_on(j, t);
	return r < 0 ? r : 1;
}

/* ---- A batch ---- */

/* As many as may be under way. */
static int
fill(struct export_job *j)
{
	int r = 0;

	while (r == 0 && j->ready_at < j->ready_count &&
	       j->under_way_count < EXPORT_WINDOW)
		r = start(j, j->ready[j->ready_at++]);
	return r;
}

/* An answer, or an order of those that go round in a circle: 1; 0: an answer
 * has to be waited for. */
static int
advance(struct export_job *j, bool wait, bool stop)
{
	int r;

	if (j->under_way_count != 0)
		return take_answer(j, wait);
	if (stop)
		return err_set(j->err, ERR_CANCELLED, "stopped");
	if (j->ready_at != j->ready_count)
		return 1;
	r = order_break(j);
	return r < 0 ? r : 1;
}

/* 1: all are finished; 0: they wait for answers, and nobody waits here. */
static int
run(struct export_job *j, bool wait)
{
	while (j->finished < j->count) {
		bool stop = stopped(j);
		int r = stop ? 0 : fill(j);

		if (r < 0)
			return r;
		if (j->finished == j->count)
			break;
		r = advance(j, wait, stop);
		if (r <= 0)
			return r;
	}
	return 1;
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
 * others (NULL).  1, or 0: it has none. */
static int
server_open(struct export_job *j, const struct conf_partition *partition)
{
	int r;

	j->count = j->finished = j->ready_at = j->ready_count = 0;
	for (size_t i = 0; i < j->item_count; i++)
		if (j->where[i] == partition)
			j->tasks[j->count++] = (struct task){
			    .item = &j->items[i], .res = &j->results[i]};
	if (j->count == 0)
		return 0;
	j->open = true;
	r = core_use(j->c, partition, j->err);
	if (r == 0)
		r = order_find(j);
	return r == 0 ? 1 : r;
}

static void
server_close(struct export_job *j)
{
	if (j->open)
		(void)core_use(j->c, NULL, NULL);
	j->open = false;
}

/* The next that has items: first who holds what no partition does.  0: none
 * is left. */
static int
server_next(struct export_job *j)
{
	const struct conf_partitions *list = &j->c->conf->partitions;
	int r = 0;

	while (r == 0 && j->server <= list->count) {
		size_t i = j->server++;

		r = server_open(j, i != 0 ? &list->items[i - 1] : NULL);
	}
	return r;
}

/* As far as it goes without waiting, or to the end. */
static void
go(struct export_job *j, bool wait)
{
	int r = j->failed < 0 ? 0 : 1;

	while (r > 0) {
		r = j->open ? 1 : server_next(j);
		if (r > 0)
			r = run(j, wait);
		if (r > 0)
			server_close(j);
	}
	if (r == 0)
		return;
	j->failed = r;
	give_up(j);
	server_close(j);
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
job_init(struct export_job *j)
{
	size_t n = j->item_count;

	if (moved_make(j->c) != 0)
		return ERR_NOMEM;
	j->keep = j->c->moved->results[j->c->moved->turn++ % 2];
	arena_reset(j->keep);
	j->arena = arena_new(0);
	if (j->arena == NULL)
		return ERR_NOMEM;
	j->tasks = arena_array(j->arena, n, sizeof(*j->tasks));
	/* once when it is free, once to step aside, once to come back,
	 * once when nothing else goes on */
	j->ready = arena_array(j->arena, 4 * n, sizeof(struct task *));
	j->where = arena_array(j->arena, n, sizeof(struct conf_partition *));
	if (arena_failed(j->arena))
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		j->where[i] = place_of(j, j->items[i].dn);
	return 0;
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
core_export_start(struct connector *connector, const struct export_item *items,
    size_t n, struct export_result *results, struct err *e)
{
	struct core *c = (struct core *)connector;
	struct export_job *j;

	if (!c->conf->writable || names_by_other(c))
		return err_set(e, ERR_REFUSED, "%.*s may not be written",
		    TEXT_ARGS(c->env.conf->name));
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*j = (struct export_job){.c = c,
	    .items = items,
	    .results = results,
	    .item_count = n,
	    .err = &j->why};
	c->exporting = j;
	if (job_init(j) < 0)
		j->failed = err_set(j->err, ERR_NOMEM, "out of memory");
	go(j, false);
	return 0;
}

void
core_export_pump(struct connector *connector)
{
	struct core *c = (struct core *)connector;

	if (c->exporting != NULL)
		go(c->exporting, false);
}

int
core_export_finish(struct connector *connector, struct err *e)
{
	struct core *c = (struct core *)connector;
	struct export_job *j = c->exporting;
	int r;

	go(j, true);
	r = j->failed;
	for (size_t i = 0; i < j->item_count && r < 0; i++)
		if (j->results[i].status == 0)
			j->results[i].status = EXPORT_RETRY;
	if (r < 0 && e != NULL)
		*e = j->why;
	(void)arena_free(j->arena);
	free(j);
	c->exporting = NULL;
	return r;
}

int
core_export(struct connector *connector, const struct export_item *items,
    size_t n, struct export_result *results, struct err *e)
{
	int r = core_export_start(connector, items, n, results, e);

	return r == 0 ? core_export_finish(connector, e) : r;
}
