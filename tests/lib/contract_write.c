/* tests/lib/contract_write.c -- see contract.h: what section 6 of
 * docs/CONNECTOR.md promises, asked of a directory that may be written. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/contract.h"

#define ITEMS_MAX 8U

/* A small tree below base: a unit with two people in it. */
struct writing {
	struct contract *k;
	struct arena *arena;
	uint32_t person, unit; /* types */
	uint32_t sn;
	struct text base;
	struct export_item items[ITEMS_MAX];
	struct export_result results[ITEMS_MAX];
	size_t count;
	struct text anchor_x, anchor_y, anchor_unit;
	int r;
	struct err err;
};

static void PRINTF(3, 4)
    answer(struct writing *w, bool ok, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->k->asked++;
	w->k->failed += !ok;
	(void)printf("%sok %u - %s\n", ok ? "" : "not ", w->k->asked, text);
	for (size_t i = 0; !ok && i < w->count; i++)
		(void)printf("#   %.*s: %d %s %s\n", TEXT_ARGS(w->items[i].dn),
		    (int)w->results[i].status, w->results[i].err.type,
		    w->results[i].err.text);
}

static struct text
below(const struct writing *w, const char *head)
{
	return text_of(
	    arena_printf(w->arena, "%s,%.*s", head, TEXT_ARGS(w->base)));
}

/* The engine's row of an object is the same in each batch. */
static int64_t
id_of(const struct writing *w, struct text anchor)
{
	const struct text known[] = {w->anchor_x, w->anchor_y, w->anchor_unit};

	for (size_t i = 0; i < 3; i++)
		if (anchor.len != 0 && text_equal(anchor, known[i]))
			return (int64_t)i + 1;
	return 100 + (int64_t)w->count;
}

static struct export_item *
item(struct writing *w, enum delta_op op, struct text dn, struct text anchor)
{
	struct export_item *it = &w->items[w->count];

	*it = (struct export_item){.op = op,
	    .cs_id = id_of(w, anchor),
	    .type = w->person,
	    .dn = dn,
	    .anchor = anchor,
	    .delta = {.op = op}};
	w->count++;
	return it;
}

/* One value more of an attribute. */
static void
put(struct writing *w, struct export_item *it, uint32_t name, const char *text)
{
	struct change *c = arena_alloc(w->arena, sizeof(*c));
	struct value *v = arena_alloc(w->arena, sizeof(*v));

	*v = value_string(text_of(text));
	*c = (struct change){.name = name, .add = v, .add_count = 1};
	it->delta.changes = c;
	it->delta.count = 1;
}

static void
send(struct writing *w)
{
	memset(w->results, 0, sizeof(w->results));
	w->r = w->k->c->kind->ops->export(
	    w->k->c, w->items, w->count, w->results, &w->err);
}

static bool
all_done(const struct writing *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->results[i].status != EXPORT_DONE)
			return false;
	return w->r == 0;
}

static bool
refused(const struct writing *w, const char *type)
{
	return w->r == 0 && w->results[0].status == EXPORT_ERROR &&
	       strcmp(w->results[0].err.type, type) == 0 &&
	       w->results[0].err.text[0] != '\0';
}

static void
add_tree(struct writing *w)
{
	w->count = 0;
	put(w, item(w, DELTA_ADD, below(w, "cn=x,ou=contract"), TEXT("")),
	    w->sn, "x");
	put(w, item(w, DELTA_ADD, below(w, "cn=y,ou=contract"), TEXT("")),
	    w->sn, "y");
	item(w, DELTA_ADD, below(w, "ou=contract"), TEXT(""))->type = w->unit;
	send(w);
	answer(w, all_done(w), "write: a container is made before its objects");
	answer(w,
	    w->results[0].anchor.len != 0 && w->results[2].anchor.len != 0,
	    "write: an add gives the anchor");
	w->anchor_x = text_dup(w->arena, w->results[0].anchor);
	w->anchor_y = text_dup(w->arena, w->results[1].anchor);
	w->anchor_unit = text_dup(w->arena, w->results[2].anchor);
}

