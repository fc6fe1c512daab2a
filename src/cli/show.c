/* cli/show.c -- objects for people and programs; see session.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/session.h"
#include "model/dn_binary.h"
#include "store/tower.h"

/* ---- Values ---- */

static struct arena *
arena_of(const struct session *s)
{
	return s->setup.arena;
}

static struct names *
names_of(const struct session *s)
{
	return store_names(s->setup.store);
}

struct text
show_time(const struct session *s, int64_t ms)
{
	char text[32];

	if (ms == 0)
		return TEXT("");
	return text_of(
	    arena_strdup(arena_of(s), clock_format(ms, false, text)));
}

static bool
is_printable(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] < 0x20)
			return false;
	return text_is_utf8(t);
}

struct text
show_anchor(const struct session *s, struct text anchor)
{
	char text[GUID_TEXT_LEN + 1];
	struct guid g;
	struct text out;

	if (anchor.len == 16 && !is_printable(anchor)) {
		memcpy(g.octets, anchor.data, 16);
		guid_format(&g, text);
		return text_of(arena_strdup(arena_of(s), text));
	}
	if (is_printable(anchor))
		return anchor;
	return hex_encode(arena_of(s), anchor, &out) == 0 ? out : TEXT("");
}

struct text
show_value_text(const struct session *s, const struct value *v)
{
	struct text out;

	if (v->type == VALUE_REFERENCE && v->by == REF_ANCHOR)
		return show_anchor(s, v->text);
	return value_format(arena_of(s), v, &out) == 0 ? out : TEXT("");
}

static struct json *
wrapped(const char *key, struct text t)
{
	struct json *j = json_new_object();

	json_set_text(j, key, t);
	return j;
}

struct json *
show_value(const struct session *s, const struct value *v)
{
	struct text t;

	switch (v->type) {
	case VALUE_STRING:
		return json_new_text(v->text);
	case VALUE_INTEGER:
		return json_new_int(v->integer);
	case VALUE_BOOLEAN:
		return json_new_bool(v->boolean);
	case VALUE_BINARY:
		if (hex_encode(arena_of(s), v->text, &t) < 0)
			return NULL;
		return wrapped("$bin", t);
	case VALUE_REFERENCE:
		return wrapped("$ref", show_value_text(s, v));
	case VALUE_DN_BINARY:
		return json_new_text(dn_binary_text(v));
	}
	return NULL;
}

struct json *
show_attr(const struct session *s, const struct attr *a)
{
	struct json *list;

	if (a->count == 1)
		return show_value(s, &a->values[0]);
	list = json_new_list();
	for (uint32_t i = 0; i < a->count; i++)
		json_push(list, show_value(s, &a->values[i]));
	return list;
}

static const char *
name_of(const struct session *s, uint32_t name)
{
	struct text t = names_text(names_of(s), name);
	char *p = arena_strndup(arena_of(s), t.data, t.len);

	return p != NULL ? p : "";
}

struct text
show_connector(const struct session *s, int64_t connector)
{
	struct store_connector *rows;
	size_t n;

	if (store_connector_list(s->setup.store, arena_of(s), &rows, &n, NULL) <
	    0)
		return TEXT("");
	for (size_t i = 0; i < n; i++)
		if (rows[i].id == connector)
			return rows[i].name;
	return TEXT("");
}

struct text
show_rule(const struct session *s, uint32_t rule_id_name)
{
	size_t n = 0;
	const struct plan_rule *const *all =
	    s->setup.plan != NULL ? plan_all(s->setup.plan, &n) : NULL;

	for (size_t i = 0; i < n; i++)
		if (all[i]->rule->id_name == rule_id_name)
			return all[i]->rule->name;
	return names_text(names_of(s), rule_id_name);
}

/* ---- Connector space objects ---- */

