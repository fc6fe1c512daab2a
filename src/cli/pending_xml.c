/* cli/pending_xml.c -- pending changes in the form of the vendor's csexport
 * (docs/engine/model.md 2.6): the delta that waits, what the object is to be,
 * and what was last synchronised; see pending_show.h. */
#include <stdio.h>

#include "cli/pending_show.h"
#include "rules/vendor/csexport.h"
#include "store/tower.h"

/* One object on its way out. */
struct making {
	struct pending_output *o;
	struct arena *arena;
	const struct schema *schema; /* NULL: not known */
	struct cs_object cs;
	struct csexport_object out;
};

static struct text
type_text(const struct value *v)
{
	return v->type == VALUE_REFERENCE ? TEXT("")
					  : text_of(value_type_name(v->type));
}

/* By the schema where it is known, else by what is there. */
static bool
is_multi(const struct making *m, uint32_t name, size_t count)
{
	const struct schema_attr *a =
	    m->schema != NULL ? schema_find(m->schema, name) : NULL;

	return a != NULL ? a->multi : count > 1;
}

static struct csexport_value
value_of(const struct making *m, const struct value *v, enum csexport_op op)
{
	struct csexport_value x = {.binary = v->type == VALUE_BINARY, .op = op};
	struct cs_object target;

	if (x.binary) {
		x.text = v->text;
		return x;
	}
	x.text = show_value_text(m->o->s, v);
	if (v->type == VALUE_REFERENCE && v->id != 0 &&
	    cs_get(m->o->s->setup.store, m->arena, v->id, 0, &target, NULL) ==
		0) {
		x.text = target.dn;
		x.anchor = target.anchor;
	}
	return x;
}

static void
put_values(const struct making *m, struct csexport_attr *a,
    const struct value *list, size_t n, enum csexport_op op)
{
	for (size_t i = 0; i < n; i++)
		a->values[a->count++] = value_of(m, &list[i], op);
}

static bool
begin_attr(const struct making *m, struct csexport_attr *a, uint32_t name,
    const struct value *first, size_t n)
{
	*a = (struct csexport_attr){.name = pending_name(m->o, name),
	    .type = type_text(first),
	    .reference = first->type == VALUE_REFERENCE,
	    .multivalued = is_multi(m, name, n),
	    .values = arena_array(m->arena, n, sizeof(*a->values))};
	return a->values != NULL;
}

/* ---- Layers ---- */

static int
delta_layer(struct making *m, const struct pending_item *item)
{
	static const enum csexport_op ops[] = {[DELTA_ADD] = CSEXPORT_ADD,
	    [DELTA_UPDATE] = CSEXPORT_UPDATE,
	    [DELTA_DELETE] = CSEXPORT_DELETE};
	struct csexport_layer *l = &m->out.layer[CSEXPORT_UNAPPLIED];

	*l = (struct csexport_layer){.present = true,
	    .op = ops[item->op],
	    .dn = item->dn,
	    .new_dn = item->new_dn,
	    .anchor = item->anchor,
	    .object_class = pending_name(m->o, item->type),
	    .attrs =
		arena_array(m->arena, item->change_count, sizeof(*l->attrs))};
	if (l->attrs == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < item->change_count; i++) {
		const struct pending_change *c = &item->changes[i];
		struct csexport_attr *a = &l->attrs[l->count++];
		size_t n = (size_t)c->add_count + c->del_count;

		if (!begin_attr(
			m, a, c->name, c->add_count != 0 ? c->add : c->del, n))
			return ERR_NOMEM;
		a->op = item->op == DELTA_ADD ? CSEXPORT_ADD : CSEXPORT_UPDATE;
		put_values(m, a, c->del, c->del_count, CSEXPORT_DELETE);
		put_values(m, a, c->add, c->add_count, CSEXPORT_ADD);
	}
	return 0;
}

static int
entry_layer(struct making *m, enum csexport_which which, struct text dn,
    const struct attrs *attrs)
{
	struct csexport_layer *l = &m->out.layer[which];

	*l = (struct csexport_layer){.present = true,
	    .dn = dn,
	    .anchor = m->cs.anchor,
	    .object_class = pending_name(m->o, m->cs.type),
	    .attrs = arena_array(m->arena, attrs->count, sizeof(*l->attrs))};
	if (l->attrs == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < attrs->count; i++) {
		const struct attr *from = &attrs->items[i];
		struct csexport_attr *a = &l->attrs[l->count++];

		if (from->count == 0)
			continue;
		if (!begin_attr(m, a, from->name, from->values, from->count))
			return ERR_NOMEM;
		put_values(m, a, from->values, from->count, CSEXPORT_NONE);
	}
	return 0;
}

