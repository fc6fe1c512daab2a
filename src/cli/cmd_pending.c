/* cli/cmd_pending.c -- `causeway pending`: what the next export would send,
 * with names, before it is sent. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/pending_show.h"

static const char *format = "table";

static const struct pending_writer *const writers[] = {
    &pending_table, &pending_json, &pending_csv, &pending_ldif, &pending_xml};

static const struct pending_writer *
find_writer(const char *name)
{
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(writers[i]->name, name) == 0)
			return writers[i];
	return NULL;
}

/* ---- The command ---- */

/* What is sent of an item, for those that have no place for a reason. */
static int
without_held(struct pending_output *o, const struct pending_item *item,
    struct pending_item *out)
{
	struct pending_change *list =
	    arena_array(o->s->setup.arena, item->change_count, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	*out = *item;
	out->changes = list;
	out->change_count = 0;
	for (size_t i = 0; i < item->change_count; i++)
		if (item->changes[i].held.len == 0)
			list[out->change_count++] = item->changes[i];
	if (item->rename_held.len != 0)
		out->new_dn = TEXT("");
	return 0;
}

static int
write_item(
    struct pending_output *o, const struct pending_item *item, struct err *e)
{
	struct pending_item sent;

	if (o->writer->sent_alone) {
		if (item->held.len != 0)
			return 0;
		if (without_held(o, item, &sent) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		item = &sent;
	}
	if (o->items == 0)
		o->writer->begin(o);
	o->writer->item(o, item);
	o->items++;
	if (buf_error(&o->text) < 0)
		return err_set(e, buf_error(&o->text),
		    "one object is too large to print: %.*s",
		    TEXT_ARGS(item->dn));
	return 0;
}

/* What is made of one object is gone with the next: any number takes the
 * memory of one. */
static int
on_item(void *ctx, const struct pending_item *item, struct err *e)
{
	struct pending_output *o = ctx;
	struct arena *own = o->s->setup.arena;
	int r;

	arena_reset(o->arena);
	o->s->setup.arena = o->arena;
	r = write_item(o, item, e);
	o->s->setup.arena = own;
	return r;
}

static void
say_left_out(struct text connector, const struct pending_report *r)
{
	for (size_t i = 0; i < r->skip_count; i++)
		(void)fprintf(stderr, "%.*s: %llu not sent: %.*s\n",
		    TEXT_ARGS(connector), (unsigned long long)r->skips[i].count,
		    TEXT_ARGS(r->skips[i].reason));
	if (r->uncertain != 0)
		(void)fprintf(stderr,
		    "%.*s: %llu sent without an answer: the next import "
		    "tells\n",
		    TEXT_ARGS(connector), (unsigned long long)r->uncertain);
	if (r->unchecked.len != 0)
		(void)fprintf(stderr, "%.*s: %.*s\n", TEXT_ARGS(connector),
		    TEXT_ARGS(r->unchecked));
}

static int
one_connector(struct pending_output *o, size_t i, struct pending_report *sum,
    struct err *e)
{
	const struct engine_connector *c = &o->s->setup.connectors[i];
	const struct pending_sink sink = {.item = on_item, .ctx = o};
	struct pending_report r = {0};
	int code;

	o->connector = c->name;
	o->index = i;
	code = engine_pending(
	    o->s->setup.engine, i, o->s->setup.arena, &sink, &r, e);
	if (code < 0)
		return code;
	sum->adds += r.adds;
	sum->updates += r.updates;
	sum->deletes += r.deletes;
	sum->held += r.held;
	sum->held_changes += r.held_changes;
	say_left_out(c->name, &r);
	return 0;
}

static int
all_connectors(struct pending_output *o, const char *only,
    struct pending_report *sum, struct err *e)
{
	size_t chosen = 0;
	int r = 0;

	if (only != NULL)
		r = setup_connector(&o->s->setup, text_of(only), &chosen, e);
	for (size_t i = 0; i < o->s->setup.connector_count && r == 0; i++) {
		unsigned can = o->s->setup.connectors[i].kind->can;

		if (only != NULL ? i == chosen : (can & CAN_EXPORT) != 0)
			r = one_connector(o, i, sum, e);
	}
	return r;
}

static void
say_sum(const struct pending_report *sum)
{
	(void)printf("%llu adds, %llu updates, %llu deletes",
	    (unsigned long long)sum->adds, (unsigned long long)sum->updates,
	    (unsigned long long)sum->deletes);
	if (sum->held + sum->held_changes != 0)
		(void)printf("; held: %llu objects, %llu attributes of others",
		    (unsigned long long)sum->held,
		    (unsigned long long)sum->held_changes);
	(void)putchar('\n');
}

static int
print_pending(struct pending_output *o, const char *only, struct err *e)
{
	struct pending_report sum = {0};
	int r;

	r = all_connectors(o, only, &sum, e);
	if (r < 0)
		return r;
	if (o->items == 0)
		o->writer->begin(o);
	o->writer->end(o);
	if (o->writer == &pending_table)
		say_sum(&sum);
	return fflush(stdout) == 0
		   ? 0
		   : err_set(e, ERR_IO, "standard output: cannot be written");
}

/* The document is begun, and is left without its end. */
static int
broke_off(const struct err *e)
{
	cli_say("%s", e->text);
	return cli_exit_of(e->code);
}

static int
do_pending(struct cli *c, char **args, int count)
{
	struct session s = {0};
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	struct pending_output o = {.s = &s,
	    .arena = item,
	    .writer = find_writer(c->json ? "json" : format)};
	struct err e = {0};
	int code = CLI_OK, r;

	if (item == NULL)
		return CLI_ERROR;
	if (o.writer == NULL)
		return cli_usage(
		    c, "no format \"%s\": table, json, csv, ldif, xml", format);
	buf_init(&o.text, (size_t)1 << 30);
	r = session_open(&s, c, SETUP_LOOK, false, &e);
	if (r == 0)
		r = print_pending(&o, count == 1 ? args[0] : NULL, &e);
	if (r < 0)
		code = o.items == 0 ? cli_fail(c, &e) : broke_off(&e);
	buf_clear(&o.text);
	session_close(&s);
	return code;
}

static const struct cli_option options[] = {
    {"format", OPTION_TEXT, &format, "FORMAT", "table, json, csv, ldif, xml"},
};

const struct cli_command cmd_pending = {
    .name = "pending",
    .args = "[CONNECTOR]",
    .summary = "every change that the next export would send, with names",
    .detail = "Nothing is sent.  Empty promises: the next export writes "
	      "nothing.",
    .min_args = 0,
    .max_args = 1,
    .options = options,
    .option_count = 1,
    .run = do_pending,
};
