/* cli/cmd_why_not.c -- `causeway why-not OBJECT`: what keeps it out, the first
 * thing first. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/why_not.h"

/* The answer about one object. */
struct answer {
	struct session *s;
	int64_t cs; /* not linked */
	int64_t mv;
	struct reasons_list *own; /* out of the metaverse, or of it at all */
	struct why_target *targets;
	size_t target_count;
};

/* ---- JSON ---- */

static struct json *
reason_json(const struct reason *r)
{
	struct json *j = json_new_object();

	json_set_str(j, "kind", r->kind);
	if (r->connector.len != 0)
		json_set_text(j, "connector", r->connector);
	if (r->name.len != 0)
		json_set_text(j, "name", r->name);
	if (r->value.len != 0)
		json_set_text(j, "value", r->value);
	json_set_text(j, "text", r->text);
	if (r->remedy.len != 0)
		json_set_text(j, "remedy", r->remedy);
	return j;
}

static struct json *
reasons_json(const struct reasons_list *l)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < l->count; i++)
		json_push(list, reason_json(&l->items[i]));
	return list;
}

static struct json *
targets_json(const struct answer *a)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < a->target_count; i++) {
		const struct why_target *t = &a->targets[i];
		struct json *j = json_new_object();

		json_set_text(j, "connector", t->connector);
		json_set_bool(j, "there", t->there);
		if (t->cs != 0)
			json_set(j, "object", explain_cs_json(a->s, t->cs));
		json_set(j, "reasons", reasons_json(t->reasons));
		json_push(list, j);
	}
	return list;
}

/* The first thing of all: out of the metaverse, out of a target where it is
 * not, then what is held of it. */
static const struct reason *
first_of(const struct answer *a)
{
	static const struct reason nothing = {
	    .kind = "none", .text = {"nothing keeps it out", 20}};

	if (a->mv == 0 && a->own->count != 0)
		return &a->own->items[0];
	for (int there = 0; there < 2; there++)
		for (size_t i = 0; i < a->target_count; i++)
			if (a->targets[i].there == (there == 1) &&
			    a->targets[i].reasons->count != 0)
				return &a->targets[i].reasons->items[0];
	return a->own->count != 0 ? &a->own->items[0] : &nothing;
}

static struct json *
answer_json(const struct answer *a)
{
	struct json *j = reason_json(first_of(a));

	if (a->mv != 0)
		json_set(j, "object", explain_mv_json(a->s, a->mv));
	else if (a->cs != 0)
		json_set(j, "object", explain_cs_json(a->s, a->cs));
	json_set_bool(j, "metaverse", a->mv != 0);
	json_set(j, "reasons", reasons_json(a->own));
	json_set(j, "targets", targets_json(a));
	return j;
}

/* ---- Text ---- */

static void
print_reasons(const struct reasons_list *l, const char *before)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct reason *r = &l->items[i];

		(void)printf("%s%s%s%.*s: %.*s\n", before, r->kind,
		    r->connector.len != 0 ? " " : "", TEXT_ARGS(r->connector),
		    TEXT_ARGS(r->text));
		if (r->remedy.len != 0)
			(void)printf(
			    "%s    %.*s\n", before, TEXT_ARGS(r->remedy));
	}
}

static void
print_target(const struct why_target *t)
{
	(void)printf("%.*s: %s\n", TEXT_ARGS(t->connector),
	    t->there                 ? "it is there"
	    : t->reasons->count != 0 ? "it is not there"
				     : "it is not there yet");
	print_reasons(t->reasons, "  ");
}

static void
print_answer(const struct answer *a)
{
	if (a->mv != 0)
		(void)printf("%.*s is in the metaverse\n",
		    TEXT_ARGS(explain_mv_name(a->s, a->mv)));
	else if (a->cs != 0)
		(void)printf("%.*s of %.*s is not in the metaverse\n",
		    TEXT_ARGS(show_cs_dn(a->s, a->cs)),
		    TEXT_ARGS(show_cs_connector(a->s, a->cs)));
	print_reasons(a->own, "  ");
	for (size_t i = 0; i < a->target_count; i++)
		print_target(&a->targets[i]);
}

