/* codec/yaml.c -- see yaml.h.  The library's events, put together here: its
 * own document loader keeps anchors and merges nothing we want. */
#include "codec/yaml.h"

#include <yaml.h>

#include "base/map.h"

/* An open list or map. */
struct level {
	struct yaml_node *node;
	struct yaml_node *last;
	struct map *keys; /* of a map: key to the node that has it */
	struct text key;  /* read, its value not yet */
	unsigned key_line, key_column;
	bool has_key;
};

struct builder {
	struct arena *arena;
	const char *name;
	struct err *err;
	struct yaml_node *root;
	size_t nodes;
	size_t documents;
	size_t depth;
	struct level levels[YAML_MAX_DEPTH];
};

static unsigned
line_of(const yaml_mark_t *m)
{
	return (unsigned)m->line + 1;
}

static unsigned
column_of(const yaml_mark_t *m)
{
	return (unsigned)m->column + 1;
}

static int
fail(const struct builder *b, int code, const yaml_mark_t *m, const char *what)
{
	return err_set(b->err, code, "%s:%u:%u: %s", b->name, line_of(m),
	    column_of(m), what);
}

static int
no_memory(const struct builder *b)
{
	return err_set(b->err, ERR_NOMEM, "%s: out of memory", b->name);
}

/* A scalar where a map wants a key. */
static int
take_key(struct builder *b, struct level *l, const yaml_event_t *ev)
{
	const yaml_mark_t *m = &ev->start_mark;
	const struct yaml_node *before;
	struct text key = text_dup(
	    b->arena, (struct text){(const char *)ev->data.scalar.value,
			  ev->data.scalar.length});

	if (key.data == NULL)
		return no_memory(b);
	before = map_get(l->keys, key);
	if (before != NULL)
		return err_set(b->err, ERR_SYNTAX,
		    "%s:%u:%u: key \"%.100s\" is there twice, first in line %u",
		    b->name, line_of(m), column_of(m), key.data,
		    before->key_line);
	l->key = key;
	l->key_line = line_of(m);
	l->key_column = column_of(m);
	l->has_key = true;
	return 0;
}

/* Puts a node into the open list or map. */
static int
attach(struct builder *b, struct yaml_node *n)
{
	struct level *l;

	if (b->depth == 0) {
		b->root = n;
		return 0;
	}
	l = &b->levels[b->depth - 1];
	if (l->last != NULL)
		l->last->next = n;
	else
		l->node->first = n;
	l->last = n;
	l->node->count++;
	if (l->node->kind != YAML_MAP)
		return 0;
	n->key = l->key;
	n->key_line = l->key_line;
	n->key_column = l->key_column;
	l->has_key = false;
	return map_put(l->keys, n->key, n) < 0 ? no_memory(b) : 0;
}

static int
add_node(struct builder *b, enum yaml_kind kind, const yaml_event_t *ev,
    struct yaml_node **out_n)
{
	struct yaml_node *n;

	if (++b->nodes > YAML_MAX_NODES)
		return fail(
		    b, ERR_LIMIT, &ev->start_mark, "more values than we take");
	n = arena_alloc(b->arena, sizeof(*n));
	if (n == NULL)
		return no_memory(b);
	n->kind = kind;
	n->line = line_of(&ev->start_mark);
	n->column = column_of(&ev->start_mark);
	*out_n = n;
	return attach(b, n);
}

/* True where the next node is a key of the open map. */
static bool
wants_key(const struct builder *b)
{
	const struct level *l;

	if (b->depth == 0)
		return false;
	l = &b->levels[b->depth - 1];
	return l->node->kind == YAML_MAP && !l->has_key;
}

static int
on_scalar(struct builder *b, const yaml_event_t *ev)
{
	yaml_scalar_style_t style = ev->data.scalar.style;
	struct yaml_node *n = NULL;
	int r;

	if (wants_key(b))
		return take_key(b, &b->levels[b->depth - 1], ev);
	r = add_node(b, YAML_SCALAR, ev, &n);
	if (r < 0)
		return r;
	n->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	n->text = text_dup(
	    b->arena, (struct text){(const char *)ev->data.scalar.value,
			  ev->data.scalar.length});
	return n->text.data != NULL ? 0 : no_memory(b);
}

static int
on_start(struct builder *b, enum yaml_kind kind, const yaml_event_t *ev)
{
	struct yaml_node *n = NULL;
	struct level *l;
	int r;

	if (wants_key(b))
		return fail(b, ERR_SYNTAX, &ev->start_mark,
		    "a key is text, not a list or a map");
	if (b->depth == YAML_MAX_DEPTH)
		return fail(b, ERR_LIMIT, &ev->start_mark,
		    "nested deeper than 32 levels");
	r = add_node(b, kind, ev, &n);
	if (r < 0)
		return r;
	l = &b->levels[b->depth++];
	*l = (struct level){.node = n};
	if (kind == YAML_MAP) {
		l->keys = map_new(false);
		if (l->keys == NULL)
			return no_memory(b);
	}
	return 0;
}

static void
close_level(struct builder *b)
{
	struct level *l = &b->levels[--b->depth];

	l->keys = map_free(l->keys);
}

