/* cli/cmd_migrate_authority.c -- `causeway migrate authority`: who masters the
 * objects of the cloud, and moving that there. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/cmd_authority.h"
#include "cli/commands.h"
#include "migrate/task/authority.h"

static const char *opt_connector, *opt_by, *opt_reason;
static bool opt_all, opt_organization, opt_off, opt_by_hand, opt_on_premises;

/* The connector that moves authority: the one that can, or the one named. */
int
authority_target(
    struct session *s, const char *name, size_t *out, struct err *e)
{
	size_t found = 0, cloud = SIZE_MAX;

	if (name != NULL)
		return setup_connector(&s->setup, text_of(name), out, e);
	for (size_t i = 0; i < s->setup.connector_count; i++) {
		if (s->setup.connectors[i].cloud)
			cloud = i;
		if (s->setup.connectors[i].kind->ops->authority == NULL)
			continue;
		*out = i;
		found++;
	}
	if (found == 0 && cloud != SIZE_MAX) {
		*out = cloud; /* which says why it does not */
		return 0;
	}
	return found == 1 ? 0
			  : err_set(e, ERR_INVAL,
				"%zu connectors of kind graph: name one by "
				"--connector",
				found);
}

/* The store of the configuration, and none beside it, for writing. */
static int
open_own(struct session *s, struct cli *c, size_t *out, struct err *e)
{
	int r = session_own_store(c, e);

	if (r == 0)
		r = session_open(s, c, SETUP_RUN, false, e);
	return r == 0 ? authority_target(s, opt_connector, out, e) : r;
}

/* ---- show ---- */

static int
show(struct session *s, struct err *e)
{
	struct authority_picture p;
	size_t i = 0;
	int r = authority_target(s, opt_connector, &i, e);

	if (r == 0)
		r = authority_look(&s->setup, i, s->setup.arena, &p, e);
	if (r == 0 && s->cli->json)
		(void)cli_print_json(authority_picture_json(&p));
	else if (r == 0)
		authority_picture_print(&p, opt_all);
	return r;
}

static int
do_show(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return session_read(c, show);
}

static const struct cli_option show_options[] = {
    {"connector", OPTION_TEXT, &opt_connector, "NAME",
	"the connector of kind graph, where there are several"},
    {"all", OPTION_FLAG, &opt_all, NULL, "every name, not five a type"},
};

const struct cli_command cmd_migrate_authority_show = {
    .name = "migrate authority show",
    .args = "",
    .summary = "who masters the objects of the cloud, and what a move means",
    .detail = "How many of each type are mastered on premises, have an "
	      "immutable ID, stand behind\nnobody here; what Graph cannot "
	      "carry, by name; what nobody can take back; which\nrights a move "
	      "needs. Changes nothing.",
    .options = show_options,
    .option_count = 2,
    .run = do_show,
};

/* ---- plan and start ---- */

static struct authority_wish
wish_of(struct cli *c, size_t connector)
{
	return (struct authority_wish){.connector = connector,
	    .old_is_off = opt_off,
	    .by_hand = opt_by_hand,
	    .by = session_person(c->arena, opt_by),
	    .reason = text_of(opt_reason != NULL ? opt_reason : "")};
}

static int
run_plan(struct cli *c)
{
	struct authority_check list[AUTHORITY_CHECKS];
	struct session s = {0};
	struct authority_wish w;
	struct err e = {0};
	size_t i = 0;
	bool ok = true;
	int r = session_open(&s, c, SETUP_LOOK, false, &e);

	if (r == 0)
		r = authority_target(&s, opt_connector, &i, &e);
	w = wish_of(c, i);
	if (r == 0)
		r = authority_check_all(&s.setup, &w, s.setup.arena, list, &e);
	for (size_t k = 0; k < AUTHORITY_CHECKS && r == 0; k++)
		ok = ok && list[k].ok;
	if (r == 0)
		authority_checks_print(c, list, ok);
	session_close(&s);
	if (r < 0)
		return cli_fail(c, &e);
	return ok ? CLI_OK : CLI_REFUSED;
}

static int
do_plan(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return run_plan(c);
}

