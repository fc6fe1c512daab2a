/* tests/unit/engine/golden_steps.c -- what happens in a case. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "golden.h"

/* ---- What a directory holds ---- */

static struct text
trimmed(const char *s, size_t n)
{
	while (n > 0 && *s == ' ') {
		s++;
		n--;
	}
	while (n > 0 && s[n - 1] == ' ')
		n--;
	return (struct text){s, n};
}

static void
put_value(struct world *w, size_t dir, struct fake_object *o, uint32_t name,
    struct text t)
{
	const struct schema_attr *a = schema_find(w->schemas[dir], name);
	struct fake *f = w->dirs[dir];
	struct value v;
	struct err e = {0};
	int r = 0;

	t = text_dup(f->arena, t);
	assert(t.data != NULL);
	if (a == NULL)
		golden_bad(w->path, 0, "no attribute \"%.*s\"",
		    TEXT_ARGS(names_text(w->names, name)));
	if (a->type == VALUE_BINARY) {
		if (t.len > 2 && text_starts_nocase(t, "0x"))
			r = hex_decode(f->arena,
			    (struct text){t.data + 2, t.len - 2}, &t, &e);
		v = value_binary(t);
	} else {
		r = value_parse(a->type, t, &v, &e);
	}
	if (r < 0 || attrs_add(f->arena, &o->attrs, name, v) < 0)
		golden_bad(w->path, 0, "\"%.*s\": %s", TEXT_ARGS(t), e.text);
}

/* "title = Boss | Chief", "=" or ":"; nothing behind it removes. */
static void
put_attr(struct world *w, size_t dir, struct fake_object *o, const char *s,
    size_t len, int line)
{
	const char *eq = memchr(s, '=', len);
	const char *colon = memchr(s, ':', len);
	const char *at, *end = s + len;
	struct text word;
	uint32_t name;

	if (eq == NULL || (colon != NULL && colon < eq))
		eq = colon;
	if (eq == NULL)
		golden_bad(w->path, line, "\"attribute = value\" is wanted");
	word = trimmed(s, (size_t)(eq - s));
	assert(names_intern(w->names, word, &name) == 0);
	attrs_remove(&o->attrs, name);
	for (at = eq + 1; at < end;) {
		const char *bar = memmem(at, (size_t)(end - at), " | ", 3);
		const char *stop = bar != NULL ? bar : end;
		struct text t = trimmed(at, (size_t)(stop - at));

		if (t.len != 0)
			put_value(w, dir, o, name, t);
		at = bar != NULL ? bar + 3 : end;
	}
}

static void
put_attrs(
    struct world *w, size_t dir, struct fake_object *o, const char *s, int line)
{
	while (*s != '\0') {
		const char *semi = strstr(s, "; ");
		size_t n = semi != NULL ? (size_t)(semi - s) : strlen(s);

		if (trimmed(s, n).len != 0)
			put_attr(w, dir, o, s, n, line);
		s += n + (semi != NULL ? 2 : 0);
	}
}

/* "user CN=anna,DC=hr [anchor 7]: title = Boss; age = 7" begins an object;
 * *out_rest is what follows the colon. */
static struct fake_object *
head_object(
    struct world *w, size_t dir, char *line, bool whole, const char **out_rest)
{
	struct fake *f = w->dirs[dir];
	char *colon = strstr(line, ": "), *blank = strchr(line, ' ');
	char *bracket = strstr(line, " [anchor ");
	const char *anchor = "";
	struct fake_object *o;
	size_t n = strlen(line);

	*out_rest = "";
	if (colon != NULL) {
		*out_rest = colon + 2;
		n = (size_t)(colon - line);
	} else if (n > 0 && line[n - 1] == ':') {
		n--;
	}
	if (blank == NULL)
		golden_bad(w->path, 0, "\"%s\": TYPE DN is wanted", line);
	line[n] = '\0';
	if (bracket != NULL && bracket < line + n) {
		*bracket = '\0';
		anchor = bracket + strlen(" [anchor ");
		line[n - 1] = '\0'; /* its "]" */
	}
	*blank = '\0';
	o = fake_at(f, blank + 1, anchor, true);
	o->type = world_name(w, line);
	if (whole)
		o->attrs = (struct attrs){0};
	return o;
}

static void
put_objects(struct world *w, const struct block *b, size_t dir, bool whole)
{
	struct fake_object *o = NULL;

	for (size_t i = 0; i < b->count; i++) {
		const char *rest = b->lines[i];

		if (rest[0] != ' ')
			o = head_object(w, dir,
			    arena_strdup(w->arena, b->lines[i]), whole, &rest);
		if (o == NULL)
			golden_bad(w->path, b->numbers[i], "of which object?");
		put_attrs(w, dir, o, rest, b->numbers[i]);
	}
}

