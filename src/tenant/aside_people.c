/* tenant/aside_people.c -- users and groups by the administration service: read
 * by Graph, written in its form; see aside_int.h. */
#include "tenant/aside_int.h"

#define NS_C        ASIDE_NS_ADMIN "Administration"
#define BASE        "https://localhost" /* of links, which nobody sees */
#define PAGE_MAX    500
#define QUERY_BYTES 16384U
#define ANSWER_MAX  (64U << 20)

/* One call of Graph. */
struct asked {
	struct company_call *q;
	struct buf url, answer;
	struct json *json; /* the answer */
	int status;
};

static void
asked_begin(struct asked *g, struct company_call *q)
{
	*g = (struct asked){.q = q};
	buf_init(&g->url, QUERY_BYTES);
	buf_init(&g->answer, ANSWER_MAX);
}

static void
asked_end(struct asked *g)
{
	g->json = json_free(g->json);
	buf_clear(&g->url);
	buf_clear(&g->answer);
}

static void
option_put(struct asked *g, const char *name, struct text value)
{
	bool first = memchr(g->url.data, '?', g->url.len) == NULL;

	buf_printf(&g->url, "%c$%s=", first ? '?' : '&', name);
	url_encode(value, &g->url);
}

static void
select_put(struct asked *g, char kind)
{
	struct buf names;

	buf_init(&names, QUERY_BYTES);
	aside_names(kind, &names);
	option_put(g, "select", buf_text(&names));
	buf_clear(&names);
}

static int
refused(struct asked *g, struct text what)
{
	struct company_call *q = g->q;
	struct text says = json_get_text(json_get(g->json, "error"), "message");

	if (g->status == 403)
		return aside_denied(q);
	if (g->status == 404)
		return aside_refuse(q, "ObjectNotFoundException",
		    arena_printf(q->c->a, "Object Not Found. Object: %.*s.",
			(int)(what.len > 128 ? 128 : what.len), what.data));
	return aside_refuse(q, "InvalidParameterException",
	    arena_printf(q->c->a, "%.*s", TEXT_ARGS(says)));
}

/* what: named where it is not there. */
static int
ask(struct asked *g, struct text what)
{
	struct company_call *q = g->q;
	struct gcall c = {.t = q->c->t,
	    .a = q->c->a,
	    .method = "GET",
	    .out = &g->answer,
	    .base = TEXT(BASE),
	    .app_id = q->caller.app_id,
	    .roles = q->caller.roles,
	    .client_request_id = TEXT(""),
	    .request_id = q->c->t->id};
	int r = buf_error(&g->url);

	if (r == 0)
		r = url_parse(q->c->a, text_dup(q->c->a, buf_text(&g->url)),
		    &c.url, NULL);
	if (r != 0)
		return aside_refuse(q, "InvalidParameterException",
		    "The request cannot be understood.");
	r = graph_call(&c);
	if (r != 0 && r != ERR_REJECTED)
		return r;
	if (json_parse(buf_text(&g->answer), ANSWER_MAX, &g->json, NULL) != 0)
		return ERR_NOMEM;
	g->status = c.status;
	return c.status == 200 ? 0 : refused(g, what);
}

/* ---- What a search may ask ---- */

enum condition {
	C_IGNORE, /* says nothing here */
	C_EQUALS,
	C_ENABLED, /* EnabledOnly, DisabledOnly, All */
	C_TRUE,    /* a flag, where it is set */
};

static const struct searched {
	const char *name, *own;
	enum condition how;
} searches[] = {
    {"AccountSku", NULL, C_IGNORE},
    {"IncludedProperties", NULL, C_IGNORE},
    {"PageSize", NULL, C_IGNORE},
    {"SearchString", NULL, C_IGNORE}, /* by itself */
    {"SortDirection", NULL, C_IGNORE},
    {"GroupObjectId", NULL, C_IGNORE}, /* in the path */
    {"City", "city", C_EQUALS},
    {"Country", "country", C_EQUALS},
    {"Department", "department", C_EQUALS},
    {"State", "state", C_EQUALS},
    {"Title", "jobTitle", C_EQUALS},
    {"UsageLocation", "usageLocation", C_EQUALS},
    {"EnabledFilter", "accountEnabled", C_ENABLED},
    {"Synchronized", "onPremisesSyncEnabled", C_TRUE},
};

static const struct searched *
searched_by(struct text name)
{
	for (size_t i = 0; i < sizeof(searches) / sizeof(searches[0]); i++)
		if (text_is(name, searches[i].name))
			return &searches[i];
	return NULL;
}

