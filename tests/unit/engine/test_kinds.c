/* tests/unit/engine/test_kinds.c -- every kind of change that is limited, by
 * count, by share and by what was learned, of a whole directory and of a
 * container: what is beyond is held, what is within goes, and so does the
 * rest. */
#include "engine/export/limits.h"
#include "lab.h"

#define PEOPLE 100
#define IN_OU  10 /* people of one container */

/* What happens to a person; 0: nothing. */
static int what[PEOPLE];
static bool there[PEOPLE]; /* in the source */
static const char *seen;   /* of the person who gets something new */

static const char *const homes[] = {"OU=Lyon,DC=ad", "OU=Sales,OU=Lyon,DC=ad",
    "OU=Paris,DC=ad", "OU=Oslo,DC=ad"};

static size_t
home(int i)
{
	return i < 3 * IN_OU ? (size_t)(i / IN_OU) : 3;
}

static struct lab *
world(void)
{
	struct lab *l = lab_new();

	l->guard.source_percent = 100;
	l->guard.attribute_percent = 0;
	l->guard.change_percent = 0;
	l->guard.change_minimum = 3;
	for (size_t i = 0; i < l->rule_count; i++)
		if (l->rules[i].precedence == 100 ||
		    l->rules[i].precedence == 110) {
			lab_flow(l, &l->rules[i], "userPrincipalName",
			    "[userPrincipalName]");
			lab_flow(
			    l, &l->rules[i], "description", "[description]");
		}
	for (size_t i = 0; i < l->rule_count; i++)
		if (l->rules[i].precedence == 110)
			lab_flow(l, &l->rules[i], "accountEnabled",
			    "IIF([description] = \"off\", False, True)");
	lab_restart(l);
	memset(what, 0, sizeof(what));
	memset(there, 0, sizeof(there));
	seen = "a@b";
	return l;
}

/* The source as what[] says; groups have their members there. */
static void
put_all(struct lab *l)
{
	const char *members = "";

	for (int i = 0; i < PEOPLE; i++) {
		const char *id = arena_printf(l->arena, "p%02d", i);
		int w = what[i];

		if (w == LIMIT_DELETE) {
			if (there[i])
				fake_delete(l->dirs[AD], id);
			there[i] = false;
			continue;
		}
		there[i] = true;
		fake_put(l->dirs[AD], "user", id,
		    arena_printf(l->arena, "CN=%s,%s", id, homes[home(i)]),
		    arena_printf(l->arena,
			"employeeID=%s;displayName=%s;title=%s;description=%s;"
			"userPrincipalName=%s@%s%s;proxyAddresses=%s",
			id, id, w == LIMIT_LEAVE_SCOPE ? "Hidden" : "T",
			w == LIMIT_DISABLE ? "off" : "on", id,
			w == LIMIT_RENAME_UPN ? "new" : "old",
			w == LIMIT_LOSE_ATTRIBUTE ? "" : ";mail=m",
			i == PEOPLE - 1 ? seen : "a@b"));
	}
	for (int i = 0; i < PEOPLE; i++)
		if (what[i] != LIMIT_LOSE_GROUP && what[i] != LIMIT_DELETE &&
		    what[i] != LIMIT_LEAVE_SCOPE)
			members = arena_printf(l->arena, "%s%sCN=p%02d,%s",
			    members, members[0] != '\0' ? "|@" : "@", i,
			    homes[home(i)]);
	fake_put(l->dirs[AD], "group", "team", "CN=team,OU=Lyon,DC=ad",
	    arena_printf(l->arena, "employeeID=team;displayName=team;member=%s",
		members));
}

/* What the cloud shows of a person. */
static int
outcome(struct lab *l, int i)
{
	char dn[16];
	const struct fake_object *o;
	const char *all, *line, *end;
	char *one, member[16];

	(void)snprintf(dn, sizeof(dn), "CN=p%02d", i);
	o = fake_at(l->dirs[CLOUD], dn, "", false);
	if (o == NULL || !o->there)
		return LIMIT_DELETE; /* or LIMIT_LEAVE_SCOPE */
	all = fake_dump(l->dirs[CLOUD], l->arena);
	line = strstr(all, arena_printf(l->arena, "user %s:", dn));
	assert_non_null(line);
	end = strchr(line, '\n');
	one = arena_strndup(l->arena, line, (size_t)(end - line));
	assert_non_null(one);
	if (strstr(one, "accountEnabled=False") != NULL)
		return LIMIT_DISABLE;
	if (strstr(one, "@new") != NULL)
		return LIMIT_RENAME_UPN;
	if (strstr(one, "mail=m") == NULL)
		return LIMIT_LOSE_ATTRIBUTE;
	(void)snprintf(member, sizeof(member), "%s", dn);
	line = strstr(all, "group CN=team:");
	assert_non_null(line);
	return strstr(line, member) != NULL &&
		       strstr(line, member) < strchr(line, '\n')
		   ? 0
		   : LIMIT_LOSE_GROUP;
}

static bool
is_outcome(int got, int wanted)
{
	return got == wanted ||
	       (got == LIMIT_DELETE && wanted == LIMIT_LEAVE_SCOPE);
}

