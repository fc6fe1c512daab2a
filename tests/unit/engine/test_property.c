/* tests/unit/engine/test_property.c -- what holds for any objects and rules:
 *
 *   - the order in which objects are imported and connectors are synchronised
 *     does not matter;
 *   - a second synchronisation changes nothing;
 *   - changes read as they come end where a fresh start with the last state
 *     does.
 *
 *   test_engine_property [SEED [COUNT]]
 *
 * Rules and objects are made from the seed as a golden text, which is printed
 * where a property does not hold: it can be run by test_engine_golden. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "golden.h"

#define PEOPLE  14
#define LINES   64
#define COUNT   25U
#define CHANGES 16

/* ---- Chance ---- */

struct dice {
	uint64_t state;
};

static unsigned
roll(struct dice *d, unsigned sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (unsigned)(d->state >> 33) % sides;
}

static const char *
one_of(struct dice *d, const char *const *list, unsigned n)
{
	return list[roll(d, n)];
}

#define ONE_OF(d, list) one_of(d, list, sizeof(list) / sizeof((list)[0]))

/* ---- Rules ---- */

static const char head[] = "Attributes\n"
			   "  types: user, person\n"
			   "  employeeID: string\n"
			   "  title: string\n"
			   "  info: string\n"
			   "  note: string\n"
			   "  age: integer\n"
			   "  locked: boolean\n"
			   "  tags: string list\n"
			   "  manager: reference\n"
			   "  member: reference list\n"
			   "Connector hr: directory\n"
			   "Connector ad: directory with deltas\n"
			   "Connector cloud: cloud\n";

static const char *const scopes[] = {"title EQUAL t1", "title NOTEQUAL t2",
    "age LESSTHAN 3", "age GREATERTHAN_OR_EQUAL 2", "locked EQUAL True",
    "locked NOTEQUAL True", "tags ISIN x", "tags NOTCONTAINS y", "info ISNULL",
    "info STARTSWITH i", "manager ISNOTNULL", "age ISBITNOTSET 1",
    "ISMEMBEROF CN=h2", "ISNOTMEMBEROF CN=a3"};

static const char *const flows[] = {"title: '[title]'", "title: '[info]'",
    "title: '\"by \" & [title]'", "title: {value: fixed}",
    "title: 'IIF([age] = 2,AuthoritativeNull,[title])'",
    "title: 'IIF(IsPresent([info]),[info],NULL)'", "info: '[info]'",
    "info: 'IIF([locked],\"locked\",[title])'", "info: '[employeeID] & \"!\"'",
    "age: '[age]'", "age: {value: '7'}", "locked: '[locked]'",
    "locked: 'IIF([age] = 3,True,NULL)'", "manager: '[manager]'",
    "member: '[member]'", "tags: {expression: '[tags]', merge: merge}",
    "tags: {expression: '[tags]', merge: merge-nocase}", "tags: '[tags]'"};

/* What merges out to a directory stays there: that depends on what was. */
enum kind {
	MERGES = 15,
	MERGES_NOCASE = 16,
	UPDATES = 17
};

static const char *
target_of(const char *flow, char out[static 16])
{
	size_t n = strcspn(flow, ":");

	assert(n < 16);
	memcpy(out, flow, n);
	out[n] = '\0';
	return out;
}

/* StickyJoin keeps what a fresh start would not make, and outbound joins are
 * looked for when the metaverse object is: left out where that matters. */
static bool forgetful;

/* At most one flow to an attribute; those to tags of one kind for all rules. */
static void
put_flows(FILE *f, struct dice *d, enum kind tags, unsigned n)
{
	char done[16][16], name[16];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		const char *flow = ONE_OF(d, flows);
		bool again = false;

		if (strncmp(flow, "tags", 4) == 0)
			flow = flows[tags];
		for (unsigned k = 0; k < count; k++)
			again = again ||
				strcmp(done[k], target_of(flow, name)) == 0;
		if (again || count == 16)
			continue;
		(void)target_of(flow, done[count++]);
		(void)fprintf(f, "      %s\n", flow);
	}
}

