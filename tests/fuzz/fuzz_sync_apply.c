/* tests/fuzz/fuzz_sync_apply.c -- lines of exported objects, "U S anchor
 * name=value;name=a,b": each is taken or refused, never half of it, and no
 * two objects have one name afterwards. */
#include "fuzz.h"

#include "tenant/sync_rules.h"

#define LINES_MAX 64
#define PARTS_MAX 32

/* What stands before the sign, which is taken too. */
static struct text
part(struct text *in, char sign)
{
	const char *at = in->len == 0 ? NULL : memchr(in->data, sign, in->len);
	struct text out = *in;

	if (at != NULL)
		out.len = (size_t)(at - in->data);
	in->data += at == NULL ? in->len : out.len + 1;
	in->len -= at == NULL ? in->len : out.len + 1;
	return out;
}

static void
attr_of(struct arena *a, struct text in, struct sync_attr *out)
{
	struct text *list = arena_array(a, PARTS_MAX, sizeof(*list));

	*out = (struct sync_attr){.name = part(&in, '='), .type = SYNC_STRING};
	out->text = in;
	if (in.len == 0)
		out->type = SYNC_NIL;
	if (list == NULL || in.len == 0 || memchr(in.data, ',', in.len) == NULL)
		return;
	out->type = SYNC_STRINGS;
	out->list = list;
	while (in.len != 0 && out->n < PARTS_MAX)
		list[out->n++] = part(&in, ',');
}

static void
item_of(struct arena *a, struct text line, struct sync_item *in)
{
	static const struct {
		char sign;
		enum entity kind;
	} kinds[] = {{'U', ENTITY_USER}, {'G', ENTITY_GROUP},
	    {'C', ENTITY_CONTACT}, {'D', ENTITY_DEVICE}, {'P', ENTITY_FOLDER}};
	struct text kind = part(&line, ' '), op = part(&line, ' ');
	struct sync_attr *attrs = arena_array(a, PARTS_MAX, sizeof(*attrs));

	*in = (struct sync_item){.op = SYNC_SET, .attrs = attrs};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kind.len != 0 && kind.data[0] == kinds[i].sign)
			in->kind = kinds[i].kind;
	in->kind_name = kind;
	if (op.len != 0 && op.data[0] == 'D')
		in->op = SYNC_DELETE;
	in->source_anchor = part(&line, ' ');
	while (attrs != NULL && line.len != 0 && in->nattrs < PARTS_MAX)
		attr_of(a, part(&line, ';'), &attrs[in->nattrs++]);
}

/* Every live user is who has its name. */
static void
check_names(struct sync_call *c)
{
	struct tdb *db = c->t->db;
	int64_t rows[LINES_MAX * 2];
	size_t n = 0;
	int r = tdb_run(db, SQL_OBJECT_PAGE, "iii", (int64_t)ENTITY_USER,
	    (int64_t)DIROBJ_LIVE, (int64_t)0);

	for (; r == 1 && n < LINES_MAX * 2; r = tdb_next(db, SQL_OBJECT_PAGE))
		rows[n++] = tdb_int(db, SQL_OBJECT_PAGE, 0);
	tdb_done(db, SQL_OBJECT_PAGE);
	for (size_t i = 0; i < n; i++) {
		struct dirobj o = {0};
		struct text key;
		int64_t owner = 0;

		if (dirobj_by_row(db, rows[i], &o) != 0 ||
		    dirobj_text(&o, "userPrincipalName").len == 0 ||
		    dirobj_key(c->a, UNIQUE_ADDRESS,
			dirobj_text(&o, "userPrincipalName"), &key) != 0 ||
		    dirobj_by_unique(db, UNIQUE_ADDRESS, key, &owner) != 0 ||
		    owner != rows[i])
			abort();
		dirobj_clear(&o);
	}
}

static void
run(struct sync_call *c, struct text in)
{
	for (int i = 0; in.len != 0 && i < LINES_MAX; i++) {
		struct sync_item item;
		struct sync_item_result out;

		item_of(c->a, part(&in, '\n'), &item);
		if (sync_apply(c, &item, &out) != 0)
			abort();
		if (out.error != NULL && out.description.len == 0)
			abort();
	}
	check_names(c);
	if (sync_sweep(c->t, c->a, true) != 0)
		abort();
	check_names(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64U << 20);
	struct tenant t = {.id = "00000000-0000-0000-0000-000000000000",
	    .domains = {{.name = TEXT("x.onmicrosoft.com"), .is_initial = true},
		{.name = TEXT("x.test"), .is_default = true},
		{.name = TEXT("fed.test"), .federated = true}},
	    .ndomains = 3,
	    .max_objects = 1000};
	struct sync_call c = {.t = &t, .a = a, .now_ms = 1796072720000};
	struct text in = {(const char *)data, size};

	/* JSON holds UTF-8 alone, as the service's messages do. */
	if (a != NULL && text_is_utf8(in) &&
	    tdb_open(":memory:", true, &t.db, NULL) == 0) {
		t.a = a;
		if (tdb_begin(t.db, true) != 0 ||
		    sync_settings_load(&t, a, &c.settings) != 0)
			abort();
		run(&c, in);
	}
	t.db = tdb_close(t.db);
	(void)arena_free(a);
	return 0;
}