static int
on_document(struct builder *b, const yaml_event_t *ev)
{
	if (++b->documents > 1)
		return fail(b, ERR_SYNTAX, &ev->start_mark,
		    "a second document: one file holds one");
	if (ev->data.document_start.tag_directives.start !=
	    ev->data.document_start.tag_directives.end)
		return fail(
		    b, ERR_SYNTAX, &ev->start_mark, "tags are not taken here");
	return 0;
}

/* Anchors and tags, of whatever kind of node. */
static int
check_plain(const struct builder *b, const yaml_event_t *ev,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		return fail(b, ERR_SYNTAX, &ev->start_mark,
		    "anchors (&) and aliases (*) are not taken here");
	if (tag != NULL)
		return fail(b, ERR_SYNTAX, &ev->start_mark,
		    "tags (!) are not taken here");
	return 0;
}

static int
on_event(struct builder *b, const yaml_event_t *ev)
{
	int r;

	switch (ev->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		return on_document(b, ev);
	case YAML_ALIAS_EVENT:
		return check_plain(b, ev, ev->data.alias.anchor, NULL);
	case YAML_SCALAR_EVENT:
		r = check_plain(
		    b, ev, ev->data.scalar.anchor, ev->data.scalar.tag);
		return r < 0 ? r : on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		r = check_plain(b, ev, ev->data.sequence_start.anchor,
		    ev->data.sequence_start.tag);
		return r < 0 ? r : on_start(b, YAML_LIST, ev);
	case YAML_MAPPING_START_EVENT:
		r = check_plain(b, ev, ev->data.mapping_start.anchor,
		    ev->data.mapping_start.tag);
		return r < 0 ? r : on_start(b, YAML_MAP, ev);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_level(b);
		return 0;
	}
	return err_set(b->err, ERR_INTERNAL, "%s: unknown event", b->name);
}

static int
parser_error(const struct builder *b, const yaml_parser_t *p)
{
	const char *what = p->problem != NULL ? p->problem : "not YAML";

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(b);
	if (p->error == YAML_READER_ERROR)
		return err_set(b->err, ERR_SYNTAX, "%s:%u:%u: %s (byte %zu)",
		    b->name, line_of(&p->mark), column_of(&p->mark), what,
		    p->problem_offset);
	if (p->context == NULL)
		return fail(b, ERR_SYNTAX, &p->problem_mark, what);
	return err_set(b->err, ERR_SYNTAX, "%s:%u:%u: %s %s (from line %u)",
	    b->name, line_of(&p->problem_mark), column_of(&p->problem_mark),
	    what, p->context, line_of(&p->context_mark));
}

static int
run(struct builder *b, yaml_parser_t *p)
{
	bool done = false;
	yaml_event_t ev;
	int r = 0;

	while (!done && r >= 0) {
		if (yaml_parser_parse(p, &ev) == 0)
			return parser_error(b, p);
		done = ev.type == YAML_STREAM_END_EVENT;
		r = on_event(b, &ev);
		yaml_event_delete(&ev);
	}
	return r;
}

static int
parse(struct builder *b, struct text in)
{
	yaml_parser_t p;
	int r;

	if (yaml_parser_initialize(&p) == 0)
		return no_memory(b);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &p, (const unsigned char *)in.data, in.len);
	r = run(b, &p);
	yaml_parser_delete(&p);
	while (b->depth > 0)
		close_level(b);
	return r;
}

int
yaml_parse(struct arena *a, const char *name, struct text in,
    const struct yaml_node **out_root, struct err *e)
{
	struct builder b = {.arena = a, .name = name, .err = e};
	int r;

	if (in.len > YAML_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "%s: longer than %u bytes", name,
		    YAML_MAX_BYTES);
	if (in.len >= 3 && memcmp(in.data, "\xef\xbb\xbf", 3) == 0)
		in = (struct text){in.data + 3, in.len - 3};
	r = parse(&b, in);
	if (r < 0)
		return r;
	if (b.root == NULL) {
		b.root = arena_alloc(a, sizeof(*b.root));
		if (b.root == NULL)
			return no_memory(&b);
		b.root->kind = YAML_MAP;
		b.root->line = b.root->column = 1;
	}
	*out_root = b.root;
	return 0;
}

const struct yaml_node *
yaml_get(const struct yaml_node *n, const char *key)
{
	if (n == NULL || n->kind != YAML_MAP)
		return NULL;
	for (n = n->first; n != NULL; n = n->next)
		if (text_is(n->key, key))
			return n;
	return NULL;
}

bool
yaml_is_null(const struct yaml_node *n)
{
	return n->kind == YAML_SCALAR && !n->quoted &&
	       (n->text.len == 0 || text_is(n->text, "~") ||
		   text_is(n->text, "null"));
}

int
yaml_to_bool(const struct yaml_node *n, bool *out_b)
{
	bool yes = text_is(n->text, "true");

	if (n->kind != YAML_SCALAR || n->quoted ||
	    (!yes && !text_is(n->text, "false")))
		return ERR_TYPE;
	*out_b = yes;
	return 0;
}

int
yaml_to_int64(const struct yaml_node *n, int64_t *out_n)
{
	int r;

	if (n->kind != YAML_SCALAR || n->quoted)
		return ERR_TYPE;
	r = text_to_int64(n->text, out_n);
	return r == ERR_SYNTAX ? ERR_TYPE : r;
}
