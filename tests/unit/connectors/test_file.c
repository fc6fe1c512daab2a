/* tests/unit/connectors/test_file.c -- LDIF and CSV as directories. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "connectors/file/file.h"

/* ---- A connector on a file of its own ---- */

struct rig {
	struct arena *arena;
	struct names *names;
	char dir[32];
	char path[64];
	struct connector_env env;
	struct connector *c;
	struct err err;
	struct buf seen; /* what an import gave, in one text */
	struct import_reply reply;
};

static struct rig
rig_new(void)
{
	struct rig r = {.dir = "/tmp/test_file.XXXXXX"};

	r.arena = arena_new(0);
	r.names = names_new();
	assert_non_null(mkdtemp(r.dir));
	(void)snprintf(r.path, sizeof(r.path), "%s/data", r.dir);
	buf_init(&r.seen, 1U << 20);
	return r;
}

static void
rig_close(struct rig *r)
{
	if (r->c != NULL)
		r->c->kind->ops->close(r->c);
	r->c = NULL;
}

static void
rig_free(struct rig *r)
{
	rig_close(r);
	(void)unlink(r->path);
	assert_int_equal(rmdir(r->dir), 0); /* nothing is left beside it */
	buf_clear(&r->seen);
	r->names = names_free(r->names);
	r->arena = arena_free(r->arena);
}

