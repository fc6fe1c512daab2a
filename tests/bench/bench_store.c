/* tests/bench/bench_store.c -- how many objects a second the store takes and
 * gives; one line a measurement.  bench_store [OBJECTS [FOLDER]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "store/history.h"

#define ATTRIBUTES 25
#define BATCH      5000

struct times {
	int64_t wall_ns, cpu_ns;
};

struct bench {
	struct store *s;
	struct arena *a;   /* of a group */
	struct arena *one; /* of one object */
	int64_t connector;
	uint32_t names[ATTRIBUTES];
	uint32_t manager, user, partition;
	int64_t objects;

	struct times spent, start;
	struct cs_object *made; /* GROUP objects, built off the clock */
};

#define GROUP 500

static struct err e;

static void
must(int r)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "bench_store: %s (%d)\n", e.text, r);
	_exit(EXIT_FAILURE);
}

#define MUST(call) must(call)

/* Anonymous memory of the process: what must not grow with the objects. */
static long
anonymous_kib(void)
{
	char line[160];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return kib;
}

static struct times
now(void)
{
	struct timespec w, c;

	(void)clock_gettime(CLOCK_MONOTONIC, &w);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &c);
	return (struct times){(int64_t)w.tv_sec * 1000000000 + w.tv_nsec,
	    (int64_t)c.tv_sec * 1000000000 + c.tv_nsec};
}

static void
begin(struct bench *b)
{
	b->spent = (struct times){0, 0};
	b->start = now();
}

/* What is built for the next measurement does not count. */
static void
pause_clock(struct bench *b)
{
	struct times t = now();

	b->spent.wall_ns += t.wall_ns - b->start.wall_ns;
	b->spent.cpu_ns += t.cpu_ns - b->start.cpu_ns;
}

static void
report(struct bench *b, const char *what, int64_t n)
{
	pause_clock(b);
	(void)printf("%-32s %8" PRId64 " %9.0f/s  wall %6.2f us  cpu %6.2f us"
		     "  anon %ld MiB\n",
	    what, n, (double)n * 1e9 / (double)b->spent.wall_ns,
	    (double)b->spent.wall_ns / 1e3 / (double)n,
	    (double)b->spent.cpu_ns / 1e3 / (double)n, anonymous_kib() / 1024);
	(void)fflush(stdout);
}

static struct text
line(struct bench *b, const char *before, int64_t n, const char *behind)
{
	char *s = arena_printf(b->a, "%s%" PRId64 "%s", before, n, behind);

	return text_of(s);
}

/* Octets in no order, as a directory's GUIDs are. */
static struct text
anchor_of(struct bench *b, int64_t n)
{
	unsigned char digest[20];
	char seed[24];
	int len = snprintf(seed, sizeof(seed), "%" PRId64, n);

	MUST(hash_sha1((struct text){seed, (size_t)len}, digest));
	return (struct text){arena_strndup(b->a, (char *)digest, 16), 16};
}

static struct text
dn_of(struct bench *b, int64_t n)
{
	char *s = arena_printf(b->a,
	    "CN=Given%" PRId64 " Family%" PRId64 ",OU=Dep%" PRId64
	    ",OU=People,DC=corp,DC=example,DC=org",
	    n % 977, n, n % 40);

	return text_of(s);
}

static void
fill(struct bench *b, int64_t n, struct cs_object *o)
{
	*o = (struct cs_object){.connector = b->connector,
	    .kind = CS_STAGING,
	    .type = b->user,
	    .partition = b->partition,
	    .flags = CS_IN_CD,
	    .dn = dn_of(b, n),
	    .anchor = anchor_of(b, n),
	    .import_ms = 1700000000000};
	o->import.op = DELTA_ADD;
	MUST(attrs_add(b->a, &o->image, b->manager,
	    value_reference_dn(dn_of(b, n / 10 * 7 % b->objects))));
	for (int i = 0; i < ATTRIBUTES; i++) {
		struct value v =
		    i % 8 == 7
			? value_integer(n * 31 + i)
			: value_string(line(b, "some value of an attribute ",
			      n * 37 + i, i == 0 ? "@example.org" : ""));

		MUST(attrs_add(b->a, &o->image, b->names[i], v));
	}
}

