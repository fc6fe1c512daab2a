/* codec/xml.c -- XML to a tree, by libxml2's push parser and our own handlers:
 * the library never builds a document, opens a file or asks the network. */
#include <libxml/parser.h>
#include <stdarg.h>
#include <stdio.h>

#include "codec/encoding.h"
#include "codec/xml_int.h"

#define CHUNK 65536

static unsigned
line_of(const struct xml_build *b)
{
	int line = b->ctxt->input != NULL ? b->ctxt->input->line : 0;

	return line > 0 ? (unsigned)line : 1;
}

static void stop(struct xml_build *b, int code, const char *fmt, ...)
    PRINTF(3, 4);

/* Notes why; xml_build_feed() ends with its chunk.  Not by xmlStopParser(): it
 * frees what the rest of a handler is still reading. */
static void
stop(struct xml_build *b, int code, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (b->error != 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->error = err_set(b->e, code, "%s:%u: %s", b->name, line_of(b), text);
}

static void
stop_nomem(struct xml_build *b)
{
	if (b->error == 0)
		b->error =
		    err_set(b->e, ERR_NOMEM, "%s: out of memory", b->name);
}

static struct text
copy(struct xml_build *b, const xmlChar *s, size_t len)
{
	struct text t = text_dup(b->arena, (struct text){(const char *)s, len});

	if (t.data == NULL)
		stop_nomem(b);
	return t;
}

static struct text
copy_name(struct xml_build *b, const xmlChar *s)
{
	size_t n = s == NULL ? 0 : strlen((const char *)s);

	if (n > XML_MAX_NAME) {
		stop(b, ERR_LIMIT, "a name of over %u bytes", XML_MAX_NAME);
		n = 0;
	}
	return n == 0 ? TEXT("") : copy(b, s, n);
}

/* ---- Attributes ---- */

struct attr_list {
	const struct xml_attr *first;
	struct xml_attr *last;
};

static void
add_attr(struct xml_build *b, struct attr_list *list, struct xml_attr a)
{
	struct xml_attr *n = arena_alloc(b->arena, sizeof(*n));

	if (n == NULL) {
		stop_nomem(b);
		return;
	}
	*n = a;
	if (list->last == NULL)
		list->first = n;
	else
		list->last->next = n;
	list->last = n;
}

static const struct xml_attr *
read_attrs(struct xml_build *b, int n_ns, const xmlChar **ns, int n,
    const xmlChar **attrs)
{
	struct attr_list list = {0};

	if (n + n_ns > (int)XML_MAX_ATTRS) {
		stop(b, ERR_LIMIT, "an element with over %u attributes",
		    XML_MAX_ATTRS);
		return NULL;
	}
	for (size_t i = 0; i < 2 * (size_t)n_ns; i += 2)
		add_attr(b, &list,
		    (struct xml_attr){
			.prefix = ns[i] != NULL ? TEXT("xmlns") : TEXT(""),
			.name =
			    ns[i] != NULL ? copy_name(b, ns[i]) : TEXT("xmlns"),
			.value = copy(
			    b, ns[i + 1], strlen((const char *)ns[i + 1]))});
	/* five pointers each: name, prefix, namespace, value, its end */
	for (int i = 0; i < n; i++) {
		const xmlChar **at = attrs + (ptrdiff_t)5 * i;
		size_t len = (size_t)(at[4] - at[3]);

		if (len > XML_MAX_TEXT)
			stop(b, ERR_LIMIT, "an attribute of over %u bytes",
			    XML_MAX_TEXT);
		else
			add_attr(b, &list,
			    (struct xml_attr){.name = copy_name(b, at[0]),
				.prefix = copy_name(b, at[1]),
				.value = copy(b, at[3], len)});
	}
	return list.first;
}

/* ---- Elements ---- */

static void
place(struct xml_build *b, struct xml_node *n)
{
	struct xml_level *up;

	if (b->depth == 0) {
		b->root = n;
		return;
	}
	up = &b->levels[b->depth - 1];
	if (up->last == NULL)
		up->node->first = n;
	else
		up->last->next = n;
	up->last = n;
	up->node->count++;
}

static bool
wrong_root(struct xml_build *b, const xmlChar *name)
{
	if (b->want_root == NULL ||
	    strcmp((const char *)name, b->want_root) == 0)
		return false;
	stop(b, ERR_SYNTAX, "<%.60s> and not <%s>", (const char *)name,
	    b->want_root);
	return true;
}

static void
// NOLINTNEXTLINE(readability-function-size): the library's parameters
on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int n_ns, const xmlChar **ns, int n, int n_defaulted,
    const xmlChar **attrs)
{
	struct xml_build *b = ctx;
	struct xml_node *node;
	struct xml_level *l;

	(void)n_defaulted;
	if (b->error != 0)
		return;
	if (b->depth > XML_MAX_DEPTH || ++b->nodes > XML_MAX_NODES) {
		stop(b, ERR_LIMIT, "more than %u elements, or over %u deep",
		    XML_MAX_NODES, XML_MAX_DEPTH);
		return;
	}
	node = b->record != NULL && b->depth == 0
		   ? &b->records_root
		   : arena_alloc(b->arena, sizeof(*node));
	if (node == NULL) {
		stop_nomem(b);
		return;
	}
	if (b->root == NULL && wrong_root(b, name))
		return;
	node->name = copy_name(b, name);
	node->prefix = copy_name(b, prefix);
	node->ns = copy_name(b, uri);
	node->line = line_of(b);
	node->attrs = read_attrs(b, n_ns, ns, n, attrs);
	place(b, node);
	l = &b->levels[b->depth++];
	l->node = node;
	l->last = NULL;
	buf_init(&l->text, XML_MAX_TEXT);
}