static void
put_file(const struct rig *r, const char *text)
{
	FILE *f = fopen(r->path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
assert_file(const struct rig *r, const char *text)
{
	static char have[65536];
	FILE *f = fopen(r->path, "re");
	size_t n;

	assert_non_null(f);
	n = fread(have, 1, sizeof(have) - 1, f);
	have[n] = '\0';
	(void)fclose(f);
	assert_string_equal(have, text);
}

/* settings: the connector's, besides name, kind and path. */
static int
rig_open(struct rig *r, const char *settings)
{
	static struct conf_problems problems;
	struct conf *conf = NULL;
	char *yaml = arena_printf(r->arena,
	    "connectors:\n - {name: f, kind: file, path: data, %s}\n",
	    settings);
	char *file = arena_printf(r->arena, "%s/causeway.yaml", r->dir);

	if (conf_parse(file, text_of(yaml), r->arena, &conf, &problems) < 0)
		fail_msg("%s", problems.items[0].text.data);
	if (conf == NULL)
		return ERR_CONFIG;
	rig_close(r);
	r->err = (struct err){0};
	r->env = (struct connector_env){.names = r->names,
	    .arena = r->arena,
	    .conf = &conf->connectors.items[0],
	    .config_dir = r->dir};
	return file_connector_kind.ops->open(&r->env, &r->c, &r->err);
}

static void
show_value(struct rig *r, const struct value *v)
{
	struct text t = TEXT("");

	assert_int_equal(value_format(r->arena, v, &t), 0);
	buf_printf(&r->seen, "%s%.*s",
	    v->type == VALUE_REFERENCE ? (v->by == REF_DN ? "@" : "^") : "",
	    TEXT_ARGS(t));
}

static void
show_object(struct rig *r, const struct entry *en)
{
	buf_printf(&r->seen, "%.*s %.*s %.*s {",
	    TEXT_ARGS(names_text(r->names, en->type)), TEXT_ARGS(en->dn),
	    TEXT_ARGS(en->anchor));
	for (uint32_t k = 0; k < en->attrs.count; k++) {
		const struct attr *a = &en->attrs.items[k];

		buf_printf(&r->seen,
		    "%.*s=", TEXT_ARGS(names_text(r->names, a->name)));
		for (uint32_t v = 0; v < a->count; v++) {
			if (v > 0)
				buf_putc(&r->seen, ',');
			show_value(r, &a->values[v]);
		}
		buf_putc(&r->seen, ';');
	}
	buf_puts(&r->seen, "}\n");
}

/* "type dn anchor {name=value,value;...}"; errors as "!type". */
static int
show_entries(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	struct rig *r = ctx;

	(void)e;
	for (size_t i = 0; i < n; i++) {
		if (list[i].kind == ENTRY_OBJECT)
			show_object(r, &list[i]);
		else
			buf_printf(&r->seen, "!%s %.*s: %s\n", list[i].err.type,
			    TEXT_ARGS(list[i].dn),
			    list[i].err.text + strlen(r->dir));
	}
	return 0;
}

static int
import(struct rig *r, const uint32_t *wanted, size_t count)
{
	const struct import_request req = {.partition = TEXT("default"),
	    .wanted = wanted,
	    .wanted_count = count};
	const struct entry_sink sink = {.entries = show_entries, .ctx = r};

	buf_reset(&r->seen);
	return r->c->kind->ops->full_import(
	    r->c, &req, &sink, &r->reply, &r->err);
}

static const char *
imported(struct rig *r)
{
	assert_int_equal(import(r, NULL, 0), 0);
	return buf_text(&r->seen).data;
}

/* ---- Reading ---- */

static const char people[] =
    "version: 1\n\n"
    "dn: dc=x\nobjectClass: domain\n\n"
    "dn: cn=Ada,ou=a,dc=x\nobjectClass: top\nobjectClass: user\n"
    "objectClass: inetOrgPerson\n"
    "id: 1\ncn: Ada\nmanager: cn=Bob,ou=b,dc=x\n"
    "userAccountControl: 512\njpegPhoto:: AAE=\nmail: a@x\nmail: b@x\n\n"
    "dn: cn=Bob,ou=b,dc=x\nobjectClass: user\nid: 2\nempty:\n\n"
    "dn: cn=pc,ou=a,dc=x\nobjectClass: user\nobjectClass: computer\n"
    "id: 3\n\n"
    "dn: cn=G,ou=b,dc=x\nobjectClass: group\nid: 4\n"
    "member: cn=Ada,ou=a,dc=x\nmember: cn=Bob,ou=b,dc=x\n";

static void
reads_ldif(void **state)
{
	struct rig r = rig_new();
	uint32_t wanted[2] = {0};

	(void)state;
	put_file(&r, people);
	assert_int_equal(rig_open(&r, "format: ldif, anchor: id"), 0);
	assert_string_equal(imported(&r),
	    "inetOrgPerson cn=Ada,ou=a,dc=x 1 "
	    "{objectClass=top,user,inetOrgPerson;"
	    "id=1;cn=Ada;manager=@cn=Bob,ou=b,dc=x;userAccountControl=512;"
	    "jpegPhoto=AAE=;mail=a@x,b@x;}\n"
	    "user cn=Bob,ou=b,dc=x 2 {objectClass=user;id=2;}\n"
	    "group cn=G,ou=b,dc=x 4 {objectClass=group;id=4;"
	    "member=@cn=Ada,ou=a,dc=x,@cn=Bob,ou=b,dc=x;}\n");
	assert_int_equal(r.reply.filtered, 2);
	assert_int_equal(r.reply.errors, 0);
	/* the plan wants two attributes, in its own spelling */
	assert_int_equal(names_intern(r.names, TEXT("MAIL"), &wanted[0]), 0);
	assert_int_equal(names_intern(r.names, TEXT("cn"), &wanted[1]), 0);
	assert_int_equal(import(&r, wanted, 2), 0);
	assert_non_null(strstr(buf_text(&r.seen).data,
	    "inetOrgPerson cn=Ada,ou=a,dc=x 1 {cn=Ada;"));
	assert_null(strstr(buf_text(&r.seen).data, "manager"));
	/* containers, and the DN as anchor */
	assert_int_equal(rig_open(&r, "format: ldif, exclude: ['OU=B, dc=x'], "
				      "include: ['cn=G,ou=b,dc=x', '']"),
	    0);
	assert_int_equal(import(&r, &wanted[1], 1), 0);
	assert_string_equal(buf_text(&r.seen).data,
	    "inetOrgPerson cn=Ada,ou=a,dc=x dc=x,ou=a,cn=ada, {cn=Ada;}\n"
	    "group cn=G,ou=b,dc=x dc=x,ou=b,cn=g, {}\n");
	rig_free(&r);
}

static void
finds_the_schema(void **state)
{
	struct rig r = rig_new();
	struct schema *s = schema_new();
	const struct schema_attr *a;

	(void)state;
	put_file(&r, people);
	assert_int_equal(rig_open(&r, "format: ldif, attribute_types: "
				      "{empty: integer, mail: string}"),
	    0);
	assert_int_equal(r.c->kind->ops->schema(r.c, s, &r.err), 0);
	a = schema_find(s, names_find(r.names, TEXT("member")));
	assert_true(a != NULL && a->type == VALUE_REFERENCE && a->multi);
	a = schema_find(s, names_find(r.names, TEXT("manager")));
	assert_true(a != NULL && a->type == VALUE_REFERENCE && !a->multi);
	a = schema_find(s, names_find(r.names, TEXT("objectClass")));
	assert_true(a != NULL && a->type == VALUE_STRING && a->multi);
	a = schema_find(s, names_find(r.names, TEXT("cn")));
	assert_true(a != NULL && a->type == VALUE_STRING && !a->multi);
	a = schema_find(s, names_find(r.names, TEXT("empty")));
	assert_true(a != NULL && a->type == VALUE_INTEGER);
	a = schema_find(s, names_find(r.names, TEXT("mail")));
	assert_true(a != NULL && !a->multi);
	assert_true(
	    schema_has_type(s, names_find(r.names, TEXT("groupOfNames"))));
	(void)schema_free(s);
	rig_free(&r);
}

static void
reads_csv(void **state)
{
	struct rig r = rig_new();

	(void)state;
	put_file(&r, "\xef\xbb\xbfID;Name;Kind;Boss;Mails;Pic;On\r\n"
		     "1;\"Ada; Countess\";P;;a@x|b@x;AAE=;true\r\n"
		     "2;Bob;P;1;;;\r\n"
		     "\r\n3;Thing;X;;;;\r\n4, a+b;Grp;G;;;;FALSE\r\n");
	assert_int_equal(
	    rig_open(&r, "format: csv, anchor: ID, delimiter: ';', "
			 "type_column: Kind, type_values: {P: user, G: group}, "
			 "attribute_types: {Boss: reference, "
			 "Mails: string list, Pic: binary, On: boolean}"),
	    0);
	assert_string_equal(imported(&r),
	    "user cn=1 1 {ID=1;Name=Ada; Countess;Kind=P;Mails=a@x,b@x;"
	    "Pic=AAE=;On=True;}\n"
	    "user cn=2 2 {ID=2;Name=Bob;Kind=P;Boss=^1;}\n"
	    "group cn=4\\, a\\+b 4, a+b {ID=4, a+b;Name=Grp;Kind=G;"
	    "On=False;}\n");
	assert_int_equal(r.reply.filtered, 1);
	put_file(&r, "ID,DN,Boss\n1,\"cn=a,dc=x\",\"cn=b,dc=x\"\n");
	assert_int_equal(
	    rig_open(&r, "format: csv, anchor: id, dn: dn, type: person, "
			 "attribute_types: {Boss: reference}"),
	    0);
	assert_string_equal(
	    imported(&r), "person cn=a,dc=x 1 {ID=1;Boss=@cn=b,dc=x;}\n");
	rig_free(&r);
}

static void
tells_what_is_wrong_with_one_object(void **state)
{
	struct rig r = rig_new();

	(void)state;
	put_file(&r, "dn: cn=a\nobjectClass: user\nid: 1\n\n"
		     "dn: cn=b\nobjectClass: user\nid:: !!\n\n"
		     "dn: cn=c\nobjectClass: user\nid: 1\n\n"
		     "dn: CN=A\nobjectClass: user\nid: 9\n\n"
		     "dn: cn=d\nobjectClass: user\n\n"
		     "dn: cn=e\nobjectClass: user\nid: 5\nid: 6\n\n"
		     "dn: nonsense\nobjectClass: user\nid: 7\n\n"
		     "dn: cn=f\nid: 8\n\n"
		     "dn: cn=g\nobjectClass: user\nid: 10\ngroupType: x\n\n"
		     "dn: cn=h\nobjectClass: user\nid: 11\nmanager: nobody\n\n"
		     "dn: cn=i\nobjectClass: user\nid: 12\nmanager: cn=a\n"
		     "manager: cn=b\n\n"
		     "dn: cn=j\nchangetype: delete\n\n"
		     "dn: cn=k\nobjectClass: user\nid: 13\nblob:: /w==\n\n"
		     "dn: cn=l\nobjectClass: user\nid: 14\n");
	assert_int_equal(rig_open(&r, "format: ldif, anchor: id"), 0);
	assert_string_equal(imported(&r),
	    "user cn=a 1 {objectClass=user;id=1;}\n"
	    "!invalid-base64-value cn=b: /data:7: id: base64: bad byte at 0\n"
	    "!duplicate-object cn=c: /data:9: cn=c has the anchor of the "
	    "object in line 1\n"
	    "!duplicate-object CN=A: /data:13: CN=A has the DN of the object "
	    "in line 1\n"
	    "!missing-anchor-component cn=d: /data:17: cn=d has no id, which "
	    "is its anchor\n"
	    "!multi-valued-anchor-component cn=e: /data:23: cn=e has more "
	    "than one id, which is its anchor\n"
	    "!dn-not-ldap-conformant nonsense: /data:25: dn \"nonsense\": no "
	    "'=' at byte 8\n"
	    "!missing-object-class cn=f: /data:29: cn=f has no objectClass\n"
	    "!invalid-numeric-value cn=g: /data:35: groupType: \"x\" is no "
	    "integer of 64 bits\n"
	    "!reference-value-not-ldap-conformant cn=h: /data:40: manager is "
	    "no DN\n"
	    "!multi-single-mismatch cn=i: /data:46: manager has more than one "
	    "value\n"
	    "!invalid-change-type cn=j: /data:48: a change, where objects are "
	    "read\n"
	    "!unsupported-value-type cn=k: /data:54: blob is not UTF-8: "
	    "attribute_types can declare it binary\n"
	    "user cn=l 14 {objectClass=user;id=14;}\n");
	assert_int_equal(r.reply.errors, 12);
	rig_free(&r);
}

static void
tells_what_is_wrong_with_one_row(void **state)
{
	struct rig r = rig_new();

	(void)state;
	put_file(&r, "id,n,t\n1,2,u\n,3,u\n4\n1,5,u\n6,x,u\n7,8,\n");
	assert_int_equal(
	    rig_open(&r, "format: csv, anchor: id, type_column: t, "
			 "attribute_types: {n: integer}"),
	    0);
	assert_string_equal(imported(&r),
	    "u cn=1 1 {id=1;n=2;t=u;}\n"
	    "!missing-anchor-component : /data:3: id is empty\n"
	    "!parse-error : /data:4: 1 fields where the header has 3\n"
	    "!duplicate-object cn=1: /data:5: cn=1 has the DN of the object "
	    "in line 2\n"
	    "!invalid-numeric-value cn=6: /data:6: n: \"x\" is no integer of "
	    "64 bits\n"
	    "!missing-object-type cn=7: /data:7: t is empty\n");
	rig_free(&r);
}

static void
does_not_open_what_it_cannot_read(void **state)
{
	struct rig r = rig_new();

	(void)state;
	assert_int_equal(rig_open(&r, "format: ldif"), ERR_NOENT);
	assert_string_equal(r.err.type, "no-start-file-not-found");
	assert_non_null(strstr(r.err.text, r.path));
	put_file(&r, "id,name\n1,a\n");
	assert_int_equal(
	    rig_open(&r, "format: csv, anchor: employee"), ERR_CONFIG);
	assert_string_equal(r.err.type, "no-start-header-row-mismatch");
	assert_string_equal(r.err.text + strlen(r.dir),
	    "/data:1: there is no column employee (anchor of the connector)");
	assert_int_equal(rig_open(&r, "format: csv, anchor: id, "
				      "columns: [name, mail]"),
	    ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "no column mail (columns of"));
	put_file(&r, "");
	assert_int_equal(rig_open(&r, "format: csv, anchor: id"), ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "no header"));
	put_file(&r, "id,id\n");
	assert_int_equal(rig_open(&r, "format: csv, anchor: id"), ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "column id is there twice"));
	assert_int_equal(unlink(r.path), 0);
	assert_int_equal(mkdir(r.path, 0700), 0);
	assert_int_equal(rig_open(&r, "format: ldif"), ERR_CONFIG);
	assert_int_equal(rmdir(r.path), 0);
	rig_free(&r);
}