static const char *
link_name(enum cs_link link)
{
	switch (link) {
	case CS_DISCONNECTOR:
		return "disconnector";
	case CS_CONNECTOR:
		return "connector";
	case CS_EXPLICIT_CONNECTOR:
		return "explicit connector";
	case CS_EXPLICIT_DISCONNECTOR:
		return "explicit disconnector";
	case CS_FILTERED_DISCONNECTOR:
		return "filtered disconnector";
	}
	return "?";
}

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {
    {CS_IN_CD, "in-directory"},
    {CS_REF_RETRY, "ref-retry"},
    {CS_REF_WAITS, "ref-retry"},
    {CS_REF_GONE, "pending-ref-delete"},
    {CS_DELETE_ADD, "delete-add"},
    {CS_RENAME_RETRY, "rename-retry"},
    {CS_SYNC_ERROR, "sync-error"},
    {CS_EXPORT_ERROR, "export-error"},
    {CS_IMPORT_ERROR, "import-error"},
    {CS_TRANSIENT, "transient"},
    {CS_PH_LINK, "placeholder-link"},
    {CS_PH_PARENT, "placeholder-parent"},
    {CS_PH_DELETE, "placeholder-delete"},
    {CS_UNSUPPORTED, "not-exportable"},
    {CS_NOT_REIMPORTED, "exported-change-not-reimported"},
    {CS_RESYNC, "resync"},
};

/* What show_cs() and show_cs_text() tell. */
struct cs_view {
	struct cs_object o;
	struct cs_ref *refs;
	size_t ref_count;
	struct object_error *errors;
	size_t error_count;
};

static int
view_cs(struct session *s, int64_t id, struct cs_view *v, struct err *e)
{
	struct ref_query q = {.owner = id, .mask = ~0U, .with_target = true};
	struct error_query errors = {.cs = id, .max = 10};
	int r = cs_get(s->setup.store, arena_of(s), id, CS_ALL, &v->o, e);

	if (r == 0)
		r = cs_refs_get(s->setup.store, arena_of(s), &q, &v->refs,
		    &v->ref_count, e);
	if (r == 0)
		r = error_list(s->setup.store, arena_of(s), &errors, &v->errors,
		    &v->error_count, e);
	return r;
}

static struct text
ref_text(const struct session *s, const struct cs_ref *r)
{
	return r->named->dn.len != 0 ? r->named->dn
				     : show_anchor(s, r->named->anchor);
}

static void
add_ref_values(const struct session *s, const struct cs_view *v, unsigned mask,
    struct json *attrs)
{
	for (size_t i = 0; i < v->ref_count; i++) {
		const char *name = name_of(s, v->refs[i].name);
		struct json *list = json_get(attrs, name);

		if ((v->refs[i].bits & mask) == 0)
			continue;
		if (list == NULL) {
			list = json_new_list();
			json_set(attrs, name, list);
		}
		json_push(list, wrapped("$ref", ref_text(s, &v->refs[i])));
	}
}

static struct json *
image_json(const struct session *s, const struct cs_view *v)
{
	struct json *j = json_new_object();

	for (uint32_t i = 0; i < v->o.image.count; i++)
		json_set(j, name_of(s, v->o.image.items[i].name),
		    show_attr(s, &v->o.image.items[i]));
	add_ref_values(s, v, REF_IMAGE, j);
	return j;
}

static struct json *
values_json(const struct session *s, const struct value *list, uint32_t n)
{
	struct json *j = json_new_list();

	for (uint32_t i = 0; i < n; i++)
		json_push(j, show_value(s, &list[i]));
	return j;
}

static struct json *
change_json(struct json *changes, const char *name)
{
	struct json *c = json_get(changes, name);

	if (c == NULL) {
		c = json_new_object();
		json_set(c, "add", json_new_list());
		json_set(c, "delete", json_new_list());
		json_set(changes, name, c);
	}
	return c;
}