static int
done(struct lab *l, int from, int to)
{
	int n = 0;

	for (int i = from; i < to; i++)
		n += what[i] != 0 && is_outcome(outcome(l, i), what[i]);
	return n;
}

static void
set_limit(struct lab *l, struct guard_limit k)
{
	struct guard_limit *list = arena_alloc(l->arena, sizeof(*list));

	assert_non_null(list);
	k.from = TEXT("a test");
	*list = k;
	l->guard.limits = list;
	l->guard.limit_count = 1;
	lab_restart(l);
}

static void
change(struct lab *l, int kind, int from, int n)
{
	for (int i = from; i < from + n; i++)
		what[i] = kind;
	put_all(l);
}

static void
new_value_went(struct lab *l)
{
	if (strstr(fake_dump(l->dirs[CLOUD], l->arena), seen) == NULL)
		fail_msg("the rest did not go");
}

/* n + 1 are held and the rest goes; n go. */
static void
holds_beyond(struct lab *l, int kind, int n)
{
	seen = arena_printf(l->arena, "%d@c%d", kind, n);
	change(l, kind, 40, n + 1);
	lab_cycle(l, ERR_GUARD);
	if (done(l, 0, PEOPLE) != 0)
		fail_msg("%s: %d went", limit_kind_name((enum limit_kind)kind),
		    done(l, 0, PEOPLE));
	new_value_went(l);
	change(l, 0, 40 + n, 1);
	lab_cycle(l, 0);
	if (done(l, 0, PEOPLE) != n)
		fail_msg("%s: %d went: %s",
		    limit_kind_name((enum limit_kind)kind), done(l, 0, PEOPLE),
		    fake_dump(l->dirs[CLOUD], l->arena));
}

static void
by_count(void **state)
{
	(void)state;
	for (int kind = 1; kind <= (int)LIMIT_KINDS; kind++) {
		struct lab *l = world();

		put_all(l);
		lab_cycle(l, 0);
		set_limit(
		    l, (struct guard_limit){.change = kind,
			   .type = kind == LIMIT_LOSE_GROUP ? TEXT("group")
							    : TEXT("user"),
			   .connector = TEXT("cloud"),
			   .count = 5,
			   .percent = -1});
		holds_beyond(l, kind, 5);
		(void)lab_free(l);
	}
}

static void
by_share(void **state)
{
	(void)state;
	for (int kind = 1; kind <= (int)LIMIT_KINDS; kind++) {
		struct lab *l = world();

		put_all(l);
		lab_cycle(l, 0);
		set_limit(l, (struct guard_limit){
				 .change = kind, .count = -1, .percent = 12});
		holds_beyond(l, kind, 12);
		(void)lab_free(l);
	}
}

/* Twelve exports of two each: six go, seven do not. */
static void
by_what_was_learned(void **state)
{
	(void)state;
	for (int kind = 1; kind <= (int)LIMIT_KINDS; kind++) {
		struct lab *l = world();

		l->guard.learn = 10;
		lab_restart(l);
		put_all(l);
		lab_cycle(l, 0);
		for (int run = 0; run < 12; run++) {
			change(l, kind, 60, 2);
			lab_cycle(l, 0);
			change(l, 0, 60, 2);
			lab_cycle(l, 0);
		}
		holds_beyond(l, kind, 6);
		(void)lab_free(l);
	}
}

/* ---- Containers ---- */

/* Of 100 people 9 go: little of all, and nearly all of Lyon. */
static void
a_container_is_held(void **state)
{
	static const char *const scopes[] = {"ou=lyon, dc=AD", "*"};

	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (int kind = 1; kind <= (int)LIMIT_KINDS; kind++) {
			struct lab *l = world();

			if (kind == LIMIT_LOSE_GROUP) { /* of its group */
				(void)lab_free(l);
				continue;
			}
			put_all(l);
			lab_cycle(l, 0);
			set_limit(l, (struct guard_limit){.change = kind,
					 .container = text_of(scopes[k]),
					 .count = -1,
					 .percent = 40});
			change(l, kind, 0, 9);
			change(l, kind, 40, 12);
			lab_cycle(l, ERR_GUARD);
			assert_int_equal(done(l, 0, 40), 0);
			assert_int_equal(done(l, 40, PEOPLE), 12);
			assert_non_null(strstr(l->cycle.err.text,
			    k == 0 ? "9 of 20 user objects"
				   : "9 of 10 user objects"));
			assert_non_null(strstr(
			    l->cycle.err.text, "from OU=Lyon,DC=ad, allowed"));
			change(l, 0, 3, 7);
			lab_cycle(l, 0);
			assert_int_equal(done(l, 0, 40), 3);
			(void)lab_free(l);
		}
}

