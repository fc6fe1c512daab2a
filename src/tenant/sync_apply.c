/* tenant/sync_apply.c -- one exported object: found, matched, made, changed,
 * deleted, restored; see syncobj.h. */
#include "tenant/rules.h"
#include "tenant/sync_check.h"
#include "tenant/sync_rules.h"

struct applying {
	struct sync_call *c;
	const struct sync_item *in;
	struct sync_item_result *out;
	struct syncobj rec;
	struct dirobj o;
	struct json *old; /* the exported values before, NULL: none */
	struct text note; /* of a match that was not made */
	bool linked;      /* the anchor is known */
	bool is_new;      /* nothing is there */
};

/* The service's own; and what only other types of objects have: clients send
 * accountEnabled with groups. */
static bool
is_passed_over(const struct applying *ap, struct text name)
{
	const struct sync_rule *rule = sync_rule_of(name);

	return text_is_nocase(name, "cloudAnchor") ||
	       text_is_nocase(name, "cloudMastered") ||
	       (rule != NULL && (rule->kinds & 1U << ap->in->kind) == 0 &&
		   !text_starts_nocase(name, "cloud"));
}

static int
values_put(struct applying *ap)
{
	for (size_t i = 0; i < ap->in->nattrs; i++) {
		const struct sync_attr *in = &ap->in->attrs[i];
		struct sync_attr v;
		int r;

		if (is_passed_over(ap, in->name))
			continue;
		r = sync_check_attr(ap->c, ap->in->kind, in, &v, ap->out);
		if (r != 0 || ap->out->error != NULL)
			return r;
		if (v.type != SYNC_CHANGES)
			r = syncobj_put(ap->c->a, ap->rec.doc, &v);
		if (r != 0)
			return r;
	}
	return sync_check_whole(ap->c, &ap->rec,
	    &(struct sync_before){ap->old, ap->is_new}, ap->out);
}

/* Section 7. */
static int
quota_check(struct applying *ap)
{
	struct tenant *t = ap->c->t;

	if (!ap->is_new || tdb_objects_estimate(t->db) < t->max_objects)
		return 0;
	tdb_objects_recount(t->db, tenant_now_ms(t));
	if (tdb_objects_estimate(t->db) < t->max_objects)
		return 0;
	return sync_refuse(ap->c, ap->out, "QuotaExceeded",
	    "The directory holds as many objects as it may, %lld. Ask for "
	    "more, or delete what is not needed.",
	    (long long)t->max_objects);
}

static int
object_put(struct applying *ap, const struct dirobj *before)
{
	struct dirobj_write w = {.before = before,
	    .after = &ap->o,
	    .op = before == NULL                    ? CHANGE_CREATE
		  : before->state == DIROBJ_DELETED ? CHANGE_RESTORE
						    : CHANGE_UPDATE};
	int r;

	w.changed = sync_changed(ap->c->a, ap->o.kind,
	    before == NULL ? NULL : before->doc, ap->o.doc);
	r = dirobj_write(ap->c->t->db, ap->c->a, &w);
	if (r == ERR_EXIST)
		return sync_refuse(ap->c, ap->out, "AttributeValueMustBeUnique",
		    "Unable to update this object because the following "
		    "attributes associated with this object have values that "
		    "may already be associated with another object in your "
		    "local directory services: [%s].",
		    w.conflict == NULL ? "" : w.conflict);
	if (r == 0 && w.op == CHANGE_RESTORE)
		r = dirobj_log_sources(ap->c->t->db, &ap->o, true);
	return r;
}

static int
links_put(struct applying *ap)
{
	const struct sync_attr *v = sync_item_attr(ap->in, "member");
	int r = 0;

	if (v != NULL && ap->o.kind == ENTITY_GROUP)
		r = v->type == SYNC_CHANGES
			? sync_links_change(ap->c, &ap->rec, &ap->o, v, ap->out)
			: sync_links_set(
			      ap->c, &ap->rec, &ap->o, LINK_MEMBERS, ap->out);
	if (r == 0 && sync_item_attr(ap->in, "manager") != NULL &&
	    (ap->o.kind == ENTITY_USER || ap->o.kind == ENTITY_CONTACT))
		r = sync_links_set(
		    ap->c, &ap->rec, &ap->o, LINK_MANAGER, ap->out);
	return r;
}

/* Members and manager come after the object, so that it can name itself. */
static int
object_and_links(
    struct applying *ap, struct sync_view *v, const struct dirobj *before)
{
	int r = object_put(ap, before);

	if (r != 0 || ap->out->error != NULL)
		return r;
	ap->rec.row = ap->o.row;
	memcpy(ap->rec.id, ap->o.id, sizeof(ap->rec.id));
	ap->rec.state = DIROBJ_LIVE;
	r = syncobj_save(ap->c->t->db, &ap->rec);
	if (r == 0)
		r = sync_view_keep(v);
	if (r == 0)
		r = links_put(ap);
	if (r == 0)
		r = sync_links_arrived(ap->c, ap->rec.anchor, &ap->o);
	if (r == 0 && ap->out->error == NULL)
		r = sync_check_whole(
		    ap->c, &ap->rec, &(struct sync_before){0}, ap->out);
	return r == 0 ? syncobj_save(ap->c->t->db, &ap->rec) : r;
}

