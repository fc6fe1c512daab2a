/* engine/discover.c -- see discover.h. */
#include "engine/discover.h"

#include <stdio.h>

#include "base/log.h"
#include "model/dn.h"

#define KEPT_VERSION 1
#define KEPT_MAX     (16U << 20)

#define PARAMETERS_MAX 512U /* that a directory tells */
#define PARTITIONS_MAX 128U

int
discover_row(struct setup *s, size_t i, bool write, struct err *e)
{
	struct engine_connector *c = &s->connectors[i];
	struct store_connector row = {0}, *rows;
	size_t n;
	int r;

	if (write) {
		r = store_connector_ensure(s->store, c->name,
		    c->conf != NULL ? c->conf->kind : TEXT("vendor"), &row, e);
		c->id = row.id;
		return r;
	}
	r = store_connector_list(s->store, s->arena, &rows, &n, e);
	for (size_t k = 0; k < n && r == 0; k++)
		if (text_equal(rows[k].name, c->name))
			c->id = rows[k].id;
	return r;
}

/* ---- The kept form: types, then attributes, by name ---- */

static void
put_text(struct buf *b, struct text t)
{
	buf_varint(b, t.len);
	buf_text_add(b, t);
}

static void
encode_schema(const struct schema *sc, const struct names *names, struct buf *b)
{
	buf_putc(b, KEPT_VERSION);
	buf_varint(b, schema_type_count(sc));
	for (size_t i = 0; i < schema_type_count(sc); i++)
		put_text(b, names_text(names, schema_type_at(sc, i)));
	buf_varint(b, schema_count(sc));
	for (size_t i = 0; i < schema_count(sc); i++) {
		const struct schema_attr *a = schema_at(sc, i);

		put_text(b, names_text(names, a->name));
		buf_putc(b, (char)a->type);
		buf_putc(b, (char)((a->multi ? 1 : 0) | (a->read_only ? 2 : 0) |
				   (a->indexed ? 4 : 0)));
	}
}

/* Whether the configuration lets objects of the type go through the connector:
 * what it has taken out is not known any more. */
static bool
goes_through(const struct setup *s, size_t i, struct text type)
{
	const struct conf_connector *conf = s->connectors[i].conf;
	const struct conf_texts *types =
	    conf == NULL ? NULL : &conf->cloud.types;

	for (size_t k = 0; types != NULL && k < types->count; k++)
		if (text_equal(types->items[k], type))
			return true;
	return types == NULL || types->count == 0;
}

/* Where the reading of a kept schema stands. */
struct kept {
	const struct setup *setup;
	size_t connector;
	struct text in;
	size_t pos;
	struct names *names;
	struct schema *out;
};

static int
get_text(struct text in, size_t *pos, struct text *out)
{
	uint64_t len;

	if (varint_get(in, pos, &len) < 0 || len > in.len - *pos)
		return ERR_SYNTAX;
	*out = (struct text){in.data + *pos, (size_t)len};
	*pos += (size_t)len;
	return 0;
}

static int
get_name(struct kept *k, uint32_t *out)
{
	struct text t;
	int r = get_text(k->in, &k->pos, &t);

	return r < 0 ? r : names_intern(k->names, t, out);
}

static int
get_types(struct kept *k)
{
	uint64_t n;
	uint32_t name;
	int r = varint_get(k->in, &k->pos, &n);

	for (uint64_t i = 0; r == 0 && i < n; i++) {
		r = get_name(k, &name);
		if (r == 0 && goes_through(k->setup, k->connector,
				  names_text(k->names, name)))
			r = schema_add_type(k->out, name);
	}
	return r;
}

static int
get_attr(struct kept *k)
{
	struct schema_attr a = {0};
	unsigned char flags;
	int r = get_name(k, &a.name);

	if (r < 0 || k->in.len - k->pos < 2)
		return r < 0 ? r : ERR_SYNTAX;
	a.type = (enum value_type)k->in.data[k->pos++];
	flags = (unsigned char)k->in.data[k->pos++];
	a.multi = (flags & 1) != 0;
	a.read_only = (flags & 2) != 0;
	a.indexed = (flags & 4) != 0;
	return schema_add(k->out, a, NULL);
}

