/* cli/cmd_connector.c -- `causeway connector list|test|schema`. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/session.h"

/* ---- list ---- */

static struct text
address_of(const struct conf_connector *c)
{
	switch ((enum conf_kind)c->kind_id) {
	case CONF_KIND_AD:
	case CONF_KIND_LDAP:
		return c->ldap.servers.count != 0 ? c->ldap.servers.items[0]
						  : TEXT("");
	case CONF_KIND_GRAPH:
	case CONF_KIND_SYNC:
		return c->cloud.endpoint;
	case CONF_KIND_FILE:
		return c->file.path;
	}
	return TEXT("");
}

static int
do_list(struct cli *c, char **args, int count)
{
	static const char *const titles[] = {
	    "NAME", "KIND", "EXPORTS", "WHERE"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 4);
	struct json *list = c->json ? json_new_list() : NULL;
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;

	(void)args;
	(void)count;
	if (session_open(&s, c, SETUP_CONF, false, &e) < 0) {
		code = cli_fail(c, &e);
		(void)json_free(list);
		session_close(&s);
		return code;
	}
	for (size_t i = 0; i < s.setup.conf->connectors.count; i++) {
		const struct conf_connector *one =
		    &s.setup.conf->connectors.items[i];
		const struct connector_kind *kind =
		    connector_kind_find(one->kind);
		bool exports = kind != NULL && (kind->can & CAN_EXPORT) != 0;
		struct json *j;

		if (list == NULL) {
			table_text(t, one->name);
			table_text(t, one->kind);
			table_cell(t, "%s", exports ? "yes" : "no");
			table_text(t, address_of(one));
			continue;
		}
		j = json_new_object();
		json_set_text(j, "name", one->name);
		json_set_text(j, "kind", one->kind);
		json_set_bool(j, "exports", exports);
		json_set_text(j, "where", address_of(one));
		json_push(list, j);
	}
	if (list != NULL)
		code = cli_print_json(list);
	else
		table_print(t, stdout);
	session_close(&s);
	return code;
}

const struct cli_command cmd_connector_list = {
    .name = "connector list",
    .args = "",
    .summary = "the connectors of the configuration",
    .min_args = 0,
    .max_args = 0,
    .run = do_list,
};

/* ---- test ---- */

struct test_result {
	int code;
	struct err err;
	struct partition *partitions;
	size_t partition_count;
	int64_t took_ms;
};

static void
test_one(struct session *s, size_t i, struct test_result *out)
{
	CLEANUP(connector_freep)
	struct connector *c = NULL;
	int64_t began = clock_monotonic_ms();

	out->code = setup_connect(&s->setup, i, &c, &out->err);
	if (out->code == 0)
		out->code = c->kind->ops->partitions(
		    c, &out->partitions, &out->partition_count, &out->err);
	out->took_ms = clock_monotonic_ms() - began;
}

static struct json *
test_json(const struct engine_connector *c, const struct test_result *r)
{
	struct json *j = json_new_object(), *list = json_new_list();

	json_set_text(j, "connector", c->name);
	json_set_bool(j, "ok", r->code == 0);
	json_set(j, "duration", json_new_double((double)r->took_ms / 1000.0));
	if (r->code < 0) {
		json_set_str(j, "class", err_name(r->code));
		json_set_str(j, "message", r->err.text);
	}
	for (size_t i = 0; r->code == 0 && i < r->partition_count; i++)
		json_push(list, json_new_text(r->partitions[i].name));
	json_set(j, "partitions", list);
	return j;
}

static void
test_text(const struct engine_connector *c, const struct test_result *r)
{
	char took[32];

	if (r->code < 0) {
		(void)printf(
		    "%.*s: failed: %s\n", TEXT_ARGS(c->name), r->err.text);
		return;
	}
	(void)printf("%.*s: ok (%s)\n", TEXT_ARGS(c->name),
	    cli_duration(r->took_ms, took));
	for (size_t i = 0; i < r->partition_count; i++)
		(void)printf("  partition %.*s%s\n",
		    TEXT_ARGS(r->partitions[i].name),
		    r->partitions[i].selected ? "" : " (not selected)");
}