/* Object n; a group of them is built at its first, off the clock. */
static struct cs_object *
object(struct bench *b, int64_t n)
{
	if (n % GROUP == 0) {
		pause_clock(b);
		arena_reset(b->a);
		b->made = arena_array(b->a, GROUP, sizeof(*b->made));
		for (int64_t i = 0; i < GROUP; i++)
			fill(b, n + i, &b->made[i]);
		b->start = now();
	}
	arena_reset(b->one);
	return &b->made[n % GROUP];
}

static void
commit_each(struct bench *b, int64_t n)
{
	if (n % BATCH == BATCH - 1) {
		MUST(store_commit(b->s, &e));
		MUST(store_begin(b->s, &e));
	}
}

/* Full import of a new connector space: looked up, put, references staged. */
static void
load(struct bench *b)
{
	struct cs_walk w = {.connector = b->connector, .which = CS_WORK};
	int64_t room[1];
	struct ids ids = {room, 1, 0};

	begin(b);
	MUST(store_begin(b->s, &e));
	for (int64_t i = 0; i < b->objects; i++) {
		struct cs_object *o = object(b, i), found;
		struct cs_key anchor = {b->connector, o->anchor};
		struct cs_key dn = {b->connector, o->dn};
		size_t changed;

		if (cs_find_anchor(
			b->s, b->one, anchor, CS_ALL, &found, NULL) == 0 ||
		    cs_find_dn(b->s, b->one, dn, CS_ALL, &found, NULL) == 0)
			o->id = found.id; /* a placeholder of that DN */
		MUST(cs_put(b->s, o, CS_ALL, &e));
		MUST(cs_refs_stage(b->s, o, &o->image, &changed, &e));
		commit_each(b, i);
	}
	MUST(cs_next(b->s, &w, &ids, &e)); /* the indexes are made */
	MUST(store_commit(b->s, &e));
	report(b, "first import", b->objects);
}

static void
unchanged(struct bench *b)
{
	begin(b);
	MUST(store_begin(b->s, &e));
	for (int64_t i = 0; i < b->objects; i++) {
		struct cs_object *o = object(b, i), found;

		MUST(cs_find_anchor(b->s, b->one,
		    (struct cs_key){b->connector, o->anchor}, CS_IMAGE, &found,
		    &e));
		attrs_remove(&o->image, b->manager);
		if (!attrs_equal(&o->image, &found.image))
			_exit(EXIT_FAILURE);
	}
	MUST(store_commit(b->s, &e));
	report(b, "found by anchor, compared", b->objects);
}

static void
read_all(struct bench *b)
{
	begin(b);
	MUST(store_begin(b->s, &e));
	for (int64_t i = 0; i < b->objects; i++) {
		struct cs_object o;

		arena_reset(b->a);
		MUST(cs_get(
		    b->s, b->a, i * 7919 % b->objects + 1, CS_ALL, &o, &e));
	}
	MUST(store_commit(b->s, &e));
	report(b, "cs_get, all parts, any order", b->objects);
}

static void
project(struct bench *b)
{
	begin(b);
	MUST(store_begin(b->s, &e));
	for (int64_t i = 0; i < b->objects; i++) {
		struct origin origins[ATTRIBUTES];
		struct mv_object m = {.type = b->user};

		m.values = object(b, i)->image;
		attrs_remove(&m.values, b->manager);
		for (int k = 0; k < ATTRIBUTES; k++)
			origins[k] = (struct origin){
			    b->names[k], 7, i + 1, 1700000000000};
		m.origins = origins;
		m.origin_count = ATTRIBUTES;
		MUST(mv_put(b->s, &m, true, &e));
		commit_each(b, i);
	}
	MUST(store_commit(b->s, &e));
	report(b, "mv_put, new, with origins", b->objects);
}

/* What a synchronisation does to each object: link it, fold its import, under
 * a save point. */
static void
link_all(struct bench *b)
{
	begin(b);
	MUST(store_begin(b->s, &e));
	for (int64_t i = 0; i < b->objects; i++) {
		struct lineage l = {7, 1, 1, 0, 1, 0};
		struct cs_object o;

		arena_reset(b->one);
		MUST(store_save(b->s, &e));
		MUST(cs_get(b->s, b->one, i + 1, CS_ALL, &o, &e));
		o.mv = i + 1;
		o.link = CS_CONNECTOR;
		o.lineage = &l;
		o.lineage_count = 1;
		o.import.op = DELTA_NONE;
		MUST(cs_put(b->s, &o, CS_LINEAGE | CS_IMPORT, &e));
		MUST(cs_refs_fold(b->s, o.id, true, &e));
		MUST(store_release(b->s, &e));
		commit_each(b, i);
	}
	MUST(store_commit(b->s, &e));
	report(b, "linked and folded, save points", b->objects);
}

