/* expr/functions.c -- the table of functions: what `expr functions` prints,
 * what a call is checked against, and what runs it. */
#include "expr/expr_int.h"

#define ANY_NUMBER UINT32_MAX

/* Sorted as the specification groups them; found by a linear search at
 * compiling only. */
static const struct function functions[] = {
    /* logic and flow */
    {"IIF", "var", "exp condition, var t, var f",
	"t where the condition is true, else f; the other is not evaluated",
	{0}, 3, 3, NULL_IS_SEEN, FORM_LAZY, NULL, lazy_iif, NULL},
    {"Switch", "var", "exp e1, var v1[, exp e2, var v2 ...]",
	"the value behind the first true condition, or NULL", {0}, 2,
	ANY_NUMBER, NULL_IS_SEEN, FORM_LAZY, NULL, lazy_switch, NULL},
    {"Error", "void", "str message", "fails the object with this text",
	{P_STRING}, 1, 1, NULL_IS_SEEN, FORM_PLAIN, fn_error, NULL, NULL},
    {"With", "var", "$v, exp value, exp body",
	"evaluates body with $v standing for the value", {0}, 3, 3,
	NULL_IS_SEEN, FORM_BINDS, NULL, lazy_with, NULL},
    {"Select", "list", "$v, list source, exp each",
	"each for every value of source, without NULL", {0}, 3, 3, NULL_IS_SEEN,
	FORM_BINDS, NULL, lazy_select, NULL},
    {"Where", "list", "$v, list source, exp condition",
	"the values of source for which the condition is true", {0}, 3, 3,
	NULL_IS_SEEN, FORM_BINDS, NULL, lazy_where, NULL},
    {"CBool", "bool", "exp value",
	"a number or the text True or False as boolean", {P_STRING | P_BOOLEAN},
	1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_cbool, NULL, NULL},
    {"ImportedValue", "var", "\"attribute\"",
	"the value as the directory last confirmed it", {0}, 1, 1, NULL_IS_SEEN,
	FORM_ATTRIBUTE, NULL, lazy_imported_value, NULL},
    {"ValueCount", "num", "\"attribute\"",
	"how many values the attribute has, unresolved references included",
	{0}, 1, 1, NULL_IS_SEEN, FORM_ATTRIBUTE, NULL, lazy_value_count, NULL},

    /* tests */
    {"IsNull", "bool", "var value", "whether the attribute is absent",
	{P_ANY | P_LIST}, 1, 1, NULL_IS_SEEN, FORM_PLAIN, fn_is_null, NULL,
	NULL},
    {"IsNullOrEmpty", "bool", "var value",
	"whether it is absent or without length", {P_ANY | P_LIST}, 1, 1,
	NULL_IS_SEEN, FORM_PLAIN, fn_is_null_or_empty, NULL, NULL},
    {"IsPresent", "bool", "var value", "whether it has a value",
	{P_ANY | P_LIST}, 1, 1, NULL_IS_SEEN, FORM_PLAIN, fn_is_present, NULL,
	NULL},
    {"IsEmpty", "bool", "var value", "whether it is there and an empty text",
	{P_ANY | P_LIST}, 1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_is_empty, NULL,
	NULL},
    {"IsString", "bool", "var value", "whether CStr() would take it",
	{P_ANY | P_LIST}, 1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_is_string,
	NULL, NULL},
    {"IsNumeric", "bool", "var value", "whether it is a number or reads as one",
	{P_ANY}, 1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_is_numeric, NULL, NULL},
    {"IsDate", "bool", "var value", "whether it is a date or reads as one",
	{P_ANY}, 1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_is_date, NULL, NULL},
    {"IsGuid", "bool", "var value", "whether it is the text of a GUID", {P_ANY},
	1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_is_guid, NULL, NULL},
    {"IsCert", "bool", "bin value", "whether it is an X.509 certificate",
	{P_ANY}, 1, 1, NULL_GIVES_FALSE, FORM_PLAIN, fn_is_cert, NULL, NULL},
    {"IsBitSet", "bool", "num value, num mask",
	"whether every bit of the mask is set", {P_ANY, P_ANY}, 2, 2,
	NULL_GIVES_FALSE, FORM_PLAIN, fn_is_bit_set, NULL, NULL},

    /* conversion */
    {"CNum", "num", "str or num or bin or bool value",
	"the number that a text, boolean or little-endian octets stand for",
	{P_STRING | P_BOOLEAN | P_BINARY}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN,
	fn_cnum, NULL, NULL},
    {"CStr", "str", "num or ref or bool or str value", "the value as text",
	{P_STRING | P_BOOLEAN}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cstr,
	NULL, NULL},
    {"CBin", "bin", "num value, num length",
	"the number as so many octets, the least first", {P_NUMBER, P_NUMBER},
	2, 2, NULL_GIVES_NULL, FORM_PLAIN, fn_cbin, NULL, NULL},
    {"CRef", "ref", "str dn", "a reference to the object with this name",
	{P_STRING}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cref, NULL, NULL},
    {"CGuid", "bin", "str guid",
	"the 16 octets of a GUID as objectGUID has them", {P_STRING}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cguid, NULL, NULL},
    {"StringFromGuid", "str", "bin guid", "the text of 16 octets", {P_BINARY},
	1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_string_from_guid, NULL, NULL},
    {"StringFromSid", "str", "bin sid", "S-1-...", {P_BINARY}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_string_from_sid, NULL, NULL},
    {"ConvertToBase64", "str", "str or bin source",
	"base64 of octets, or of the UTF-16 of a text", {P_TEXT_OR_BINARY}, 1,
	1, NULL_GIVES_NULL, FORM_PLAIN, fn_to_base64, NULL, NULL},
    {"ConvertFromBase64", "str", "str source[, enum encoding]",
	"the text in base64; Unicode, ASCII or UTF8", {P_STRING, P_WORD}, 1, 2,
	NULL_GIVES_NULL, FORM_PLAIN, fn_from_base64, NULL, NULL},
    {"ConvertToUTF8Hex", "str", "str source", "its UTF-8 bytes in hex",
	{P_STRING}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_to_utf8_hex, NULL,
	NULL},
    {"ConvertFromUTF8Hex", "str", "str source", "the opposite", {P_STRING}, 1,
	1, NULL_GIVES_NULL, FORM_PLAIN, fn_from_utf8_hex, NULL, NULL},
    {"Thumbprint", "bin", "bin data", "its SHA-256", {P_BINARY}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_thumbprint, NULL, NULL},
    {"Guid", "str", "", "a new random GUID", {0}, 0, 0, NULL_IS_SEEN,
	FORM_PLAIN, fn_guid, NULL, NULL},

    /* dates */
    {"CDate", "dt", "str value", "the time that a text names, UTC", {P_STRING},
	1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cdate, NULL, NULL},
    {"Now", "dt", "", "the time of this pass, UTC", {0}, 0, 0, NULL_IS_SEEN,
	FORM_PLAIN, fn_now, NULL, NULL},
    {"DateFromNum", "dt", "num value", "from 100 ns units since 1601",
	{P_NUMBER}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_date_from_num, NULL,
	NULL},
    {"NumFromDate", "num", "dt value", "to 100 ns units since 1601", {P_DATE},
	1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_num_from_date, NULL, NULL},
    {"DateAdd", "dt", "str interval, num value, dt date",
	"later by yyyy, q, m, y, d, w, ww, h, n or s",
	{P_STRING, P_NUMBER, P_DATE}, 3, 3, NULL_GIVES_NULL, FORM_PLAIN,
	fn_date_add, NULL, NULL},
    {"FormatDateTime", "str", "dt value, str format",
	"in custom tokens such as yyyy-MM-dd HH:mm:ss", {P_DATE, P_STRING}, 2,
	2, NULL_GIVES_NULL, FORM_PLAIN, fn_format_date_time, NULL, NULL},

    /* names */
    {"DNComponent", "str", "ref dn, num n",
	"the n-th part from the left, without its type", {P_REF, P_NUMBER}, 2,
	2, NULL_GIVES_NULL, FORM_PLAIN, fn_dn_component, NULL, NULL},
    {"DNComponentRev", "str", "ref dn, num n[, enum DC]",
	"the n-th part from the right; DC leaves dc= out",
	{P_REF, P_NUMBER, P_WORD}, 2, 3, NULL_GIVES_NULL, FORM_PLAIN,
	fn_dn_component_rev, NULL, NULL},
    {"EscapeDNComponent", "str", "str value",
	"escaped so that it can stand in a name", {P_STRING}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_escape_dn_component, NULL, NULL},

    /* numbers */
    {"BitAnd", "num", "num value1, num value2", "the bits set in both",
	{P_NUMBER, P_NUMBER}, 2, 2, ANY_NULL_GIVES_NULL, FORM_PLAIN, fn_bit_and,
	NULL, NULL},
    {"BitOr", "num", "num value1, num value2", "the bits set in one of both",
	{P_NUMBER, P_NUMBER}, 2, 2, ANY_NULL_GIVES_NULL, FORM_PLAIN, fn_bit_or,
	NULL, NULL},
    {"RandomNum", "num", "num start, num end",
	"a random number, both ends included", {P_NUMBER, P_NUMBER}, 2, 2,
	NULL_IS_SEEN, FORM_PLAIN, fn_random_num, NULL, NULL},

    /* lists */
    {"Contains", "num", "list attribute, str search[, enum case]",
	"the number of the first value that contains the text, or 0",
	{P_ANY | P_LIST, P_STRING, P_WORD}, 2, 3, NULL_GIVES_ZERO, FORM_PLAIN,
	fn_contains, NULL, NULL},
    {"Count", "num", "list attribute", "how many values it has",
	{P_ANY | P_LIST}, 1, 1, NULL_GIVES_ZERO, FORM_PLAIN, fn_count, NULL,
	NULL},
    {"Item", "var", "list attribute, num index",
	"the value with this number from 1; an error where there is none",
	{P_ANY | P_LIST, P_NUMBER}, 2, 2, NULL_IS_SEEN, FORM_PLAIN, fn_item,
	NULL, NULL},
    {"ItemOrNull", "var", "list attribute, num index",
	"the same, NULL where there is none", {P_ANY | P_LIST, P_NUMBER}, 2, 2,
	NULL_IS_SEEN, FORM_PLAIN, fn_item_or_null, NULL, NULL},
    {"Join", "str", "list attribute[, str delimiter]",
	"the values in one text, one blank between if not told otherwise",
	{P_ANY | P_LIST, P_STRING}, 1, 2, NULL_GIVES_NULL, FORM_PLAIN, fn_join,
	NULL, NULL},
    {"Split", "list", "str value, str delimiter[, num limit]",
	"the parts of a text, at most limit", {P_STRING, P_STRING, P_NUMBER}, 2,
	3, NULL_GIVES_NULL, FORM_PLAIN, fn_split, NULL, NULL},
    {"RemoveDuplicates", "list", "list attribute",
	"without values that are exactly the same as an earlier one",
	{P_ANY | P_LIST}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN,
	fn_remove_duplicates, NULL, NULL},

    /* text */
    {"LCase", "str", "str s", "in small letters", {P_STRING}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_lcase, NULL, NULL},
    {"UCase", "str", "str s", "in capital letters", {P_STRING}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_ucase, NULL, NULL},
    {"PCase", "str", "str s",
	"each word with a capital first; words in capitals stay", {P_STRING}, 1,
	1, NULL_GIVES_NULL, FORM_PLAIN, fn_pcase, NULL, NULL},
    {"Trim", "str", "str s", "without blanks at both ends", {P_STRING}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_trim, NULL, NULL},
    {"LTrim", "str", "str s", "without blanks at its beginning", {P_STRING}, 1,
	1, NULL_GIVES_NULL, FORM_PLAIN, fn_ltrim, NULL, NULL},
    {"RTrim", "str", "str s", "without blanks at its end", {P_STRING}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_rtrim, NULL, NULL},
    {"Len", "num", "str or bin s", "its length in characters or octets",
	{P_TEXT_OR_BINARY}, 1, 1, NULL_GIVES_ZERO, FORM_PLAIN, fn_len, NULL,
	NULL},
    {"Left", "str or bin", "str or bin s, num n", "its first n characters",
	{P_TEXT_OR_BINARY, P_NUMBER}, 2, 2, NULL_GIVES_EMPTY, FORM_PLAIN,
	fn_left, NULL, NULL},
    {"Right", "str", "str s, num n", "its last n characters",
	{P_STRING, P_NUMBER}, 2, 2, NULL_GIVES_EMPTY, FORM_PLAIN, fn_right,
	NULL, NULL},
    {"Mid", "str or bin", "str or bin s, num start[, num n]",
	"n characters from the start-th on",
	{P_TEXT_OR_BINARY, P_NUMBER, P_NUMBER}, 2, 3, NULL_GIVES_EMPTY,
	FORM_PLAIN, fn_mid, NULL, NULL},
    {"InStr", "num", "str s, str match[, num start[, enum compare]]",
	"where match first stands in s, from 1, or 0",
	{P_STRING, P_STRING, P_NUMBER, P_WORD}, 2, 4, NULL_GIVES_ZERO,
	FORM_PLAIN, fn_instr, NULL, NULL},
    {"InStrRev", "num", "str s, str match[, num start[, enum compare]]",
	"where match last stands in s, from 1, or 0",
	{P_STRING, P_STRING, P_NUMBER, P_WORD}, 2, 4, NULL_GIVES_ZERO,
	FORM_PLAIN, fn_instr_rev, NULL, NULL},
    {"PadLeft", "str", "str s, num length, str c",
	"filled with c in front up to the length",
	{P_STRING, P_NUMBER, P_STRING}, 3, 3, NULL_GIVES_EMPTY, FORM_PLAIN,
	fn_pad_left, NULL, NULL},
    {"PadRight", "str", "str s, num length, str c",
	"filled with c behind up to the length", {P_STRING, P_NUMBER, P_STRING},
	3, 3, NULL_GIVES_EMPTY, FORM_PLAIN, fn_pad_right, NULL, NULL},
    {"Replace", "str", "str s, str old, str new",
	"every old by new; \\n, \\r and \\t are the control characters",
	{P_STRING, P_STRING, P_STRING}, 3, 3, NULL_GIVES_NULL, FORM_PLAIN,
	fn_replace, NULL, NULL},
    {"ReplaceChars", "str", "str s, str pattern",
	"single characters by others: \"a:x,b:yz,c:\"", {P_STRING, P_STRING}, 2,
	2, NULL_GIVES_NULL, FORM_PLAIN, fn_replace_chars, NULL, NULL},
    {"Word", "str", "str s, num n, str delimiters",
	"the n-th part between any of the delimiters",
	{P_STRING, P_NUMBER, P_STRING}, 3, 3, NULL_GIVES_EMPTY, FORM_PLAIN,
	fn_word, NULL, NULL},

    /* certificates */
    {"CertThumbprint", "str", "bin cert", "its SHA-1 in hex", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_sha1, NULL, NULL},
    {"CertHashString", "str", "bin cert", "its SHA-1 in hex", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_sha1, NULL, NULL},
    {"CertSerialNumber", "str", "bin cert", "its serial number in hex",
	{P_CERT}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_serial, NULL,
	NULL},
    {"CertVersion", "str", "bin cert", "1, 2 or 3", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_version, NULL, NULL},
    {"CertFormat", "str", "bin cert", "the word X509", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_format, NULL, NULL},
    {"CertSubject", "str", "bin cert",
	"the subject, its most specific part first", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_subject, NULL, NULL},
    {"CertSubjectNameDN", "str", "bin cert", "the same as CertSubject()",
	{P_CERT}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_subject, NULL,
	NULL},
    {"CertSubjectNameOid", "str", "bin cert",
	"the OID of the subject: the empty text", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_name_oid, NULL, NULL},
    {"CertIssuer", "str", "bin cert",
	"the issuer, its most specific part first", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_issuer, NULL, NULL},
    {"CertIssuerDN", "str", "bin cert", "the same as CertIssuer()", {P_CERT}, 1,
	1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_issuer, NULL, NULL},
    {"CertIssuerOid", "str", "bin cert",
	"the OID of the issuer: the empty text", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_name_oid, NULL, NULL},
    {"CertKeyAlgorithm", "str", "bin cert", "the OID of the key's algorithm",
	{P_CERT}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_key_oid, NULL,
	NULL},
    {"CertKeyAlgorithmParams", "str", "bin cert",
	"the parameters of the key's algorithm in hex", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_key_params, NULL, NULL},
    {"CertPublicKeyOid", "str", "bin cert", "the OID of the key's algorithm",
	{P_CERT}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_key_oid, NULL,
	NULL},
    {"CertPublicKeyParametersOid", "str", "bin cert",
	"the parameters where they are an OID (a curve), else NULL", {P_CERT},
	1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_key_curve, NULL, NULL},
    {"CertSignatureAlgorithmOid", "str", "bin cert",
	"the OID of the signature's algorithm", {P_CERT}, 1, 1, NULL_GIVES_NULL,
	FORM_PLAIN, fn_cert_signature_oid, NULL, NULL},
    {"CertNotAfter", "dt", "bin cert", "the end of its validity, UTC", {P_CERT},
	1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_not_after, NULL, NULL},
    {"CertNotBefore", "dt", "bin cert", "the beginning of its validity, UTC",
	{P_CERT}, 1, 1, NULL_GIVES_NULL, FORM_PLAIN, fn_cert_not_before, NULL,
	NULL},
    {"CertExtensionOids", "list", "bin cert",
	"the OIDs of its critical extensions", {P_CERT}, 1, 1, NULL_GIVES_NULL,
	FORM_PLAIN, fn_cert_extension_oids, NULL, NULL},
    {"CertFriendlyName", "str", "bin cert",
	"always NULL: the certificate itself has none", {P_CERT}, 1, 1,
	NULL_GIVES_NULL, FORM_PLAIN, fn_cert_friendly_name, NULL, NULL},
    {"CertNameInfo", "str", "bin cert, str type, bool issuer",
	"a name in it: SimpleName, EmailName, UpnName, DnsName, "
	"DnsFromAlternativeName, UrlName",
	{P_CERT, P_STRING, P_BOOLEAN}, 3, 3, NULL_GIVES_NULL, FORM_PLAIN,
	fn_cert_name_info, NULL, NULL},

    /* as the documents misspell them */
    {.name = "InstrRev", .alias_of = "InStrRev"},
    {.name = "GUID", .alias_of = "Guid"},
    {.name = "Random", .alias_of = "RandomNum"},
};

#define COUNT   (sizeof(functions) / sizeof(*functions))
#define ALIASES 3U

const struct function *
function_find(struct text name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (text_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

static const char *
null_rule_text(const struct function *f)
{
	switch (f->null_rule) {
	case NULL_GIVES_NULL:
		return "NULL";
	case ANY_NULL_GIVES_NULL:
		return "NULL, of any argument";
	case NULL_GIVES_ZERO:
		return "0";
	case NULL_GIVES_FALSE:
		return "False";
	case NULL_GIVES_EMPTY:
		return "empty text";
	case NULL_IS_SEEN:
		break;
	}
	return f->max_args == 0 ? "" : "seen by the function";
}

size_t
expr_function_count(void)
{
	return COUNT - ALIASES;
}

struct expr_function_info
expr_function_at(size_t i)
{
	const struct function *f = &functions[i];

	return (struct expr_function_info){.name = f->name,
	    .result = f->result,
	    .arguments = f->arguments,
	    .null_rule = null_rule_text(f),
	    .what = f->what,
	    .min_args = f->min_args,
	    .max_args = f->max_args};
}