static int
test_all(struct session *s, const char *only, struct err *e)
{
	struct json *list = s->cli->json ? json_new_list() : NULL;
	size_t chosen = 0;
	int code = CLI_OK;

	if (only != NULL &&
	    setup_connector(&s->setup, text_of(only), &chosen, e) < 0)
		return cli_fail(s->cli, e);
	for (size_t i = 0; i < s->setup.connector_count; i++) {
		struct test_result r = {0};

		if (only != NULL && i != chosen)
			continue;
		test_one(s, i, &r);
		if (r.code == ERR_REFUSED && code == CLI_OK)
			code = CLI_REFUSED;
		else if (r.code < 0 && r.code != ERR_REFUSED)
			code = CLI_ERROR;
		if (list != NULL)
			json_push(list, test_json(&s->setup.connectors[i], &r));
		else
			test_text(&s->setup.connectors[i], &r);
	}
	if (list != NULL && cli_print_json(list) != CLI_OK)
		code = CLI_ERROR;
	return code;
}

static int
do_test(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int code;

	if (session_open(&s, c, SETUP_CHECK, false, &e) < 0 &&
	    s.setup.store == NULL)
		code = cli_fail(c, &e);
	else
		code = test_all(&s, count == 1 ? args[0] : NULL, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_connector_test = {
    .name = "connector test",
    .args = "[NAME]",
    .summary = "connect, authenticate, check rights, list partitions",
    .min_args = 0,
    .max_args = 1,
    .run = do_test,
};

/* ---- schema ---- */

static bool refresh;

static int
print_schema(struct session *s, size_t i, const struct schema *sc)
{
	static const char *const titles[] = {
	    "ATTRIBUTE", "TYPE", "VALUES", "WRITABLE"};
	CLEANUP(table_freep)
	struct table *t = table_new(titles, 4);
	const struct names *names = store_names(s->setup.store);
	struct json *root = json_new_object(), *attrs = json_new_list();
	struct json *types = json_new_list();

	for (size_t k = 0; k < schema_type_count(sc); k++)
		json_push(types,
		    json_new_text(names_text(names, schema_type_at(sc, k))));
	for (size_t k = 0; k < schema_count(sc); k++) {
		const struct schema_attr *a = schema_at(sc, k);
		struct json *j = json_new_object();

		json_set_text(j, "name", names_text(names, a->name));
		json_set_str(j, "type", value_type_name(a->type));
		json_set_bool(j, "multi", a->multi);
		json_set_bool(j, "readOnly", a->read_only);
		json_push(attrs, j);
		table_text(t, names_text(names, a->name));
		table_cell(t, "%s", value_type_name(a->type));
		table_cell(t, "%s", a->multi ? "many" : "one");
		table_cell(t, "%s", a->read_only ? "no" : "yes");
	}
	json_set_text(root, "connector", s->setup.connectors[i].name);
	json_set(root, "objectTypes", types);
	json_set(root, "attributes", attrs);
	if (s->cli->json)
		return cli_print_json(root);
	(void)json_free(root);
	table_print(t, stdout);
	return CLI_OK;
}

static int
do_schema(struct cli *c, char **args, int count)
{
	CLEANUP(schema_freep)
	struct schema *own = schema_new();
	CLEANUP(connector_freep)
	struct connector *open = NULL;
	struct session s = {0};
	struct err e = {0};
	size_t i = 0;
	int code, r;

	(void)count;
	s.setup.refresh = refresh ? text_of(args[0]) : TEXT("");
	r = session_open(&s, c, refresh ? SETUP_RUN : SETUP_CHECK, false, &e);
	if (r == 0)
		r = setup_connector(&s.setup, text_of(args[0]), &i, &e);
	if (r == 0 && s.setup.schemas[i] == NULL) {
		r = setup_connect(&s.setup, i, &open, &e);
		if (r == 0)
			r = open->kind->ops->schema(open, own, &e);
	}
	if (r < 0)
		code = cli_fail(c, &e);
	else
		code = print_schema(&s, i,
		    s.setup.schemas[i] != NULL ? s.setup.schemas[i] : own);
	open = connector_free(open);
	session_close(&s);
	return code;
}

static const struct cli_option schema_options[] = {
    {"refresh", OPTION_FLAG, &refresh, NULL,
	"ask the directory again and keep the answer"},
};

const struct cli_command cmd_connector_schema = {
    .name = "connector schema",
    .args = "NAME",
    .summary = "attributes and object types of a connected directory",
    .min_args = 1,
    .max_args = 1,
    .options = schema_options,
    .option_count = 1,
    .run = do_schema,
};
