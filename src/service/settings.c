/* service/settings.c -- see settings.h. */
#include "service/settings.h"

#include <inttypes.h>
#include <stdio.h>

const char *
settings_beside(const struct conf *c, struct arena *a, const char *suffix)
{
	struct text path;

	if (conf_resolve(a, c->dir, c->store.path, &path) < 0)
		return NULL;
	return arena_printf(a, "%.*s%s", TEXT_ARGS(path), suffix);
}

/* ---- Reading ---- */

static int
get_flag(struct store *s, struct arena *a, const char *key, bool *inout,
    struct err *e)
{
	struct text t;
	int r = store_meta_get(s, a, key, &t, e);

	if (r == 0 && t.len != 0)
		*inout = text_is(t, "on");
	return r;
}

static int
get_ms(struct store *s, struct arena *a, const char *key, int64_t *inout,
    struct err *e)
{
	struct text t;
	int r = store_meta_get(s, a, key, &t, e);

	if (r == 0 && t.len != 0 && text_to_int64(t, inout) < 0)
		return err_set(e, ERR_STORE, "stored %s \"%.*s\" is no number",
		    key, TEXT_ARGS(t));
	return r;
}

static int
get_stored(
    struct store *s, struct arena *a, struct settings *out, struct err *e)
{
	struct schedule *sc = &out->schedule;
	int r = get_flag(s, a, "sched.cycle", &sc->enabled, e);

	if (r == 0)
		r = get_flag(s, a, "sched.suspended", &sc->suspended, e);
	if (r == 0)
		r = get_flag(s, a, "sched.maintenance", &out->maintenance, e);
	if (r == 0)
		r = get_flag(s, a, "staging", &out->staging, e);
	if (r == 0)
		r = get_ms(s, a, "sched.interval", &sc->custom_ms, e);
	if (r == 0)
		r = get_ms(s, a, "sched.keep", &out->keep_ms, e);
	if (r == 0)
		r = get_ms(s, a, ENGINE_META_INTERVAL, &sc->told_ms, e);
	if (r == 0)
		r = engine_cycles_get(s, a, &out->cycles, e);
	sc->next_initial = out->cycles.next_initial;
	sc->started_ms = out->cycles.start_ms;
	sc->whole_ms = out->cycles.whole_ms;
	return r;
}

int
settings_get(struct store *s, const struct conf *c, struct arena *a,
    struct settings *out, struct err *e)
{
	*out = (struct settings){
	    .schedule = {.interval_ms = c->schedule.interval_ms,
		.minimum_ms = c->schedule.minimum_ms,
		.bell_ms = c->schedule.bell_ms,
		.enabled = true},
	    .maintenance = true,
	    .staging = c->staging,
	    .keep_ms = c->schedule.history_ms,
	};
	return s != NULL ? get_stored(s, a, out, e) : 0;
}

int
settings_read(
    const struct conf *c, struct arena *a, struct settings *out, struct err *e)
{
	const char *path = settings_beside(c, a, "");
	CLEANUP(store_closep)
	struct store *s = NULL;
	int r;

	if (path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = store_open(path, STORE_READ, &s, e);
	if (r < 0 && r != ERR_NOENT)
		return r;
	return settings_get(s, c, a, out, e);
}

/* ---- Changing ---- */

static int
put_ms(struct store *s, const char *key, int64_t ms, struct err *e)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, ms);
	return store_meta_set(s, key, text_of(text), e);
}

static int
set_flag(struct store *s, const char *key, const char *value, struct err *e)
{
	if (value == NULL)
		return 0;
	if (!text_is(text_of(value), "on") && !text_is(text_of(value), "off"))
		return err_set(e, ERR_INVAL, "%s: on or off, not \"%s\"",
		    key + sizeof("sched.") - 1, value);
	return store_meta_set(s, key, text_of(value), e);
}

static int
set_interval(
    struct store *s, const struct conf *c, const char *value, struct err *e)
{
	char least[32];
	int64_t ms = 0;

	if (value == NULL)
		return 0;
	if (text_is(text_of(value), "default"))
		return store_meta_set(s, "sched.interval", TEXT(""), e);
	if (duration_parse(text_of(value), &ms) < 0 ||
	    ms > INT64_C(30) * 86400000)
		return err_set(e, ERR_INVAL,
		    "interval: a time up to 30d such as 90s, 30m or 2h, or "
		    "default, not \"%s\"",
		    value);
	duration_format(c->schedule.minimum_ms, least);
	if (ms < c->schedule.minimum_ms)
		return err_set(e, ERR_INVAL,
		    "interval: not below schedule: minimum, which is %s",
		    least);
	return put_ms(s, "sched.interval", ms, e);
}

static int
set_keep(struct store *s, const char *value, struct err *e)
{
	int64_t ms = CONF_OFF;

	if (value == NULL)
		return 0;
	if (text_is(text_of(value), "default"))
		return store_meta_set(s, "sched.keep", TEXT(""), e);
	if (!text_is(text_of(value), "off") &&
	    (duration_parse(text_of(value), &ms) < 0 || ms < 60000 ||
		ms > INT64_C(3650) * 86400000))
		return err_set(e, ERR_INVAL,
		    "keep: a time from 1m to 3650d, off, or default, not "
		    "\"%s\"",
		    value);
	return put_ms(s, "sched.keep", ms, e);
}

static int
set_next(struct store *s, const char *value, struct err *e)
{
	if (value == NULL)
		return 0;
	if (text_is(text_of(value), "initial"))
		return store_meta_set(s, "cycle.next", text_of(value), e);
	if (text_is(text_of(value), "delta"))
		return store_meta_set(s, "cycle.next", TEXT(""), e);
	return err_set(
	    e, ERR_INVAL, "next: delta or initial, not \"%s\"", value);
}

int
settings_set(struct store *s, const struct conf *c,
    const struct settings_change *ch, struct err *e)
{
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	r = set_interval(s, c, ch->interval, e);
	if (r == 0)
		r = set_keep(s, ch->keep, e);
	if (r == 0)
		r = set_next(s, ch->next, e);
	if (r == 0)
		r = set_flag(s, "sched.cycle", ch->cycle, e);
	if (r == 0)
		r = set_flag(s, "sched.maintenance", ch->maintenance, e);
	if (r == 0)
		r = set_flag(s, "sched.suspended", ch->suspended, e);
	if (r == 0)
		return store_commit(s, e);
	store_rollback(s);
	return r;
}