static void
refuse_adds(struct writing *w)
{
	w->count = 0;
	put(w, item(w, DELTA_ADD, below(w, "cn=x,ou=contract"), TEXT("")),
	    w->sn, "x");
	send(w);
	answer(w, refused(w, "cd-existing-object"),
	    "write: an object that is there is not made twice");
	w->count = 0;
	put(w, item(w, DELTA_ADD, below(w, "cn=x,ou=none"), TEXT("")), w->sn,
	    "x");
	send(w);
	answer(w,
	    refused(w, "non-existent-parent") &&
		strstr(w->results[0].err.text, "ou=none") != NULL,
	    "write: a container that is missing is named");
}

static void
refuse_password(struct writing *w)
{
	uint32_t name = 0;

	w->count = 0;
	if (names_intern(w->k->names, TEXT("userPassword"), &name) < 0)
		return;
	put(w, item(w, DELTA_UPDATE, below(w, "cn=x,ou=contract"), w->anchor_x),
	    name, "secret");
	send(w);
	answer(w,
	    w->results[0].status == EXPORT_ERROR &&
		strstr(w->results[0].err.text, "password") != NULL,
	    "write: a password is refused");
}

static void
update(struct writing *w)
{
	struct export_item *it;

	w->count = 0;
	it = item(w, DELTA_UPDATE, below(w, "cn=x,ou=contract"), w->anchor_x);
	put(w, it, w->sn, "another");
	it->delta.new_dn = below(w, "cn=y,ou=contract");
	it = item(w, DELTA_UPDATE, below(w, "cn=y,ou=contract"), w->anchor_y);
	it->delta.new_dn = below(w, "cn=x,ou=contract");
	send(w);
	answer(w, all_done(w), "write: two swap their names, and are changed");
}

static void
delete_tree(struct writing *w)
{
	w->count = 0;
	(void)item(w, DELTA_DELETE, below(w, "ou=contract"), w->anchor_unit);
	(void)item(w, DELTA_DELETE, below(w, "cn=y,ou=contract"), w->anchor_x);
	(void)item(w, DELTA_DELETE, below(w, "cn=x,ou=contract"), w->anchor_y);
	send(w);
	answer(w, all_done(w), "write: a container goes after its objects");
	send(w);
	answer(w,
	    w->r == 0 && w->results[0].status == EXPORT_GONE &&
		w->results[2].status == EXPORT_GONE,
	    "write: what is not there is gone");
	w->count = 0;
	put(w, item(w, DELTA_UPDATE, below(w, "cn=x,ou=contract"), w->anchor_x),
	    w->sn, "z");
	send(w);
	answer(w, w->r == 0 && w->results[0].status == EXPORT_GONE,
	    "write: a change of what is not there is told");
}

static void
stop(struct writing *w)
{
	w->count = 0;
	*w->k->cancel = true;
	put(w, item(w, DELTA_ADD, below(w, "cn=never"), TEXT("")), w->sn, "x");
	send(w);
	answer(w, w->r == ERR_CANCELLED && w->results[0].status == EXPORT_RETRY,
	    "write: stopped before it began: not tried");
	*w->k->cancel = false;
}

unsigned
contract_write(struct contract *k, const char *base, const char *person)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct writing w = {.k = k, .arena = a, .base = text_of(base)};
	static void (*const questions[])(struct writing * w) = {
	    add_tree, refuse_adds, refuse_password, update, delete_tree, stop};

	if (a == NULL ||
	    names_intern(k->names, text_of(person), &w.person) < 0 ||
	    names_intern(k->names, TEXT("organizationalUnit"), &w.unit) < 0 ||
	    names_intern_nocase(k->names, TEXT("sn"), &w.sn) < 0) {
		answer(&w, false, "write: memory");
		return k->failed;
	}
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		questions[i](&w);
	return k->failed;
}
