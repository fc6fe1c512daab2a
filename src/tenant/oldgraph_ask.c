/* tenant/oldgraph_ask.c -- what was asked, as Graph is asked; see
 * oldgraph_int.h. */
#include <ctype.h>

#include "tenant/oldgraph_int.h"

#define PAGE       "100"
#define NAME_BYTES 8192U

struct text
old_segment(const struct old *q, size_t i)
{
	return i + 1 < q->url.nsegments ? q->url.segments[i + 1]
					: (struct text){"", 0};
}

int
old_bad(struct old *q, const char *code, struct text message)
{
	old_error_write(q->c, 400, code, message);
	return ERR_REJECTED;
}

/* Names outside of quotes, as Graph calls them. */
static void
filter_write(struct old *q, struct text filter, struct buf *out)
{
	bool quoted = false;
	size_t i = 0;

	while (i < filter.len) {
		struct text word = {filter.data + i, 0};
		const struct old_name *n;

		while (i + word.len < filter.len && !quoted &&
		       isalnum((unsigned char)word.data[word.len]) != 0)
			word.len++;
		if (word.len == 0) {
			quoted ^= filter.data[i] == '\'';
			buf_putc(out, filter.data[i++]);
			continue;
		}
		n = q->kind == NULL ? NULL : old_name_find(q->kind, word);
		buf_text_add(
		    out, n == NULL || n->own == NULL ? word : text_of(n->own));
		i += word.len;
	}
}

static void
option_write(struct buf *b, const char *name, struct text value)
{
	buf_printf(b,
	    "%c$%s=", memchr(b->data, '?', b->len) == NULL ? '?' : '&', name);
	url_encode(value, b);
}

/* Every name that an answer is made of, once. */
static void
select_write(struct old *q, struct buf *b)
{
	struct buf names;
	size_t k = 0;

	buf_init(&names, NAME_BYTES);
	for (const struct old_kind *kind = q->kind; kind != NULL || k == 0;
	     kind = q->kind == NULL ? old_kind_at(k) : NULL) {
		if (kind == NULL)
			kind = old_kind_at(0);
		k++;
		for (size_t i = 0; i < kind->n; i++) {
			const char *own = kind->names[i].own;

			if (own != NULL)
				buf_printf(&names, "%s%s",
				    names.len == 0 ? "" : ",", own);
		}
	}
	option_write(b, "select", buf_text(&names));
	if (buf_error(&names) != 0)
		b->error = buf_error(&names);
	buf_clear(&names);
}

static void
query_write(struct old *q, const struct old_route *rt, struct buf *b)
{
	const struct url_option *top = url_option(&q->url, "$top");
	const struct url_option *filter = url_option(&q->url, "$filter");
	const struct url_option *token = url_option(&q->page, "$skiptoken");
	struct buf own;

	if (text_is(text_of(q->c->method), "GET"))
		select_write(q, b);
	if (rt->answer != ANSWER_LIST && rt->answer != ANSWER_URLS)
		return;
	if (token != NULL) {
		option_write(b, "skiptoken", token->value);
		top = url_option(&q->page, "$top");
	}
	option_write(b, "top", top == NULL ? TEXT(PAGE) : top->value);
	if (token != NULL && url_option(&q->page, "$filter") != NULL) {
		option_write(
		    b, "filter", url_option(&q->page, "$filter")->value);
	} else if (filter != NULL) {
		buf_init(&own, NAME_BYTES);
		filter_write(q, filter->value, &own);
		option_write(b, "filter", buf_text(&own));
		buf_clear(&own);
	}
}

/* "/0/1/members": a digit is the segment of that place. */
static void
path_write(struct old *q, const struct old_route *rt, struct buf *b)
{
	for (const char *s = rt->to; *s != '\0'; s++)
		if (*s >= '0' && *s <= '9')
			url_encode(old_segment(q, (size_t)(*s - '0')), b);
		else
			buf_putc(b, *s);
	if (rt->to[0] == '\0') {
		buf_putc(b, '/');
		buf_puts(b, q->kind->segment);
	}
}

