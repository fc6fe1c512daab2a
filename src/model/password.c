/* model/password.c -- see password.h. */
#include "model/password.h"

#include <string.h>

#define NAME(text)                       \
	{                                \
		(text), sizeof(text) - 1 \
	}

/* MS-ADTS 3.1.1.4.4 (Active Directory), RFC 4519 2.41, RFC 3112, the password
 * policy draft, and the schemas of Samba 3, MIT Kerberos, FreeIPA and slapd. */
static const struct text list[] = {
    NAME("unicodePwd"),
    NAME("userPassword"),
    NAME("supplementalCredentials"),
    NAME("dBCSPwd"),
    NAME("lmPwdHistory"),
    NAME("ntPwdHistory"),
    NAME("clearTextPassword"),
    NAME("currentValue"),
    NAME("priorValue"),
    NAME("initialAuthIncoming"),
    NAME("initialAuthOutgoing"),
    NAME("trustAuthIncoming"),
    NAME("trustAuthOutgoing"),
    NAME("msDS-ManagedPassword"),
    NAME("msFVE-RecoveryPassword"),
    NAME("ms-Mcs-AdmPwd"),
    NAME("msLAPS-Password"),
    NAME("msLAPS-EncryptedPassword"),
    NAME("msLAPS-EncryptedPasswordHistory"),
    NAME("authPassword"),
    NAME("pwdHistory"),
    NAME("sambaNTPassword"),
    NAME("sambaLMPassword"),
    NAME("sambaPasswordHistory"),
    NAME("ipaNTHash"),
    NAME("krbPrincipalKey"),
    NAME("krbPwdHistory"),
    NAME("krb5Key"),
    NAME("olcRootPW"),
    NAME("nsslapd-rootpw"),
};

bool
password_attribute(struct text name)
{
	const char *semicolon =
	    name.len != 0 ? memchr(name.data, ';', name.len) : NULL;

	if (semicolon != NULL)
		name.len = (size_t)(semicolon - name.data);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].len == name.len && text_equal_nocase(name, list[i]))
			return true;
	return false;
}