static int
decode_schema(struct kept *k)
{
	uint64_t n = 0;
	int r;

	if (k->in.len == 0 || k->in.data[0] != KEPT_VERSION)
		return ERR_SYNTAX;
	k->pos = 1;
	r = get_types(k);
	if (r == 0)
		r = varint_get(k->in, &k->pos, &n);
	for (uint64_t i = 0; r == 0 && i < n; i++)
		r = get_attr(k);
	return r;
}

/* ---- Asking, keeping, loading ---- */

static void
key_of(const struct setup *s, size_t i, const char *what, char out[static 128])
{
	(void)snprintf(
	    out, 128, "%s.%lld", what, (long long)s->connectors[i].id);
}

static int
keep(struct setup *s, size_t i, const char *what, struct text value,
    struct err *e)
{
	char key[128];

	key_of(s, i, what, key);
	return store_meta_keep(s->store, key, value, e);
}

struct partitions {
	struct text *list;
	size_t count;
};

/* Those that the connector told when it was asked. */
static int
kept_partitions(struct setup *s, size_t i, struct partitions *out)
{
	struct text in = TEXT("");
	size_t pos = 0;
	char key[128];

	key_of(s, i, "selected-partitions", key);
	if (store_meta_get(s->store, s->arena, key, &in, NULL) < 0)
		return 0;
	out->list = arena_array(s->arena, PARTITIONS_MAX, sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	while (pos < in.len && out->count < PARTITIONS_MAX &&
	       get_text(in, &pos, &out->list[out->count]) == 0)
		out->count++;
	return 0;
}

static int
partitions_of(struct setup *s, size_t i, struct partitions *out)
{
	const struct conf_ldap *l = &s->connectors[i].conf->ldap;
	size_t n = l->partitions.count;

	*out = (struct partitions){0};
	if (n == 0 && l->base.len == 0)
		return kept_partitions(s, i, out);
	out->list = arena_array(s->arena, n + 1, sizeof(*out->list));
	if (out->list == NULL)
		return ERR_NOMEM;
	for (size_t k = 0; k < n; k++)
		out->list[out->count++] = l->partitions.items[k].dn;
	if (n == 0)
		out->list[out->count++] = l->base;
	return 0;
}

static int
ask_partitions(struct setup *s, size_t i, struct connector *c, struct err *e)
{
	struct partition *list = NULL;
	struct buf b;
	size_t n = 0;
	int r = c->kind->ops->partitions(c, &list, &n, e);

	buf_init(&b, KEPT_MAX);
	for (size_t k = 0; k < n && r == 0; k++)
		if (list[k].selected && list[k].name.len != 0)
			put_text(&b, list[k].name);
	if (r == 0)
		r = buf_error(&b) != 0
			? buf_error(&b)
			: keep(s, i, "selected-partitions", buf_text(&b), e);
	buf_clear(&b);
	return r;
}

/* The classes that a connector's schema was asked for with: where others are
 * configured since, it has types that are not kept. */
static struct text
classes_of(const struct setup *s, size_t i)
{
	const struct conf_connector *conf = s->connectors[i].conf;
	size_t n = conf != NULL ? conf->ldap.object_classes.count : 0;
	struct text out;
	struct buf b;

	buf_init(&b, KEPT_MAX);
	for (size_t k = 0; k < n; k++)
		put_text(&b, conf->ldap.object_classes.items[k]);
	out = text_dup(s->arena, buf_text(&b));
	buf_clear(&b);
	return out;
}

static bool
has_other_classes(const struct setup *s, size_t i)
{
	struct text kept = TEXT("");
	char key[128];

	key_of(s, i, "schema-classes", key);
	return store_meta_get(s->store, s->arena, key, &kept, NULL) == 0 &&
	       !text_equal(kept, classes_of(s, i));
}

/* Pairs of name and value, one after the other; those of a domain with the
 * partition behind the name. */
struct told {
	struct buf b;
	struct text partition;
};

static int
put_parameter(void *ctx, struct text name, struct text value)
{
	struct told *t = ctx;
	struct buf full;

	buf_init(&full, KEPT_MAX);
	buf_text_add(&full, name);
	if (text_starts_nocase(name, "Domain.")) {
		buf_putc(&full, '@');
		buf_text_add(&full, t->partition);
	}
	put_text(&t->b, buf_text(&full));
	buf_clear(&full);
	put_text(&t->b, value);
	return 0;
}

/* A partition that is a container below a domain has none of its own. */
static int
ask_parameters(struct setup *s, size_t i, struct connector *c, struct err *e)
{
	struct partitions list;
	struct told t = {0};
	int r = partitions_of(s, i, &list);

	if (r < 0)
		return err_set(e, r, "out of memory");
	if (c->kind->ops->parameters == NULL || list.count == 0)
		return 0;
	buf_init(&t.b, KEPT_MAX);
	for (size_t k = 0; k < list.count && r == 0; k++) {
		struct err why = {0};

		t.partition = list.list[k];
		r = c->kind->ops->parameters(
		    c, t.partition, put_parameter, &t, &why);
		if (r == ERR_CONFIG)
			r = 0;
		else if (r < 0)
			r = err_type(e, r, why.type, "%s", why.text);
	}
	if (r == 0)
		r = buf_error(&t.b) != 0
			? buf_error(&t.b)
			: keep(s, i, "parameters", buf_text(&t.b), e);
	buf_clear(&t.b);
	return r;
}

/* What a directory once had stays known.  The schema of a file is what it
 * holds: one that is suddenly empty, or in which an attribute has no value
 * left, must not take rules away, which would recall what they gave. */
static int
add_known(const struct schema *known, struct schema *out, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < schema_type_count(known) && r == 0; i++)
		if (!schema_has_type(out, schema_type_at(known, i)))
			r = schema_add_type(out, schema_type_at(known, i));
	for (size_t i = 0; i < schema_count(known) && r == 0; i++)
		if (schema_find(out, schema_at(known, i)->name) == NULL)
			r = schema_add(out, *schema_at(known, i), e);
	return r;
}

