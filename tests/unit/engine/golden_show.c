/* tests/unit/engine/golden_show.c -- what is there, in the words of the form:
 * the metaverse, a connector space, pending exports, counters, errors. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "golden.h"

#define MAX_SEEN 512

static struct seen *
add_seen(struct world *w, struct seen_list *l, const char *text)
{
	assert(l->count < MAX_SEEN && text != NULL);
	if (l->list == NULL)
		l->list = arena_array(w->arena, MAX_SEEN, sizeof(*l->list));
	assert(l->list != NULL);
	l->list[l->count] = (struct seen){.text = text, .aside = ""};
	return &l->list[l->count++];
}

static void
add_below(struct world *w, struct seen *s, const char *text, const char *aside)
{
	if (s->below == NULL)
		s->below = arena_array(w->arena, MAX_SEEN, sizeof(*s->below));
	assert(s->below != NULL && s->below_count < MAX_SEEN && text != NULL);
	s->below[s->below_count++] =
	    (struct seen){.text = text, .aside = aside};
}

static const char *
dir_of(const struct world *w, int64_t connector)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->connectors[i].id == connector)
			return w->connectors[i].name.data;
	return "?";
}

static int
by_connector(const void *a, const void *b)
{
	const struct cs_object *x = a, *y = b;

	if (x->connector != y->connector)
		return x->connector < y->connector ? -1 : 1;
	return text_compare(x->dn, y->dn);
}

/* Its links, by connector and DN. */
static struct cs_object *
links_of(struct world *w, int64_t mv, size_t *out_count)
{
	int64_t *ids = NULL;
	struct cs_object *list;
	int r = mv_links(w->store, w->arena, mv, &ids, out_count, NULL);

	assert(r == 0);
	list = arena_array(w->arena, *out_count + 1, sizeof(*list));
	assert(list != NULL);
	for (size_t i = 0; i < *out_count; i++) {
		r = cs_get(w->store, w->arena, ids[i], 0, &list[i], NULL);
		assert(r == 0);
	}
	if (*out_count != 0)
		qsort(list, *out_count, sizeof(*list), by_connector);
	return list;
}

/* What stands for a metaverse object: its first link. */
static const char *
mv_label(struct world *w, int64_t mv)
{
	size_t n = 0;
	struct cs_object *list = links_of(w, mv, &n);

	if (n == 0)
		return arena_printf(w->arena, "#%lld", (long long)mv);
	return arena_printf(w->arena, "%.*s", TEXT_ARGS(list[0].dn));
}

