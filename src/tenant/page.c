#include "tenant/page.h"

#include "base/buf.h"
#include "base/hash.h"

#define SEAL_BYTES 16U
#define TOKEN_MAX  8192U
#define NUMBERS    6U

static int
seal(struct text key, struct text payload, unsigned char out[static 32])
{
	return hash_hmac_sha256(key, payload, out);
}

int
page_format(struct arena *a, struct text key, const struct page_token *t,
    struct text *out)
{
	unsigned char mac[32];
	struct buf b;
	int r;

	buf_init(&b, TOKEN_MAX);
	buf_varint(&b, t->kind);
	buf_varint(&b, t->issued_ms);
	for (size_t i = 0; i < 4; i++)
		buf_varint(&b, t->n[i]);
	buf_text_add(&b, t->extra);
	r = buf_error(&b);
	if (r == 0)
		r = seal(key, buf_text(&b), mac);
	buf_add(&b, mac, SEAL_BYTES);
	if (r == 0)
		r = buf_error(&b);
	if (r == 0)
		r = base64url_encode(a, buf_text(&b), out);
	buf_clear(&b);
	return r;
}

int
page_parse(
    struct arena *a, struct text key, struct text in, struct page_token *out_t)
{
	unsigned char mac[32];
	uint64_t n[NUMBERS];
	struct text raw;
	size_t pos = 0;
	int r;

	if (in.len > TOKEN_MAX * (size_t)2)
		return ERR_SYNTAX;
	r = base64url_decode(a, in, &raw, NULL);
	if (r != 0 || raw.len < SEAL_BYTES)
		return ERR_SYNTAX;
	raw.len -= SEAL_BYTES;
	if (seal(key, raw, mac) != 0 ||
	    memcmp(mac, raw.data + raw.len, SEAL_BYTES) != 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < NUMBERS; i++)
		if (varint_get(raw, &pos, &n[i]) != 0)
			return ERR_SYNTAX;
	*out_t = (struct page_token){.kind = n[0],
	    .issued_ms = n[1],
	    .n = {n[2], n[3], n[4], n[5]},
	    .extra = {raw.data + pos, raw.len - pos}};
	return 0;
}
