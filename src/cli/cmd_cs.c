/* cli/cmd_cs.c -- `causeway cs search|get`, `causeway mv search|get`,
 * `causeway trace`: looking at what is stored. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/session.h"

#define LISTED_MAX 10000

static const char *connector_name, *state, *under, *type_name;
static int64_t limit = 100;

/* ---- Lists of objects ---- */

static const char *const cs_titles[] = {
    "CONNECTOR", "TYPE", "STATE", "PENDING", "DN"};

static const char *
pending_of(const struct cs_object *o)
{
	if (o->unapplied.op != DELTA_NONE)
		return delta_op_name(o->unapplied.op);
	return o->import.op != DELTA_NONE ? "import" : "";
}

static void
add_row(struct session *s, const struct cs_object *o, struct table *t)
{
	table_text(t, show_connector(s, o->connector));
	table_text(t, names_text(store_names(s->setup.store), o->type));
	table_cell(t, "%s",
	    o->kind == CS_PLACEHOLDER ? "placeholder"
	    : o->mv != 0              ? "linked"
				      : "not linked");
	table_cell(t, "%s", pending_of(o));
	table_text(t, o->dn);
}

static int
list_cs(struct session *s, const struct ids *ids, struct err *e)
{
	CLEANUP(table_freep)
	struct table *t = table_new(cs_titles, 5);
	struct json *list = s->cli->json ? json_new_list() : NULL;
	int r = 0;

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		if (list != NULL) {
			json_push(list, show_cs(s, ids->id[i], e));
			continue;
		}
		r = cs_get(s->setup.store, s->setup.arena, ids->id[i],
		    CS_EXPORT | CS_IMPORT, &o, e);
		if (r == 0)
			add_row(s, &o, t);
	}
	return cli_print_list(r, list, t);
}

static int
parse_state(enum cs_which *out)
{
	static const struct {
		const char *name;
		enum cs_which which;
	} states[] = {
	    {"pending-import", CS_WORK},
	    {"pending-export", CS_PENDING_EXPORT},
	    {"disconnectors", CS_DISCONNECTORS},
	    {"placeholders", CS_PLACEHOLDERS},
	    {"errors", CS_ERRORS},
	    {"uncertain", CS_UNCERTAIN},
	};

	*out = CS_EVERY;
	if (state == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (text_is(text_of(state), states[i].name)) {
			*out = states[i].which;
			return 0;
		}
	}
	return ERR_NOENT;
}

static int
search_query(
    struct session *s, const char *text, struct cs_search *q, struct err *e)
{
	size_t connector;
	int r;

	*q = (struct cs_search){.text = text_of(text), .under = text_of(under)};
	if (parse_state(&q->which) < 0)
		return err_set(e, ERR_INVAL,
		    "no state \"%s\": pending-import, pending-export, "
		    "disconnectors, placeholders, errors, uncertain",
		    state);
	if (type_name != NULL)
		q->type = names_find_nocase(
		    store_names(s->setup.store), text_of(type_name));
	if (connector_name == NULL)
		return 0;
	r = setup_connector(&s->setup, text_of(connector_name), &connector, e);
	if (r == 0)
		q->connector = s->setup.connectors[connector].id;
	return r;
}

static int
search_cs(struct session *s, const char *text, struct ids *ids, struct err *e)
{
	struct cs_search q;
	int r = search_query(s, text, &q, e);

	if (r == 0)
		r = cs_search(s->setup.store, &q, ids, e);
	return r < 0 ? r : list_cs(s, ids, e);
}

/* What both searches do around the question: limit, room, store. */
static int
do_search(struct cli *c, const char *text,
    int (*search)(
	struct session *s, const char *text, struct ids *ids, struct err *e))
{
	struct session s = {0};
	struct err e = {0};
	struct ids ids = {0};
	int code = CLI_OK, r;

