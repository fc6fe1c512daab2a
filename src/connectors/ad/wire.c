/* connectors/ad/wire.c -- see wire.h. */
#include "connectors/ad/wire.h"

#include <string.h>

#include "model/dn.h"
#include "model/guid.h"

const char *
ad_address(struct arena *a, struct text anchor)
{
	char text[GUID_TEXT_LEN + 1];
	struct guid g;
	struct text hex;

	if (anchor.len == sizeof(g.octets)) {
		memcpy(g.octets, anchor.data, sizeof(g.octets));
		guid_format(&g, text);
		return arena_printf(a, "<GUID=%s>", text);
	}
	/* the server says that it is none */
	return hex_encode(a, anchor, &hex) == 0
		   ? arena_printf(a, "<GUID=%.*s>", TEXT_ARGS(hex))
		   : NULL;
}

/* "CN=S-1-5-21-...,CN=ForeignSecurityPrincipals,..": the SID. */
static int
foreign_sid(struct arena *a, struct text name, struct text *out)
{
	struct dn dn = {0};
	struct text sid;
	int r = dn_parse(a, name, &dn, NULL);

	*out = TEXT("");
	if (r != 0)
		return r == ERR_NOMEM ? r : 0;
	if (dn.count < 2 || dn.depth < 2 ||
	    !text_is_nocase(dn.avas[0].type, "CN") ||
	    !text_is_nocase(dn.avas[1].value, "ForeignSecurityPrincipals"))
		return 0;
	r = sid_parse(a, dn.avas[0].value, &sid, NULL);
	if (r == 0)
		*out = dn.avas[0].value;
	return r == ERR_NOMEM ? r : 0;
}

int
ad_refer(struct arena *a, const struct value *v, struct text *out)
{
	const char *s = NULL;
	struct text sid = TEXT("");
	int r = 0;

	if (v->by == REF_ANCHOR) {
		s = ad_address(a, v->text);
	} else {
		r = foreign_sid(a, v->text, &sid);
		if (r == 0 && sid.len != 0)
			s = arena_printf(a, "<SID=%.*s>", TEXT_ARGS(sid));
		else if (r == 0)
			s = arena_strndup(a, v->text.data, v->text.len);
	}
	if (s == NULL)
		return ERR_NOMEM;
	*out = text_of(s);
	return 0;
}

int
ad_cannot_add(struct text type, struct err *e)
{
	if (!text_is_nocase(type, "foreignSecurityPrincipal"))
		return 0;
	return err_set(e, ERR_UNSUPPORTED,
	    "a foreign security principal is made by the directory, when it "
	    "becomes a member of a group");
}
