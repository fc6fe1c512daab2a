/* connectors/sync/object.c -- an object that was read back, to an entry. */
#include "connectors/sync/sync_int.h"

/* An object while it is read. */
struct reading {
	const struct sconn *s;
	struct arena *a;
	const struct selection *sel;
	struct entry *out;
	struct text source, cloud;
};

static int
wrong_value(struct reading *k, const char *name)
{
	k->out->kind = ENTRY_ERROR;
	(void)err_type(&k->out->err, ERR_TYPE, "invalid-attribute-value",
	    "%.*s: %s has a value of another type than the service says",
	    TEXT_ARGS(k->cloud), name);
	return ERR_TYPE;
}

/* The text of one value; empty ones do not exist. */
static int
value_read(struct reading *k, size_t row, struct text t)
{
	const struct sattr *at = sconn_row(k->s, row);
	struct value v;

	if (t.len == 0)
		return 0;
	switch (at->type) {
	case VALUE_STRING:
		v = value_string(t);
		break;
	case VALUE_REFERENCE:
		v = value_reference_dn(dn_of_source(k->a, t));
		if (v.text.data == NULL)
			return ERR_NOMEM;
		break;
	case VALUE_BINARY:
		if (base64_decode(k->a, t, &t, NULL) < 0)
			return wrong_value(k, at->name);
		v = value_binary(t);
		break;
	case VALUE_INTEGER:
	case VALUE_BOOLEAN:
	case VALUE_DN_BINARY:
		if (value_parse(at->type, t, &v, NULL) < 0)
			return wrong_value(k, at->name);
		break;
	default:
		return ERR_INTERNAL;
	}
	return attrs_add(k->a, &k->out->attrs, k->s->names[row], v);
}

/* One value, or a list of them. */
static int
attr_read(struct reading *k, size_t row, const struct xml_node *v)
{
	int r = 0;

	if (v->first == NULL)
		return value_read(k, row, v->text);
	for (const struct xml_node *n = v->first; n != NULL && r == 0;
	     n = n->next)
		r = n->first != NULL
			? wrong_value(k, sconn_row(k->s, row)->name)
			: value_read(k, row, n->text);
	return r;
}

static int
pair_read(struct reading *k, const struct xml_node *pair)
{
	struct text key = xml_child_text(pair, "Key");
	const struct xml_node *v = xml_child(pair, "Value");
	int row = sconn_find(k->s, key);

	if (v == NULL || soap_is_nil(v) || row < 0)
		return 0; /* newer than our table: none of ours */
	if (text_is_nocase(key, "CloudAnchor"))
		k->cloud = v->text;
	else if (text_is_nocase(key, "SourceAnchor"))
		k->source = v->text;
	if (!k->sel->on[row])
		return 0;
	return attr_read(k, (size_t)row, v);
}

static void
no_anchor(struct reading *k, const char *type)
{
	k->out->kind = ENTRY_ERROR;
	(void)err_type(&k->out->err, ERR_PROTOCOL, "missing-anchor-component",
	    "a %s without CloudAnchor (SourceAnchor \"%.*s\")", type,
	    TEXT_ARGS(k->source));
}

static int
identity_set(struct reading *k, enum stype type)
{
	k->out->anchor = k->cloud;
	if (k->cloud.len == 0) {
		no_anchor(k, stypes[type].wire);
		return 0;
	}
	k->out->dn =
	    k->source.len != 0
		? dn_of_source(k->a, k->source)
		: text_of(arena_printf(k->a, "CN=%.*s", TEXT_ARGS(k->cloud)));
	return k->out->dn.data == NULL ? ERR_NOMEM : 0;
}

int
readback_object(const struct sconn *s, struct arena *a,
    const struct selection *sel, const struct xml_node *n, struct entry *out,
    bool *out_ours)
{
	int type = stype_of_wire(xml_child_text(n, "SyncObjectType"));
	bool gone = text_is(xml_child_text(n, "SyncOperation"), "Delete");
	struct reading k = {.s = s, .a = a, .sel = sel, .out = out};
	const struct xml_node *pairs = xml_child(n, "PropertyValues");
	int r = 0;

	*out_ours = type >= 0 && sconn_takes(s, (enum stype)type);
	if (!*out_ours)
		return 0;
	*out = (struct entry){.kind = gone ? ENTRY_DELETED : ENTRY_OBJECT,
	    .type = s->types[type]};
	for (const struct xml_node *p = pairs == NULL ? NULL : pairs->first;
	     p != NULL && r == 0; p = p->next)
		r = pair_read(&k, p);
	if (r == ERR_NOMEM || r == ERR_LIMIT || r == ERR_INTERNAL)
		return r;
	return identity_set(&k, (enum stype)type);
}
