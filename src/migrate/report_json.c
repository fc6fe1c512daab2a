/* migrate/report_json.c -- an analysis as the document that scripts read. */
#include "migrate/analysis.h"

static struct json *
texts_json(const struct conf_texts *t)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < t->count; i++)
		json_push(list, json_new_text(t->items[i]));
	return list;
}

/* ---- Connectors ---- */

static struct json *
names_json(const struct vendor_texts *t)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < t->count; i++)
		if (t->items[i].len > 0)
			json_push(list, json_new_text(t->items[i]));
	return list;
}

static struct json *
partitions_json(const struct vendor_connector *c)
{
	struct json *list = json_new_list();

	for (size_t i = 0; c != NULL && i < c->partition_count; i++) {
		const struct vendor_partition *p = &c->partitions[i];
		struct json *j = json_new_object();

		json_set_text(j, "dn", p->name);
		json_set_bool(j, "selected", p->selected);
		json_set(j, "inclusions", names_json(&p->include));
		json_set(j, "exclusions", names_json(&p->exclude));
		json_push(list, j);
	}
	return list;
}

static const char *
kind_of(const struct confsrc_connector *c)
{
	if (c->vendor == NULL)
		return "unknown";
	switch (c->vendor->kind) {
	case VENDOR_AD:
		return "ad";
	case VENDOR_ENTRA:
		return "cloud";
	case VENDOR_OTHER:
		break;
	}
	return "other";
}

static struct json *
connectors_json(const struct analysis *x)
{
	const struct confsrc *s = &x->source->conf;
	struct json *list = json_new_list();

	for (size_t i = 0; i < s->connector_count; i++) {
		const struct confsrc_connector *c = &s->connectors[i];
		struct json *j = json_new_object();

		json_set_text(j, "name", c->name);
		json_set_str(j, "kind", kind_of(c));
		json_set_text(j, "id", c->id);
		if (c->vendor != NULL)
			json_set_text(j, "category", c->vendor->category);
		json_set(j, "partitions", partitions_json(c->vendor));
		json_push(list, j);
	}
	return list;
}

/* ---- Rules ---- */

static struct json *
counts_json(const struct analysis *x)
{
	struct json *j = json_new_object();

	for (int i = 0; i < RULE_CLASSES; i++)
		json_set_int(
		    j, class_text((enum rule_class)i), (int64_t)x->classes[i]);
	return j;
}

static struct json *
rules_json(const struct analysis *x)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < x->rule_count; i++) {
		const struct classified *c = &x->rules[i];
		struct json *j = json_new_object();

		json_set_text(j, "name", c->name);
		json_set_text(j, "connector", c->connector);
		json_set_text(j, "tag", c->tag);
		json_set_str(j, "class", class_text(c->class));
		json_set_text(j, "file", c->file);
		json_set_int(j, "line", c->line);
		json_set_bool(j, "disabled", c->disabled);
		json_set(j, "detail", texts_json(&c->detail));
		json_push(list, j);
	}
	return list;
}

/* ---- The rest ---- */

static struct json *
settings_json(const struct analysis *x)
{
	struct json *j = json_new_object();

	for (size_t i = 0; i < x->settings.count; i++) {
		const struct conf_pair *p = &x->settings.items[i];
		char *name = arena_strndup(x->arena, p->name.data, p->name.len);

		if (name != NULL && !json_has(j, name))
			json_set_text(j, name, p->value);
	}
	return j;
}

static struct json *
verdicts_json(const struct analysis *x)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < x->verdict_count; i++) {
		struct json *j = json_new_object();

		json_set_text(j, "setting", x->verdicts[i].setting);
		json_set_str(j, "verdict", verdict_text(x->verdicts[i].kind));
		json_set_text(j, "detail", x->verdicts[i].detail);
		json_push(list, j);
	}
	return list;
}

static struct json *
estimate_json(const struct analysis *x)
{
	const struct measurement *m = &x->measured;
	struct json *j = json_new_object();
	bool known = x->objects >= 0;

	json_set(
	    j, "objects", known ? json_new_int(x->objects) : json_new_null());
	json_set(j, "vendor_hours",
	    known ? json_new_double(x->vendor_hours) : json_new_null());
	json_set(j, "ours_seconds",
	    known && m->done
		? json_new_double(m->per_object_s * (double)x->objects)
		: json_new_null());
	if (m->failed.len > 0)
		json_set_text(j, "not_measured", m->failed);
	if (!m->done)
		return j;
	json_set_int(j, "measured_objects", (int64_t)m->objects);
	json_set(j, "measured_import_seconds", json_new_double(m->import_s));
	json_set(j, "measured_sync_seconds", json_new_double(m->sync_s));
	return j;
}

static struct json *
lifecycle_json(const struct analysis *x)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < x->lifecycle_count; i++) {
		struct json *j = json_new_object();

		json_set_str(j, "date", x->lifecycle[i].date);
		json_set_str(j, "event", x->lifecycle[i].event);
		json_push(list, j);
	}
	return list;
}

struct json *
report_analysis_json(const struct analysis *x)
{
	struct json *j = json_new_object();

	json_set_text(j, "source", x->source->path);
	json_set_str(j, "pack", legacy_pack_text(x->source->pack));
	json_set_str(j, "form", confsrc_form_name(x->source->conf.form));
	json_set_str(j, "system", system_text(x->system));
	json_set(j, "version",
	    x->version.len > 0 ? json_new_text(x->version) : json_new_null());
	json_set(j, "evidence", texts_json(&x->evidence));
	json_set(j, "connectors", connectors_json(x));
	json_set(j, "rules", counts_json(x));
	json_set(j, "settings", settings_json(x));
	json_set(j, "verdicts", verdicts_json(x));
	json_set_str(j, "recommendation", path_text(x->path));
	json_set(j, "reasons", texts_json(&x->reasons));
	json_set(j, "other_paths", texts_json(&x->also));
	json_set(j, "estimate", estimate_json(x));
	json_set(j, "lifecycle", lifecycle_json(x));
	json_set(j, "risks", texts_json(&x->risks));
	json_set(j, "rule_list", rules_json(x));
	return j;
}
