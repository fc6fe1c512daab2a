/* expr/fn_dn.c -- parts of distinguished names
 * (docs/engine/expressions.md 4.5). */
#include "expr/text_int.h"

#include "model/dn.h"

/* The value of the RDN at depth, escapes as stored; NULL where there is none.
 */
static struct expr_value
rdn_value(const struct dn *dn, int64_t depth)
{
	for (uint32_t i = 0; i < dn->count; i++)
		if ((int64_t)dn->avas[i].depth == depth)
			return make_string(dn->avas[i].raw);
	return make_null();
}

static int
parse(struct run *r, struct text t, struct dn *dn)
{
	int rc = dn_parse(r->arena, t, dn, NULL);

	if (rc == ERR_NOMEM)
		return run_nomem(r);
	if (rc < 0)
		return run_bad(r, "invalid-argument", 0,
		    "\"%.*s\" is no distinguished name",
		    t.len > 200 ? 200 : (int)t.len, t.data);
	r->output += dn->count * sizeof(*dn->avas);
	return 0;
}

int
fn_dn_component(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct dn dn;
	int rc = parse(r, args[0].text, &dn);

	(void)n;
	if (rc < 0)
		return rc;
	*out = args[1].number < 1 ? make_null()
				  : rdn_value(&dn, args[1].number - 1);
	return 0;
}

/* The depth of the n-th RDN from the right, dc= left out where no_dc; -1. */
static int64_t
depth_from_right(const struct dn *dn, int64_t n, bool no_dc)
{
	uint32_t last = UINT32_MAX;

	for (uint32_t i = dn->count; i > 0; i--) {
		const struct ava *a = &dn->avas[i - 1];

		if (n < 1 || a->depth == last ||
		    (no_dc && text_is_nocase(a->type, "dc")))
			continue;
		last = a->depth;
		if (--n == 0)
			return (int64_t)a->depth;
	}
	return -1;
}

int
fn_dn_component_rev(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct dn dn;
	int rc = parse(r, args[0].text, &dn);

	if (rc < 0)
		return rc;
	if (n > 2 && !text_is(args[2].text, "DC"))
		return run_bad(
		    r, "invalid-argument", 2, "the option can only be DC");
	*out = rdn_value(&dn, depth_from_right(&dn, args[1].number, n > 2));
	return 0;
}

/* The length of "type=" at the beginning; 0: there is none. */
static size_t
type_prefix(struct text t)
{
	size_t i = 0;

	while (
	    i < t.len && ((t.data[i] >= 'a' && t.data[i] <= 'z') ||
			     (t.data[i] >= 'A' && t.data[i] <= 'Z') ||
			     (i > 0 && t.data[i] >= '0' && t.data[i] <= '9') ||
			     (i > 0 && t.data[i] == '-')))
		i++;
	return i > 0 && i < t.len && t.data[i] == '=' ? i + 1 : 0;
}

int
fn_escape_dn_component(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t = args[0].text;
	size_t prefix = type_prefix(t), len = 0;
	char *p = run_bytes(r, t.len * 2);

	(void)n;
	if (p == NULL)
		return run_nomem(r);
	for (size_t i = 0; i < t.len; i++) {
		bool last_blank = t.data[i] == ' ' && i + 1 == t.len;

		if (i >= prefix && (last_blank || (t.data[i] != '\0' &&
						      strchr(",=+<>#;\\\"",
							  t.data[i]) != NULL)))
			p[len++] = '\\';
		p[len++] = t.data[i];
	}
	*out = make_string((struct text){p, len});
	return 0;
}
