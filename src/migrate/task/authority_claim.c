/* migrate/task/authority_claim.c -- the source anchor of a group that another
 * engine made. */
#include "migrate/task/task_int.h"

/* What the directory says of this group alone. */
static bool
is_of_object(int code)
{
	return code == ERR_REJECTED || code == ERR_UNSUPPORTED ||
	       code == ERR_NOENT;
}

int
authority_claim(struct connector *c, const struct authority_object *o,
    const struct map *sources, struct err *why, struct err *e)
{
	const struct text *source;
	int r;

	*why = (struct err){0};
	if (o->type != AUTHORITY_GROUP || o->immutable.len != 0)
		return 0;
	source = o->sid.len == 0 ? NULL : map_get(sources, o->sid);
	if (source == NULL) {
		(void)err_set(why, ERR_NOENT,
		    o->sid.len == 0
			? "the directory tells no security identifier of it"
			: "nobody here has its security identifier");
		return 0;
	}
	r = c->kind->ops->authority->claim(c, o->anchor, *source, why);
	if (r == 0)
		return 1;
	if (is_of_object(r))
		return 0;
	if (e != NULL)
		*e = *why;
	return r;
}
