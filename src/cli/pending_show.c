/* cli/pending_show.c -- a table for people, JSON for programs; see
 * pending_show.h. */
#include "cli/pending_show.h"

#include <stdio.h>

#define OBJECT_MAX_BYTES ((size_t)1 << 30) /* of JSON */

const char *
pending_operation(const struct pending_item *item)
{
	if (item->op == DELTA_UPDATE && item->new_dn.len != 0 &&
	    item->change_count == 0)
		return "rename";
	return delta_op_name(item->op);
}

struct text
pending_name(const struct pending_output *o, uint32_t name)
{
	return names_text(store_names(o->s->setup.store), name);
}

void
pending_flush(struct pending_output *o)
{
	struct text t = buf_text(&o->text);

	(void)fwrite(t.data, 1, t.len, o->out != NULL ? o->out : stdout);
	buf_reset(&o->text);
}

void
pending_nothing(struct pending_output *o)
{
	(void)o;
}

/* ---- table ---- */

static const char *
name_for_person(const struct pending_output *o, const struct pending_item *item)
{
	struct text t =
	    item->display_name.len != 0 ? item->display_name : item->dn;
	char *p = arena_strndup(o->s->setup.arena, t.data, t.len);

	return p != NULL ? p : "";
}

/* A reference is shown by its target's name. */
static struct text
value_for_person(const struct pending_output *o, const struct value *v)
{
	if (v->type == VALUE_REFERENCE && v->id != 0)
		return show_cs_name(o->s, v->id);
	return show_value_text(o->s, v);
}

static void
put_values(struct pending_output *o, const struct value *list, uint32_t n)
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
table_change(struct pending_output *o, const struct pending_change *c)
{
	buf_printf(&o->text, "    %.*s: ", TEXT_ARGS(pending_name(o, c->name)));
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
table_item(struct pending_output *o, const struct pending_item *item)
{
	buf_printf(&o->text, "%-7s %.*s  %s", pending_operation(item),
	    TEXT_ARGS(pending_name(o, item->type)), name_for_person(o, item));
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
	pending_flush(o);
}

const struct pending_writer pending_table = {
    "table", pending_nothing, table_item, pending_nothing, false};

/* ---- json ---- */

static struct json *
json_values(
    const struct pending_output *o, const struct value *list, uint32_t n)
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

struct json *
pending_item_json(
    const struct pending_output *o, const struct pending_item *item)
{
	struct json *j = json_new_object(), *changes = json_new_list();
	char guid[GUID_TEXT_LEN + 1];

	guid_format(&item->guid, guid);
	json_set_text(j, "connector", o->connector);
	json_set_str(j, "operation", pending_operation(item));
	json_set_text(j, "type", pending_name(o, item->type));
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

		json_set_text(one, "attribute", pending_name(o, c->name));
		json_set(one, "old", json_values(o, c->del, c->del_count));
		json_set(one, "new", json_values(o, c->add, c->add_count));
		json_set_text(one, "rule", c->rule);
		json_held(one, c->held_code, c->held);
		json_push(changes, one);
	}
	json_set(j, "changes", changes);
	return j;
}

static void
json_begin(struct pending_output *o)
{
	buf_putc(&o->text, '[');
	pending_flush(o);
}

/* A document of any length, an object at a time, as json_write() would
 * indent it. */
static void
json_item(struct pending_output *o, const struct pending_item *item)
{
	struct json *j = pending_item_json(o, item);
	struct buf b;
	struct text t;
	int r;

	buf_init(&b, OBJECT_MAX_BYTES);
	r = json_write(j, true, &b);
	(void)json_free(j);
	t = buf_text(&b);
	while (t.len > 0 && t.data[t.len - 1] == '\n')
		t.len--;
	buf_puts(&o->text, o->items > 0 ? ",\n  " : "\n  ");
	for (size_t i = 0; i < t.len && r == 0; i++) {
		buf_putc(&o->text, t.data[i]);
		if (t.data[i] == '\n')
			buf_puts(&o->text, "  ");
	}
	if (r < 0)
		o->text.error = r;
	buf_clear(&b);
	if (r == 0)
		pending_flush(o);
}

static void
json_end(struct pending_output *o)
{
	buf_puts(&o->text, o->items > 0 ? "\n]\n" : "]\n");
	pending_flush(o);
}

const struct pending_writer pending_json = {
    "json", json_begin, json_item, json_end, false};