static void
put_scope(FILE *f, struct dice *d, bool inbound, unsigned chance)
{
	unsigned n = sizeof(scopes) / sizeof(scopes[0]);

	if (!inbound)
		n -= 2; /* membership is inbound */
	if (roll(d, 100) >= chance)
		return;
	(void)fprintf(f, "    scope: [[%s", one_of(d, scopes, n));
	if (roll(d, 2) == 0)
		(void)fprintf(f, ", %s", one_of(d, scopes, n));
	if (roll(d, 3) == 0)
		(void)fprintf(f, "], [%s", one_of(d, scopes, n));
	(void)fprintf(f, "]]\n");
}

static void
put_rule(FILE *f, const char *name, const char *connector, bool inbound)
{
	(void)fprintf(f,
	    "  - name: %s\n    connector: %s\n    direction: %s\n"
	    "    from: %s\n    to: %s\n",
	    name, connector, inbound ? "in" : "out",
	    inbound ? "user" : "person", inbound ? "person" : "user");
}

static void
put_inbound(FILE *f, struct dice *d, const char *connector, enum kind tags)
{
	static const char *const links[] = {"provision", "join", "sticky"};
	char name[64];
	unsigned n = 1 + roll(d, 4);
	bool first = strcmp(connector, "hr") == 0;

	(void)snprintf(name, sizeof(name), "%s link", connector);
	put_rule(f, name, connector, true);
	(void)fprintf(f, "    link: %s\n    join: [employeeID = employeeID]\n",
	    first ? links[0] : links[roll(d, forgetful ? 2 : 3)]);
	put_scope(f, d, true, 40);
	(void)fprintf(f, "    flows:\n      employeeID: '[employeeID]'\n");
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s %u", connector, i);
		put_rule(f, name, connector, true);
		(void)fprintf(
		    f, "    precedence: %u\n", 10 + 2 * i + (first ? 0U : 1U));
		put_scope(f, d, true, 60);
		(void)fprintf(f, "    flows:\n      employeeID: "
				 "'[employeeID]'\n");
		put_flows(f, d, tags, 1 + roll(d, 5));
	}
}

static void
put_rules(FILE *f, struct dice *d)
{
	enum kind tags = roll(d, 2) == 0 ? MERGES : MERGES_NOCASE;

	(void)fprintf(f, "%sRules\n", head);
	put_inbound(f, d, "hr", tags);
	put_inbound(f, d, "ad", tags);
	put_rule(f, "Out", "cloud", false);
	(void)fprintf(f, "    link: provision\n"
			 "    join: [employeeID = employeeID]\n");
	put_scope(f, d, false, 60);
	(void)fprintf(f, "    flows:\n      dn: '\"CN=\" & [employeeID]'\n"
			 "      employeeID: '[employeeID]'\n");
	put_flows(f, d, UPDATES, 1 + roll(d, 6));
	if (forgetful)
		return;
	/* what is written back is not read again: that would be a history */
	put_rule(f, "Back", "ad", false);
	(void)fprintf(f,
	    "    join: [employeeID = employeeID]\n"
	    "    flows:\n      note: '%s'\n",
	    roll(d, 2) == 0 ? "[title] & [info]" : "[info]");
}

/* ---- Objects ---- */

struct objects {
	char lines[2][PEOPLE][256]; /* of hr and of ad; empty: none */
};

static void
make_object(struct dice *d, int dir, int i, char out[static 256])
{
	int n = snprintf(out, 256, "user CN=%c%d: employeeID = %d",
	    dir == 0 ? 'h' : 'a', i, i);
	char c = dir == 0 ? 'h' : 'a';

	if (roll(d, 3) != 0)
		n += snprintf(
		    out + n, 256 - (size_t)n, "; title = t%u", roll(d, 3));
	if (roll(d, 2) == 0)
		n += snprintf(
		    out + n, 256 - (size_t)n, "; info = i%u", roll(d, 3));
	if (roll(d, 2) == 0)
		n += snprintf(
		    out + n, 256 - (size_t)n, "; age = %u", roll(d, 5));
	if (roll(d, 3) == 0)
		n += snprintf(out + n, 256 - (size_t)n, "; locked = %s",
		    roll(d, 2) == 0 ? "true" : "false");
	if (roll(d, 2) == 0)
		n += snprintf(out + n, 256 - (size_t)n, "; tags = %s",
		    roll(d, 2) == 0 ? "x | Y" : "X | z");
	if (roll(d, 2) == 0)
		n += snprintf(out + n, 256 - (size_t)n, "; manager = CN=%c%u",
		    c, roll(d, PEOPLE));
	if (roll(d, 3) == 0)
		(void)snprintf(out + n, 256 - (size_t)n,
		    "; member = CN=%c%u | CN=%c%u", c, roll(d, PEOPLE / 2), c,
		    PEOPLE / 2 + roll(d, PEOPLE / 2));
}