/* What is not there is begun, what was deleted is live again (T6.2). */
static int
object_begin(struct applying *ap)
{
	if (ap->is_new) {
		ap->o = (struct dirobj){
		    .kind = ap->in->kind, .doc = json_new_object()};
		dirobj_new_id(ap->o.id);
		if (ap->c->new_id.len == DIROBJ_ID_LEN)
			memcpy(ap->o.id, ap->c->new_id.data, DIROBJ_ID_LEN);
	} else if (ap->o.state == DIROBJ_DELETED) {
		ap->o.state = DIROBJ_LIVE;
		ap->o.deleted_ms = 0;
		rules_upn_back(&ap->o);
	}
	return ap->o.doc == NULL ? ERR_NOMEM : 0;
}

static int
name_check(struct applying *ap)
{
	if (dirobj_text(&ap->o, "displayName").len != 0)
		return 0;
	return sync_refuse(ap->c, ap->out, "DataValidationFailed",
	    "The attribute displayName is required.");
}

static int
write_with(struct applying *ap, const struct dirobj *before)
{
	struct sync_view v = {.c = ap->c,
	    .s = &ap->rec,
	    .old = ap->old,
	    .o = &ap->o,
	    .out = ap->out,
	    .is_new = ap->is_new};
	int r = object_begin(ap);

	if (r == 0)
		r = sync_view(&v);
	if (r == 0 && ap->out->error == NULL)
		r = name_check(ap);
	if (r == 0 && ap->out->error == NULL)
		r = object_and_links(ap, &v, ap->is_new ? NULL : before);
	if (ap->note.len != 0)
		ap->out->description = ap->note;
	return r;
}

static int
create_or_update(struct applying *ap)
{
	struct dirobj before = ap->o;
	int r = quota_check(ap);

	if (r == 0 && ap->out->error == NULL)
		r = values_put(ap);
	if (r != 0 || ap->out->error != NULL)
		return r;
	if (!ap->is_new) {
		before.doc = json_dup(ap->o.doc);
		if (before.doc == NULL)
			return ERR_NOMEM;
	}
	r = write_with(ap, &before);
	if (!ap->is_new)
		dirobj_clear(&before);
	return r;
}

/* ---- Deletion ---- */

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

/* T8.1, an option of ours: clients should have stopped before. */
static int
deletion_counted(struct applying *ap)
{
	struct sync_settings *s = &ap->c->settings;

	if (s->refuse_deletions == 0)
		return 0;
	if (s->deletions >= s->refuse_deletions)
		return sync_refuse(ap->c, ap->out, "DeletionThresholdExceeded",
		    "More than %lld objects would be deleted in one run.",
		    (long long)s->refuse_deletions);
	s->deletions++;
	return sync_settings_save(ap->c->t, s);
}

static int
delete_it(struct applying *ap)
{
	struct tdb *db = ap->c->t->db;
	struct buf out;
	struct gcall g = {.t = ap->c->t,
	    .a = ap->c->a,
	    .out = &out,
	    .service = true,
	    .method = "DELETE",
	    .request_id = ""};
	int r;

	if (!ap->linked || ap->o.state != DIROBJ_LIVE ||
	    !dirobj_flag(&ap->o, "onPremisesSyncEnabled"))
		return delete_refused(ap);
	r = deletion_counted(ap);
	if (r != 0 || ap->out->error != NULL)
		return r;
	buf_init(&out, 65536);
	r = rules_delete(&g, &ap->o);
	buf_clear(&out);
	if (r == 0)
		r = tdb_run(db, SQL_QUARANTINE_CLEAR, "i", ap->o.row);
	if (r != 0)
		return r == ERR_REJECTED ? ERR_STORE : r;
	ap->rec.state = ap->o.state;
	return syncobj_save(db, &ap->rec);
}

/* ---- Which object it is ---- */

/* T6.5 */
static int
cloud_only(struct applying *ap)
{
	return sync_refuse(ap->c, ap->out,
	    ap->in->op == SYNC_DELETE ? "DeletingCloudOnlyObjectNotAllowed"
				      : "ObjectIsCloudManaged",
	    ap->in->op == SYNC_DELETE
		? "Deleting a cloud-only object isn't supported."
		: "The object is one of the cloud alone; it is not changed "
		  "from on premises.");
}