/* What it is to be, and what was last synchronised. */
static int
holograms(struct making *m, const struct pending_item *item)
{
	struct ref_query q = {
	    .owner = item->cs_id, .mask = 0xffU, .with_target = true};
	struct cs_ref *refs = NULL;
	struct attrs top, image, before;
	struct delta back;
	size_t n = 0;
	int r =
	    cs_refs_get(m->o->s->setup.store, m->arena, &q, &refs, &n, NULL);

	if (r == 0)
		r = tower_view(m->arena, &m->cs, refs, n, TOWER_TOP, &top);
	if (r == 0 && item->op != DELTA_DELETE)
		r = entry_layer(m, CSEXPORT_UNAPPLIED_HOLOGRAM,
		    item->new_dn.len != 0 ? item->new_dn : item->dn, &top);
	if (r < 0 || (m->cs.flags & CS_IN_CD) == 0)
		return r;
	r = tower_view(m->arena, &m->cs, refs, n, TOWER_IMAGE, &image);
	before = image;
	if (r == 0 && m->cs.import.op == DELTA_UPDATE) {
		r = delta_invert(m->arena, &m->cs.import, &back);
		if (r == 0)
			r = delta_apply(m->arena, &before, &back);
	}
	return r < 0 ? r
		     : entry_layer(m, CSEXPORT_SYNCHRONIZED, m->cs.dn, &before);
}

/* ---- State ---- */

static struct text
braced(struct making *m, const struct guid *g)
{
	char guid[GUID_TEXT_LEN + 1];

	guid_format(g, guid);
	return text_of(arena_printf(m->arena, "{%s}", guid));
}

static struct text
state_name(enum cs_link link)
{
	if (link == CS_EXPLICIT_CONNECTOR || link == CS_EXPLICIT_DISCONNECTOR)
		return TEXT("explicit");
	return link == CS_FILTERED_DISCONNECTOR ? TEXT("stay") : TEXT("normal");
}

static void
export_error(struct making *m)
{
	struct error_query q = {.cs = m->cs.id, .max = 10};
	struct object_error *list = NULL;
	size_t n = 0;

	if (error_list(m->o->s->setup.store, m->arena, &q, &list, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (list[i].stage != ERROR_EXPORT)
			continue;
		m->out.export_error =
		    (struct csexport_error){.type = list[i].type,
			.first = show_time(m->o->s, list[i].first_ms),
			.last = show_time(m->o->s, list[i].last_ms),
			.retries =
			    list[i].count > 0 ? (uint64_t)list[i].count - 1 : 0,
			.cd_text = list[i].text};
	}
}

static void
state(struct making *m)
{
	struct store_connector *rows = NULL;
	struct mv_object mv;
	size_t n = 0;

	m->out.connector = m->cs.mv != 0;
	m->out.state = state_name(m->cs.link);
	m->out.ma_name = m->o->connector;
	m->out.partition_name = pending_name(m->o, m->cs.partition);
	if (m->cs.mv != 0 && mv_get(m->o->s->setup.store, m->arena, m->cs.mv,
				 false, &mv, NULL) == 0)
		m->out.mv_link = braced(m, &mv.guid);
	if (store_connector_list(
		m->o->s->setup.store, m->arena, &rows, &n, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (rows[i].id == m->cs.connector)
			m->out.ma_id = braced(m, &rows[i].guid);
	export_error(m);
}

static void
xml_item(struct pending_output *o, const struct pending_item *item)
{
	struct making m = {.o = o,
	    .arena = o->s->setup.arena,
	    .schema = o->s->setup.schemas[o->index]};
	int r = cs_get(
	    o->s->setup.store, m.arena, item->cs_id, CS_ALL, &m.cs, NULL);

	m.out.dn = item->dn;
	m.out.id = braced(&m, &item->guid);
	m.out.type = pending_name(o, item->type);
	if (r == 0)
		r = delta_layer(&m, item);
	if (r == 0)
		r = holograms(&m, item);
	if (r == 0)
		state(&m);
	if (r == 0)
		csexport_write(&o->xml, &m.out);
	if (r == 0)
		r = o->xml.error;
	if (r < 0) {
		o->text.error = r;
		return;
	}
	pending_flush(o);
	(void)putchar('\n');
}

static void
xml_begin_list(struct pending_output *o)
{
	buf_puts(&o->text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	pending_flush(o);
	xml_writer_init(&o->xml, &o->text);
	csexport_begin(&o->xml);
}

static void
xml_end_list(struct pending_output *o)
{
	csexport_end(&o->xml);
	buf_putc(&o->text, '\n');
	pending_flush(o);
}

const struct pending_writer pending_xml = {
    "xml", xml_begin_list, xml_item, xml_end_list, true};
