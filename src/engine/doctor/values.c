/* engine/doctor/values.c -- see values.h. */
#include "engine/doctor/values.h"

#include <string.h>

#include "base/buf.h"
#include "model/value_rule.h"

#define VALUE_MAX 65536U

/* clang-format off */
static const struct value_row multi_tenant[] = {
    {"displayName", 255, "", VALUE_NOT_BLANK},
    {"givenName", 63, "", 0},
    {"mail", VALUE_ADDRESS_MAX, "", VALUE_UNIQUE},
    {"mailNickname", VALUE_NICK_MAX, "", VALUE_UNIQUE | VALUE_NO_FIRST_DOT},
    {"proxyAddresses", VALUE_ADDRESS_MAX, VALUE_NOT_IN_PROXY, VALUE_UNIQUE | VALUE_RFC2822 | VALUE_ADDRESS_PREFIX},
    {"sAMAccountName", 20, "\\\"|,/[]:<>+=;?*", VALUE_UNIQUE | VALUE_WITHOUT_UPN},
    {"targetAddress", 255, VALUE_NOT_IN_TARGET, VALUE_UNIQUE | VALUE_RFC2822 | VALUE_ADDRESS_PREFIX},
    {"userPrincipalName", VALUE_UPN_MAX, VALUE_NOT_IN_UPN "'", VALUE_UNIQUE | VALUE_RFC2822 | VALUE_UPN_PARTS | VALUE_ASCII},
    {NULL, 0, NULL, 0},
};

static const struct value_row dedicated[] = {
    {"displayName", 256, "", VALUE_NO_EDGE_BLANK | VALUE_NOT_BLANK | VALUE_FOR_GROUPS},
    {"mail", VALUE_ADDRESS_MAX, "", VALUE_NO_BLANK | VALUE_RFC2822 | VALUE_UNIQUE},
    {"mailNickname", VALUE_NICK_MAX, VALUE_NOT_IN_NICK, VALUE_UNIQUE | VALUE_NOT_BLANK | VALUE_NO_EDGE_DOT},
    {"proxyAddresses", VALUE_ADDRESS_MAX, "", VALUE_RFC2822 | VALUE_UNIQUE | VALUE_ADDRESS_PREFIX},
    {"targetAddress", VALUE_ADDRESS_MAX, "", VALUE_NOT_BLANK | VALUE_IS_MAIL | VALUE_ADDRESS_PREFIX},
    {NULL, 0, NULL, 0},
};
/* clang-format on */

const struct value_row *
value_rows(enum doctor_rules rules)
{
	return rules == DOCTOR_DEDICATED ? dedicated : multi_tenant;
}

const struct value_row *
value_row_find(struct text attribute, enum doctor_rules rules)
{
	for (const struct value_row *r = value_rows(rules); r->name != NULL;
	     r++)
		if (text_is_nocase(attribute, r->name))
			return r;
	return NULL;
}

const char *
value_error_name(enum value_error error)
{
	switch (error) {
	case VALUE_ERROR_CHARACTER:
		return "Character";
	case VALUE_ERROR_FORMAT:
		return "Format";
	case VALUE_ERROR_TLD:
		return "TopLevelDomain";
	case VALUE_ERROR_DOMAIN_PART:
		return "DomainPart";
	case VALUE_ERROR_LOCAL_PART:
		return "LocalPart";
	case VALUE_ERROR_LENGTH:
		return "Length";
	case VALUE_ERROR_DUPLICATE:
		return "Duplicate";
	case VALUE_ERROR_BLANK:
		return "Blank";
	case VALUE_ERROR_MAIL_MATCH:
		return "MailMatch";
	}
	return "";
}

/* ---- Text ---- */

static size_t
characters(struct text t)
{
	size_t pos = 0, n = 0;

	while (pos < t.len) {
		(void)utf8_next(t, &pos);
		n++;
	}
	return n;
}

static bool
is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 ||
	       c == 0x3000 || (c >= 0x2000 && c <= 0x200b);
}