static bool
is_blank(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] != ' ' && t.data[i] != '\t' &&
		    t.data[i] != '\n' && t.data[i] != '\r')
			return false;
	return true;
}

/* A child of the root is whole: given away, and forgotten. */
static void
give_record(struct xml_build *b, const struct xml_node *n)
{
	int r = b->record(b->record_ctx, n, b->e);

	if (r != 0) {
		b->error = r;
		return;
	}
	b->root->first = NULL;
	b->levels[0].last = NULL;
	buf_reset(&b->levels[0].text);
	b->nodes = 0;
	arena_reset(b->arena);
}

static void
on_end(
    void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_build *b = ctx;
	struct xml_level *l;
	struct text t;

	(void)name;
	(void)prefix;
	(void)uri;
	if (b->error != 0 || b->depth == 0)
		return;
	l = &b->levels[--b->depth];
	t = buf_text(&l->text);
	l->node->text = TEXT("");
	if (buf_error(&l->text) == ERR_LIMIT)
		stop(b, ERR_LIMIT, "a text of over %u bytes", XML_MAX_TEXT);
	else if (buf_error(&l->text) != 0)
		stop_nomem(b);
	else if (t.len > 0 && (l->node->first == NULL || !is_blank(t)))
		l->node->text = copy(b, (const xmlChar *)t.data, t.len);
	buf_clear(&l->text);
	if (b->depth == 1 && b->record != NULL && b->error == 0)
		give_record(b, l->node);
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct xml_build *b = ctx;

	if (b->error == 0 && b->depth > 0 && len > 0)
		buf_add(&b->levels[b->depth - 1].text, s, (size_t)len);
}

static void
on_doctype(
    void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *sys)
{
	struct xml_build *b = ctx;

	(void)name;
	(void)id;
	(void)sys;
	stop(b, ERR_SYNTAX, "a document type is not accepted");
	xmlStopParser(b->ctxt); /* at once: what it declares is not looked at */
}

static void
on_reference(void *ctx, const xmlChar *name)
{
	stop(ctx, ERR_SYNTAX, "entity \"&%.40s;\" is not accepted",
	    (const char *)name);
}

/* The library's own words, without its line end. */
static void
on_error(void *ctx, xmlErrorPtr error)
{
	struct xml_build *b = ctx;
	const char *words = error->message != NULL ? error->message : "";

	if (error->level < XML_ERR_ERROR || b->error != 0)
		return;
	if (error->code == XML_ERR_NO_MEMORY)
		stop_nomem(b);
	else if (error->code == XML_ERR_DOCUMENT_END && b->depth > 0)
		stop(b, ERR_SYNTAX, "not well-formed XML: it ends inside <%s>",
		    b->levels[b->depth - 1].node->name.data);
	else
		stop(b, ERR_SYNTAX, "not well-formed XML: %.*s",
		    (int)strcspn(words, "\n"), words);
}

/* ---- Parsing ---- */

static xmlSAXHandler
handlers(void)
{
	xmlSAXHandler h = {0};

	h.initialized = XML_SAX2_MAGIC;
	h.startElementNs = on_start;
	h.endElementNs = on_end;
	h.characters = on_text;
	h.cdataBlock = on_text;
	h.ignorableWhitespace = on_text;
	h.internalSubset = on_doctype;
	h.reference = on_reference;
	h.serror = on_error;
	return h;
}

