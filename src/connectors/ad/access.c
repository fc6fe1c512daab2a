/* connectors/ad/access.c -- see access.h. */
#include "connectors/ad/access.h"

#include <string.h>

#define SD_HEADER   20U
#define DACL_AT     16U /* where the header says where it is */
#define HAS_DACL    0x0004U
#define ACL_HEADER  8U
#define ACE_HEADER  8U /* with its mask */
#define GENERIC_ALL 0x10000000U
#define GUID_SIZE   16U

enum ace_type {
	ACE_ALLOW = 0,
	ACE_DENY = 1,
	ACE_ALLOW_OBJECT = 5,
	ACE_DENY_OBJECT = 6,
};

enum ace_flag {
	ACE_TO_CONTAINERS = 0x02,
	ACE_INHERIT_ONLY = 0x08,
	ACE_HAS_TYPE = 0x1, /* of an object ACE's own flags */
	ACE_HAS_HEIR = 0x2,
};

/* One entry, taken apart. */
struct ace {
	unsigned type, flags;
	uint32_t mask;
	const unsigned char *object; /* a class, an attribute; NULL: all */
	const unsigned char *heir;   /* the class that inherits; NULL: all */
	struct text sid;
};

static uint32_t
little(const char *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = n; i-- > 0;)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static int
broken(struct err *e, const char *what, size_t at)
{
	return err_set(e, ERR_SYNTAX,
	    "a security descriptor that cannot be read: %s at byte %zu", what,
	    at);
}

/* The access list; empty *out and *out_all: there is none, all is allowed. */
static int
list_of(struct text sd, struct text *out, bool *out_all, struct err *e)
{
	size_t at, size;

	*out_all = false;
	if (sd.len > (size_t)4 * ACCESS_BYTES_MAX)
		return err_set(e, ERR_LIMIT,
		    "a security descriptor of %zu "
		    "octets",
		    sd.len);
	if (sd.len < SD_HEADER || sd.data[0] != 1)
		return broken(e, "no header", 0);
	at = little(sd.data + DACL_AT, 4);
	*out_all = (little(sd.data + 2, 2) & HAS_DACL) == 0 || at == 0;
	if (*out_all)
		return 0;
	if (at > sd.len || sd.len - at < ACL_HEADER)
		return broken(e, "no access list", DACL_AT);
	size = little(sd.data + at + 2, 2);
	if (size < ACL_HEADER || size > sd.len - at)
		return broken(e, "the size of the access list", at + 2);
	*out = (struct text){sd.data + at, size};
	return 0;
}

static bool
sid_of(struct text t, struct text *out)
{
	size_t size;

	if (t.len < 8 || t.data[0] != 1 ||
	    (unsigned char)t.data[1] > SID_MAX_PARTS)
		return false;
	size = 8 + 4 * (size_t)(unsigned char)t.data[1];
	*out = (struct text){t.data, size};
	return size <= t.len;
}

static bool
knows(unsigned type)
{
	return type == ACE_ALLOW || type == ACE_DENY ||
	       type == ACE_ALLOW_OBJECT || type == ACE_DENY_OBJECT;
}

/* The optional GUIDs of an object ACE, before its SID. */
static bool
guids_of(struct text *t, struct ace *out)
{
	uint32_t which;
	size_t size;

	if (t->len < 4)
		return false;
	which = little(t->data, 4);
	size = 4 + ((which & ACE_HAS_TYPE) != 0 ? GUID_SIZE : 0) +
	       ((which & ACE_HAS_HEIR) != 0 ? GUID_SIZE : 0);
	if (t->len < size)
		return false;
	if ((which & ACE_HAS_TYPE) != 0)
		out->object = (const unsigned char *)t->data + 4;
	if ((which & ACE_HAS_HEIR) != 0)
		out->heir = (const unsigned char *)t->data + size - GUID_SIZE;
	*t = (struct text){t->data + size, t->len - size};
	return true;
}

/* The entry at the beginning of rest, which moves behind it; type of one of a
 * kind that decides nothing here is what it is, and no more is filled. */
static int
ace_next(struct text *rest, struct ace *out, size_t at, struct err *e)
{
	struct text t;
	size_t size;

	*out = (struct ace){.type = 0};
	if (rest->len < ACE_HEADER)
		return broken(e, "an entry", at);
	size = little(rest->data + 2, 2);
	if (size < ACE_HEADER || size > rest->len)
		return broken(e, "the size of an entry", at + 2);
	out->type = (unsigned char)rest->data[0];
	out->flags = (unsigned char)rest->data[1];
	out->mask = little(rest->data + 4, 4);
	t = (struct text){rest->data + ACE_HEADER, size - ACE_HEADER};
	*rest = (struct text){rest->data + size, rest->len - size};
	if (!knows(out->type))
		return 0;
	if (out->type >= ACE_ALLOW_OBJECT && !guids_of(&t, out))
		return broken(e, "the classes of an entry", at + ACE_HEADER);
	return sid_of(t, &out->sid) ? 0 : broken(e, "the SID of an entry", at);
}

/* ---- Deciding ---- */

static bool
is_for(const struct access_question *q, const struct ace *ace)
{
	for (size_t i = 0; i < q->token_count; i++)
		if (text_equal(q->token[i], ace->sid))
			return true;
	return false;
}

/* An entry of one class says nothing of others, nor of the object itself. */
static bool
speaks_of(const struct access_question *q, const struct ace *ace)
{
	if ((ace->mask & ((uint32_t)q->right | GENERIC_ALL)) == 0)
		return false;
	if (ace->object == NULL)
		return true;
	return q->right != ACCESS_DELETE && q->class != NULL &&
	       memcmp(ace->object, q->class->octets, GUID_SIZE) == 0;
}

static bool
is_here(const struct access_question *q, const struct ace *ace)
{
	(void)q;
	return (ace->flags & ACE_INHERIT_ONLY) == 0;
}

static bool
is_passed_on(const struct access_question *q, const struct ace *ace)
{
	return (ace->flags & ACE_TO_CONTAINERS) != 0 &&
	       (ace->heir == NULL ||
		   (q->class != NULL &&
		       memcmp(ace->heir, q->class->octets, GUID_SIZE) == 0));
}

/* The first entry that speaks of it decides; where none does, it is not
 * allowed. */
static int
decide(const struct access_question *q,
    bool (*counts)(const struct access_question *q, const struct ace *ace),
    enum access_answer *out, struct err *e)
{
	struct text list = {NULL, 0}, rest;
	size_t n;
	bool all = false;
	int r = list_of(q->descriptor, &list, &all, e);

	*out = all ? ACCESS_YES : ACCESS_NO;
	if (r < 0 || all)
		return r;
	n = little(list.data + 4, 2);
	rest = (struct text){list.data + ACL_HEADER, list.len - ACL_HEADER};
	for (size_t i = 0; i < n; i++) {
		struct ace ace;

		r = ace_next(&rest, &ace, list.len - rest.len, e);
		if (r < 0)
			return r;
		if (!knows(ace.type) || !counts(q, &ace) ||
		    !speaks_of(q, &ace) || !is_for(q, &ace))
			continue;
		*out = ace.type == ACE_ALLOW || ace.type == ACE_ALLOW_OBJECT
			   ? ACCESS_YES
			   : ACCESS_DENIED;
		return 0;
	}
	return 0;
}

int
access_allows(
    const struct access_question *q, enum access_answer *out, struct err *e)
{
	return decide(q, is_here, out, e);
}

int
access_passes_on(
    const struct access_question *q, enum access_answer *out, struct err *e)
{
	return decide(q, is_passed_on, out, e);
}
