/* cli/pending_text.c -- pending changes as CSV and as LDIF; see
 * pending_show.h. */
#include "cli/pending_show.h"
#include "codec/csv.h"
#include "codec/ldif.h"
#include "model/dn.h"
#include "model/dn_binary.h"

/* ---- csv: one row an attribute value change ---- */

static void
csv_begin(struct pending_output *o)
{
	buf_puts(&o->text,
	    "connector,operation,type,dn,displayName,userPrincipalName,"
	    "sourceAnchor,attribute,change,value,rule,held\r\n");
	pending_flush(o);
}

static void
csv_row(struct pending_output *o, const struct pending_item *item,
    const struct pending_change *c, const char *change, const struct value *v)
{
	struct text fields[] = {o->connector, text_of(pending_operation(item)),
	    pending_name(o, item->type), item->dn, item->display_name,
	    item->user_principal_name, item->source_anchor,
	    c != NULL ? pending_name(o, c->name) : TEXT(""), text_of(change),
	    v != NULL ? show_value_text(o->s, v) : TEXT(""),
	    c != NULL ? c->rule : TEXT(""),
	    c != NULL && c->held.len != 0 ? c->held : item->held};

	csv_write(&o->text, ',', fields, sizeof(fields) / sizeof(fields[0]));
}

static void
csv_item(struct pending_output *o, const struct pending_item *item)
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
	pending_flush(o);
}

const struct pending_writer pending_csv = {
    "csv", csv_begin, csv_item, pending_nothing, false};

/* ---- ldif: change records (RFC 2849) ---- */

struct ldif_lists {
	const struct pending_item *item;
	struct ldif_value *values;
	size_t count;
	struct ldif_mod *mods;
	size_t mod_count;
};

/* The object that has octets is called by its name, as it will be. */
static struct text
ldif_dn_binary(const struct pending_output *o, const struct pending_item *item,
    const struct value *v)
{
	struct text own = item->new_dn.len != 0 ? item->new_dn : item->dn;
	struct dn_binary b;

	if (dn_binary_split(v->text, &b) < 0 || b.dn.len != 0)
		return dn_binary_text(v);
	return text_of(arena_printf(
	    o->s->setup.arena, "%.*s%.*s", TEXT_ARGS(b.head), TEXT_ARGS(own)));
}

/* As an LDAP server takes it: octets as they are, TRUE and FALSE, DNs. */
static struct text
ldif_text(const struct pending_output *o, const struct pending_item *item,
    const struct value *v)
{
	struct text dn;

	if (v->type == VALUE_DN_BINARY)
		return ldif_dn_binary(o, item, v);
	if (v->type == VALUE_BINARY)
		return v->text;
	if (v->type == VALUE_BOOLEAN)
		return v->boolean ? TEXT("TRUE") : TEXT("FALSE");
	if (v->type == VALUE_REFERENCE && v->id != 0) {
		dn = show_cs_dn(o->s, v->id);
		if (dn.len != 0)
			return dn;
	}
	return show_value_text(o->s, v);
}

/* The rename of the record before sets it (add), or takes it away. */
static bool
renamed_already(const struct pending_output *o, const struct ldif_lists *l,
    struct text name, struct text value, bool add)
{
	struct arena *a = o->s->setup.arena;
	struct text dn = add ? l->item->new_dn : l->item->dn;
	struct text parent, escaped, x, y;

	if (l->item->new_dn.len == 0 || dn_parent(a, dn, &parent, NULL) < 0 ||
	    dn_escape(a, value, &escaped) < 0)
		return false;
	dn.len -= parent.len != 0 && parent.len < dn.len ? parent.len + 1 : 0;
	return dn_key(a, dn, &x) == 0 &&
	       dn_key(a,
		   text_of(arena_printf(
		       a, "%.*s=%.*s", TEXT_ARGS(name), TEXT_ARGS(escaped))),
		   &y) == 0 &&
	       text_equal(x, y);
}

static void
ldif_part(struct pending_output *o, struct ldif_lists *l,
    const struct pending_change *c, bool add)
{
	const struct value *list = add ? c->add : c->del;
	uint32_t n = add ? c->add_count : c->del_count;
	struct text name = pending_name(o, c->name);
	size_t first = l->count;

	for (uint32_t i = 0; i < n; i++) {
		struct text t = ldif_text(o, l->item, &list[i]);

		if (!renamed_already(o, l, name, t, add))
			l->values[l->count++] =
			    (struct ldif_value){.name = name, .value = t};
	}
	if (l->count != first)
		l->mods[l->mod_count++] = (struct ldif_mod){
		    .op = add ? LDIF_MOD_ADD : LDIF_MOD_DELETE,
		    .name = name,
		    .first = first,
		    .count = l->count - first};
}

/* An add needs its object class, which rules do not give: the type is one. */
static void
ldif_class(struct pending_output *o, const struct pending_item *item,
    struct ldif_lists *l)
{
	for (size_t i = 0; i < item->change_count; i++)
		if (text_is_nocase(
			pending_name(o, item->changes[i].name), "objectClass"))
			return;
	if (item->op == DELTA_ADD)
		l->values[l->count++] =
		    (struct ldif_value){.name = TEXT("objectClass"),
			.value = pending_name(o, item->type)};
}

static bool
ldif_lists_of(struct pending_output *o, const struct pending_item *item,
    struct ldif_lists *l)
{
	struct arena *a = o->s->setup.arena;
	size_t n = 0;

	for (size_t i = 0; i < item->change_count; i++)
		n += (size_t)item->changes[i].add_count +
		     item->changes[i].del_count;
	l->values = arena_array(a, n + 1, sizeof(*l->values));
	l->mods = arena_array(a, 2 * item->change_count, sizeof(*l->mods));
	if (l->values == NULL || l->mods == NULL)
		return false;
	ldif_class(o, item, l);
	for (size_t i = 0; i < item->change_count; i++) {
		ldif_part(o, l, &item->changes[i], false);
		ldif_part(o, l, &item->changes[i], true);
	}
	return true;
}

/* A rename is a record of its own, before the changes. */
static int
ldif_rename(struct pending_output *o, const struct pending_item *item)
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
ldif_item(struct pending_output *o, const struct pending_item *item)
{
	struct ldif_record rec = {
	    .dn = item->new_dn.len != 0 ? item->new_dn : item->dn};
	struct ldif_lists l = {.item = item};

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
	pending_flush(o);
}

const struct pending_writer pending_ldif = {
    "ldif", pending_nothing, ldif_item, pending_nothing, true};
