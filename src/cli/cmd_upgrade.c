/* cli/cmd_upgrade.c -- `causeway upgrade`: from one release of Causeway to the
 * next. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "upgrade/compare.h"
#include "upgrade/preflight.h"
#include "upgrade/rehearse.h"

#define PENDING_MAX ((size_t)1 << 30)

/* ---- check ---- */

static const char *units = "/etc/systemd/system";

static struct json *
findings_json(const struct preflight_report *p)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < p->count; i++) {
		struct json *j = json_new_object();

		json_set_str(j, "code", p->findings[i].code);
		json_set_text(j, "detail", p->findings[i].detail);
		json_set_str(j, "remedy", p->findings[i].remedy);
		json_push(list, j);
	}
	return list;
}

static struct json *
moot_json(void)
{
	struct json *list = json_new_list();

	for (const struct preflight_moot *m = preflight_moot; m->code != NULL;
	     m++) {
		struct json *j = json_new_object();

		json_set_str(j, "code", m->code);
		json_set_str(j, "why", m->why);
		json_push(list, j);
	}
	return list;
}

static int
check_json(const struct preflight_report *p)
{
	struct json *j = json_new_object();

	json_set_bool(j, "eligible", p->count == 0 && !p->newer);
	json_set_str(j, "state", upgrade_state_name(p->record.state));
	json_set_str(j, "result", p->result);
	json_set_text(j, "store", p->store);
	json_set(j, "codes", findings_json(p));
	json_set(j, "notApplicable", moot_json());
	return cli_print_json(j);
}

static int
check_text(const struct preflight_report *p)
{
	(void)printf(
	    "automatic upgrade: %s\n", upgrade_state_name(p->record.state));
	for (size_t i = 0; i < p->count; i++)
		(void)printf("%s\n  %.*s\n  remedy: %s\n", p->findings[i].code,
		    TEXT_ARGS(p->findings[i].detail), p->findings[i].remedy);
	if (p->count == 0)
		(void)printf("%s: it could be upgraded now\n", p->result);
	return CLI_OK;
}

static int
do_check(struct cli *c, char **args, int count)
{
	const struct preflight_env env = {
	    .config = conf_default_path(c->config), .units = units};
	struct preflight_report p = {0};
	struct err e = {0};
	int r = session_own_store(c, &e), code;

	(void)args;
	(void)count;
	if (r == 0)
		r = preflight(&env, c->arena, &p, &e);
	if (r < 0)
		return cli_fail(c, &e);
	if (p.newer)
		cli_say("the store was written by a newer release: this one "
			"would be a downgrade; nothing was changed");
	code = c->json ? check_json(&p) : check_text(&p);
	if (code != CLI_OK)
		return code;
	if (p.newer)
		return CLI_DOWNGRADE;
	return p.count > 0 ? CLI_REFUSED : CLI_OK;
}

static const struct cli_option check_options[] = {
    {"units", OPTION_TEXT, &units, "DIR",
	"where enabled units are (/etc/systemd/system)"},
};

const struct cli_command cmd_upgrade_check = {
    .name = "upgrade check",
    .args = "",
    .summary = "whether this installation could be upgraded now",
    .detail = "Every reason against it under the code that Azure AD Connect "
	      "has for it, with what\nto do. Changes nothing and asks no "
	      "directory. Exits 0 where nothing is in the\nway, 5 where "
	      "something is, 6 where the store is of a newer release.",
    .min_args = 0,
    .max_args = 0,
    .options = check_options,
    .option_count = 1,
    .run = do_check,
};

/* ---- status, enable, disable, due, attempt: the record ---- */

static int
open_record(struct cli *c, const char **out_store, struct upgrade_record *out,
    struct err *e)
{
	struct setup s = {0};
	struct text path = {0};
	int r = session_own_store(c, e);

	if (r == 0)
		r = setup_open(&s, conf_default_path(c->config), SETUP_CONF, e);
	if (r == 0)
		r = conf_resolve(
		    c->arena, s.conf->dir, s.conf->store.path, &path);
	if (r == 0) {
		path = text_dup(c->arena, path);
		r = upgrade_state_read(path.data, c->arena, out, e);
	}
	setup_clear(&s);
	*out_store = path.data;
	return r;
}

static const char *
when(struct cli *c, int64_t ms)
{
	char t[32];
	const char *s = ms != 0 ? clock_format(ms, false, t) : "";
	const char *copy = arena_printf(c->arena, "%s", s);

	return copy != NULL ? copy : "";
}

