/* connectors/file/file.c -- see file.h: the connector's table, its types. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "connectors/file/file_int.h"

/* Attributes that LDIF of a known directory has, and that are no text or
 * hold one value (RFC 4519, MS-ADA1 to ADA3). */
static const struct {
	const char *names; /* with a blank between */
	struct file_type type;
} known[] = {
    {"member uniqueMember memberOf directReports managedObjects owner "
     "seeAlso roleOccupant publicDelegates authOrig unauthOrig "
     "dLMemSubmitPerms dLMemRejectPerms msExchModeratedByLink "
     "msExchBypassModerationLink msExchCoManagedByLink "
     "msExchBypassModerationFromDLMembersLink msExchDelegateListLink "
     "msExchTeamMailboxOwners",
	{VALUE_REFERENCE, true, true}},
    {"manager assistant secretary managedBy altRecipient",
	{VALUE_REFERENCE, false, true}},
    {"objectGUID objectSid mS-DS-ConsistencyGuid thumbnailPhoto "
     "thumbnailLogo msExchMailboxGuid msExchArchiveGUID "
     "msExchSafeSendersHash msExchSafeRecipientsHash "
     "msExchBlockedSendersHash securityIdentifier mS-DS-CreatorSID "
     "msExchMasterAccountSid msRTCSIP-OriginatorSid msDS-CloudAnchor "
     "msDS-DeviceID",
	{VALUE_BINARY, false, true}},
    {"userCertificate userSMIMECertificate cACertificate jpegPhoto photo "
     "sIDHistory userPassword audio",
	{VALUE_BINARY, true, true}},
    {"userAccountControl groupType sAMAccountType primaryGroupID "
     "uSNChanged uSNCreated pwdLastSet accountExpires lastLogonTimestamp "
     "uidNumber gidNumber msExchRecipientTypeDetails "
     "msExchRecipientDisplayType msExchRemoteRecipientType "
     "msExchELCMailboxFlags msExchModerationFlags msExchResourceCapacity "
     "msDS-HABSeniorityIndex msRTCSIP-OptionFlags countryCode",
	{VALUE_INTEGER, false, true}},
    {"isCriticalSystemObject msExchHideFromAddressLists "
     "msExchRequireAuthToSendTo hideDLMembership oOFReplyToOriginator "
     "reportToOriginator reportToOwner isDeleted msExchEnableModeration "
     "msRTCSIP-UserEnabled",
	{VALUE_BOOLEAN, false, true}},
};

bool
file_is_csv(const struct file *f)
{
	return f->conf->format == CONF_FORMAT_CSV;
}

struct file_type
file_type_of(const struct file *f, struct text name)
{
	const struct file_type *t = map_get(f->types, name);

	/* undeclared: a text; LDIF takes as many values as there are */
	return t != NULL ? *t
			 : (struct file_type){
			       .type = VALUE_STRING, .multi = !file_is_csv(f)};
}

const struct ldif_value *
object_find(const struct file_object *o, struct text name)
{
	for (size_t i = 0; i < o->count; i++)
		if (text_equal_nocase(o->values[i].name, name))
			return &o->values[i];
	return NULL;
}

int
object_add(
    struct arena *a, struct file_object *o, struct text name, struct text value)
{
	if (o->count == LDIF_MAX_VALUES)
		return ERR_LIMIT;
	if (o->count == o->size) {
		size_t size = o->size != 0 ? o->size * 2 : 16;
		struct ldif_value *v = arena_array(a, size, sizeof(*v));

		if (v == NULL)
			return ERR_NOMEM;
		if (o->count != 0)
			memcpy(v, o->values, o->count * sizeof(*v));
		o->values = v;
		o->size = size;
	}
	o->values[o->count++] =
	    (struct ldif_value){.name = name, .value = value, .line = o->line};
	return 0;
}

/* ---- Types ---- */

static int
set_type(struct file *f, struct text name, struct file_type type)
{
	struct file_type *t = arena_alloc(f->env.arena, sizeof(*t));

	if (t == NULL)
		return ERR_NOMEM;
	*t = type;
	return map_put(f->types, name, t);
}

static int
set_known(struct file *f, struct text names, struct file_type type)
{
	int r = 0;

	while (names.len > 0 && r == 0) {
		const char *blank = memchr(names.data, ' ', names.len);
		size_t n =
		    blank != NULL ? (size_t)(blank - names.data) : names.len;

		r = set_type(f, (struct text){names.data, n}, type);
		n += blank != NULL ? 1 : 0;
		names = (struct text){names.data + n, names.len - n};
	}
	return r;
}

