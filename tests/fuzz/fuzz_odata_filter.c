/* tests/fuzz/fuzz_odata_filter.c -- any text as $filter, on a user. */
#include "fuzz.h"

#include "tenant/filter.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char doc[] =
	    "{\"displayName\":\"Ada\",\"accountEnabled\":true,"
	    "\"proxyAddresses\":[\"SMTP:a@x.example\"]}";
	struct arena *a = arena_new(16U << 20);
	struct dirobj o = {.kind = ENTITY_USER};
	struct filter *f = NULL;
	struct text in = {(const char *)data, size};

	if (a != NULL &&
	    json_parse(TEXT(doc), sizeof(doc), &o.doc, NULL) == 0 &&
	    filter_parse(a, in, entity_info(ENTITY_USER), &f, NULL) == 0) {
		/* Matching changes nothing. */
		bool match = filter_match(f, &o);

		(void)filter_is_advanced(f);
		if (match != filter_match(f, &o) || filter_ids(f) > 1000)
			abort();
	}
	dirobj_clear(&o);
	(void)arena_free(a);
	return 0;
}
