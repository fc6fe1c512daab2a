/*
 * proto/ldap_entry.c -- one message to one entry, with long attributes whole.
 *
 * A server may give an attribute in pieces ("member;range=0-1499", MS-ADTS
 * 3.1.1.3.1.3.3): the rest is read here, by a search at the entry for the
 * next piece until one ends in "*".  The messages of the search that goes on
 * meanwhile wait in the library.
 */
#include <stdio.h>
#include <string.h>

#include "proto/ldap_defs.h"
#include "proto/ldap_int.h"
#include "proto/ldap_wire.h"

#define RANGES_MAX 20000U /* pieces of one attribute */

static int
values_room(struct arena *a, struct ldap_attr *out, size_t need)
{
	size_t room = out->room != 0 ? out->room * 2 : need;
	struct text *list;

	if (need <= out->room)
		return 0;
	if (room < need)
		room = need;
	list = arena_raw(a, room, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	if (out->count != 0)
		memcpy(list, out->values, out->count * sizeof(*list));
	out->values = list;
	out->room = room;
	return 0;
}

/* Adds to the values that out has; dup where the message goes before them. */
static int
values_add(
    struct arena *a, struct ldap_attr *out, struct ldap_wire *w, bool dup)
{
	size_t n = w->count;
	int r;

	if (n > LDAP_VALUES_MAX || out->count + n > LDAP_VALUES_MAX)
		return ERR_LIMIT;
	r = values_room(a, out, out->count + n);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct text t = ldap_wire_value(w);

		out->values[out->count++] = dup ? text_dup(a, t) : t;
	}
	return r != 0 || arena_failed(a) ? ERR_NOMEM : 0;
}

static int
entry_fail(const struct entry_job *j, int code, const char *why, struct err *e)
{
	return err_type(e, code, "failed-search", "%.*s: %.*s: %s",
	    TEXT_ARGS(j->s->servers[j->s->at].url), TEXT_ARGS(j->item->dn),
	    why);
}

static int
entry_broken(const struct entry_job *j, struct err *e)
{
	return entry_fail(j, ERR_PROTOCOL, "broken entry", e);
}

/* Its name and the octets of its attributes, which lie in one piece: the first
 * tells where they begin. */
static int
entry_open(LDAP *ld, LDAPMessage *m, struct text *out_dn, struct text *out)
{
	BerElement *ber = NULL;
	struct berval dn, first;
	ber_len_t before = 0, after = 0;
	int rc = ldap_get_dn_ber(ld, m, &ber, &dn);

	*out = TEXT("");
	if (rc != LDAP_SUCCESS)
		return rc;
	*out_dn = (struct text){dn.bv_val, dn.bv_len};
	(void)ber_get_option(ber, LBER_OPT_REMAINING_BYTES, &before);
	if (before != 0 && ber_skip_element(ber, &first) == LBER_DEFAULT)
		rc = LDAP_DECODING_ERROR;
	else if (before != 0) {
		(void)ber_get_option(ber, LBER_OPT_REMAINING_BYTES, &after);
		*out = (struct text){
		    first.bv_val + first.bv_len - (before - after), before};
	}
	ber_free(ber, 0);
	return rc;
}

/* The name that the server takes as a base again: without <GUID=..>; parts. */
static char *
item_base(const struct entry_job *j)
{
	struct text dn = j->item->dn;

	while (dn.len != 0 && dn.data[0] == '<') {
		const char *end = memchr(dn.data, ';', dn.len);

		if (end == NULL)
			break;
		dn.len -= (size_t)(end + 1 - dn.data);
		dn.data = end + 1;
	}
	return arena_strndup(j->arena, dn.data, dn.len);
}