/* "string list": conf/ has checked the words. */
static int
set_declared(struct file *f, const struct conf_pair *p)
{
	struct file_type t = {.declared = true};
	struct text word = p->value;

	t.multi = text_ends_nocase(word, " list");
	if (t.multi)
		word.len -= strlen(" list");
	if (value_type_parse(word, &t.type) < 0)
		return ERR_CONFIG;
	return set_type(f, p->name, t);
}

static int
set_types(struct file *f)
{
	const struct conf_map *m = &f->conf->attribute_types;
	int r = 0;

	if (!file_is_csv(f))
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (r == 0)
				r = set_known(
				    f, text_of(known[i].names), known[i].type);
	for (size_t i = 0; i < m->count && r == 0; i++)
		r = set_declared(f, &m->items[i]);
	return r;
}

/* ---- Open and close ---- */

static void
file_close(struct connector *c)
{
	struct file *f = (struct file *)c;

	f->scope = scope_free(f->scope);
	f->types = map_free(f->types);
	f->results = arena_free(f->results);
	if (f->bell >= 0)
		(void)close(f->bell);
	free(f);
}

/* The path, absolute and without links: a new file takes the place of the
 * old one, not of a link to it. */
static int
find_path(struct file *f)
{
	char real[PATH_MAX];
	struct text path;
	int r = conf_resolve(
	    f->env.arena, text_of(f->env.config_dir), f->conf->path, &path);

	if (r < 0)
		return r;
	f->path = realpath(path.data, real) != NULL
		      ? arena_strdup(f->env.arena, real)
		      : path.data;
	return f->path != NULL ? 0 : ERR_NOMEM;
}

static int
set_up(struct file *f)
{
	const struct conf_file *c = f->conf;
	int r;

	f->types = map_new(true);
	f->scope = scope_new(c->include.items, c->include.count,
	    c->exclude.items, c->exclude.count);
	f->results = arena_new(0);
	if (f->types == NULL || f->scope == NULL || f->results == NULL)
		return ERR_NOMEM;
	f->refs_by_anchor = c->references == CONF_REFERENCE_ANCHOR ||
			    (c->references == CONF_REFERENCE_AUTO &&
				file_is_csv(f) && c->dn.len == 0);
	r = find_path(f);
	return r < 0 ? r : set_types(f);
}

static int
file_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	struct file *f = calloc(1, sizeof(*f));
	CLEANUP(source_freep)
	struct source *s = NULL;
	int r;

	if (f == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	f->base.kind = &file_connector_kind;
	f->bell = -1;
	f->env = *env;
	f->conf = &env->conf->file;
	r = set_up(f);
	if (r < 0)
		err_set(e, r, "cannot be set up (%s)", err_name(r));
	else
		r = source_open(f, &s, e);
	if (r < 0) {
		file_close(&f->base);
		return r;
	}
	*out = &f->base;
	return 0;
}

static int
file_partitions(struct connector *c, struct partition **out, size_t *out_count,
    struct err *e)
{
	struct file *f = (struct file *)c;
	struct partition *p = arena_alloc(f->env.arena, sizeof(*p));

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*p = (struct partition){.name = TEXT("default"), .selected = true};
	*out = p;
	*out_count = 1;
	return 0;
}

/* ---- Schema: what is declared, and what the file holds ---- */

struct discovery {
	struct file *f;
	struct schema *schema;
	struct map *multi; /* undeclared attributes: once or more an object */
	struct err *err;
};

static char once, more; /* their addresses are the map's values */

static int
declare(struct discovery *d, struct text name, struct file_type type)
{
	struct schema_attr attr = {.type = type.type, .multi = type.multi};
	int r = names_intern_nocase(d->f->env.names, name, &attr.name);

	if (r < 0)
		return err_set(d->err, r, "attribute %.*s: %s",
		    (int)(name.len < 100 ? name.len : 100), name.data,
		    err_name(r));
	if (schema_find(d->schema, attr.name) != NULL)
		return 0;
	return schema_add(d->schema, attr, d->err);
}

