/* tenant/aside.c -- which of the services beside it is, and its transaction. */
#include "tenant/aside.h"

void
aside_put_nil(struct xml_writer *w, const char *name)
{
	xml_begin(w, name);
	xml_put_attr(w, "i:nil", TEXT("true"));
	xml_end(w, name);
}

void
aside_put(struct xml_writer *w, const char *name, struct text t)
{
	if (t.len == 0)
		aside_put_nil(w, name);
	else
		xml_put_element(w, name, t);
}

void
aside_put_bool(struct xml_writer *w, const char *name, bool b)
{
	xml_put_element(w, name, b ? TEXT("true") : TEXT("false"));
}

static const struct service {
	const char *path; /* with what may follow it */
	const char *type;
	int (*run)(struct aside_call *c);
} services[] = {
    {ASIDE_COMPANY, "application/soap+xml; charset=utf-8", aside_company},
    {ASIDE_REGISTER, "application/xml; charset=utf-8", aside_register},
};

static const struct service *
service_of(struct text target)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (text_starts_nocase(target, services[i].path))
			return &services[i];
	return NULL;
}

static void
run(struct aside_call *c, const struct service *s)
{
	int r = tdb_begin(c->t->db, true);

	if (r == 0)
		r = s->run(c);
	if (r == 0)
		r = tdb_commit(c->t->db);
	if (r != 0)
		tdb_rollback(c->t->db);
	if (r == 0 || r == ERR_REJECTED)
		return;
	buf_reset(c->out);
	c->status = 503;
}

bool
aside_handle(struct aside_call *c)
{
	const struct service *s = service_of(c->target);

	if (s == NULL)
		return false;
	c->type = s->type;
	c->status = 405;
	if (text_is(text_of(c->method), "POST"))
		run(c, s);
	return true;
}
