/* connectors/ad/containers.c -- what the objects that are read may lie below:
 * the schema says so of each class, and the directory keeps to it
 * (MS-ADTS 3.1.1.2.4.5.1: a class inherits the superiors of the classes that it
 * is made of). */
#include "base/buf.h"
#include "connectors/ad/ad_int.h"

#define FILTER_MAX_BYTES (1U << 20)
#define CLASSES_MAX      8192U
#define PARTS            3U
#define SUPERIORS        2U

static const char *const attrs[] = {"lDAPDisplayName", "subClassOf",
    "auxiliaryClass", "systemAuxiliaryClass", "possSuperiors",
    "systemPossSuperiors", NULL};

struct texts {
	struct text *list;
	size_t count;
};

struct class
{
	struct text name;
	struct texts parts[PARTS]; /* subClassOf first */
	struct texts superiors[SUPERIORS];
	bool read; /* objects of it, or of one made of it, are read */
};

struct classes {
	struct core *c;
	struct arena *arena;
	struct class *list;
	size_t count;
	struct map *by_name; /* to struct class */
};

/* ---- The schema ---- */

static int
texts_copy(struct arena *a, const struct ldap_item *item, const char *name,
    struct texts *out)
{
	const struct ldap_attr *attr = ldap_item_find(item, name);

	*out = (struct texts){.list = NULL};
	if (attr == NULL || attr->count == 0)
		return 0;
	out->list = arena_array(a, attr->count, sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < attr->count; i++)
		out->list[out->count++] = text_dup(a, attr->values[i]);
	return arena_failed(a) ? ERR_NOMEM : 0;
}

static int
class_add(struct classes *s, const struct ldap_item *item)
{
	struct class *k = &s->list[s->count];
	int r = 0;

	if (s->count == CLASSES_MAX)
		return ERR_LIMIT;
	*k = (struct class){
	    .name = text_dup(s->arena, ldap_item_first(item, attrs[0]))};
	for (size_t i = 0; r == 0 && i < PARTS; i++)
		r = texts_copy(s->arena, item, attrs[1 + i], &k->parts[i]);
	for (size_t i = 0; r == 0 && i < SUPERIORS; i++)
		r = texts_copy(
		    s->arena, item, attrs[1 + PARTS + i], &k->superiors[i]);
	if (r == 0 && k->name.len != 0)
		r = map_put(s->by_name, k->name, k);
	s->count += r == 0;
	return r;
}

static int
classes_read(struct classes *s, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_item *item = NULL;
	struct text dn = ldap_item_first(
	    ldap_session_root(s->c->session), "schemaNamingContext");
	const struct ldap_query q = {
	    .base = arena_strndup(s->arena, dn.data, dn.len),
	    .depth = LDAP_DEPTH_CHILDREN,
	    .filter = "(objectClass=classSchema)",
	    .attrs = attrs};
	int r;

	if (dn.len == 0)
		return ERR_NOENT;
	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_cursor_begin(s->c->session, &q, &cursor, e);
	while (r == 0 && (r = ldap_cursor_next(cursor, &item, e)) == 1)
		r = class_add(s, item);
	return r;
}

/* ---- Which of them ---- */

static bool
is_selected(const struct core *c, struct text name)
{
	for (size_t i = 0; i < c->class_count; i++)
		if (c->classes[i].selected &&
		    text_equal_nocase(c->classes[i].name, name))
			return true;
	return false;
}

/* What is derived from a selected class is read with it.  The top of all is its
 * own parent. */
static bool
is_read(const struct classes *s, const struct class *k)
{
	for (size_t depth = 0; k != NULL && depth < 64; depth++) {
		if (is_selected(s->c, k->name))
			return true;
		k = k->parts[0].count != 0
			? map_get(s->by_name, k->parts[0].list[0])
			: NULL;
	}
	return false;
}

/* The classes that k is made of; how many of them are new. */
static size_t
mark_parts(const struct classes *s, const struct class *k)
{
	size_t n = 0;

	for (size_t p = 0; p < PARTS; p++)
		for (size_t i = 0; i < k->parts[p].count; i++) {
			struct class *part =
			    map_get(s->by_name, k->parts[p].list[i]);

			if (part == NULL || part->read)
				continue;
			part->read = true;
			n++;
		}
	return n;
}

static void
mark_all(struct classes *s)
{
	size_t more = 0;

	for (size_t i = 0; i < s->count; i++)
		s->list[i].read = is_read(s, &s->list[i]);
	do {
		more = 0;
		for (size_t i = 0; i < s->count; i++)
			if (s->list[i].read)
				more += mark_parts(s, &s->list[i]);
	} while (more != 0);
}

/* ---- The filter ---- */

/* Each once. */
static int
put_superiors(struct map *have, const struct texts *t, struct buf *b)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < t->count; i++) {
		if (map_get(have, t->list[i]) != NULL)
			continue;
		buf_printf(b, "(objectClass=%.*s)", TEXT_ARGS(t->list[i]));
		r = map_put(have, t->list[i], &t->list[i]);
	}
	return r;
}

static int
filter_make(const struct classes *s, struct arena *a, const char **out)
{
	CLEANUP(map_freep)
	struct map *have = map_new(true);
	struct buf b;
	int r = have != NULL ? 0 : ERR_NOMEM;

	buf_init(&b, FILTER_MAX_BYTES);
	buf_puts(&b, "(|");
	for (size_t i = 0; r == 0 && i < s->count; i++)
		for (size_t k = 0; r == 0 && s->list[i].read && k < SUPERIORS;
		     k++)
			r = put_superiors(have, &s->list[i].superiors[k], &b);
	buf_putc(&b, ')');
	if (r == 0)
		r = buf_error(&b);
	if (r == 0 && map_count(have) != 0) {
		struct text t = buf_text(&b);

		*out = arena_strndup(a, t.data, t.len);
		r = *out != NULL ? 0 : ERR_NOMEM;
	}
	buf_clear(&b);
	return r;
}

int
ad_containers(struct core *c, struct arena *a, const char **out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *own = arena_new(0);
	CLEANUP(map_freep)
	struct map *by_name = map_new(true);
	struct classes s = {.c = c, .arena = own, .by_name = by_name};
	struct err why = {0};
	int r = ERR_NOMEM;

	*out = NULL;
	if (own != NULL && by_name != NULL)
		s.list = arena_array(own, CLASSES_MAX, sizeof(*s.list));
	if (s.list != NULL)
		r = classes_read(&s, &why);
	if (r == 0) {
		mark_all(&s);
		r = filter_make(&s, a, out);
	}
	if (r == ERR_CONNECT || r == ERR_CANCELLED)
		return err_type(e, r, why.type, "%s", why.text);
	/* who may not read the schema reads a domain in one piece */
	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : 0;
}