/* What is gone is really gone: the guard of the import is told so. */
static void
lose_objects(struct world *w, const struct block *b, size_t dir)
{
	static const struct guard_wish meant = {.who = {"golden", 6},
	    .reason = {"really gone", 11},
	    .until_ms = INT64_MAX,
	    .once = true};

	world_start(w, b->line);
	if (w->engine == NULL ||
	    engine_guard_ack(w->engine, dir, &meant, NULL) < 0)
		golden_bad(w->path, b->line, "no engine");
	for (size_t i = 0; i < b->count; i++) {
		struct fake_object *o =
		    fake_at(w->dirs[dir], b->lines[i], "", false);

		if (o == NULL)
			golden_bad(w->path, b->numbers[i], "it is not there");
		fake_delete_dn(w->dirs[dir], b->lines[i]);
	}
}

/* "CN=a -> CN=b" */
static void
rename_objects(struct world *w, const struct block *b, size_t dir)
{
	for (size_t i = 0; i < b->count; i++) {
		const char *arrow = strstr(b->lines[i], " -> ");
		struct fake_object *o;
		char *was;

		if (arrow == NULL)
			golden_bad(w->path, b->numbers[i], "DN -> DN");
		was = arena_strndup(
		    w->arena, b->lines[i], (size_t)(arrow - b->lines[i]));
		o = fake_at(w->dirs[dir], was, "", false);
		if (o == NULL)
			golden_bad(w->path, b->numbers[i], "it is not there");
		o->dn = text_of(arena_strdup(w->dirs[dir]->arena, arrow + 4));
	}
}

/* ---- Runs ---- */

static void
must_be_said(struct world *w, int line)
{
	if (w->unsaid != NULL)
		golden_bad(w->path, line,
		    "the run before this ended with \"%s\", and no "
		    "\"Result is\" says so",
		    w->unsaid);
}

static void
note_result(struct world *w)
{
	w->last = w->run.step_count != 0 ? &w->run.steps[w->run.step_count - 1]
					 : NULL;
	for (size_t i = 0; i < w->run.step_count; i++)
		if (!text_is(w->run.steps[i].result, "success") &&
		    !text_is(w->run.steps[i].result, "completed-no-objects"))
			w->unsaid = arena_printf(w->arena, "%.*s",
			    TEXT_ARGS(w->run.steps[i].result));
	if (w->run.code < 0 && w->unsaid == NULL)
		w->unsaid = arena_strdup(w->arena, w->run.err.text);
}

/* "Run hr: full-import, full-sync" */
static void
run_profiles(struct world *w, const struct block *b)
{
	char name[64], word[64];
	const char *at = strchr(b->head, ':');
	int used = 0;
	size_t dir;

	if (at == NULL || sscanf(b->head, "Run %63[^:]:", name) != 1)
		golden_bad(w->path, b->line, "Run NAME: PROFILE");
	dir = world_dir(w, name, b->line);
	for (at++; sscanf(at, " %63[^, ]%n", word, &used) == 1;) {
		enum engine_profile p = engine_profile_parse(text_of(word));
		struct err e = {0};

		must_be_said(w, b->line);
		if (p == 0)
			golden_bad(w->path, b->line, "no profile \"%s\"", word);
		(void)!engine_run(w->engine, dir, p, w->arena, &w->run, &e);
		note_result(w);
		at += used;
		at += strspn(at, ", ");
	}
}

static void
run_cycle(struct world *w, const struct block *b)
{
	struct engine_cycle_report rep = {0};
	struct err e = {0};

	must_be_said(w, b->line);
	(void)!engine_cycle(
	    w->engine, strstr(b->head, "initial") != NULL, w->arena, &rep, &e);
	for (size_t i = 0; i < rep.count; i++) {
		w->run = rep.runs[i];
		note_result(w);
	}
}

/* ---- Time, and what an administrator does by hand ---- */

static void
set_time(struct world *w, const struct block *b)
{
	int64_t ms;

	if (clock_parse(text_of(b->head + 6), &ms) < 0)
		golden_bad(w->path, b->line, "Time: 2026-01-01T00:00:00Z");
	clock_set_ms(ms);
}

static void
pass_time(struct world *w, const struct block *b)
{
	int64_t n = 0, ms = 1000;
	char number[24] = "", unit[32] = "";

	if (sscanf(b->head, "Later: %23s %31s", number, unit) != 2 ||
	    text_to_int64(text_of(number), &n) < 0)
		golden_bad(w->path, b->line, "Later: 3 days");
	if (strncmp(unit, "minute", 6) == 0)
		ms *= 60;
	else if (strncmp(unit, "hour", 4) == 0)
		ms *= 3600;
	else if (strncmp(unit, "day", 3) == 0)
		ms *= 86400;
	clock_set_ms(clock_now_ms() + ms * n);
}

static void
find(struct world *w, const char *dir, const char *dn, struct cs_object *out,
    int line)
{
	struct cs_key key = {
	    w->connectors[world_dir(w, dir, line)].id, text_of(dn)};

	if (cs_find_dn(w->store, w->arena, key, CS_ALL, out, NULL) < 0)
		golden_bad(w->path, line, "no \"%s\" in %s", dn, dir);
}

