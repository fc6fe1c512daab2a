/* expr/fn_convert.c -- between types, and texts that stand for octets
 * (docs/engine/expressions.md 4.3). */
#include <stdio.h>

#include "expr/expr_int.h"

#include "base/hash.h"
#include "model/guid.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
hex_parse(struct text t, int64_t *out)
{
	uint64_t n = 0;

	if (t.len == 0 || t.len > 16)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];
		unsigned d;

		if (c >= '0' && c <= '9')
			d = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			d = (unsigned)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			d = (unsigned)(c - 'A') + 10;
		else
			return false;
		n = n << 4 | d;
	}
	if (n > INT64_MAX)
		return false;
	*out = (int64_t)n;
	return true;
}

bool
number_parse(struct text t, int64_t *out)
{
	while (t.len > 0 && is_blank(t.data[0]))
		t = (struct text){t.data + 1, t.len - 1};
	while (t.len > 0 && is_blank(t.data[t.len - 1]))
		t.len--;
	if (t.len > 2 && t.data[0] == '&' && t.data[1] == 'H')
		return hex_parse((struct text){t.data + 2, t.len - 2}, out);
	if (t.len > 1 && t.data[0] == '+' && t.data[1] != '-')
		t = (struct text){t.data + 1, t.len - 1};
	return text_to_int64(t, out) == 0;
}

/* Octets as an unsigned little-endian number. */
static bool
octets_to_number(struct text t, int64_t *out)
{
	uint64_t n = 0;

	for (size_t i = t.len; i > 0; i--) {
		if (n >> 55 != 0)
			return false;
		n = n << 8 | (unsigned char)t.data[i - 1];
	}
	*out = (int64_t)n;
	return true;
}

int
fn_cnum(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t number = 0;
	bool good = true;

	(void)n;
	if (args[0].type == EXPR_NUMBER)
		number = args[0].number;
	else if (args[0].type == EXPR_BOOLEAN)
		number = args[0].boolean;
	else if (args[0].type == EXPR_BINARY)
		good = octets_to_number(args[0].text, &number);
	else
		good = number_parse(args[0].text, &number);
	if (!good && args[0].type == EXPR_BINARY)
		return run_bad(r, "not-numeric", 0,
		    "%zu octets are no number of 64 bits", args[0].text.len);
	if (!good)
		return run_bad(r, "not-numeric", 0,
		    "\"%.*s\" is no number of 64 bits",
		    args[0].text.len > 60 ? 60 : (int)args[0].text.len,
		    args[0].text.data);
	*out = make_number(number);
	return 0;
}

int
fn_cstr(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	char *p;

	(void)n;
	if (args[0].type == EXPR_BOOLEAN) {
		*out =
		    make_string(args[0].boolean ? TEXT("True") : TEXT("False"));
	} else if (args[0].type == EXPR_NUMBER) {
		if ((p = run_bytes(r, 24)) == NULL)
			return run_nomem(r);
		(void)snprintf(p, 24, "%lld", (long long)args[0].number);
		*out = make_string(text_of(p));
	} else {
		*out = make_string(args[0].text);
	}
	return 0;
}

int
fn_cbin(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	uint64_t v = (uint64_t)args[0].number;
	int64_t len = args[1].number;
	char *p;

	(void)n;
	if (len < 1 || len > 4096 || args[0].number < 0 ||
	    (len < 8 && v >> (8 * (unsigned)len) != 0))
		return run_bad(r, "invalid-argument", 0,
		    "%lld does not fit %lld octets", (long long)args[0].number,
		    (long long)len);
	if ((p = run_bytes(r, (size_t)len)) == NULL)
		return run_nomem(r);
	for (int64_t i = 0; i < len; i++, v >>= 8)
		p[i] = (char)(v & 0xff);
	*out = make_binary((struct text){p, (size_t)len});
	return 0;
}

int
fn_cref(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_null();
	if (args[0].text.len > 0)
		*out = (struct expr_value){
		    .type = EXPR_REFERENCE, .by = REF_DN, .text = args[0].text};
	return 0;
}

int
fn_cguid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct guid g;
	char *p;

	(void)n;
	if (guid_parse(args[0].text, &g, NULL) < 0)
		return run_bad(r, "invalid-argument", 0, "not a GUID");
	if ((p = run_bytes(r, sizeof(g.octets))) == NULL)
		return run_nomem(r);
	memcpy(p, g.octets, sizeof(g.octets));
	*out = make_binary((struct text){p, sizeof(g.octets)});
	return 0;
}

static int
guid_result(struct run *r, const struct guid *g, struct expr_value *out)
{
	char *p = run_bytes(r, GUID_TEXT_LEN);

	if (p == NULL)
		return run_nomem(r);
	guid_format(g, p);
	*out = make_string((struct text){p, GUID_TEXT_LEN});
	return 0;
}

int
fn_string_from_guid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct guid g;

	(void)n;
	if (args[0].text.len != sizeof(g.octets))
		return run_bad(r, "invalid-argument", 0, "%zu octets, not 16",
		    args[0].text.len);
	memcpy(g.octets, args[0].text.data, sizeof(g.octets));
	return guid_result(r, &g, out);
}

int
fn_guid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct guid g = guid_random();

	(void)args;
	(void)n;
	return guid_result(r, &g, out);
}

