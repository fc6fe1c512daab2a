/* tenant/sync_readback.c -- what was exported, read again: in full or what
 * changed since a cookie. */
#include "tenant/sync_check.h"
#include "tenant/sync_int.h"

/* Where a client stands: "d:N" has all up to N of the log; "f:N:M" is in the
 * middle of a full one that began at M: what changes and goes meanwhile is told
 * once more by the first delta behind it. */
struct cookie {
	bool full;
	int64_t seq, since;
};

static int
cookie_read(struct arena *a, struct text in, struct cookie *out)
{
	struct text raw;
	const char *colon;
	size_t n;

	if (base64_decode(a, in, &raw, NULL) != 0 || raw.len < 3 ||
	    raw.data[1] != ':' || (raw.data[0] != 'd' && raw.data[0] != 'f'))
		return ERR_SYNTAX;
	out->full = raw.data[0] == 'f';
	raw = (struct text){raw.data + 2, raw.len - 2};
	if (!out->full)
		return text_to_int64(raw, &out->seq);
	colon = memchr(raw.data, ':', raw.len);
	if (colon == NULL)
		return ERR_SYNTAX;
	n = (size_t)(colon - raw.data);
	if (text_to_int64((struct text){raw.data, n}, &out->seq) != 0)
		return ERR_SYNTAX;
	return text_to_int64(
	    (struct text){colon + 1, raw.len - n - 1}, &out->since);
}

static void
type_put(struct nbfx_writer *w, const char *type)
{
	nbfx_put_attr(w, TEXT("i"), TEXT("type"), text_of(type));
	if (type[0] == 'd')
		soap_ns(w, "d", SOAP_NS_XSD);
}

static void
octets_put(struct nbfx_writer *w, struct arena *a, struct text base64)
{
	struct text raw;

	if (base64_decode(a, base64, &raw, NULL) == 0)
		nbfx_put_octets(w, raw);
}

static void
list_put(struct sync_request *q, const struct json *list, bool binary)
{
	struct nbfx_writer *w = &q->w;

	type_put(w, binary ? "c:ArrayOfbase64Binary" : "c:ArrayOfstring");
	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		soap_begin(w, "c", binary ? "base64Binary" : "string");
		if (binary)
			octets_put(w, q->call.a, t);
		else
			nbfx_put_text(w, t);
		nbfx_end(w);
	}
}

static void
value_put(struct sync_request *q, const struct json *v)
{
	struct nbfx_writer *w = &q->w;
	const struct json *b = json_get(v, "b");

	if (json_type(v) == JSON_INTEGER) {
		type_put(w, "d:long");
		nbfx_put_int(w, json_int(v, 0));
	} else if (json_type(v) == JSON_BOOLEAN) {
		type_put(w, "d:boolean");
		nbfx_put_bool(w, json_bool(v, false));
	} else if (json_type(v) == JSON_LIST) {
		list_put(q, v, false);
	} else if (json_type(b) == JSON_LIST) {
		list_put(q, b, true);
	} else if (b != NULL) {
		type_put(w, "d:base64Binary");
		octets_put(w, q->call.a, json_text(b));
	} else {
		type_put(w, "d:string");
		nbfx_put_text(w, json_text(v));
	}
}

/* The service begins names with a capital; clients compare in any case. */
static struct text
key_name(struct arena *a, struct text key)
{
	char *s = arena_printf(a, "%.*s", TEXT_ARGS(key));

	if (s == NULL || text_starts_nocase(key, "extension_"))
		return key;
	if (s[0] >= 'a' && s[0] <= 'z')
		s[0] = (char)(s[0] - 'a' + 'A');
	return text_of(s);
}

static int
pair_put(void *ctx, struct text key, struct json *value)
{
	struct sync_request *q = ctx;

	if (text_is_nocase(key, "sourceAnchor") ||
	    text_is_nocase(key, "cloudMastered"))
		return 0;
	soap_begin(&q->w, "c", "KeyValueOfstringanyType");
	soap_text(&q->w, "c", "Key", key_name(q->call.a, key));
	soap_begin(&q->w, "c", "Value");
	value_put(q, value);
	nbfx_end(&q->w);
	nbfx_end(&q->w);
	return 0;
}

static void
own_pair_put(struct sync_request *q, const char *key, struct text t)
{
	struct nbfx_writer *w = &q->w;

	soap_begin(w, "c", "KeyValueOfstringanyType");
	soap_text(w, "c", "Key", text_of(key));
	soap_begin(w, "c", "Value");
	type_put(w, "d:string");
	nbfx_put_text(w, t);
	nbfx_end(w);
	nbfx_end(w);
}

/* The operation of before tells every attribute that the type can have. */
static void
empty_put(struct sync_request *q, const struct syncobj *s)
{
	const struct sync_rule *rule;

	for (size_t i = 0; (rule = sync_rule_at(i)) != NULL; i++) {
		struct text name = text_of(rule->name);

		if ((rule->kinds & 1U << s->kind) == 0 ||
		    syncobj_get(s->doc, rule->name) != NULL ||
		    text_is_nocase(name, "sourceAnchor") ||
		    text_is_nocase(name, "cloudAnchor") ||
		    text_is_nocase(name, "cloudMastered"))
			continue;
		soap_begin(&q->w, "c", "KeyValueOfstringanyType");
		soap_text(&q->w, "c", "Key", key_name(q->call.a, name));
		soap_nil(&q->w, "c", "Value");
		nbfx_end(&q->w);
	}
}

