/* tenant/sync_links.c -- references between what was exported; see
 * syncobj.h. */
#include "tenant/syncobj.h"

static const enum entity targets[] = {
    ENTITY_USER, ENTITY_GROUP, ENTITY_CONTACT, ENTITY_DEVICE};

/* The live object of any kind with an anchor: ERR_NOENT. */
static int
find_target(struct sync_call *c, struct text anchor, int64_t *out_row)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct syncobj s = {0};
		int r =
		    syncobj_by_anchor(c->t->db, c->a, targets[i], anchor, &s);
		bool live = r == 0 && s.state == DIROBJ_LIVE;

		*out_row = s.row;
		syncobj_clear(&s);
		if (live)
			return 0;
		if (r != 0 && r != ERR_NOENT)
			return r;
	}
	return ERR_NOENT;
}

static int
link_to(struct sync_call *c, const struct dirobj *o, enum link_kind link,
    struct text anchor)
{
	struct dirobj target = {0};
	int64_t row = 0;
	int r = find_target(c, anchor, &row);

	if (r == ERR_NOENT)
		return tdb_run(c->t->db, SQL_SYNC_WAIT_ADD, "tii", anchor,
		    (int64_t)link, o->row);
	if (r == 0)
		r = dirobj_by_row(c->t->db, row, &target);
	if (r == 0)
		r = dirobj_link(c->t->db, o, link, &target);
	dirobj_clear(&target);
	return r == ERR_EXIST ? 0 : r;
}

static bool
list_has_row(const int64_t *rows, size_t n, int64_t row)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i] == row)
			return true;
	return false;
}

/* Takes away what is not among rows; one at a time. */
static int
unlink_others(struct sync_call *c, const struct dirobj *o, enum link_kind link,
    const int64_t *rows, size_t n)
{
	struct tdb *db = c->t->db;
	int64_t at = 0;
	int r;

	while ((r = tdb_run(db, SQL_REF_TARGETS, "iii", (int64_t)link, o->row,
		    at)) == 1) {
		at = tdb_int(db, SQL_REF_TARGETS, 0);
		tdb_done(db, SQL_REF_TARGETS);
		if (list_has_row(rows, n, at))
			continue;
		r = dirobj_unlink(db, o, link, at);
		if (r != 0)
			break;
	}
	return r;
}

static struct text
anchor_at(const struct json *v, size_t i)
{
	return json_type(v) == JSON_LIST ? json_text(json_at(v, i))
					 : json_text(v);
}

/* Where references are not waited for. */
static int
unknown(struct sync_call *c, struct text anchor, struct sync_item_result *out)
{
	return sync_refuse(c, out, "ReferenceNotFound",
	    "The object refers to %.*s, which is not in the directory.",
	    (int)(anchor.len > 128 ? 128 : anchor.len), anchor.data);
}

int
sync_links_set(struct sync_call *c, const struct syncobj *s,
    const struct dirobj *o, enum link_kind link, struct sync_item_result *out)
{
	const struct json *v =
	    syncobj_get(s->doc, link == LINK_MANAGER ? "manager" : "member");
	size_t n = json_type(v) == JSON_STRING ? 1 : json_count(v);
	int64_t *rows = arena_array(c->a, n + 1, sizeof(*rows));
	size_t found = 0;
	int r = rows == NULL ? ERR_NOMEM
			     : tdb_run(c->t->db, SQL_SYNC_WAIT_CLEAR, "ii",
				   (int64_t)link, o->row);

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = find_target(c, anchor_at(v, i), &rows[found]);
		if (r == 0)
			found++;
		else if (r == ERR_NOENT && c->settings.refuse_unknown)
			return unknown(c, anchor_at(v, i), out);
		r = r == ERR_NOENT ? 0 : r;
	}
	if (r == 0)
		r = unlink_others(c, o, link, rows, found);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = link_to(c, o, link, anchor_at(v, i));
	return r;
}

/* The source anchor that a change names, whichever anchor it brings. */
static int
change_anchor(
    struct sync_call *c, const struct sync_change *ch, struct text *out)
{
	struct syncobj s = {0};
	struct dirobj o = {0};
	enum entity kind;
	struct text id;
	int r;

	*out = ch->anchor;
	if (!ch->cloud)
		return 0;
	r = sync_cloud_anchor_read(ch->anchor, &kind, &id);
	if (r == 0)
		r = dirobj_by_id(c->t->db, id, &o);
	if (r == 0)
		r = syncobj_by_row(c->t->db, c->a, o.row, &s);
	if (r == 0)
		*out = s.anchor;
	syncobj_clear(&s);
	dirobj_clear(&o);
	return r == ERR_SYNTAX ? ERR_NOENT : r;
}

/* The list with one anchor more or less. */
static struct json *
changed_list(const struct json *old, struct text anchor, bool remove)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < json_count(old); i++)
		if (!text_equal(json_text(json_at(old, i)), anchor))
			json_push(
			    list, json_new_text(json_text(json_at(old, i))));
	if (!remove)
		json_push(list, json_new_text(anchor));
	return list;
}

int
sync_links_change(struct sync_call *c, struct syncobj *s,
    const struct dirobj *o, const struct sync_attr *changes,
    struct sync_item_result *out)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct sync_change *ch = &changes->changes[i];
		struct text anchor;
		int64_t row;
		int r = change_anchor(c, ch, &anchor);

		/* A cloud anchor is of what is here, or of nothing. */
		if (r == ERR_NOENT && ch->remove)
			continue;
		if (r == ERR_NOENT)
			return unknown(c, ch->anchor, out);
		if (r == 0 && !ch->remove)
			r = link_to(c, o, LINK_MEMBERS, anchor);
		else if (r == 0) {
			r = tdb_run(c->t->db, SQL_SYNC_WAIT_DROP, "tii", anchor,
			    (int64_t)LINK_MEMBERS, o->row);
			if (r == 0 && find_target(c, anchor, &row) == 0)
				r = dirobj_unlink(
				    c->t->db, o, LINK_MEMBERS, row);
			r = r == ERR_NOENT ? 0 : r;
		}
		if (r != 0)
			return r;
		json_set(s->doc, "member",
		    changed_list(
			syncobj_get(s->doc, "member"), anchor, ch->remove));
	}
	return 0;
}

int
sync_links_arrived(
    struct sync_call *c, struct text anchor, const struct dirobj *o)
{
	struct tdb *db = c->t->db;
	int r;

	if (o->kind > ENTITY_MAX) /* Graph does not show it, nor links to it */
		return 0;
	while ((r = tdb_run(db, SQL_SYNC_WAIT_FOR, "t", anchor)) == 1) {
		int64_t link = tdb_int(db, SQL_SYNC_WAIT_FOR, 0);
		int64_t source = tdb_int(db, SQL_SYNC_WAIT_FOR, 1);
		struct dirobj from = {0};

		tdb_done(db, SQL_SYNC_WAIT_FOR);
		r = dirobj_by_row(db, source, &from);
		if (r == 0 && from.state == DIROBJ_LIVE)
			r = dirobj_link(db, &from, (enum link_kind)link, o);
		dirobj_clear(&from);
		if (r == 0 || r == ERR_EXIST || r == ERR_NOENT)
			r = tdb_run(db, SQL_SYNC_WAIT_DROP, "tii", anchor, link,
			    source);
		if (r != 0)
			return r;
	}
	return r;
}
