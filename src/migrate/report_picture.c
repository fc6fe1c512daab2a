/* migrate/report_picture.c -- what directories and cloud say, as JSON and as
 * text. */
#include "migrate/analysis_int.h"
#include "migrate/directories.h"

static struct json *
object_json(const struct seen_object *o)
{
	struct json *j = json_new_object();

	json_set_text(j, "connector", o->connector);
	json_set_text(j, "type", o->type);
	json_set_text(j, "dn", o->dn);
	json_set_text(j, "name", o->name);
	json_set_text(j, "userPrincipalName", o->upn);
	json_set_text(j, "address", o->address);
	json_set_text(j, "anchor", o->anchor);
	if (o->cloud)
		json_set_bool(j, "synced", o->synced);
	return j;
}

/* ---- Which objects a list is of ---- */

static bool
is_soft(const struct seen_object *o)
{
	return o->cloud && o->soft != NULL && !o->conflict;
}

static bool
is_conflict(const struct seen_object *o)
{
	return o->conflict;
}

static bool
is_cloud_alone(const struct seen_object *o)
{
	return o->cloud && o->anchor.len > 0 && o->by == ANCHOR_NONE;
}

static bool
is_directory_alone(const struct seen_object *o)
{
	return !o->cloud && o->other == NULL;
}

static bool
is_twin(const struct seen_object *o)
{
	return o->twin;
}

static const struct part {
	const char *key, *title;
	bool (*is)(const struct seen_object *o);
} parts[] = {
    {"orphans_cloud",
	"In the cloud with an anchor that no object of the directories has",
	is_cloud_alone},
    {"soft_match", "Would meet by an address (soft match)", is_soft},
    {"conflicts",
	"The same address in the cloud, under another anchor: refused there",
	is_conflict},
    {"orphans_directory", "In the directories, and not in the cloud",
	is_directory_alone},
    {"ambiguous", "Two objects of the directories with one anchor", is_twin},
};

static struct json *
part_json(const struct picture *p, const struct part *part)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < p->count; i++) {
		const struct seen_object *o = p->items[i];
		struct json *j;

		if (!part->is(o))
			continue;
		j = object_json(o);
		if (o->soft != NULL) {
			json_set_str(j, "by", o->soft);
			if (o->other != NULL)
				json_set(j, "other", object_json(o->other));
		}
		json_push(list, j);
	}
	return list;
}

static struct json *
anchor_json(const struct picture *p)
{
	struct json *j = json_new_object(), *by = json_new_object();
	const char *name = picture_anchor(p);

	json_set(j, "attribute",
	    *name == '\0' ? json_new_null() : json_new_text(text_of(name)));
	json_set_int(by, "objectGUID", (int64_t)p->by[ANCHOR_GUID]);
	json_set_int(
	    by, "mS-DS-ConsistencyGuid", (int64_t)p->by[ANCHOR_CONSISTENCY]);
	json_set_int(by, "configured", (int64_t)p->by[ANCHOR_CONFIGURED]);
	json_set(j, "by", by);
	return j;
}

struct json *
report_picture_json(const struct picture *p)
{
	struct json *j = json_new_object(), *n = json_new_object();

	json_set_int(n, "directory", (int64_t)p->directory);
	json_set_int(n, "cloud", (int64_t)p->cloud);
	json_set_int(n, "synced", (int64_t)p->synced);
	json_set_int(n, "matched", (int64_t)p->matched);
	json_set_int(n, "errors", (int64_t)p->errors);
	json_set(j, "objects", n);
	json_set(j, "anchor", anchor_json(p));
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		json_set(j, parts[i].key, part_json(p, &parts[i]));
	return j;
}

/* ---- A document of its own ---- */

static struct json *
texts_json(const struct conf_texts *t)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < t->count; i++)
		json_push(list, json_new_text(t->items[i]));
	return list;
}

static void
push_partition(struct json *list, struct text dn, const struct conf_texts *in,
    const struct conf_texts *out)
{
	struct json *j = json_new_object();

	json_set_text(j, "dn", dn);
	json_set_bool(j, "selected", true);
	json_set(j, "inclusions", texts_json(in));
	json_set(j, "exclusions", texts_json(out));
	json_push(list, j);
}

static struct json *
partitions_json(const struct conf_connector *c)
{
	static const struct conf_texts none;
	struct json *list = json_new_list();
	bool ldap = c->kind_id == CONF_KIND_AD || c->kind_id == CONF_KIND_LDAP;

	if (c->kind_id == CONF_KIND_FILE)
		push_partition(
		    list, TEXT("default"), &c->file.include, &c->file.exclude);
	else if (ldap && c->ldap.base.len > 0)
		push_partition(list, c->ldap.base, &none, &none);
	for (size_t i = 0; ldap && i < c->ldap.partitions.count; i++) {
		const struct conf_partition *p = &c->ldap.partitions.items[i];

		push_partition(list, p->dn, &p->include, &p->exclude);
	}
	return list;
}

static struct json *
connectors_json(const struct setup *s)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < s->connector_count; i++) {
		const struct conf_connector *c = s->connectors[i].conf;
		struct json *j = json_new_object();

		json_set_text(j, "name", c->name);
		json_set_str(j, "kind",
		    s->connectors[i].cloud       ? "cloud"
		    : c->kind_id == CONF_KIND_AD ? "ad"
						 : "other");
		json_set(j, "partitions", partitions_json(c));
		json_push(list, j);
	}
	return list;
}