/* One layer of the tower; NULL where it is empty. */
static struct json *
layer_json(const struct session *s, const struct cs_view *v,
    const struct delta *d, const unsigned bits[2])
{
	struct json *j, *changes = json_new_object();

	for (uint32_t i = 0; i < d->count; i++) {
		const struct change *c = &d->changes[i];
		struct json *one = json_new_object();

		json_set(one, "add", values_json(s, c->add, c->add_count));
		json_set(one, "delete", values_json(s, c->del, c->del_count));
		json_set(changes, name_of(s, c->name), one);
	}
	for (size_t i = 0; i < v->ref_count; i++)
		for (int k = 0; k < 2; k++)
			if ((v->refs[i].bits & bits[k]) != 0)
				json_push(
				    json_get(change_json(changes,
						 name_of(s, v->refs[i].name)),
					k == 0 ? "add" : "delete"),
				    wrapped("$ref", ref_text(s, &v->refs[i])));
	if (d->op == DELTA_NONE && json_count(changes) == 0) {
		(void)json_free(changes);
		return NULL;
	}
	j = json_new_object();
	json_set_str(j, "operation", delta_op_name(d->op));
	if (d->new_dn.len != 0)
		json_set_text(j, "newdn", d->new_dn);
	json_set(j, "changes", changes);
	return j;
}

static void // NOLINTNEXTLINE(readability-function-size): one layer, its bits
set_layer(const struct session *s, struct json *j, const char *key,
    const struct cs_view *v, const struct delta *d, unsigned add, unsigned del)
{
	struct json *layer = layer_json(s, v, d, (unsigned[]){add, del});

	if (layer != NULL)
		json_set(j, key, layer);
}

static struct json *
lineage_json(const struct session *s, const struct cs_object *o)
{
	struct json *list = json_new_list();

	for (uint32_t i = 0; i < o->lineage_count; i++) {
		const struct lineage *l = &o->lineage[i];
		struct json *j = json_new_object();

		json_set_text(j, "rule", show_rule(s, l->rule));
		json_set_str(
		    j, "direction", l->inbound ? "Inbound" : "Outbound");
		json_set_str(j, "linkType",
		    l->provision ? "Provision"
				 : (l->sticky ? "StickyJoin" : "Join"));
		json_set_bool(j, "created", l->created != 0);
		if (l->due_ms != 0) /* left scope, counts until then */
			json_set_text(j, "until", show_time(s, l->due_ms));
		json_push(list, j);
	}
	return list;
}

static struct json *
flags_json(unsigned flags)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if ((flags & flag_names[i].flag) != 0)
			json_push(
			    list, json_new_text(text_of(flag_names[i].name)));
	return list;
}

static void
set_errors(const struct session *s, struct json *j, const struct cs_view *v)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < v->error_count; i++) {
		struct json *one = json_new_object();

		json_set_text(one, "error-type", v->errors[i].type);
		json_set_text(one, "message", v->errors[i].text);
		json_set_text(
		    one, "first-occurred", show_time(s, v->errors[i].first_ms));
		json_set_int(one, "count", v->errors[i].count);
		json_push(list, one);
	}
	json_set(j, "errors", list);
}

static void
set_guid(struct json *j, const char *key, const struct guid *g)
{
	char text[GUID_TEXT_LEN + 1];

	guid_format(g, text);
	json_set_str(j, key, text);
}

static void
set_mv(const struct session *s, struct json *j, int64_t mv)
{
	struct mv_object o;

	if (mv != 0 &&
	    mv_get(s->setup.store, arena_of(s), mv, false, &o, NULL) == 0)
		set_guid(j, "mv", &o.guid);
}

