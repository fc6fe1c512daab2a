/* rules/vendor/connector.c -- one <ma-data>: who it is, its schema, what it
 * selects, partitions, parameters, run profiles (docs/engine/formats.md 3). */
#include "rules/vendor/vendor_int.h"

static int
nothing_to_do(struct vendor_file *f, const struct xml_node *root)
{
	static const struct {
		const char *name;
		const char *why;
	} flows[] = {
	    /* the first four are FIM's: rules/fim/ reads them */
	    {"join", "joins of the connector itself"},
	    {"projection", "projections of the connector itself"},
	    {"export-attribute-flow", "flows of the connector itself"},
	    {"stay-disconnector", "a connector filter"},
	    {"component_mappings", "a hierarchy to be provisioned"},
	    {"encrypted-attributes", "encrypted attributes"},
	};

	for (size_t i = 0; i < sizeof(flows) / sizeof(*flows); i++) {
		const struct xml_node *n = xml_child(root, flows[i].name);

		if (n != NULL && n->count > 0 && !(f->fim && i < 4))
			vendor_not_honoured(f, n, flows[i].why);
	}
	return 0;
}

/* ---- Run profiles ---- */

static struct text
subtype_of(const struct xml_node *type)
{
	static const char *const names[] = {
	    "import-subtype", "export-subtype", "apply-rules-subtype"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (xml_child(type, names[i]) != NULL)
			return xml_child_text(type, names[i]);
	return TEXT("");
}

static struct vendor_step
step_of(struct arena *a, const struct xml_node *n)
{
	const struct xml_node *type = xml_child(n, "step-type");
	const struct xml_node *limit = xml_child(n, "threshold");
	const struct xml_node *own = xml_path(n, "custom-data/adma-step-data");
	struct vendor_step s = {.type = xml_attr(type, "type"),
	    .subtype = subtype_of(type),
	    .partition = rule_guid(a, xml_child_text(n, "partition"))};

	if (own == NULL)
		own = xml_path(n, "custom-data/extensible2-step-data");
	s.object_limit = vendor_number(xml_child_text(limit, "object"));
	s.delete_limit = vendor_number(xml_child_text(limit, "delete"));
	s.batch_size = vendor_number(xml_child_text(own, "batch-size"));
	if (s.batch_size == 0)
		s.batch_size =
		    vendor_number(xml_child_text(limit, "batch-size"));
	s.page_size = vendor_number(xml_child_text(own, "page-size"));
	s.time_limit_s = vendor_number(xml_child_text(own, "time-limit"));
	if (s.time_limit_s == 0)
		s.time_limit_s = vendor_number(xml_child_text(own, "timeout"));
	return s;
}

static int
read_profile(
    struct vendor_file *f, const struct xml_node *n, struct vendor_profile *out)
{
	const struct xml_node *list = xml_child(n, "configuration");

	vendor_unknown(f, n,
	    "id name version configuration creation-time "
	    "last-modification-time");
	out->id = rule_guid(f->v->arena, xml_child_text(n, "id"));
	out->name = xml_child_text(n, "name");
	if (list == NULL)
		return 0;
	out->steps =
	    arena_array(f->v->arena, list->count + 1, sizeof(*out->steps));
	if (out->steps == NULL)
		return ERR_NOMEM;
	for (n = xml_child(list, "step"); n != NULL; n = xml_next(n, "step"))
		out->steps[out->step_count++] = step_of(f->v->arena, n);
	return 0;
}

static int
read_profiles(struct vendor_file *f, const struct xml_node *root,
    struct vendor_connector *c)
{
	const struct xml_node *list = xml_child(root, "ma-run-data");
	int r = 0;

	if (list == NULL)
		return 0;
	c->profiles =
	    arena_array(f->v->arena, list->count + 1, sizeof(*c->profiles));
	if (c->profiles == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = xml_child(list, "run-configuration");
	     n != NULL && r == 0; n = xml_next(n, "run-configuration"))
		r = read_profile(f, n, &c->profiles[c->profile_count++]);
	return r;
}

/* ---- Partitions ---- */

static int
read_servers(
    struct arena *a, const struct xml_node *own, struct vendor_partition *p)
{
	const struct xml_node *list = xml_child(own, "preferred-dcs");
	struct text last = xml_child_text(own, "last-dc");
	int r = 0;

	for (const struct xml_node *n = list == NULL ? NULL : list->first;
	     n != NULL && r == 0; n = n->next)
		r = vendor_text_push(a, &p->servers, xml_text(n));
	if (r == 0 && list != NULL && list->count == 0 &&
	    xml_text(list).len > 0)
		r = vendor_text_push(a, &p->servers, xml_text(list));
	if (r == 0 && last.len > 0)
		r = vendor_text_push(a, &p->servers, last);
	return r;
}

static int
read_filter(struct vendor_file *f, const struct xml_node *filter,
    struct vendor_partition *p)
{
	const struct xml_node *c = xml_child(filter, "containers");
	struct arena *a = f->v->arena;
	int r = vendor_texts_of(a, xml_child(filter, "object-classes"),
	    "object-class", &p->classes);

	if (filter != NULL)
		vendor_unknown(f, filter, "object-classes containers");
	if (r == 0)
		r = vendor_texts_of(
		    a, xml_child(c, "inclusions"), "inclusion", &p->include);
	if (r == 0)
		r = vendor_texts_of(
		    a, xml_child(c, "exclusions"), "exclusion", &p->exclude);
	return r;
}

static int
read_partition(
    struct vendor_file *f, const struct xml_node *n, struct vendor_partition *p)
{
	const struct xml_node *data = xml_child(n, "custom-data");
	const struct xml_node *own = xml_child(data, "adma-partition-data");
	int r;

	vendor_unknown(f, n,
	    "id name creation-time last-modification-time version selected "
	    "display-name filter custom-data parameter-values "
	    "allowed-operations current last-successful-batch filter-hints");
	if (own == NULL)
		own = xml_child(data, "ecma-partition-data");
	p->id = rule_guid(f->v->arena, xml_child_text(n, "id"));
	p->name = xml_child_text(n, "name");
	p->display_name = xml_child_text(n, "display-name");
	p->selected = vendor_is_true(xml_child_text(n, "selected"));
	p->is_domain = vendor_is_true(xml_child_text(own, "is-domain"));
	p->has_watermark = xml_child_text(own, "cookie").len > 0 ||
			   xml_child_text(data, "water-mark").len > 0;
	r = read_filter(f, xml_child(n, "filter"), p);
	if (r == 0)
		r = read_servers(f->v->arena, own, p);
	if (r == 0)
		r = vendor_params_read(
		    f, xml_child(n, "parameter-values"), &p->params);
	return r;
}

static int
read_partitions(struct vendor_file *f, const struct xml_node *root,
    struct vendor_connector *c)
{
	const struct xml_node *list = xml_child(root, "ma-partition-data");
	int r = 0;

	if (list == NULL)
		return 0;
	c->partitions =
	    arena_array(f->v->arena, list->count + 1, sizeof(*c->partitions));
	if (c->partitions == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = xml_child(list, "partition");
	     n != NULL && r == 0; n = xml_next(n, "partition"))
		r = read_partition(f, n, &c->partitions[c->partition_count++]);
	return r;
}

/* ---- The rest ---- */

static int
read_private(struct vendor_file *f, const struct xml_node *root,
    struct vendor_connector *c)
{
	const struct xml_node *private =
	    xml_child(root, "private-configuration");
	const struct xml_node *own = private == NULL ? NULL : private->first;
	const struct xml_node *hash =
	    xml_child(own, "password-hash-sync-config");

	c->forest = xml_child_text(own, "forest-name");
	c->login_domain = xml_child_text(own, "forest-login-domain");
	c->login_user = xml_child_text(own, "forest-login-user");
	c->password_hash_sync = vendor_is_true(xml_child_text(hash, "enabled"));
	c->password_hash_target =
	    rule_guid(f->v->arena, xml_child_text(hash, "target"));
	return vendor_params_read(
	    f, xml_child(own, "parameter-values"), &c->params);
}

static int
compare_names(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
read_selected(struct vendor_file *f, const struct xml_node *list,
    struct vendor_names *out)
{
	size_t n = list == NULL ? 0 : list->count;

	out->items = arena_array(f->v->arena, n + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *i = xml_child(list, "attribute"); i != NULL;
	     i = xml_next(i, "attribute")) {
		uint32_t name = vendor_name(f, i, xml_text(i));

		if (name != 0)
			out->items[out->count++] = name;
	}
	if (out->count > 1)
		qsort(
		    out->items, out->count, sizeof(*out->items), compare_names);
	return 0;
}

static enum vendor_kind
kind_of(const struct vendor_connector *c)
{
	if (text_is(c->category, "AD"))
		return VENDOR_AD;
	if (text_is(c->id, ENTRA_ID) || text_is(c->subtype, ENTRA_SUBTYPE))
		return VENDOR_ENTRA;
	return VENDOR_OTHER;
}

static void
read_identity(struct vendor_file *f, const struct xml_node *root,
    struct vendor_connector *c)
{
	c->root = root;
	c->file = f->name;
	c->id = rule_guid(f->v->arena, xml_child_text(root, "id"));
	c->name = xml_child_text(root, "name");
	c->category = xml_child_text(root, "category");
	c->subtype = xml_child_text(root, "subtype");
	c->description = xml_child_text(root, "description");
	c->version = xml_child_text(root, "version");
	c->created = xml_child_text(root, "creation-time");
	c->modified = xml_child_text(root, "last-modification-time");
	c->kind = kind_of(c);
	if (c->id.len == 0)
		vendor_problem(f, true, root, (struct text){0},
		    "a connector without <id>");
	if (c->name.len == 0)
		c->name = c->id;
}

int
vendor_connector_read(struct vendor_file *f, const struct xml_node *root,
    struct vendor_connector *out)
{
	struct vendor_schema s = {0};
	int r;

	vendor_unknown(f, root,
	    "format-version id name category description subtype ma-listname "
	    "ma-companyname creation-time last-modification-time version "
	    "internal-version password-sync-allowed schema "
	    "private-configuration attribute-inclusion join projection "
	    "export-attribute-flow stay-disconnector provisioning-cleanup "
	    "extension ma-partition-data ma-run-data component_mappings "
	    "password-sync encrypted-attributes capabilities-mask export-type "
	    "dn-construction SyncConfig-refresh-schema ma-ui-settings "
	    "controller-configuration");
	read_identity(f, root, out);
	r = vendor_dsml_read(f, xml_child(root, "schema"), &s);
	out->schema = s.schema;
	out->classes = s.classes;
	out->class_count = s.class_count;
	if (r == 0)
		r = read_selected(
		    f, xml_child(root, "attribute-inclusion"), &out->selected);
	if (r == 0)
		r = read_private(f, root, out);
	if (r == 0)
		r = read_partitions(f, root, out);
	if (r == 0)
		r = read_profiles(f, root, out);
	return r == 0 ? nothing_to_do(f, root) : r;
}
