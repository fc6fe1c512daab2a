/* connectors/skeleton/skeleton.c -- see skeleton.h. */
#include "connectors/skeleton/skeleton.h"

#define OBJECTS_MAX 3U

/* ---- The directory: yours is behind a protocol of proto/ ---- */

static const struct object {
	unsigned changed;   /* when: what a watermark is made of */
	const char *anchor; /* what never changes: not the name */
	const char *type;
	const char *dn;
	const char *display_name;
	const char *mail;
	const char *member; /* a reference, by the target's DN */
} objects[OBJECTS_MAX] = {
    {1, "1001", "user", "cn=anna", "Anna", "anna@example.com", NULL},
    {3, "1002", "user", "cn=bruno", "Bruno", NULL, NULL},
    {2, "2001", "group", "cn=staff", "Staff", NULL, "cn=anna"},
};

/* ---- An open one ---- */

/* Begins with struct connector; what follows is yours: a session, tables made
 * at open.  env is copied, what it points to outlives the connector. */
struct skeleton {
	struct connector base;
	struct connector_env env;
};

static void
skeleton_close(struct connector *c)
{
	free(c);
}

/* Connect, log in, look whether all that is configured is there and may be
 * read, and say in one line what a person must change where it may not:
 * ERR_CONFIG, ERR_AUTH, ERR_TLS, ERR_ACCESS; ERR_CONNECT is tried again. */
static int
skeleton_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	struct skeleton *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	k->base.kind = &skeleton_connector_kind;
	k->env = *env;
	*out = &k->base;
	return 0;
}

/* ---- What it has ---- */

static const struct {
	const char *name;
	enum value_type type;
	bool multi;
} attributes[] = {
    {"displayName", VALUE_STRING, false},
    {"mail", VALUE_STRING, false},
    {"member", VALUE_REFERENCE, true},
};

/* Ask the directory where it can tell; a table where it cannot. */
static int
skeleton_schema(struct connector *c, struct schema *s, struct err *e)
{
	struct names *names = ((struct skeleton *)c)->env.names;
	static const char *const types[] = {"user", "group"};
	int r = 0;

	for (size_t i = 0;
	     r == 0 && i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		struct schema_attr attr = {
		    .type = attributes[i].type, .multi = attributes[i].multi};

		r = names_intern(
		    names, text_of(attributes[i].name), &attr.name);
		if (r == 0)
			r = schema_add(s, attr, e);
	}
	for (size_t i = 0; r == 0 && i < sizeof(types) / sizeof(types[0]);
	     i++) {
		uint32_t type;

		r = names_intern(names, text_of(types[i]), &type);
		if (r == 0)
			r = schema_add_type(s, type);
	}
	return r;
}

static int
skeleton_partitions(struct connector *c, struct partition **out,
    size_t *out_count, struct err *e)
{
	struct skeleton *k = (struct skeleton *)c;
	struct partition *p = arena_alloc(k->env.arena, sizeof(*p));

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*p = (struct partition){.name = TEXT("default"), .selected = true};
	*out = p;
	*out_count = 1;
	return 0;
}

/* ---- Import ---- */

struct import_job {
	struct skeleton *k;
	const struct import_request *req;
	struct arena *arena; /* of one batch */
};

/* The number of name where the plan reads it, else 0: what nobody reads is
 * not even asked for. */
static uint32_t
wanted(const struct import_job *j, const char *name)
{
	uint32_t id = names_find(j->k->env.names, text_of(name));

	for (size_t i = 0; i < j->req->wanted_count; i++)
		if (j->req->wanted[i] == id)
			return id;
	return 0;
}

static int
add(const struct import_job *j, struct entry *out, const char *name,
    const char *text)
{
	uint32_t id = wanted(j, name);

	if (id == 0 || text == NULL)
		return 0;
	return attrs_add(
	    j->arena, &out->attrs, id, value_string(text_of(text)));
}

static int
entry_fill(
    const struct import_job *j, const struct object *o, struct entry *out)
{
	uint32_t member = wanted(j, "member");
	int r;

	*out = (struct entry){.kind = ENTRY_OBJECT,
	    .dn = text_of(o->dn),
	    .anchor = text_of(o->anchor)};
	r = names_intern(j->k->env.names, text_of(o->type), &out->type);
	if (r == 0)
		r = add(j, out, "displayName", o->display_name);
	if (r == 0)
		r = add(j, out, "mail", o->mail);
	if (r == 0 && member != 0 && o->member != NULL)
		r = attrs_add(j->arena, &out->attrs, member,
		    value_reference_dn(text_of(o->member)));
	return r;
}

