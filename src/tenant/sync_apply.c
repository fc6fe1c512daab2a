/* tenant/sync_apply.c -- one exported object: made, changed, deleted; see
 * syncobj.h. */
#include "tenant/rules.h"
#include "tenant/syncobj.h"

struct applying {
	struct sync_call *c;
	const struct sync_item *in;
	struct sync_item_result *out;
	struct syncobj rec;
	struct dirobj o;
	bool is_new;
};

static int
values_put(struct applying *ap)
{
	for (size_t i = 0; i < ap->in->nattrs; i++) {
		const struct sync_attr *v = &ap->in->attrs[i];
		int r;

		if (v->type == SYNC_CHANGES ||
		    text_is_nocase(v->name, "cloudAnchor"))
			continue;
		r = syncobj_put(ap->c->a, ap->rec.doc, v);
		if (r == ERR_SYNTAX)
			return sync_refuse(ap->c, ap->out, "InvalidAttribute",
			    "The value of the attribute %.*s is not of its "
			    "type.",
			    TEXT_ARGS(v->name));
		if (r != 0)
			return r;
	}
	return 0;
}

static int
object_put(struct applying *ap, const struct dirobj *before)
{
	struct dirobj_write w = {.before = before,
	    .after = &ap->o,
	    .op = before == NULL ? CHANGE_CREATE : CHANGE_UPDATE};
	struct buf changed;
	int r;

	buf_init(&changed, 65536);
	for (size_t i = 0; i < entity_info(ap->o.kind)->nprops; i++) {
		const char *name = entity_info(ap->o.kind)->props[i].name;
		struct json *now = json_get(ap->o.doc, name);
		struct json *old =
		    before == NULL ? NULL : json_get(before->doc, name);

		if (now == old ||
		    (now != NULL && old != NULL && json_equal(now, old)))
			continue;
		buf_printf(&changed, "%s%s", changed.len == 0 ? "" : ",", name);
	}
	w.changed = buf_text(&changed);
	r = dirobj_write(ap->c->t->db, ap->c->a, &w);
	buf_clear(&changed);
	if (r == ERR_EXIST)
		return sync_refuse(ap->c, ap->out, "AttributeValueMustBeUnique",
		    "Unable to update this object because the following "
		    "attributes associated with this object have values that "
		    "may already be associated with another object in your "
		    "local directory services: [%s].",
		    w.conflict == NULL ? "" : w.conflict);
	return r;
}

static int
links_put(struct applying *ap)
{
	const struct sync_attr *v;
	int r = 0;

	v = sync_item_attr(ap->in, "member");
	if (v != NULL && ap->o.kind == ENTITY_GROUP)
		r = v->type == SYNC_CHANGES
			? sync_links_change(ap->c, &ap->rec, &ap->o, v)
			: sync_links_set(ap->c, &ap->rec, &ap->o, LINK_MEMBERS);
	if (r == 0 && sync_item_attr(ap->in, "manager") != NULL &&
	    (ap->o.kind == ENTITY_USER || ap->o.kind == ENTITY_CONTACT))
		r = sync_links_set(ap->c, &ap->rec, &ap->o, LINK_MANAGER);
	return r;
}

/* Members and manager come after the object, so that it can name itself. */
static int
object_and_links(struct applying *ap, const struct dirobj *before)
{
	int r = object_put(ap, before);

	if (r != 0 || ap->out->error != NULL)
		return r;
	ap->rec.row = ap->o.row;
	memcpy(ap->rec.id, ap->o.id, sizeof(ap->rec.id));
	ap->rec.state = DIROBJ_LIVE;
	r = syncobj_save(ap->c->t->db, &ap->rec);
	if (r == 0)
		r = links_put(ap);
	if (r == 0)
		r = sync_links_arrived(ap->c, ap->rec.anchor, &ap->o);
	return r == 0 ? syncobj_save(ap->c->t->db, &ap->rec) : r;
}

static int
create_or_update(struct applying *ap)
{
	struct dirobj before = ap->o;
	int r = values_put(ap);

	if (r != 0 || ap->out->error != NULL)
		return r;
	if (ap->is_new) {
		ap->o.kind = ap->in->kind;
		ap->o.doc = json_new_object();
		dirobj_new_id(ap->o.id);
	} else {
		before.doc = json_dup(ap->o.doc);
	}
	r = ap->o.doc == NULL ? ERR_NOMEM : sync_show(ap->c, &ap->rec, &ap->o);
	if (r == 0 && ap->is_new && dirobj_text(&ap->o, "displayName").len == 0)
		r = sync_refuse(ap->c, ap->out, "DataValidationFailed",
		    "The attribute displayName is required.");
	if (r == 0 && ap->out->error == NULL)
		r = object_and_links(ap, ap->is_new ? NULL : &before);
	if (!ap->is_new)
		dirobj_clear(&before);
	return r;
}