struct json *
show_cs(struct session *s, int64_t id, struct err *e)
{
	struct cs_view v = {0};
	const struct cs_object *o = &v.o;
	struct json *j;

	if (view_cs(s, id, &v, e) < 0)
		return NULL;
	j = json_new_object();
	set_guid(j, "id", &o->guid);
	json_set_text(j, "connector", show_connector(s, o->connector));
	json_set_str(
	    j, "kind", o->kind == CS_PLACEHOLDER ? "placeholder" : "staging");
	json_set_str(j, "objectType", name_of(s, o->type));
	json_set_text(j, "dn", o->dn);
	json_set_text(j, "anchor", show_anchor(s, o->anchor));
	json_set_str(j, "state", link_name(o->link));
	set_mv(s, j, o->mv);
	json_set(j, "flags", flags_json(o->flags));
	json_set(j, "attributes", image_json(s, &v));
	set_layer(s, j, "pending-import", &v, &o->import, 0, 0);
	set_layer(s, j, "unapplied-export", &v, &o->unapplied,
	    REF_UNAPPLIED_ADD, REF_UNAPPLIED_DEL);
	set_layer(s, j, "escrowed-export", &v, &o->escrowed, REF_ESCROWED_ADD,
	    REF_ESCROWED_DEL);
	set_layer(s, j, "unconfirmed-export", &v, &o->unconfirmed,
	    REF_UNCONFIRMED_ADD, REF_UNCONFIRMED_DEL);
	json_set(j, "lineage", lineage_json(s, o));
	json_set_text(j, "last-import", show_time(s, o->import_ms));
	json_set_text(j, "last-export", show_time(s, o->export_ms));
	set_errors(s, j, &v);
	return j;
}

static void
print_values(const struct session *s, const char *name, const struct attr *a,
    const char *more)
{
	for (uint32_t i = 0; i < a->count; i++) {
		struct text t = show_value_text(s, &a->values[i]);

		(void)printf("  %-28s %.*s%s\n", i == 0 ? name : "",
		    (int)(t.len < 200 ? t.len : 200), t.data,
		    i == 0 ? more : "");
	}
}

static void
print_refs(const struct session *s, const struct cs_view *v)
{
	for (size_t i = 0; i < v->ref_count; i++) {
		unsigned bits = v->refs[i].bits;
		const char *what =
		    (bits & REF_UNAPPLIED_ADD) != 0   ? "  (to be added)"
		    : (bits & REF_UNAPPLIED_DEL) != 0 ? "  (to be removed)"
		    : (bits & REF_IMAGE) == 0         ? "  (not there)"
						      : "";

		(void)printf("  %-28s %.*s%s\n", name_of(s, v->refs[i].name),
		    TEXT_ARGS(ref_text(s, &v->refs[i])), what);
	}
}

static void
print_delta(const struct session *s, const char *title, const struct delta *d)
{
	if (d->op == DELTA_NONE && d->count == 0)
		return;
	(void)printf("%s: %s%s%.*s\n", title, delta_op_name(d->op),
	    d->new_dn.len != 0 ? ", new DN " : "", TEXT_ARGS(d->new_dn));
	for (uint32_t i = 0; i < d->count; i++) {
		const struct change *c = &d->changes[i];

		for (uint32_t k = 0; k < c->del_count; k++)
			(void)printf("  - %-26s %.*s\n", name_of(s, c->name),
			    TEXT_ARGS(show_value_text(s, &c->del[k])));
		for (uint32_t k = 0; k < c->add_count; k++)
			(void)printf("  + %-26s %.*s\n", name_of(s, c->name),
			    TEXT_ARGS(show_value_text(s, &c->add[k])));
	}
}

static void
print_cs_head(const struct session *s, const struct cs_object *o)
{
	char guid[GUID_TEXT_LEN + 1];

	guid_format(&o->guid, guid);
	(void)printf("%.*s\n", TEXT_ARGS(o->dn));
	(void)printf("connector %.*s, %s, %s, anchor %.*s, id %s\n",
	    TEXT_ARGS(show_connector(s, o->connector)), name_of(s, o->type),
	    link_name(o->link), TEXT_ARGS(show_anchor(s, o->anchor)), guid);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if ((o->flags & flag_names[i].flag) != 0)
			(void)printf("%s ", flag_names[i].name);
	(void)putchar('\n');
}