static bool
is_blank(struct text t)
{
	size_t pos = 0;

	while (pos < t.len)
		if (!is_space(utf8_next(t, &pos)))
			return false;
	return true;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

static struct text
lower_prefix(struct text t)
{
	const char *colon = t.len != 0 ? memchr(t.data, ':', t.len) : NULL;

	return colon == NULL ? TEXT("")
			     : (struct text){t.data, (size_t)(colon - t.data)};
}

/* The address behind "smtp:". */
static struct text
address_of(const struct value_row *row, struct text t)
{
	struct text prefix = lower_prefix(t);

	if ((row->flags & VALUE_ADDRESS_PREFIX) == 0 || prefix.len == 0)
		return t;
	return (struct text){t.data + prefix.len + 1, t.len - prefix.len - 1};
}

static bool
is_smtp(const struct value_row *row, struct text t)
{
	struct text prefix = lower_prefix(t);

	return (row->flags & VALUE_ADDRESS_PREFIX) == 0 || prefix.len == 0 ||
	       text_is_nocase(prefix, "smtp");
}

static bool
is_x400(const struct value_row *row, struct text t)
{
	struct text prefix = lower_prefix(t);

	return (row->flags & VALUE_ADDRESS_PREFIX) != 0 &&
	       (text_is_nocase(prefix, "x400") ||
		   text_is_nocase(prefix, "x500"));
}

/* ---- Characters ---- */

/* What may not stand in the address part of t. */
static bool
is_forbidden(const struct value_row *row, struct text t, uint32_t c)
{
	if (is_x400(row, t) && row->forbidden[0] != '\0')
		return c < 0x20 || c == 0x7f ||
		       (c < 0x80 && strchr("[]\"'", (int)c) != NULL);
	if ((row->flags & VALUE_NO_BLANK) != 0 && is_space(c))
		return true;
	if ((row->flags & VALUE_ASCII) != 0 && c >= 0x80)
		return true;
	if (c == 0 || c >= 0x80)
		return false;
	if (c == ';' && !is_smtp(row, t))
		return false; /* other kinds of addresses have it */
	return strchr(row->forbidden, (int)c) != NULL;
}

static bool
has_forbidden(const struct value_row *row, struct text t)
{
	struct text address = address_of(row, t);
	size_t pos = 0;

	while (pos < address.len)
		if (is_forbidden(row, t, utf8_next(address, &pos)))
			return true;
	if (address.len == 0)
		return false;
	if ((row->flags & VALUE_NO_EDGE_BLANK) != 0 &&
	    (is_space((unsigned char)address.data[0]) ||
		is_space((unsigned char)address.data[address.len - 1])))
		return true;
	if ((row->flags & (VALUE_NO_FIRST_DOT | VALUE_NO_EDGE_DOT)) != 0 &&
	    address.data[0] == '.')
		return true;
	return (row->flags & VALUE_NO_EDGE_DOT) != 0 &&
	       address.data[address.len - 1] == '.';
}

/* ---- RFC 2822 ---- */

static bool
is_atom(struct text t)
{
	if (t.len == 0)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!is_alnum(t.data[i]) &&
		    strchr("!#$%&'*+-/=?^_`{|}~", t.data[i]) == NULL)
			return false;
	return true;
}

static bool
is_label(struct text t)
{
	if (t.len == 0 || t.len > 63 || t.data[0] == '-' ||
	    t.data[t.len - 1] == '-')
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!is_alnum(t.data[i]) && t.data[i] != '-')
			return false;
	return true;
}

/* Each part between dots. */
static bool
dotted(struct text t, bool (*part)(struct text))
{
	for (;;) {
		const char *dot =
		    t.len != 0 ? memchr(t.data, '.', t.len) : NULL;
		size_t n = dot != NULL ? (size_t)(dot - t.data) : t.len;

		if (!part((struct text){t.data, n}))
			return false;
		if (dot == NULL)
			return true;
		t = (struct text){t.data + n + 1, t.len - n - 1};
	}
}

/* Names that nobody can have in the DNS (RFC 2606, 6761, 6762, 8375), and those
 * that people use inside for want of a domain. */
static const char *const nobodys[] = {"alt", "corp", "domain", "example",
    "home", "host", "internal", "intranet", "invalid", "lan", "local",
    "localdomain", "localhost", "onion", "private", "test", "workgroup"};

static bool
routes(const struct value_subject *of, struct text tld)
{
	if (tld.len < 2 || tld.len > 17)
		return false;
	for (size_t i = 0; i < tld.len; i++)
		if (!is_alnum(tld.data[i]) ||
		    (tld.data[i] >= '0' && tld.data[i] <= '9'))
			return false;
	for (size_t i = 0; i < of->tld_count; i++)
		if (text_equal_nocase(of->tlds[i], tld))
			return true;
	if (of->tlds != NULL)
		return false;
	for (size_t i = 0; i < sizeof(nobodys) / sizeof(*nobodys); i++)
		if (text_is_nocase(tld, nobodys[i]))
			return false;
	return true;
}

static bool
split(struct text t, struct text *local, struct text *domain)
{
	const char *at = t.len != 0 ? memchr(t.data, '@', t.len) : NULL;
	size_t n;

	if (at == NULL)
		return false;
	n = (size_t)(at - t.data);
	*local = (struct text){t.data, n};
	*domain = (struct text){at + 1, t.len - n - 1};
	return memchr(domain->data, '@', domain->len) == NULL;
}

static struct text
last_label(struct text domain)
{
	size_t i = domain.len;

	while (i > 0 && domain.data[i - 1] != '.')
		i--;
	return (struct text){domain.data + i, domain.len - i};
}

