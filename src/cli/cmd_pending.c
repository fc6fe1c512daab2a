/* cli/cmd_pending.c -- `causeway pending`: what the next export would send,
 * with names, before it is sent. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/session.h"
#include "codec/csv.h"
#include "codec/ldif.h"
#include "model/dn.h"

static const char *format = "table";

/* Where the items go. */
struct output {
	struct session *s;
	struct text connector;
	struct json *list; /* json */
	struct buf text;   /* csv, ldif, xml: made, then printed */
	const struct text_writer *writer;
};

struct text_writer {
	const char *name;
	void (*begin)(struct output *o);
	void (*item)(struct output *o, const struct pending_item *item);
	void (*end)(struct output *o);
	bool sent_alone; /* what is held is left out */
};

/* What a person sees of a change: "add", "update", "rename", "delete". */
static const char *
operation_of(const struct pending_item *item)
{
	if (item->op == DELTA_UPDATE && item->new_dn.len != 0 &&
	    item->change_count == 0)
		return "rename";
	return delta_op_name(item->op);
}

static struct text
name_text(const struct output *o, uint32_t name)
{
	return names_text(store_names(o->s->setup.store), name);
}

static void
flush(struct output *o)
{
	struct text t = buf_text(&o->text);

	(void)fwrite(t.data, 1, t.len, stdout);
	buf_reset(&o->text);
}

/* ---- table ---- */

static const char *
name_for_person(const struct output *o, const struct pending_item *item)
{
	struct text t =
	    item->display_name.len != 0 ? item->display_name : item->dn;
	char *p = arena_strndup(o->s->setup.arena, t.data, t.len);

	return p != NULL ? p : "";
}

/* A reference is shown by its target's name. */
static struct text
value_for_person(const struct output *o, const struct value *v)
{
	if (v->type == VALUE_REFERENCE && v->id != 0)
		return show_cs_name(o->s, v->id);
	return show_value_text(o->s, v);
}

static void
put_values(struct output *o, const struct value *list, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < 5; i++) {
		struct text t = value_for_person(o, &list[i]);

		buf_printf(&o->text, "%s%.*s", i > 0 ? ", " : "",
		    (int)(t.len < 100 ? t.len : 100), t.data);
	}
	if (n > 5)
		buf_printf(&o->text, " and %u more", n - 5);
}

static void
table_change(struct output *o, const struct pending_change *c)
{
	buf_printf(&o->text, "    %.*s: ", TEXT_ARGS(name_text(o, c->name)));
	if (c->del_count != 0) {
		buf_puts(&o->text, c->add_count != 0 ? "" : "remove ");
		put_values(o, c->del, c->del_count);
		buf_puts(&o->text, c->add_count != 0 ? " -> " : "");
	}
	put_values(o, c->add, c->add_count);
	if (c->rule.len != 0)
		buf_printf(&o->text, "   [%.*s]", TEXT_ARGS(c->rule));
	if (c->held.len != 0)
		buf_printf(&o->text, "   held: %.*s", TEXT_ARGS(c->held));
	buf_putc(&o->text, '\n');
}

static void
table_item(struct output *o, const struct pending_item *item)
{
	buf_printf(&o->text, "%-7s %.*s  %s", operation_of(item),
	    TEXT_ARGS(name_text(o, item->type)), name_for_person(o, item));
	if (item->user_principal_name.len != 0)
		buf_printf(
		    &o->text, "  <%.*s>", TEXT_ARGS(item->user_principal_name));
	buf_putc(&o->text, '\n');
	if (item->held.len != 0)
		buf_printf(&o->text, "    held: %.*s\n", TEXT_ARGS(item->held));
	if (item->new_dn.len != 0)
		buf_printf(&o->text, "    new DN %.*s%s%.*s\n",
		    TEXT_ARGS(item->new_dn),
		    item->rename_held.len != 0 ? "   held: " : "",
		    TEXT_ARGS(item->rename_held));
	for (size_t i = 0; i < item->change_count; i++)
		table_change(o, &item->changes[i]);
	flush(o);
}

static void
nothing(struct output *o)
{
	(void)o;
}

/* ---- csv: one row an attribute value change ---- */

