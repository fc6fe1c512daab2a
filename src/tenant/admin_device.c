/* tenant/admin_device.c -- a device that registers itself, as it does at the
 * vendor's registration service; see admin_int.h. */
#include "base/clock.h"
#include "tenant/admin_int.h"
#include "tenant/syncobj.h"

static int
find_device(struct admin_request *q, struct dirobj *out_o)
{
	struct tdb *db = q->c->t->db;
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(
	    q->c->a, UNIQUE_DEVICE, json_get_text(q->body, "deviceId"), &key);

	if (r == 0)
		r = dirobj_by_unique(db, UNIQUE_DEVICE, key, &row);
	return r == 0 ? dirobj_by_row(db, row, out_o) : r;
}

/* It shows a certificate that was exported with it. */
static int
certificate_check(struct admin_request *q, const struct dirobj *o)
{
	struct text shown = json_get_text(q->body, "certificate");
	struct syncobj s = {0};
	const struct json *list;
	int r = syncobj_by_row(q->c->t->db, q->c->a, o->row, &s);

	if (r != 0)
		return r;
	list = json_get(syncobj_get(s.doc, "userCertificate"), "b");
	r = ERR_NOENT;
	for (size_t i = 0; i < json_count(list); i++)
		if (text_equal(json_text(json_at(list, i)), shown))
			r = 0;
	syncobj_clear(&s);
	return r;
}

static int
registered(struct admin_request *q, struct dirobj *o)
{
	struct dirobj before = *o;
	struct dirobj_write w = {.before = &before,
	    .after = o,
	    .op = CHANGE_UPDATE,
	    .changed = TEXT("registrationDateTime")};
	char now[32];
	int r;

	if (dirobj_text(o, "registrationDateTime").len != 0)
		return 0;
	before.doc = json_dup(o->doc);
	(void)clock_format(tenant_now_ms(q->c->t), false, now);
	json_set_str(o->doc, "registrationDateTime", now);
	r = before.doc == NULL ? ERR_NOMEM
			       : dirobj_write(q->c->t->db, q->c->a, &w);
	dirobj_clear(&before);
	return r;
}

/* POST register {"deviceId": "...", "certificate": base64} */
void
admin_register(struct admin_request *q)
{
	struct tdb *db = q->c->t->db;
	struct dirobj o = {0};
	int r = tdb_begin(db, true);

	if (r == 0)
		r = find_device(q, &o);
	if (r == 0)
		r = certificate_check(q, &o);
	if (r == 0)
		r = registered(q, &o);
	if (r == 0)
		r = tdb_commit(db);
	dirobj_clear(&o);
	if (r == 0) {
		buf_puts(q->c->out, "{}\n");
		return;
	}
	tdb_rollback(db);
	if (r == ERR_NOENT || r == ERR_INVAL)
		admin_fail(q->c, 400,
		    "deviceId is that of a device that was synchronised, "
		    "certificate one of its certificates");
	else
		admin_fail(q->c, 500, tdb_message(db));
}
