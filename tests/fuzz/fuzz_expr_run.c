/* tests/fuzz/fuzz_expr_run.c -- the bytes choose an expression out of the table
 * of functions, and the values it reads: so that most runs get far into the
 * functions.  A run with a trace must end as the one without, and a result must
 * be one that a flow can take. */
#include <assert.h>

#include "base/buf.h"
#include "expr/expr.h"
#include "fuzz.h"

#define DEPTH_MAX 5U

struct bytes {
	const uint8_t *p;
	size_t left;
};

static unsigned
next(struct bytes *in, unsigned below)
{
	unsigned x;

	if (in->left == 0)
		return 0;
	x = *in->p++;
	in->left--;
	return x % below;
}

/* ---- The expression ---- */

static const char *const texts[] = {"\"\"", "\"a\"", "\"SMTP:a@x\"", "\" é \"",
    "\"😀\"", "\"a,b;c\"", "\"2024-02-29 10:00 PM\"", "\"-12\"", "\"&HFF\"",
    "\"QQBCAA==\"", "\"yyyy-MM-dd HH:mm:ss.fff tt zzz\"", "\"d\"", "\"a:b,c:\"",
    "\"00112233-4455-6677-8899-aabbccddeeff\"", "\"CN=a\\\\,b,OU=c+d=e,DC=x\"",
    "\"True\"", "\"UTF8\"", "\"SimpleName\"", "\"\\n\"", "\"TEST word o'neil\"",
    "%p%", "CRLF"};
static const char *const numbers[] = {"0", "1", "2", "7", "-1", "255",
    "&H7FFFFFFFFFFFFFFF", "-9223372036854775808", "129699324000000000",
    "100000"};
static const char *const words[] = {
    "CaseInsensitive", "vbBinaryCompare", "Unicode", "ASCII", "UTF8", "DC"};
static const char *const attributes[] = {"[s]", "[n]", "[b]", "[d]", "[r]",
    "[l]", "[m]", "[dn]", "[none]", "$v", "True", "False", "NULL", "Now()"};
static const char *const operators[] = {" + ", " - ", " * ", " / ", " & ",
    " = ", " <> ", " < ", " >= ", " && ", " || "};

#define PICK(in, list) ((list)[next(in, sizeof(list) / sizeof(*(list)))])

static void make(struct bytes *in, struct buf *out, unsigned depth);

static void
// NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX
make_call(struct bytes *in, struct buf *out, unsigned depth)
{
	struct expr_function_info f =
	    expr_function_at((size_t)next(in, (unsigned)expr_function_count()));
	unsigned most = f.max_args > 6 ? 6 : f.max_args;
	unsigned n = f.min_args + next(in, most - f.min_args + 1);

	buf_puts(out, f.name);
	buf_putc(out, '(');
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		if (i == 0 && f.arguments[0] == '$')
			buf_puts(out, "$v");
		else if (i == 0 && f.arguments[0] == '"')
			buf_puts(out, "\"l\"");
		else
			make(in, out, depth);
	}
	buf_putc(out, ')');
}

static void
// NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX
make(struct bytes *in, struct buf *out, unsigned depth)
{
	unsigned kind = next(in, 12);

	if (depth >= DEPTH_MAX && kind > 6)
		kind -= 6;
	if (kind < 2)
		buf_puts(out, PICK(in, texts));
	else if (kind == 2)
		buf_puts(out, PICK(in, numbers));
	else if (kind == 3)
		buf_puts(out, PICK(in, words));
	else if (kind < 7)
		buf_puts(out, PICK(in, attributes));
	else if (kind < 11)
		make_call(in, out, depth + 1);
	else {
		buf_putc(out, '(');
		make(in, out, depth + 1);
		buf_puts(out, PICK(in, operators));
		make(in, out, depth + 1);
		buf_putc(out, ')');
	}
}

/* ---- What it reads ---- */

