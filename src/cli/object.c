/* cli/object.c -- objects by what a person knows of them; see session.h. */
#include <string.h>

#include "base/fold.h"
#include "cli/session.h"
#include "model/dn.h"

void
found_push(struct found_list *out, enum found_kind kind, int64_t id)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].kind == kind && out->items[i].id == id)
			return;
	if (out->count < out->max)
		out->items[out->count++] = (struct found){kind, id};
}

static void
push_ids(struct found_list *out, enum found_kind kind, const struct ids *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		found_push(out, kind, ids->id[i]);
}

/* A DN, in each connector space. */
static void
by_dn(struct session *s, struct text t, struct found_list *out)
{
	for (size_t i = 0; i < s->setup.connector_count; i++) {
		struct cs_key key = {s->setup.connectors[i].id, t};
		struct cs_object o;

		if (cs_find_dn(
			s->setup.store, s->setup.arena, key, 0, &o, NULL) == 0)
			found_push(out, FOUND_CS, o.id);
	}
}

static void
by_anchor_octets(struct session *s, struct text t, struct found_list *out)
{
	for (size_t i = 0; i < s->setup.connector_count; i++) {
		struct cs_key key = {s->setup.connectors[i].id, t};
		struct cs_object o;

		if (cs_find_anchor(
			s->setup.store, s->setup.arena, key, 0, &o, NULL) == 0)
			found_push(out, FOUND_CS, o.id);
	}
}

/* An anchor as show_anchor() prints it: text, a GUID, hex; or base64, as a
 * source anchor is written. */
static void
by_anchor(struct session *s, struct text t, struct found_list *out)
{
	struct guid g;
	struct text octets;

	by_anchor_octets(s, t, out);
	if (guid_parse(t, &g, NULL) == 0)
		by_anchor_octets(
		    s, (struct text){(const char *)g.octets, 16}, out);
	if (hex_decode(s->setup.arena, t, &octets, NULL) == 0)
		by_anchor_octets(s, octets, out);
	if (base64_decode(s->setup.arena, t, &octets, NULL) == 0)
		by_anchor_octets(s, octets, out);
}

static void
by_guid(struct session *s, struct text t, struct found_list *out)
{
	struct guid g;
	int64_t id;

	if (guid_parse(t, &g, NULL) == 0 &&
	    mv_find_guid(s->setup.store, &g, &id, NULL) == 0)
		found_push(out, FOUND_MV, id);
}

/* The search also gives what begins with it. */
static bool
is_exactly(struct session *s, int64_t mv, uint32_t name, struct text value)
{
	struct mv_object o;
	const struct attr *a;

	if (mv_get(s->setup.store, s->setup.arena, mv, false, &o, NULL) < 0 ||
	    (a = attrs_find(&o.values, name)) == NULL)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (fold_equal(show_value_text(s, &a->values[i]), value))
			return true;
	return false;
}

/* exact: the value itself, else what begins with it. */
static void
by_mv_value(struct session *s, uint32_t name, struct text value, bool exact,
    struct found_list *out)
{
	int64_t room[64];
	struct ids ids = {.id = room, .max = 64};
	struct mv_query q = {.name = name, .value = value};

	if (mv_search(s->setup.store, &q, &ids, NULL) < 0)
		return;
	for (size_t i = 0; i < ids.count; i++)
		if (!exact || is_exactly(s, ids.id[i], name, value))
			found_push(out, FOUND_MV, ids.id[i]);
}

/* attribute=value, where the left is an attribute that is known. */
static void
by_attribute(struct session *s, struct text t, struct found_list *out)
{
	const char *equals = memchr(t.data, '=', t.len);
	struct cs_search q = {.which = CS_EVERY};
	int64_t room[64];
	struct ids ids = {.id = room, .max = 64};
	size_t n;

	if (equals == NULL)
		return;
	n = (size_t)(equals - t.data);
	q.name = names_find_nocase(
	    store_names(s->setup.store), (struct text){t.data, n});
	q.value = (struct text){equals + 1, t.len - n - 1};
	if (q.name == 0)
		return;
	by_mv_value(s, q.name, q.value, true, out);
	if (out->count == 0)
		by_mv_value(s, q.name, q.value, false, out);
	if (out->count == 0 && cs_search(s->setup.store, &q, &ids, NULL) == 0)
		push_ids(out, FOUND_CS, &ids);
}

