/* engine/need_scope.c -- which changes of the configuration need a full import
 * or a full synchronisation (docs/engine/model.md 5.2, 5.4): the scope of the
 * last complete import, and the rules of the last full synchronisation, are
 * kept and compared with those of now. */
#include <string.h>

#include "conf/conf.h"
#include "engine/engine_int.h"
#include "engine/need.h"

#define SCOPE_MAX (16U << 20)

/* ---- What an import covers ---- */

static void
add(struct buf *b, const char *what, struct text t)
{
	buf_printf(b, "%s %.*s\n", what, TEXT_ARGS(t));
}

static void
add_all(struct buf *b, const char *what, const struct conf_texts *list)
{
	for (size_t i = 0; i < list->count; i++)
		add(b, what, list->items[i]);
}

/* An empty one reads everything: setting one, changing and removing it are all
 * another scope. */
static void
add_filter(struct buf *b, struct text dn, struct text filter)
{
	if (filter.len == 0)
		return;
	if (dn.len == 0)
		buf_printf(b, "filter %.*s\n", TEXT_ARGS(filter));
	else
		buf_printf(b, "filter of %.*s: %.*s\n", TEXT_ARGS(dn),
		    TEXT_ARGS(filter));
}

static void
add_ldap(struct buf *b, const struct conf_ldap *l)
{
	add_filter(b, TEXT(""), l->filter);
	if (l->base.len != 0)
		add(b, "partition", l->base);
	for (size_t i = 0; i < l->partitions.count; i++) {
		add(b, "partition", l->partitions.items[i].dn);
		add_all(b, "include", &l->partitions.items[i].include);
		add_all(b, "exclude", &l->partitions.items[i].exclude);
		add_filter(b, l->partitions.items[i].dn,
		    l->partitions.items[i].filter);
	}
	add_all(b, "object-class", &l->object_classes);
	add_all(b, "attribute", &l->attributes);
}

static void
add_file(struct buf *b, const struct conf_file *f)
{
	add_all(b, "include", &f->include);
	add_all(b, "exclude", &f->exclude);
	add_all(b, "object-class", &f->object_classes);
}

int
scope_lines(
    const struct engine *g, size_t connector, struct buf *out, struct err *e)
{
	const struct conf_connector *conf = g->cfg.connectors[connector].conf;
	const struct names *names = store_names(g->cfg.store);
	size_t n = 0;
	const uint32_t *wanted = plan_wanted(g->cfg.plan, connector, &n);

	if (conf != NULL) {
		add_ldap(out, &conf->ldap);
		add_file(out, &conf->file);
	}
	for (size_t i = 0; i < n; i++)
		add(out, "attribute", names_text(names, wanted[i]));
	return buf_error(out) < 0
		   ? err_set(e, ERR_LIMIT, "too much to read of one connector")
		   : 0;
}

static bool
has_line(struct text all, struct text line)
{
	size_t at = 0;

	while (at < all.len) {
		const char *p = all.data + at;
		const char *end = memchr(p, '\n', all.len - at);
		size_t len = end != NULL ? (size_t)(end - p) : all.len - at;

		if (text_equal((struct text){p, len}, line))
			return true;
		at += len + 1;
	}
	return false;
}

/* The first line of more that is not in less; what begins with skip is not
 * asked for. */
static bool
first_new(
    struct text more, struct text less, bool containers_only, struct text *out)
{
	size_t at = 0;

	while (at < more.len) {
		const char *p = more.data + at;
		const char *end = memchr(p, '\n', more.len - at);
		size_t len = end != NULL ? (size_t)(end - p) : more.len - at;
		struct text line = {p, len};
		bool reads = text_starts_nocase(line, "attribute ") ||
			     text_starts_nocase(line, "object-class ");

		at += len + 1;
		if (len == 0 || (containers_only && reads) ||
		    has_line(less, line))
			continue;
		*out = line;
		return true;
	}
	return false;
}

/* More to read, or other containers; fewer attributes need nothing. */
static int
compare_scope(struct arena *a, struct text was, struct text now,
    struct text *out_why, struct err *e)
{
	struct text line;
	char *why = NULL;