/* "By hand: hr CN=a is disconnected", "... is linked like ad CN=b" */
static void
by_hand(struct world *w, const struct block *b)
{
	char dir[64], dn[256], other[64], other_dn[256];
	struct cs_object o, to;

	assert(store_begin(w->store, NULL) == 0);
	if (sscanf(b->head, "By hand: %63s %255s is linked like %63s %255s",
		dir, dn, other, other_dn) == 4) {
		find(w, dir, dn, &o, b->line);
		find(w, other, other_dn, &to, b->line);
		o.mv = to.mv;
		o.link = CS_EXPLICIT_CONNECTOR;
	} else if (sscanf(b->head, "By hand: %63s %255s", dir, dn) == 2 &&
		   strstr(b->head, " is disconnected") != NULL) {
		find(w, dir, dn, &o, b->line);
		o.mv = 0;
		o.link = CS_EXPLICIT_DISCONNECTOR;
		o.lineage_count = 0;
	} else {
		golden_bad(w->path, b->line, "what is done by hand?");
	}
	assert(cs_put(w->store, &o, CS_LINEAGE, NULL) == 0);
	assert(store_commit(w->store, NULL) == 0);
}

static bool
change_directory(struct world *w, const struct block *b)
{
	char name[64], verb[64], rest[8];

	if (sscanf(b->head, "%63s %63s %7s", name, verb, rest) != 2)
		return false;
	if (strcmp(verb, "has") == 0)
		put_objects(w, b, world_dir(w, name, b->line), true);
	else if (strcmp(verb, "changes") == 0)
		put_objects(w, b, world_dir(w, name, b->line), false);
	else if (strcmp(verb, "loses") == 0)
		lose_objects(w, b, world_dir(w, name, b->line));
	else if (strcmp(verb, "renames") == 0)
		rename_objects(w, b, world_dir(w, name, b->line));
	else
		return false;
	return true;
}

/* "refuses CN=2", "breaks off after 3", "well": what goes wrong from now on. */
static void
misbehave(struct world *w, struct fake *f, const char *line, int number)
{
	size_t n = 0;

	if (strcmp(line, "well") == 0) {
		f->offline = false;
		f->import_stops_at = f->uncertain_at = f->lost_at = 0;
		f->refuse = f->never = NULL;
		f->bad = NULL;
	} else if (strcmp(line, "offline") == 0) {
		f->offline = true;
	} else if (sscanf(line, "breaks off after %zu", &n) == 1) {
		f->import_stops_at = n;
	} else if (sscanf(line, "does item %zu without an answer", &n) == 1) {
		f->uncertain_at = f->items + n;
	} else if (sscanf(line, "loses item %zu", &n) == 1) {
		f->lost_at = f->items + n;
	} else if (strncmp(line, "refuses ", 8) == 0) {
		f->refuse = arena_strdup(w->arena, line + 8);
	} else if (strncmp(line, "never takes ", 12) == 0) {
		f->never = arena_strdup(w->arena, line + 12);
	} else if (strncmp(line, "gives ", 6) == 0) {
		f->bad = arena_strdup(w->arena, line + 6);
	} else {
		golden_bad(w->path, number, "\"%s\"?", line);
	}
}

/* "NAME behaves". */
static bool
change_behaviour(struct world *w, const struct block *b)
{
	char name[64] = "", rest[2] = "";

	if (sscanf(b->head, "%63s behave%1[s]", name, rest) != 2 ||
	    strstr(b->head, " behaves") == NULL)
		return false;
	for (size_t i = 0; i < b->count; i++)
		misbehave(w, w->dirs[world_dir(w, name, b->line)], b->lines[i],
		    b->numbers[i]);
	return true;
}

/* "Threshold: 3 objects", "2 deletions", "none". */
static void
set_threshold(struct world *w, const struct block *b)
{
	struct engine_limits l = {0};
	unsigned long long n = 0;

	world_start(w, b->line);
	if (strcmp(b->head, "Threshold: none") == 0)
		n = 0;
	else if (sscanf(b->head, "Threshold: %llu objects", &n) == 1 &&
		 strstr(b->head, "objects") != NULL)
		l.objects = n;
	else if (sscanf(b->head, "Threshold: %llu deletions", &n) == 1)
		l.deletes = n;
	else
		golden_bad(w->path, b->line, "Threshold: 3 objects");
	engine_limit(w->engine, l);
}

bool
world_step(struct world *w, const struct block *b)
{
	if (change_behaviour(w, b) || change_directory(w, b))
		return true;
	if (strncmp(b->head, "Threshold: ", 11) == 0) {
		set_threshold(w, b);
		return true;
	}
	if (strncmp(b->head, "Time: ", 6) == 0)
		set_time(w, b);
	else if (strncmp(b->head, "Later: ", 7) == 0)
		pass_time(w, b);
	else if (strncmp(b->head, "By hand: ", 9) == 0)
		by_hand(w, b);
	else if (strncmp(b->head, "Run ", 4) == 0 ||
		 strncmp(b->head, "Cycle", 5) == 0) {
		world_start(w, b->line);
		if (w->refused)
			golden_bad(w->path, b->line, "the rules: %.*s",
			    TEXT_ARGS(buf_text(&w->problems)));
		if (b->head[0] == 'R')
			run_profiles(w, b);
		else
			run_cycle(w, b);
	} else {
		return false;
	}
	return true;
}
