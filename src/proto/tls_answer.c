/* proto/tls_answer.c -- see tls_answer.h. */
#include "proto/tls_answer.h"

#include <curl/curl.h>
#include <string.h>

#define DATE_MAX       64U
#define TAG_SEQUENCE   0x30U
#define TAG_INTEGER    0x02U
#define TAG_EXTENDED   0x78U /* [APPLICATION 24] ExtendedResponse */
#define TAG_ENUMERATED 0x0aU

/* ---- StartTLS ---- */

/* Octets not yet read. */
struct octets {
	const unsigned char *at;
	size_t left;
};

/* A tag and its length, in any of the forms that servers write (Windows takes
 * the long one for small numbers too).  1; 0: cut; ERR_PROTOCOL. */
static int
element(struct octets *o, unsigned tag, size_t *out_len)
{
	size_t len, n;

	if (o->left < 2)
		return 0;
	if (o->at[0] != tag)
		return ERR_PROTOCOL;
	len = o->at[1];
	o->at += 2;
	o->left -= 2;
	if (len >= 0x80) {
		n = len & 0x7fU;
		if (n == 0 || n > 4)
			return ERR_PROTOCOL;
		if (o->left < n)
			return 0;
		for (len = 0; n > 0; n--, o->at++, o->left--)
			len = len << 8 | *o->at;
	}
	if (len > TLS_ANSWER_MAX)
		return ERR_PROTOCOL;
	*out_len = len;
	return 1;
}

/* The same with its content passed over. */
static int
pass(struct octets *o, unsigned tag)
{
	size_t len = 0;
	int r = element(o, tag, &len);

	if (r != 1 || len > o->left)
		return r == 1 ? 0 : r;
	o->at += len;
	o->left -= len;
	return 1;
}

/* LDAPMessage { messageID, ExtendedResponse { resultCode, ... } } */
static int
result_code(struct octets *o, unsigned *out)
{
	size_t len = 0;
	int r = element(o, TAG_SEQUENCE, &len);

	if (r != 1 || o->left < len)
		return r == 1 ? 0 : r;
	o->left = len;
	r = pass(o, TAG_INTEGER);
	if (r == 1)
		r = element(o, TAG_EXTENDED, &len);
	if (r == 1)
		r = element(o, TAG_ENUMERATED, &len);
	/* what came whole and ends too early will not get longer */
	if (r != 1 || len != 1 || o->left < 1)
		return ERR_PROTOCOL;
	*out = o->at[0];
	return 1;
}

int
starttls_answer(struct text in, struct err *e)
{
	struct octets o = {(const unsigned char *)in.data, in.len};
	unsigned code = 0;
	int r = result_code(&o, &code);

	if (r == 0 && in.len >= TLS_ANSWER_MAX)
		r = ERR_PROTOCOL;
	if (r < 0)
		return err_set(e, r, "no answer of LDAP to StartTLS");
	if (r == 1 && code != 0)
		return err_set(
		    e, ERR_PROTOCOL, "refuses StartTLS (result code %u)", code);
	return r;
}

/* ---- Date ---- */

/* The value behind "Date:" at the beginning of a line; empty: none. */
static struct text
date_field(struct text head)
{
	static const char name[] = "date:";

	for (size_t i = 0; i + sizeof(name) + 1 <= head.len; i++) {
		struct text t = {head.data + i + 2, head.len - i - 2};
		const char *end;

		if (memcmp(head.data + i, "\r\n", 2) != 0 ||
		    !text_starts_nocase(t, name))
			continue;
		t.data += sizeof(name) - 1;
		t.len -= sizeof(name) - 1;
		end = memchr(t.data, '\r', t.len);
		if (end == NULL)
			return TEXT("");
		return (struct text){t.data, (size_t)(end - t.data)};
	}
	return TEXT("");
}

int64_t
http_answer_date(struct text head)
{
	struct text t = date_field(head);
	char date[DATE_MAX];
	time_t at;

	if (t.len == 0 || t.len >= sizeof(date) ||
	    memchr(t.data, '\0', t.len) != NULL)
		return 0;
	memcpy(date, t.data, t.len);
	date[t.len] = '\0';
	at = curl_getdate(date, NULL);
	return at > 0 ? (int64_t)at * 1000 : 0;
}
