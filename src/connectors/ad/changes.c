/* connectors/ad/changes.c -- what a delta import gives, in batches, and where
 * an object lies. */
#include <string.h>

#include "connectors/ad/ad_int.h"

#define BATCH_MAX_BYTES (16U << 20)
#define AGAIN_MAX       10000000U

/* ---- Regions ---- */

static int
region_make(struct changes *w, struct text dn, struct region *out)
{
	const struct conf_partition *p =
	    core_partition_conf(w->c, dn, w->setup);

	if (dn_key(w->setup, dn, &out->key) != 0)
		return ERR_NOMEM;
	if (p == NULL || p->include.count + p->exclude.count == 0)
		return 0;
	out->scope = scope_new(p->include.items, p->include.count,
	    p->exclude.items, p->exclude.count);
	return out->scope != NULL ? 0 : ERR_NOMEM;
}

/* The partition that is read first, then the others that are. */
static int
regions_make(struct changes *w, struct err *e)
{
	struct partition *list = NULL;
	size_t n = 0;
	int r = core_partitions(&w->c->base, &list, &n, e);

	if (r != 0)
		return r;
	w->regions = arena_array(w->setup, n + 1, sizeof(*w->regions));
	if (w->regions == NULL)
		return ERR_NOMEM;
	memset(w->regions, 0, (n + 1) * sizeof(*w->regions));
	r = region_make(w, w->req->partition, &w->regions[w->region_count++]);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct region *next = &w->regions[w->region_count];

		if (!list[i].selected)
			continue;
		r = region_make(w, list[i].name, next);
		w->region_count++;
	}
	return r;
}

static bool
region_has(const struct region *g, struct text key)
{
	return dn_key_is_below(key, g->key) &&
	       (g->scope == NULL || scope_includes(g->scope, key));
}

int
changes_place(struct changes *w, struct text dn, enum place *out)
{
	struct text key;

	*out = PLACE_OUT;
	if (dn_key(w->arena, dn, &key) != 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->region_count; i++)
		if (region_has(&w->regions[i], key)) {
			*out = i == 0 ? PLACE_HERE : PLACE_ELSEWHERE;
			break;
		}
	return 0;
}

/* ---- Begin and end ---- */

/* One that says more than the classes has to be asked again: an object that
 * does not match it any more is told like any other. */
static int
filter_take(struct changes *w)
{
	const struct conf_partition *p =
	    core_partition_conf(w->c, w->req->partition, w->setup);

	w->filter = core_filter(w->c, p);
	w->filtered =
	    w->c->conf->filter.len != 0 || (p != NULL && p->filter.len != 0);
	return filter_attrs(
	    w->c, p, w->setup, &w->filter_attrs, &w->filter_attr_count);
}

int
changes_begin(struct changes *w, struct err *e)
{
	int r = core_wants_init(&w->wants, w->c, w->req, e);

	w->setup = arena_new(0);
	w->arena = arena_new(0);
	w->batch = calloc(w->c->base.kind->import_batch, sizeof(*w->batch));
	if (r != 0)
		return r;
	if (w->setup == NULL || w->arena == NULL || w->batch == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = regions_make(w, e);
	if (r == 0)
		r = filter_take(w);
	return r == 0 ? ad_context_of(
			    w->c, w->req->partition, w->setup, &w->context, e)
		      : r;
}

void
changes_end(struct changes *w)
{
	for (size_t i = 0; i < w->region_count; i++)
		(void)scope_free(w->regions[i].scope);
	core_wants_clear(&w->wants);
	free(w->again);
	free(w->batch);
	(void)arena_free(w->arena);
	(void)arena_free(w->setup);
}

/* ---- Batches ---- */

struct entry *
changes_next(struct changes *w)
{
	struct entry *out = &w->batch[w->count];

	*out = (struct entry){.kind = ENTRY_CHANGE};
	return out;
}

int
changes_flush(struct changes *w, struct text watermark, struct err *e)
{
	const struct connector_env *env = &w->c->env;
	int r = 0;

	if (watermark.len != 0)
		r = w->sink->entries_until(
		    w->sink->ctx, w->batch, w->count, watermark, e);
	else if (w->count != 0)
		r = w->sink->entries(w->sink->ctx, w->batch, w->count, e);
	w->count = 0;
	arena_reset(w->arena);
	if (r == 0 && env->cancelled != NULL && env->cancelled(env->cancel_ctx))
		return err_set(e, ERR_CANCELLED, "stopped");
	return r;
}

int
changes_push(struct changes *w, struct err *e)
{
	if (w->batch[w->count].kind == ENTRY_ERROR)
		w->reply->errors++;
	w->count++;
	if (w->count < w->c->base.kind->import_batch &&
	    arena_held(w->arena) <= BATCH_MAX_BYTES)
		return 0;
	return changes_flush(w, TEXT(""), e);
}

int
changes_left(struct changes *w, const struct guid *g, struct err *e)
{
	struct entry *out = changes_next(w);

	out->kind = ENTRY_LEFT;
	out->anchor = guid_text(w->arena, g);
	return out->anchor.data != NULL
		   ? changes_push(w, e)
		   : err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- To be read again ---- */

int
changes_again(
    struct changes *w, const struct guid *g, unsigned flags, struct err *e)
{
	size_t room = w->again_room != 0 ? w->again_room * 2 : 256;
	struct again *list;

	if (w->again_count == w->again_room) {
		if (room > AGAIN_MAX)
			return err_set(e, ERR_LIMIT, "too many changes");
		list = realloc(w->again, room * sizeof(*list));
		if (list == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		w->again = list;
		w->again_room = room;
	}
	w->again[w->again_count++] = (struct again){.guid = *g, .flags = flags};
	return 0;
}

/* ---- GUIDs ---- */

bool
item_guid(const struct ldap_item *item, struct guid *out)
{
	struct text t = ldap_item_first(item, "objectGUID");

	if (t.len != sizeof(out->octets))
		return false;
	memcpy(out->octets, t.data, t.len);
	return true;
}

struct text
guid_text(struct arena *a, const struct guid *g)
{
	return text_dup(
	    a, (struct text){(const char *)g->octets, sizeof(g->octets)});
}
