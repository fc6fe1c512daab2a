/* engine/lease_synced.c -- when a target was synchronised last, as far as we
 * know: what moves it, and is not us, is another server. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/lease.h"

#define KEY_MAX   96U
#define PLACE_MAX 64U

/* ---- "MS OWN SENDING", by the place ---- */

static void
key_of(struct text place, char out[static KEY_MAX])
{
	(void)snprintf(out, KEY_MAX, "lease.synced.%.*s",
	    (int)(place.len < PLACE_MAX ? place.len : PLACE_MAX), place.data);
}

static int
parse(struct text t, struct lease_synced *out)
{
	const char *space = memchr(t.data, ' ', t.len);
	size_t n = space == NULL ? t.len : (size_t)(space - t.data);

	if (t.len != n + 4 ||
	    text_to_int64((struct text){t.data, n}, &out->ms) < 0)
		return ERR_STORE;
	out->noted = true;
	out->own = t.data[n + 1] == '1';
	out->sending = t.data[n + 3] == '1';
	return 0;
}

int
lease_synced_get(struct engine *g, struct text place, struct arena *a,
    struct lease_synced *out, struct err *e)
{
	char key[KEY_MAX];
	struct text t;
	int r;

	*out = (struct lease_synced){.ms = 0};
	key_of(place, key);
	r = store_meta_get(g->cfg.store, a, key, &t, e);
	if (r < 0 || t.len == 0)
		return r;
	return parse(t, out) == 0
		   ? 0
		   : err_set(e, ERR_STORE, "stored %s is damaged", key);
}

int
lease_synced_put(struct engine *g, struct text place,
    const struct lease_synced *s, struct err *e)
{
	char key[KEY_MAX], value[48];

	key_of(place, key);
	(void)snprintf(value, sizeof(value), "%" PRId64 " %d %d", s->ms, s->own,
	    s->sending);
	return store_meta_keep(g->cfg.store, key, text_of(value), e);
}

/* ---- What it tells ---- */

bool
lease_synced_foreign(
    const struct lease_synced *known, const struct connector_lease *l)
{
	return known->noted && !known->sending && l->synced_ms > known->ms;
}

/* An export of ours that was cut off may have moved it: it counts as ours, and
 * another server is noticed when it comes again. */
int
lease_synced_keep(struct engine *g, bool moves, struct lease_synced *known,
    const struct connector_lease *l, struct err *e)
{
	struct lease_synced now = {.noted = true,
	    .ms = l->synced_ms,
	    .own = known->noted && l->synced_ms == known->ms ? known->own
							     : known->sending,
	    .sending = moves};

	if (known->noted && now.ms == known->ms && now.own == known->own &&
	    now.sending == known->sending)
		return 0;
	*known = now;
	return lease_synced_put(g, l->place, &now, e);
}

int
lease_sent(
    struct engine *g, size_t connector, struct connector *conn, struct err *e)
{
	const struct connector_kind *kind = g->cfg.connectors[connector].kind;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct lease_synced now = {.noted = true, .own = true};
	struct connector_lease l;
	struct err why = {0};

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if ((kind->can & CAN_MOVE_SYNCED) == 0 || kind->ops->lease_get == NULL)
		return 0;
	/* what cannot be read now stays noted as under way */
	if (kind->ops->lease_get(conn, a, &l, &why) < 0) {
		log_event(LOG_DEBUG, "lease.synced", "why", why.text, NULL);
		return 0;
	}
	now.ms = l.synced_ms;
	return lease_synced_put(g, l.place, &now, e);
}
