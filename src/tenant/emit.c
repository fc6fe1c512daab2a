#include "tenant/emit.h"

#include <ctype.h>

#include "base/clock.h"

void
select_defaults(struct select *s)
{
	*s = (struct select){0};
	for (unsigned k = 1; k <= ENTITY_MAX; k++) {
		const struct entity_info *i = entity_info((enum entity)k);

		for (size_t n = 0; n < i->nprops; n++)
			if ((i->props[n].flags & P_DEFAULT) != 0)
				s->bits[k] |= UINT64_C(1) << n;
	}
}

/* ---- Directory extensions ---- */

#define EXTENSION "extension_"
#define APP_LEN   32U

bool
extension_is_name(struct text name)
{
	const size_t head = sizeof(EXTENSION) - 1;

	if (!text_starts_nocase(name, EXTENSION) ||
	    name.len < head + APP_LEN + 2 || name.data[head + APP_LEN] != '_')
		return false;
	for (size_t i = head; i < name.len; i++) {
		char c = name.data[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			   (c >= 'A' && c <= 'F');

		if (i < head + APP_LEN
			? !hex
			: isalnum((unsigned char)c) == 0 && c != '_')
			return false;
	}
	return true;
}

struct extension_find {
	struct text name;
	const struct json *value;
};

static int
extension_visit(void *ctx, struct text key, struct json *value)
{
	struct extension_find *f = ctx;

	if (!text_equal_nocase(key, f->name))
		return 0;
	f->value = value;
	return 1;
}

const struct json *
extension_value(const struct json *doc, struct text name)
{
	struct extension_find f = {name, NULL};

	(void)json_each(doc, extension_visit, &f);
	return f.value;
}

/* Known where objects can have one; not each has. */
static bool
extension_select(struct select *s, struct text name, unsigned kinds)
{
	const unsigned with =
	    1U << ENTITY_USER | 1U << ENTITY_GROUP | 1U << ENTITY_DEVICE;

	if ((kinds & with) == 0 || !extension_is_name(name) ||
	    s->nextensions == EXTENSIONS_MAX)
		return false;
	s->extensions[s->nextensions++] = name;
	return true;
}

/* What has no value is not written, not even as null. */
static void
extensions_emit(struct buf *b, const struct dirobj *o, const struct select *s,
    const char *comma)
{
	for (size_t i = 0; i < s->nextensions; i++) {
		const struct json *v =
		    extension_value(o->doc, s->extensions[i]);

		if (v == NULL)
			continue;
		buf_printf(
		    b, "%s\"%.*s\":", comma, TEXT_ARGS(s->extensions[i]));
		emit_json(b, v);
		comma = ",";
	}
}

static bool
name_select(struct select *s, struct text name, unsigned kinds)
{
	bool known = extension_select(s, name, kinds);

	for (unsigned k = 1; k <= ENTITY_MAX; k++) {
		const struct entity_info *i = entity_info((enum entity)k);
		const struct prop *p = prop_find(i, name);
		enum link_kind link = link_find(i, name);

		if ((kinds & (1U << k)) == 0)
			continue;
		if (p != NULL)
			s->bits[k] |= UINT64_C(1) << (p - i->props);
		if (link != LINK_NONE)
			s->links |= 1U << link;
		known = known || p != NULL || link != LINK_NONE;
	}
	return known;
}

static struct text
trim(struct text t)
{
	while (t.len != 0 && t.data[0] == ' ')
		t = (struct text){t.data + 1, t.len - 1};
	while (t.len != 0 && t.data[t.len - 1] == ' ')
		t.len--;
	return t;
}

int
select_parse(
    struct select *s, struct text names, unsigned kinds, struct text *out_bad)
{
	size_t start = 0;

	*s = (struct select){.names = names};
	for (size_t i = 0; i <= names.len; i++) {
		struct text name;

		if (i < names.len && names.data[i] != ',')
			continue;
		name = trim((struct text){names.data + start, i - start});
		start = i + 1;
		if (text_is(name, "*") || !name_select(s, name, kinds)) {
			*out_bad = name;
			return ERR_INVAL;
		}
	}
	return 0;
}

bool
select_id_alone(const struct select *s)
{
	for (unsigned k = 1; k <= ENTITY_MAX; k++)
		if ((s->bits[k] & ~UINT64_C(1)) != 0)
			return false;
	return s->nextensions == 0;
}

void
emit_text(struct buf *b, struct text t)
{
	size_t from = 0;

	buf_putc(b, '"');
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(b, t.data + from, i - from);
		from = i + 1;
		if (c < 0x20)
			buf_printf(b, "\\u%04x", c);
		else
			buf_printf(b, "\\%c", c);
	}
	if (t.len > from) /* no text may have no place */
		buf_add(b, t.data + from, t.len - from);
	buf_putc(b, '"');
}