static void
csv_begin(struct output *o)
{
	buf_puts(&o->text,
	    "connector,operation,type,dn,displayName,userPrincipalName,"
	    "sourceAnchor,attribute,change,value,rule,held\r\n");
	flush(o);
}

static void
csv_row(struct output *o, const struct pending_item *item,
    const struct pending_change *c, const char *change, const struct value *v)
{
	struct text fields[] = {o->connector, text_of(operation_of(item)),
	    name_text(o, item->type), item->dn, item->display_name,
	    item->user_principal_name, item->source_anchor,
	    c != NULL ? name_text(o, c->name) : TEXT(""), text_of(change),
	    v != NULL ? show_value_text(o->s, v) : TEXT(""),
	    c != NULL ? c->rule : TEXT(""),
	    c != NULL && c->held.len != 0 ? c->held : item->held};

	csv_write(&o->text, ',', fields, sizeof(fields) / sizeof(fields[0]));
}

static void
csv_item(struct output *o, const struct pending_item *item)
{
	if (item->change_count == 0)
		csv_row(o, item, NULL, "", NULL);
	for (size_t i = 0; i < item->change_count; i++) {
		const struct pending_change *c = &item->changes[i];

		for (uint32_t k = 0; k < c->del_count; k++)
			csv_row(o, item, c, "delete", &c->del[k]);
		for (uint32_t k = 0; k < c->add_count; k++)
			csv_row(o, item, c, "add", &c->add[k]);
	}
	flush(o);
}

/* ---- ldif: change records (RFC 2849) ---- */

struct ldif_lists {
	struct ldif_value *values;
	size_t count;
	struct ldif_mod *mods;
	size_t mod_count;
};

static void
ldif_part(struct output *o, struct ldif_lists *l,
    const struct pending_change *c, bool add)
{
	const struct value *list = add ? c->add : c->del;
	uint32_t n = add ? c->add_count : c->del_count;
	struct text name = name_text(o, c->name);

	if (n == 0)
		return;
	l->mods[l->mod_count++] =
	    (struct ldif_mod){.op = add ? LDIF_MOD_ADD : LDIF_MOD_DELETE,
		.name = name,
		.first = l->count,
		.count = n};
	for (uint32_t i = 0; i < n; i++)
		l->values[l->count++] = (struct ldif_value){
		    .name = name, .value = show_value_text(o->s, &list[i])};
}

static bool
ldif_lists_of(
    struct output *o, const struct pending_item *item, struct ldif_lists *l)
{
	struct arena *a = o->s->setup.arena;
	size_t n = 0;

	for (size_t i = 0; i < item->change_count; i++)
		n += (size_t)item->changes[i].add_count +
		     item->changes[i].del_count;
	l->values = arena_array(a, n, sizeof(*l->values));
	l->mods = arena_array(a, 2 * item->change_count, sizeof(*l->mods));
	if (l->values == NULL || l->mods == NULL)
		return false;
	for (size_t i = 0; i < item->change_count; i++) {
		ldif_part(o, l, &item->changes[i], false);
		ldif_part(o, l, &item->changes[i], true);
	}
	return true;
}

/* A rename is a record of its own, before the changes. */
static int
ldif_rename(struct output *o, const struct pending_item *item)
{
	struct ldif_record rec = {.change = LDIF_MODRDN,
	    .dn = item->dn,
	    .has_superior = true,
	    .delete_old = true};
	size_t rdn;
	int r;

	if (item->new_dn.len == 0)
		return 0;
	r = dn_parent(o->s->setup.arena, item->new_dn, &rec.new_superior, NULL);
	if (r < 0)
		return r;
	rdn = item->new_dn.len - rec.new_superior.len;
	rec.new_rdn = (struct text){item->new_dn.data,
	    rec.new_superior.len != 0 && rdn > 0 ? rdn - 1 : rdn};
	return ldif_write(&rec, o->s->setup.arena, &o->text);
}

