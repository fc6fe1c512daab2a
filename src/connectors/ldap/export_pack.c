/*
 * connectors/ldap/export_pack.c -- values as the protocol has them, in requests
 * that a server takes: a large attribute goes in slices that follow each other.
 */
#include "connectors/ldap/export_int.h"
#include "model/dn_binary.h"

/* ---- Values ---- */

static int
reference_text(struct export_job *j, const struct value *v, struct text *out)
{
	const struct core_flavour *f = j->c->flavour;

	if (f->refer != NULL)
		return f->refer(j->arena, v, out);
	return moved_name(j->c, j->arena, v->id, v->text, out);
}

/* How an object is named behind octets: itself as in the request, others as
 * members are. */
static int
dn_binary_wire(const struct packer *p, const struct value *v, struct text *out)
{
	struct dn_binary b;
	struct value of;
	struct text name;
	char *s;
	int r = dn_binary_split(v->text, &b);

	if (r < 0)
		return r;
	if (b.dn.len == 0) {
		name = text_of(p->t->dn);
	} else {
		of = b.anchor.len != 0 && p->j->c->flavour->refer != NULL
			 ? value_reference_anchor(b.anchor)
			 : value_reference_dn(b.dn);
		r = reference_text(p->j, &of, &name);
	}
	if (r < 0)
		return r;
	s = arena_printf(
	    p->j->arena, "%.*s%.*s", TEXT_ARGS(b.head), TEXT_ARGS(name));
	*out = text_of(s);
	return s != NULL ? 0 : ERR_NOMEM;
}

/* As the protocol has it (RFC 4517). */
static int
value_text(const struct packer *p, const struct value *v, struct text *out)
{
	if (v->type == VALUE_DN_BINARY)
		return dn_binary_wire(p, v, out);
	if (v->type == VALUE_REFERENCE)
		return reference_text(p->j, v, out);
	return value_unparse(p->j->arena, v, out);
}

/* ---- Requests with slices ---- */

static int
packer_next(struct packer *p)
{
	struct change_step *s = arena_alloc(p->j->arena, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	s->kind = STEP_WRITE;
	s->w.kind = p->kind;
	s->w.permissive = p->kind == WRITE_MODIFY;
	s->mods = arena_array(p->j->arena, p->mods_max, sizeof(*s->mods));
	s->origins = arena_array(p->j->arena, p->mods_max, sizeof(*s->origins));
	if (s->mods == NULL || s->origins == NULL)
		return ERR_NOMEM;
	s->w.mods = s->mods;
	*p->tail = s;
	p->tail = &s->next;
	p->at = s;
	p->kind = WRITE_MODIFY;
	p->values = p->bytes = 0;
	return 0;
}

static bool
packer_full(const struct packer *p)
{
	return p->at == NULL || p->at->w.mod_count == p->mods_max ||
	       p->values >= SLICE_VALUES_MAX || p->bytes >= SLICE_BYTES_MAX;
}

static const char *
wire_name(struct export_job *j, uint32_t name)
{
	struct text t = names_text(j->c->env.names, name);
	const struct core_attr *known = map_get(j->c->attrs, t);

	return known != NULL && known->by_octets
		   ? arena_printf(j->arena, "%.*s;binary", TEXT_ARGS(t))
		   : t.data;
}

/* The SID of the object that a reference means. */
static int
sid_text(const struct packer *p, uint32_t name, const struct value *v,
    struct text *out)
{
	struct export_job *j = p->j;
	struct err why = {0};
	int r = j->c->flavour->object_sid(j->c, j->arena, v, out, &why);

	if (r == 0 || r == ERR_NOMEM)
		return r;
	if (r == ERR_CONNECT || r == ERR_CANCELLED)
		return err_type(j->err, r, why.type, "%s", why.text);
	(void)err_type(&p->t->res->err, ERR_REJECTED, "dn-attributes-failure",
	    "%.*s: %s", TEXT_ARGS(names_text(j->c->env.names, name)), why.text);
	return ERR_REJECTED;
}

static bool
goes_by_sid(const struct packer *p, const struct piece *e)
{
	const struct core_attr *known =
	    map_get(p->j->c->attrs, names_text(p->j->c->env.names, e->name));

	return known != NULL && known->by_sid;
}

/* As many of the values as the request at hand takes; the number, or
 * ERR_NOMEM. */
static int64_t
pack_some(struct packer *p, const struct piece *e, size_t from)
{
	struct change_step *s = p->at;
	size_t left = e->count - from, n = 0;
	size_t room = SLICE_VALUES_MAX - p->values;
	bool by_sid = goes_by_sid(p, e);
	struct text *list;

	left = left < room ? left : room;
	list = arena_raw(p->j->arena, left + 1, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	for (; n < left && (n == 0 || p->bytes < SLICE_BYTES_MAX); n++) {
		const struct value *v = &e->values[from + n];
		/* what an undo brings back is octets as they were */
		int r = by_sid && v->type == VALUE_REFERENCE
			    ? sid_text(p, e->name, v, &list[n])
			    : value_text(p, v, &list[n]);

		if (r != 0)
			return r;
		p->bytes += list[n].len;
	}
	p->values += n;
	s->origins[s->w.mod_count] = (struct origin){.name = e->name,
	    .values = e->values + from,
	    .reference = n != 0 && e->values[from].type == VALUE_REFERENCE};
	s->mods[s->w.mod_count++] = (struct write_mod){.change = e->change,
	    .name = wire_name(p->j, e->name),
	    .values = list,
	    .count = n};
	return s->mods[s->w.mod_count - 1].name != NULL ? (int64_t)n
							: ERR_NOMEM;
}

/* A replacement that goes on in the next request adds there. */
int
pack(struct packer *p, struct piece e)
{
	size_t at = 0;

	do {
		int64_t n;

		if (packer_full(p) && packer_next(p) != 0)
			return ERR_NOMEM;
		n = pack_some(p, &e, at);
		if (n < 0)
			return (int)n;
		at += (size_t)n;
		if (e.change == WRITE_VALUES_REPLACE)
			e.change = WRITE_VALUES_ADD;
	} while (at < e.count);
	return 0;
}
