/* rules/vendor/csexport_write.c -- see csexport.h. */
#include "rules/vendor/csexport_int.h"

static void
put_op(struct xml_writer *w, enum csexport_op op)
{
	if (op != CSEXPORT_NONE)
		xml_put_attr(w, "operation", text_of(csexport_op_name(op)));
}

/* Text of any size: base64 grows by a third. */
static void
put_base64(struct xml_writer *w, struct text octets)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text out = TEXT("");

	xml_put_attr(w, "encoding", TEXT("base64"));
	if (a == NULL || base64_encode(a, octets, &out) < 0)
		w->error = ERR_NOMEM;
	else
		xml_put_text(w, out);
}

static void
put_anchor(struct xml_writer *w, struct text anchor)
{
	if (anchor.len == 0)
		return;
	xml_begin(w, "anchor");
	put_base64(w, anchor);
	xml_end(w, "anchor");
}

static void
put_value(struct xml_writer *w, const struct csexport_value *v, bool reference)
{
	const char *tag = reference ? "dn-value" : "value";

	xml_begin(w, tag);
	put_op(w, v->op);
	if (reference) {
		xml_put_element(w, "dn", v->text);
		put_anchor(w, v->anchor);
	} else if (v->binary || !xml_is_text(v->text)) {
		put_base64(w, v->text);
	} else {
		xml_put_text(w, v->text);
	}
	xml_end(w, tag);
}

static void
put_attr(struct xml_writer *w, const struct csexport_attr *a)
{
	const char *tag = a->reference ? "dn-attr" : "attr";

	xml_begin(w, tag);
	xml_put_attr(w, "name", a->name);
	put_op(w, a->op);
	if (a->type.len != 0)
		xml_put_attr(w, "type", a->type);
	xml_put_attr(
	    w, "multivalued", a->multivalued ? TEXT("true") : TEXT("false"));
	for (size_t i = 0; i < a->count; i++)
		put_value(w, &a->values[i], a->reference);
	xml_end(w, tag);
}

static void
put_layer(struct xml_writer *w, const struct csexport_layer_name *name,
    const struct csexport_layer *l)
{
	bool delta = name->body[0] == 'd';

	if (!l->present)
		return;
	xml_begin(w, name->layer);
	xml_begin(w, name->body);
	if (delta)
		xml_put_attr(w, "operation", text_of(csexport_op_name(l->op)));
	xml_put_attr(w, "dn", l->dn);
	if (l->new_dn.len != 0)
		xml_put_attr(w, "newdn", l->new_dn);
	put_anchor(w, l->anchor);
	if (l->object_class.len != 0) {
		xml_put_element(w, "primary-objectclass", l->object_class);
		xml_begin(w, "objectclass");
		xml_put_element(w, "oc-value", l->object_class);
		xml_end(w, "objectclass");
	}
	for (size_t i = 0; i < l->count; i++)
		put_attr(w, &l->attrs[i]);
	xml_end(w, name->body);
	xml_end(w, name->layer);
}

static void
put_error(struct xml_writer *w, const char *tag, const struct csexport_error *x)
{
	char retries[24];

	if (x->type.len == 0)
		return;
	(void)snprintf(
	    retries, sizeof(retries), "%llu", (unsigned long long)x->retries);
	xml_begin(w, tag);
	xml_put_element(w, "first-occurred", x->first);
	xml_put_element(w, "retry-count", text_of(retries));
	xml_put_element(w, "date-occurred", x->last);
	xml_put_element(w, "error-type", x->type);
	if (x->cd_text.len != 0) {
		xml_begin(w, "cd-error");
		xml_put_element(w, "error-code", x->cd_code);
		xml_put_element(w, "error-literal", x->cd_text);
		xml_end(w, "cd-error");
	}
	xml_end(w, tag);
}

static void
put_known(struct xml_writer *w, const char *tag, struct text t)
{
	if (t.len != 0)
		xml_put_element(w, tag, t);
}

static void
put_state(struct xml_writer *w, const struct csexport_object *o)
{
	xml_put_element(w, "connector", o->connector ? TEXT("1") : TEXT("0"));
	put_known(w, "connector-state", o->state);
	put_known(w, "mv-link", o->mv_link);
	put_known(w, "ma-id", o->ma_id);
	put_known(w, "ma-name", o->ma_name);
	put_known(w, "partition-id", o->partition_id);
	put_known(w, "partition-name", o->partition_name);
	put_error(w, "import-error-detail", &o->import_error);
	put_error(w, "export-error-detail", &o->export_error);
}

void
csexport_begin(struct xml_writer *w)
{
	xml_begin(w, "cs-objects");
}

void
csexport_write(struct xml_writer *w, const struct csexport_object *o)
{
	xml_begin(w, "cs-object");
	xml_put_attr(w, "cs-dn", o->dn);
	xml_put_attr(w, "id", o->id);
	xml_put_attr(w, "object-type", o->type);
	for (size_t i = 0; i < CSEXPORT_LAYERS; i++)
		put_layer(w, &csexport_layers[i], &o->layer[i]);
	put_state(w, o);
	xml_end(w, "cs-object");
}

void
csexport_end(struct xml_writer *w)
{
	xml_end(w, "cs-objects");
}
