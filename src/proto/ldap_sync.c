/* proto/ldap_sync.c -- see ldap_sync.h.  Read in place, element by element
 * (LDAP uses the definite form of BER alone, RFC 4511 5.1): liblber's reader
 * would copy each object's identifier. */
#include "proto/ldap_sync.h"

enum {
	TAG_BOOLEAN = 0x01,
	TAG_OCTETS = 0x04,
	TAG_ENUMERATED = 0x0a,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	/* of the intermediate message */
	TAG_IS_COOKIE = 0x80,
	TAG_IS_DELETED = 0xa1,
	TAG_IS_PRESENT = 0xa2,
	TAG_IS_SET = 0xa3,
};

#define LENGTH_OCTETS_MAX 4U

/* The tag of what comes next, 0 at the end. */
static unsigned
peek(struct text rest)
{
	return rest.len != 0 ? (unsigned char)rest.data[0] : 0;
}

/* The octets of a length in its long form; *pos moves behind them. */
static int
long_length(struct text t, size_t *pos, size_t *out)
{
	size_t n = (unsigned char)t.data[*pos] & 0x7fU;

	(*pos)++;
	*out = 0;
	if (n == 0 || n > LENGTH_OCTETS_MAX || t.len - *pos < n)
		return ERR_PROTOCOL;
	for (; n > 0; n--, (*pos)++)
		*out = *out << 8 | (unsigned char)t.data[*pos];
	return 0;
}

/* The element that comes next, which has to be of this kind; moves *rest. */
static int
take(struct text *rest, unsigned tag, struct text *out)
{
	size_t pos = 1, len;

	if (peek(*rest) != tag || rest->len < 2)
		return ERR_PROTOCOL;
	len = (unsigned char)rest->data[pos];
	if (len < 0x80)
		pos++;
	else if (long_length(*rest, &pos, &len) != 0)
		return ERR_PROTOCOL;
	if (len > rest->len - pos)
		return ERR_PROTOCOL;
	*out = (struct text){rest->data + pos, len};
	rest->data += pos + len;
	rest->len -= pos + len;
	return 0;
}

static int
take_cookie(struct text *r, unsigned tag, struct text *out)
{
	int rc;

	*out = (struct text){"", 0};
	if (peek(*r) != tag)
		return 0;
	rc = take(r, tag, out);
	return rc == 0 && out->len > LDAP_SYNC_COOKIE_MAX ? ERR_LIMIT : rc;
}

static int
take_bool(struct text *r, bool otherwise, bool *out)
{
	struct text t;
	int rc;

	*out = otherwise;
	if (peek(*r) != TAG_BOOLEAN)
		return 0;
	rc = take(r, TAG_BOOLEAN, &t);
	if (rc == 0 && t.len != 1)
		rc = ERR_PROTOCOL;
	if (rc == 0)
		*out = t.data[0] != 0;
	return rc;
}

static int
take_uuid(struct text *r, const unsigned char **out)
{
	struct text t;
	int rc = take(r, TAG_OCTETS, &t);

	if (rc == 0 && t.len != LDAP_UUID_BYTES)
		rc = ERR_PROTOCOL;
	if (rc == 0)
		*out = (const unsigned char *)t.data;
	return rc;
}

/* The one element that the octets are. */
static int
enter(struct text value, unsigned tag, struct text *out)
{
	return take(&value, tag, out) != 0 || value.len != 0 ? ERR_PROTOCOL : 0;
}

int
ldap_sync_state_parse(struct text value, struct ldap_sync_state *out)
{
	static const enum ldap_told states[] = {LDAP_TOLD_PRESENT,
	    LDAP_TOLD_ADDED, LDAP_TOLD_CHANGED, LDAP_TOLD_DELETED};
	struct text r = {0};
	struct text state = {0};
	int rc = enter(value, TAG_SEQUENCE, &r);

	if (rc == 0)
		rc = take(&r, TAG_ENUMERATED, &state);
	if (rc == 0 && (state.len != 1 || (unsigned char)state.data[0] >=
					      sizeof(states) / sizeof(*states)))
		rc = ERR_PROTOCOL;
	if (rc != 0)
		return rc;
	out->told = states[(unsigned char)state.data[0]];
	rc = take_uuid(&r, &out->uuid);
	return rc == 0 ? take_cookie(&r, TAG_OCTETS, &out->cookie) : rc;
}

int
ldap_sync_done_parse(struct text value, struct ldap_sync_done *out)
{
	struct text r = {0};
	int rc = enter(value, TAG_SEQUENCE, &r);

	if (rc == 0)
		rc = take_cookie(&r, TAG_OCTETS, &out->cookie);
	return rc == 0 ? take_bool(&r, false, &out->deletes) : rc;
}

/* ---- Intermediate messages ---- */

const unsigned char *
ldap_sync_set_next(struct text *set)
{
	const unsigned char *uuid = NULL;
	struct text rest = *set;

	if (take_uuid(&rest, &uuid) != 0)
		return NULL;
	*set = rest;
	return uuid;
}

static int
take_set(struct text *r, struct text *out)
{
	struct text rest;
	int rc = take(r, TAG_SET, out);

	if (rc != 0)
		return rc;
	rest = *out;
	while (ldap_sync_set_next(&rest) != NULL)
		;
	return rest.len == 0 ? 0 : ERR_PROTOCOL;
}

static int
info_fields(struct text *r, struct ldap_sync_info *out)
{
	int rc = take_cookie(r, TAG_OCTETS, &out->cookie);

	if (rc == 0 && out->kind == LDAP_SYNC_IS_SET)
		rc = take_bool(r, false, &out->deletes);
	else if (rc == 0)
		rc = take_bool(r, true, &out->done);
	if (rc == 0 && out->kind == LDAP_SYNC_IS_SET)
		rc = take_set(r, &out->set);
	return rc;
}

int
ldap_sync_info_parse(struct text value, struct ldap_sync_info *out)
{
	static const struct {
		unsigned tag;
		enum ldap_sync_info_kind kind;
	} kinds[] = {{TAG_IS_DELETED, LDAP_SYNC_IS_DELETED},
	    {TAG_IS_PRESENT, LDAP_SYNC_IS_PRESENT},
	    {TAG_IS_SET, LDAP_SYNC_IS_SET}};
	struct text r = {0};

	*out = (struct ldap_sync_info){.kind = LDAP_SYNC_IS_COOKIE};
	if (peek(value) == TAG_IS_COOKIE)
		return take_cookie(&value, TAG_IS_COOKIE, &out->cookie);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i].tag != peek(value))
			continue;
		out->kind = kinds[i].kind;
		if (enter(value, kinds[i].tag, &r) != 0)
			return ERR_PROTOCOL;
		return info_fields(&r, out);
	}
	return ERR_PROTOCOL;
}
