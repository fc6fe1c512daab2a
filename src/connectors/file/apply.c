/* connectors/file/apply.c -- what an export item makes of an object. */
#include <stdio.h>
#include <string.h>

#include "connectors/file/file_int.h"
#include "model/dn_binary.h"
#include "model/guid.h"

struct apply {
	const struct file *f;
	struct arena *arena;
	const struct export_item *item;
	struct file_object *o;
	struct err *err;
};

static int
no_memory(const struct apply *ap)
{
	(void)err_set(ap->err, ERR_NOMEM, "out of memory");
	return ERR_NOMEM;
}

/* ---- Values to octets ---- */

/* In a CSV without DNs the DN is "cn=ANCHOR": see source.c. */
static int
anchor_of_dn(const struct apply *ap, struct text dn, struct text *out)
{
	struct dn parts;

	if (dn_parse(ap->arena, dn, &parts, NULL) < 0 || parts.count != 1)
		return err_type(ap->err, ERR_REJECTED,
		    "invalid-attribute-value", "%.*s is no object of this file",
		    TEXT_ARGS(dn));
	*out = parts.avas[0].value;
	return 0;
}

static int
raw_value(const struct apply *ap, struct text name, const struct value *v,
    struct text *out)
{
	if (v->type == VALUE_DN_BINARY) {
		*out = dn_binary_text(v);
		return 0;
	}
	if (v->type != VALUE_REFERENCE)
		return value_unparse(ap->arena, v, out) == 0 ? 0
							     : no_memory(ap);
	if (v->text.len == 0)
		return err_type(ap->err, ERR_REJECTED,
		    "invalid-attribute-value", "%.*s: a reference without a DN",
		    TEXT_ARGS(name));
	if (ap->f->refs_by_anchor && v->by != REF_ANCHOR)
		return anchor_of_dn(ap, v->text, out);
	*out = v->text;
	return 0;
}

/* Whether the raw value is the value given, as the type has it. */
static bool
is_value(const struct apply *ap, const struct ldif_value *raw, struct text name,
    struct text octets)
{
	struct file_type t = file_type_of(ap->f, name);
	struct value a, b;

	if (!text_equal_nocase(raw->name, name))
		return false;
	if (text_equal(raw->value, octets))
		return true;
	return file_value(ap->f, name, t, raw->value, &a, NULL) == 0 &&
	       file_value(ap->f, name, t, octets, &b, NULL) == 0 &&
	       value_equal(&a, &b);
}

static bool
remove_value(const struct apply *ap, struct text name, struct text octets)
{
	struct file_object *o = ap->o;

	for (size_t i = 0; i < o->count; i++) {
		if (!is_value(ap, &o->values[i], name, octets))
			continue;
		memmove(&o->values[i], &o->values[i + 1],
		    (o->count - i - 1) * sizeof(*o->values));
		o->count--;
		return true;
	}
	return false;
}

static int
add_value(const struct apply *ap, struct text name, struct text octets)
{
	struct file_object *o = ap->o;

	for (size_t i = 0; i < o->count; i++)
		if (is_value(ap, &o->values[i], name, octets))
			return 0;
	return object_add(ap->arena, o, name, octets) < 0 ? no_memory(ap) : 0;
}

static size_t
count_values(const struct file_object *o, struct text name)
{
	size_t n = 0;

	for (size_t i = 0; i < o->count; i++)
		n += text_equal_nocase(o->values[i].name, name) ? 1 : 0;
	return n;
}

static int
apply_change(const struct apply *ap, const struct change *c)
{
	struct text name = names_text(ap->f->env.names, c->name);
	struct text raw = {0};
	int r = 0;

	for (uint32_t i = 0; i < c->del_count && r == 0; i++) {
		r = raw_value(ap, name, &c->del[i], &raw);
		if (r == 0)
			(void)remove_value(ap, name, raw);
	}
	for (uint32_t i = 0; i < c->add_count && r == 0; i++) {
		r = raw_value(ap, name, &c->add[i], &raw);
		if (r == 0)
			r = add_value(ap, name, raw);
	}
	if (r == 0 && !file_type_of(ap->f, name).multi &&
	    count_values(ap->o, name) > 1)
		return err_type(ap->err, ERR_REJECTED, "constraint-violation",
		    "%.*s takes one value", TEXT_ARGS(name));
	return r;
}

/* ---- Names ---- */

/* The naming attributes: those of the old name go, those of the new come, as
 * a directory does it (RFC 4511 section 4.9). */
