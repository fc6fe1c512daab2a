/* rules/vendor/metaverse.c -- <saved-mv-configuration>: the metaverse's schema
 * and the settings of the server (docs/engine/formats.md 4). */
#include "rules/vendor/vendor_int.h"

static int
read_schema(struct vendor_file *f, const struct xml_node *data)
{
	struct vendor_schema s = {0};
	struct vendor *v = f->v;
	int r = vendor_dsml_read(f, xml_child(data, "schema"), &s);

	v->mv_schema = s.schema;
	v->mv_classes = s.classes;
	v->mv_class_count = s.class_count;
	return r;
}

/* Forms of FIM and MIM that stand in the same file. */
static void
tell_flows(struct vendor_file *f, const struct xml_node *data)
{
	static const struct {
		const char *name;
		const char *why;
	} others[] = {
	    {"import-attribute-flow", "import flows of the metaverse itself"},
	    {"provisioning", "provisioning by a rules extension"},
	    {"mv-deletion", "deletion rules of the metaverse itself"},
	    {"extension", "a rules extension"},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct xml_node *n = xml_child(data, others[i].name);

		if (n != NULL && n->count > 0)
			vendor_not_honoured(f, n, others[i].why);
	}
}

/* What the product does beside its rules, and we do not. */
static void
tell_features(struct vendor_file *f, const struct xml_node *data)
{
	static const char *const features[] = {
	    "Microsoft.OptionalFeature.PasswordHashSync",
	    "Microsoft.OptionalFeature.PasswordWriteback",
	};

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++)
		if (vendor_is_true(vendor_setting(f->v, features[i])))
			vendor_problem(f, false,
			    xml_child(data, "parameter-values"),
			    text_of(features[i]),
			    "is on, and is not carried out here");
}

int
vendor_metaverse_read(struct vendor_file *f, const struct xml_node *root)
{
	const struct xml_node *data = xml_child(root, "mv-data");
	struct vendor *v = f->v;
	int r;

	if (v->mv_root != NULL) {
		vendor_problem(f, true, root, (struct text){0},
		    "a second metaverse: the first is in %.*s",
		    TEXT_ARGS(v->mv_file));
		return 0;
	}
	v->mv_root = root;
	v->mv_file = f->name;
	v->server = xml_attr(root, "server");
	v->export_date = xml_attr(root, "export-date");
	vendor_unknown(f, root, "mv-data");
	if (data == NULL) {
		vendor_problem(
		    f, true, root, (struct text){0}, "<mv-data> is missing");
		return 0;
	}
	vendor_unknown(f, data,
	    "format-version version schema password-change-history-size "
	    "password-sync parameter-values import-attribute-flow "
	    "per-ma-options provisioning mv-deletion extension");
	r = read_schema(f, data);
	if (r == 0)
		r = vendor_params_read(
		    f, xml_child(data, "parameter-values"), &v->settings);
	if (r < 0)
		return r;
	if (!f->fim)
		tell_flows(f, data);
	tell_features(f, data);
	return 0;
}