	*out_why = TEXT("");
	if (was.len == 0)
		return 0; /* no import that we know of */
	if (first_new(now, was, false, &line))
		why = arena_printf(a,
		    text_starts_nocase(line, "filter ")
			? "%.*s is new"
			: "%.*s was not read until now",
		    TEXT_ARGS(line));
	else if (first_new(was, now, true, &line))
		why = arena_printf(a, "%.*s is no longer set", TEXT_ARGS(line));
	else
		return 0;
	if (why == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out_why = text_of(why);
	return 0;
}

static int
import_need(struct engine *g, size_t connector, struct arena *a,
    struct engine_needs *out, struct err *e)
{
	struct store *store = g->cfg.store;
	int64_t id = g->cfg.connectors[connector].id;
	struct meta_key key = meta_key("scope", id);
	struct text was = {0}, mark = {0};
	struct buf now;
	int r;

	buf_init(&now, SCOPE_MAX);
	r = need_get(store, a, id, NEED_FULL_IMPORT, &out->full_import, e);
	if (r == 0)
		r = store_meta_get(store, a, key.text, &was, e);
	if (r == 0)
		r = scope_lines(g, connector, &now, e);
	if (r == 0 && out->full_import.len == 0)
		r = compare_scope(a, was, buf_text(&now), &out->full_import, e);
	if (r == 0)
		r = need_deferred(store, a, id, NEED_FULL_IMPORT, &mark, e);
	if (r == 0)
		out->import_deferred =
		    mark.len != 0 && text_equal(mark, buf_text(&now));
	buf_clear(&now);
	return r;
}

int
scope_remember(struct engine *g, size_t connector, struct err *e)
{
	struct meta_key key =
	    meta_key("scope", g->cfg.connectors[connector].id);
	struct buf now;
	int r;

	buf_init(&now, SCOPE_MAX);
	r = scope_lines(g, connector, &now, e);
	if (r == 0)
		r = store_meta_keep(g->cfg.store, key.text, buf_text(&now), e);
	buf_clear(&now);
	return r;
}

/* ---- What a synchronisation decided by ---- */

static int
sync_need(struct engine *g, size_t connector, struct arena *a,
    struct engine_needs *out, struct err *e)
{
	struct store *store = g->cfg.store;
	int64_t id = g->cfg.connectors[connector].id;
	struct meta_key key = meta_key("plan.digest", id);
	struct text now = plan_digest(g->cfg.plan, connector);
	struct text was = {0}, mark = {0};
	int r = need_get(store, a, id, NEED_FULL_SYNC, &out->full_sync, e);

	if (r == 0)
		r = store_meta_get(store, a, key.text, &was, e);
	if (r == 0 && out->full_sync.len == 0 && !text_equal(was, now))
		out->full_sync =
		    was.len == 0 ? TEXT("there was none yet, or it did not end")
				 : TEXT("rules or parameters changed");
	if (r == 0)
		r = need_deferred(store, a, id, NEED_FULL_SYNC, &mark, e);
	if (r == 0)
		out->sync_deferred = mark.len != 0 && text_equal(mark, now);
	return r;
}

int
engine_needs(struct engine *g, size_t connector, struct arena *a,
    struct engine_needs *out, struct err *e)
{
	int r;

	*out = (struct engine_needs){0};
	r = import_need(g, connector, a, out, e);
	return r == 0 ? sync_need(g, connector, a, out, e) : r;
}

/* ---- By hand ---- */

static int
defer(struct engine *g, size_t connector, enum need n, struct err *e)
{
	int64_t id = g->cfg.connectors[connector].id;
	struct buf now;
	int r = need_set(g->cfg.store, id, n, TEXT(""), e);

	if (r < 0)
		return r;
	if (n == NEED_FULL_SYNC)
		return need_defer(g->cfg.store, id, n,
		    plan_digest(g->cfg.plan, connector), e);
	buf_init(&now, SCOPE_MAX);
	r = scope_lines(g, connector, &now, e);
	if (r == 0)
		r = need_defer(g->cfg.store, id, n, buf_text(&now), e);
	buf_clear(&now);
	return r;
}

int
engine_require(struct engine *g, size_t connector, enum engine_in_full what,
    bool required, struct err *e)
{
	enum need n =
	    what == ENGINE_FULL_IMPORT ? NEED_FULL_IMPORT : NEED_FULL_SYNC;
	int64_t id = g->cfg.connectors[connector].id;
	int r = store_lock(g->cfg.store, "an override", e);

	if (r < 0)
		return r;
	if (required) {
		r = need_defer(g->cfg.store, id, n, TEXT(""), e);
		if (r == 0)
			r = need_set(
			    g->cfg.store, id, n, TEXT("asked for by hand"), e);
	} else {
		r = defer(g, connector, n, e);
	}
	store_unlock(g->cfg.store);
	return r;
}
