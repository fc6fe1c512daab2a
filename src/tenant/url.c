#include "tenant/url.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The octet of "%XX" at i, -1 where there is none; zero is none. */
static int
escape_at(struct text in, size_t i)
{
	int hi, lo;

	if (in.len - i < 3)
		return -1;
	hi = hex_value(in.data[i + 1]);
	lo = hex_value(in.data[i + 2]);
	return hi < 0 || lo < 0 || hi + lo == 0 ? -1 : hi * 16 + lo;
}

static int
decode(
    struct arena *a, struct text in, bool plus, struct text *out, struct err *e)
{
	char *s = arena_alloc(a, in.len + 1);
	size_t n = 0;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a URL");
	for (size_t i = 0; i < in.len; i++) {
		int c = (unsigned char)in.data[i];

		if (c == '%') {
			c = escape_at(in, i);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c <= 0)
			return err_set(e, ERR_SYNTAX,
			    "bad escape in the URL at octet %zu", i - 2);
		s[n++] = (char)c;
	}
	*out = (struct text){s, n};
	if (!text_is_utf8(*out))
		return err_set(e, ERR_SYNTAX, "the URL is not UTF-8");
	return 0;
}

static int
segment_add(struct url *u, struct text t, struct err *e)
{
	if (u->nsegments == URL_MAX_SEGMENTS)
		return err_set(e, ERR_LIMIT,
		    "the URL has more than %u segments", URL_MAX_SEGMENTS);
	u->segments[u->nsegments++] = t;
	return 0;
}

/* 'it''s' without its quotes; doubled ones are one. */
static int
key_unquote(struct arena *a, struct text in, struct text *out, struct err *e)
{
	char *s;
	size_t n = 0;

	if (in.len < 2 || in.data[0] != '\'' || in.data[in.len - 1] != '\'')
		return err_set(e, ERR_SYNTAX, "the key \"%.*s\" is not quoted",
		    (int)(in.len > 64 ? 64 : in.len), in.data);
	s = arena_alloc(a, in.len);
	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a URL");
	for (size_t i = 1; i + 1 < in.len; i++) {
		s[n++] = in.data[i];
		if (in.data[i] == '\'' &&
		    (i + 2 >= in.len || in.data[++i] != '\''))
			return err_set(e, ERR_SYNTAX, "a quote inside a key");
	}
	*out = (struct text){s, n};
	return 0;
}

/* The key in the brackets; an alternate key "uniqueName='x'" is
 * "uniqueName=x". */
static int
key_parse(struct arena *a, struct text key, struct text *out, struct err *e)
{
	const char *equals = memchr(key.data, '=', key.len);
	size_t n;
	int r;

	if (equals == NULL || key.data[0] == '\'')
		return key_unquote(a, key, out, e);
	n = (size_t)(equals - key.data) + 1;
	r = key_unquote(a, (struct text){key.data + n, key.len - n}, out, e);
	if (r == 0)
		*out = text_of(arena_printf(
		    a, "%.*s%.*s", (int)n, key.data, TEXT_ARGS(*out)));
	return r == 0 && out->len == 0
		   ? err_set(e, ERR_NOMEM, "no memory for a URL")
		   : r;
}

/* "users", "users('key')", "microsoft.graph.delta()". */
static int
segment_parse(struct arena *a, struct text raw, struct url *u, struct err *e)
{
	struct text t, key;
	const char *open;
	int r = decode(a, raw, false, &t, e);

	if (r != 0)
		return r;
	open = t.len > 1 && t.data[t.len - 1] == ')' && t.data[0] != '$'
		   ? memchr(t.data, '(', t.len)
		   : NULL;
	if (open == NULL)
		return segment_add(u, t, e);
	key =
	    (struct text){open + 1, (size_t)(t.data + t.len - 1 - (open + 1))};
	r = segment_add(u, (struct text){t.data, (size_t)(open - t.data)}, e);
	if (r != 0 || key.len == 0)
		return r;
	r = key_parse(a, key, &key, e);
	return r == 0 ? segment_add(u, key, e) : r;
}

static struct text
cut(struct text *rest, char at)
{
	const char *p =
	    rest->len == 0 ? NULL : memchr(rest->data, at, rest->len);
	struct text head = *rest;

	if (p == NULL) {
		*rest = (struct text){"", 0};
		return head;
	}
	head.len = (size_t)(p - rest->data);
	rest->data += head.len + 1;
	rest->len -= head.len + 1;
	return head;
}

static int
options_parse(struct arena *a, struct text query, struct url *u, struct err *e)
{
	while (query.len != 0) {
		struct text value = cut(&query, '&');
		struct text name = cut(&value, '=');
		struct url_option *o = &u->options[u->noptions];
		int r;

		if (name.len == 0)
			continue;
		if (u->noptions == URL_MAX_OPTIONS)
			return err_set(e, ERR_LIMIT,
			    "the URL has more than %u options",
			    URL_MAX_OPTIONS);
		r = decode(a, name, true, &o->name, e);
		if (r == 0)
			r = decode(a, value, true, &o->value, e);
		if (r != 0)
			return r;
		u->noptions++;
	}
	return 0;
}

static struct text
without_host(struct text t)
{
	const char *p = memmem(t.data, t.len, "://", 3);
	const char *path;

	if (t.len == 0 || t.data[0] == '/' || p == NULL || p - t.data > 5)
		return t;
	path = memchr(p + 3, '/', (size_t)(t.data + t.len - (p + 3)));
	if (path == NULL)
		return (struct text){"", 0};
	return (struct text){path, (size_t)(t.data + t.len - path)};
}

int
url_parse(struct arena *a, struct text target, struct url *out_u, struct err *e)
{
	struct url *u = out_u;
	struct text rest;

	*u = (struct url){0};
	if (target.len > URL_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "a URL of %zu bytes", target.len);
	u->query = without_host(target);
	u->query = (struct text){u->query.data, u->query.len};
	u->path = cut(&u->query, '?');
	u->query = cut(&u->query, '#');
	rest = u->path;
	while (rest.len != 0) {
		struct text raw = cut(&rest, '/');
		int r = raw.len == 0 ? 0 : segment_parse(a, raw, u, e);

		if (r != 0)
			return r;
	}
	return options_parse(a, u->query, u, e);
}

int
url_parse_form(
    struct arena *a, struct text body, struct url *out_u, struct err *e)
{
	*out_u = (struct url){0};
	return options_parse(a, body, out_u, e);
}

const struct url_option *
url_option(const struct url *u, const char *name)
{
	for (size_t i = 0; i < u->noptions; i++) {
		struct text n = u->options[i].name;

		if (n.len != 0 && n.data[0] == '$' && name[0] != '$')
			n = (struct text){n.data + 1, n.len - 1};
		if (text_is_nocase(n, name))
			return &u->options[i];
	}
	return NULL;
}

static bool
unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

void
url_encode(struct text in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.data[i];

		if (unreserved(c))
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}