/* Takes the values of one follow-up read; sets *out_next, 0 at the end. */
static int
range_take(const struct entry_job *j, LDAPMessage *m, struct ldap_attr *out,
    uint64_t *out_next, struct err *e)
{
	struct text dn, rest;
	struct ldap_wire w;
	int r;

	*out_next = 0;
	if (entry_open(j->s->ld, m, &dn, &rest) != LDAP_SUCCESS)
		return entry_broken(j, e);
	while ((r = ldap_wire_next(&rest, &w)) > 0) {
		struct ldap_option o;

		if (!ldap_option_parse(w.name, &o))
			return entry_fail(j, ERR_PROTOCOL, "broken range", e);
		if (!o.range || !text_equal_nocase(o.name, out->name))
			continue;
		r = values_add(j->arena, out, &w, true);
		if (r < 0)
			return r;
		*out_next = o.last ? 0 : o.next;
	}
	return r < 0 ? entry_broken(j, e) : 0;
}

/* Asks for the values from `from` on. */
static int
range_send(const struct entry_job *j, const struct ldap_attr *a, uint64_t from,
    int *out_id, struct err *e)
{
	LDAPControl *list[QUERY_CONTROLS_MAX] = {NULL};
	char *attrs[] = {arena_printf(j->arena, "%.*s;range=%llu-*",
			     TEXT_ARGS(a->name), (unsigned long long)from),
	    NULL};
	char *base = item_base(j);
	int rc = LDAP_NO_MEMORY;

	if (base != NULL && attrs[0] != NULL)
		rc = query_controls(j->flags, list);
	if (rc == LDAP_SUCCESS)
		rc = ldap_search_ext(j->s->ld, base, LDAP_SCOPE_BASE,
		    "(objectClass=*)", attrs, 0, list[0] != NULL ? list : NULL,
		    NULL, NULL, LDAP_NO_LIMIT, out_id);
	query_controls_free(list);
	return rc == LDAP_SUCCESS ? 0 : ldap_fail(j->s, rc, "range", e);
}

/* Takes what answers: *next moves, 0 at the end of the attribute. */
static int
range_answer(const struct entry_job *j, struct ldap_attr *a, int id,
    uint64_t *next, struct err *e)
{
	uint64_t from = *next;
	int rc = LDAP_SUCCESS, r = 0;
	bool end = false;

	*next = 0;
	while (r == 0 && !end) {
		LDAPMessage *m = NULL;

		r = session_wait(j->s, id, &m, "range", e);
		if (r != 0)
			break;
		end = ldap_msgtype(m) == LDAP_RES_SEARCH_RESULT;
		if (ldap_msgtype(m) == LDAP_RES_SEARCH_ENTRY)
			r = range_take(j, m, a, next, e);
		else if (end)
			(void)ldap_parse_result(
			    j->s->ld, m, &rc, NULL, NULL, NULL, NULL, 0);
		(void)ldap_msgfree(m);
	}
	if (r == 0 && rc != LDAP_SUCCESS)
		r = entry_fail(j, ERR_REJECTED,
		    "it went away or moved while its values were read", e);
	if (r == 0 && *next != 0 && *next <= from)
		r = entry_fail(j, ERR_PROTOCOL, "a range goes backwards", e);
	return r;
}

static int
range_rest(const struct entry_job *j, struct ldap_attr *a, uint64_t next,
    struct err *e)
{
	unsigned pieces = 0;

	while (next != 0) {
		int id = 0, r;

		if (++pieces > RANGES_MAX)
			return entry_fail(j, ERR_LIMIT, "too many ranges", e);
		(*j->ranges)++;
		r = range_send(j, a, next, &id, e);
		if (r == 0)
			r = range_answer(j, a, id, &next, e);
		if (r != 0)
			return r;
	}
	return 0;
}

/* ---- The entry ---- */