static int
change_file(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	(void)list;
	(void)n;
	(void)e;
	put_file(ctx, "dn: cn=only\nobjectClass: user\n");
	return 0;
}

static int
stop_here(void *ctx, const struct entry *list, size_t n, struct err *e)
{
	(void)ctx;
	(void)list;
	(void)n;
	return err_set(e, ERR_STORE, "full");
}

static bool
always(void *ctx)
{
	(void)ctx;
	return true;
}

static void
stops_when_it_must(void **state)
{
	struct rig r = rig_new();
	const struct import_request req = {.partition = TEXT("default")};
	struct entry_sink sink = {.entries = change_file, .ctx = &r};

	(void)state;
	put_file(&r, people);
	assert_int_equal(rig_open(&r, "format: ldif, anchor: id"), 0);
	assert_int_equal(
	    r.c->kind->ops->full_import(r.c, &req, &sink, &r.reply, &r.err),
	    ERR_CONNECT);
	assert_non_null(strstr(r.err.text, "changed while it was read"));
	sink.entries = stop_here;
	assert_int_equal(
	    r.c->kind->ops->full_import(r.c, &req, &sink, &r.reply, &r.err),
	    ERR_STORE);
	assert_string_equal(r.err.text, "full");
	rig_close(&r);
	r.env.cancelled = always;
	put_file(&r, people);
	assert_int_equal(
	    file_connector_kind.ops->open(&r.env, &r.c, &r.err), 0);
	assert_int_equal(import(&r, NULL, 0), ERR_CANCELLED);
	rig_free(&r);
}