static void
make_objects(struct dice *d, struct objects *o)
{
	*o = (struct objects){0};
	for (int dir = 0; dir < 2; dir++)
		for (int i = 0; i < PEOPLE; i++)
			if (roll(d, 4) != 0)
				make_object(d, dir, i, o->lines[dir][i]);
}

static unsigned long steps; /* objects that changed, came or went */

/* Some objects change, come or go. */
static void
change_objects(struct dice *d, struct objects *o)
{
	for (int dir = 0; dir < 2; dir++)
		for (int i = 0; i < PEOPLE; i++) {
			if (roll(d, 3) != 0)
				continue;
			steps++;
			if (roll(d, 3) == 0)
				o->lines[dir][i][0] = '\0';
			else
				make_object(d, dir, i, o->lines[dir][i]);
		}
}

static const char *const dirs[] = {"hr", "ad"};

/* backwards: the other order of everything. */
static void
put_objects(FILE *f, const struct objects *o, bool backwards)
{
	for (int k = 0; k < 2; k++) {
		int dir = backwards ? 1 - k : k;

		(void)fprintf(f, "%s has\n", dirs[dir]);
		for (int i = 0; i < PEOPLE; i++) {
			int at = backwards ? PEOPLE - 1 - i : i * 5 % PEOPLE;

			if (o->lines[dir][at][0] != '\0')
				(void)fprintf(f, "  %s\n", o->lines[dir][at]);
		}
	}
}

/* What is in from and not in to is lost. */
static void
put_lost(FILE *f, const struct objects *from, const struct objects *to)
{
	for (int dir = 0; dir < 2; dir++) {
		bool any = false;

		for (int i = 0; i < PEOPLE; i++) {
			if (from->lines[dir][i][0] == '\0' ||
			    to->lines[dir][i][0] != '\0')
				continue;
			if (!any)
				(void)fprintf(f, "%s loses\n", dirs[dir]);
			any = true;
			(void)fprintf(
			    f, "  CN=%c%d\n", dir == 0 ? 'h' : 'a', i);
		}
	}
}

static void
put_runs(FILE *f, bool backwards, bool delta, unsigned rounds)
{
	const char *import = delta ? "delta-import" : "full-import";
	const char *sync = delta ? "delta-sync" : "full-sync";

	for (unsigned i = 0; i < rounds; i++) {
		for (int k = 0; k < 2; k++)
			(void)fprintf(f, "Run %s: %s, %s\n",
			    dirs[backwards ? 1 - k : k], import, sync);
		(void)fprintf(f, "Run cloud: export, full-import, %s\n", sync);
		(void)fprintf(f, "Run ad: export, %s, %s\n", import, sync);
	}
}

/* ---- Running ---- */

struct text_file {
	char path[64];
	FILE *f;
};

