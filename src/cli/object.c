/* cli/object.c -- objects by what a person knows of them; see session.h. */
#include <string.h>

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

static void
by_mv_value(
    struct session *s, uint32_t name, struct text value, struct found_list *out)
{
	int64_t room[64];
	struct ids ids = {.id = room, .max = 64};
	struct mv_query q = {.name = name, .value = value};

	if (mv_search(s->setup.store, &q, &ids, NULL) == 0)
		push_ids(out, FOUND_MV, &ids);
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
	by_mv_value(s, q.name, q.value, out);
	if (out->count == 0 && cs_search(s->setup.store, &q, &ids, NULL) == 0)
		push_ids(out, FOUND_CS, &ids);
}

/* A UPN, an account name, an address, a display name. */
static void
by_known_value(struct session *s, struct text t, struct found_list *out)
{
	static const char *const known[] = {"userPrincipalName", "accountName",
	    "mail", "displayName", "sourceAnchor", "cn"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		uint32_t name =
		    names_find(store_names(s->setup.store), text_of(known[i]));

		if (name != 0 && out->count == 0)
			by_mv_value(s, name, t, out);
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