/* Both hold: that of the directory, and that of the container. */
static void
limits_stand_side_by_side(void **state)
{
	static struct guard_limit k[2];
	struct lab *l = world();

	(void)state;
	k[0] = (struct guard_limit){.change = LIMIT_DISABLE,
	    .count = 12,
	    .percent = -1,
	    .from = TEXT("a test")};
	k[1] = (struct guard_limit){.change = LIMIT_DISABLE,
	    .container = TEXT("OU=Sales,OU=Lyon,DC=ad"),
	    .count = 2,
	    .percent = -1,
	    .from = TEXT("a test")};
	l->guard.limits = k;
	l->guard.limit_count = 2;
	lab_restart(l);
	put_all(l);
	lab_cycle(l, 0);
	change(l, LIMIT_DISABLE, 10, 3);
	change(l, LIMIT_DISABLE, 40, 9);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(done(l, 10, 20), 0);
	assert_int_equal(done(l, 40, PEOPLE), 9);
	change(l, LIMIT_DISABLE, 60, 13);
	change(l, 0, 12, 1);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(done(l, 60, PEOPLE), 0);
	assert_int_equal(done(l, 10, 20), 0);
	(void)lab_free(l);
}

static void
a_container_that_is_no_name(void **state)
{
	struct lab *l = world();

	(void)state;
	put_all(l);
	set_limit(l, (struct guard_limit){.change = LIMIT_DELETE,
			 .container = TEXT("Lyon"),
			 .count = 1,
			 .percent = -1});
	lab_cycle(l, ERR_CONFIG);
	(void)lab_free(l);
}

/* ---- Random directories and limits ---- */

static uint32_t seed;

static int
dice(int below)
{
	seed = seed * 1664525U + 1013904223U;
	return (int)((seed >> 8) % (uint32_t)below);
}

static const char *const places[] = {
    "", "OU=Lyon,DC=ad", "OU=Sales,OU=Lyon,DC=ad", "OU=Paris,DC=ad", "*"};

static bool
lies_in(size_t at, size_t place)
{
	return place == 0 || place == 4 || at + 1 == place ||
	       (place == 1 && at == 1);
}

/* How many of a kind a limit sees in the container of a person, and of how
 * many. */
static void
count(const struct guard_limit *k, size_t place, size_t at, int64_t *n,
    int64_t *total)
{
	*n = *total = 0;
	for (int i = 0; i < PEOPLE; i++) {
		if (place == 4 ? home(i) != at : !lies_in(home(i), place))
			continue;
		*n += what[i] == k->change;
		(*total)++;
	}
}

static bool
is_within(const struct guard_limit *k, size_t place, size_t at)
{
	int64_t n, total;

	count(k, place, at, &n, &total);
	if (k->count >= 0 && n > k->count)
		return false;
	return k->percent < 0 || n <= 3 || n * 100 <= k->percent * total;
}

#define LIMITS 4

static void
one_world(uint32_t s)
{
	struct lab *l = world();
	struct guard_limit k[LIMITS];
	size_t place[LIMITS];
	bool any = false;

	seed = s;
	put_all(l);
	lab_cycle(l, 0);
	for (int i = 0; i < LIMITS; i++) {
		bool share = dice(2) != 0;

		place[i] = i == 0 ? 0 : (size_t)(1 + dice(4));
		k[i] = (struct guard_limit){.change = 1 + dice(4),
		    .container = text_of(places[place[i]]),
		    .count = share ? -1 : dice(12),
		    .percent = share ? 5 + dice(60) : -1,
		    .from = TEXT("t")};
	}
	l->guard.limits = k;
	l->guard.limit_count = LIMITS;
	lab_restart(l);
	for (int i = 0; i < PEOPLE; i++)
		what[i] = dice(10) < 4 ? 1 + dice(4) : 0;
	for (size_t i = 0; i < 4; i++) /* nobody's container is empty */
		what[i * IN_OU] = 0;
	put_all(l);
	for (int i = 0; i < PEOPLE; i++)
		for (int j = 0; j < LIMITS; j++)
			any = any || (what[i] == k[j].change &&
					 lies_in(home(i), place[j]) &&
					 !is_within(&k[j], place[j], home(i)));
	lab_cycle(l, any ? ERR_GUARD : 0);
	for (int i = 0; i < PEOPLE; i++) {
		bool held = false;
		int got = outcome(l, i);

		for (int j = 0; j < LIMITS; j++)
			held =
			    held || (what[i] == k[j].change &&
					lies_in(home(i), place[j]) &&
					!is_within(&k[j], place[j], home(i)));
		if (!is_outcome(got, held ? 0 : what[i]) &&
		    /* no member of the group any more, at the source */
		    !(got == LIMIT_LOSE_GROUP &&
			(what[i] == LIMIT_DELETE ||
			    what[i] == LIMIT_LEAVE_SCOPE)))
			fail_msg("seed %u, person %d: %d, not %d%s", s, i, got,
			    what[i], held ? ", which is held" : "");
	}
	(void)lab_free(l);
}

static void
random_limits(void **state)
{
	struct lab_seeds all = lab_seeds(60);

	(void)state;
	for (uint32_t s = all.first; s < all.end; s++)
		one_world(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(by_count),
	    cmocka_unit_test(by_share),
	    cmocka_unit_test(by_what_was_learned),
	    cmocka_unit_test(a_container_is_held),
	    cmocka_unit_test(limits_stand_side_by_side),
	    cmocka_unit_test(a_container_that_is_no_name),
	    cmocka_unit_test(random_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