/* ---- Writing ---- */

/* "+name=value", "-name=value": changes of one item; "@" a reference. */
static struct export_item
item_of(struct rig *r, enum delta_op op, const char *type, const char *dn,
    const char *anchor, const char *const *changes)
{
	struct export_item it = {.op = op,
	    .dn = text_of(dn),
	    .anchor = text_of(anchor),
	    .delta = {.op = op}};

	assert_int_equal(names_intern(r->names, text_of(type), &it.type), 0);
	it.delta.changes = arena_array(r->arena, 16, sizeof(struct change));
	for (; changes != NULL && *changes != NULL; changes++) {
		struct change *c = &it.delta.changes[it.delta.count++];
		const char *eq = strchr(*changes, '=');
		bool ref = eq[1] == '@';
		struct value *v = arena_alloc(r->arena, sizeof(*v));
		struct text name = {*changes + 1, (size_t)(eq - *changes - 1)};

		*v = ref ? value_reference_dn(text_of(eq + 2))
			 : value_string(text_of(eq + 1));
		assert_int_equal(
		    names_intern_nocase(r->names, name, &c->name), 0);
		if (**changes == '+') {
			c->add = v;
			c->add_count = 1;
		} else {
			c->del = v;
			c->del_count = 1;
		}
	}
	return it;
}