/* X'...' holds, in hex, what Graph needs to go on. */
static bool
page_query(struct old *q, struct text token)
{
	struct text query = {"", 0};
	char *target;

	if (token.len < 3 || token.data[1] != '\'' ||
	    token.data[token.len - 1] != '\'' ||
	    hex_decode(q->c->a, (struct text){token.data + 2, token.len - 3},
		&query, NULL) != 0)
		return false;
	target = arena_printf(q->c->a, "/?%.*s", TEXT_ARGS(query));
	return target != NULL &&
	       url_parse(q->c->a, text_of(target), &q->page, NULL) == 0 &&
	       url_option(&q->page, "$skiptoken") != NULL;
}

int
old_page_read(struct old *q)
{
	const struct url_option *o = url_option(&q->url, "$skiptoken");

	if (o == NULL || page_query(q, o->value))
		return 0;
	return old_bad(q, "Directory_ExpiredPageToken",
	    TEXT("The page token is not valid."));
}

static int
target_parse(struct old *q, struct buf *b)
{
	struct err e = {0};
	int r = buf_error(b);

	if (r == 0)
		r = url_parse(
		    q->c->a, text_dup(q->c->a, buf_text(b)), &q->g.url, &e);
	buf_clear(b);
	return r == 0 ? 0
		      : old_bad(q, "Request_BadRequest",
			    e.text[0] == '\0' ? TEXT("It is too long.")
					      : text_of(e.text));
}

int
old_target_make(struct old *q, const struct old_route *rt)
{
	struct buf b;

	buf_init(&b, URL_BYTES);
	path_write(q, rt, &b);
	if (rt->answer != ANSWER_COMPANY)
		query_write(q, rt, &b);
	return target_parse(q, &b);
}

int
old_target_read(struct old *q, struct text id)
{
	struct buf b;

	buf_init(&b, URL_BYTES);
	buf_printf(&b, "/%s/", q->kind->segment);
	url_encode(id, &b);
	select_write(q, &b);
	return target_parse(q, &b);
}

/* ---- A body of then ---- */

struct body {
	struct old *q;
	struct json *own;
};

static struct json *
profile_own(const struct json *v)
{
	struct json *own = json_dup(v);
	const struct json *force = json_get(v, "forceChangePasswordNextLogin");

	if (force != NULL) {
		json_remove(own, "forceChangePasswordNextLogin");
		json_set(own, "forceChangePasswordNextSignIn", json_dup(force));
	}
	return own;
}

static int
member_own(void *ctx, struct text key, struct json *value)
{
	struct body *b = ctx;
	const struct old_name *n = old_name_find(b->q->kind, key);
	struct json *list;

	if (text_starts_nocase(key, "odata.") ||
	    text_is_nocase(key, "objectType"))
		return 0;
	if (n == NULL || (n->shape != OLD_SAME && n->shape != OLD_FIRST))
		return old_bad(b->q, "Request_BadRequest",
		    text_of(arena_printf(b->q->c->a, "Invalid property '%.*s'.",
			(int)(key.len > 128 ? 128 : key.len), key.data)));
	if (n->shape == OLD_SAME) {
		json_set(b->own, n->own,
		    text_is_nocase(key, "passwordProfile") ? profile_own(value)
							   : json_dup(value));
		return 0;
	}
	list = json_new_list();
	if (json_type(value) != JSON_NULL)
		json_push(list, json_dup(value));
	json_set(b->own, n->own, list);
	return 0;
}

int
old_body_read(struct old *q)
{
	CLEANUP(json_freep)
	struct json *then = NULL;
	struct body b = {q, NULL};

	q->g.has_body = q->c->body.len != 0;
	if (!q->g.has_body || q->kind == NULL ||
	    json_parse(q->c->body, BODY_MAX_BYTES, &then, NULL) != 0 ||
	    json_type(then) != JSON_OBJECT)
		return 0; /* Graph says that it cannot be read */
	b.own = q->g.body = json_new_object();
	return json_each(then, member_own, &b);
}