static int
declare_found(void *ctx, struct text name, void *value)
{
	struct discovery *d = ctx;
	struct file_type t = file_type_of(d->f, name);

	if (!t.declared)
		t.multi = value == &more;
	return declare(d, name, t);
}

static int
declare_type(struct discovery *d, struct text name)
{
	uint32_t type;
	int r = names_intern(d->f->env.names, name, &type);

	if (r == 0)
		r = schema_add_type(d->schema, type);
	return r < 0 ? err_set(d->err, r, "object type: %s", err_name(r)) : 0;
}

static int
note_object(struct discovery *d, const struct file_object *o)
{
	int r = o->type.len != 0 ? declare_type(d, o->type) : 0;

	for (size_t i = 0; i < o->count && r == 0; i++) {
		struct text name = o->values[i].name;
		bool again =
		    (i > 0 && text_equal_nocase(o->values[i - 1].name, name)) ||
		    object_find(o, name) != &o->values[i];

		if (again || map_get(d->multi, name) == NULL)
			r = map_put(d->multi, name, again ? &more : &once);
	}
	return r < 0 ? err_set(d->err, r, "out of memory") : 0;
}

static int
discover(struct discovery *d, struct source *s)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct file_object o;
	int r = a != NULL ? 0 : ERR_NOMEM;

	while (r == 0) {
		int n;

		arena_reset(a);
		n = source_next(s, a, &o, NULL);
		if (n == 0)
			break;
		/* bad objects are told by the import */
		if (n < 0 && n != ERR_SYNTAX)
			return err_set(
			    d->err, n, "%s: %s", d->f->path, err_name(n));
		r = n > 0 ? note_object(d, &o) : 0;
	}
	return r;
}

static int
declare_configured(struct discovery *d)
{
	const struct conf_file *c = d->f->conf;
	int r = 0;

	for (size_t i = 0; i < c->attribute_types.count && r == 0; i++) {
		struct text name = c->attribute_types.items[i].name;

		r = declare(d, name, file_type_of(d->f, name));
	}
	if (r == 0 && c->anchor.len != 0)
		r = declare(d, c->anchor, file_type_of(d->f, c->anchor));
	if (!file_is_csv(d->f))
		for (size_t i = 0; i < c->object_classes.count && r == 0; i++)
			r = declare_type(d, c->object_classes.items[i]);
	else if (r == 0 && c->type_column.len == 0)
		r = declare_type(d, c->type.len != 0 ? c->type : TEXT("user"));
	for (size_t i = 0; i < c->type_values.count && r == 0; i++)
		r = declare_type(d, c->type_values.items[i].value);
	return r;
}

static int
file_schema(struct connector *c, struct schema *schema, struct err *e)
{
	CLEANUP(source_freep)
	struct source *s = NULL;
	CLEANUP(map_freep)
	struct map *multi = map_new(true);
	struct discovery d = {
	    .f = (struct file *)c, .schema = schema, .multi = multi, .err = e};
	const struct csv_row *header;
	int r;

	if (multi == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = declare_configured(&d);
	if (r == 0)
		r = source_open(d.f, &s, e);
	if (r < 0 || s == NULL)
		return r;
	header = source_header(s);
	for (size_t i = 0; header != NULL && i < header->count && r == 0; i++)
		if (!text_equal(header->fields[i], d.f->conf->dn))
			r = declare(&d, header->fields[i],
			    file_type_of(d.f, header->fields[i]));
	if (r == 0)
		r = discover(&d, s);
	return r < 0 ? r : map_each(multi, declare_found, &d);
}

static int
file_can_export(
    struct connector *c, const struct export_item *item, struct err *e)
{
	const struct file *f = (struct file *)c;

	(void)item;
	if (f->conf->writable)
		return 0;
	return err_set(e, ERR_REFUSED,
	    "%s may not be written (writable: true would let it)", f->path);
}

static const struct connector_ops ops = {
    .open = file_open,
    .close = file_close,
    .schema = file_schema,
    .partitions = file_partitions,
    .full_import = file_full_import,
    .can_export = file_can_export,
    .export = file_export,
    .watch = file_watch,
};

const struct connector_kind file_connector_kind = {
    .name = "file",
    .title = "LDIF or CSV file",
    .can = CAN_EXPORT | CAN_RENAME | CAN_MAKE_ANCHOR | CAN_WATCH,
    .import_batch = 500,
    .export_batch = 5000,
    .ops = &ops,
};