#define CHANGES(...) ((const char *const[]){__VA_ARGS__, NULL})

static int export(struct rig *r, const struct export_item *items, size_t n,
    struct export_result *results)
{
	r->err = (struct err){0};
	return r->c->kind->ops->export(r->c, items, n, results, &r->err);
}

static void
writes_ldif(void **state)
{
	struct rig r = rig_new();
	struct export_result res[6];
	struct export_item items[6];

	(void)state;
	put_file(&r, people);
	assert_int_equal(chmod(r.path, 0640), 0);
	assert_int_equal(
	    rig_open(&r, "format: ldif, anchor: id, writable: true"), 0);
	items[0] =
	    item_of(&r, DELTA_UPDATE, "inetOrgPerson", "cn=Ada,ou=a,dc=x", "1",
		CHANGES("-mail=b@x", "+mail=c@x", "+title=Countess",
		    "-manager=@CN=bob, OU=b,DC=x", "+manager=@cn=G,ou=b,dc=x"));
	items[0].delta.new_dn = TEXT("cn=Ada L,ou=a,dc=x");
	items[1] =
	    item_of(&r, DELTA_DELETE, "user", "cn=Bob,ou=b,dc=x", "2", NULL);
	items[2] = item_of(&r, DELTA_ADD, "user", "cn=New,ou=a,dc=x", "",
	    CHANGES("+id=7", "+sn=N\xc3\xa9"));
	items[3] =
	    item_of(&r, DELTA_UPDATE, "user", "cn=gone", "99", CHANGES("+x=y"));
	items[4] = item_of(
	    &r, DELTA_ADD, "user", "CN=g,ou=b,dc=x", "", CHANGES("+id=8"));
	items[5] =
	    item_of(&r, DELTA_ADD, "user", "cn=z,dc=x", "", CHANGES("+id=4"));
	assert_int_equal(export(&r, items, 6, res), 0);
	assert_int_equal(res[0].status, EXPORT_DONE);
	assert_true(text_is(res[0].dn, "cn=Ada L,ou=a,dc=x"));
	assert_int_equal(res[1].status, EXPORT_DONE);
	assert_int_equal(res[2].status, EXPORT_DONE);
	assert_true(text_is(res[2].anchor, "7"));
	assert_int_equal(res[3].status, EXPORT_GONE);
	assert_string_equal(res[3].err.type, "cd-missing-object");
	assert_int_equal(res[4].status, EXPORT_ERROR);
	assert_string_equal(res[4].err.type, "cd-existing-object");
	assert_string_equal(res[5].err.type, "duplicate-anchor");
	assert_file(&r,
	    "version: 1\n\n"
	    "dn: dc=x\nobjectClass: domain\n\n"
	    "dn: cn=Ada L,ou=a,dc=x\nobjectClass: top\nobjectClass: user\n"
	    "objectClass: inetOrgPerson\nid: 1\nuserAccountControl: 512\n"
	    "jpegPhoto:: AAE=\nmail: a@x\nmail: c@x\ntitle: Countess\n"
	    "manager: cn=G,ou=b,dc=x\ncn: Ada L\n\n"
	    "dn: cn=pc,ou=a,dc=x\nobjectClass: user\nobjectClass: computer\n"
	    "id: 3\n\n"
	    "dn: cn=G,ou=b,dc=x\nobjectClass: group\nid: 4\n"
	    "member: cn=Ada,ou=a,dc=x\nmember: cn=Bob,ou=b,dc=x\n\n"
	    "dn: cn=New,ou=a,dc=x\nobjectClass: user\nid: 7\nsn:: TsOp\n"
	    "cn: New\n\n");
	struct stat st;
	assert_int_equal(stat(r.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	/* the same again is done already, or gone, or there */
	assert_int_equal(export(&r, items, 3, res), 0);
	assert_int_equal(res[0].status, EXPORT_DONE);
	assert_int_equal(res[1].status, EXPORT_GONE);
	assert_int_equal(res[2].status, EXPORT_ERROR);
	rig_free(&r);
}

static void
refuses_single_items(void **state)
{
	struct rig r = rig_new();
	struct export_result res[5];
	struct export_item items[5];

	(void)state;
	put_file(&r, people);
	assert_int_equal(
	    rig_open(&r, "format: ldif, anchor: id, writable: true"), 0);
	items[0] = item_of(&r, DELTA_UPDATE, "user", "cn=Bob,ou=b,dc=x", "2",
	    CHANGES("+manager=@cn=a", "+manager=@cn=b"));
	items[1] =
	    item_of(&r, DELTA_ADD, "person", "cn=q,dc=x", "", CHANGES("+id=7"));
	items[2] =
	    item_of(&r, DELTA_ADD, "user", "no dn", "", CHANGES("+id=8"));
	items[3] = item_of(&r, DELTA_UPDATE, "group", "cn=G,ou=b,dc=x", "4",
	    CHANGES("+description=d"));
	items[3].delta.new_dn = TEXT("cn=Bob,ou=b,dc=x");
	items[4] = item_of(
	    &r, DELTA_ADD, "user", "cn=r,dc=x", "", CHANGES("+sn=no anchor"));
	assert_int_equal(export(&r, items, 5, res), 0);
	assert_string_equal(res[0].err.type, "constraint-violation");
	assert_string_equal(res[1].err.type, "no-export-to-this-object-type");
	assert_string_equal(res[2].err.type, "invalid-dn");
	assert_string_equal(res[3].err.type, "rename-to-existing-dn");
	for (int i = 0; i < 4; i++)
		assert_int_equal(res[i].status, EXPORT_ERROR);
	assert_int_equal(res[4].status, EXPORT_DONE);
	assert_int_equal(res[4].anchor.len, 36);
	/* Bob is as he was */
	assert_non_null(strstr(imported(&r), "user cn=Bob,ou=b,dc=x 2 {id=2;"
					     "objectClass=user;}\n"));
	rig_free(&r);
}

static void
writes_csv(void **state)
{
	static const char settings[] =
	    "format: csv, anchor: id, writable: true, type_column: t, "
	    "type_values: {P: user, G: group}, attribute_types: "
	    "{boss: reference, mail: string list, pic: binary}";
	struct rig r = rig_new();
	struct export_result res[3];
	struct export_item items[3];

	(void)state;
	/* a new file: its columns are what is configured and what comes */
	assert_int_equal(rig_open(&r, settings), 0);
	assert_string_equal(imported(&r), "");
	items[0] = item_of(&r, DELTA_ADD, "user", "cn=whatever,dc=x", "",
	    CHANGES("+id=1", "+mail=a@x", "+name=\"A\", B", "+pic=\1\2"));
	items[1] = item_of(&r, DELTA_ADD, "group", "cn=g,dc=x", "",
	    CHANGES("+id=2", "+boss=@cn=1"));
	assert_int_equal(export(&r, items, 2, res), 0);
	assert_int_equal(res[0].status, EXPORT_DONE);
	assert_true(text_is(res[0].dn, "cn=1"));
	assert_true(text_is(res[0].anchor, "1"));
	assert_file(&r, "id,t,boss,mail,pic,name\r\n"
			"1,P,,a@x,AQI=,\"\"\"A\"\", B\"\r\n2,G,1,,,\r\n");
	items[0] = item_of(&r, DELTA_UPDATE, "user", "cn=1", "1",
	    CHANGES("+mail=b@x", "-name=\"A\", B", "+extra=e"));
	items[1] = item_of(&r, DELTA_DELETE, "group", "cn=2", "2", NULL);
	items[2] = item_of(
	    &r, DELTA_ADD, "user", "", "", CHANGES("+id=3", "+mail=x|y"));
	assert_int_equal(export(&r, items, 3, res), 0);
	assert_int_equal(res[0].status, EXPORT_DONE);
	assert_int_equal(res[1].status, EXPORT_DONE);
	assert_string_equal(res[2].err.type, "constraint-violation");
	assert_file(&r, "id,t,boss,mail,pic,name,extra\r\n"
			"1,P,,a@x|b@x,AQI=,,e\r\n");
	assert_string_equal(imported(&r),
	    "user cn=1 1 {id=1;mail=a@x,b@x;pic=AQI=;"
	    "extra=e;t=P;}\n");
	items[0].delta.new_dn = TEXT("cn=9");
	items[1] =
	    item_of(&r, DELTA_ADD, "contact", "cn=c", "", CHANGES("+id=4"));
	assert_int_equal(export(&r, items, 2, res), 0);
	assert_string_equal(res[0].err.type, "modify-naming-attribute");
	assert_string_equal(res[1].err.type, "no-export-to-this-object-type");
	/* columns that are listed are all there may be */
	assert_int_equal(rig_open(&r, "format: csv, anchor: id, "
				      "writable: true, columns: [name]"),
	    0);
	items[0] =
	    item_of(&r, DELTA_UPDATE, "user", "cn=1", "1", CHANGES("+shoe=9"));
	assert_int_equal(export(&r, items, 1, res), 0);
	assert_string_equal(res[0].err.type, "schema-violation");
	rig_free(&r);
}

static void
keeps_the_old_file_when_it_cannot_write(void **state)
{
	struct rig r = rig_new();
	struct export_result res[1];
	struct export_item item;
	struct rlimit old, small = {100, RLIM_INFINITY};
	const char *broken = "dn: cn=a\nobjectClass: user\nid: 1\n\n"
			     "dn: cn=b\nobjectClass: user\nid:: !!\n";

	(void)state;
	put_file(&r, people);
	assert_int_equal(
	    rig_open(&r, "format: ldif, anchor: id, writable: true"), 0);
	item = item_of(&r, DELTA_DELETE, "user", "", "2", NULL);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(export(&r, &item, 1, res), ERR_IO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(res[0].status, EXPORT_RETRY);
	assert_string_equal(r.err.type, "stopped-export-write");
	assert_file(&r, people);
	/* an object that cannot be read would be lost */
	put_file(&r, broken);
	assert_int_equal(export(&r, &item, 1, res), ERR_CONFIG);
	assert_non_null(strstr(r.err.text, "/data:7: id: base64"));
	assert_int_equal(res[0].status, EXPORT_RETRY);
	assert_file(&r, broken);
	/* nor is a file written that may not be */
	assert_int_equal(rig_open(&r, "format: ldif, anchor: id"), 0);
	assert_int_equal(export(&r, &item, 1, res), ERR_REFUSED);
	assert_int_equal(
	    r.c->kind->ops->can_export(r.c, &item, &r.err), ERR_REFUSED);
	rig_free(&r);
}

static void
has_one_partition(void **state)
{
	struct rig r = rig_new();
	struct partition *p = NULL;
	size_t n = 0;

	(void)state;
	put_file(&r, "");
	assert_int_equal(rig_open(&r, "format: ldif"), 0);
	assert_int_equal(r.c->kind->ops->partitions(r.c, &p, &n, &r.err), 0);
	assert_int_equal(n, 1);
	assert_true(p != NULL && p->selected && text_is(p->name, "default"));
	rig_free(&r);
}

/* ---- The bell ---- */

static int
rings(struct rig *r, int timeout_ms)
{
	r->err = (struct err){0};
	return r->c->kind->ops->watch(r->c, timeout_ms, &r->err);
}

static void
rename_to(const struct rig *r, const char *name, const char *to)
{
	struct rig other = *r;
	char over[64];

	(void)snprintf(other.path, sizeof(other.path), "%s/%s", r->dir, name);
	(void)snprintf(over, sizeof(over), "%s/%s", r->dir, to);
	put_file(&other, people);
	assert_int_equal(rename(other.path, over), 0);
}

static void
rings_when_the_file_changes(void **state)
{
	struct rig r = rig_new();
	char other[128];
	FILE *f;

	(void)state;
	put_file(&r, people);
	assert_int_equal(rig_open(&r, "format: ldif"), 0);
	assert_int_equal(rings(&r, 0), 0);
	/* another file beside it is none of our business */
	rename_to(&r, "new", "beside");
	assert_int_equal(rings(&r, 0), 0);
	/* many writes ring once; one in its place rings */
	put_file(&r, people);
	put_file(&r, people);
	assert_int_equal(rings(&r, 1000), 1);
	assert_int_equal(rings(&r, 0), 0);
	rename_to(&r, "new", "data");
	assert_int_equal(rings(&r, 1000), 1);
	/* a writer that is not done does not ring */
	f = fopen(r.path, "ae");
	assert_non_null(f);
	assert_true(fputs("\n", f) >= 0);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(rings(&r, 20), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rings(&r, 1000), 1);
	(void)snprintf(other, sizeof(other), "%s/beside", r.dir);
	assert_int_equal(unlink(other), 0);
	rig_free(&r);
}

static void
is_lost_with_its_folder(void **state)
{
	struct rig r = rig_new();
	char there[64];

	(void)state;
	put_file(&r, people);
	assert_int_equal(rig_open(&r, "format: ldif"), 0);
	assert_int_equal(rings(&r, 0), 0);
	(void)snprintf(there, sizeof(there), "%s.moved", r.dir);
	assert_int_equal(rename(r.dir, there), 0);
	assert_int_equal(rings(&r, 1000), ERR_CONNECT);
	assert_non_null(strstr(r.err.text, "is gone"));
	assert_int_equal(rename(there, r.dir), 0);
	rig_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_ldif),
	    cmocka_unit_test(finds_the_schema),
	    cmocka_unit_test(reads_csv),
	    cmocka_unit_test(tells_what_is_wrong_with_one_object),
	    cmocka_unit_test(tells_what_is_wrong_with_one_row),
	    cmocka_unit_test(does_not_open_what_it_cannot_read),
	    cmocka_unit_test(stops_when_it_must),
	    cmocka_unit_test(writes_ldif),
	    cmocka_unit_test(refuses_single_items),
	    cmocka_unit_test(writes_csv),
	    cmocka_unit_test(keeps_the_old_file_when_it_cannot_write),
	    cmocka_unit_test(has_one_partition),
	    cmocka_unit_test(rings_when_the_file_changes),
	    cmocka_unit_test(is_lost_with_its_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
