/*
 * connectors/file/export.c -- a batch of changes, written as a new file.
 *
 * Two passes over the old file: the first finds the objects that the items
 * mean and the names that are taken, the second copies it with the changes.
 * Memory holds the batch, never the file.
 */
#include <string.h>

#include "connectors/file/file_int.h"

struct state {
	size_t item;
	bool found;
};

struct job {
	struct file *f;
	const struct export_item *items;
	struct export_result *results;
	size_t n;
	struct state *states;
	struct map *by_anchor;     /* UPDATE, DELETE: the object meant */
	struct map *by_key;        /* the same without an anchor */
	struct map *new_keys;      /* ADD, rename: the name it will have */
	struct map *new_anchors;   /* ADD */
	struct csv_row header;     /* CSV */
	struct arena *arena;       /* of the job */
	struct arena *results_own; /* text in results, until the next call */
	struct arena *scratch;     /* of one object */
	size_t changes;
	struct err *err;
};

static int
no_memory(struct job *j)
{
	(void)err_set(j->err, ERR_NOMEM, "out of memory");
	return ERR_NOMEM;
}

static int
put(struct job *j, struct map *m, struct text key, struct state *s)
{
	return map_put(m, key, s) < 0 ? no_memory(j) : 0;
}

/* ---- What the items mean ---- */

/* The anchor that an ADD brings with it; empty: none. */
static struct text
anchor_given(struct job *j, const struct export_item *item)
{
	uint32_t name = names_find_nocase(j->f->env.names, j->f->conf->anchor);
	const struct change *c =
	    name != 0 ? delta_find(&item->delta, name) : NULL;

	if (c == NULL || c->add_count != 1 ||
	    (c->add[0].type != VALUE_STRING && c->add[0].type != VALUE_BINARY))
		return TEXT("");
	return c->add[0].text;
}

static int
note_new(struct job *j, const struct export_item *item, struct state *s)
{
	struct text dn = item->op == DELTA_ADD ? item->dn : item->delta.new_dn;
	struct text key, anchor;

	if (dn_key(j->arena, dn, &key) < 0)
		return no_memory(j);
	if (item->op != DELTA_ADD)
		return put(j, j->new_keys, key, s);
	/* a CSV without DNs makes its own */
	if (!file_is_csv(j->f) || j->f->conf->dn.len != 0)
		if (put(j, j->new_keys, key, s) < 0)
			return ERR_NOMEM;
	anchor = anchor_given(j, item);
	return anchor.len != 0 ? put(j, j->new_anchors, anchor, s) : 0;
}

static int
note_item(struct job *j, size_t i)
{
	const struct export_item *item = &j->items[i];
	struct state *s = &j->states[i];
	struct text key;

	s->item = i;
	if (item->op == DELTA_ADD)
		return note_new(j, item, s);
	if (item->delta.new_dn.len != 0 && note_new(j, item, s) < 0)
		return ERR_NOMEM;
	if (item->anchor.len != 0)
		return put(j, j->by_anchor, item->anchor, s);
	if (dn_key(j->arena, item->dn, &key) < 0)
		return no_memory(j);
	return put(j, j->by_key, key, s);
}

/* ---- First pass ---- */

static struct state *
state_of(const struct job *j, const struct file_object *o)
{
	struct state *s = NULL;

	if (o->anchor.len != 0)
		s = map_get(j->by_anchor, o->anchor);
	return s != NULL ? s : map_get(j->by_key, o->key);
}

static void
refuse(struct job *j, const struct state *s, const char *type,
    const struct file_object *o)
{
	struct export_result *res = &j->results[s->item];

	if (res->status == EXPORT_ERROR)
		return;
	res->status = EXPORT_ERROR;
	(void)err_type(&res->err, ERR_REJECTED, type,
	    "%s:%u: %.*s is there already", j->f->path, o->line,
	    TEXT_ARGS(o->dn));
}

static void
note_object(struct job *j, const struct file_object *o)
{
	struct state *s = state_of(j, o);
	struct state *name = map_get(j->new_keys, o->key);
	struct state *anchor =
	    o->anchor.len != 0 ? map_get(j->new_anchors, o->anchor) : NULL;

	if (s != NULL)
		s->found = true;
	if (name != NULL && name != s)
		refuse(j, name,
		    j->items[name->item].op == DELTA_ADD
			? "cd-existing-object"
			: "rename-to-existing-dn",
		    o);
	if (anchor != NULL)
		refuse(j, anchor, "duplicate-anchor", o);
}

/* Every object of the old file, to a visitor.  What cannot be read cannot be
 * copied either: then nothing is written. */