static void
quoted_put(struct buf *b, struct text t)
{
	buf_putc(b, '\'');
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '\'')
			buf_putc(b, '\'');
		buf_putc(b, t.data[i]);
	}
	buf_putc(b, '\'');
}

static void
condition_put(struct buf *b, const struct searched *s, struct text value)
{
	const char *and = b->len == 0 ? "" : " and ";

	if (s->how == C_EQUALS) {
		buf_printf(b, "%s%s eq ", and, s->own);
		quoted_put(b, value);
	} else if (s->how == C_ENABLED && !text_is(value, "All")) {
		buf_printf(b, "%s%s eq %s", and, s->own,
		    text_is(value, "EnabledOnly") ? "true" : "false");
	} else if (s->how == C_TRUE && text_is_nocase(value, "true")) {
		buf_printf(b, "%s%s eq true", and, s->own);
	}
}

/* Names that begin so, of users by what they sign in with as well. */
static void
start_put(struct buf *b, struct text value, char kind)
{
	if (value.len == 0)
		return;
	buf_printf(b, "%s(startswith(displayName,", b->len == 0 ? "" : " and ");
	quoted_put(b, value);
	if (kind == 'u') {
		buf_puts(b, ") or startswith(userPrincipalName,");
		quoted_put(b, value);
	}
	buf_puts(b, "))");
}

static int
search_read(struct asked *g, const struct xml_node *search, char kind)
{
	struct company_call *q = g->q;
	struct buf b;
	int r = 0;

	buf_init(&b, QUERY_BYTES);
	for (const struct xml_node *n = search->first; n != NULL && r == 0;
	     n = n->next) {
		struct text value = xml_text(n);
		const struct searched *s = searched_by(n->name);

		if (n->name.len == 0 || value.len == 0 ||
		    (text_is(n->name, "SortField") && text_is(value, "None")))
			continue;
		if (s == NULL)
			r = aside_refuse(q, "OperationNotSupportedException",
			    arena_printf(q->c->a,
				"A search by %.*s is not offered.",
				TEXT_ARGS(n->name)));
		else
			condition_put(&b, s, value);
	}
	start_put(&b, xml_child_text(search, "SearchString"), kind);
	if (r == 0 && b.len != 0)
		option_put(g, "filter", buf_text(&b));
	if (buf_error(&b) != 0)
		g->url.error = buf_error(&b);
	buf_clear(&b);
	return r;
}

static int
page_size(struct asked *g, const struct xml_node *search)
{
	struct text t = xml_child_text(search, "PageSize");
	int64_t n = PAGE_MAX;

	if (t.len != 0 && (text_to_int64(t, &n) != 0 || n < 1 || n > PAGE_MAX))
		return aside_refuse(g->q, "InvalidParameterException",
		    "PageSize is between 1 and 500.");
	option_put(
	    g, "top", text_of(arena_printf(g->q->c->a, "%lld", (long long)n)));
	return 0;
}

/* ---- Lists ---- */

struct list {
	const char *search; /* element of the search */
	const char *path;   /* of Graph; with the id of the group in it */
	const char *item;   /* element of one */
	char kind;
};

/* A context is what Graph needs to go on: its own link. */
static int
next_ask(struct asked *g, const struct list *l, struct text context)
{
	struct company_call *q = g->q;
	struct text link = {"", 0};

	if (!text_is(xml_child_text(q->request, "Page"), "Next") ||
	    base64_decode(q->c->a, context, &link, NULL) != 0 ||
	    !text_starts_nocase(
		link, arena_printf(q->c->a, BASE "%s", l->path)))
		return aside_refuse(q, "InvalidParameterException",
		    "There is a next page or none; ListContext is what was "
		    "told.");
	buf_text_add(&g->url, link);
	return ask(g, (struct text){"", 0});
}

static int
list_ask(struct asked *g, const struct list *l, struct text id)
{
	const struct xml_node *search = xml_child(g->q->request, l->search);
	struct text context = xml_child_text(g->q->request, "ListContext");
	int r = 0;

	if (context.len != 0)
		return next_ask(g, l, context);
	buf_puts(&g->url, l->path);
	if (l->kind == 'm') {
		url_encode(id, &g->url);
		buf_puts(&g->url, "/members");
	}
	if (search != NULL)
		r = search_read(g, search, l->kind);
	if (r == 0)
		r = page_size(g, search);
	select_put(g, l->kind);
	return r == 0 ? ask(g, id) : r;
}