static int
name_values(const struct apply *ap, struct text dn, bool add)
{
	struct dn parts;
	int r = dn_parse(ap->arena, dn, &parts, NULL);

	if (r == ERR_NOMEM)
		return no_memory(ap);
	if (r < 0 || parts.depth == 0)
		return err_type(ap->err, ERR_REJECTED, "invalid-dn",
		    "\"%.*s\" is no DN", TEXT_ARGS(dn));
	for (uint32_t i = 0; i < parts.count && parts.avas[i].depth == 0; i++) {
		const struct ava *ava = &parts.avas[i];

		if (!add)
			(void)remove_value(ap, ava->type, ava->value);
		else
			r = add_value(ap, ava->type, ava->value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
rename_object(const struct apply *ap)
{
	struct text dn = ap->item->delta.new_dn;
	struct file_object *o = ap->o;
	int r = 0;

	if (file_is_csv(ap->f) && ap->f->conf->dn.len == 0)
		return err_type(ap->err, ERR_REJECTED,
		    "modify-naming-attribute",
		    "a csv without a dn column cannot rename an object");
	if (!file_is_csv(ap->f))
		r = name_values(ap, o->dn, false);
	if (r == 0 && !file_is_csv(ap->f))
		r = name_values(ap, dn, true);
	if (r == 0 && dn_key(ap->arena, dn, &o->key) < 0)
		return no_memory(ap);
	o->dn = dn;
	return r;
}

/* ---- New objects ---- */

static int
add_class(const struct apply *ap, struct text type)
{
	const struct conf_texts *classes = &ap->f->conf->object_classes;

	for (size_t i = 0; i < classes->count; i++) {
		if (!text_equal_nocase(classes->items[i], type))
			continue;
		return add_value(ap, TEXT("objectClass"), type);
	}
	return err_type(ap->err, ERR_REJECTED, "no-export-to-this-object-type",
	    "object_classes does not name %.*s", TEXT_ARGS(type));
}

/* The text of the type column, from the object type. */
static int
add_row_type(const struct apply *ap, struct text type)
{
	const struct conf_file *c = &ap->f->env.conf->file;
	struct text constant = c->type.len != 0 ? c->type : TEXT("user");

	if (c->type_column.len == 0 && text_equal(constant, type))
		return 0;
	if (c->type_column.len != 0 && c->type_values.count == 0)
		return add_value(ap, c->type_column, type);
	for (size_t i = 0; i < c->type_values.count; i++)
		if (text_equal(c->type_values.items[i].value, type))
			return add_value(
			    ap, c->type_column, c->type_values.items[i].name);
	return err_type(ap->err, ERR_REJECTED, "no-export-to-this-object-type",
	    "no row of this file is a %.*s", TEXT_ARGS(type));
}

/* Where the rules give none, one is made. */
static int
add_anchor(const struct apply *ap)
{
	struct text name = ap->f->conf->anchor;
	const struct ldif_value *v = object_find(ap->o, name);
	char text[GUID_TEXT_LEN + 1];
	struct guid g;

	if (v == NULL) {
		g = guid_random();
		guid_format(&g, text);
		ap->o->anchor = text_dup(ap->arena, text_of(text));
		if (ap->o->anchor.data == NULL)
			return no_memory(ap);
		return add_value(ap, name, ap->o->anchor);
	}
	if (v->value.len > ANCHOR_MAX)
		return err_type(ap->err, ERR_REJECTED, "anchor-too-long",
		    "%.*s is longer than %u bytes", TEXT_ARGS(name),
		    ANCHOR_MAX);
	ap->o->anchor = v->value;
	return 0;
}

static int
set_name(const struct apply *ap)
{
	struct file_object *o = ap->o;
	struct text escaped = {0};
	char *dn;
	int r = 0;

	o->dn = ap->item->dn;
	if (file_is_csv(ap->f) && ap->f->conf->dn.len == 0) {
		if (dn_escape(ap->arena, o->anchor, &escaped) < 0)
			return no_memory(ap);
		dn = arena_printf(ap->arena, "cn=%.*s", TEXT_ARGS(escaped));
		if (dn == NULL)
			return no_memory(ap);
		o->dn = text_of(dn);
	}
	if (!file_is_csv(ap->f))
		r = name_values(ap, o->dn, true);
	if (r < 0)
		return r;
	if (dn_key(ap->arena, o->dn, &o->key) < 0)
		return no_memory(ap);
	if (ap->f->conf->anchor.len == 0)
		o->anchor = o->key;
	return 0;
}

static int
apply_add(const struct apply *ap)
{
	struct text type = names_text(ap->f->env.names, ap->item->type);
	int r = 0;

	*ap->o = (struct file_object){.dn = ap->item->dn, .type = type};
	if (!file_is_csv(ap->f))
		r = add_class(ap, type);
	for (uint32_t i = 0; i < ap->item->delta.count && r == 0; i++)
		r = apply_change(ap, &ap->item->delta.changes[i]);
	if (r == 0 && file_is_csv(ap->f))
		r = add_row_type(ap, type);
	if (r == 0 && ap->f->conf->anchor.len != 0)
		r = add_anchor(ap);
	return r < 0 ? r : set_name(ap);
}

int
apply_item(const struct file *f, struct arena *a,
    const struct export_item *item, struct file_object *o, struct err *e)
{
	const struct apply ap = {
	    .f = f, .arena = a, .item = item, .o = o, .err = e};
	int r = 0;

	if (item->op == DELTA_ADD)
		return apply_add(&ap);
	for (uint32_t i = 0; i < item->delta.count && r == 0; i++)
		r = apply_change(&ap, &item->delta.changes[i]);
	if (r == 0 && item->delta.new_dn.len != 0)
		r = rename_object(&ap);
	return r;
}