static int
each_object(struct job *j, struct source *s,
    int (*visit)(struct job *j, struct file_object *o, void *ctx), void *ctx)
{
	struct file_object o;
	int n, r = 0;

	while (r == 0) {
		arena_reset(j->scratch);
		n = source_next(s, j->scratch, &o, j->err);
		if (n == 0)
			break;
		if (n < 0) {
			(void)err_prefix(j->err, "the file is not written, it "
						 "would lose an object");
			return n == ERR_SYNTAX ? ERR_CONFIG : n;
		}
		r = visit(j, &o, ctx);
	}
	return r < 0 ? r : source_check_unchanged(s, j->err);
}

static int
first_visit(struct job *j, struct file_object *o, void *ctx)
{
	(void)ctx;
	note_object(j, o);
	return 0;
}

/* ---- CSV: the columns of the new file ---- */

static int
add_column(struct job *j, struct text name)
{
	struct text *fields;

	if (name.len == 0)
		return 0;
	for (size_t i = 0; i < j->header.count; i++)
		if (text_equal_nocase(j->header.fields[i], name))
			return 0;
	fields = arena_array(j->arena, j->header.count + 1, sizeof(*fields));
	if (fields == NULL)
		return no_memory(j);
	if (j->header.count != 0)
		memcpy(fields, j->header.fields,
		    j->header.count * sizeof(*fields));
	fields[j->header.count] = text_dup(j->arena, name);
	if (fields[j->header.count].data == NULL)
		return no_memory(j);
	j->header.fields = fields;
	j->header.count++;
	return j->header.count <= CSV_MAX_FIELDS
		   ? 0
		   : err_set(j->err, ERR_LIMIT, "more than %u columns",
			 CSV_MAX_FIELDS);
}

/* What the items bring; a list of columns in the configuration is all. */
static int
add_item_columns(struct job *j)
{
	int r = 0;

	for (size_t i = 0; i < j->n && j->f->conf->columns.count == 0; i++) {
		const struct delta *d = &j->items[i].delta;

		for (uint32_t k = 0; k < d->count && r == 0; k++)
			r = add_column(
			    j, names_text(j->f->env.names, d->changes[k].name));
		if (r < 0)
			return r;
	}
	return 0;
}

static int
make_header(struct job *j, const struct source *s)
{
	const struct conf_file *c = j->f->conf;
	int r = 0;

	if (s != NULL)
		for (size_t i = 0; i < source_header(s)->count && r == 0; i++)
			r = add_column(j, source_header(s)->fields[i]);
	if (r == 0)
		r = add_column(j, c->anchor);
	if (r == 0)
		r = add_column(j, c->dn);
	if (r == 0)
		r = add_column(j, c->type_column);
	for (size_t i = 0; i < c->columns.count && r == 0; i++)
		r = add_column(j, c->columns.items[i]);
	for (size_t i = 0; i < c->attribute_types.count && r == 0; i++)
		r = add_column(j, c->attribute_types.items[i].name);
	return r < 0 ? r : add_item_columns(j);
}

/* ---- Second pass ---- */

static int
finish(struct job *j, size_t i, const struct file_object *o)
{
	struct export_result *res = &j->results[i];

	res->status = EXPORT_DONE;
	j->changes++;
	if (o == NULL)
		return 0;
	res->dn = text_dup(j->results_own, o->dn);
	res->anchor = text_dup(j->results_own, o->anchor);
	return arena_failed(j->results_own) ? no_memory(j) : 0;
}

/* Applies an item to o and writes it; an item that cannot be leaves the
 * object as it was (before, NULL for an ADD). */
static int
write_changed(struct job *j, struct output *w, size_t i, struct file_object *o,
    const struct file_object *before)
{
	struct err *why = &j->results[i].err;
	int r = apply_item(j->f, j->scratch, &j->items[i], o, why);

	if (r == 0)
		r = output_check(j->f, &j->header, o, why);
	if (r == ERR_NOMEM)
		return no_memory(j);
	if (r < 0) {
		j->results[i].status = EXPORT_ERROR;
		return before != NULL
			   ? output_object(w, j->scratch, before, j->err)
			   : 0;
	}
	r = output_object(w, j->scratch, o, j->err);
	return r < 0 ? r : finish(j, i, o);
}

static int
second_visit(struct job *j, struct file_object *o, void *ctx)
{
	const struct state *s = state_of(j, o);
	struct file_object before = *o;

	if (s == NULL || j->results[s->item].status == EXPORT_ERROR)
		return output_object(ctx, j->scratch, o, j->err);
	if (j->items[s->item].op == DELTA_DELETE)
		return finish(j, s->item, NULL);
	before.values = arena_array(j->scratch, o->count, sizeof(*o->values));
	if (before.values == NULL)
		return no_memory(j);
	if (o->count != 0)
		memcpy(before.values, o->values, o->count * sizeof(*o->values));
	return write_changed(j, ctx, s->item, o, &before);
}

