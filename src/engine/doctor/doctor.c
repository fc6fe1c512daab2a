/* engine/doctor/doctor.c -- see doctor.h: the walk over all objects, and the
 * list of findings. */
#include "engine/doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "engine/doctor/doctor_int.h"

#define PAGE        500U
#define EXAMPLE_MAX 200U

/* ---- Findings ---- */

static struct doctor_finding *
find(struct doctor *d, const struct fault *f)
{
	for (size_t i = 0; i < d->out->count; i++) {
		struct doctor_finding *x = &d->out->findings[i];

		if (strcmp(x->check, f->check) == 0 &&
		    strcmp(x->error, f->error) == 0 &&
		    x->connector == f->connector &&
		    text_equal_nocase(x->attribute, f->attribute))
			return x;
	}
	return NULL;
}

static struct doctor_finding *
add(struct doctor *d, const struct fault *f)
{
	struct doctor_finding *x;

	if (d->out->count == FINDINGS_MAX)
		return NULL;
	x = &d->out->findings[d->out->count++];
	*x = (struct doctor_finding){.check = f->check,
	    .error = f->error,
	    .connector = f->connector,
	    .attribute = text_dup(d->arena, f->attribute)};
	return x;
}

static struct text
cut(struct arena *a, struct text t)
{
	size_t n = t.len < EXAMPLE_MAX ? t.len : EXAMPLE_MAX;

	while (n < t.len && n > 0 && ((unsigned char)t.data[n] & 0xc0) == 0x80)
		n--;
	return text_dup(a, (struct text){t.data, n});
}

static int
keep_example(struct doctor *d, struct doctor_finding *x,
    const struct doctor_example *from)
{
	struct doctor_example *to = &x->examples[x->example_count];

	*to = *from;
	to->value = cut(d->arena, from->value);
	to->fix = cut(d->arena, from->fix);
	if (to->value.data == NULL || to->fix.data == NULL)
		return ERR_NOMEM;
	x->example_count++;
	return 0;
}

int
doctor_note(struct doctor *d, const struct fault *f,
    const struct doctor_example *example, struct err *e)
{
	struct doctor_finding *x = find(d, f);

	if (x == NULL)
		x = add(d, f);
	if (x == NULL)
		return 0; /* as many kinds as there is room for */
	if (example != NULL && x->last == example->cs)
		return 0; /* an object with two such values is one */
	x->people++;
	if (example == NULL)
		return 0;
	x->last = example->cs;
	x->fixable += example->fix.len != 0;
	if (x->example_count < DOCTOR_EXAMPLES &&
	    keep_example(d, x, example) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return 0;
}

/* ---- Attributes that nobody has ---- */

/* One connector's objects. */
struct ward {
	struct doctor *d;
	const struct doctor_source *source;
	uint64_t *holders; /* of source->wanted */
	uint64_t objects;
};

static void
count_holders(struct ward *w, const struct cs_object *o)
{
	size_t k = 0;

	/* both by rising name */
	for (uint32_t i = 0; i < o->image.count; i++) {
		while (k < w->source->wanted_count &&
		       w->source->wanted[k] < o->image.items[i].name)
			k++;
		if (k < w->source->wanted_count &&
		    w->source->wanted[k] == o->image.items[i].name)
			w->holders[k]++;
	}
}

static int
tell_missing(struct ward *w, struct err *e)
{
	const struct names *names = store_names(w->d->job->store);
	int r = 0;

	for (size_t k = 0; k < w->source->wanted_count && w->objects != 0;
	     k++) {
		const struct fault f = {.check = "attribute",
		    .error = "Nobody",
		    .connector = w->source->connector,
		    .attribute = names_text(names, w->source->wanted[k])};

		if (w->holders[k] != 0)
			continue;
		r = doctor_note(w->d, &f, NULL, e);
		if (r < 0)
			return r;
		find(w->d, &f)->people = w->objects;
	}
	return 0;
}

/* ---- The walk ---- */

static int
one(struct ward *w, int64_t id, struct err *e)
{
	struct doctor *d = w->d;
	struct cs_object o;
	int r;

	arena_reset(d->one);
	r = cs_get(d->job->store, d->one, id, CS_IMAGE, &o, e);
	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (o.kind == CS_STAGING && (o.flags & CS_IN_CD) != 0) {
		count_holders(w, &o);
		w->objects++;
	}
	if (object_is_skipped(d, &o))
		return 0;
	d->out->objects++;
	return object_examine(d, &o, e);
}

static int
walk(struct ward *w, struct err *e)
{
	const struct doctor_job *job = w->d->job;
	struct cs_walk walk = {
	    .connector = w->source->connector, .which = CS_EVERY};
	int64_t room[PAGE];
	struct ids ids = {.id = room, .max = PAGE};
	int r;

	do {
		ids.count = 0;
		if (job->cancelled != NULL && job->cancelled(job->ctx))
			return err_set(e, ERR_CANCELLED, "stopped");
		r = cs_next(job->store, &walk, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = one(w, ids.id[i], e);
	} while (r == 0 && ids.count != 0);
	return r;
}

static int
examine(struct doctor *d, const struct doctor_source *source, struct err *e)
{
	struct ward w = {.d = d, .source = source};
	int r;

	w.holders = calloc(source->wanted_count + 1, sizeof(*w.holders));
	if (w.holders == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = walk(&w, e);
	if (r == 0)
		r = tell_missing(&w, e);
	free(w.holders);
	return r;
}

static void
find_names(struct doctor *d)
{
	const struct names *n = store_names(d->job->store);
	const struct {
		const char *name;
		uint32_t *out;
	} list[] = {
	    {"cn", &d->cn},
	    {"mail", &d->mail},
	    {"userPrincipalName", &d->upn},
	    {"isCriticalSystemObject", &d->critical},
	    {"member", &d->member},
	    {"proxyAddresses", &d->proxies},
	    {"userCertificate", &d->certificate},
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		*list[i].out = names_find_nocase(n, text_of(list[i].name));
}

int
doctor_run(const struct doctor_job *job, struct arena *a,
    struct doctor_report *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *own = arena_new(0);
	struct doctor d = {.job = job, .arena = a, .one = own, .out = out};
	int r = 0;

	*out = (struct doctor_report){0};
	out->findings = arena_array(a, FINDINGS_MAX, sizeof(*out->findings));
	if (own == NULL || out->findings == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	find_names(&d);
	for (size_t i = 0; i < job->source_count && r == 0; i++)
		r = examine(&d, &job->sources[i], e);
	if (r == 0)
		r = doubles_tell(&d, e);
	free(d.claims);
	return r;
}
