/* connectors/graph/mark.c -- the watermark: a delta link for each type. */
#include <string.h>

#include "connectors/graph/import_int.h"

#define MARK_HEAD "graph 1"

/* ---- Stored ---- */

static int
line_add(struct buf *b, struct text line, struct err *e)
{
	if (line.len == 0 || memchr(line.data, '\n', line.len) != NULL)
		return err_set(e, ERR_PROTOCOL, "a delta link that is no link");
	buf_text_add(b, line);
	buf_putc(b, '\n');
	return 0;
}

int
mark_format(
    struct arena *a, const struct mark *m, struct text *out, struct err *e)
{
	struct buf b;
	int r = 0;

	buf_init(&b, MARK_MAX);
	buf_puts(&b, MARK_HEAD "\n");
	for (int i = 0; i < GT_COUNT && r == 0; i++) {
		r = line_add(&b, m->query[i], e);
		if (r == 0)
			r = line_add(&b, m->link[i], e);
	}
	if (r == 0 && buf_error(&b) < 0)
		r = err_set(e, ERR_LIMIT, "the delta links are too long");
	if (r == 0) {
		*out = text_dup(a, buf_text(&b));
		if (out->data == NULL)
			r = err_set(e, ERR_NOMEM, "out of memory");
	}
	buf_clear(&b);
	return r;
}

/* The next line of in, without its end; false where there is none. */
static bool
line_next(struct text *in, struct text *out)
{
	const char *end = in->len != 0 ? memchr(in->data, '\n', in->len) : NULL;

	if (end == NULL)
		return false;
	*out = (struct text){in->data, (size_t)(end - in->data)};
	in->data += out->len + 1;
	in->len -= out->len + 1;
	return out->len != 0;
}

int
mark_parse(struct text in, struct mark *out, struct err *e)
{
	struct mark m = {0};
	struct text head;
	bool ok = in.len <= MARK_MAX && line_next(&in, &head) &&
		  text_is(head, MARK_HEAD);

	for (int i = 0; i < GT_COUNT && ok; i++)
		ok = line_next(&in, &m.query[i]) && line_next(&in, &m.link[i]);
	if (!ok || in.len != 0)
		return err_set(
		    e, ERR_SYNTAX, "the watermark is of another form");
	*out = m;
	return 0;
}

/* ---- What was asked for ---- */

/* The next name of a list, without its comma. */
static bool
name_next(struct text *in, struct text *out)
{
	const char *end;

	if (in->len == 0)
		return false;
	end = memchr(in->data, ',', in->len);
	out->data = in->data;
	out->len = end != NULL ? (size_t)(end - in->data) : in->len;
	in->data += end != NULL ? out->len + 1 : out->len;
	in->len -= end != NULL ? out->len + 1 : out->len;
	return true;
}

static bool
names_have(struct text list, struct text name)
{
	struct text one;

	while (name_next(&list, &one))
		if (text_equal(one, name))
			return true;
	return false;
}

/* Splits "users/delta?$select=a,b" behind the sign; false where it has none. */
static bool
query_split(struct text query, struct text *head, struct text *names)
{
	const char *sign =
	    query.len != 0 ? memchr(query.data, '=', query.len) : NULL;

	if (sign == NULL)
		return false;
	*head = (struct text){query.data, (size_t)(sign - query.data)};
	*names = (struct text){
	    sign + 1, query.len - (size_t)(sign + 1 - query.data)};
	return true;
}

bool
mark_covers(struct text was, struct text now)
{
	struct text was_head, was_names, head, names, one;

	/* also of a type that is not asked for, then and now */
	if (text_equal(was, now))
		return true;
	if (!query_split(was, &was_head, &was_names) ||
	    !query_split(now, &head, &names) || !text_equal(was_head, head))
		return false;
	while (name_next(&names, &one))
		if (!names_have(was_names, one))
			return false;
	return true;
}

/* ---- Now ---- */

int
mark_query(
    struct importing *m, struct mark *out, struct arena *a, struct err *e)
{
	for (int i = 0; i < GT_COUNT; i++) {
		const char *select =
		    selection_text(a, &m->selection, (enum gtype)i);
		const char *links = "", *anew = "";

		out->query[i] = TEXT(MARK_UNASKED);
		if (!gconn_takes(m->g, (enum gtype)i))
			continue;
		if (select == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (i == GT_USER && import_asks(m, "manager"))
			links = ",manager";
		else if (i == GT_GROUP && import_asks(m, "members"))
			links = ",members";
		if ((i == GT_USER || i == GT_GROUP) &&
		    !import_asks(m, MARK_OF_NEW))
			anew = "," MARK_OF_NEW;
		out->query[i] =
		    text_of(arena_printf(a, "%s/delta?$select=%s%s%s",
			gtypes[i].path, select, links, anew));
		if (out->query[i].data == NULL || arena_failed(a))
			return err_set(e, ERR_NOMEM, "out of memory");
	}
	return 0;
}

int
mark_link(struct importing *m, struct text link, struct arena *a,
    struct text *out, struct err *e)
{
	struct text url = TEXT("");
	int r;

	if (link.len == 0)
		return err_set(e, ERR_PROTOCOL,
		    "a last page without a nextLink or a deltaLink");
	r = gurl_relative(m->g->endpoint, link, &url, e);
	if (r < 0)
		return r;
	*out = text_dup(a, url);
	return out->data == NULL ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

int
mark_now(struct importing *m, struct mark *out, struct arena *a, struct err *e)
{
	int r = mark_query(m, out, a, e);

	for (int i = 0; i < GT_COUNT && r == 0; i++) {
		CLEANUP(json_freep)
		struct json *page = NULL;
		const char *url = arena_printf(
		    a, "%.*s&$deltatoken=latest", TEXT_ARGS(out->query[i]));

		out->link[i] = TEXT(MARK_UNASKED);
		if (!gconn_takes(m->g, (enum gtype)i))
			continue;
		r = url == NULL ? err_set(e, ERR_NOMEM, "out of memory")
				: fetch_json(m->g, text_of(url), &page, e);
		if (r == 0)
			r = mark_link(m,
			    json_get_text(page, "@odata.deltaLink"), a,
			    &out->link[i], e);
	}
	return r;
}
