/* tests/unit/store/store_test.h -- a store of its own for each test, and
 * objects that are short to write. */
#ifndef TESTS_STORE_TEST_H
#define TESTS_STORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/history.h"

/* What the calls of a test report to. */
static struct err e;

static inline void
ok(int r, const char *call)
{
	if (r < 0)
		fail_msg("%s: %s (%d)", call, e.text, r);
	e = (struct err){0};
}

static inline void
fails(int r, int want, const char *part, const char *call)
{
	if (r != want)
		fail_msg("%s: %d, not %d: %s", call, r, want, e.text);
	if (strstr(e.text, part) == NULL)
		fail_msg("%s: \"%s\"", call, e.text);
	e = (struct err){0};
}

/* Ends the test with the error's text. */
#define OK(call) ok((call), #call)

/* The code, and a part of the text. */
#define FAILS(call, want, part) fails((call), (want), (part), #call)

struct fixture {
	char dir[64];
	char path[96];
	struct store *s;
	struct arena *a;
	int64_t connector;
	uint32_t mail, member, user, part;
};

static inline uint32_t
name_of(struct fixture *f, const char *name)
{
	uint32_t n;

	assert_int_equal(names_intern(store_names(f->s), text_of(name), &n), 0);
	return n;
}

static inline void
fixture_fill(struct fixture *f)
{
	struct store_connector c;

	OK(store_begin(f->s, &e));
	OK(store_connector_ensure(f->s, TEXT("ad"), TEXT("ldap"), &c, &e));
	f->connector = c.id;
	f->mail = name_of(f, "mail");
	f->member = name_of(f, "member");
	f->user = name_of(f, "user");
	f->part = name_of(f, "DC=x");
	OK(store_commit(f->s, &e));
}

static inline int
fixture_file(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/store-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/s.db", f->dir);
	f->a = arena_new(0);
	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
	fixture_fill(f);
	*state = f;
	return 0;
}

static inline int
fixture_memory(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->a = arena_new(0);
	OK(store_open("", STORE_MEMORY, &f->s, &e));
	fixture_fill(f);
	*state = f;
	return 0;
}

static inline int
fixture_end(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
	struct fixture *f = *state;

	f->s = store_close(f->s);
	for (size_t i = 0; f->dir[0] != '\0' && i < 4; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", f->path, ends[i]);
		(void)unlink(path);
	}
	if (f->dir[0] != '\0')
		(void)rmdir(f->dir);
	(void)arena_free(f->a);
	free(f);
	return 0;
}

static inline struct text
text_for(struct fixture *f, const char *before, int n, const char *behind)
{
	char s[160];

	(void)snprintf(s, sizeof(s), "%s%d%s", before, n, behind);
	return text_dup(f->a, text_of(s));
}

/* A staged object numbered n with a mail address; not written yet. */
static inline struct cs_object
object_for(struct fixture *f, int n)
{
	struct cs_object o = {.connector = f->connector,
	    .kind = CS_STAGING,
	    .type = f->user,
	    .partition = f->part,
	    .flags = CS_IN_CD};

	o.dn = text_for(f, "CN=Person ", n, ",OU=People,DC=x");
	o.anchor = text_for(f, "anchor-", n, "");
	assert_int_equal(
	    attrs_add(f->a, &o.image, f->mail,
		value_string(text_for(f, "Person", n, "@example.org"))),
	    0);
	o.import.op = DELTA_ADD;
	return o;
}

static inline int64_t
object_add(struct fixture *f, int n)
{
	struct cs_object o = object_for(f, n);

	OK(cs_put(f->s, &o, CS_ALL, &e));
	return o.id;
}

#endif /* TESTS_STORE_TEST_H */
