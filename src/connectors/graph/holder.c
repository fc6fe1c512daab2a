/* connectors/graph/holder.c -- which object of the tenant has a value that can
 * be there once; for people who meet a conflict. */
#include "base/buf.h"
#include "codec/json.h"
#include "connectors/graph/gconn_int.h"
#include "proto/http_client.h"

#define SELECT_USER                                               \
	"id,displayName,userPrincipalName,onPremisesImmutableId," \
	"onPremisesSyncEnabled"
#define SELECT_OTHER "id,displayName,mail,onPremisesSyncEnabled"
#define AT_MOST      5U /* of a list; one is the object itself */

/* Lists that can be asked for a value, and by what. */
static const struct {
	enum gtype type;
	const char *select;
	const char *const eq[3]; /* addresses: mail and its like */
} lists[] = {
    {GT_USER, SELECT_USER, {"userPrincipalName", "mail"}},
    {GT_GROUP, SELECT_OTHER, {"mail"}},
    {GT_CONTACT, SELECT_OTHER, {"mail"}},
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

/* Empty: objects of the list do not have the attribute. */
static void
put_filter(struct buf *b, size_t list, const struct connector_question *q)
{
	struct text address = without_scheme(q->value);

	if (!is_address(q->attr)) {
		if ((text_is(q->attr, "onPremisesImmutableId") &&
			lists[list].type == GT_USER) ||
		    (text_is(q->attr, "mailNickname") &&
			lists[list].type != GT_CONTACT))
			filter_eq(b, q->attr.data, q->value);
		return;
	}
	for (size_t i = 0; lists[list].eq[i] != NULL; i++) {
		filter_eq(b, lists[list].eq[i], address);
		buf_puts(b, " or ");
	}
	filter_any_eq(b, "proxyAddresses", "SMTP:", address);
	buf_puts(b, " or ");
	filter_any_eq(b, "proxyAddresses", "smtp:", address);
}

static int
url_of(struct gconn *g, size_t list, const struct connector_question *q,
    struct arena *a, struct text *out)
{
	struct buf filter, url;
	int r;

	(void)g;
	buf_init(&filter, HTTP_MAX_URL);
	buf_init(&url, HTTP_MAX_URL);
	put_filter(&filter, list, q);
	if (filter.len != 0) {
		buf_printf(&url, "%s?$select=%s&$top=%u&$filter=",
		    gtypes[lists[list].type].path, lists[list].select, AT_MOST);
		http_url_quote(&url, buf_text(&filter));
	}
	r = buf_error(&filter) < 0 ? buf_error(&filter) : buf_error(&url);
	*out = r == 0 ? text_dup(a, buf_text(&url)) : TEXT("");
	buf_clear(&filter);
	buf_clear(&url);
	return r;
}

static void
fill(const struct json *j, size_t list, struct arena *a,
    struct connector_holder *out)
{
	struct text upn = json_get_text(j, "userPrincipalName");

	*out = (struct connector_holder){
	    .id = text_dup(a, json_get_text(j, "id")),
	    .type = text_of(gtypes[lists[list].type].name),
	    .name = text_dup(a, json_get_text(j, "displayName")),
	    .address =
		text_dup(a, upn.len != 0 ? upn : json_get_text(j, "mail")),
	    .source = text_dup(a, json_get_text(j, "onPremisesImmutableId")),
	    .synchronised =
		json_bool(json_get(j, "onPremisesSyncEnabled"), false),
	};
}

/* 1: one of the answer is not the object that asks. */
static int
first_other(const struct json *root, size_t list,
    const struct connector_question *q, struct arena *a,
    struct connector_holder *out)
{
	const struct json *value = json_get(root, "value");

	for (size_t i = 0; i < json_count(value); i++) {
		const struct json *one = json_at(value, i);
		struct text anchor = anchor_format(
		    a, lists[list].type, json_get_text(one, "id"));

		if (text_equal(anchor, q->except))
			continue;
		fill(one, list, a, out);
		return 1;
	}
	return 0;
}

int
graph_holder(struct connector *c, const struct connector_question *q,
    struct arena *a, struct connector_holder *out, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	int r = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists) && r == 0; i++) {
		struct json *root = NULL;
		struct text url;
		struct err why = {0};

		r = url_of(g, i, q, a, &url);
		if (r < 0 || url.len == 0)
			continue;
		r = fetch_json(g, url, &root, &why);
		if (r == 0)
			r = first_other(root, i, q, a, out);
		else if (r == ERR_ACCESS || r == ERR_REJECTED)
			r = 0; /* a list that may not be read */
		(void)json_free(root);
		if (r < 0)
			return err_type(e, r, why.type, "%s", why.text);
	}
	return r < 0 ? err_set(e, r, "out of memory") : r;
}
