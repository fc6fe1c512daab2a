/* rules/vendor/csexport_read.c -- see csexport.h. */
#include "rules/vendor/csexport_int.h"

const struct csexport_layer_name csexport_layers[CSEXPORT_LAYERS] = {
    [CSEXPORT_SYNCHRONIZED] = {"synchronized-hologram", "entry"},
    [CSEXPORT_UNAPPLIED] = {"unapplied-export", "delta"},
    [CSEXPORT_UNAPPLIED_HOLOGRAM] = {"unapplied-export-hologram", "entry"},
    [CSEXPORT_ESCROWED] = {"escrowed-export", "delta"},
    [CSEXPORT_ESCROWED_HOLOGRAM] = {"escrowed-export-hologram", "entry"},
    [CSEXPORT_UNCONFIRMED] = {"unconfirmed-export", "delta"},
    [CSEXPORT_UNCONFIRMED_HOLOGRAM] = {"unconfirmed-export-hologram", "entry"},
    [CSEXPORT_IMPORT] = {"pending-import", "delta"},
    [CSEXPORT_IMPORT_HOLOGRAM] = {"pending-import-hologram", "entry"},
};

static const char *const op_names[] = {
    "none", "add", "replace", "update", "delete", "obsolete", "delete-add"};

const char *
csexport_op_name(enum csexport_op op)
{
	return op_names[op];
}

/* Reading one object. */
struct reading {
	const char *name;
	struct arena *arena; /* of the object */
	struct err *e;
};

static int
wrong(struct reading *rd, const struct xml_node *n, const char *what)
{
	return err_set(rd->e, ERR_SYNTAX, "%s:%u: <%.*s>: %s", rd->name,
	    n->line, TEXT_ARGS(n->name), what);
}

static int
no_memory(struct reading *rd)
{
	return err_set(rd->e, ERR_NOMEM, "%s: out of memory", rd->name);
}

static int
read_op(struct reading *rd, const struct xml_node *n, enum csexport_op *out)
{
	struct text t = xml_attr(n, "operation");

	*out = CSEXPORT_NONE;
	if (t.len == 0)
		return 0;
	for (size_t i = 0; i < sizeof(op_names) / sizeof(*op_names); i++) {
		if (text_is(t, op_names[i])) {
			*out = (enum csexport_op)i;
			return 0;
		}
	}
	return wrong(rd, n, "an operation that is not known");
}

static bool
is_true(struct text t)
{
	return text_is(t, "true") || text_is(t, "1");
}

/* Text, or octets where encoding says base64. */
static int
read_octets(struct reading *rd, const struct xml_node *n, struct text *out,
    bool *out_binary)
{
	bool binary = text_is(xml_attr(n, "encoding"), "base64");

	*out = n->text;
	if (out_binary != NULL)
		*out_binary = binary;
	if (!binary)
		return 0;
	if (base64_decode(rd->arena, xml_text(n), out, NULL) < 0)
		return wrong(rd, n, "not base64");
	return 0;
}

static int
read_anchor(struct reading *rd, const struct xml_node *n, struct text *out)
{
	*out = TEXT("");
	return n == NULL ? 0 : read_octets(rd, n, out, NULL);
}

/* <value>text</value>, or <dn-value><dn/><anchor/></dn-value>; the DN may
 * stand in dn-value itself. */
static int
read_value(struct reading *rd, const struct xml_node *n, bool reference,
    struct csexport_value *out)
{
	int r = read_op(rd, n, &out->op);

	if (r < 0)
		return r;
	if (!reference)
		return read_octets(rd, n, &out->text, &out->binary);
	out->text =
	    xml_child(n, "dn") != NULL ? xml_child_text(n, "dn") : xml_text(n);
	return read_anchor(rd, xml_child(n, "anchor"), &out->anchor);
}

static int
read_attr(
    struct reading *rd, const struct xml_node *n, struct csexport_attr *out)
{
	const char *tag;
	size_t count = 0;
	int r = read_op(rd, n, &out->op);

	out->reference = text_is(n->name, "dn-attr");
	tag = out->reference ? "dn-value" : "value";
	out->name = xml_attr(n, "name");
	out->type = xml_attr(n, "type");
	out->multivalued = is_true(xml_attr(n, "multivalued"));
	if (out->name.len == 0)
		return wrong(rd, n, "no name");
	if (n->count > CSEXPORT_MAX_VALUES)
		return wrong(rd, n, "too many values");
	out->values = arena_array(rd->arena, n->count, sizeof(*out->values));
	if (out->values == NULL)
		return no_memory(rd);
	for (const struct xml_node *v = xml_child(n, tag); v != NULL && r == 0;
	     v = xml_next(v, tag))
		r = read_value(rd, v, out->reference, &out->values[count++]);
	out->count = count;
	return r;
}

