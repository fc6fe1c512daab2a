/* tests/fuzz/fuzz_ldap_defs.c -- definitions and options from a server. */
#include <assert.h>

#include "fuzz.h"
#include "proto/ldap_defs.h"

/* For LeakSanitizer: libldap (2.5 and 2.6) forgets the name of an extension
 * ("X-ORIGIN") whose value it refuses, a few bytes of a definition that is
 * broken.  Words are made by ber_memalloc_x(), what we have to free by
 * ber_memcalloc_x(): a free of ours that is missing is still found. */
// NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's name for it
const char *__lsan_default_suppressions(void)
    __attribute__((visibility("default")));

const char *
__lsan_default_suppressions(void)
{
	return "leak:ber_memalloc_x\n";
}
// NOLINTEND(bugprone-reserved-identifier)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 22);
	struct text in = {(const char *)data, size};
	struct ldap_attr_def attr;
	struct ldap_class_def class;
	struct ldap_rule_def rule;
	struct ldap_option o;
	struct err e = {0};

	if (a == NULL)
		return 0;
	if (ldap_attr_def_parse(a, in, &attr, &e) == 0)
		for (size_t i = 0; i < attr.name_count; i++)
			assert(attr.names[i].data != NULL);
	if (ldap_class_def_parse(a, in, &class, &e) == 0)
		for (size_t i = 0; i < class.sup_count; i++)
			assert(class.sups[i].data != NULL);
	if (ldap_rule_def_parse(a, in, &rule, &e) == 0)
		for (size_t i = 0; i < rule.name_count; i++)
			assert(rule.names[i].data != NULL);
	if (ldap_option_parse(in, &o)) {
		assert(o.name.data == in.data && o.name.len <= in.len);
		assert(!o.last || o.range);
	}
	return 0;
}
