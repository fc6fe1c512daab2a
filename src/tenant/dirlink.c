/* tenant/dirlink.c -- the links between objects; see dirobj.h. */
#include "tenant/dirobj.h"

/* Whose a device is, no delta query tells. */
static int
link_log(struct tdb *db, const struct dirobj *source, enum change_op op,
    enum link_kind kind, int64_t target)
{
	return kind == LINK_DEVICE_OWNERS || kind == LINK_DEVICE_USERS
		   ? 0
		   : dirobj_log(db, source, op, kind, target);
}

int
dirobj_link(struct tdb *db, const struct dirobj *source, enum link_kind kind,
    const struct dirobj *target)
{
	int r = tdb_run(
	    db, SQL_REF_ADD, "iii", (int64_t)kind, source->row, target->row);

	return r == 0 ? link_log(db, source, CHANGE_LINK, kind, target->row)
		      : r;
}

int
dirobj_unlink(struct tdb *db, const struct dirobj *source, enum link_kind kind,
    int64_t target)
{
	int r = tdb_run(
	    db, SQL_REF_REMOVE, "iii", (int64_t)kind, source->row, target);

	/* RETURNING: the row tells that there was one; step on to the end. */
	if (r == 1)
		r = tdb_next(db, SQL_REF_REMOVE);
	else if (r == 0)
		r = ERR_NOENT;
	return r == 0 ? link_log(db, source, CHANGE_UNLINK, kind, target) : r;
}

int
dirobj_log_sources(struct tdb *db, const struct dirobj *o, bool came)
{
	int r = tdb_run(db, SQL_REF_ALL_SOURCES, "i", o->row);

	for (; r == 1; r = tdb_next(db, SQL_REF_ALL_SOURCES)) {
		struct dirobj source = {
		    .row = tdb_int(db, SQL_REF_ALL_SOURCES, 1),
		    .kind = (enum entity)tdb_int(db, SQL_REF_ALL_SOURCES, 2)};
		int w =
		    link_log(db, &source, came ? CHANGE_LINK : CHANGE_UNLINK,
			(enum link_kind)tdb_int(db, SQL_REF_ALL_SOURCES, 0),
			o->row);

		if (w != 0)
			return w;
	}
	return r;
}

int
dirobj_drop_links(struct tdb *db, const struct dirobj *o)
{
	int r = tdb_run(db, SQL_REF_DROP_SOURCE, "i", o->row);

	return r == 0 ? tdb_run(db, SQL_REF_DROP_TARGET, "i", o->row) : r;
}
