/* engine/containers.c -- containers of the configuration are named by DN, and
 * may be renamed in their directory: each is remembered by what never changes,
 * and followed to its new name (docs/engine/model.md 1.2.3). */
#include <string.h>

#include "conf/conf.h"
#include "engine/containers.h"

#define KNOWN_MAX (1U << 20)

struct follow {
	struct running *run;
	struct connector *conn;
	struct arena *arena;
	struct text known; /* lines "hex DN" */
	struct buf next;
	struct conf_connector *conf; /* a copy, where something is renamed */
	struct containers *out;
};

/* ---- What is known ---- */

static bool
next_line(struct text *rest, struct text *out)
{
	const char *end = memchr(rest->data, '\n', rest->len);

	if (rest->len == 0)
		return false;
	out->data = rest->data;
	out->len = end != NULL ? (size_t)(end - rest->data) : rest->len;
	rest->data += out->len + (end != NULL);
	rest->len -= out->len + (end != NULL);
	return true;
}

/* The anchor that a container of the configuration had; empty: not known. */
static int
known_anchor(struct follow *f, struct text dn, struct text *out)
{
	struct text rest = f->known, line;

	*out = TEXT("");
	while (next_line(&rest, &line)) {
		const char *blank = memchr(line.data, ' ', line.len);
		size_t n = blank != NULL ? (size_t)(blank - line.data) : 0;
		struct text name = {line.data + n + 1, line.len - n - 1};
		struct text hex = {line.data, n};

		if (blank != NULL && text_equal(name, dn))
			return hex_decode(f->arena, hex, out, NULL);
	}
	return 0;
}

static int
keep(struct follow *f, struct text dn, struct text anchor)
{
	struct text hex;

	if (hex_encode(f->arena, anchor, &hex) < 0)
		return ERR_NOMEM;
	buf_printf(&f->next, "%.*s %.*s\n", TEXT_ARGS(hex), TEXT_ARGS(dn));
	return 0;
}

/* ---- One container ---- */

static int
renamed(struct follow *f, struct text dn, struct text now, struct err *e)
{
	struct containers *c = f->out;
	unsigned line = f->run->g->cfg.conf != NULL
			    ? conf_line_of(f->run->g->cfg.conf, dn)
			    : 0;
	char *text = arena_printf(f->arena,
	    "container %.*s is called %.*s now (known by its objectGUID): read "
	    "under that name, nobody below it is taken for gone; change line "
	    "%u of %.*s",
	    TEXT_ARGS(dn), TEXT_ARGS(now), line,
	    TEXT_ARGS(f->run->g->cfg.conf != NULL ? f->run->g->cfg.conf->path
						  : TEXT("causeway.yaml")));

	if (text == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (c->count < CONTAINERS_TOLD)
		c->warnings[c->count++] = text_of(text);
	return 0;
}

/* *inout becomes the name that it has now. */
static int
follow_one(struct follow *f, struct text *inout, struct err *e)
{
	const struct connector_ops *ops = f->run->conn->kind->ops;
	struct entry which = {.dn = *inout}, found = {.type = 0};
	struct text anchor;
	int r = known_anchor(f, *inout, &anchor);

	if (r < 0)
		return err_set(e, r, "what is known of containers is damaged");
	r = ops->container(f->conn, &which, f->arena, &found, e);
	if (r == 1)
		return keep(f, *inout, found.anchor);
	if (r < 0 || anchor.len == 0)
		return r;
	which = (struct entry){.anchor = anchor};
	r = ops->container(f->conn, &which, f->arena, &found, e);
	if (keep(f, *inout, anchor) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (r <= 0)
		return r; /* gone: the import says so */
	r = renamed(f, *inout, found.dn, e);
	*inout = found.dn;
	return r;
}

static int
follow_list(struct follow *f, struct conf_texts *list, struct err *e)
{
	struct text *copy = arena_array(f->arena, list->count, sizeof(*copy));
	int r = 0;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < list->count; i++)
		copy[i] = list->items[i];
	for (size_t i = 0; i < list->count && r == 0; i++)
		if (copy[i].len != 0)
			r = follow_one(f, &copy[i], e);
	list->items = copy;
	return r;
}

static int
follow_all(struct follow *f, struct err *e)
{
	struct conf_partitions *p = &f->conf->ldap.partitions;
	struct conf_partition *copy =
	    arena_array(f->arena, p->count, sizeof(*copy));
	int r = 0;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < p->count && r == 0; i++) {
		copy[i] = p->items[i];
		if (copy[i].servers.count != 0)
			continue; /* not on this connection */
		r = follow_list(f, &copy[i].include, e);
		if (r == 0)
			r = follow_list(f, &copy[i].exclude, e);
	}
	p->items = copy;
	return r;
}

static int
remember(struct follow *f, const char *key, struct err *e)
{
	if (buf_error(&f->next) < 0)
		return err_set(e, ERR_LIMIT, "too many containers");
	if (text_equal(f->known, buf_text(&f->next)))
		return 0;
	return store_meta_keep(
	    f->run->g->cfg.store, key, buf_text(&f->next), e);
}

int
containers_follow(struct running *run, struct connector *conn, struct arena *a,
    struct containers *out, struct err *e)
{
	struct meta_key key = meta_key("containers", run->conn->id);
	struct follow f = {.run = run, .conn = conn, .arena = a, .out = out};
	int r;

	*out = (struct containers){0};
	if (run->conn->kind->ops->container == NULL || run->conn->conf == NULL)
		return 0;
	f.conf = arena_alloc(a, sizeof(*f.conf));
	if (f.conf == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*f.conf = *run->conn->conf;
	buf_init(&f.next, KNOWN_MAX);
	r = store_meta_get(run->g->cfg.store, a, key.text, &f.known, e);
	if (r == 0)
		r = follow_all(&f, e);
	if (r == 0)
		r = remember(&f, key.text, e);
	buf_clear(&f.next);
	if (r == 0 && out->count != 0)
		out->conf = f.conf;
	return r;
}
