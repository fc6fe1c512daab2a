/* migrate/lists.c -- see lists.h. */
#include "migrate/lists.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

/* Lists double: a power of two is full. */
static int
grow(struct arena *a, void *list, size_t n, size_t item)
{
	void **items = list;
	void *more;

	if (n != 0 && (n & (n - 1)) != 0)
		return 0;
	more = arena_array(a, n == 0 ? 1 : n * 2, item);
	if (more == NULL)
		return ERR_NOMEM;
	if (n > 0)
		memcpy(more, *items, n * item);
	*items = more;
	return 0;
}

int
texts_push(struct arena *a, struct conf_texts *list, struct text t)
{
	if (grow(a, &list->items, list->count, sizeof(*list->items)) < 0)
		return ERR_NOMEM;
	list->items[list->count++] = t;
	return 0;
}

int
texts_say(struct arena *a, struct conf_texts *list, const char *fmt, ...)
{
	char *text = NULL;
	struct text t = {0};
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n >= 0)
		t = text_dup(a, (struct text){text, (size_t)n});
	free(n >= 0 ? text : NULL);
	return t.data == NULL ? ERR_NOMEM : texts_push(a, list, t);
}

bool
texts_have(const struct conf_texts *list, struct text t)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal_nocase(list->items[i], t))
			return true;
	return false;
}

struct text
texts_join(struct arena *a, const struct conf_texts *list, size_t most)
{
	struct text t;
	struct buf b;

	buf_init(&b, 1U << 20);
	for (size_t i = 0; i < list->count && i < most; i++) {
		buf_puts(&b, i == 0 ? "" : ", ");
		buf_text_add(&b, list->items[i]);
	}
	if (list->count > most)
		buf_printf(&b, " and %zu more", list->count - most);
	t = text_dup(a, buf_text(&b));
	buf_clear(&b);
	return t.data == NULL ? TEXT("") : t;
}

int
map_push(
    struct arena *a, struct conf_map *m, struct text name, struct text value)
{
	if (grow(a, &m->items, m->count, sizeof(*m->items)) < 0)
		return ERR_NOMEM;
	m->items[m->count++] = (struct conf_pair){.name = name, .value = value};
	return 0;
}

struct text
map_value(const struct conf_map *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (text_is_nocase(m->items[i].name, name))
			return m->items[i].value;
	return TEXT("");
}
