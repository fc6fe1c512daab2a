/* tests/fault/wrap_ldap.c -- the connection to an LDAP server breaks at the
 * n-th call: before it, or (after) when the server has what was sent. */
#include <ldap.h>
#include <sys/socket.h>

#include "fault/inject.h"

/* As a cable that is cut: what was sent may have arrived, and nothing comes
 * back. */
static void
cut(LDAP *ld)
{
	int fd = -1;

	if (ldap_get_option(ld, LDAP_OPT_DESC, &fd) == LDAP_OPT_SUCCESS &&
	    fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
}

// NOLINTBEGIN(readability-identifier-naming): the linker names them
#define WRAP(name, parameters, arguments)         \
	int __real_##name parameters;             \
	int __wrap_##name parameters;             \
	int __wrap_##name parameters              \
	{                                         \
		bool due = fault_due(FAULT_LDAP); \
		int rc;                           \
                                                  \
		if (due && !fault_after())        \
			cut(ld);                  \
		rc = __real_##name arguments;     \
		if (due && fault_after())         \
			cut(ld);                  \
		return rc;                        \
	}

WRAP(ldap_connect, (LDAP * ld), (ld))
WRAP(ldap_sasl_bind,
    (LDAP * ld, const char *dn, const char *mechanism,
	struct berval *credentials, LDAPControl **server, LDAPControl **client,
	int *out_id),
    (ld, dn, mechanism, credentials, server, client, out_id))
WRAP(ldap_search_ext,
    (LDAP * ld, const char *base, int scope, const char *filter, char **attrs,
	int only, LDAPControl **server, LDAPControl **client,
	struct timeval *timeout, int limit, int *out_id),
    (ld, base, scope, filter, attrs, only, server, client, timeout, limit,
	out_id))
WRAP(ldap_result,
    (LDAP * ld, int id, int all, struct timeval *timeout, LDAPMessage **out),
    (ld, id, all, timeout, out))
WRAP(ldap_add_ext,
    (LDAP * ld, const char *dn, LDAPMod **mods, LDAPControl **server,
	LDAPControl **client, int *out_id),
    (ld, dn, mods, server, client, out_id))
WRAP(ldap_modify_ext,
    (LDAP * ld, const char *dn, LDAPMod **mods, LDAPControl **server,
	LDAPControl **client, int *out_id),
    (ld, dn, mods, server, client, out_id))
WRAP(ldap_rename,
    (LDAP * ld, const char *dn, const char *rdn, const char *parent, int delete,
	LDAPControl **server, LDAPControl **client, int *out_id),
    (ld, dn, rdn, parent, delete, server, client, out_id))
WRAP(ldap_delete_ext,
    (LDAP * ld, const char *dn, LDAPControl **server, LDAPControl **client,
	int *out_id),
    (ld, dn, server, client, out_id))
// NOLINTEND(readability-identifier-naming)
