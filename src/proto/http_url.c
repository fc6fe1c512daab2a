/* proto/http_url.c -- the parts of a URL that a client must be sure of. */
#include <string.h>

#include "proto/http_client.h"

static const char hex_upper[] = "0123456789ABCDEF";

static bool
unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
http_url_quote(struct buf *b, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (unreserved(c)) {
			buf_putc(b, (char)c);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, hex_upper[c >> 4]);
		buf_putc(b, hex_upper[c & 15]);
	}
}

void
http_form_add(struct buf *b, const char *name, struct text value)
{
	if (b->len > 0)
		buf_putc(b, '&');
	http_url_quote(b, text_of(name));
	buf_putc(b, '=');
	http_url_quote(b, value);
}

/* What lies between "://" and the path; false where url is no URL. */
static bool
split(struct text url, struct text *scheme, struct text *authority)
{
	const char *mark = memmem(url.data, url.len, "://", 3);
	size_t at, end;

	if (url.len == 0 || mark == NULL || mark == url.data)
		return false;
	at = (size_t)(mark - url.data);
	*scheme = (struct text){url.data, at};
	at += 3;
	for (end = at; end < url.len; end++)
		if (url.data[end] == '/' || url.data[end] == '?' ||
		    url.data[end] == '#')
			break;
	*authority = (struct text){url.data + at, end - at};
	return authority->len > 0;
}

struct text
http_url_host(struct text url)
{
	struct text scheme, authority;

	if (!split(url, &scheme, &authority))
		return TEXT("");
	return authority;
}

/* The standard port of https is the same as none. */
static struct text
without_standard_port(struct text authority)
{
	if (text_ends_nocase(authority, ":443"))
		authority.len -= 4;
	return authority;
}

/* A host and a port: no user part, and nothing that two parsers could read
 * in two ways. */
static bool
plain_authority(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!unreserved((unsigned char)t.data[i]) && t.data[i] != ':' &&
		    t.data[i] != '[' && t.data[i] != ']')
			return false;
	return true;
}

bool
http_url_same_origin(struct text a, struct text b)
{
	struct text sa, sb, ha, hb;

	if (!split(a, &sa, &ha) || !split(b, &sb, &hb))
		return false;
	if (!plain_authority(ha) || !plain_authority(hb))
		return false;
	return text_is_nocase(sa, "https") && text_is_nocase(sb, "https") &&
	       text_equal_nocase(
		   without_standard_port(ha), without_standard_port(hb));
}