static struct text_file
text_begin(void)
{
	int fd = memfd_create("property", MFD_CLOEXEC);
	struct text_file t = {.f = fd >= 0 ? fdopen(fd, "w") : NULL};

	assert(t.f != NULL);
	(void)snprintf(t.path, sizeof(t.path), "/proc/self/fd/%d", fd);
	return t;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Everything of one expectation, sorted, a line each. */
static void
dump(struct world *w, const char *what, struct buf *out)
{
	char line[64];
	struct block b = {.head = line};
	struct seen_list have = {0};
	char **lines;

	(void)snprintf(line, sizeof(line), "%s", what);
	assert(world_see(w, &b, &have));
	lines = arena_array(w->arena, have.count + 1, sizeof(char *));
	assert(lines != NULL);
	for (size_t i = 0; i < have.count; i++) {
		const struct seen *s = &have.list[i];
		char **below =
		    arena_array(w->arena, s->below_count + 1, sizeof(char *));

		assert(below != NULL);
		for (size_t k = 0; k < s->below_count; k++)
			below[k] = arena_printf(w->arena, "%s  (%s)",
			    s->below[k].text, s->below[k].aside);
		if (s->below_count != 0)
			qsort((void *)below, s->below_count, sizeof(char *),
			    by_text);
		lines[i] = arena_strdup(w->arena, s->text);
		for (size_t k = 0; k < s->below_count; k++)
			lines[i] = arena_printf(
			    w->arena, "%s\n    %s", lines[i], below[k]);
	}
	if (have.count != 0)
		qsort((void *)lines, have.count, sizeof(char *), by_text);
	buf_printf(out, "%s\n", what);
	for (size_t i = 0; i < have.count; i++)
		buf_printf(out, "  %s\n", lines[i]);
}

static void
dump_all(struct world *w, struct buf *out)
{
	dump(w, "Metaverse is", out);
	dump(w, "cloud will get", out);
	dump(w, "ad will get", out);
	dump(w, "cloud holds", out);
	dump(w, "Errors are", out);
}

/* Runs a text and gives the world as it is then. */
static struct world *
run(struct text_file *t, struct buf *out)
{
	struct golden *g;
	struct world *w;

	assert(fflush(t->f) == 0);
	g = golden_read(t->path);
	w = world_new(t->path);
	for (size_t i = 0; i < g->cases[0].count; i++) {
		const struct block *b = &g->cases[0].blocks[i];

		w->unsaid = NULL; /* errors are part of what is compared */
		assert(world_declare(w, b) || world_step(w, b));
	}
	buf_init(out, 1U << 24);
	dump_all(w, out);
	(void)golden_free(g);
	return w;
}

static void
tell(const struct text_file *t, const char *name)
{
	char line[512];
	FILE *f = fopen(t->path, "re");

	printf("# %s\n", name);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		printf("#   %s", line);
	if (f != NULL)
		(void)fclose(f);
}

/* The lines that differ, of two dumps in the same order. */
static void
tell_difference(struct buf *a, struct buf *b)
{
	const char *x = buf_text(a).data, *y = buf_text(b).data;

	while (*x != '\0' || *y != '\0') {
		size_t n = strcspn(x, "\n"), m = strcspn(y, "\n");

		if (n != m || memcmp(x, y, n) != 0)
			printf("# %-50.*s | %.*s\n", (int)n, x, (int)m, y);
		x += n + (x[n] != '\0');
		y += m + (y[m] != '\0');
	}
}

static bool
same(struct buf *a, struct buf *b, const struct text_file *t)
{
	bool ok = text_equal(buf_text(a), buf_text(b));

	if (!ok) {
		tell(t, "the text:");
		tell_difference(a, b);
	}
	buf_clear(b);
	return ok;
}

/* ---- The properties ---- */

static void
begin_text(struct text_file *t, uint64_t seed)
{
	struct dice d = {seed};

	*t = text_begin();
	put_rules(t->f, &d);
	(void)fprintf(t->f, "Case: made from %llu\n", (unsigned long long)seed);
}

static bool
any_order(uint64_t seed, const struct objects *o)
{
	struct text_file one, two;
	struct buf a, b;
	bool ok;

	begin_text(&one, seed);
	put_objects(one.f, o, false);
	put_runs(one.f, false, false, 3);
	begin_text(&two, seed);
	put_objects(two.f, o, true);
	put_runs(two.f, true, false, 3);
	(void)world_free(run(&one, &a));
	(void)world_free(run(&two, &b));
	ok = same(&a, &b, &one);
	buf_clear(&a);
	(void)fclose(one.f);
	(void)fclose(two.f);
	return ok;
}

static bool
nothing_flows(const struct world *w, const char *connector)
{
	for (size_t i = 0; w->last != NULL && i < w->last->counter_count; i++) {
		const struct counter *c = &w->last->counters[i];

		if (c->n == 0 || strcmp(c->name, "connector-no-flow") == 0 ||
		    strcmp(c->name, "disconnector-remains") == 0 ||
		    strcmp(c->name, "disconnector-filtered") == 0 ||
		    strcmp(c->name, "flow-failure") == 0)
			continue;
		printf("# second synchronisation of %s: %s %llu\n", connector,
		    c->name, (unsigned long long)c->n);
		return false;
	}
	return true;
}

static bool
second_sync(uint64_t seed, const struct objects *o)
{
	static const char *const all[] = {"hr", "ad", "cloud"};
	struct text_file t;
	struct world *w;
	struct buf a, b;
	bool ok = true;

	begin_text(&t, seed);
	put_objects(t.f, o, false);
	put_runs(t.f, false, false, 3);
	w = run(&t, &a);
	for (size_t i = 0; i < 3 && ok; i++) {
		char line[64];
		struct block step = {.head = line};

		(void)snprintf(line, sizeof(line), "Run %s: full-sync", all[i]);
		w->unsaid = NULL;
		assert(world_step(w, &step));
		ok = nothing_flows(w, all[i]);
	}
	buf_init(&b, 1U << 24);
	dump_all(w, &b);
	ok = same(&a, &b, &t) && ok;
	buf_clear(&a);
	(void)world_free(w);
	(void)fclose(t.f);
	return ok;
}

static bool
changes_as_they_come(uint64_t seed, const struct objects *o)
{
	struct dice d = {seed ^ 0x9e3779b97f4a7c15U};
	static struct objects was, now;
	struct text_file one, two;
	struct buf a, b;
	bool ok;

	now = *o;
	forgetful = true;
	begin_text(&one, seed);
	put_objects(one.f, o, false);
	put_runs(one.f, false, false, 2);
	for (int i = 0; i < CHANGES; i++) {
		was = now;
		change_objects(&d, &now);
		put_lost(one.f, &was, &now);
		put_objects(one.f, &now, i % 2 != 0);
		put_runs(one.f, i % 2 != 0, true, i + 1 < CHANGES ? 1 : 3);
	}
	begin_text(&two, seed);
	put_objects(two.f, &now, false);
	put_runs(two.f, false, false, 3);
	(void)world_free(run(&one, &a));
	(void)world_free(run(&two, &b));
	ok = same(&a, &b, &one);
	buf_clear(&a);
	(void)fclose(one.f);
	(void)fclose(two.f);
	return ok;
}

static const struct {
	const char *name;
	bool (*holds)(uint64_t seed, const struct objects *o);
} properties[] = {
    {"the order of imports does not matter", any_order},
    {"a second synchronisation changes nothing", second_sync},
    {"changes end where a fresh start does", changes_as_they_come},
};

int
main(int argc, char **argv)
{
	int64_t seed = 20261123, count = COUNT;
	unsigned test = 0, failed = 0;

	if ((argc > 1 && text_to_int64(text_of(argv[1]), &seed) < 0) ||
	    (argc > 2 && text_to_int64(text_of(argv[2]), &count) < 0))
		return 2;
	printf("# seed %lld, %lld worlds\n", (long long)seed, (long long)count);
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]);
	     i++) {
		bool ok = true;

		for (int64_t k = 0; k < count && ok; k++) {
			uint64_t s =
			    ((uint64_t)(seed + k) << 1 | 1) * 2654435761U;
			struct dice d = {s * 31};
			struct objects o;

			make_objects(&d, &o);
			ok = properties[i].holds(s, &o);
			if (!ok)
				printf("# seed %lld\n", (long long)(seed + k));
		}
		failed += !ok;
		printf("%s %u - %s\n", ok ? "ok" : "not ok", ++test,
		    properties[i].name);
	}
	printf("# %lu changes of objects, read as they came\n", steps);
	printf("%s %u - thousands of changes\n",
	    steps >= 2000 || count < COUNT ? "ok" : "not ok", ++test);
	failed += steps < 2000 && count >= COUNT;
	printf("1..%u\n", test);
	return failed != 0;
}