static int
read_attrs(
    struct reading *rd, const struct xml_node *body, struct csexport_layer *out)
{
	int r = 0;

	if (body->count > CSEXPORT_MAX_ATTRS)
		return wrong(rd, body, "too many attributes");
	out->attrs = arena_array(rd->arena, body->count, sizeof(*out->attrs));
	if (out->attrs == NULL)
		return no_memory(rd);
	for (const struct xml_node *n = body->first; n != NULL && r == 0;
	     n = n->next)
		if (text_is(n->name, "attr") || text_is(n->name, "dn-attr"))
			r = read_attr(rd, n, &out->attrs[out->count++]);
	return r;
}

static int
read_layer(struct reading *rd, const struct xml_node *object,
    const struct csexport_layer_name *name, struct csexport_layer *out)
{
	const struct xml_node *body =
	    xml_child(xml_child(object, name->layer), name->body);
	int r;

	if (body == NULL)
		return 0;
	out->present = true;
	out->dn = xml_attr(body, "dn");
	out->new_dn = xml_attr(body, "newdn");
	out->object_class = xml_child_text(body, "primary-objectclass");
	r = read_op(rd, body, &out->op);
	if (r == 0)
		r = read_anchor(rd, xml_child(body, "anchor"), &out->anchor);
	return r < 0 ? r : read_attrs(rd, body, out);
}

static void
read_error(const struct xml_node *n, struct csexport_error *out)
{
	const struct xml_node *cd = xml_child(n, "cd-error");
	int64_t retries;

	out->type = xml_child_text(n, "error-type");
	out->first = xml_child_text(n, "date-occurred");
	if (xml_child(n, "first-occurred") != NULL)
		out->first = xml_child_text(n, "first-occurred");
	out->last = xml_child_text(n, "last-occurred");
	if (out->last.len == 0)
		out->last = xml_child_text(n, "date-occurred");
	out->cd_code = xml_child_text(cd, "error-code");
	out->cd_text = xml_child_text(cd, "error-literal");
	if (text_to_int64(xml_child_text(n, "retry-count"), &retries) == 0 &&
	    retries > 0)
		out->retries = (uint64_t)retries;
}

static void
read_state(const struct xml_node *n, struct csexport_object *out)
{
	out->connector = is_true(xml_child_text(n, "connector"));
	out->state = xml_child_text(n, "connector-state");
	out->mv_link = xml_child_text(n, "mv-link");
	out->ma_id = xml_child_text(n, "ma-id");
	out->ma_name = xml_child_text(n, "ma-name");
	out->partition_id = xml_child_text(n, "partition-id");
	out->partition_name = xml_child_text(n, "partition-name");
	read_error(xml_child(n, "import-error-detail"), &out->import_error);
	read_error(xml_child(n, "export-error-detail"), &out->export_error);
}

static int
read_object(
    struct reading *rd, const struct xml_node *n, struct csexport_object *out)
{
	int r = 0;

	*out = (struct csexport_object){.id = xml_attr(n, "id"),
	    .dn = xml_attr(n, "cs-dn"),
	    .type = xml_attr(n, "object-type"),
	    .line = n->line};
	if (!xml_has_attr(n, "cs-dn"))
		return wrong(rd, n, "no cs-dn");
	for (size_t i = 0; i < CSEXPORT_LAYERS && r == 0; i++)
		r = read_layer(rd, n, &csexport_layers[i], &out->layer[i]);
	read_state(n, out);
	return r;
}

/* ---- The file ---- */

struct file {
	const char *name;
	const struct csexport_sink *sink;
	struct arena *arena;
};

static int
on_record(void *ctx, const struct xml_node *n, struct err *e)
{
	struct file *f = ctx;
	struct reading rd = {.name = f->name, .arena = f->arena, .e = e};
	struct csexport_object o;
	int r;

	if (!text_is(n->name, "cs-object"))
		return 0; /* what the server tells of itself */
	arena_reset(f->arena);
	r = read_object(&rd, n, &o);
	return r < 0 ? r : f->sink->object(f->sink->ctx, &o, e);
}

int
csexport_read(
    FILE *in, const char *name, const struct csexport_sink *sink, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(XML_MAX_RECORD);
	struct file f = {.name = name, .sink = sink, .arena = a};
	const struct xml_records want = {
	    .root = "cs-objects", .record = on_record, .ctx = &f};

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	return xml_read_records(in, name, &want, e);
}

const struct csexport_attr *
csexport_attr(const struct csexport_layer *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (text_equal_nocase(l->attrs[i].name, text_of(name)))
			return &l->attrs[i];
	return NULL;
}