int
fn_string_from_sid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t;
	int rc = sid_format(r->arena, args[0].text, &t, NULL);

	(void)n;
	if (rc == ERR_NOMEM)
		return run_nomem(r);
	if (rc < 0)
		return run_bad(r, "invalid-argument", 0, "not a SID");
	*out = make_string(t);
	return 0;
}

/* ---- Base64 and hex ---- */

/* UTF-8 to UTF-16LE octets. */
static int
to_utf16(struct run *r, struct text in, struct text *out)
{
	char *p = run_bytes(r, in.len * 2);
	size_t pos = 0, n = 0;

	if (p == NULL)
		return run_nomem(r);
	while (pos < in.len) {
		uint32_t c = utf8_next(in, &pos);
		uint32_t units[2] = {c, 0};
		unsigned count = 1;

		if (c >= 0x110000) { /* a stray byte: as itself */
			units[0] = c - 0x110000;
		} else if (c >= 0x10000) {
			units[0] = 0xd800 + ((c - 0x10000) >> 10);
			units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
			count = 2;
		}
		for (unsigned i = 0; i < count; i++) {
			p[n++] = (char)(units[i] & 0xff);
			p[n++] = (char)(units[i] >> 8);
		}
	}
	*out = (struct text){p, n};
	return 0;
}

int
fn_to_base64(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text octets = args[0].text, t;
	int rc;

	(void)n;
	if (args[0].type == EXPR_STRING &&
	    (rc = to_utf16(r, args[0].text, &octets)) < 0)
		return rc;
	if (octets.len > EXPR_MAX_OUTPUT / 2 ||
	    base64_encode(r->arena, octets, &t) < 0)
		return run_nomem(r);
	r->output += t.len;
	*out = make_string(t);
	return 0;
}

static unsigned
unit_at(struct text t, size_t i)
{
	return (unsigned)((unsigned char)t.data[i] |
			  (unsigned char)t.data[i + 1] << 8);
}

/* UTF-16LE octets to UTF-8; false where they are none. */
static bool
from_utf16(struct text in, char *p, size_t *out_len)
{
	size_t n = 0;

	if (in.len % 2 != 0)
		return false;
	for (size_t i = 0; i < in.len; i += 2) {
		uint32_t c = unit_at(in, i);

		if (c >= 0xd800 && c < 0xdc00) {
			unsigned low = i + 4 <= in.len ? unit_at(in, i + 2) : 0;

			if (low < 0xdc00 || low > 0xdfff)
				return false;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (c >= 0xdc00 && c < 0xe000) {
			return false;
		}
		n += utf8_put(p + n, c);
	}
	*out_len = n;
	return true;
}

static bool
is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] >= 0x80)
			return false;
	return true;
}

int
fn_from_base64(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text enc = n > 1 ? args[1].text : TEXT("Unicode");
	struct text octets;
	size_t len = 0;
	bool good = false;
	char *p;
	int rc = base64_decode(r->arena, args[0].text, &octets, NULL);

	if (rc == ERR_NOMEM)
		return run_nomem(r);
	if (rc < 0)
		return run_bad(
		    r, "invalid-argument", 0, "the text is not base64");
	if ((p = run_bytes(r, octets.len * 3)) == NULL)
		return run_nomem(r);
	if (text_is(enc, "Unicode")) {
		good = from_utf16(octets, p, &len);
	} else if (text_is(enc, "UTF8") || text_is(enc, "ASCII")) {
		good = text_is(enc, "UTF8") ? text_is_utf8(octets)
					    : is_ascii(octets);
		len = octets.len;
		if (len > 0)
			memcpy(p, octets.data, len);
	}
	if (!good)
		return run_bad(r, "invalid-argument", 0, "not text in %.*s",
		    TEXT_ARGS(enc));
	*out = make_string((struct text){p, len});
	return 0;
}

int
fn_to_utf8_hex(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	static const char digits[] = "0123456789ABCDEF";
	struct text t = args[0].text;
	char *p = run_bytes(r, t.len * 2);

	(void)n;
	if (p == NULL)
		return run_nomem(r);
	for (size_t i = 0; i < t.len; i++) {
		p[2 * i] = digits[(unsigned char)t.data[i] >> 4];
		p[2 * i + 1] = digits[(unsigned char)t.data[i] & 15];
	}
	*out = make_string((struct text){p, t.len * 2});
	return 0;
}

int
fn_from_utf8_hex(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t;
	int rc = hex_decode(r->arena, args[0].text, &t, NULL);

	(void)n;
	if (rc == ERR_NOMEM)
		return run_nomem(r);
	if (rc < 0 || !text_is_utf8(t))
		return run_bad(
		    r, "invalid-argument", 0, "the text is not hex of UTF-8");
	*out = make_string(t);
	return 0;
}

int
fn_thumbprint(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	unsigned char digest[32];
	char *p = run_bytes(r, sizeof(digest));

	(void)n;
	if (p == NULL)
		return run_nomem(r);
	if (hash_sha256(args[0].text, digest) < 0)
		return run_bad(r, "invalid-argument", 0, "no digest of it");
	memcpy(p, digest, sizeof(digest));
	*out = make_binary((struct text){p, sizeof(digest)});
	return 0;
}