/* T6.3: there is nothing of ours to delete. */
static int
delete_refused(struct applying *ap)
{
	(void)sync_refuse(ap->c, ap->out, "DeleteNotValid",
	    "The synchronization operation Delete is not valid: no object "
	    "that is synchronized has this anchor.");
	ap->out->code = 114;
	return 0;
}

static int
delete_it(struct applying *ap)
{
	struct buf out;
	struct gcall g = {.t = ap->c->t,
	    .a = ap->c->a,
	    .out = &out,
	    .service = true,
	    .method = "DELETE",
	    .request_id = ""};
	int r;

	if (ap->is_new || ap->o.state != DIROBJ_LIVE)
		return delete_refused(ap);
	buf_init(&out, 65536);
	r = rules_delete(&g, &ap->o);
	buf_clear(&out);
	if (r != 0)
		return r == ERR_REJECTED ? ERR_STORE : r;
	ap->rec.state = ap->o.state;
	return syncobj_save(ap->c->t->db, &ap->rec);
}

static int
find_by_cloud_anchor(struct applying *ap)
{
	enum entity kind;
	struct text id;
	int r = sync_cloud_anchor_read(ap->in->cloud_anchor, &kind, &id);

	if (r == 0)
		r = dirobj_by_id(ap->c->t->db, id, &ap->o);
	if (r == 0)
		r = syncobj_by_row(ap->c->t->db, ap->c->a, ap->o.row, &ap->rec);
	return r == ERR_SYNTAX ? ERR_NOENT : r;
}

/* The object that is linked already (T2.1), or a record to make. */
static int
find_linked(struct applying *ap)
{
	const struct sync_item *in = ap->in;
	struct tdb *db = ap->c->t->db;
	int r = in->source_anchor.len == 0
		    ? find_by_cloud_anchor(ap)
		    : syncobj_by_anchor(
			  db, ap->c->a, in->kind, in->source_anchor, &ap->rec);

	if (r == 0 && ap->o.doc == NULL)
		r = dirobj_by_row(db, ap->rec.row, &ap->o);
	if (r == 0 && (ap->o.state == DIROBJ_LIVE || in->op == SYNC_DELETE))
		return 0;
	if (r != 0 && r != ERR_NOENT)
		return r;
	syncobj_clear(&ap->rec);
	dirobj_clear(&ap->o);
	ap->is_new = true;
	ap->rec = (struct syncobj){.kind = in->kind,
	    .anchor = in->source_anchor,
	    .doc = json_new_object()};
	ap->o = (struct dirobj){.kind = in->kind};
	return 0;
}

static int
apply_item(struct applying *ap)
{
	int r;

	if (ap->in->kind == (enum entity)0)
		return sync_refuse(ap->c, ap->out, "InvalidObjectType",
		    "Objects of the type %.*s cannot be synchronized.",
		    TEXT_ARGS(ap->in->kind_name));
	if (ap->in->source_anchor.len == 0 && ap->in->cloud_anchor.len == 0)
		return sync_refuse(ap->c, ap->out, "MissingAnchor",
		    "The object has neither a source anchor nor a cloud "
		    "anchor.");
	r = find_linked(ap);
	if (r != 0)
		return r;
	/* T1.5 */
	if (json_bool(json_get(ap->o.doc, "isCloudManaged"), false))
		return sync_refuse(ap->c, ap->out, "ObjectIsCloudManaged",
		    "The source of authority of this object is the cloud; "
		    "changes from on premises are not taken.");
	if (ap->in->op == SYNC_DELETE)
		return delete_it(ap);
	if (ap->is_new && ap->in->source_anchor.len == 0)
		return sync_refuse(ap->c, ap->out, "MissingAnchor",
		    "A new object needs a source anchor.");
	return create_or_update(ap);
}

int
sync_apply(struct sync_call *c, const struct sync_item *in,
    struct sync_item_result *out)
{
	struct applying ap = {.c = c, .in = in, .out = out};
	int r = tdb_save(c->t->db), end;

	*out = (struct sync_item_result){.source_anchor = in->source_anchor,
	    .cloud_anchor = in->cloud_anchor};
	if (r != 0)
		return r;
	r = apply_item(&ap);
	end = tdb_save_end(c->t->db, r == 0 && out->error == NULL);
	if (r == 0 && out->error == NULL && ap.rec.id[0] != '\0') {
		out->source_anchor = ap.rec.anchor;
		out->cloud_anchor =
		    sync_cloud_anchor(c->a, ap.rec.kind, ap.rec.id);
	}
	syncobj_clear(&ap.rec);
	dirobj_clear(&ap.o);
	return r != 0 ? r : end;
}
