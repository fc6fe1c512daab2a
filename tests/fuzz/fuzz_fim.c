/* tests/fuzz/fuzz_fim.c -- an export of FIM: MV.XML and connectors, with a line
 * "%%%" between them.  What becomes a rule can be written as YAML. */
#include <assert.h>

#include "fuzz.h"
#include "rules/fim/fim.h"
#include "rules/yaml_write.h"

#define MAX_PARTS 8

static struct text
origin(void *ctx, const struct rule *rule)
{
	(void)ctx;
	(void)rule;
	return TEXT("");
}

static size_t
split(struct text in, struct vendor_text *out)
{
	size_t n = 0;

	while (n < MAX_PARTS) {
		const char *end =
		    in.len < 5 ? NULL : memmem(in.data, in.len, "\n%%%\n", 5);
		size_t len = end == NULL ? in.len : (size_t)(end - in.data);

		out[n] = (struct vendor_text){
		    n == 0 ? "MV.XML" : "MA-X.XML", {in.data, len}};
		n++;
		if (end == NULL)
			break;
		in = (struct text){end + 5, in.len - len - 5};
	}
	return n;
}

static void
write_rules(struct arena *a, const struct vendor *v)
{
	const struct rule **list =
	    arena_array(a, v->rule_count + 1, sizeof(struct rule *));
	struct yaml_rules how = {.names = v->names, .origin = origin};
	struct buf b;

	if (list == NULL)
		return;
	for (size_t i = 0; i < v->rule_count; i++)
		list[i] = &v->rules[i];
	buf_init(&b, 64U << 20);
	assert(yaml_write_rules(&how, list, v->rule_count, &b) == 0);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct vendor_text files[MAX_PARTS];
	struct vendor v;
	size_t n = split((struct text){(const char *)data, size}, files);
	int rc;

	assert(a != NULL && names != NULL);
	rc = fim_read(files, n, names, a, &v);
	assert(rc == 0 || rc == ERR_NOMEM || rc == ERR_LIMIT ||
	       v.problem_count > 0);
	if (rc == 0)
		write_rules(a, &v);
	vendor_clear(&v);
	return 0;
}
