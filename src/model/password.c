/* model/password.c -- see password.h. */
#include "model/password.h"

#include <string.h>

/* MS-ADTS 3.1.1.4.4 (Active Directory), RFC 4519 2.41, RFC 3112, the password
 * policy draft, and the schemas of Samba 3, MIT Kerberos, FreeIPA and slapd. */
static const char *const list[] = {
    "unicodePwd",
    "userPassword",
    "supplementalCredentials",
    "dBCSPwd",
    "lmPwdHistory",
    "ntPwdHistory",
    "clearTextPassword",
    "currentValue",
    "priorValue",
    "initialAuthIncoming",
    "initialAuthOutgoing",
    "trustAuthIncoming",
    "trustAuthOutgoing",
    "msDS-ManagedPassword",
    "msFVE-RecoveryPassword",
    "ms-Mcs-AdmPwd",
    "msLAPS-Password",
    "msLAPS-EncryptedPassword",
    "msLAPS-EncryptedPasswordHistory",
    "authPassword",
    "pwdHistory",
    "sambaNTPassword",
    "sambaLMPassword",
    "sambaPasswordHistory",
    "ipaNTHash",
    "krbPrincipalKey",
    "krbPwdHistory",
    "krb5Key",
    "olcRootPW",
    "nsslapd-rootpw",
};

bool
password_attribute(struct text name)
{
	const char *semicolon =
	    name.len != 0 ? memchr(name.data, ';', name.len) : NULL;

	if (semicolon != NULL)
		name.len = (size_t)(semicolon - name.data);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (text_is_nocase(name, list[i]))
			return true;
	return false;
}