/* What everything read so far comes up to.  A full import takes it before it
 * reads the first object, so that what changes meanwhile comes again. */
static int
watermark_now(struct skeleton *k, struct text *out, struct err *e)
{
	unsigned last = 0;
	const char *p;

	for (size_t i = 0; i < OBJECTS_MAX; i++)
		if (objects[i].changed > last)
			last = objects[i].changed;
	p = arena_printf(k->env.arena, "%u", last);
	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out = text_of(p);
	return 0;
}

/* A stream: batches of at most import_batch, each forgotten when the sink
 * returns.  Success means that everything was read; whatever broke on the way
 * is an error, since an object that does not come is taken for deleted.  One
 * object that cannot be read is an ENTRY_ERROR, which prevents that too. */
static int
skeleton_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *arena = arena_new(0);
	struct import_job j = {
	    .k = (struct skeleton *)c, .req = req, .arena = arena};
	const struct connector_env *env = &j.k->env;
	int r = arena != NULL ? 0 : ERR_NOMEM;

	*out = (struct import_reply){0};
	if (r == 0)
		r = watermark_now(j.k, &out->watermark, e);
	if (!text_is(req->partition, "default"))
		return err_type(e, ERR_CONFIG, "no-start-bad-ma-configuration",
		    "there is no partition \"%.*s\"",
		    TEXT_ARGS(req->partition));
	for (size_t i = 0; r == 0 && i < OBJECTS_MAX; i++) {
		struct entry one;

		if (env->cancelled != NULL && env->cancelled(env->cancel_ctx))
			return err_set(e, ERR_CANCELLED, "stopped");
		r = entry_fill(&j, &objects[i], &one);
		if (r != 0)
			return err_set(e, r, "out of memory");
		r = sink->entries(sink->ctx, &one, 1, e);
		arena_reset(arena);
	}
	return r;
}

/* ---- Deltas: leave them out where your directory cannot tell ---- */

/* Objects as a whole are enough; ENTRY_CHANGE is for a directory that tells
 * single values.  What is gone is an ENTRY_DELETED. */
static int
skeleton_delta_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *arena = arena_new(0);
	struct import_job j = {
	    .k = (struct skeleton *)c, .req = req, .arena = arena};
	int64_t since = 0;
	int r = arena != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	*out = (struct import_reply){0};
	if (text_to_int64(req->watermark, &since) < 0)
		return err_type(e, ERR_CONFIG, "no-start-full-import-required",
		    "\"%.*s\" is no watermark", TEXT_ARGS(req->watermark));
	if (r == 0)
		r = watermark_now(j.k, &out->watermark, e);
	for (size_t i = 0; r == 0 && i < OBJECTS_MAX; i++) {
		struct entry one;

		if (objects[i].changed <= since)
			continue;
		r = entry_fill(&j, &objects[i], &one);
		if (r == 0)
			r = sink->entries(sink->ctx, &one, 1, e);
		arena_reset(arena);
	}
	return r;
}

static int
skeleton_read_object(struct connector *c, const struct import_request *req,
    const struct entry *which, struct arena *a, struct entry *out,
    struct err *e)
{
	struct import_job j = {
	    .k = (struct skeleton *)c, .req = req, .arena = a};
	int r;

	for (size_t i = 0; i < OBJECTS_MAX; i++) {
		if (!text_is(which->anchor, objects[i].anchor) &&
		    !text_is(which->dn, objects[i].dn))
			continue;
		r = entry_fill(&j, &objects[i], out);
		return r < 0 ? err_set(e, r, "out of memory") : 1;
	}
	return 0;
}

/* ---- The kind ---- */

static const struct connector_ops skeleton_ops = {
    .open = skeleton_open,
    .close = skeleton_close,
    .schema = skeleton_schema,
    .partitions = skeleton_partitions,
    .full_import = skeleton_full_import,
    .delta_import = skeleton_delta_import,
    .read_object = skeleton_read_object,
    /* .export and .can_export: where it is written to, with CAN_EXPORT */
};

const struct connector_kind skeleton_connector_kind = {
    .name = "skeleton",
    .title = "A connector to begin from",
    .can = CAN_DELTA_IMPORT,
    .import_batch = 1,
    .export_batch = 1,
    .ops = &skeleton_ops,
};
