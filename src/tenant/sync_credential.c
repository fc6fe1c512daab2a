/* tenant/sync_credential.c -- password hashes: taken, kept, verified; see
 * syncobj.h. */
#include "base/clock.h"
#include "base/hash.h"
#include "tenant/sync_int.h"

#define BLOB_HEAD    "v1;PPH1_MD4,"
#define SALT_MIN     ((size_t)8)
#define SALT_MAX     ((size_t)32)
#define COUNT_DIGITS 7U
#define ITEMS_MAX    50U
#define OWN_COUNT    10 /* of a password that Graph sets */

/* ---- MD4 (RFC 1320), of one short text ---- */

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void
md4_block(uint32_t s[static 4], const unsigned char *b)
{
	static const unsigned char turns[3][4] = {
	    {3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
	static const unsigned char third[16] = {
	    0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
	uint32_t v[4] = {s[0], s[1], s[2], s[3]};

	for (unsigned i = 0; i < 48; i++) {
		unsigned round = i / 16, n = i % 16;
		size_t k = round == 0   ? n
			   : round == 1 ? (n % 4) * 4 + n / 4
					: third[n];
		uint32_t x = (uint32_t)b[k * 4] | (uint32_t)b[k * 4 + 1] << 8 |
			     (uint32_t)b[k * 4 + 2] << 16 |
			     (uint32_t)b[k * 4 + 3] << 24;
		uint32_t f = round == 0 ? (v[1] & v[2]) | (~v[1] & v[3])
			     : round == 1
				 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
				 : v[1] ^ v[2] ^ v[3];
		uint32_t add = round == 0   ? 0
			       : round == 1 ? 0x5a827999U
					    : 0x6ed9eba1U;
		uint32_t new = turn(v[0] + f + x + add, turns[round][n % 4]);

		v[0] = v[3];
		v[3] = v[2];
		v[2] = v[1];
		v[1] = new;
	}
	for (size_t i = 0; i < 4; i++)
		s[i] += v[i];
}

static int
md4(struct arena *a, struct text in, unsigned char out[static 16])
{
	uint32_t s[4] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
	size_t size = (in.len + 9 + 63) / 64 * 64;
	unsigned char *b = arena_alloc(a, size);

	if (b == NULL)
		return ERR_NOMEM;
	memset(b, 0, size);
	memcpy(b, in.data, in.len);
	b[in.len] = 0x80;
	for (size_t i = 0; i < 8; i++)
		b[size - 8 + i] =
		    (unsigned char)((uint64_t)in.len * 8 >> (8 * i));
	for (size_t i = 0; i < size; i += 64)
		md4_block(s, b + i);
	for (size_t i = 0; i < 16; i++)
		out[i] = (unsigned char)(s[i / 4] >> (8 * (i % 4)));
	return 0;
}

static int
utf16(struct arena *a, struct text in, struct text *out)
{
	unsigned char *b = arena_alloc(a, in.len * 2 + 2);
	size_t n = 0;

	if (b == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in.len;) {
		uint32_t c = utf8_next(in, &i);
		uint32_t hi = 0;

		if (c > 0x10ffff)
			return ERR_SYNTAX;
		if (c > 0xffff) {
			hi = 0xd800 + ((c - 0x10000) >> 10);
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
			b[n++] = (unsigned char)hi;
			b[n++] = (unsigned char)(hi >> 8);
		}
		b[n++] = (unsigned char)c;
		b[n++] = (unsigned char)(c >> 8);
	}
	*out = (struct text){(const char *)b, n};
	return 0;
}

/* ---- The blob ---- */

struct blob {
	struct text salt, hash; /* hex */
	int64_t count;
};

static bool
is_hex(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') &&
		    !(c >= 'A' && c <= 'F'))
			return false;
	}
	return true;
}

/* Up to the sign, which is taken too; false where there is none. */
static bool
part_take(struct text *in, char sign, struct text *out)
{
	const char *at = in->len == 0 ? NULL : memchr(in->data, sign, in->len);

	if (at == NULL)
		return false;
	*out = (struct text){in->data, (size_t)(at - in->data)};
	in->len -= out->len + 1;
	in->data = at + 1;
	return true;
}

static int
blob_read(struct text in, struct blob *out)
{
	const size_t head = sizeof(BLOB_HEAD) - 1;
	struct text count;

	if (in.len < head || memcmp(in.data, BLOB_HEAD, head) != 0)
		return ERR_SYNTAX;
	in = (struct text){in.data + head, in.len - head};
	if (!part_take(&in, ',', &out->salt) || !part_take(&in, ',', &count) ||
	    !part_take(&in, ';', &out->hash) || in.len != 0)
		return ERR_SYNTAX;
	if (out->salt.len % 2 != 0 || out->salt.len < SALT_MIN * 2 ||
	    out->salt.len > SALT_MAX * 2 || out->hash.len != 64 ||
	    count.len == 0 || count.len > COUNT_DIGITS || !is_hex(out->salt) ||
	    !is_hex(out->hash) || count.data[0] == '-')
		return ERR_SYNTAX;
	if (text_to_int64(count, &out->count) != 0 || out->count < 1)
		return ERR_SYNTAX;
	return 0;
}

int
sync_credential_check(struct text blob)
{
	struct blob b;

	return blob_read(blob, &b);
}

/* One block of PBKDF2 (RFC 8018 5.2) is all that is needed. */
static int
derive(struct arena *a, struct text key, struct text salt, int64_t count,
    unsigned char out[static 32])
{
	static const char block[4] = {0, 0, 0, 1};
	unsigned char u[32];
	char *first = arena_alloc(a, salt.len + 4);
	int r;

	if (first == NULL)
		return ERR_NOMEM;
	memcpy(first, salt.data, salt.len);
	memcpy(first + salt.len, block, sizeof(block));
	r = hash_hmac_sha256(key, (struct text){first, salt.len + 4}, u);
	memcpy(out, u, 32);
	for (int64_t n = 1; r == 0 && n < count; n++) {
		r = hash_hmac_sha256(key, (struct text){(char *)u, 32}, u);
		for (size_t i = 0; i < 32; i++)
			out[i] ^= u[i];
	}
	return r;
}

static int
password_key(struct arena *a, struct text password, struct text *out)
{
	unsigned char nt[16];
	struct text wide, hex;
	char *upper;
	int r = utf16(a, password, &wide);

	if (r == 0)
		r = md4(a, wide, nt);
	if (r == 0)
		r = hex_encode(a, (struct text){(char *)nt, 16}, &hex);
	if (r != 0)
		return r;
	upper = arena_alloc(a, hex.len);
	if (upper == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < hex.len; i++)
		upper[i] =
		    (char)(hex.data[i] >= 'a' ? hex.data[i] - 32 : hex.data[i]);
	return utf16(a, (struct text){upper, hex.len}, out);
}

bool
sync_credential_verify(struct arena *a, struct text blob, struct text password)
{
	struct blob b = {0};
	struct text key = {0}, salt = {0}, want = {0};
	unsigned char got[32], diff = 0;
	int r = blob_read(blob, &b);

	if (r == 0)
		r = password_key(a, password, &key);
	if (r == 0)
		r = hex_decode(a, b.salt, &salt, NULL);
	if (r == 0)
		r = hex_decode(a, b.hash, &want, NULL);
	if (r == 0)
		r = derive(a, key, salt, b.count, got);
	if (r != 0 || want.len != 32)
		return false;
	for (size_t i = 0; i < 32; i++)
		diff |= (unsigned char)(got[i] ^ (unsigned char)want.data[i]);
	return diff == 0;
}

/* Quick to make, for a directory that tests fill with thousands. */
int
sync_credential_make(struct arena *a, struct text password, struct text *out)
{
	unsigned char salt[SALT_MIN], hash[32];
	struct text raw = {(char *)salt, sizeof(salt)}, key = {0};
	struct text salt_hex = {0}, hash_hex = {0};
	int r = password_key(a, password, &key);

	random_bytes(salt, sizeof(salt));
	if (r == 0)
		r = derive(a, key, raw, OWN_COUNT, hash);
	if (r == 0)
		r = hex_encode(a, raw, &salt_hex);
	if (r == 0)
		r = hex_encode(
		    a, (struct text){(char *)hash, sizeof(hash)}, &hash_hex);
	if (r == 0)
		*out = text_of(arena_printf(a, BLOB_HEAD "%.*s,%d,%.*s;",
		    TEXT_ARGS(salt_hex), OWN_COUNT, TEXT_ARGS(hash_hex)));
	return r == 0 && arena_failed(a) ? ERR_NOMEM : r;
}

/* ---- ProvisionCredentials ---- */

enum credential_result {
	CRED_DONE = 0,
	CRED_FAILED = 1,
	CRED_NO_USER = 2, /* not there yet: to be tried again */
	CRED_CLOUD_ONLY = 3,
	CRED_INVALID = 4,
};

struct credential {
	struct text source_anchor, cloud_anchor, blob;
	bool force;
	enum credential_result result;
	const char *text;
};

static int
refuse(struct credential *k, enum credential_result result, const char *text)
{
	k->result = result;
	k->text = text;
	return 0;
}

static int
find_user(struct sync_request *q, struct credential *k, struct dirobj *out_o)
{
	struct sync_call *c = &q->call;
	struct syncobj s = {0};
	enum entity kind;
	struct text id;
	int r;

	if (k->source_anchor.len != 0) {
		r = syncobj_by_anchor(
		    c->t->db, c->a, ENTITY_USER, k->source_anchor, &s);
		if (r == 0)
			r = dirobj_by_row(c->t->db, s.row, out_o);
		syncobj_clear(&s);
		return r;
	}
	r = sync_cloud_anchor_read(k->cloud_anchor, &kind, &id);
	if (r != 0 || kind != ENTITY_USER)
		return ERR_NOENT;
	return dirobj_by_id(c->t->db, id, out_o);
}

/* The cloud lets such a password expire only where its own policy is asked to
 * hold for these users; how strong it is was decided where it comes from. */
static void
policy_put(struct sync_request *q, struct json *doc)
{
	struct text old = json_get_text(doc, "passwordPolicies");
	bool weak = old.len != 0 && memmem(old.data, old.len,
					"DisableStrongPassword", 21) != NULL;

	if ((q->call.settings.features & SYNC_PASSWORD_POLICY) != 0)
		json_set_str(doc, "passwordPolicies",
		    weak ? "DisableStrongPassword" : "None");
	else
		json_set_str(doc, "passwordPolicies",
		    weak ? "DisablePasswordExpiration, DisableStrongPassword"
			 : "DisablePasswordExpiration");
}

static int
user_credential(
    struct sync_request *q, struct credential *k, const struct dirobj *o)
{
	bool force =
	    k->force && (q->call.settings.features & SYNC_FORCE_CHANGE) != 0;
	struct dirobj after = *o;
	struct dirobj_write w = {.before = o,
	    .after = &after,
	    .op = CHANGE_UPDATE,
	    .changed = TEXT("lastPasswordChangeDateTime,passwordPolicies")};
	char now[32];
	int r;

	if (o->state != DIROBJ_LIVE)
		return refuse(k, CRED_NO_USER, "There is no such user yet.");
	if (!dirobj_flag(o, "onPremisesSyncEnabled"))
		return refuse(k, CRED_CLOUD_ONLY,
		    "PasswordChangeOnCloudOnlyObject: the password of a user "
		    "of the cloud cannot be set from on premises.");
	(void)clock_format(q->call.now_ms, false, now);
	r = tdb_run(q->call.t->db, SQL_CREDENTIAL_PUT, "itii", o->row, k->blob,
	    q->call.now_ms, (int64_t)force);
	if (r != 0)
		return r;
	after.doc = json_dup(o->doc);
	json_set_str(after.doc, "lastPasswordChangeDateTime", now);
	policy_put(q, after.doc);
	r = dirobj_write(q->call.t->db, q->call.a, &w);
	dirobj_clear(&after);
	return r;
}

static int
credential_put(struct sync_request *q, struct credential *k)
{
	struct dirobj o = {0};
	int r;

	if (blob_read(k->blob, &(struct blob){0}) != 0)
		return refuse(
		    k, CRED_INVALID, "The credential data is malformed.");
	r = find_user(q, k, &o);
	if (r == ERR_NOENT)
		r = refuse(k, CRED_NO_USER, "There is no such user yet.");
	else if (r == 0)
		r = user_credential(q, k, &o);
	dirobj_clear(&o);
	return r;
}

static void
text_or_nil(struct nbfx_writer *w, const char *name, struct text t)
{
	if (t.len == 0)
		soap_nil(w, "b", name);
	else
		soap_text(w, "b", name, t);
}

static int
one_credential(struct sync_request *q, const struct xml_node *n)
{
	struct nbfx_writer *w = &q->w;
	struct credential k = {
	    .source_anchor = xml_child_text(n, "SourceAnchor"),
	    .cloud_anchor = xml_child_text(n, "CloudAnchor"),
	    .blob = xml_child_text(n, "CredentialData"),
	    .force = text_is_nocase(
		xml_child_text(n, "ForcePasswordChangeOnLogon"), "true")};
	int r = credential_put(q, &k);

	if (r != 0)
		return r;
	soap_begin(w, "b", "SyncCredentialsChangeResult");
	text_or_nil(w, "CloudAnchor", k.cloud_anchor);
	text_or_nil(w, "ExtendedErrorInformation", text_of(k.text));
	soap_int(w, "b", "Result", k.result);
	text_or_nil(w, "SourceAnchor", k.source_anchor);
	nbfx_end(w);
	return 0;
}

int
sync_provision_credentials(struct sync_request *q)
{
	const struct xml_node *items =
	    xml_path(q->soap.body, "request/RequestItems");
	const struct xml_node *n =
	    xml_child(items, "SyncCredentialsChangeItem");
	int r = 0;

	if ((q->call.settings.features & SYNC_PASSWORD_HASH) == 0)
		return sync_fault(q, 90,
		    "Password Synchronization has not been activated for "
		    "this company.");
	if (items != NULL && items->count > ITEMS_MAX)
		return sync_fault(
		    q, 4, "A request holds at most %u credentials.", ITEMS_MAX);
	soap_ns(&q->w, "b", SOAP_NS_CRED);
	soap_ns(&q->w, "i", SOAP_NS_XSI);
	soap_begin(&q->w, "b", "Results");
	for (; r == 0 && n != NULL;
	     n = xml_next(n, "SyncCredentialsChangeItem"))
		r = one_credential(q, n);
	nbfx_end(&q->w);
	q->call.settings.last_password_ms = q->call.now_ms;
	return r == 0 ? sync_settings_save(q->call.t, &q->call.settings) : r;
}