static int
ask(struct setup *s, size_t i, struct schema *out, struct err *e)
{
	CLEANUP(connector_freep)
	struct connector *c = NULL;
	struct buf b;
	int r = setup_connect(s, i, &c, e);

	if (r == 0)
		r = c->kind->ops->schema(c, out, e);
	if (r == 0 && s->schemas[i] != NULL)
		r = add_known(s->schemas[i], out, e);
	if (r == 0)
		r = ask_partitions(s, i, c, e);
	if (r == 0)
		r = ask_parameters(s, i, c, e);
	if (r == 0)
		r = keep(s, i, "schema-classes", classes_of(s, i), e);
	if (r < 0)
		return r;
	buf_init(&b, KEPT_MAX);
	encode_schema(out, store_names(s->store), &b);
	r = buf_error(&b);
	if (r == 0)
		r = keep(s, i, "schema", buf_text(&b), e);
	buf_clear(&b);
	return r;
}

static int
load(struct setup *s, size_t i, struct schema *out, bool *found, struct err *e)
{
	struct kept k = {.setup = s,
	    .connector = i,
	    .names = store_names(s->store),
	    .out = out};
	char key[128];
	int r;

	*found = false;
	key_of(s, i, "schema", key);
	r = store_meta_get(s->store, s->arena, key, &k.in, e);
	if (r < 0 || k.in.len == 0)
		return r;
	*found = decode_schema(&k) == 0; /* damaged: ask again */
	return 0;
}

static bool
to_refresh(const struct setup *s, size_t i)
{
	return s->refresh_all ||
	       (s->refresh.len != 0 &&
		   text_equal_nocase(s->refresh, s->connectors[i].name));
}

static void
told(const struct setup *s, size_t i, const struct err *e)
{
	char *name = arena_strndup(
	    s->arena, s->connectors[i].name.data, s->connectors[i].name.len);

	log_event(LOG_WARN, "connector.schema.unknown", "connector",
	    name != NULL ? name : "", "why", e->text, NULL);
}

static void
set_schema(struct setup *s, size_t i, struct schema *sc)
{
	(void)schema_free(s->schemas[i]);
	s->schemas[i] = sc;
	s->connectors[i].schema = sc;
}

static int
load_kept(struct setup *s, size_t i, struct err *e)
{
	struct schema *sc = schema_new();
	bool found = false;
	int r = sc != NULL ? load(s, i, sc, &found, e)
			   : err_set(e, ERR_NOMEM, "out of memory");

	if (r < 0 || !found)
		sc = schema_free(sc);
	set_schema(s, i, sc);
	return r;
}

