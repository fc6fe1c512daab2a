/* codec/nbfx_xml.c -- the tree of nbfx.h without its record types: what an XML
 * reader would have given. */
#include "codec/nbfx_int.h"

/* Declarations in scope, the nearest first. */
struct scope {
	struct text prefix, ns;
	const struct scope *outer;
};

struct converter {
	struct arena *a;
	struct err *e;
};

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

static int
ns_of(const struct converter *c, const struct scope *s, struct text prefix,
    struct text *out)
{
	for (; s != NULL; s = s->outer)
		if (text_equal(s->prefix, prefix)) {
			*out = s->ns;
			return 0;
		}
	*out = TEXT("");
	if (prefix.len == 0)
		return 0;
	return err_set(c->e, ERR_SYNTAX, "prefix \"%.*s\" is not declared",
	    TEXT_ARGS(prefix));
}

/* xmlns:prefix="ns" is an attribute named prefix, with prefix "xmlns". */
static int
attr_convert(
    const struct converter *c, const struct nbfx_attr *in, struct xml_attr *out)
{
	bool plain = in->name.prefix.len == 0;

	if (!nbfx_is_xmlns(in)) {
		out->name = in->name.local;
		out->prefix = in->name.prefix;
		return nbfx_value(c->a, &in->value, &out->value, c->e);
	}
	out->name = plain ? TEXT("xmlns") : in->name.prefix;
	out->prefix = plain ? TEXT("") : TEXT("xmlns");
	out->value = in->name.local;
	return 0;
}

static int
attrs_convert(const struct converter *c, const struct nbfx_attr *in,
    struct xml_node *out, const struct scope **scope)
{
	const struct xml_attr **tail = &out->attrs;

	for (; in != NULL; in = in->next) {
		struct xml_attr *attr = arena_alloc(c->a, sizeof(*attr));
		struct scope *s = arena_alloc(c->a, sizeof(*s));
		int r;

		if (attr == NULL || s == NULL)
			return no_memory(c->e);
		r = attr_convert(c, in, attr);
		if (r < 0)
			return r;
		*tail = attr;
		tail = &attr->next;
		if (!nbfx_is_xmlns(in))
			continue;
		*s = (struct scope){in->name.prefix, in->name.local, *scope};
		*scope = s;
	}
	return 0;
}

static bool
is_blank(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] != ' ' && t.data[i] != '\t' &&
		    t.data[i] != '\r' && t.data[i] != '\n')
			return false;
	return true;
}

static int
text_convert(
    const struct converter *c, const struct nbfx_item *items, struct text *out)
{
	struct text joined = {0}, one;

	for (const struct nbfx_item *i = items; i != NULL; i = i->next) {
		char *p;
		int r;

		if (i->kind != NBFX_TEXT)
			continue;
		r = nbfx_value(c->a, &i->text, &one, c->e);
		if (r < 0)
			return r;
		if (joined.len == 0 || one.len == 0) {
			joined = joined.len == 0 ? one : joined;
			continue;
		}
		if (joined.len + one.len > XML_MAX_TEXT)
			return err_set(c->e, ERR_LIMIT, "text of many parts");
		p = arena_raw(c->a, joined.len + one.len, 1);
		if (p == NULL)
			return no_memory(c->e);
		memcpy(p, joined.data, joined.len);
		memcpy(p + joined.len, one.data, one.len);
		joined = (struct text){p, joined.len + one.len};
	}
	*out = joined;
	return 0;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): NBFX_MAX_DEPTH holds
convert(const struct converter *c, const struct nbfx_element *in,
    const struct scope *scope, struct xml_node **out)
{
	struct xml_node *n = arena_alloc(c->a, sizeof(*n));
	const struct xml_node **tail;
	int r;

	if (n == NULL)
		return no_memory(c->e);
	n->name = in->name.local;
	n->prefix = in->name.prefix;
	r = attrs_convert(c, in->attrs, n, &scope);
	if (r == 0)
		r = ns_of(c, scope, n->prefix, &n->ns);
	tail = &n->first;
	for (const struct nbfx_item *i = in->items; i != NULL && r == 0;
	     i = i->next) {
		struct xml_node *child = NULL;

		if (i->kind != NBFX_ELEMENT)
			continue;
		r = convert(c, i->element, scope, &child);
		*tail = child;
		tail = child != NULL ? &child->next : tail;
		n->count++;
	}
	if (r == 0)
		r = text_convert(c, in->items, &n->text);
	if (n->count != 0 && is_blank(n->text))
		n->text = TEXT("");
	*out = n;
	return r;
}

int
nbfx_to_xml(struct arena *a, const struct nbfx_item *document,
    const struct xml_node **out, struct err *e)
{
	const struct converter c = {a, e};
	struct xml_node *root = NULL;
	int r;

	while (document != NULL && document->kind != NBFX_ELEMENT)
		document = document->next;
	if (document == NULL)
		return err_set(e, ERR_SYNTAX, "a document without an element");
	r = convert(&c, document->element, NULL, &root);
	*out = root;
	return r;
}