static int
start_organization(struct cli *c)
{
	struct session s = {0};
	struct authority_picture p;
	struct authority_wish w;
	struct err e = {0};
	size_t i = 0;
	int r = open_own(&s, c, &i, &e);

	w = wish_of(c, i);
	if (r == 0)
		r = authority_start(&s.setup, &w, s.setup.arena, &p, &e);
	if (r == 0)
		authority_started_print(c, &p, &w);
	session_close(&s);
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

/* ---- One object after the other ---- */

/* What a person called it, in the cloud. */
static int
object_of(struct session *s, size_t connector, struct text text,
    struct authority_move *m, struct err *e)
{
	struct found have_items[8], want_items[8];
	struct found_list have = {.items = have_items, .max = 8},
			  want = {.items = want_items, .max = 8};
	struct cs_object o;
	int r = found_by_text(s, text, &have, e);

	if (r == 0)
		r = found_convert(s, FOUND_CS, &have, &want, e);
	for (size_t i = 0; i < want.count && r == 0; i++) {
		r = cs_get(s->setup.store, s->setup.arena, want.items[i].id,
		    CS_IMAGE, &o, e);
		if (r != 0 ||
		    o.connector != s->setup.connectors[connector].id ||
		    o.anchor.len == 0)
			continue;
		if (m->anchor.len != 0)
			return err_set(e, ERR_INVAL,
			    "%.*s are several in the cloud: name one by its "
			    "anchor",
			    TEXT_ARGS(text));
		m->anchor = o.anchor;
		m->name = show_cs_name(s, o.id);
	}
	if (r == 0 && m->anchor.len == 0)
		return err_set(e, ERR_NOENT,
		    "%.*s is nobody in the cloud as it was last read",
		    TEXT_ARGS(text));
	return r;
}

struct moving {
	struct session *session;
	struct cli *cli;
	size_t connector;
	struct json *list;
	int failed;
};

static int
move_one(struct moving *v, struct text text, struct err *e)
{
	struct authority_move m = {.connector = v->connector,
	    .cloud = !opt_on_premises,
	    .by = session_person(v->cli->arena, opt_by),
	    .reason = text_of(opt_reason)};
	struct err why = {0};
	bool moved = false;
	int r = object_of(v->session, v->connector, text, &m, &why);

	if (r == 0)
		r = authority_move(&v->session->setup, &m,
		    v->session->setup.arena, &moved, &why);
	v->failed += r < 0;
	authority_move_print(
	    v->cli, v->list, text, &m, moved, r < 0 ? &why : NULL);
	if (r == 0 || r == ERR_NOENT || r == ERR_REJECTED ||
	    r == ERR_UNSUPPORTED || r == ERR_INVAL)
		return 0;
	*e = why;
	return r;
}

static int
move_objects(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct moving v = {.session = &s, .cli = c, .list = json_new_list()};
	struct err e = {0};
	int r = open_own(&s, c, &v.connector, &e);

	for (int i = 0; i < count && r == 0; i++)
		r = move_one(&v, text_of(args[i]), &e);
	if (c->json && r == 0)
		(void)cli_print_json(v.list);
	else
		v.list = json_free(v.list);
	session_close(&s);
	if (r < 0)
		return cli_fail(c, &e);
	return v.failed > 0 ? CLI_OBJECT_ERRORS : CLI_OK;
}

static int
do_start(struct cli *c, char **args, int count)
{
	if (opt_organization == (count > 0))
		return cli_usage(c, "either --organization, or OBJECT...");
	if (opt_organization && opt_on_premises)
		return cli_usage(c,
		    "the organisation goes back by: causeway migrate authority "
		    "return");
	if (c->dry_run && opt_organization)
		return run_plan(c);
	if (c->dry_run)
		return cli_usage(c,
		    "objects have no --dry-run: causeway migrate authority "
		    "show says who masters them");
	if (opt_reason == NULL || opt_reason[0] == '\0')
		return cli_usage(c,
		    "--reason is missing: it is kept, with who does it "
		    "(causeway migrate authority show says what cannot be "
		    "taken back)");
	return opt_organization ? start_organization(c)
				: move_objects(c, args, count);
}

static const struct cli_option start_options[] = {
    {"organization", OPTION_FLAG, &opt_organization, NULL,
	"all of it: synchronisation of the organisation off"},
    {"on-premises", OPTION_FLAG, &opt_on_premises, NULL,
	"OBJECT goes back to the synchronisation"},
    {"old-is-off", OPTION_FLAG, &opt_off, NULL,
	"the old server is stopped, although it synchronised within the last "
	"hour"},
    {"by-hand", OPTION_FLAG, &opt_by_hand, NULL,
	"an administrator turns it off, or has: note, and wait, alone"},
    {"reason", OPTION_TEXT, &opt_reason, "TEXT", "why; kept"},
    {"by", OPTION_TEXT, &opt_by, "NAME", "who does it (the user that runs it)"},
    {"connector", OPTION_TEXT, &opt_connector, "NAME",
	"the connector of kind graph, where there are several"},
};

const struct cli_command cmd_migrate_authority_start = {
    .name = "migrate authority start",
    .args = "--organization | OBJECT...",
    .summary = "move the authority to the cloud, all of it or one by one",
    .detail =
	"--organization: when every check of `plan` passes, every immutable "
	"ID is noted and\nsynchronisation turned off; then `status` until the "
	"directory has proved it (up to 72\nhours), then `finish`. Cut off, "
	"the same command goes on. OBJECT (DN, anchor, UPN,\n"
	"attribute=value): that object alone, at once; --on-premises takes it "
	"back.",
    .min_args = 0,
    .max_args = 10000,
    .options = start_options,
    .option_count = sizeof(start_options) / sizeof(start_options[0]),
    .run = do_start,
};

static const struct cli_option plan_options[] = {
    {"old-is-off", OPTION_FLAG, &opt_off, NULL, "as of start"},
    {"by-hand", OPTION_FLAG, &opt_by_hand, NULL, "as of start"},
    {"connector", OPTION_TEXT, &opt_connector, "NAME", "as of start"},
};

const struct cli_command cmd_migrate_authority_plan = {
    .name = "migrate authority plan",
    .args = "",
    .summary = "what has to be so before the organisation's authority moves",
    .detail = "Every check, whatever the others say. Exits 5 where one fails. "
	      "Changes nothing.",
    .options = plan_options,
    .option_count = 3,
    .run = do_plan,
};

/* ---- status, finish, return ---- */

static int
status(struct session *s, struct err *e)
{
	struct authority_status st;
	size_t i = 0;
	int r = authority_target(s, opt_connector, &i, e);

	if (r == 0)
		r = authority_status(&s->setup, i, s->setup.arena, &st, e);
	if (r == 0)
		authority_status_print(s->cli, &st);
	return r;
}

static int
do_status(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return session_read(c, status);
}

static int
do_finish(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct authority_end end = {.compared = 0};
	struct err e = {0};
	size_t i = 0;
	int r = open_own(&s, c, &i, &e);

	(void)args;
	(void)count;
	if (r == 0)
		r = authority_finish(&s.setup, i,
		    session_person(c->arena, opt_by), s.setup.arena, &end, &e);
	if (r == 0 || end.count != 0)
		authority_end_print(c, &end, r == 0);
	session_close(&s);
	if (r < 0)
		return c->json && end.count != 0 ? cli_exit_of(r)
						 : cli_fail(c, &e);
	return end.left_count != 0 ? CLI_OBJECT_ERRORS : CLI_OK;
}

static int
do_return(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct authority_wish w;
	struct err e = {0};
	size_t i = 0;
	int r;

	(void)args;
	(void)count;
	if (opt_reason == NULL || opt_reason[0] == '\0')
		return cli_usage(c, "--reason is missing: it is kept");
	r = open_own(&s, c, &i, &e);
	w = wish_of(c, i);
	if (r == 0)
		r = authority_return(&s.setup, &w, &e);
	session_close(&s);
	if (r < 0)
		return cli_fail(c, &e);
	authority_returned_print(c);
	return CLI_OK;
}

static const struct cli_option status_options[] = {
    {"connector", OPTION_TEXT, &opt_connector, "NAME", "as of start"},
    {"by", OPTION_TEXT, &opt_by, "NAME", "who does it (the user that runs it)"},
    {"reason", OPTION_TEXT, &opt_reason, "TEXT", "why; kept"},
};

const struct cli_command cmd_migrate_authority_status = {
    .name = "migrate authority status",
    .args = "",
    .summary = "whether the directory has proved that it masters its objects",
    .detail = "waiting, until the organisation says that synchronisation is "
	      "off; then no object may\nbe mastered on premises, and objects "
	      "of each type have to take the display name that\nthey have: "
	      "proved. It changes no value.",
    .options = status_options,
    .option_count = 1,
    .run = do_status,
};

const struct cli_command cmd_migrate_authority_finish = {
    .name = "migrate authority finish",
    .args = "",
    .summary = "after the proof: every immutable ID as it was, groups known",
    .detail = "Exits 5 without the proof, or where one immutable ID is not "
	      "what it was, octet by\noctet; each is listed. Gives groups the "
	      "source anchor by which Graph knows them;\nexits 3 where some "
	      "got none, and lists them.",
    .options = status_options,
    .option_count = 2,
    .run = do_finish,
};

const struct cli_command cmd_migrate_authority_return = {
    .name = "migrate authority return",
    .args = "",
    .summary = "synchronisation of the organisation on again",
    .detail = "The directory refuses it while it is being turned off. In "
	      "staging mode alone.",
    .options = status_options,
    .option_count = 3,
    .run = do_return,
};