static void
walks(struct bench *b)
{
	static int64_t room[1024];
	struct ids ids = {room, 1024, 0};
	struct cs_walk w = {.connector = b->connector, .which = CS_EVERY};
	int64_t n = 0;
	struct cs_pending p;

	begin(b);
	do {
		MUST(cs_next(b->s, &w, &ids, &e));
		n += (int64_t)ids.count;
	} while (ids.count != 0);
	report(b, "walk over every id", n);
	begin(b);
	for (n = 0; n < 1000; n++) {
		w = (struct cs_walk){
		    .connector = b->connector, .which = CS_WORK};
		MUST(cs_next(b->s, &w, &ids, &e));
		MUST(cs_pending_count(b->s, b->connector, &p, &e));
	}
	report(b, "idle: work and pending exports", n);
}

/* A group of everybody, read from the directory; again; with one more. */
static void
group(struct bench *b)
{
	struct attrs refs = {0};
	struct cs_object g = {.connector = b->connector,
	    .kind = CS_STAGING,
	    .type = b->user,
	    .dn = TEXT("CN=Everybody,DC=corp,DC=example,DC=org")};
	size_t changed;

	arena_reset(b->a);
	for (int64_t i = 1; i < b->objects; i++)
		MUST(attrs_add(
		    b->a, &refs, b->names[0], value_reference_dn(dn_of(b, i))));
	MUST(store_begin(b->s, &e));
	MUST(cs_put(b->s, &g, CS_ALL, &e));
	begin(b);
	MUST(cs_refs_stage(b->s, &g, &refs, &changed, &e));
	report(b, "members of one group staged", b->objects);
	begin(b);
	MUST(cs_refs_stage(b->s, &g, &refs, &changed, &e));
	report(b, "  the same again", b->objects);
	MUST(store_commit(b->s, &e));
	MUST(store_begin(b->s, &e));
	begin(b);
	MUST(cs_ref_set(
	    b->s, (struct ref_key){g.id, b->names[0], 1}, REF_IMAGE, 0, &e));
	MUST(store_commit(b->s, &e));
	report(b, "  one more, committed", 1);
}

static void
open_bench(struct bench *b, const char *path)
{
	struct store_connector c;
	struct names *names;

	MUST(store_open(path, STORE_WRITE, &b->s, &e));
	names = store_names(b->s);
	MUST(store_connector_ensure(b->s, TEXT("ad"), TEXT("ad"), &c, &e));
	b->connector = c.id;
	for (int i = 0; i < ATTRIBUTES; i++)
		MUST(names_intern(
		    names, line(b, "attribute-", i, ""), &b->names[i]));
	MUST(names_intern(names, TEXT("manager"), &b->manager));
	MUST(names_intern(names, TEXT("user"), &b->user));
	MUST(names_intern(names, TEXT("DC=corp"), &b->partition));
	MUST(store_lock(b->s, "bench", &e));
	MUST(store_begin(b->s, &e));
	MUST(store_join_attrs(b->s, b->names, 2, b->names, 2, &e));
	MUST(store_commit(b->s, &e));
}

int
main(int argc, char **argv)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
	struct bench b = {.objects = 100000};
	const char *folder = argc > 2 ? argv[2] : "/tmp";
	char path[256];

	if (argc > 1)
		b.objects = strtoll(argv[1], NULL, 10);
	if (b.objects <= 0)
		return EXIT_FAILURE;
	(void)snprintf(path, sizeof(path), "%s/bench-store-%ld.db", folder,
	    (long)getpid());
	b.a = arena_new(0);
	b.one = arena_new(0);
	open_bench(&b, path);
	load(&b);
	unchanged(&b);
	read_all(&b);
	project(&b);
	link_all(&b);
	walks(&b);
	group(&b);
	b.s = store_close(b.s);
	b.a = arena_free(b.a);
	b.one = arena_free(b.one);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char file[300];

		(void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		(void)unlink(file);
	}
	return EXIT_SUCCESS;
}
