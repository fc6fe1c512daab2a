/* connectors/cloud/holder.c -- which object of the tenant has a value that can
 * be there once; for people who meet a conflict. */
#include "connectors/cloud/request.h"
#include "proto/http_client.h"

#define SELECT_USER                                               \
	"id,displayName,userPrincipalName,onPremisesImmutableId," \
	"onPremisesSyncEnabled"
#define SELECT_OTHER "id,displayName,mail,onPremisesSyncEnabled"
#define AT_MOST      5U /* of a list; one is the object itself */

/* Lists that can be asked for a value, and by what. */
static const struct list {
	const char *type, *path, *select;
	const char *const addresses[3]; /* mail and its like */
	const char *const names[3];     /* what else is there once */
} lists[] = {
    {"user", "/users", SELECT_USER, {"userPrincipalName", "mail"},
	{"mailNickname", "onPremisesImmutableId"}},
    {"group", "/groups", SELECT_OTHER, {"mail"}, {"mailNickname"}},
    {"contact", "/contacts", SELECT_OTHER, {"mail"}, {NULL}},
};

static bool
is_address(struct text attr)
{
	return text_is(attr, "userPrincipalName") || text_is(attr, "mail") ||
	       text_is(attr, "proxyAddresses");
}

static struct text
without_scheme(struct text value)
{
	if (text_starts_nocase(value, "smtp:"))
		return (struct text){value.data + 5, value.len - 5};
	return value;
}

/* Graph's name for it, which the service calls otherwise. */
static struct text
name_of(struct text attr)
{
	return text_is(attr, "sourceAnchor") ? TEXT("onPremisesImmutableId")
					     : attr;
}

static void
put_addresses(struct buf *b, const struct list *l, struct text address)
{
	for (size_t i = 0; l->addresses[i] != NULL; i++) {
		filter_eq(b, l->addresses[i], address);
		buf_puts(b, " or ");
	}
	filter_any_eq(b, "proxyAddresses", "SMTP:", address);
	buf_puts(b, " or ");
	filter_any_eq(b, "proxyAddresses", "smtp:", address);
}

/* Nothing: objects of the list do not have the attribute. */
static void
put_filter(
    struct buf *b, const struct list *l, const struct connector_question *q)
{
	if (is_address(q->attr)) {
		put_addresses(b, l, without_scheme(q->value));
		return;
	}
	for (size_t i = 0; l->names[i] != NULL; i++)
		if (text_is(name_of(q->attr), l->names[i]))
			filter_eq(b, l->names[i], q->value);
}

/* NULL: out of memory, or longer than a URL may be; "": nothing to ask. */
static const char *
path_of(
    const struct list *l, const struct connector_question *q, struct arena *a)
{
	struct buf filter, url;
	const char *path = NULL;

	buf_init(&filter, HTTP_MAX_URL);
	buf_init(&url, HTTP_MAX_URL);
	put_filter(&filter, l, q);
	if (filter.len != 0) {
		buf_printf(&url, "%s?$select=%s&$top=%u&$filter=", l->path,
		    l->select, AT_MOST);
		http_url_quote(&url, buf_text(&filter));
	}
	if (buf_error(&filter) == 0 && buf_error(&url) == 0)
		path = arena_strndup(a, url.data, url.len);
	buf_clear(&filter);
	buf_clear(&url);
	return path;
}

static void
fill(const struct json *j, const struct list *l, struct arena *a,
    struct connector_holder *out)
{
	struct text upn = json_get_text(j, "userPrincipalName");

	*out = (struct connector_holder){
	    .id = text_dup(a, json_get_text(j, "id")),
	    .type = text_of(l->type),
	    .name = text_dup(a, json_get_text(j, "displayName")),
	    .address =
		text_dup(a, upn.len != 0 ? upn : json_get_text(j, "mail")),
	    .source = text_dup(a, json_get_text(j, "onPremisesImmutableId")),
	    .synchronised =
		json_bool(json_get(j, "onPremisesSyncEnabled"), false),
	};
}

/* An anchor of either door ends with the object's id. */
static bool
is_anchor_of(struct text anchor, struct text id)
{
	return id.len != 0 && anchor.len >= id.len &&
	       text_equal_nocase(
		   (struct text){anchor.data + anchor.len - id.len, id.len},
		   id);
}

/* 1: one of the answer is not the object that asks. */
static int
first_other(const struct json *root, const struct list *l,
    const struct connector_question *q, struct arena *a,
    struct connector_holder *out)
{
	const struct json *value = json_get(root, "value");

	for (size_t i = 0; i < json_count(value); i++) {
		const struct json *one = json_at(value, i);

		if (is_anchor_of(q->except, json_get_text(one, "id")))
			continue;
		fill(one, l, a, out);
		return 1;
	}
	return 0;
}

static int
ask(const struct cloud_session *s, const struct list *l,
    const struct connector_question *q, struct arena *a,
    struct connector_holder *out, struct err *e)
{
	struct request x = {.method = "GET", .path = path_of(l, q, a)};
	int r;

	if (x.path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (x.path[0] == '\0')
		return 0;
	r = request_run(s, &x, e);
	if (r == 0)
		r = first_other(x.answer, l, q, a, out);
	else if (r == ERR_ACCESS || r == ERR_REJECTED)
		r = 0; /* a list that may not be read */
	request_clear(&x);
	return r;
}

int
cloud_holder(const struct cloud_session *s, const struct connector_question *q,
    struct arena *a, struct connector_holder *out, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && r == 0; i++)
		r = ask(s, &lists[i], q, a, out, e);
	return r;
}
