/* tests/fuzz/fuzz_ldap_sync.c -- what a server says of synchronisation. */
#include <assert.h>

#include "fuzz.h"
#include "proto/ldap_sync.h"

static bool
within(struct text in, const void *p, size_t len)
{
	const char *at = p;

	return len == 0 || (at >= in.data && len <= in.len &&
			       (size_t)(at - in.data) <= in.len - len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = {(const char *)data, size};
	struct ldap_sync_state state = {.told = LDAP_TOLD_NOTHING};
	struct ldap_sync_done done = {.deletes = false};
	struct ldap_sync_info info = {.kind = LDAP_SYNC_IS_COOKIE};
	const unsigned char *uuid;

	if (ldap_sync_state_parse(in, &state) == 0) {
		assert(state.told != LDAP_TOLD_NOTHING);
		assert(within(in, state.uuid, LDAP_UUID_BYTES));
		assert(within(in, state.cookie.data, state.cookie.len));
	}
	if (ldap_sync_done_parse(in, &done) == 0)
		assert(within(in, done.cookie.data, done.cookie.len));
	if (ldap_sync_info_parse(in, &info) != 0)
		return 0;
	assert(within(in, info.cookie.data, info.cookie.len));
	while ((uuid = ldap_sync_set_next(&info.set)) != NULL)
		assert(within(in, uuid, LDAP_UUID_BYTES));
	assert(info.set.len == 0);
	return 0;
}
