/* tests/fuzz/fuzz_ad_mark.c -- a watermark that is read is written again and
 * means the same. */
#include <assert.h>

#include "connectors/ad/mark.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 24);
	struct text in = {(const char *)data, size}, out = {0}, again = {0};
	struct ad_mark m = {.how = AD_DIRSYNC}, n = {.how = AD_DIRSYNC};
	struct err e = {0};

	if (a == NULL || ad_mark_parse(a, in, &m, &e) != 0)
		return 0;
	assert(m.server_count != 0 && m.server_count <= AD_MARK_SERVERS);
	assert(ad_mark_format(a, &m, &out) == 0);
	assert(ad_mark_parse(a, out, &n, &e) == 0);
	assert(ad_mark_format(a, &n, &again) == 0);
	assert(text_equal(out, again));
	ad_mark_note(&m, &n.servers[n.server_count - 1]);
	assert(ad_mark_check(&m, &m.servers[0], 0, NULL) == 0 ||
	       !guid_equal(&m.nc, &m.servers[0].nc));
	return 0;
}
