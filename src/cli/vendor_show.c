/* cli/vendor_show.c -- `config show` of a vendor's export: what it holds, as
 * JSON.  Secrets are not in an export. */
#include "cli/vendor_show.h"

static struct json *
texts_json(const struct vendor_texts *list)
{
	struct json *j = json_new_list();

	for (size_t i = 0; i < list->count; i++)
		json_push(j, json_new_text(list->items[i]));
	return j;
}

static struct json *
params_json(struct arena *a, const struct vendor_params *list)
{
	struct json *j = json_new_object();

	for (size_t i = 0; i < list->count; i++) {
		const struct vendor_param *p = &list->items[i];
		const char *name = arena_strndup(a, p->name.data, p->name.len);

		if (name != NULL && !p->secret)
			json_set_text(j, name, p->value);
	}
	return j;
}

static struct json *
names_json(const struct vendor *v, const struct vendor_names *list)
{
	struct json *j = json_new_list();

	for (size_t i = 0; i < list->count; i++)
		json_push(
		    j, json_new_text(names_text(v->names, list->items[i])));
	return j;
}

static struct json *
partitions_json(struct arena *a, const struct vendor_connector *c)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < c->partition_count; i++) {
		const struct vendor_partition *p = &c->partitions[i];
		struct json *j = json_new_object();

		json_set_text(j, "id", p->id);
		json_set_text(j, "name", p->name);
		json_set_bool(j, "selected", p->selected);
		json_set_bool(j, "domain", p->is_domain);
		json_set(j, "objectClasses", texts_json(&p->classes));
		json_set(j, "include", texts_json(&p->include));
		json_set(j, "exclude", texts_json(&p->exclude));
		json_set(j, "parameters", params_json(a, &p->params));
		json_push(list, j);
	}
	return list;
}

static struct json *
steps_json(const struct vendor_profile *p)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < p->step_count; i++) {
		const struct vendor_step *s = &p->steps[i];
		struct json *j = json_new_object();

		json_set_text(j, "type", s->type);
		json_set_text(j, "subtype", s->subtype);
		json_set_text(j, "partition", s->partition);
		json_set_int(j, "objectLimit", s->object_limit);
		json_set_int(j, "deleteLimit", s->delete_limit);
		json_set_int(j, "batchSize", s->batch_size);
		json_set_int(j, "pageSize", s->page_size);
		json_set_int(j, "timeLimitSeconds", s->time_limit_s);
		json_push(list, j);
	}
	return list;
}

static struct json *
profiles_json(const struct vendor_connector *c)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < c->profile_count; i++) {
		struct json *j = json_new_object();

		json_set_text(j, "name", c->profiles[i].name);
		json_set(j, "steps", steps_json(&c->profiles[i]));
		json_push(list, j);
	}
	return list;
}

static struct json *
connector_json(
    struct arena *a, const struct vendor *v, const struct vendor_connector *c)
{
	struct json *j = json_new_object();

	json_set_text(j, "id", c->id);
	json_set_text(j, "name", c->name);
	json_set_text(j, "category", c->category);
	json_set_text(j, "subtype", c->subtype);
	json_set_text(j, "version", c->version);
	if (c->kind == VENDOR_AD) {
		json_set_text(j, "forest", c->forest);
		json_set_text(j, "loginDomain", c->login_domain);
		json_set_text(j, "loginUser", c->login_user);
		json_set_bool(j, "passwordHashSync", c->password_hash_sync);
	}
	json_set_int(j, "attributes", (int64_t)schema_count(c->schema));
	json_set_int(j, "classes", (int64_t)c->class_count);
	json_set(j, "selectedAttributes", names_json(v, &c->selected));
	json_set(j, "parameters", params_json(a, &c->params));
	json_set(j, "partitions", partitions_json(a, c));
	json_set(j, "runProfiles", profiles_json(c));
	return j;
}

struct json *
vendor_json(struct arena *a, const struct vendor *v)
{
	struct json *root = json_new_object(), *list = json_new_list();
	struct json *mv = json_new_object(), *types = json_new_list();

	json_set_text(root, "path", v->dir);
	json_set_text(root, "server", v->server);
	json_set_text(root, "exportDate", v->export_date);
	for (size_t i = 0; i < v->connector_count; i++)
		json_push(list, connector_json(a, v, &v->connectors[i]));
	json_set(root, "connectors", list);
	for (size_t i = 0; i < v->mv_class_count; i++)
		json_push(types,
		    json_new_text(names_text(v->names, v->mv_classes[i].name)));
	json_set(mv, "objectTypes", types);
	json_set_int(mv, "attributes", (int64_t)schema_count(v->mv_schema));
	json_set(root, "metaverse", mv);
	json_set(root, "settings", params_json(a, &v->settings));
	json_set_int(root, "rules", (int64_t)v->rule_count);
	return root;
}