static int
find_by_cloud_anchor(struct applying *ap)
{
	struct tdb *db = ap->c->t->db;
	enum entity kind;
	struct text id;
	int r = sync_cloud_anchor_read(ap->in->cloud_anchor, &kind, &id);

	if (r == 0)
		r = dirobj_by_id(db, id, &ap->o);
	if (r == 0 &&
	    (ap->o.kind != ap->in->kind || ap->o.state == DIROBJ_GONE))
		r = ERR_NOENT;
	if (r != 0)
		return r == ERR_SYNTAX ? ERR_NOENT : r;
	r = syncobj_by_row(db, ap->c->a, ap->o.row, &ap->rec);
	if (r == ERR_NOENT)
		return cloud_only(ap);
	ap->linked = r == 0;
	/* Section 2: the anchor of an object is for good. */
	if (r == 0 && ap->in->source_anchor.len != 0 &&
	    !text_equal(ap->in->source_anchor, ap->rec.anchor))
		return sync_refuse(ap->c, ap->out, "ImmutableIdChange",
		    "The source anchor of an object cannot be changed: it is "
		    "%.*s.",
		    TEXT_ARGS(ap->rec.anchor));
	return r;
}

static int
find_by_source_anchor(struct applying *ap)
{
	struct tdb *db = ap->c->t->db;
	int r = syncobj_by_anchor(
	    db, ap->c->a, ap->in->kind, ap->in->source_anchor, &ap->rec);

	if (r == 0)
		r = dirobj_by_row(db, ap->rec.row, &ap->o);
	ap->linked = r == 0 && ap->o.state != DIROBJ_GONE;
	return r;
}

/* The object that is linked already (T2.1). */
static int
find_linked(struct applying *ap)
{
	int r = ERR_NOENT;

	if (ap->in->cloud_anchor.len != 0)
		r = find_by_cloud_anchor(ap);
	if (r == ERR_NOENT && ap->in->source_anchor.len != 0)
		r = find_by_source_anchor(ap);
	if (r != 0 && r != ERR_NOENT)
		return r;
	if (ap->linked && ap->out->error == NULL) {
		ap->old = json_dup(ap->rec.doc);
		return ap->old == NULL ? ERR_NOMEM : 0;
	}
	syncobj_clear(&ap->rec);
	dirobj_clear(&ap->o);
	ap->rec = (struct syncobj){.kind = ap->in->kind,
	    .anchor = ap->in->source_anchor,
	    .doc = json_new_object()};
	return ap->rec.doc == NULL ? ERR_NOMEM : 0;
}

/* T2.2 to T2.5 */
static int
find_match(struct applying *ap)
{
	struct sync_matched m;
	int r;

	if (ap->in->source_anchor.len == 0)
		return sync_refuse(ap->c, ap->out, "MissingAnchor",
		    "A new object needs a source anchor.");
	r = sync_check_anchor(ap->c, ap->in->source_anchor, ap->out);
	if (r != 0 || ap->out->error != NULL)
		return r;
	r = sync_match(ap->c, ap->in, ap->out, &m);
	ap->is_new = !m.found;
	ap->note = m.note;
	ap->o = m.o;
	return r;
}

/* T1.5, and T2.2 where it is linked but was let go of. */
static int
authority_check(struct applying *ap)
{
	if (dirobj_flag(&ap->o, "isCloudManaged"))
		return sync_refuse(ap->c, ap->out, "ObjectIsCloudManaged",
		    "The source of authority of this object is the cloud; "
		    "changes from on premises are not taken.");
	if (ap->linked && ap->in->op != SYNC_DELETE)
		return sync_takeover_check(ap->c, &ap->o, ap->out);
	return 0;
}

static int
item_check(struct applying *ap)
{
	if (ap->in->kind == (enum entity)0)
		return sync_refuse(ap->c, ap->out, "InvalidObjectType",
		    "Objects of the type %.*s cannot be synchronized.",
		    TEXT_ARGS(ap->in->kind_name));
	if (ap->in->source_anchor.len != 0 || ap->in->cloud_anchor.len != 0)
		return 0;
	if (ap->in->op == SYNC_DELETE)
		return delete_refused(ap);
	return sync_refuse(ap->c, ap->out, "MissingAnchor",
	    "The object has neither a source anchor nor a cloud anchor.");
}

static int
apply_item(struct applying *ap)
{
	int r = item_check(ap);

	if (r == 0 && ap->out->error == NULL)
		r = find_linked(ap);
	if (r == 0 && ap->out->error == NULL && !ap->linked &&
	    ap->in->op != SYNC_DELETE)
		r = find_match(ap);
	if (r == 0 && ap->out->error == NULL)
		r = authority_check(ap);
	if (r != 0 || ap->out->error != NULL)
		return r;
	return ap->in->op == SYNC_DELETE ? delete_it(ap) : create_or_update(ap);
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
	ap.old = json_free(ap.old);
	syncobj_clear(&ap.rec);
	dirobj_clear(&ap.o);
	if (r == 0 && end == 0 && out->error == NULL)
		end = sync_sweep(c->t, c->a, false);
	return r != 0 ? r : end;
}