/* A UPN, an account name, an address, a display name. */
static void
by_known_value(struct session *s, struct text t, struct found_list *out)
{
	static const char *const known[] = {"userPrincipalName", "accountName",
	    "mail", "displayName", "sourceAnchor", "cn"};

	for (int exact = 1; exact >= 0; exact--)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			uint32_t name = names_find(
			    store_names(s->setup.store), text_of(known[i]));

			if (name != 0 && out->count == 0)
				by_mv_value(s, name, t, exact == 1, out);
		}
}

int
found_by_text(
    struct session *s, struct text text, struct found_list *out, struct err *e)
{
	static void (*const ways[])(
	    struct session *, struct text, struct found_list *) = {
	    by_dn, by_guid, by_anchor, by_attribute, by_known_value};

	out->count = 0;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		ways[i](s, text, out);
		if (out->count != 0)
			return 0;
	}
	return err_set(e, ERR_NOENT,
	    "no object with the DN, GUID, anchor, attribute=value, UPN, "
	    "account name, address or display name \"%.*s\"",
	    (int)(text.len < 200 ? text.len : 200), text.data);
}

/* ---- From one side to the other ---- */

static int
follow(struct session *s, enum found_kind want, struct found from,
    struct found_list *out, struct err *e)
{
	struct cs_object o;
	int64_t *links;
	size_t n = 0;
	int r;

	if (from.kind == want) {
		found_push(out, want, from.id);
		return 0;
	}
	if (want == FOUND_MV) {
		r = cs_get(s->setup.store, s->setup.arena, from.id, 0, &o, e);
		if (r == 0 && o.mv != 0)
			found_push(out, want, o.mv);
		return r;
	}
	r = mv_links(s->setup.store, s->setup.arena, from.id, &links, &n, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		found_push(out, want, links[i]);
	return r;
}

int
found_convert(struct session *s, enum found_kind want,
    const struct found_list *from, struct found_list *out, struct err *e)
{
	int r = 0;

	out->count = 0;
	for (size_t i = 0; i < from->count && r == 0; i++)
		r = follow(s, want, from->items[i], out, e);
	return r;
}

static struct text
found_name(struct session *s, const struct found *f)
{
	char guid[GUID_TEXT_LEN + 1];
	struct mv_object o;

	if (f->kind == FOUND_CS)
		return text_of(arena_printf(s->setup.arena, "%.*s: %.*s",
		    TEXT_ARGS(show_cs_connector(s, f->id)),
		    TEXT_ARGS(show_cs_dn(s, f->id))));
	if (mv_get(s->setup.store, s->setup.arena, f->id, false, &o, NULL) < 0)
		return TEXT("");
	guid_format(&o.guid, guid);
	return text_of(arena_strdup(s->setup.arena, guid));
}

int
found_one(
    struct session *s, struct text text, struct found_list *list, struct err *e)
{
	struct buf names;
	int r;

	if (list->count == 1)
		return 0;
	if (list->count == 0)
		return err_set(e, ERR_NOENT,
		    "\"%.*s\" is not linked: causeway why-not says why",
		    TEXT_ARGS(text));
	buf_init(&names, 1024);
	for (size_t i = 0; i < list->count && i < 5; i++)
		buf_printf(&names, "%s%.*s", i > 0 ? ", " : "",
		    TEXT_ARGS(found_name(s, &list->items[i])));
	r = err_set(e, ERR_INVAL, "\"%.*s\" is %zu objects; name one: %.*s%s",
	    TEXT_ARGS(text), list->count, TEXT_ARGS(buf_text(&names)),
	    list->count > 5 ? ", ..." : "");
	buf_clear(&names);
	return r;
}