/* ---- The command ---- */

static int
of_links(struct answer *a, struct err *e)
{
	int64_t *links = NULL;
	size_t n = 0;
	int r = mv_links(
	    a->s->setup.store, a->s->setup.arena, a->mv, &links, &n, e);

	for (size_t i = 0; i < n && r == 0; i++)
		r = why_not_whole(a->s, links[i], a->own, e);
	return r;
}

static int
of_found(struct answer *a, struct found f, struct err *e)
{
	struct cs_object o;
	int r = 0;

	a->mv = f.kind == FOUND_MV ? f.id : 0;
	if (f.kind == FOUND_CS) {
		a->cs = f.id;
		r = cs_get(
		    a->s->setup.store, a->s->setup.arena, f.id, 0, &o, e);
		if (r == 0)
			a->mv = o.mv;
	}
	if (r == 0 && a->mv == 0)
		return why_not_linked(a->s, a->cs, a->own, e);
	if (r == 0)
		r = of_links(a, e);
	if (r == 0)
		r = why_not_targets(
		    a->s, a->mv, &a->targets, &a->target_count, e);
	return r;
}

/* A placeholder alone: the store knows a name, the directory more. */
static bool
is_known(struct session *s, const struct found *f)
{
	struct cs_object o;

	return f->kind == FOUND_MV || (cs_get(s->setup.store, s->setup.arena,
					   f->id, 0, &o, NULL) == 0 &&
					  o.kind == CS_STAGING);
}

/* Objects of one metaverse object are one. */
static void
merge_found(struct session *s, struct found_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct cs_object o;

		if (!is_known(s, &list->items[i]))
			continue;
		if (list->items[i].kind == FOUND_CS &&
		    cs_get(s->setup.store, s->setup.arena, list->items[i].id, 0,
			&o, NULL) == 0 &&
		    o.mv != 0)
			list->items[i] = (struct found){FOUND_MV, o.mv};
		list->items[n++] = list->items[i];
		for (size_t k = 0; k + 1 < n; k++)
			if (list->items[k].kind == list->items[n - 1].kind &&
			    list->items[k].id == list->items[n - 1].id) {
				n--;
				break;
			}
	}
	list->count = n;
}

static int
find_answer(
    struct session *s, struct text what, struct answer *a, struct err *e)
{
	struct found room[64];
	struct found_list list = {.items = room, .max = 64};
	int r = found_by_text(s, what, &list, e);

	if (r < 0 && r != ERR_NOENT)
		return r;
	merge_found(s, &list);
	if (list.count == 0)
		return why_not_asked(s, what, a->own, e);
	r = found_one(s, what, &list, e);
	return r < 0 ? r : of_found(a, list.items[0], e);
}

static int
tell(struct session *s, struct text what, struct err *e)
{
	struct answer a = {.s = s};
	int r;

	a.own = arena_alloc(s->setup.arena, sizeof(*a.own));
	if (a.own == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	a.own->count = 0;
	r = find_answer(s, what, &a, e);
	if (r < 0)
		return r;
	if (s->cli->json)
		return cli_print_json(answer_json(&a)) == CLI_OK ? 0 : ERR_IO;
	print_answer(&a);
	return 0;
}

static int
do_why_not(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_LOOK, false, &e);

	(void)count;
	if (r == 0)
		r = tell(&s, text_of(args[0]), &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_why_not = {
    .name = "why-not",
    .args = "OBJECT",
    .summary = "what keeps an object out, by name and value",
    .detail = "OBJECT as in `causeway why`.  Told are, the first thing first, "
	      "what keeps it out of\nthe metaverse (a clause of a rule's "
	      "scope, a join, an error) and out of each target\n(a clause, a "
	      "guard, a held value, a reference, staging mode, a type that the "
	      "target\ndoes not take, what the target refused and who holds "
	      "the value).  An object that is\nnot stored is looked for in the "
	      "directories: partition, container, object class or\nfilter.",
    .min_args = 1,
    .max_args = 1,
    .run = do_why_not,
};
