/* tests/fuzz/fuzz_ldap_dirsync.c -- a cookie that is read is sent back as it
 * came; a name is found in what it was found in. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "proto/ldap_dirsync.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 23);
	struct text in = {(const char *)data, size}, name = {0}, sent = {0};
	struct ldap_dirsync d = {0}, again = {0};
	struct err e = {0};

	if (a == NULL)
		return 0;
	if (ldap_dirsync_parse(a, in, &d, &e) == 0) {
		assert(d.cookie.len < size);
		assert(ldap_dirsync_format(a, &d, &sent) == 0);
		assert(ldap_dirsync_parse(a, sent, &again, &e) == 0);
		assert(text_equal(d.cookie, again.cookie));
	}
	if (ldap_dirsync_attribute(in, &name) == LDAP_DIRSYNC_ALL)
		assert(name.len == size || name.len + 7 == size);
	assert(name.data == in.data && name.len <= in.len);
	return 0;
}
