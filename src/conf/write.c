/* conf/write.c -- a configuration as the text of causeway.yaml. */
#include <inttypes.h>
#include <string.h>

#include "codec/yaml_write.h"
#include "conf/conf_int.h"

/* Every member of a section's struct that is a list begins like this. */
struct list {
	const char *items;
	size_t count;
};

static void
indent(struct buf *b, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_putc(b, ' ');
}

/* ---- Values ---- */

static void
write_texts(struct buf *b, const struct conf_texts *t)
{
	buf_putc(b, '[');
	for (size_t i = 0; i < t->count; i++) {
		buf_puts(b, i == 0 ? "" : ", ");
		yaml_write_word(b, t->items[i]);
	}
	buf_puts(b, "]\n");
}

static void
write_map(struct buf *b, const struct conf_map *m, unsigned depth)
{
	buf_putc(b, '\n');
	for (size_t i = 0; i < m->count; i++) {
		indent(b, depth + 2);
		yaml_write_word(b, m->items[i].name);
		buf_puts(b, ": ");
		yaml_write_scalar(b, m->items[i].value, depth + 4);
	}
}

/* A number, a duration, a word: what stands behind "name: ". */
static void
simple_text(const struct setting *s, const char *data, struct buf *b)
{
	const void *at = data;
	int64_t n;
	char out[32];

	if (s->type == SETTING_BOOL) {
		buf_puts(b, *(const bool *)at ? "true" : "false");
	} else if (s->type == SETTING_ENUM) {
		buf_puts(b, s->choices[*(const int *)at]);
	} else {
		n = *(const int64_t *)at;
		duration_format(n, out);
		if (s->may_be_off && n == CONF_OFF)
			buf_puts(b, "off");
		else if (s->type == SETTING_DURATION)
			buf_puts(b, out);
		else
			buf_printf(b, "%" PRId64, n);
	}
}

/* ---- Defaults ---- */

/* "a, b" as the table has a list. */
static bool
texts_are(const struct conf_texts *t, const char *otherwise)
{
	struct buf b;
	bool same;

	buf_init(&b, 65536);
	for (size_t i = 0; i < t->count; i++) {
		buf_puts(&b, i == 0 ? "" : ", ");
		buf_text_add(&b, t->items[i]);
	}
	same = text_is(buf_text(&b), otherwise);
	buf_clear(&b);
	return same;
}

static bool
simple_is(const struct setting *s, const char *data, const char *otherwise)
{
	struct buf b;
	bool same;

	buf_init(&b, 4096);
	simple_text(s, data, &b);
	same = text_is(buf_text(&b), otherwise);
	buf_clear(&b);
	return same;
}

static bool section_is_default(
    const struct section *section, const char *data, unsigned kinds);

// NOLINTBEGIN(misc-no-recursion): as deep as the table, three levels

static bool
is_default(const struct setting *s, const char *data, unsigned kinds)
{
	const char *otherwise = s->otherwise == NULL ? "" : s->otherwise;
	const void *at = data;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_FILTER:
	case SETTING_SECRET:
		return text_is(*(const struct text *)at, otherwise);
	case SETTING_BOOL:
	case SETTING_INT:
	case SETTING_DURATION:
	case SETTING_ENUM:
		return simple_is(s, data, otherwise);
	case SETTING_TEXTS:
		return texts_are(at, otherwise);
	case SETTING_MAP:
		return ((const struct conf_map *)at)->count == 0;
	case SETTING_SECTION:
		return section_is_default(s->section, data, kinds);
	case SETTING_SECTIONS:
		return ((const struct list *)at)->count == 0;
	}
	return false;
}

static bool
section_is_default(
    const struct section *section, const char *data, unsigned kinds)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct setting *s = &section->settings[i];

		if (setting_applies(s, kinds) &&
		    !is_default(s, data + s->offset, kinds))
			return false;
	}
	return true;
}

/* ---- Sections ---- */

static void write_section(struct buf *b, const struct section *section,
    const char *data, unsigned kinds, unsigned depth);

static void
write_sections(struct buf *b, const struct section *section, const char *data,
    unsigned depth)
{
	const struct setting *kind = setting_find(section, 0, TEXT("kind"));
	struct list items;

	memcpy(&items, data, sizeof(items));
	buf_putc(b, '\n');
	for (size_t i = 0; i < items.count; i++) {
		const char *at = items.items + i * section->size;
		size_t before = b->len + depth + 2;
		unsigned mask = KINDS_UNKNOWN;
		int id = 0;

		if (kind != NULL) {
			memcpy(&id, at + kind->offset, sizeof(id));
			mask = 1U << (unsigned)id;
		}
		write_section(b, section, at, mask, depth + 4);
		if (b->len > before)
			b->data[before] = '-';
	}
}

static void
write_value(struct buf *b, const struct setting *s, const char *data,
    unsigned kinds, unsigned depth)
{
	const void *at = data;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_FILTER:
	case SETTING_SECRET:
		yaml_write_scalar(b, *(const struct text *)at, depth + 2);
		return;
	case SETTING_BOOL:
	case SETTING_INT:
	case SETTING_DURATION:
	case SETTING_ENUM:
		simple_text(s, data, b);
		buf_putc(b, '\n');
		return;
	case SETTING_TEXTS:
		write_texts(b, at);
		return;
	case SETTING_MAP:
		write_map(b, at, depth);
		return;
	case SETTING_SECTION:
		buf_putc(b, '\n');
		write_section(b, s->section, data, kinds, depth + 2);
		return;
	case SETTING_SECTIONS:
		write_sections(b, s->section, data, depth);
		return;
	}
}

static void
write_section(struct buf *b, const struct section *section, const char *data,
    unsigned kinds, unsigned depth)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct setting *s = &section->settings[i];
		const char *at = data + s->offset;

		if (!setting_applies(s, kinds) ||
		    (!s->required && is_default(s, at, kinds)))
			continue;
		indent(b, depth);
		buf_printf(b, "%s: ", s->name);
		if (s->type >= SETTING_MAP)
			b->len -= b->len > 0 ? 1 : 0;
		write_value(b, s, at, kinds, depth);
	}
}

// NOLINTEND(misc-no-recursion)

int
conf_write_yaml(const struct conf *c, struct buf *out)
{
	const void *data = c;

	write_section(out, &section_top, data, KINDS_UNKNOWN, 0);
	return buf_error(out);
}