static void
object_put(struct sync_request *q, const struct syncobj *s)
{
	struct nbfx_writer *w = &q->w;
	bool live = s->state == DIROBJ_LIVE;

	soap_begin(w, "b", "AzureADSyncObject");
	soap_begin(w, "b", "PropertyValues");
	soap_ns(w, "c", SOAP_NS_ARRAYS);
	own_pair_put(
	    q, "CloudAnchor", sync_cloud_anchor(q->call.a, s->kind, s->id));
	own_pair_put(q, "SourceAnchor", s->anchor);
	if (live) {
		soap_begin(w, "c", "KeyValueOfstringanyType");
		soap_text(w, "c", "Key", TEXT("CloudMastered"));
		soap_begin(w, "c", "Value");
		type_put(w, "d:boolean");
		nbfx_put_bool(w, false);
		nbfx_end(w);
		nbfx_end(w);
		(void)json_each(s->doc, pair_put, q);
		if (text_is(q->soap.operation, "ReadBackAzureADSyncObjects"))
			empty_put(q, s);
	}
	nbfx_end(w);
	soap_text(w, "b", "SyncObjectType", text_of(sync_kind_name(s->kind)));
	soap_text(w, "b", "SyncOperation", live ? TEXT("Set") : TEXT("Delete"));
	nbfx_end(w);
}

/* Counts what lies behind the place, to know whether it is one page.  Only a
 * client that goes on from a cookie gets pages: one that is known by its
 * machine, as the vendor's own are, or that came with a cookie.  The others
 * read one answer and take it for all there is. */
struct page {
	struct cookie from, next;
	int64_t size; /* objects; 0: any number */
	int64_t last; /* of the log, in this page */
	bool more;
};

static int
page_end(struct sync_request *q, struct page *p)
{
	struct tdb *db = q->call.t->db;
	int64_t left = p->size;
	int r = tdb_run(db, SQL_SYNC_SINCE, "i", p->from.seq);
	int64_t last = p->from.seq;

	for (; r == 1; r = tdb_next(db, SQL_SYNC_SINCE)) {
		int64_t seq = tdb_int(db, SQL_SYNC_SINCE, 4);

		/* Those that went are not told in full, so they take no
		 * place. */
		if (p->from.full &&
		    tdb_int(db, SQL_SYNC_SINCE, 3) != DIROBJ_LIVE) {
			last = seq;
			continue;
		}
		/* Objects of one place in the log stay together. */
		if (p->size != 0 && left <= 0 && seq != last) {
			p->more = true;
			break;
		}
		last = seq;
		left--;
	}
	tdb_done(db, SQL_SYNC_SINCE);
	p->last = last;
	p->next = (struct cookie){p->more && p->from.full, last, p->from.since};
	if (p->from.full && !p->more)
		p->next.seq = p->from.since;
	return r < 0 ? r : 0;
}

static int
objects_put(struct sync_request *q, const struct page *p)
{
	struct tdb *db = q->call.t->db;
	int r = tdb_run(db, SQL_SYNC_SINCE, "i", p->from.seq);

	for (; r == 1; r = tdb_next(db, SQL_SYNC_SINCE)) {
		struct syncobj s = {0};

		if (tdb_int(db, SQL_SYNC_SINCE, 4) > p->last)
			break;
		if (p->from.full &&
		    tdb_int(db, SQL_SYNC_SINCE, 3) != DIROBJ_LIVE)
			continue;
		r = syncobj_from_row(db, q->call.a, SQL_SYNC_SINCE, &s);
		if (r != 0)
			break;
		object_put(q, &s);
		syncobj_clear(&s);
	}
	tdb_done(db, SQL_SYNC_SINCE);
	return r < 0 ? r : 0;
}

/* From the beginning, and the log as it stands now. */
static int
full_begin(struct sync_request *q, struct cookie *out)
{
	struct tdb *db = q->call.t->db;
	int r = tdb_run(db, SQL_CHANGE_LAST, "");

	*out = (struct cookie){.full = true};
	if (r == 1)
		out->since = tdb_int(db, SQL_CHANGE_LAST, 0);
	tdb_done(db, SQL_CHANGE_LAST);
	return r < 0 ? r : 0;
}

static int
page_begin(struct sync_request *q, struct page *p)
{
	struct text in = xml_child_text(q->soap.body, "inputCookie");
	struct text full = xml_child_text(q->soap.body, "isFullSync");

	*p = (struct page){.more = false};
	if (in.len != 0 || q->machine.len != 0)
		p->size = q->call.settings.page;
	if (in.len == 0)
		return full_begin(q, &p->from);
	if (cookie_read(q->call.a, in, &p->from) != 0)
		return sync_fault(q, 3,
		    "The cookie is not one of this "
		    "service; a full synchronization is "
		    "needed.");
	/* In full from the beginning, whatever the cookie says. */
	if (text_is_nocase(full, "true") && !p->from.full)
		return full_begin(q, &p->from);
	return 0;
}

int
sync_read_back(struct sync_request *q)
{
	struct page p;
	char cookie[64];
	int r = page_begin(q, &p);

	if (r == 0)
		r = page_end(q, &p);
	if (r != 0)
		return r;
	if (p.next.full)
		(void)snprintf(cookie, sizeof(cookie), "f:%lld:%lld",
		    (long long)p.next.seq, (long long)p.next.since);
	else
		(void)snprintf(
		    cookie, sizeof(cookie), "d:%lld", (long long)p.next.seq);
	soap_ns(&q->w, "b", SOAP_NS_OBJ);
	soap_ns(&q->w, "i", SOAP_NS_XSI);
	soap_begin(&q->w, "b", "Cookie");
	nbfx_put_octets(&q->w, text_of(cookie));
	nbfx_end(&q->w);
	soap_bool(&q->w, "b", "MoreObjectsAvailable", p.more);
	soap_begin(&q->w, "b", "ResultObjects");
	r = objects_put(q, &p);
	nbfx_end(&q->w);
	return r;
}
