/* connectors/graph/gurl.c -- see gurl.h. */
#include "connectors/graph/gurl.h"

#include <stdio.h>
#include <string.h>

#define ID_MAX 64U

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
gurl_is_id(struct text id)
{
	if (id.len == 0 || id.len > ID_MAX)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (hex_digit(id.data[i]) < 0 && id.data[i] != '-')
			return false;
	return true;
}

/* ---- Anchors and names ---- */

int
anchor_parse(struct text anchor, enum gtype *out_type, struct text *out_id)
{
	for (int i = 0; i < GT_COUNT; i++) {
		size_t n = strlen(gtypes[i].prefix);
		struct text id;

		if (anchor.len <= n ||
		    memcmp(anchor.data, gtypes[i].prefix, n) != 0)
			continue;
		id = (struct text){anchor.data + n, anchor.len - n};
		if (!gurl_is_id(id))
			return ERR_SYNTAX;
		*out_type = (enum gtype)i;
		*out_id = id;
		return 0;
	}
	return ERR_SYNTAX;
}

struct text
anchor_format(struct arena *a, enum gtype type, struct text id)
{
	return text_of(
	    arena_printf(a, "%s%.*s", gtypes[type].prefix, TEXT_ARGS(id)));
}

struct text
unique_of_source(struct arena *a, struct text source)
{
	return hex_frame(a, UNIQUE_PREFIX, source, "", false);
}

bool
source_of_unique(struct arena *a, struct text unique, struct text *out)
{
	return hex_unframe(a, UNIQUE_PREFIX, unique, "", out);
}

/* ---- URLs ---- */

const char *
gurl_object(struct arena *a, enum gtype type, struct text id)
{
	return arena_printf(a, "%s/%.*s", gtypes[type].path, TEXT_ARGS(id));
}

const char *
gurl_group_by_name(struct arena *a, struct text unique, const char *select)
{
	/* our own prefix and hex: nothing in it needs quoting */
	return arena_printf(a, "/groups(uniqueName='%.*s')%s%s",
	    TEXT_ARGS(unique), select != NULL ? "?$select=" : "",
	    select != NULL ? select : "");
}

const char *
gurl_member_ref(struct arena *a, struct text group, struct text member)
{
	return arena_printf(a, "/groups/%.*s/members/%.*s/$ref",
	    TEXT_ARGS(group), TEXT_ARGS(member));
}

/* "/users/<id>" or "/groups/<id>" and nothing behind it. */
static bool
names_one_object(struct text url)
{
	for (int i = GT_USER; i <= GT_GROUP; i++) {
		size_t n = strlen(gtypes[i].path);
		struct text id;

		if (url.len <= n + 1 ||
		    memcmp(url.data, gtypes[i].path, n) != 0 ||
		    url.data[n] != '/')
			continue;
		id = (struct text){url.data + n + 1, url.len - n - 1};
		if (gurl_is_id(id))
			return true;
	}
	return false;
}

bool
gurl_may_send(const char *method, struct text url)
{
	if (url.len == 0 || url.data[0] != '/')
		return false;
	if (strcmp(method, "DELETE") != 0)
		return true;
	if (memchr(url.data, '?', url.len) != NULL ||
	    memmem(url.data, url.len, "..", 2) != NULL ||
	    memmem(url.data, url.len, "//", 2) != NULL)
		return false;
	return names_one_object(url) ||
	       (url.len > 5 && memcmp(url.data + url.len - 5, "/$ref", 5) == 0);
}

int
gurl_relative(
    struct text endpoint, struct text link, struct text *out, struct err *e)
{
	if (!http_url_same_origin(endpoint, link) || link.len <= endpoint.len ||
	    !text_equal_nocase(
		(struct text){link.data, endpoint.len}, endpoint) ||
	    link.data[endpoint.len] != '/')
		return err_set(e, ERR_PROTOCOL,
		    "@odata.nextLink leads to %.*s, not below %.*s",
		    TEXT_ARGS(http_url_host(link)), TEXT_ARGS(endpoint));
	*out = (struct text){link.data + endpoint.len, link.len - endpoint.len};
	return 0;
}