/* A rule that left scope and waits says until when. */
static void
print_lineage(const struct session *s, const struct cs_object *o)
{
	for (uint32_t i = 0; i < o->lineage_count; i++) {
		const struct lineage *l = &o->lineage[i];
		struct text until = show_time(s, l->due_ms);
		bool waits = l->due_ms != 0;

		(void)printf("rule: %.*s%s%s%.*s\n",
		    TEXT_ARGS(show_rule(s, l->rule)),
		    l->created ? " (made the link)" : "",
		    waits ? ", out of scope, counts until " : "",
		    waits ? (int)until.len : 0, until.data);
	}
}

int
show_cs_text(struct session *s, int64_t id, struct err *e)
{
	struct cs_view v = {0};
	int r = view_cs(s, id, &v, e);

	if (r < 0)
		return r;
	print_cs_head(s, &v.o);
	for (uint32_t i = 0; i < v.o.image.count; i++)
		print_values(s, name_of(s, v.o.image.items[i].name),
		    &v.o.image.items[i], "");
	print_refs(s, &v);
	print_delta(s, "pending import", &v.o.import);
	print_delta(s, "pending export", &v.o.unapplied);
	print_delta(s, "export without an answer", &v.o.escrowed);
	print_delta(s, "export not confirmed yet", &v.o.unconfirmed);
	print_lineage(s, &v.o);
	for (size_t i = 0; i < v.error_count; i++)
		(void)printf("error: %.*s: %.*s (since %.*s, %" PRId64
			     " times)\n",
		    TEXT_ARGS(v.errors[i].type), TEXT_ARGS(v.errors[i].text),
		    TEXT_ARGS(show_time(s, v.errors[i].first_ms)),
		    v.errors[i].count);
	return 0;
}