static void
ldif_item(struct output *o, const struct pending_item *item)
{
	struct ldif_record rec = {
	    .dn = item->new_dn.len != 0 ? item->new_dn : item->dn};
	struct ldif_lists l = {0};

	if (!ldif_lists_of(o, item, &l) || ldif_rename(o, item) < 0) {
		o->text.error = ERR_NOMEM;
		return;
	}
	rec.change = item->op == DELTA_ADD      ? LDIF_ADD
		     : item->op == DELTA_DELETE ? LDIF_DELETE
						: LDIF_MODIFY;
	rec.values = l.values;
	rec.count = l.count;
	rec.mods = l.mods;
	rec.mod_count = rec.change == LDIF_MODIFY ? l.mod_count : 0;
	if (rec.change != LDIF_MODIFY || rec.mod_count != 0)
		if (ldif_write(&rec, o->s->setup.arena, &o->text) < 0)
			o->text.error = ERR_NOMEM;
	flush(o);
}

/* ---- xml: a csexport-like list (docs/engine/model.md 2.6) ---- */

static void
xml_text(struct output *o, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c == '<')
			buf_puts(&o->text, "&lt;");
		else if (c == '>')
			buf_puts(&o->text, "&gt;");
		else if (c == '&')
			buf_puts(&o->text, "&amp;");
		else if (c == '"')
			buf_puts(&o->text, "&quot;");
		else if (c >= 0x20 || c == '\t' || c == '\n')
			buf_putc(&o->text, (char)c);
	}
}

static void
xml_attribute(struct output *o, const char *name, struct text t)
{
	buf_printf(&o->text, " %s=\"", name);
	xml_text(o, t);
	buf_putc(&o->text, '"');
}

static void
xml_begin(struct output *o)
{
	buf_puts(&o->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			   "<cs-objects>\n");
	flush(o);
}

static void
xml_values(struct output *o, const struct value *list, uint32_t n,
    const char *operation)
{
	for (uint32_t i = 0; i < n; i++) {
		bool binary = list[i].type == VALUE_BINARY;
		bool ref = list[i].type == VALUE_REFERENCE;

		buf_printf(&o->text, "        <%s operation=\"%s\"%s>",
		    ref ? "dn-value" : "value", operation,
		    binary ? " encoding=\"base64\"" : "");
		xml_text(o, show_value_text(o->s, &list[i]));
		buf_printf(&o->text, "</%s>\n", ref ? "dn-value" : "value");
	}
}

static bool
is_reference(const struct pending_change *c)
{
	const struct value *v = c->add_count != 0 ? c->add : c->del;

	return v->type == VALUE_REFERENCE;
}

static void
xml_item(struct output *o, const struct pending_item *item)
{
	char guid[GUID_TEXT_LEN + 1];

	guid_format(&item->guid, guid);
	buf_puts(&o->text, "  <cs-object");
	xml_attribute(o, "cs-dn", item->dn);
	buf_printf(&o->text, " id=\"{%s}\"", guid);
	xml_attribute(o, "object-type", name_text(o, item->type));
	buf_puts(&o->text, ">\n    <unapplied-export>\n      <delta");
	buf_printf(&o->text, " operation=\"%s\"", delta_op_name(item->op));
	xml_attribute(o, "dn", item->dn);
	if (item->new_dn.len != 0)
		xml_attribute(o, "newdn", item->new_dn);
	buf_puts(&o->text, ">\n");
	for (size_t i = 0; i < item->change_count; i++) {
		const struct pending_change *c = &item->changes[i];
		const char *tag = is_reference(c) ? "dn-attr" : "attr";

		buf_printf(&o->text, "      <%s", tag);
		xml_attribute(o, "name", name_text(o, c->name));
		buf_puts(&o->text, " operation=\"update\">\n");
		xml_values(o, c->del, c->del_count, "delete");
		xml_values(o, c->add, c->add_count, "add");
		buf_printf(&o->text, "      </%s>\n", tag);
	}
	buf_puts(&o->text,
	    "      </delta>\n    </unapplied-export>\n  </cs-object>\n");
	flush(o);
}

static void
xml_end(struct output *o)
{
	buf_puts(&o->text, "</cs-objects>\n");
	flush(o);
}

/* ---- json ---- */

static struct json *
json_values(struct output *o, const struct value *list, uint32_t n)
{
	struct json *j = json_new_list();

	for (uint32_t i = 0; i < n; i++)
		json_push(j, show_value(o->s, &list[i]));
	return j;
}

/* "held": why it is not sent; absent: it is. */
static void
json_held(struct json *j, struct text code, struct text reason)
{
	struct json *held;

	if (reason.len == 0)
		return;
	held = json_new_object();
	json_set_text(held, "code", code);
	json_set_text(held, "reason", reason);
	json_set(j, "held", held);
}