static struct value
make_value(struct bytes *in, struct arena *a, unsigned type)
{
	size_t n = next(in, 24);
	struct text t;

	if (n > in->left)
		n = in->left;
	t = text_dup(a, (struct text){(const char *)in->p, n});
	in->p += n;
	in->left -= n;
	if (type == 0 && t.data != NULL && text_is_utf8(t))
		return value_string(t);
	if (type == 1)
		return value_integer(
		    n == 0 ? INT64_MIN
			   : (int64_t)((uint64_t)n << next(in, 64)));
	if (type == 2)
		return value_boolean(n % 2 == 0);
	if (type == 3 && t.data != NULL && text_is_utf8(t))
		return value_reference_dn(t);
	return value_binary(t.data == NULL ? TEXT("") : t);
}

static void
fill(struct bytes *in, struct arena *a, struct names *names, struct attrs *out)
{
	static const struct {
		const char *name;
		unsigned type;
		unsigned most;
	} all[] = {{"s", 0, 1}, {"n", 1, 1}, {"b", 4, 1}, {"d", 2, 1},
	    {"r", 3, 1}, {"l", 0, 5}, {"m", 5, 4}};
	uint32_t name;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		assert(names_intern(names, text_of(all[i].name), &name) == 0);
		for (unsigned k = all[i].most; k > 0; k--) {
			unsigned type =
			    all[i].type == 5 ? next(in, 5) : all[i].type;

			if (attrs_add(a, out, name, make_value(in, a, type)) <
			    0)
				return;
		}
	}
}

static bool
parameter(void *ctx, struct text name, struct text *out)
{
	(void)ctx;
	*out = TEXT("a:x, ä:ae,b:");
	return name.len > 0;
}

struct told {
	size_t count;
	unsigned last_depth;
	size_t source_len;
};

static void
step(void *ctx, const struct expr_step *s)
{
	struct told *t = ctx;

	t->count++;
	t->last_depth = s->depth;
	assert(s->from >= 1 && s->from <= s->to && s->to <= t->source_len);
	assert(s->source.len > 0);
	assert(s->error == NULL || s->message != NULL);
}

static void
check_result(const struct expr_value *v)
{
	assert(v->type != EXPR_WORD);
	assert(v->type != EXPR_LIST || v->count > 0);
	for (uint32_t i = 0; v->type == EXPR_LIST && i < v->count; i++) {
		struct expr_value x = expr_at(v, i);

		assert(x.type != EXPR_LIST && x.type != EXPR_NULL);
		if (x.type == EXPR_STRING)
			assert(text_is_utf8(x.text));
	}
	if (v->type == EXPR_STRING)
		assert(text_is_utf8(v->text));
}

static void
run(const struct expr *x, struct expr_input *in, struct arena *a, size_t len)
{
	struct told told = {.source_len = len};
	const struct expr_trace trace = {step, &told};
	struct expr_value one = {0}, two = {0};
	struct err e = {0};
	size_t position = 0;
	int r1 = expr_run(x, in, a, &one, &position, &e), r2;

	if (r1 == 0)
		check_result(&one);
	else
		assert(
		    r1 == ERR_NOMEM || (r1 == ERR_RULE && e.type[0] != '\0' &&
					   position >= 1 && position <= len));
	in->trace = &trace;
	r2 = expr_run(x, in, a, &two, NULL, &e);
	assert(told.count == 0 || told.last_depth == 0 || r2 < 0);
	assert(r2 < 0 || two.type != EXPR_WORD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct bytes bytes = {data, size};
	struct expr_scope scope = {.names = names};
	struct attrs attrs = {0};
	struct expr_input in = {.attrs = &attrs,
	    .parameter = parameter,
	    .dn = TEXT("CN=Ann\\, x,OU=y,DC=z"),
	    .now_ms = 1700000000000};
	const struct expr *x;
	struct buf source;
	struct err e;

	if (a == NULL || names == NULL)
		return 0;
	buf_init(&source, 1U << 20);
	buf_puts(&source, "With($v,[l],");
	make(&bytes, &source, 0);
	buf_putc(&source, ')');
	if (buf_error(&source) == 0 &&
	    expr_compile(&scope, buf_text(&source), a, &x, NULL, &e) == 0) {
		fill(&bytes, a, names, &attrs);
		run(x, &in, a, source.len);
	}
	buf_clear(&source);
	return 0;
}
