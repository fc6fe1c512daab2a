/* cli/out.c -- messages, exit codes, the JSON document; see cli.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/cli.h"

#define JSON_MAX_OUTPUT ((size_t)1 << 31)

void
cli_say(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("causeway: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

int
cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	(void)fputs("causeway: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (c->command != NULL)
		(void)fprintf(stderr, "\n(`causeway %s --help` tells more)\n",
		    c->command->name);
	else
		(void)fprintf(stderr, "\n(`causeway --help` tells more)\n");
	return CLI_USAGE;
}

int
cli_exit_of(int code)
{
	static const struct {
		int code;
		enum cli_exit exit;
	} codes[] = {
	    {ERR_GUARD, CLI_GUARD},
	    {ERR_REFUSED, CLI_REFUSED},
	    {ERR_BUSY, CLI_REFUSED},
	    {ERR_VERSION, CLI_DOWNGRADE},
	};

	if (code >= 0)
		return CLI_OK;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return (int)codes[i].exit;
	return CLI_ERROR;
}

int
cli_fail(const struct cli *c, const struct err *e)
{
	struct json *root, *error;

	cli_say("%s%s%s", e->type, e->type[0] != '\0' ? ": " : "",
	    e->text[0] != '\0' ? e->text : err_name(e->code));
	if (c->json) {
		root = json_new_object();
		error = json_new_object();
		json_set_str(error, "class", err_name(e->code));
		if (e->type[0] != '\0')
			json_set_str(error, "type", e->type);
		json_set_str(error, "message", e->text);
		json_set(root, "error", error);
		(void)cli_print_json(root);
	}
	return cli_exit_of(e->code);
}

int
cli_print_json(struct json *root)
{
	struct buf b;
	int r;

	buf_init(&b, JSON_MAX_OUTPUT);
	r = json_write(root, true, &b);
	if (r == 0)
		(void)fwrite(b.data, 1, b.len, stdout);
	else
		cli_say("JSON: %s", err_name(r));
	buf_clear(&b);
	(void)json_free(root);
	if (r != 0 || fflush(stdout) != 0)
		return CLI_ERROR;
	return CLI_OK;
}

int
cli_print_list(int r, struct json *rows, const struct table *t)
{
	if (r == 0 && rows != NULL)
		return cli_print_json(rows) == CLI_OK ? 0 : ERR_IO;
	(void)json_free(rows);
	if (r == 0)
		table_print(t, stdout);
	return r;
}

const char *
cli_count(uint64_t n, char out[static 32])
{
	char digits[24];
	size_t len, k = 0;

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i != 0 && (len - i) % 3 == 0)
			out[k++] = ' ';
		out[k++] = digits[i];
	}
	out[k] = '\0';
	return out;
}

const char *
cli_duration(int64_t ms, char out[static 32])
{
	int s = (int)(ms / 1000);

	if (ms < 60000)
		(void)snprintf(out, 32, "%d.%d s", s, (int)(ms % 1000 / 100));
	else
		(void)snprintf(out, 32, "%d min %02d s", s / 60, s % 60);
	return out;
}