static const char *
value_text(struct world *w, const struct value *v, bool metaverse)
{
	struct text t = {0};

	if (metaverse && v->type == VALUE_REFERENCE && v->by == REF_ID)
		return mv_label(w, v->id);
	if (v->type == VALUE_BINARY) {
		assert(hex_encode(w->arena, v->text, &t) == 0);
		return arena_printf(w->arena, "0x%.*s", TEXT_ARGS(t));
	}
	assert(value_format(w->arena, v, &t) == 0);
	return arena_printf(w->arena, "%.*s", TEXT_ARGS(t));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* References have no order of their own. */
static const char *
values_text(
    struct world *w, const struct value *list, size_t count, bool metaverse)
{
	const char **texts = arena_array(w->arena, count + 1, sizeof(*texts));
	const char *out = "";

	assert(texts != NULL);
	for (size_t i = 0; i < count; i++)
		texts[i] = value_text(w, &list[i], metaverse);
	if (count > 1 && list[0].type == VALUE_REFERENCE)
		qsort((void *)texts, count, sizeof(*texts), by_text);
	for (size_t i = 0; i < count; i++)
		out = arena_printf(
		    w->arena, "%s%s%s", out, i != 0 ? " | " : "", texts[i]);
	return out;
}

/* ---- The metaverse ---- */

static const char *
mv_head(struct world *w, const struct mv_object *mv)
{
	char *head = arena_printf(
	    w->arena, "%.*s:", TEXT_ARGS(names_text(w->names, mv->type)));
	size_t n = 0;
	struct cs_object *list = links_of(w, mv->id, &n);

	for (size_t i = 0; i < n; i++)
		head = arena_printf(w->arena, "%s%s %s %.*s%s", head,
		    i != 0 ? "," : "", dir_of(w, list[i].connector),
		    TEXT_ARGS(list[i].dn),
		    list[i].link == CS_EXPLICIT_CONNECTOR ? " (explicit)" : "");
	return head;
}

static void
see_mv_object(struct world *w, int64_t id, struct seen_list *out)
{
	struct mv_object mv;
	struct seen *s;

	assert(mv_get(w->store, w->arena, id, true, &mv, NULL) == 0);
	s = add_seen(w, out, mv_head(w, &mv));
	for (uint32_t i = 0; i < mv.values.count; i++) {
		const struct attr *a = &mv.values.items[i];
		const char *rule = "";

		for (uint32_t k = 0; k < mv.origin_count; k++)
			if (mv.origins[k].name == a->name)
				rule = names_text(w->names, mv.origins[k].rule)
					   .data;
		add_below(w, s,
		    arena_printf(w->arena, "%.*s = %s",
			TEXT_ARGS(names_text(w->names, a->name)),
			values_text(w, a->values, a->count, true)),
		    rule);
	}
}

static void
see_metaverse(struct world *w, struct seen_list *out)
{
	int64_t room[MAX_SEEN];
	struct ids ids = {.id = room, .max = MAX_SEEN};

	assert(mv_next(w->store, 0, 0, &ids, NULL) == 0);
	for (size_t i = 0; i < ids.count; i++)
		see_mv_object(w, ids.id[i], out);
}

/* ---- A connector space ---- */

static const char *const link_names[] = {
    [CS_DISCONNECTOR] = "disconnector",
    [CS_CONNECTOR] = "connector",
    [CS_EXPLICIT_CONNECTOR] = "explicit connector",
    [CS_EXPLICIT_DISCONNECTOR] = "explicit disconnector",
    [CS_FILTERED_DISCONNECTOR] = "filtered disconnector",
};

static const struct {
	unsigned flag;
	const char *text;
} flag_names[] = {
    {CS_REF_RETRY, ", references to retry"},
    {CS_REF_WAITS, ", ref-retry"},
    {CS_REF_GONE, ", pending-ref-delete"},
    {CS_RENAME_RETRY, ", rename to retry"},
    {CS_TRANSIENT, ", transient"},
    {CS_SYNC_ERROR, ", sync error"},
    {CS_EXPORT_ERROR, ", export error"},
    {CS_NOT_REIMPORTED, ", not reimported"},
    {CS_RESYNC, ", marked"},
    {CS_PH_LINK, " (link)"},
    {CS_PH_PARENT, " (parent)"},
    {CS_PH_DELETE, " (delete)"},
};

static const char *
cs_line(struct world *w, const struct cs_object *o)
{
	char *s;

	if (o->kind == CS_PLACEHOLDER)
		s = arena_printf(
		    w->arena, "placeholder %.*s", TEXT_ARGS(o->dn));
	else
		s = arena_printf(w->arena, "%.*s %.*s: %s",
		    TEXT_ARGS(names_text(w->names, o->type)), TEXT_ARGS(o->dn),
		    link_names[o->link]);
	if (o->import.op != DELTA_NONE)
		s = arena_printf(w->arena, "%s, %s imported", s,
		    delta_op_name(o->import.op));
	if (o->unapplied.op != DELTA_NONE)
		s = arena_printf(w->arena, "%s, %s to export", s,
		    delta_op_name(o->unapplied.op));
	if (o->escrowed.op != DELTA_NONE)
		s = arena_printf(w->arena, "%s, %s uncertain", s,
		    delta_op_name(o->escrowed.op));
	if (o->unconfirmed.op != DELTA_NONE)
		s = arena_printf(w->arena, "%s, %s unconfirmed", s,
		    delta_op_name(o->unconfirmed.op));
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if ((o->flags & flag_names[i].flag) != 0)
			s = arena_printf(
			    w->arena, "%s%s", s, flag_names[i].text);
	return s;
}

/* Imported values; references that point to placeholders say so. */
static void
see_image(struct world *w, const struct cs_object *o, struct seen *s)
{
	struct ref_query q = {
	    .owner = o->id, .mask = REF_IMAGE, .with_target = true};
	struct cs_ref *refs = NULL;
	const char *line = "";
	size_t n = 0;

	for (uint32_t i = 0; i < o->image.count; i++) {
		const struct attr *a = &o->image.items[i];

		add_below(w, s,
		    arena_printf(w->arena, "%.*s = %s",
			TEXT_ARGS(names_text(w->names, a->name)),
			values_text(w, a->values, a->count, false)),
		    "");
	}
	assert(cs_refs_get(w->store, w->arena, &q, &refs, &n, NULL) == 0);
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || refs[i - 1].name != refs[i].name;

		line = arena_printf(w->arena, "%s%s%.*s%s",
		    first ? arena_printf(w->arena, "%.*s = ",
				TEXT_ARGS(names_text(w->names, refs[i].name)))
			  : line,
		    first ? "" : " | ", TEXT_ARGS(refs[i].named->dn),
		    refs[i].target_kind == CS_PLACEHOLDER ? " (placeholder)"
							  : "");
		if (i + 1 == n || refs[i + 1].name != refs[i].name)
			add_below(w, s, line, "");
	}
}

