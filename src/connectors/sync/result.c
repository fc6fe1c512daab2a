/* connectors/sync/result.c -- what the service answers for an object. */
#include <string.h>

#include "connectors/sync/sync_int.h"

#define TEXT_SHOWN   300U /* octets of a description */
#define DETAIL_SHOWN 160U

/* The names that administrators know, and how a description tells that it is
 * this one where it does not begin with the name. */
static const struct named {
	const char *type;
	const char *code;
	const char *piece;
} names[] = {
    {"DeleteNotValid", "114", "operation Delete is not valid"},
    {"DeletingCloudOnlyObjectNotAllowed", NULL, "cloud-only object"},
    {"InvalidHardMatch", NULL, "hard match"},
    {"InvalidSoftMatch", NULL, "soft match"},
    {"ObjectTypeMismatch", NULL, "object type mismatch"},
    {"ExistingAdminRoleConflict", NULL, "administrative role"},
    {"FederatedDomainChangeError", NULL, "federated domain"},
    {"QuotaExceeded", NULL, "quota"},
    {"ExceededAllowedLength", NULL, "allowed length"},
    {"LargeObject", NULL, "too large"},
    {"ImmutableIdChange", NULL, "source anchor"},
    {"ReferenceNotFound", NULL, "reference"},
    {"AttributeValueMustBeUnique", NULL, "associated with another object"},
    {"permission-issue", "115", "has been denied"},
};

static bool
holds(struct text t, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= t.len; i++)
		if (text_same_nocase(t.data + i, what, n))
			return true;
	return false;
}

/* "InvalidSoftMatch: text": a name of letters alone, with more than one
 * capital. */
static bool
leading_name(struct text t, struct text *out_name, struct text *out_rest)
{
	size_t n = 0, capitals = 0;

	for (; n < t.len && n < 47; n++) {
		bool capital = t.data[n] >= 'A' && t.data[n] <= 'Z';

		if (!capital && !(t.data[n] >= 'a' && t.data[n] <= 'z'))
			break;
		capitals += capital;
	}
	if (n == 0 || n + 1 >= t.len || t.data[n] != ':' || capitals < 2 ||
	    !(t.data[0] >= 'A' && t.data[0] <= 'Z'))
		return false;
	*out_name = (struct text){t.data, n};
	for (n++; n < t.len && t.data[n] == ' ';)
		n++;
	*out_rest = (struct text){t.data + n, t.len - n};
	return true;
}

static struct text
name_of(struct text code, struct text *description)
{
	struct text name;

	if (leading_name(*description, &name, description))
		return name;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((names[i].code != NULL && text_is(code, names[i].code)) ||
		    holds(*description, names[i].piece))
			return text_of(names[i].type);
	return TEXT("cd-error");
}

/* "; AttributeConflictName ProxyAddresses" for each that was told. */
static void
details_add(struct buf *b, const struct xml_node *details)
{
	static const char *const keys[] = {"AttributeConflictName",
	    "AttributeConflictValues", "ObjectIdInConflict"};
	const struct xml_node *n = details == NULL ? NULL : details->first;

	for (; n != NULL; n = n->next) {
		struct text key = xml_child_text(n, "Key");
		const struct xml_node *v = xml_child(n, "Value");

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (text_is(key, keys[i]) && v != NULL &&
			    b->len < TEXT_SHOWN + DETAIL_SHOWN) {
				buf_printf(b, "; %s", keys[i]);
				for (v = v->first; v != NULL; v = v->next)
					buf_printf(b, " %.*s",
					    (int)(v->text.len < 64 ? v->text.len
								   : 64),
					    v->text.data);
				break;
			}
	}
}

static void
said_set(const struct xml_node *n, int code, const char *type,
    struct text description, struct err *out)
{
	struct buf b;

	if (description.len > TEXT_SHOWN)
		description.len = TEXT_SHOWN;
	while (description.len > 0 &&
	       (description.data[description.len - 1] == '.' ||
		   description.data[description.len - 1] == ' '))
		description.len--;
	buf_init(&b, 4096);
	buf_text_add(&b, description);
	details_add(&b, xml_child(n, "ErrorDetails"));
	(void)err_type(out, code, type, "%.*s", TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
}

static void
failure_read(struct arena *a, const struct xml_node *n, struct text description,
    struct export_result *out)
{
	struct text code = xml_child_text(n, "ResultErrorCode");
	struct text name = name_of(code, &description);
	const char *type = arena_strndup(a, name.data, name.len);

	out->status = EXPORT_ERROR;
	said_set(n, ERR_REJECTED, type != NULL ? type : "cd-error", description,
	    &out->err);
	if (text_is(code, "81")) { /* busy: not done */
		out->status = EXPORT_RETRY;
		out->err.code = ERR_BUSY;
	}
}

/* It is there, and we must know as what. */
static void
anchor_read(struct arena *a, const struct xml_node *n, const struct work *w,
    struct export_result *out)
{
	struct text anchor = xml_child_text(n, "CloudAnchor");
	const char *wire = stypes[w->type].wire;

	out->anchor = text_dup(a, anchor);
	if (out->anchor.len > strlen(wire) + 1 &&
	    text_starts_nocase(anchor, wire) &&
	    anchor.data[strlen(wire)] == '_')
		return;
	out->status = EXPORT_UNCERTAIN;
	(void)err_type(&out->err, ERR_PROTOCOL, "missing-anchor-component",
	    "the service made a %s and calls it \"%.*s\"", wire,
	    (int)(anchor.len < 80 ? anchor.len : 80), anchor.data);
}

/* It was done, and not quite as it was asked for. */
static void
notice_read(struct arena *a, const struct xml_node *n, struct text description,
    struct export_result *out)
{
	struct err *notice = arena_alloc(a, sizeof(*notice));

	if (notice != NULL)
		said_set(n, ERR_REJECTED, "export-notice", description, notice);
	out->warning = notice;
}

void
result_read(struct arena *a, const struct xml_node *n, const struct work *w,
    struct export_result *out)
{
	const struct xml_node *d = xml_child(n, "ResultErrorDescription");
	struct text description = soap_is_nil(d) ? TEXT("") : xml_text(d);

	*out = (struct export_result){.status = EXPORT_DONE};
	if (!text_is(xml_child_text(n, "ResultCode"), "Success")) {
		failure_read(a, n, description, out);
		return;
	}
	if (description.len > 0)
		notice_read(a, n, description, out);
	if (w->it->op == DELTA_ADD)
		anchor_read(a, n, w, out);
}
