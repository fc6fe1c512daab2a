/* tests/fuzz/fuzz_sync_answer.c -- what the synchronisation service may answer:
 * a fault, a company, results, objects; each message is taken for all of
 * them. */
#include <assert.h>

#include "connectors/sync/sync_int.h"
#include "fuzz.h"

static void
as_objects(const struct sconn *s, struct arena *a, const struct xml_node *list)
{
	struct selection all;

	for (size_t i = 0; i < SATTR_MAX; i++)
		all.on[i] = true;
	for (const struct xml_node *n = list; n != NULL; n = n->next) {
		struct entry e = {.kind = ENTRY_OBJECT};
		bool ours = false;
		int r = readback_object(s, a, &all, n, &e, &ours);

		assert(r == 0 || r == ERR_NOMEM || r == ERR_LIMIT);
		if (r == 0 && ours && e.kind != ENTRY_ERROR)
			assert(e.anchor.len > 0 && e.dn.len > 0);
	}
}

static void
as_results(struct arena *a, const struct xml_node *list)
{
	struct export_item it = {.op = DELTA_ADD};
	struct work w = {.it = &it};

	for (const struct xml_node *n = list; n != NULL; n = n->next)
		for (int t = 0; t < ST_COUNT; t++) {
			struct export_result out;

			w.type = (enum stype)t;
			result_read(a, n, &w, &out);
			if (out.status == EXPORT_DONE)
				assert(out.anchor.len > 0);
			if (out.status == EXPORT_ERROR)
				assert(out.err.type[0] != '\0');
		}
}

/* Everything below, as if it were a list of objects or of results. */
static void
// NOLINTNEXTLINE(misc-no-recursion): XML_MAX_DEPTH holds
walk(const struct sconn *s, struct arena *a, const struct xml_node *n)
{
	struct company c;

	if (company_parse(n, &c, NULL) == 0)
		assert(c.links_max > 0 && c.features >= 0);
	as_objects(s, a, n->first);
	as_results(a, n->first);
	for (const struct xml_node *i = n->first; i != NULL; i = i->next)
		walk(s, a, i);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sconn s;
	struct text in = {(const char *)data, size};
	struct arena *a = arena_new(64U << 20);
	struct selection none = {0};
	struct soap_message m;
	struct soap_told told;
	struct text cookie;
	struct err e = {0};

	assert(a != NULL);
	if (s.env.names == NULL) {
		s.env.names = names_new();
		assert(sconn_intern(&s, NULL) == 0);
	}
	if (cookie_parse(&s, &none, in, &cookie, NULL) == 0)
		assert(cookie.len > 0 && cookie.len < size);
	if (call_may_follow(TEXT("https://a.b.test/"), in))
		assert(text_starts_nocase(in, "https://"));
	if (soap_read(a, "answer", in, &m, NULL) == 0) {
		if (soap_told_read(&m, &told) &&
		    fault_judge(&told, TEXT("1.2.3.4"), &e) != FAULT_REDIRECT)
			assert(e.code < 0);
		walk(&s, a, m.body);
	}
	arena_free(a);
	return 0;
}