void
xml_build_feed(struct xml_build *b, struct text in)
{
	for (size_t at = 0; at < in.len && b->error == 0; at += CHUNK) {
		size_t n = in.len - at < CHUNK ? in.len - at : CHUNK;

		if (xmlParseChunk(b->ctxt, in.data + at, (int)n, 0) != 0 &&
		    b->error == 0)
			stop(b, ERR_SYNTAX, "not well-formed XML");
	}
}

int
xml_build_begin(struct xml_build *b, const char *name, struct err *e)
{
	xmlSAXHandler sax = handlers();

	b->name = name;
	b->e = e;
	b->ctxt = xmlCreatePushParserCtxt(&sax, b, NULL, 0, NULL);
	if (b->ctxt == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	(void)xmlCtxtUseOptions(
	    b->ctxt, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	return 0;
}

int
xml_build_end(struct xml_build *b)
{
	if (b->error == 0 && xmlParseChunk(b->ctxt, "", 0, 1) != 0)
		stop(b, ERR_SYNTAX, "not well-formed XML");
	if (b->error == 0 && (b->root == NULL || b->depth != 0))
		stop(b, ERR_SYNTAX, "no XML element");
	return b->error;
}

void
xml_build_free(struct xml_build *b)
{
	while (b->depth > 0)
		buf_clear(&b->levels[--b->depth].text);
	if (b->ctxt != NULL && b->ctxt->myDoc != NULL)
		xmlFreeDoc(b->ctxt->myDoc); /* of declarations alone */
	xmlFreeParserCtxt(b->ctxt);
	free(b);
}

static int
parse_whole(
    struct xml_build *b, const char *name, struct text in, struct err *e)
{
	struct err why = {0};
	int r = encoding_to_utf8(b->arena, in, &in, &why);

	if (r < 0)
		return err_set(e, r, "%s: %s", name, why.text);
	r = xml_build_begin(b, name, e);
	if (r < 0)
		return r;
	if (is_blank(in))
		stop(b, ERR_SYNTAX, "no XML element");
	xml_build_feed(b, in);
	return xml_build_end(b);
}

int
xml_parse(struct arena *a, const char *name, struct text in,
    const struct xml_node **out_root, struct err *e)
{
	struct xml_build *b;
	int r;

	if (in.len > XML_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "%s: over %u MiB", name,
		    XML_MAX_BYTES >> 20U);
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", name);
	b->arena = a;
	r = parse_whole(b, name, in, e);
	if (r == 0)
		*out_root = b->root;
	xml_build_free(b);
	return r;
}

/* ---- Asking ---- */

static const struct xml_node *
first_named(const struct xml_node *n, struct text name)
{
	while (n != NULL && !text_equal(n->name, name))
		n = n->next;
	return n;
}

const struct xml_node *
xml_child(const struct xml_node *n, const char *name)
{
	return n == NULL ? NULL : first_named(n->first, text_of(name));
}

const struct xml_node *
xml_next(const struct xml_node *n, const char *name)
{
	return n == NULL ? NULL : first_named(n->next, text_of(name));
}

const struct xml_node *
xml_path(const struct xml_node *n, const char *path)
{
	while (n != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		n = first_named(n->first, (struct text){path, len});
		path += len;
		path += *path == '/';
	}
	return n;
}

struct text
xml_text(const struct xml_node *n)
{
	struct text t = n == NULL ? TEXT("") : n->text;

	while (t.len > 0 && is_blank((struct text){t.data, 1}))
		t = (struct text){t.data + 1, t.len - 1};
	while (t.len > 0 && is_blank((struct text){t.data + t.len - 1, 1}))
		t.len--;
	return t;
}

struct text
xml_child_text(const struct xml_node *n, const char *name)
{
	return xml_text(xml_child(n, name));
}

static const struct xml_attr *
find_attr(const struct xml_node *n, const char *name)
{
	const struct xml_attr *a = n == NULL ? NULL : n->attrs;

	while (a != NULL &&
	       (!text_is(a->name, name) || text_is(a->prefix, "xmlns")))
		a = a->next;
	return a;
}

struct text
xml_attr(const struct xml_node *n, const char *name)
{
	const struct xml_attr *a = find_attr(n, name);

	return a == NULL ? TEXT("") : a->value;
}

bool
xml_has_attr(const struct xml_node *n, const char *name)
{
	return find_attr(n, name) != NULL;
}