static int
item_room(const struct entry_job *j)
{
	struct ldap_item *i = j->item;
	size_t room = i->room != 0 ? i->room * 2 : 64;
	struct ldap_attr *list;

	if (i->count < i->room)
		return 0;
	if (i->count >= LDAP_ATTRS_MAX)
		return ERR_LIMIT;
	list = arena_raw(j->arena, room, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	if (i->count != 0)
		memcpy(list, i->attrs, i->count * sizeof(*list));
	i->attrs = list;
	i->room = room;
	return 0;
}

/* One of 64, the same for a name in either case. */
static uint64_t
name_bit(struct text name)
{
	size_t n = name.len;

	if (n != 0)
		n += (size_t)(name.data[0] & 0x1f) * 7 +
		     (size_t)(name.data[n - 1] & 0x1f) * 5 +
		     (size_t)(name.data[n / 2] & 0x1f) * 3;
	return UINT64_C(1) << (n & 63);
}

/* The place of name in the item, which may have it already where the server
 * gives "member" empty and "member;range=0-1499" beside it.  Comparing each
 * name with all before it would be a sixth of reading; most have no bit yet. */
static int
item_place(const struct entry_job *j, struct text name, struct ldap_attr **out)
{
	uint64_t bit = name_bit(name);
	bool maybe = (j->item->names & bit) != 0;
	int r;

	j->item->names |= bit;
	for (size_t i = 0; maybe && i < j->item->count; i++)
		if (text_equal_nocase(j->item->attrs[i].name, name)) {
			*out = &j->item->attrs[i];
			return 0;
		}
	r = item_room(j);
	if (r != 0)
		return r;
	*out = &j->item->attrs[j->item->count++];
	**out = (struct ldap_attr){.name = name};
	return 0;
}

/* LDAP_QUERY_AS_IT_IS: options and empty attributes mean something. */
static int
attr_keep(const struct entry_job *j, struct ldap_wire *w, struct err *e)
{
	struct ldap_attr *a = NULL;
	int r = item_place(j, w->name, &a);

	if (r == 0)
		r = values_add(j->arena, a, w, false);
	return r < 0 ? entry_fail(j, r, "larger than we accept", e) : 0;
}

static int
attr_take(const struct entry_job *j, struct ldap_wire *w, struct err *e)
{
	struct ldap_option o;
	struct ldap_attr *a = NULL;
	int r;

	if ((j->flags & LDAP_QUERY_AS_IT_IS) != 0)
		return attr_keep(j, w, e);
	if (!ldap_option_parse(w->name, &o))
		return entry_fail(j, ERR_PROTOCOL, "broken range", e);
	if (o.foreign || w->count == 0)
		return 0;
	r = item_place(j, o.name, &a);
	if (r == 0)
		r = values_add(j->arena, a, w, false);
	if (r == 0 && o.range && !o.last)
		r = range_rest(j, a, o.next, e);
	if (r == ERR_LIMIT || r == ERR_NOMEM)
		return entry_fail(j, r, "larger than we accept", e);
	return r;
}

int
entry_parse(const struct entry_job *j, LDAPMessage *m, struct err *e)
{
	struct ldap_wire w;
	struct text rest;
	int rc, r;

	*j->item = (struct ldap_item){0};
	rc = entry_open(j->s->ld, m, &j->item->dn, &rest);
	if (rc != LDAP_SUCCESS)
		return ldap_fail_diag(j->s, rc, NULL, "entry", e);
	while ((r = ldap_wire_next(&rest, &w)) > 0) {
		r = attr_take(j, &w, e);
		if (r < 0)
			return r;
	}
	return r < 0 ? entry_broken(j, e) : 0;
}

const struct ldap_attr *
ldap_item_find(const struct ldap_item *i, const char *name)
{
	for (size_t k = 0; k < i->count; k++)
		if (text_is_nocase(i->attrs[k].name, name))
			return &i->attrs[k];
	return NULL;
}

struct text
ldap_item_first(const struct ldap_item *i, const char *name)
{
	const struct ldap_attr *a = ldap_item_find(i, name);

	return a != NULL && a->count != 0 ? a->values[0]
					  : (struct text){NULL, 0};
}