static void
json_item(struct output *o, const struct pending_item *item)
{
	struct json *j = json_new_object(), *changes = json_new_list();
	char guid[GUID_TEXT_LEN + 1];

	guid_format(&item->guid, guid);
	json_set_text(j, "connector", o->connector);
	json_set_str(j, "operation", operation_of(item));
	json_set_text(j, "type", name_text(o, item->type));
	json_set_str(j, "id", guid);
	json_set_text(j, "dn", item->dn);
	if (item->new_dn.len != 0)
		json_set_text(j, "newDn", item->new_dn);
	json_held(j, item->held_code, item->held);
	if (item->rename_held.len != 0)
		json_set_text(j, "newDnHeld", item->rename_held);
	json_set_text(j, "displayName", item->display_name);
	json_set_text(j, "userPrincipalName", item->user_principal_name);
	json_set_text(j, "sourceAnchor", item->source_anchor);
	for (size_t i = 0; i < item->change_count; i++) {
		const struct pending_change *c = &item->changes[i];
		struct json *one = json_new_object();

		json_set_text(one, "attribute", name_text(o, c->name));
		json_set(one, "old", json_values(o, c->del, c->del_count));
		json_set(one, "new", json_values(o, c->add, c->add_count));
		json_set_text(one, "rule", c->rule);
		json_held(one, c->held_code, c->held);
		json_push(changes, one);
	}
	json_set(j, "changes", changes);
	json_push(o->list, j);
}

static const struct text_writer writers[] = {
    {"table", nothing, table_item, nothing, false},
    {"json", nothing, json_item, nothing, false},
    {"csv", csv_begin, csv_item, nothing, false},
    {"ldif", nothing, ldif_item, nothing, true},
    {"xml", xml_begin, xml_item, xml_end, true},
};

static const struct text_writer *
find_writer(const char *name)
{
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(writers[i].name, name) == 0)
			return &writers[i];
	return NULL;
}

/* ---- The command ---- */

/* What is sent of an item, for those that have no place for a reason. */
static int
without_held(
    struct output *o, const struct pending_item *item, struct pending_item *out)
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
on_item(void *ctx, const struct pending_item *item, struct err *e)
{
	struct output *o = ctx;
	struct pending_item sent;

	if (o->writer->sent_alone) {
		if (item->held.len != 0)
			return 0;
		if (without_held(o, item, &sent) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		item = &sent;
	}
	o->writer->item(o, item);
	if (buf_error(&o->text) < 0)
		return err_set(e, buf_error(&o->text),
		    "one object is too large to print: %.*s",
		    TEXT_ARGS(item->dn));
	return 0;
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
one_connector(
    struct output *o, size_t i, struct pending_report *sum, struct err *e)
{
	const struct engine_connector *c = &o->s->setup.connectors[i];
	const struct pending_sink sink = {.item = on_item, .ctx = o};
	struct pending_report r = {0};
	int code;

	o->connector = c->name;
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
all_connectors(struct output *o, const char *only, struct pending_report *sum,
    struct err *e)
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
print_pending(struct output *o, const char *only, struct err *e)
{
	struct pending_report sum = {0};
	int r;

	o->writer->begin(o);
	r = all_connectors(o, only, &sum, e);
	if (r < 0)
		return r;
	o->writer->end(o);
	if (o->writer == &writers[0])
		say_sum(&sum);
	if (o->writer->item == json_item)
		return cli_print_json(TAKE_PTR(o->list)) == CLI_OK ? 0 : ERR_IO;
	return 0;
}

static int
do_pending(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct output o = {
	    .s = &s, .writer = find_writer(c->json ? "json" : format)};
	struct err e = {0};
	int code = CLI_OK, r;

	if (o.writer == NULL)
		return cli_usage(
		    c, "no format \"%s\": table, json, csv, ldif, xml", format);
	o.list = json_new_list();
	buf_init(&o.text, (size_t)1 << 30);
	r = session_open(&s, c, SETUP_LOOK, false, &e);
	if (r == 0)
		r = print_pending(&o, count == 1 ? args[0] : NULL, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	buf_clear(&o.text);
	(void)json_free(o.list);
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