static int
status_json(struct cli *c, const struct upgrade_record *rec)
{
	struct json *j = json_new_object();

	json_set_str(j, "state", upgrade_state_name(rec->state));
	json_set_str(j, "since", when(c, rec->since_ms));
	json_set_text(j, "result", rec->result);
	json_set_text(j, "detail", rec->detail);
	json_set_text(j, "release", rec->release);
	json_set_str(j, "tried", when(c, rec->tried_ms));
	json_set_str(j, "next", when(c, rec->next_ms));
	json_set_int(j, "failures", rec->failures);
	return cli_print_json(j);
}

static int
do_status(struct cli *c, char **args, int count)
{
	struct upgrade_record rec = {0};
	struct err e = {0};
	const char *store;

	(void)args;
	(void)count;
	if (open_record(c, &store, &rec, &e) < 0)
		return cli_fail(c, &e);
	if (c->json)
		return status_json(c, &rec);
	(void)printf("automatic upgrade: %s%s%s\n",
	    upgrade_state_name(rec.state), rec.since_ms != 0 ? " since " : "",
	    when(c, rec.since_ms));
	if (rec.tried_ms != 0)
		(void)printf("last attempt: %s, release %.*s: %.*s\n",
		    when(c, rec.tried_ms), TEXT_ARGS(rec.release),
		    TEXT_ARGS(rec.result));
	if (rec.detail.len != 0)
		(void)printf("  %.*s\n", TEXT_ARGS(rec.detail));
	if (rec.next_ms != 0)
		(void)printf("not before: %s\n", when(c, rec.next_ms));
	return CLI_OK;
}

const struct cli_command cmd_upgrade_status = {
    .name = "upgrade status",
    .args = "",
    .summary = "Enabled, Suspended or Disabled, and the last attempt",
    .min_args = 0,
    .max_args = 0,
    .run = do_status,
};

static int
set_state(struct cli *c, enum upgrade_state state)
{
	struct upgrade_record rec = {0};
	struct err e = {0};
	const char *store;
	int r = open_record(c, &store, &rec, &e);

	if (r == 0) {
		rec.state = state;
		rec.since_ms = clock_now_ms();
		rec.next_ms = 0;
		rec.failures = 0;
		r = upgrade_state_write(store, &rec, &e);
	}
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

static int
do_enable(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return set_state(c, UPGRADE_ENABLED);
}

const struct cli_command cmd_upgrade_enable = {
    .name = "upgrade enable",
    .args = "",
    .summary = "let it upgrade itself; also ends a suspension",
    .min_args = 0,
    .max_args = 0,
    .run = do_enable,
};

static int
do_disable(struct cli *c, char **args, int count)
{
	(void)args;
	(void)count;
	return set_state(c, UPGRADE_DISABLED);
}

const struct cli_command cmd_upgrade_disable = {
    .name = "upgrade disable",
    .args = "",
    .summary = "no automatic upgrade",
    .min_args = 0,
    .max_args = 0,
    .run = do_disable,
};

static int
do_due(struct cli *c, char **args, int count)
{
	struct upgrade_record rec = {0};
	struct err e = {0};
	const char *store;
	struct text why;

	(void)count;
	if (open_record(c, &store, &rec, &e) < 0)
		return cli_fail(c, &e);
	if (upgrade_state_due(
		&rec, text_of(args[0]), clock_now_ms(), c->arena, &why))
		return CLI_OK;
	cli_say("%.*s", TEXT_ARGS(why));
	return CLI_REFUSED;
}

const struct cli_command cmd_upgrade_due = {
    .name = "upgrade due",
    .args = "RELEASE",
    .summary = "whether an automatic upgrade to it may begin; else exits 5",
    .min_args = 1,
    .max_args = 1,
    .run = do_due,
};

static const char *release = "", *detail = "";

static int
do_attempt(struct cli *c, char **args, int count)
{
	struct upgrade_record rec = {0};
	struct err e = {0};
	const char *store;
	int r = open_record(c, &store, &rec, &e);

	(void)count;
	if (r == 0) {
		upgrade_state_attempt(&rec, text_of(args[0]), text_of(detail),
		    text_of(release), clock_now_ms());
		r = upgrade_state_write(store, &rec, &e);
	}
	return r < 0 ? cli_fail(c, &e) : CLI_OK;
}

static const struct cli_option attempt_options[] = {
    {"release", OPTION_TEXT, &release, "V", "the release that was tried"},
    {"detail", OPTION_TEXT, &detail, "TEXT", "what is to be said of it"},
};

const struct cli_command cmd_upgrade_attempt = {
    .name = "upgrade attempt",
    .args = "RESULT",
    .summary = "note what an automatic upgrade came to",
    .detail = "Success; UpgradeAborted...: tried again, later each time; "
	      "anything else suspends\nuntil there is another release.",
    .min_args = 1,
    .max_args = 1,
    .options = attempt_options,
    .option_count = 2,
    .run = do_attempt,
};

/* ---- rehearse ---- */

static int
do_rehearse(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct rehearsal done = {0};
	struct err e = {0};
	int r = session_own_store(c, &e);

	(void)count;
	session_prepare(&s, c);
	if (r == 0)
		r = upgrade_rehearse(
		    &s.setup, conf_default_path(c->config), args[0], &done, &e);
	session_close(&s);
	if (r < 0)
		return cli_fail(c, &e);
	if (c->json) {
		struct json *j = json_new_object();

		json_set_str(j, "copy", args[0]);
		json_set_int(j, "fullSyncs", (int64_t)done.connectors);
		json_set_int(j, "objectErrors", (int64_t)done.object_errors);
		return cli_print_json(j);
	}
	if (!c->quiet)
		(void)printf("%s: %zu connectors synchronised in full, %llu "
			     "object errors\n",
		    args[0], done.connectors,
		    (unsigned long long)done.object_errors);
	return CLI_OK;
}

const struct cli_command cmd_upgrade_rehearse = {
    .name = "upgrade rehearse",
    .args = "COPY",
    .summary = "what this release would make of the store, on a copy of it",
    .detail = "Copies the store, brings the copy up to this release and "
	      "synchronises in it what\nhas to be synchronised in full. "
	      "Nothing is exported. Then\n`causeway pending --json --store "
	      "COPY` tells what would be sent.",
    .min_args = 1,
    .max_args = 1,
    .run = do_rehearse,
};

/* ---- compare ---- */

static int
read_pending(const char *path, struct json **out, struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, PENDING_MAX);
	r = cli_read_file(path, &b, e);
	if (r == 0)
		r = json_parse(buf_text(&b), PENDING_MAX, out, e);
	buf_clear(&b);
	return r < 0 ? err_prefix(e, "%s", path) : 0;
}