static void
see_objects(
    struct world *w, size_t dir, enum cs_which which, struct seen_list *out)
{
	int64_t room[MAX_SEEN];
	struct ids ids = {.id = room, .max = MAX_SEEN};
	struct cs_walk walk = {
	    .connector = w->connectors[dir].id, .which = which};
	struct cs_object o;
	int r = cs_next(w->store, &walk, &ids, NULL);

	assert(r == 0);
	for (size_t i = 0; i < ids.count; i++) {
		r = cs_get(w->store, w->arena, ids.id[i], CS_ALL, &o, NULL);
		assert(r == 0);
		see_image(w, &o, add_seen(w, out, cs_line(w, &o)));
	}
}

static void
see_space(struct world *w, size_t dir, struct seen_list *out)
{
	see_objects(w, dir, CS_EVERY, out);
	see_objects(w, dir, CS_PLACEHOLDERS, out);
}

/* ---- Pending exports ---- */

struct noting {
	struct world *w;
	struct seen_list *out;
};

static int
note_item(void *ctx, const struct pending_item *item, struct err *e)
{
	struct noting *n = ctx;
	struct world *w = n->w;
	char *head = arena_printf(w->arena, "%s %.*s %.*s",
	    item->new_dn.len != 0 ? "rename" : delta_op_name(item->op),
	    TEXT_ARGS(names_text(w->names, item->type)), TEXT_ARGS(item->dn));
	struct seen *s;

	(void)e;
	if (item->new_dn.len != 0)
		head = arena_printf(
		    w->arena, "%s to %.*s", head, TEXT_ARGS(item->new_dn));
	s = add_seen(w, n->out, head);
	for (size_t i = 0; i < item->change_count && item->op != DELTA_DELETE;
	     i++) {
		const struct pending_change *c = &item->changes[i];

		add_below(w, s,
		    arena_printf(w->arena, "%.*s%s%s%s%s",
			TEXT_ARGS(names_text(w->names, c->name)),
			c->add_count != 0 ? " + " : "",
			values_text(w, c->add, c->add_count, false),
			c->del_count != 0 ? " - " : "",
			values_text(w, c->del, c->del_count, false)),
		    arena_printf(w->arena, "%.*s", TEXT_ARGS(c->rule)));
	}
	return 0;
}

static void
see_pending(struct world *w, size_t dir, int line, struct seen_list *out)
{
	struct noting n = {w, out};
	struct pending_sink sink = {.item = note_item, .ctx = &n};
	struct pending_report rep;
	struct err e = {0};

	world_start(w, line);
	if (engine_pending(w->engine, dir, w->arena, &sink, &rep, &e) < 0)
		golden_bad(w->path, line, "%s", e.text);
}

/* ---- Directory, counters, errors ---- */

static void
see_directory(struct world *w, size_t dir, struct seen_list *out)
{
	char *dump = fake_dump(w->dirs[dir], w->arena), *line, *end;

	for (line = dump; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		(void)add_seen(w, out, line);
	}
}

static void
see_counters(struct world *w, struct seen_list *out)
{
	for (size_t i = 0; w->last != NULL && i < w->last->counter_count; i++) {
		const struct counter *c = &w->last->counters[i];

		if (c->n != 0)
			(void)add_seen(w, out,
			    arena_printf(w->arena, "%.*s%s%s %llu",
				TEXT_ARGS(c->target),
				c->target.len != 0 ? " " : "", c->name,
				(unsigned long long)c->n));
	}
}

