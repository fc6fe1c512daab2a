/* bin/catalogue_make.c -- the rows of src/migrate/catalogue.def for the
 * built-in rules of an export of an untouched server:
 *
 *   build/src/bin/catalogue-make EXPORT... > src/migrate/catalogue.def
 */
#include <stdio.h>
#include <string.h>

#include "migrate/catalogue.h"
#include "migrate/legacy.h"

static bool
is_first(const struct confsrc *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (text_equal(s->rules[k].tag, s->rules[i].tag))
			return false;
	return true;
}

static int
write_source(const char *path, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct legacy s = {0};
	struct buf b;
	int rc;

	if (a == NULL || names == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	buf_init(&b, 64U << 20);
	rc = legacy_open(path, names, a, &s, e);
	for (size_t i = 0; i < s.conf.rule_count && rc == 0; i++)
		if (text_starts_nocase(s.conf.rules[i].tag, "Microsoft.") &&
		    is_first(&s.conf, i))
			rc = catalogue_write(names, &s.conf.rules[i], a, &b);
	if (rc == 0)
		(void)fwrite(buf_text(&b).data, 1, b.len, stdout);
	buf_clear(&b);
	legacy_clear(&s);
	return rc;
}

int
main(int argc, char **argv)
{
	struct err e = {0};

	for (int i = 1; i < argc; i++)
		if (write_source(argv[i], &e) < 0) {
			(void)fprintf(stderr, "catalogue-make: %s\n", e.text);
			return 1;
		}
	return 0;
}