static int
print_compared(struct cli *c, const struct compare_result *x)
{
	struct json *j, *list;

	if (!c->json) {
		for (size_t i = 0; i < x->line_count; i++)
			(void)printf("%c %.*s\n", x->lines[i].after ? '+' : '-',
			    TEXT_ARGS(x->lines[i].text));
		(void)printf("%zu pending before, %zu after, %zu the same\n",
		    x->before, x->after, x->same);
		return CLI_OK;
	}
	j = json_new_object();
	list = json_new_list();
	for (size_t i = 0; i < x->line_count; i++) {
		struct json *one = json_new_object();

		json_set_str(
		    one, "only", x->lines[i].after ? "after" : "before");
		json_set_text(one, "change", x->lines[i].text);
		json_push(list, one);
	}
	json_set_int(j, "before", (int64_t)x->before);
	json_set_int(j, "after", (int64_t)x->after);
	json_set_int(j, "same", (int64_t)x->same);
	json_set(j, "differences", list);
	return cli_print_json(j);
}

static int
do_compare(struct cli *c, char **args, int count)
{
	struct json *before = NULL, *after = NULL;
	struct compare_result x = {0};
	struct err e = {0};
	int r = read_pending(args[0], &before, &e), code;

	(void)count;
	if (r == 0)
		r = read_pending(args[1], &after, &e);
	if (r == 0)
		r = compare_pending(before, after, c->arena, &x, &e);
	(void)json_free(before);
	(void)json_free(after);
	if (r < 0)
		return cli_fail(c, &e);
	code = print_compared(c, &x);
	return code == CLI_OK && x.line_count > 0 ? CLI_GUARD : code;
}

const struct cli_command cmd_upgrade_compare = {
    .name = "upgrade compare",
    .args = "BEFORE AFTER",
    .summary = "two documents of `causeway pending --json`",
    .detail = "Operations and values; the order, ids and rules do not count. "
	      "Exits 0 where they\nsay the same, 4 where not.",
    .min_args = 2,
    .max_args = 2,
    .run = do_compare,
};