static int
list_put(struct asked *g, const struct list *l)
{
	struct company_call *q = g->q;
	struct xml_writer *w = &q->w;
	const struct json *all = json_get(g->json, "value");
	struct text next = json_get_text(g->json, "@odata.nextLink");
	struct text context = {"", 0};
	bool first = xml_child_text(q->request, "ListContext").len == 0;

	if (next.len != 0 && base64_encode(q->c->a, next, &context) != 0)
		return ERR_NOMEM;
	aside_answer_begin(q);
	xml_begin(w, "b:ReturnValue");
	xml_put_attr(w, "xmlns:c", TEXT(NS_C));
	aside_put_bool(w, "c:IsFirstPage", first);
	aside_put_bool(w, "c:IsLastPage", next.len == 0);
	aside_put(w, "c:ListContext", context);
	xml_begin(w, "c:Results");
	for (size_t i = 0; i < json_count(all); i++) {
		xml_begin(w, l->item);
		aside_object_put(w, l->kind, json_at(all, i));
		xml_end(w, l->item);
	}
	xml_end(w, "c:Results");
	xml_end(w, "b:ReturnValue");
	return aside_answer_end(q);
}

static int
list(struct company_call *q, const struct list *l, struct text id)
{
	struct asked g;
	int r;

	asked_begin(&g, q);
	r = list_ask(&g, l, id);
	if (r == 0)
		r = list_put(&g, l);
	asked_end(&g);
	return r;
}

int
aside_users(struct company_call *q)
{
	static const struct list users = {
	    "UserSearchDefinition", "/users", "c:User", 'u'};

	return list(q, &users, (struct text){"", 0});
}

int
aside_groups(struct company_call *q)
{
	static const struct list groups = {
	    "GroupSearchDefinition", "/groups", "c:Group", 'g'};

	return list(q, &groups, (struct text){"", 0});
}

int
aside_members(struct company_call *q)
{
	static const struct list members = {
	    "GroupMemberSearchDefinition", "/groups/", "c:GroupMember", 'm'};

	return list(q, &members,
	    xml_child_text(xml_child(q->request, "GroupMemberSearchDefinition"),
		"GroupObjectId"));
}

/* ---- One ---- */

static int
one(struct company_call *q, const char *path, struct text id, char kind)
{
	struct asked g;
	int r;

	if (id.len == 0)
		return aside_refuse(q, "RequiredPropertyNotSetException",
		    "An id or a name is needed.");
	asked_begin(&g, q);
	buf_puts(&g.url, path);
	url_encode(id, &g.url);
	select_put(&g, kind);
	r = ask(&g, id);
	if (r == 0) {
		aside_answer_begin(q);
		xml_begin(&q->w, "b:ReturnValue");
		xml_put_attr(&q->w, "xmlns:c", TEXT(NS_C));
		aside_object_put(&q->w, kind, g.json);
		xml_end(&q->w, "b:ReturnValue");
		r = aside_answer_end(q);
	}
	asked_end(&g);
	return r;
}

int
aside_user(struct company_call *q)
{
	struct text id = xml_child_text(q->request, "ObjectId");
	bool deleted = text_is_nocase(
	    xml_child_text(q->request, "ReturnDeletedUsers"), "true");

	if (id.len == 0)
		id = xml_child_text(q->request, "UserPrincipalName");
	return one(
	    q, deleted ? "/directory/deletedItems/" : "/users/", id, 'u');
}

int
aside_group(struct company_call *q)
{
	return one(q, "/groups/", xml_child_text(q->request, "ObjectId"), 'g');
}

/* There are no licences, so that nothing is what can be given. */
int
aside_licences(struct company_call *q)
{
	static const char *const parts[] = {
	    "AddLicenses", "RemoveLicenses", "LicenseOptions"};
	struct text id = xml_child_text(q->request, "ObjectId");
	struct asked g;
	int r;

	for (size_t i = 0; i < 3; i++) {
		const struct xml_node *n = xml_child(q->request, parts[i]);

		if (n != NULL && n->first != NULL)
			return aside_refuse(q,
			    "InvalidLicenseConfigurationException",
			    "This tenant has no licences.");
	}
	asked_begin(&g, q);
	buf_puts(&g.url, "/users/");
	url_encode(id, &g.url);
	r = ask(&g, id);
	asked_end(&g);
	if (r != 0)
		return r;
	aside_answer_begin(q);
	return aside_answer_end(q);
}