	if (limit < 1 || limit > LISTED_MAX)
		return cli_usage(c, "--limit from 1 to %d", LISTED_MAX);
	ids.max = (size_t)limit;
	ids.id = arena_array(c->arena, ids.max, sizeof(*ids.id));
	if (ids.id == NULL)
		return CLI_ERROR;
	r = session_open(&s, c, SETUP_CHECK, false, &e);
	if (r == 0)
		r = search(&s, text, &ids, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

static int
do_cs_search(struct cli *c, char **args, int count)
{
	return do_search(c, count == 1 ? args[0] : NULL, search_cs);
}

static const struct cli_option search_options[] = {
    {"connector", OPTION_TEXT, &connector_name, "NAME", "in this connector"},
    {"state", OPTION_TEXT, &state, "STATE",
	"pending-import, pending-export, disconnectors, placeholders, "
	"errors, uncertain"},
    {"under", OPTION_TEXT, &under, "DN", "at or below this DN"},
    {"type", OPTION_TEXT, &type_name, "TYPE", "of this object type"},
    {"limit", OPTION_NUMBER, &limit, "N", "at most so many (100)"},
};

const struct cli_command cmd_cs_search = {
    .name = "cs search",
    .args = "[TEXT]",
    .summary = "objects of the connector spaces, by a part of the DN",
    .min_args = 0,
    .max_args = 1,
    .options = search_options,
    .option_count = sizeof(search_options) / sizeof(search_options[0]),
    .run = do_cs_search,
};

/* ---- One object ---- */

static int
show_one(struct session *s, struct found f, struct err *e)
{
	if (f.kind == FOUND_MV)
		return show_mv_text(s, f.id, e);
	return show_cs_text(s, f.id, e);
}

static int
print_found(struct session *s, const struct found_list *list, struct err *e)
{
	struct json *out = s->cli->json ? json_new_list() : NULL;
	int r = 0;

	for (size_t i = 0; i < list->count && r == 0; i++) {
		struct found f = list->items[i];

		if (out != NULL) {
			json_push(out, f.kind == FOUND_MV
					   ? show_mv(s, f.id, e)
					   : show_cs(s, f.id, e));
			continue;
		}
		if (i > 0)
			(void)putchar('\n');
		r = show_one(s, f, e);
	}
	if (out != NULL && r == 0)
		r = cli_print_json(out) == CLI_OK ? 0 : ERR_IO;
	return r;
}

static int
get_object(struct cli *c, const char *what, enum found_kind want)
{
	struct found room[64], more[64];
	struct found_list found = {.items = room, .max = 64};
	struct found_list list = {.items = more, .max = 64};
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_CHECK, false, &e);

	if (r == 0)
		r = found_by_text(&s, text_of(what), &found, &e);
	if (r == 0)
		r = found_convert(&s, want, &found, &list, &e);
	if (r == 0 && list.count == 0)
		r = err_set(&e, ERR_NOENT, "\"%s\" is not linked", what);
	if (r == 0)
		r = print_found(&s, &list, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

static int
do_cs_get(struct cli *c, char **args, int count)
{
	(void)count;
	return get_object(c, args[0], FOUND_CS);
}

const struct cli_command cmd_cs_get = {
    .name = "cs get",
    .args = "OBJECT",
    .summary = "one object as its connector space holds it",
    .detail = "OBJECT is a DN, an anchor, a GUID of ours, attribute=value, a "
	      "UPN, an account\nname, an address or a display name.",
    .min_args = 1,
    .max_args = 1,
    .run = do_cs_get,
};

static int
do_mv_get(struct cli *c, char **args, int count)
{
	(void)count;
	return get_object(c, args[0], FOUND_MV);
}

const struct cli_command cmd_mv_get = {
    .name = "mv get",
    .args = "OBJECT",
    .summary = "one metaverse object: values, rules, sources",
    .detail = "OBJECT as in `causeway cs get`.",
    .min_args = 1,
    .max_args = 1,
    .run = do_mv_get,
};

/* ---- mv search ---- */

static const char *const mv_titles[] = {"TYPE", "DISPLAY NAME", "UPN", "ID"};

static void
mv_cell(struct session *s, const struct mv_object *o, const char *name,
    struct table *t)
{
	const struct value *v = attrs_first(
	    &o->values, names_find(store_names(s->setup.store), text_of(name)));

	table_text(t, v != NULL ? show_value_text(s, v) : TEXT(""));
}

static int
list_mv(struct session *s, const struct ids *ids, struct err *e)
{
	CLEANUP(table_freep)
	struct table *t = table_new(mv_titles, 4);
	struct json *list = s->cli->json ? json_new_list() : NULL;
	int r = 0;

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		char guid[GUID_TEXT_LEN + 1];
		struct mv_object o;

		if (list != NULL) {
			json_push(list, show_mv(s, ids->id[i], e));
			continue;
		}
		r = mv_get(
		    s->setup.store, s->setup.arena, ids->id[i], false, &o, e);
		if (r < 0)
			break;
		guid_format(&o.guid, guid);
		table_text(t, names_text(store_names(s->setup.store), o.type));
		mv_cell(s, &o, "displayName", t);
		mv_cell(s, &o, "userPrincipalName", t);
		table_cell(t, "%s", guid);
	}
	return cli_print_list(r, list, t);
}

static int
mv_query(struct session *s, const char *text, struct mv_query *q, struct err *e)
{
	struct text t = text_of(text);
	const char *equals = t.len != 0 ? memchr(t.data, '=', t.len) : NULL;
	struct names *names = store_names(s->setup.store);

	*q = (struct mv_query){.value = t};
	if (type_name != NULL)
		q->type = names_find_nocase(names, text_of(type_name));
	if (equals == NULL)
		return 0;
	q->name = names_find_nocase(
	    names, (struct text){t.data, (size_t)(equals - t.data)});
	q->value = text_of(equals + 1);
	if (q->name == 0)
		return err_set(e, ERR_NOENT, "no attribute \"%.*s\"",
		    (int)(equals - t.data), t.data);
	return 0;
}

static int
search_mv(struct session *s, const char *text, struct ids *ids, struct err *e)
{
	struct mv_query q;
	int r = mv_query(s, text, &q, e);

	if (r == 0)
		r = mv_search(s->setup.store, &q, ids, e);
	return r < 0 ? r : list_mv(s, ids, e);
}

static int
do_mv_search(struct cli *c, char **args, int count)
{
	return do_search(c, count == 1 ? args[0] : NULL, search_mv);
}

static const struct cli_option mv_options[] = {
    {"type", OPTION_TEXT, &type_name, "TYPE", "person, group, device"},
    {"limit", OPTION_NUMBER, &limit, "N", "at most so many (100)"},
};

const struct cli_command cmd_mv_search = {
    .name = "mv search",
    .args = "[TEXT|ATTRIBUTE=TEXT]",
    .summary = "metaverse objects with a value that begins with TEXT",
    .min_args = 0,
    .max_args = 1,
    .options = mv_options,
    .option_count = sizeof(mv_options) / sizeof(mv_options[0]),
    .run = do_mv_search,
};

/* ---- trace: source to metaverse to target ---- */

static int
trace_one(struct session *s, int64_t mv, struct json *out, struct err *e)
{
	struct json *j, *list;
	int64_t *links;
	size_t n = 0;
	int r = mv_links(s->setup.store, s->setup.arena, mv, &links, &n, e);

	if (r < 0)
		return r;
	if (out == NULL) {
		r = show_mv_text(s, mv, e);
		for (size_t i = 0; i < n && r == 0; i++) {
			(void)putchar('\n');
			r = show_cs_text(s, links[i], e);
		}
		return r;
	}
	j = json_new_object();
	list = json_new_list();
	json_set(j, "metaverse", show_mv(s, mv, e));
	for (size_t i = 0; i < n; i++)
		json_push(list, show_cs(s, links[i], e));
	json_set(j, "connectorSpaces", list);
	json_push(out, j);
	return 0;
}

static int
trace_found(struct session *s, const struct found_list *found,
    const struct found_list *linked, struct err *e)
{
	struct json *out = s->cli->json ? json_new_list() : NULL;
	int r = 0;

	if (linked->count == 0 && out == NULL)
		return print_found(s, found, e); /* not linked: as it stands */
	for (size_t i = 0; i < linked->count && r == 0; i++)
		r = trace_one(s, linked->items[i].id, out, e);
	if (out != NULL && r == 0)
		r = cli_print_json(out) == CLI_OK ? 0 : ERR_IO;
	return r;
}

static int
do_trace(struct cli *c, char **args, int count)
{
	struct found room[64], more[64];
	struct found_list found = {.items = room, .max = 64};
	struct found_list list = {.items = more, .max = 64};
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_CHECK, false, &e);

	(void)count;
	if (r == 0)
		r = found_by_text(&s, text_of(args[0]), &found, &e);
	if (r == 0)
		r = found_convert(&s, FOUND_MV, &found, &list, &e);
	if (r == 0)
		r = trace_found(&s, &found, &list, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_trace = {
    .name = "trace",
    .args = "OBJECT",
    .summary = "an object from source to metaverse to cloud, with its rules",
    .detail = "OBJECT as in `causeway cs get`.",
    .min_args = 1,
    .max_args = 1,
    .run = do_trace,
};