/* A connector that cannot be reached now is told, and goes on as it was. */
static int
ask_locked(struct setup *s, size_t i, struct err *e)
{
	struct schema *fresh = schema_new();
	struct err why = {0};
	int r;

	if (fresh == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = store_lock(s->store, "reading a schema", e);
	if (r < 0) {
		(void)schema_free(fresh);
		return r;
	}
	r = ask(s, i, fresh, &why);
	store_unlock(s->store);
	if (r == 0) {
		set_schema(s, i, fresh);
		return 0;
	}
	(void)schema_free(fresh);
	told(s, i, &why);
	return 0;
}

/* A type that the configuration lets through since the schema was kept. */
static bool
lacks_type(const struct setup *s, size_t i)
{
	const struct conf_connector *conf = s->connectors[i].conf;
	const struct names *names = store_names(s->store);

	for (size_t k = 0; conf != NULL && k < conf->cloud.types.count; k++)
		if (!schema_has_type(s->schemas[i],
			names_find(names, conf->cloud.types.items[k])))
			return true;
	return false;
}

int
discover_schemas(struct setup *s, bool may_ask, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->connector_count && r == 0; i++)
		r = load_kept(s, i, e);
	for (size_t i = 0; i < s->connector_count && r == 0 && may_ask; i++)
		if (s->schemas[i] == NULL || to_refresh(s, i) ||
		    lacks_type(s, i) || has_other_classes(s, i))
			r = ask_locked(s, i, e);
	return r;
}

/* ---- Parameters ---- */

struct params {
	struct text *list;
	size_t count;
};

/* Without the partition behind it. */
static struct text
bare(struct text name)
{
	const char *at = memchr(name.data, '@', name.len);

	return at != NULL ? (struct text){name.data, (size_t)(at - name.data)}
			  : name;
}

static void
add_param(struct params *p, struct text name, struct text value)
{
	if (value.len == 0)
		return;
	for (size_t i = 0; i < p->count; i++)
		if (text_equal(p->list[2 * i], bare(name)))
			return; /* the configuration's came first */
	p->list[2 * p->count] = name;
	p->list[2 * p->count + 1] = value;
	p->count++;
}

static struct text
connector_guid(struct setup *s, size_t i)
{
	struct store_connector *rows;
	char text[GUID_TEXT_LEN + 1];
	char *p;
	size_t n;

	if (store_connector_list(s->store, s->arena, &rows, &n, NULL) < 0)
		return TEXT("");
	for (size_t k = 0; k < n; k++) {
		if (rows[k].id != s->connectors[i].id)
			continue;
		guid_format(&rows[k].guid, text);
		p = arena_printf(s->arena, "{%s}", text);
		return text_of(p);
	}
	return TEXT("");
}

/* What the directory told when its schema was asked for. */
static void
add_told(struct setup *s, size_t i, struct params *p, size_t room)
{
	struct text in, name, value;
	char key[128];
	size_t pos = 0;

	key_of(s, i, "parameters", key);
	if (store_meta_get(s->store, s->arena, key, &in, NULL) < 0)
		return;
	while (pos < in.len && p->count < room)
		if (get_text(in, &pos, &name) == 0 &&
		    get_text(in, &pos, &value) == 0)
			add_param(p, name, value);
		else
			return;
}

int
discover_parameters(struct setup *s, size_t i, struct plan_connector *out)
{
	const struct conf_connector *conf = s->connectors[i].conf;
	struct params p = {0};
	struct partitions partitions;
	size_t room = conf->parameters.count + PARAMETERS_MAX;
	int r = partitions_of(s, i, &partitions);

	p.list = arena_array(s->arena, 2 * room, sizeof(*p.list));
	if (r < 0 || p.list == NULL)
		return ERR_NOMEM;
	for (size_t k = 0; k < conf->parameters.count; k++)
		add_param(&p, conf->parameters.items[k].name,
		    conf->parameters.items[k].value);
	add_told(s, i, &p, room);
	*out = (struct plan_connector){
	    .name = s->connectors[i].name,
	    .kind = conf->kind,
	    .schema = s->schemas[i],
	    .id = connector_guid(s, i),
	    .partitions = partitions.list,
	    .partition_count = partitions.count,
	    .params = p.list,
	    .param_count = p.count,
	};
	return 0;
}
