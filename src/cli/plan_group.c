/* cli/plan_group.c -- a plan in a few lines: "312 users: department by rule
 * R7". */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "cli/plan_show.h"

#define GROUPS_MAX 100000U

static const struct {
	const char *name;
	enum plan_by by;
} names_of_by[] = {
    {"rule", PLAN_BY_RULE},
    {"ou", PLAN_BY_OU},
    {"attribute", PLAN_BY_ATTRIBUTE},
    {"operation", PLAN_BY_OPERATION},
};

enum plan_by
plan_by_parse(const char *name)
{
	for (size_t i = 0; i < sizeof(names_of_by) / sizeof(names_of_by[0]);
	     i++)
		if (strcmp(names_of_by[i].name, name) == 0)
			return names_of_by[i].by;
	return PLAN_BY_NONE;
}

/* What is the same for all objects of a group; empty where it does not
 * matter. */
struct group {
	struct text type, operation, attribute, rule, ou;
	uint64_t objects;
};

struct grouping {
	struct session *s;
	enum plan_by by;
	struct map *map;
	struct group **list;
	size_t count, size;
};

static int
push(struct grouping *g, struct group *new_group)
{
	if (g->count == g->size) {
		size_t size = g->size != 0 ? 2 * g->size : 64;
		struct group **list = arena_array(
		    g->s->setup.arena, size, sizeof(struct group *));

		if (list == NULL || size > GROUPS_MAX)
			return list == NULL ? ERR_NOMEM : ERR_LIMIT;
		if (g->count != 0)
			memcpy(
			    list, g->list, g->count * sizeof(struct group *));
		g->list = list;
		g->size = size;
	}
	g->list[g->count++] = new_group;
	return 0;
}

/* Texts of an item live shorter than the group. */
static int
keep_texts(struct arena *a, struct group *n)
{
	struct text *all[] = {
	    &n->type, &n->operation, &n->attribute, &n->rule, &n->ou};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*all[i] = text_dup(a, *all[i]);
		if (all[i]->data == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

static int
count_in(struct grouping *g, const struct group *like)
{
	struct arena *a = g->s->setup.arena;
	struct group *found;
	const char *key = arena_printf(a, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s",
	    TEXT_ARGS(like->type), TEXT_ARGS(like->operation),
	    TEXT_ARGS(like->attribute), TEXT_ARGS(like->rule),
	    TEXT_ARGS(like->ou));
	int r;

	if (key == NULL)
		return ERR_NOMEM;
	found = map_get(g->map, text_of(key));
	if (found != NULL) {
		found->objects++;
		return 0;
	}
	found = arena_alloc(a, sizeof(*found));
	if (found == NULL)
		return ERR_NOMEM;
	*found = *like;
	found->objects = 1;
	r = keep_texts(a, found);
	if (r == 0)
		r = map_put(g->map, text_of(key), found);
	return r < 0 ? r : push(g, found);
}

/* Adds and deletes are of objects; of an update each attribute counts. */
static int
group_changes(
    struct grouping *g, const struct frozen_item *i, struct group like)
{
	const struct names *names = store_names(g->s->setup.store);
	int r = 0;

	if (i->op != DELTA_UPDATE || g->by == PLAN_BY_OU ||
	    g->by == PLAN_BY_OPERATION)
		return count_in(g, &like);
	if (i->delta.new_dn.len != 0) {
		like.attribute = TEXT("dn");
		r = count_in(g, &like);
	}
	for (uint32_t k = 0; k < i->delta.count && r == 0; k++) {
		like.attribute = names_text(names, i->delta.changes[k].name);
		like.rule = g->by == PLAN_BY_RULE && i->rules != NULL
				? i->rules[k]
				: TEXT("");
		r = count_in(g, &like);
	}
	return r;
}

static int
group_item(void *ctx, const struct frozen_item *i, struct err *e)
{
	struct grouping *g = ctx;
	struct group like = {
	    .type = names_text(store_names(g->s->setup.store), i->type),
	    .operation = text_of(plan_operation(i)),
	    .attribute = TEXT(""),
	    .rule = TEXT(""),
	    .ou = g->by == PLAN_BY_OU ? i->ou : TEXT("")};
	int r = group_changes(g, i, like);

	return r < 0 ? err_set(e, r, "groups of the plan: %s", err_name(r)) : 0;
}

static int
largest_first(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a;
	const struct group *y = *(struct group *const *)b;

	return (x->objects < y->objects) - (x->objects > y->objects);
}

static int
group_all(struct grouping *g, int64_t plan, struct err *e)
{
	int r;

	g->map = map_new(false);
	if (g->map == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = plan_each(g->s, plan, group_item, g, e);
	g->map = map_free(g->map);
	if (r == 0 && g->count != 0)
		qsort(g->list, g->count, sizeof(struct group *), largest_first);
	return r;
}

static void
print_group(const struct group *g)
{
	char n[32];

	(void)printf("%8s %.*s%s: ", cli_count(g->objects, n),
	    TEXT_ARGS(g->type), g->objects != 1 ? "s" : "");
	if (g->attribute.len != 0)
		(void)printf("%.*s", TEXT_ARGS(g->attribute));
	else
		(void)printf("%.*s", TEXT_ARGS(g->operation));
	if (g->rule.len != 0)
		(void)printf(" by rule %.*s", TEXT_ARGS(g->rule));
	if (g->ou.len != 0)
		(void)printf(" in %.*s", TEXT_ARGS(g->ou));
	(void)putchar('\n');
}

int
plan_groups_text(
    struct session *s, int64_t plan, enum plan_by by, struct err *e)
{
	struct grouping g = {.s = s, .by = by};
	int r = group_all(&g, plan, e);

	for (size_t i = 0; r == 0 && i < g.count; i++)
		print_group(g.list[i]);
	return r;
}

int
plan_groups_json(struct session *s, int64_t plan, enum plan_by by,
    struct json **out, struct err *e)
{
	struct grouping g = {.s = s, .by = by};
	int r = group_all(&g, plan, e);
	struct json *list;

	if (r < 0)
		return r;
	list = json_new_list();
	for (size_t i = 0; i < g.count; i++) {
		const struct group *one = g.list[i];
		struct json *j = json_new_object();

		json_set_int(j, "objects", (int64_t)one->objects);
		json_set_text(j, "type", one->type);
		json_set_text(j, "operation", one->operation);
		if (one->attribute.len != 0)
			json_set_text(j, "attribute", one->attribute);
		if (one->rule.len != 0)
			json_set_text(j, "rule", one->rule);
		if (by == PLAN_BY_OU)
			json_set_text(j, "ou", one->ou);
		json_push(list, j);
	}
	*out = list;
	return 0;
}