static const char *
time_of(struct world *w, int64_t ms)
{
	char text[32];

	return arena_strdup(w->arena, clock_format(ms, false, text));
}

static const char *
times_of(struct world *w, const struct object_error *x)
{
	return arena_printf(w->arena, "%lld times since %s, last %s",
	    (long long)x->count, time_of(w, x->first_ms),
	    time_of(w, x->last_ms));
}

/* step 0: those that objects have now. */
static void
see_errors(struct world *w, int64_t step, bool times, struct seen_list *out)
{
	struct error_query q = {.step = step, .max = MAX_SEEN};
	struct object_error *list = NULL;
	size_t n = 0;

	assert(error_list(w->store, w->arena, &q, &list, &n, NULL) == 0);
	for (size_t i = 0; i < n; i++) {
		const struct object_error *x = &list[i];
		struct seen *s = add_seen(w, out,
		    arena_printf(w->arena, "%s %.*s: %.*s at %.*s",
			dir_of(w, x->connector), TEXT_ARGS(x->dn),
			TEXT_ARGS(x->type), TEXT_ARGS(x->algorithm_step)));

		s->aside = arena_printf(w->arena, "%.*s%s%.*s",
		    TEXT_ARGS(x->rule), x->attribute.len != 0 ? ", " : "",
		    TEXT_ARGS(x->attribute));
		add_below(w, s,
		    arena_printf(w->arena, "%.*s", TEXT_ARGS(x->text)), "");
		if (times)
			add_below(w, s, times_of(w, x), "");
	}
}

/* "Result is: success" */
static void
see_result(struct world *w, const struct block *b, struct seen_list *out)
{
	const char *is = w->unsaid != NULL ? w->unsaid : "success";

	(void)add_seen(w, out,
	    strncmp(b->head, "Result is: ", 11) == 0 &&
		    strcmp(b->head + 11, is) == 0
		? "as said"
		: arena_printf(w->arena, "Result is: %s", is));
	w->unsaid = NULL;
}

/* "Refused: a part of what is told" */
static void
see_refused(struct world *w, const struct block *b, struct seen_list *out)
{
	world_start(w, b->line);
	(void)add_seen(w, out,
	    w->refused &&
		    strstr(buf_text(&w->problems).data, b->head + 9) != NULL
		? "as said"
		: arena_printf(w->arena, "Refused: %s",
		      w->refused ? buf_text(&w->problems).data : "not at all"));
	w->refused = false;
}

static bool
see_of_dir(struct world *w, const struct block *b, struct seen_list *out)
{
	char name[64], x[16], y[16], z[8];
	int n = sscanf(b->head, "%63s %15s %15s %7s", name, x, y, z);

	if (n == 3 && strcmp(x, "space") == 0 && strcmp(y, "is") == 0)
		see_space(w, world_dir(w, name, b->line), out);
	else if (n == 3 && strcmp(x, "will") == 0 && strcmp(y, "get") == 0)
		see_pending(w, world_dir(w, name, b->line), b->line, out);
	else if (n == 2 && strcmp(x, "holds") == 0)
		see_directory(w, world_dir(w, name, b->line), out);
	else
		return false;
	return true;
}

bool
world_see(struct world *w, const struct block *b, struct seen_list *out)
{
	if (strcmp(b->head, "Metaverse is") == 0)
		see_metaverse(w, out);
	else if (strncmp(b->head, "Counted", 7) == 0)
		see_counters(w, out);
	else if (strcmp(b->head, "Step errors are") == 0)
		see_errors(w, w->last != NULL ? w->last->id : 0, false, out);
	else if (strcmp(b->head, "Errors with times are") == 0)
		see_errors(w, 0, true, out);
	else if (strcmp(b->head, "Errors are") == 0)
		see_errors(w, 0, false, out);
	else if (strncmp(b->head, "Result is: ", 11) == 0)
		see_result(w, b, out);
	else if (strncmp(b->head, "Refused: ", 9) == 0)
		see_refused(w, b, out);
	else
		return see_of_dir(w, b, out);
	return true;
}