static void
push_verdict(struct json *list, const char *setting, enum verdict_kind kind,
    const char *detail)
{
	struct json *j = json_new_object();

	json_set_str(j, "setting", setting);
	json_set_str(j, "verdict", verdict_text(kind));
	json_set_str(j, "detail", detail);
	json_push(list, j);
}

/* What the configuration takes for the anchor is what the cloud has. */
static bool
anchor_fits(const struct setup *s, const struct picture *p)
{
	struct text own = s->conf->default_rules.source_anchor;
	size_t other = p->by[ANCHOR_CONSISTENCY] + p->by[ANCHOR_CONFIGURED];

	if (own.len == 0)
		return p->by[ANCHOR_GUID] > 0 && other == 0;
	return text_is_nocase(own, "mS-DS-ConsistencyGuid")
		   ? p->matched > 0
		   : p->by[ANCHOR_CONFIGURED] == p->matched && p->matched > 0;
}

static struct json *
verdicts_json(const struct setup *s, const struct picture *p)
{
	struct json *list = json_new_list();
	bool fits = anchor_fits(s, p);

	push_verdict(list, "source_anchor",
	    fits ? VERDICT_CARRIES : VERDICT_MANUAL,
	    fits ? "the anchor of the configuration is what the objects of the "
		   "cloud are known by"
		 : "set default_rules.source_anchor to the attribute that the "
		   "anchors of the cloud were made of");
	if (p->cloud_alone > 0)
		push_verdict(list, "orphans_cloud", VERDICT_MANUAL,
		    "objects of the cloud whose anchor no object of the "
		    "directories has: find out whether a container is missing, "
		    "or they are left over");
	if (p->conflicts > 0)
		push_verdict(list, "conflicts", VERDICT_MANUAL,
		    "the cloud refuses a second object with the same address: "
		    "settle which of the two it is");
	if (p->twins > 0)
		push_verdict(list, "ambiguous", VERDICT_MANUAL,
		    "two objects of the directories have one anchor: one of "
		    "them has to get another");
	return list;
}

struct json *
report_picture_document(const struct setup *s, const struct picture *p)
{
	struct json *j = json_new_object(), *rules = json_new_object();
	struct json *settings = json_new_object(), *time = json_new_object();

	for (int i = 0; i < RULE_CLASSES; i++)
		json_set_int(rules, class_text((enum rule_class)i), 0);
	if (*picture_anchor(p) != '\0')
		json_set_str(settings, "source_anchor", picture_anchor(p));
	json_set_int(time, "objects", (int64_t)p->directory);
	json_set(time, "vendor_hours",
	    json_new_double(
		(double)p->directory * VENDOR_HOURS / VENDOR_OBJECTS));
	json_set(time, "ours_seconds", json_new_null());
	json_set(j, "system", json_new_null());
	json_set(j, "version", json_new_null());
	json_set(j, "connectors", connectors_json(s));
	json_set(j, "rules", rules);
	json_set(j, "settings", settings);
	json_set(j, "verdicts", verdicts_json(s, p));
	json_set_str(j, "recommendation", path_text(PATH_PARALLEL));
	json_set(j, "estimate", time);
	json_set(j, "lifecycle", json_new_list());
	json_set(j, "directories", report_picture_json(p));
	return j;
}

/* ---- Text ---- */

static void
part_text(const struct picture *p, const struct part *part, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++)
		n += part->is(p->items[i]);
	if (n == 0)
		return;
	buf_printf(out, "\n%s: %zu\n", part->title, n);
	for (size_t i = 0, told = 0; i < p->count && told < 20; i++) {
		const struct seen_object *o = p->items[i];

		if (!part->is(o))
			continue;
		told++;
		buf_printf(out, "  %.*s %.*s  <%.*s>%s%s\n", TEXT_ARGS(o->type),
		    TEXT_ARGS(o->name.len > 0 ? o->name : o->dn),
		    TEXT_ARGS(o->upn.len > 0 ? o->upn : o->address),
		    o->soft == NULL ? "" : "  by ",
		    o->soft == NULL ? "" : o->soft);
	}
	if (n > 20)
		buf_printf(out, "  and %zu more (--json has all)\n", n - 20);
}

void
report_picture_text(const struct picture *p, struct buf *out)
{
	const char *anchor = picture_anchor(p);

	buf_printf(out,
	    "Directories and cloud\n  %zu objects in the directories, %zu in "
	    "the cloud (%zu of them mastered by a synchronisation)\n"
	    "  %zu are the same by their anchors: %zu by objectGUID, %zu by "
	    "mS-DS-ConsistencyGuid, %zu by default_rules.source_anchor\n",
	    p->directory, p->cloud, p->synced, p->matched, p->by[ANCHOR_GUID],
	    p->by[ANCHOR_CONSISTENCY], p->by[ANCHOR_CONFIGURED]);
	if (*anchor != '\0')
		buf_printf(out, "  the anchor of the old server: %s\n", anchor);
	else
		buf_puts(out, "  no anchor of the cloud is one of these: find "
			      "out which attribute it was\n");
	if (p->errors > 0)
		buf_printf(out,
		    "  %zu objects cannot be understood, and are "
		    "not counted\n",
		    p->errors);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		part_text(p, &parts[i], out);
}
