/* engine/setup_guard.c -- what guards allow now: the store's settings before
 * those of the configuration. */
#include <string.h>

#include "engine/export/limits.h"
#include "engine/setup_int.h"

#define STORED_MAX 1000U

/* ---- Limits, one a line: change, count, percent, connector, type,
 * attribute, container ---- */

static bool
next_field(struct text *rest, char end, struct text *out)
{
	const char *at;

	if (rest->len == 0)
		return false;
	at = memchr(rest->data, end, rest->len);
	out->data = rest->data;
	out->len = at != NULL ? (size_t)(at - rest->data) : rest->len;
	rest->data += out->len + (at != NULL);
	rest->len -= out->len + (at != NULL);
	return true;
}

static bool
parse_line(struct text line, struct guard_limit *out)
{
	struct text f[6] = {0};

	*out = (struct guard_limit){.from = TEXT("guard set")};
	for (size_t i = 0; i < 6; i++)
		(void)next_field(&line, '\t', &f[i]);
	out->change = (int)limit_kind_parse(f[0]);
	out->connector = f[3];
	out->type = f[4];
	out->attribute = f[5];
	out->container = line;
	return out->change != 0 && text_to_int64(f[1], &out->count) == 0 &&
	       text_to_int64(f[2], &out->percent) == 0;
}

int
setup_guard_stored(
    struct setup *s, struct guard_limit **out, size_t *out_count, struct err *e)
{
	struct guard_limit *list =
	    arena_array(s->arena, STORED_MAX, sizeof(*list));
	struct text all = {0}, line;
	size_t n = 0;
	int r = list == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			     : store_meta_get(
				   s->store, s->arena, "guard.limits", &all, e);

	if (r < 0)
		return r;
	while (n < STORED_MAX && next_field(&all, '\n', &line))
		if (!parse_line(line, &list[n++]))
			return err_set(e, ERR_STORE,
			    "stored limit \"%.*s\" cannot be read",
			    TEXT_ARGS(line));
	*out = list;
	*out_count = n;
	return 0;
}

static void
write_line(struct buf *b, const struct guard_limit *k)
{
	buf_printf(b, "%s\t%lld\t%lld\t%.*s\t%.*s\t%.*s\t%.*s\n",
	    limit_kind_name((enum limit_kind)k->change), (long long)k->count,
	    (long long)k->percent, TEXT_ARGS(k->connector), TEXT_ARGS(k->type),
	    TEXT_ARGS(k->attribute), TEXT_ARGS(k->container));
}

static bool
is_same(const struct guard_limit *x, const struct guard_limit *y)
{
	return x->change == y->change &&
	       text_equal_nocase(x->connector, y->connector) &&
	       text_equal_nocase(x->type, y->type) &&
	       text_equal_nocase(x->attribute, y->attribute) &&
	       text_equal_nocase(x->container, y->container);
}

int
setup_guard_lines(struct setup *s, const struct guard_limit *limit, bool remove,
    struct buf *out, struct err *e)
{
	struct guard_limit *list = NULL;
	size_t n = 0;
	int r = setup_guard_stored(s, &list, &n, e);

	if (r < 0)
		return r;
	if (n == STORED_MAX && !remove)
		return err_set(e, ERR_LIMIT, "more than %u limits", STORED_MAX);
	for (size_t i = 0; i < n; i++)
		if (!is_same(&list[i], limit))
			write_line(out, &list[i]);
	if (!remove)
		write_line(out, limit);
	return buf_error(out) < 0 ? err_set(e, ERR_LIMIT, "too many limits")
				  : 0;
}

static int
add_configured(struct setup *s, const struct guard_limit *stored, size_t n,
    struct engine_guard *out, struct err *e)
{
	const struct conf_limits *conf = &s->conf->guard.limits;
	struct guard_limit *all =
	    arena_array(s->arena, n + conf->count, sizeof(*all));

	for (size_t i = 0; all != NULL && i < n; i++)
		all[i] = stored[i];
	for (size_t i = 0; all != NULL && i < conf->count; i++) {
		const struct conf_limit *k = &conf->items[i];
		char *from = arena_printf(s->arena,
		    "configuration, limit %zu of guard: limits", i + 1);

		if (from == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		all[n + i] = (struct guard_limit){.change = k->change + 1,
		    .connector = k->connector,
		    .type = k->type,
		    .attribute = k->attribute,
		    .container = k->container,
		    .count = k->count,
		    .percent = k->percent,
		    .from = text_of(from)};
	}
	out->limits = all;
	out->limit_count = n + conf->count;
	return all != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- All of it ---- */

static uint64_t
or_off(int64_t n, uint64_t off)
{
	return n < 0 ? off : (uint64_t)n;
}

int
setup_guard(struct setup *s, struct engine_guard *out, struct err *e)
{
	const struct conf_guard *conf = &s->conf->guard;
	int64_t deletions = conf->deletions;
	struct guard_limit *stored = NULL;
	size_t n = 0;
	struct text t;
	int r = store_meta_get(s->store, s->arena, "guard.deletions", &t, e);

	if (r < 0)
		return r;
	if (t.len != 0 && text_to_int64(t, &deletions) < 0)
		return err_set(e, ERR_STORE,
		    "stored guard.deletions \"%.*s\" is no number",
		    TEXT_ARGS(t));
	*out = (struct engine_guard){
	    .deletions = or_off(deletions, ENGINE_GUARD_OFF),
	    .source_percent = (unsigned)conf->source_percent,
	    .source_minimum = (uint64_t)conf->source_minimum,
	    .attribute_percent = (unsigned)conf->attribute_percent,
	    .change_percent = (unsigned)or_off(conf->change_percent, 0),
	    .change_minimum = (uint64_t)conf->change_minimum,
	    .learn = or_off(conf->learn, 0),
	    .values = conf->values,
	};
	r = setup_guard_stored(s, &stored, &n, e);
	return r < 0 ? r : add_configured(s, stored, n, out, e);
}