void
emit_json(struct buf *b, const struct json *j)
{
	int r;

	if (j == NULL) {
		buf_puts(b, "null");
		return;
	}
	r = json_write(j, false, b);
	if (r != 0 && b->error == 0)
		b->error = r;
}

/* The four dwords of the GUID in its binary (little-endian) form. */
void
emit_sid(const char *id, char out[static 64])
{
	unsigned b[16] = {0};
	unsigned n[4];
	size_t k = 0;

	for (size_t i = 0; i < DIROBJ_ID_LEN && k < 16; i++) {
		char two[3] = {id[i], id[i + 1], '\0'};

		if (id[i] == '-')
			continue;
		b[k++] = (unsigned)strtoul(two, NULL, 16);
		i++;
	}
	n[0] = b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	n[1] = b[6] << 24 | b[7] << 16 | b[4] << 8 | b[5];
	n[2] = b[11] << 24 | b[10] << 16 | b[9] << 8 | b[8];
	n[3] = b[15] << 24 | b[14] << 16 | b[13] << 8 | b[12];
	(void)snprintf(out, 64, "S-1-12-1-%u-%u-%u-%u", n[0], n[1], n[2], n[3]);
}

static void
emit_made(struct buf *b, const struct dirobj *o, const struct prop *p)
{
	char s[64];

	if (text_is(text_of(p->name), "id")) {
		emit_text(b, text_of(o->id));
	} else if (text_is(text_of(p->name), "securityIdentifier")) {
		emit_sid(o->id, s);
		emit_text(b, text_of(s));
	} else if (o->deleted_ms != 0) {
		emit_text(b, text_of(clock_format(o->deleted_ms, false, s)));
	} else {
		buf_puts(b, "null");
	}
}

/* A structure is written with all its members. */
static void
emit_struct(struct buf *b, const struct prop *p, const struct json *value)
{
	buf_putc(b, '{');
	for (unsigned i = 0; i < p->nsubs; i++) {
		const struct json *v = json_get(value, p->subs[i].name);

		buf_printf(b, "%s\"%s\":", i == 0 ? "" : ",", p->subs[i].name);
		emit_json(b, v);
	}
	buf_putc(b, '}');
}

static bool
has_value(const struct dirobj *o, const struct prop *p)
{
	if ((p->flags & P_MADE) != 0)
		return o->deleted_ms != 0 || p->name[0] != 'd';
	return json_type(json_get(o->doc, p->name)) != JSON_NULL;
}

/* The form of a property that has no value. */
static void
emit_nothing(struct buf *b, const struct prop *p)
{
	if (p->type == PROP_STRINGS || p->type == PROP_OBJECTS)
		buf_puts(b, "[]");
	else if (text_is(text_of(p->name), "onPremisesExtensionAttributes"))
		emit_struct(b, p, NULL);
	else
		buf_puts(b, "null");
}

static void
emit_value(struct buf *b, const struct dirobj *o, const struct prop *p)
{
	const struct json *v = json_get(o->doc, p->name);

	if ((p->flags & P_MADE) != 0)
		emit_made(b, o, p);
	else if (v == NULL || (p->flags & P_HIDDEN) != 0)
		emit_nothing(b, p);
	else if (p->type == PROP_OBJECT)
		emit_struct(b, p, v);
	else if (p->type == PROP_STRING)
		emit_text(b, json_text(v));
	else
		emit_json(b, v);
}

void
emit_object(struct buf *b, const struct dirobj *o, const struct select *s,
    unsigned flags, const char *context)
{
	const struct entity_info *info = entity_info(o->kind);
	uint64_t bits = s->bits[o->kind];
	const char *comma = "";

	buf_putc(b, '{');
	if (context != NULL) {
		buf_puts(b, "\"@odata.context\":");
		emit_text(b, text_of(context));
		comma = ",";
	}
	if ((flags & EMIT_TYPE) != 0) {
		buf_printf(b, "%s\"@odata.type\":\"%s\"", comma, info->type);
		comma = ",";
	}
	if ((flags & EMIT_ID) != 0)
		bits |= 1; /* the first row of each table */
	for (size_t i = 0; i < info->nprops; i++) {
		const struct prop *p = &info->props[i];

		if ((bits & UINT64_C(1) << i) == 0 ||
		    ((flags & EMIT_SKIP_NULL) != 0 && !has_value(o, p)))
			continue;
		buf_printf(b, "%s\"%s\":", comma, p->name);
		emit_value(b, o, p);
		comma = ",";
	}
	extensions_emit(b, o, s, comma);
	if ((flags & EMIT_OPEN) == 0)
		buf_putc(b, '}');
}