static struct text
display_in(const struct session *s, const struct attrs *a)
{
	const struct value *v =
	    attrs_first(a, names_find(names_of(s), TEXT("displayName")));

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

struct text
show_cs_name(const struct session *s, int64_t cs)
{
	struct cs_object o;
	struct mv_object mv;
	struct attrs view;
	struct text t = TEXT("");

	if (cs == 0 || cs_get(s->setup.store, arena_of(s), cs,
			   CS_IMAGE | CS_EXPORT, &o, NULL) < 0)
		return t;
	if (tower_view(arena_of(s), &o, NULL, 0, TOWER_TOP, &view) == 0)
		t = display_in(s, &view);
	if (t.len == 0 && o.mv != 0 &&
	    mv_get(s->setup.store, arena_of(s), o.mv, false, &mv, NULL) == 0)
		t = display_in(s, &mv.values);
	return t.len != 0 ? t : o.dn;
}

/* ---- Metaverse objects ---- */

static const struct origin *
origin_of(const struct mv_object *o, uint32_t name)
{
	for (uint32_t i = 0; i < o->origin_count; i++)
		if (o->origins[i].name == name)
			return &o->origins[i];
	return NULL;
}

static struct text
cs_dn(const struct session *s, int64_t id, int64_t *out_connector)
{
	struct cs_object o;

	if (cs_get(s->setup.store, arena_of(s), id, 0, &o, NULL) < 0)
		return TEXT("");
	*out_connector = o.connector;
	return o.dn;
}

static struct json *
mv_attr_json(
    const struct session *s, const struct mv_object *o, const struct attr *a)
{
	const struct origin *from = origin_of(o, a->name);
	struct json *j = json_new_object(), *values = json_new_list();
	int64_t connector = 0;

	for (uint32_t i = 0; i < a->count; i++)
		json_push(values, show_value(s, &a->values[i]));
	json_set(j, "values", values);
	if (from == NULL)
		return j;
	json_set_text(j, "rule", show_rule(s, from->rule));
	json_set_text(j, "source", cs_dn(s, from->cs, &connector));
	json_set_text(j, "connector", show_connector(s, connector));
	json_set_text(j, "since", show_time(s, from->ms));
	return j;
}

void
show_name_references(const struct session *s, struct value *list, size_t n)
{
	struct mv_object target;

	for (size_t i = 0; i < n; i++) {
		struct value *v = &list[i];
		struct text name;

		if (v->type != VALUE_REFERENCE ||
		    mv_get(s->setup.store, arena_of(s), v->id, false, &target,
			NULL) < 0)
			continue;
		name = display_in(s, &target.values);
		if (name.len != 0)
			v->text = name;
	}
}

static void
name_references(const struct session *s, struct mv_object *o)
{
	for (uint32_t i = 0; i < o->values.count; i++)
		show_name_references(
		    s, o->values.items[i].values, o->values.items[i].count);
}

struct text
show_cs_dn(const struct session *s, int64_t cs)
{
	int64_t connector = 0;

	return cs_dn(s, cs, &connector);
}

struct text
show_cs_connector(const struct session *s, int64_t cs)
{
	int64_t connector = 0;

	(void)cs_dn(s, cs, &connector);
	return show_connector(s, connector);
}

static struct json *
links_json(const struct session *s, int64_t id)
{
	struct json *list = json_new_list();
	int64_t *cs;
	size_t n = 0;

	if (mv_links(s->setup.store, arena_of(s), id, &cs, &n, NULL) < 0)
		return list;
	for (size_t i = 0; i < n; i++) {
		struct json *j = json_new_object();
		int64_t connector = 0;

		json_set_text(j, "dn", cs_dn(s, cs[i], &connector));
		json_set_text(j, "connector", show_connector(s, connector));
		json_push(list, j);
	}
	return list;
}

struct json *
show_mv(struct session *s, int64_t id, struct err *e)
{
	struct mv_object o;
	struct json *j, *attrs;

	if (mv_get(s->setup.store, arena_of(s), id, true, &o, e) < 0)
		return NULL;
	name_references(s, &o);
	j = json_new_object();
	attrs = json_new_object();
	set_guid(j, "id", &o.guid);
	json_set_str(j, "objectType", name_of(s, o.type));
	for (uint32_t i = 0; i < o.values.count; i++)
		json_set(attrs, name_of(s, o.values.items[i].name),
		    mv_attr_json(s, &o, &o.values.items[i]));
	json_set(j, "attributes", attrs);
	json_set(j, "links", links_json(s, id));
	return j;
}

int
show_mv_text(struct session *s, int64_t id, struct err *e)
{
	char guid[GUID_TEXT_LEN + 1];
	struct mv_object o;
	int64_t *cs = NULL;
	size_t n = 0;
	int r = mv_get(s->setup.store, arena_of(s), id, true, &o, e);

	if (r == 0)
		r = mv_links(s->setup.store, arena_of(s), id, &cs, &n, e);
	if (r < 0)
		return r;
	name_references(s, &o);
	guid_format(&o.guid, guid);
	(void)printf("metaverse %s %s\n", name_of(s, o.type), guid);
	for (uint32_t i = 0; i < o.values.count; i++) {
		const struct attr *a = &o.values.items[i];
		const struct origin *from = origin_of(&o, a->name);
		char *rule = from == NULL
				 ? NULL
				 : arena_printf(arena_of(s), "  [%.*s]",
				       TEXT_ARGS(show_rule(s, from->rule)));

		print_values(
		    s, name_of(s, a->name), a, rule != NULL ? rule : "");
	}
	for (size_t i = 0; i < n; i++) {
		int64_t connector = 0;
		struct text dn = cs_dn(s, cs[i], &connector);

		(void)printf("linked: %.*s: %.*s\n",
		    TEXT_ARGS(show_connector(s, connector)), TEXT_ARGS(dn));
	}
	return 0;
}