static int
write_added(struct job *j, struct output *w)
{
	struct file_object o = {0};
	int r = 0;

	for (size_t i = 0; i < j->n && r == 0; i++) {
		if (j->items[i].op != DELTA_ADD ||
		    j->results[i].status == EXPORT_ERROR)
			continue;
		arena_reset(j->scratch);
		r = write_changed(j, w, i, &o, NULL);
	}
	return r;
}

static int
write_file(struct job *j)
{
	CLEANUP(source_freep)
	struct source *s = NULL;
	CLEANUP(output_freep)
	struct output *w = NULL;
	int r = source_open(j->f, &s, j->err);

	if (r == 0)
		r = output_open(j->f, &j->header, &w, j->err);
	if (r == 0 && s != NULL)
		r = each_object(j, s, second_visit, w);
	if (r == 0)
		r = write_added(j, w);
	if (r < 0 || j->changes == 0)
		return r;
	return output_commit(w, j->err);
}

/* Objects that are not there, and whether anything is left to do. */
static bool
settle(struct job *j)
{
	bool work = false;

	for (size_t i = 0; i < j->n; i++) {
		struct export_result *res = &j->results[i];

		if (j->items[i].op != DELTA_ADD && !j->states[i].found) {
			res->status = EXPORT_GONE;
			(void)err_type(&res->err, ERR_NOENT,
			    "cd-missing-object", "%s: %.*s is not there",
			    j->f->path, TEXT_ARGS(j->items[i].dn));
		}
		work = work || res->status == EXPORT_RETRY;
	}
	return work;
}

static int
first_pass(struct job *j)
{
	CLEANUP(source_freep)
	struct source *s = NULL;
	int r = 0;

	for (size_t i = 0; i < j->n && r == 0; i++)
		r = note_item(j, i);
	if (r == 0)
		r = source_open(j->f, &s, j->err);
	if (r == 0 && s != NULL)
		r = each_object(j, s, first_visit, NULL);
	if (r == 0 && file_is_csv(j->f))
		r = make_header(j, s);
	return r;
}

static int
job_init(struct job *j, struct err *e)
{
	j->err = e;
	j->by_anchor = map_new(false);
	j->by_key = map_new(false);
	j->new_keys = map_new(false);
	j->new_anchors = map_new(false);
	j->arena = arena_new(0);
	j->scratch = arena_new(0);
	if (j->by_anchor == NULL || j->by_key == NULL || j->new_keys == NULL ||
	    j->new_anchors == NULL || j->arena == NULL || j->scratch == NULL)
		return no_memory(j);
	j->states = arena_array(j->arena, j->n, sizeof(*j->states));
	return j->states != NULL ? 0 : no_memory(j);
}

static void
job_clear(struct job *j)
{
	j->by_anchor = map_free(j->by_anchor);
	j->by_key = map_free(j->by_key);
	j->new_keys = map_free(j->new_keys);
	j->new_anchors = map_free(j->new_anchors);
	j->scratch = arena_free(j->scratch);
	j->arena = arena_free(j->arena);
}

/* Nothing was written: what would have been done can be tried again. */
static void
take_back(struct export_result *results, size_t n, int r)
{
	for (size_t i = 0; i < n; i++)
		if (results[i].status == EXPORT_DONE ||
		    results[i].status == EXPORT_RETRY)
			results[i].status = r == ERR_UNCERTAIN
						? EXPORT_UNCERTAIN
						: EXPORT_RETRY;
}

int
file_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e)
{
	struct file *f = (struct file *)c;
	struct job j = {.f = f,
	    .items = items,
	    .results = results,
	    .n = n,
	    .results_own = f->results};
	struct err inner = {0};
	int r;

	if (!f->conf->writable)
		return err_type(e, ERR_REFUSED, "stopped-export-write",
		    "%s: writable is not set", f->path);
	arena_reset(f->results);
	for (size_t i = 0; i < n; i++)
		results[i] = (struct export_result){
		    .status = EXPORT_RETRY, .anchor = TEXT(""), .dn = TEXT("")};
	r = job_init(&j, &inner);
	if (r == 0)
		r = first_pass(&j);
	if (r == 0 && settle(&j))
		r = write_file(&j);
	job_clear(&j);
	if (r < 0) {
		take_back(results, n, r);
		if (e != NULL)
			*e = inner;
	}
	return r;
}