static unsigned
check_form(const struct value_row *row, const struct value_subject *of,
    struct text address)
{
	struct text local, domain;
	unsigned errors = 0;

	if (!split(address, &local, &domain) || !dotted(local, is_atom) ||
	    !dotted(domain, is_label) || last_label(domain).len == domain.len)
		return VALUE_ERROR_FORMAT;
	if (!routes(of, last_label(domain)))
		errors |= VALUE_ERROR_TLD;
	if ((row->flags & VALUE_UPN_PARTS) == 0)
		return errors;
	if (local.len > VALUE_UPN_LOCAL)
		errors |= VALUE_ERROR_LOCAL_PART;
	if (domain.len > VALUE_UPN_DOMAIN)
		errors |= VALUE_ERROR_DOMAIN_PART;
	return errors;
}

/* ---- The check ---- */

unsigned
value_check(
    const struct value_row *row, const struct value_subject *of, struct text v)
{
	struct text address = address_of(row, v);
	bool blanks = (row->flags & VALUE_FOR_GROUPS) == 0 || of->group;
	unsigned errors = 0;

	if ((row->flags & VALUE_NOT_BLANK) != 0 && is_blank(address))
		return blanks ? VALUE_ERROR_BLANK : 0;
	if (characters(v) > row->max)
		errors |= VALUE_ERROR_LENGTH;
	if (has_forbidden(row, v))
		errors |= VALUE_ERROR_CHARACTER;
	else if ((row->flags & VALUE_RFC2822) != 0 && is_smtp(row, v))
		errors |= check_form(row, of, address);
	if ((row->flags & VALUE_IS_MAIL) != 0 && is_smtp(row, v) &&
	    !text_equal_nocase(address, of->mail))
		errors |= VALUE_ERROR_MAIL_MATCH;
	return errors;
}

/* ---- The repair ---- */

/* Letters of Latin-1 without their marks; what a reader would write. */
static const char *const latin[] = {"A", "A", "A", "A", "Ae", "A", "Ae", "C",
    "E", "E", "E", "E", "I", "I", "I", "I", "D", "N", "O", "O", "O", "O", "Oe",
    "", "Oe", "U", "U", "U", "Ue", "Y", "Th", "ss", "a", "a", "a", "a", "ae",
    "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o",
    "o", "o", "oe", "", "oe", "u", "u", "u", "ue", "y", "th", "y"};

static void
put_allowed(
    const struct value_row *row, struct text whole, uint32_t c, struct buf *b)
{
	char utf8[4];

	if (!is_forbidden(row, whole, c))
		buf_add(b, utf8, utf8_put(utf8, c));
	else if (c >= 0xc0 && c <= 0xff)
		buf_puts(b, latin[c - 0xc0]);
}

/* Without what may not be there. */
static void
put_clean(const struct value_row *row, struct text v, struct buf *b)
{
	struct text address = address_of(row, v);
	size_t pos = 0, prefix = v.len - address.len;
	bool edges = (row->flags & VALUE_NO_EDGE_BLANK) != 0;
	bool dots = (row->flags & VALUE_NO_EDGE_DOT) != 0;

	while (address.len > 0 &&
	       ((edges && address.data[address.len - 1] == ' ') ||
		   (dots && address.data[address.len - 1] == '.')))
		address.len--;
	while (
	    pos < address.len &&
	    ((edges && address.data[pos] == ' ') ||
		((row->flags & (VALUE_NO_FIRST_DOT | VALUE_NO_EDGE_DOT)) != 0 &&
		    address.data[pos] == '.')))
		pos++;
	buf_add(b, v.data, prefix);
	while (pos < address.len)
		put_allowed(row, v, utf8_next(address, &pos), b);
}

/* At most so many characters; an address is not cut. */
static struct text
shortened(const struct value_row *row, struct text t)
{
	size_t pos = 0;

	if ((row->flags & (VALUE_RFC2822 | VALUE_ADDRESS_PREFIX)) != 0 ||
	    text_is(text_of(row->name), "mail"))
		return t;
	for (size_t n = 0; n < row->max && pos < t.len; n++)
		(void)utf8_next(t, &pos);
	return (struct text){t.data, pos};
}

int
value_repair(const struct value_row *row, const struct value_subject *of,
    struct text value, struct arena *a, struct text *out)
{
	struct buf b;
	struct text t;

	*out = TEXT("");
	buf_init(&b, VALUE_MAX);
	if ((row->flags & VALUE_NOT_BLANK) != 0 && is_blank(value))
		buf_text_add(&b, of->cn);
	else
		put_clean(row, value, &b);
	t = text_dup(a, shortened(row, buf_text(&b)));
	buf_clear(&b);
	if (t.data == NULL)
		return ERR_NOMEM;
	if (t.len != 0 && value_check(row, of, t) == 0)
		*out = t;
	return 0;
}
