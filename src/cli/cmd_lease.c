/* cli/cmd_lease.c -- `causeway lease`: which instance writes to a target. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/session.h"

/* ---- show ---- */

static struct json *
lease_json(const struct session *s, struct text name, const char *state,
    const struct engine_lease *l)
{
	struct json *j = json_new_object();

	json_set_text(j, "connector", name);
	json_set_str(j, "state", state);
	if (l->there) {
		json_set_text(j, "holder", l->holder);
		json_set_text(j, "host", l->host);
		json_set_text(j, "since", show_time(s, l->since_ms));
		json_set_text(j, "seen", show_time(s, l->seen_ms));
	}
	if (l->foreign_ms != 0)
		json_set_text(j, "other-product", show_time(s, l->foreign_ms));
	return j;
}

static const char *
state_of(const struct engine_lease *l)
{
	if (l->there)
		return l->ours ? "ours" : "held";
	return l->not_kept ? "not-kept" : "free";
}

static void
say_lease(
    const struct session *s, struct text name, const struct engine_lease *l)
{
	if (l->there)
		(void)printf("%.*s: %s store %.*s on host %.*s, since %.*s, "
			     "last seen %.*s\n",
		    TEXT_ARGS(name), l->ours ? "ours," : "held by",
		    TEXT_ARGS(l->holder), TEXT_ARGS(l->host),
		    TEXT_ARGS(show_time(s, l->since_ms)),
		    TEXT_ARGS(show_time(s, l->seen_ms)));
	else if (l->not_kept)
		(void)printf("%.*s: none is kept, the right for it is missing "
			     "(Organization.ReadWrite.All)\n",
		    TEXT_ARGS(name));
	else
		(void)printf("%.*s: nobody holds it\n", TEXT_ARGS(name));
	if (l->foreign_ms != 0)
		(void)printf("%.*s: another server synchronised it last at "
			     "%.*s\n",
		    TEXT_ARGS(name), TEXT_ARGS(show_time(s, l->foreign_ms)));
}

static int
show_one(struct session *s, size_t i, struct json *list, struct err *e)
{
	struct text name = s->setup.connectors[i].name;
	struct engine_lease l;
	int r = engine_lease_show(s->setup.engine, i, s->setup.arena, &l, e);

	if (r == 0 && list != NULL)
		json_push(list, lease_json(s, name, state_of(&l), &l));
	else if (r == 0)
		say_lease(s, name, &l);
	return r;
}

static int
show_all(struct session *s, struct json *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++)
		if (s->setup.connectors[i].kind->ops->lease_get != NULL &&
		    s->setup.connectors[i].id != 0)
			r = show_one(s, i, list, e);
	return r;
}

static int
do_show(struct cli *c, char **args, int count)
{
	struct json *list = c->json ? json_new_list() : NULL;
	struct session s = {0};
	struct err e = {0};
	size_t i = 0;
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_LOOK, false, &e);

	if (r == 0 && count == 1) {
		r = setup_connector(&s.setup, text_of(args[0]), &i, &e);
		if (r == 0)
			r = show_one(&s, i, list, &e);
	} else if (r == 0) {
		r = show_all(&s, list, &e);
	}
	if (r == 0 && list != NULL)
		code = cli_print_json(list);
	else
		(void)json_free(list);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_lease_show = {
    .name = "lease show",
    .args = "[CONNECTOR]",
    .summary = "which instance writes to a target, since when, last seen",
    .min_args = 0,
    .max_args = 1,
    .run = do_show,
};

/* ---- take, release ---- */

static const char *by;

typedef int lease_fn(
    struct engine *g, size_t connector, struct text who, struct err *e);

static int
change(struct cli *c, const char *name, lease_fn *f)
{
	struct session s = {0};
	struct err e = {0};
	size_t i = 0;
	int code = CLI_OK;
	int r = session_own_store(c, &e);

	if (r == 0)
		r = session_open(&s, c, SETUP_RUN, false, &e);
	if (r == 0)
		r = setup_connector(&s.setup, text_of(name), &i, &e);
	if (r == 0)
		r = store_lock(s.setup.store, "lease", &e);
	if (r == 0) {
		r = f(s.setup.engine, i, session_person(c->arena, by), &e);
		store_unlock(s.setup.store);
	}
	if (r == 0 && !c->json && !c->quiet)
		r = show_one(&s, i, NULL, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	else if (r == 0 && c->json) {
		struct json *list = json_new_list();

		r = show_one(&s, i, list, &e);
		code = r < 0 ? cli_fail(c, &e) : CLI_OK;
		code = r < 0 ? code : cli_print_json(list);
	}
	session_close(&s);
	return code;
}

static int
do_take(struct cli *c, char **args, int count)
{
	(void)count;
	return change(c, args[0], engine_lease_take);
}

static int
do_release(struct cli *c, char **args, int count)
{
	(void)count;
	return change(c, args[0], engine_lease_release);
}

static const struct cli_option by_options[] = {
    {"by", OPTION_TEXT, &by, "NAME", "who; the login name where not given"},
};

const struct cli_command cmd_lease_take = {
    .name = "lease take",
    .args = "CONNECTOR",
    .summary = "write to a target from here on, whoever did until now",
    .detail = "Journaled, with whom it was taken from.  The other instance is "
	      "refused from\nthen on.  Not in staging mode.",
    .min_args = 1,
    .max_args = 1,
    .options = by_options,
    .option_count = 1,
    .run = do_take,
};

const struct cli_command cmd_lease_release = {
    .name = "lease release",
    .args = "CONNECTOR",
    .summary = "no longer write to a target: another instance may",
    .min_args = 1,
    .max_args = 1,
    .options = by_options,
    .option_count = 1,
    .run = do_release,
};
