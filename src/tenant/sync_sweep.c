/* tenant/sync_sweep.c -- objects that are looked at again: values came free, a
 * domain came or went; see sync_rules.h. */
#include "tenant/emit.h"
#include "tenant/sync_rules.h"

struct extension_compare {
	const struct json *other;
	bool differs;
};

static int
extension_compare(void *ctx, struct text key, struct json *value)
{
	struct extension_compare *x = ctx;
	const struct json *other;

	if (!extension_is_name(key))
		return 0;
	other = extension_value(x->other, key);
	x->differs = other == NULL || !json_equal(value, other);
	return x->differs;
}

/* Each is looked for in the other. */
static bool
extensions_differ(const struct json *before, const struct json *after)
{
	struct extension_compare back = {before, false}, to = {after, false};

	(void)json_each(after, extension_compare, &back);
	if (before != NULL)
		(void)json_each(before, extension_compare, &to);
	return back.differs || to.differs;
}

struct text
sync_changed(struct arena *a, enum entity kind, const struct json *before,
    const struct json *after)
{
	const struct entity_info *info = entity_info(kind);
	struct text out = {"", 0};
	struct buf b;

	buf_init(&b, 65536);
	for (size_t i = 0; i < info->nprops; i++) {
		const char *name = info->props[i].name;
		struct json *now = json_get(after, name);
		struct json *old =
		    before == NULL ? NULL : json_get(before, name);

		if (now == old ||
		    (now != NULL && old != NULL && json_equal(now, old)))
			continue;
		buf_printf(&b, "%s%s", b.len == 0 ? "" : ",", name);
	}
	if (extensions_differ(before, after))
		buf_puts(&b,
		    b.len == 0 ? CHANGED_EXTENSIONS : "," CHANGED_EXTENSIONS);
	out = text_dup(a, buf_text(&b));
	buf_clear(&b);
	return out;
}

/* Only the time of the last synchronisation differs always. */
static bool
is_change(struct text names)
{
	return names.len != 0 && !text_is(names, "onPremisesLastSyncDateTime");
}

static int
write_view(struct sync_view *v, const struct dirobj *before)
{
	struct dirobj_write w = {
	    .before = before, .after = v->o, .op = CHANGE_UPDATE};
	struct json *last = json_get(before->doc, "onPremisesLastSyncDateTime");
	int r = 0;

	if (last != NULL)
		json_set(
		    v->o->doc, "onPremisesLastSyncDateTime", json_dup(last));
	w.changed = sync_changed(v->c->a, v->o->kind, before->doc, v->o->doc);
	if (is_change(w.changed))
		r = dirobj_write(v->c->t->db, v->c->a, &w);
	return r == 0 ? sync_view_keep(v) : r;
}

static int
look_again(
    struct sync_call *c, struct syncobj *s, struct dirobj *o, bool recalculate)
{
	struct sync_item_result out = {0};
	struct dirobj before = *o;
	struct sync_view v = {.c = c,
	    .s = s,
	    .old = s->doc,
	    .o = o,
	    .out = &out,
	    .recalculate = recalculate};
	int r;

	before.doc = json_dup(o->doc);
	r = before.doc == NULL ? ERR_NOMEM : sync_view(&v);
	/* What is refused now was so before, and stays as it is. */
	if (r == 0 && out.error == NULL)
		r = write_view(&v, &before);
	dirobj_clear(&before);
	return r;
}

int
sync_recalculate(struct sync_call *c, int64_t row, bool recalculate)
{
	struct syncobj s = {0};
	struct dirobj o = {0};
	int r = dirobj_by_row(c->t->db, row, &o);

	if (r == 0)
		r = syncobj_by_row(c->t->db, c->a, row, &s);
	if (r == 0 && o.state == DIROBJ_LIVE &&
	    dirobj_flag(&o, "onPremisesSyncEnabled"))
		r = look_again(c, &s, &o, recalculate);
	syncobj_clear(&s);
	dirobj_clear(&o);
	return r == ERR_NOENT ? 0 : r;
}

static int
call_make(struct tenant *t, struct arena *a, struct sync_call *out_c)
{
	*out_c = (struct sync_call){.t = t, .a = a, .now_ms = tenant_now_ms(t)};
	return sync_settings_load(t, a, &out_c->settings);
}

int
sync_sweep(struct tenant *t, struct arena *a, bool all)
{
	struct sync_call c = {0};
	int r = all ? tdb_run(t->db, SQL_QUARANTINE_DUE_ALL, "") : 0;

	if (r == 0)
		r = tdb_run(t->db, SQL_QUARANTINE_NEXT, "");
	if (r != 1)
		return r;
	r = call_make(t, a, &c);
	if (r != 0 || (c.settings.hourly && !all)) {
		tdb_done(t->db, SQL_QUARANTINE_NEXT);
		return r;
	}
	while (r == 0 && (r = tdb_run(t->db, SQL_QUARANTINE_NEXT, "")) == 1) {
		int64_t row = tdb_int(t->db, SQL_QUARANTINE_NEXT, 0);

		tdb_done(t->db, SQL_QUARANTINE_NEXT);
		r = tdb_run(t->db, SQL_QUARANTINE_SEEN, "i", row);
		if (r == 0)
			r = sync_recalculate(&c, row, false);
	}
	return r;
}

int
sync_domains_changed(struct tenant *t, struct arena *a)
{
	struct sync_call c = {0};
	int64_t row = 0;
	int r = call_make(t, a, &c);

	while (r == 0 && (r = tdb_run(t->db, SQL_SYNC_ALL, "i", row)) == 1) {
		row = tdb_int(t->db, SQL_SYNC_ALL, 0);
		tdb_done(t->db, SQL_SYNC_ALL);
		r = sync_recalculate(&c, row, true);
	}
	return r == 0 ? sync_sweep(t, a, true) : r;
}
