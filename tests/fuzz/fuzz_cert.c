/* tests/fuzz/fuzz_cert.c -- what opens as a certificate must answer every
 * question with UTF-8 text or an error. */
#include <assert.h>

#include "base/cert.h"
#include "fuzz.h"

static void
ask_all(const struct cert *c, struct arena *a)
{
	struct text t = {0}, *oids;
	size_t count;
	int64_t s;

	for (int f = CERT_SHA1; f <= CERT_SIGNATURE_OID; f++)
		if (cert_text(c, (enum cert_field)f, a, &t) == 0)
			assert(text_is_utf8(t));
	for (int n = CERT_NAME_SIMPLE; n <= CERT_NAME_URL; n++)
		if (cert_name_info(c, (enum cert_name)n, n % 2 == 0, a, &t) ==
		    0)
			assert(text_is_utf8(t));
	(void)cert_version(c);
	if (cert_time(c, true, &s) < 0 || cert_time(c, false, &s) < 0)
		return;
	if (cert_critical_oids(c, a, &oids, &count) == 0)
		for (size_t i = 0; i < count; i++)
			assert(text_is_utf8(oids[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(64U << 20);
	CLEANUP(cert_closep)
	struct cert *c = NULL;

	if (a == NULL ||
	    cert_open(a, (struct text){(const char *)data, size}, &c, NULL) < 0)
		return 0;
	ask_all(c, a);
	return 0;
}
