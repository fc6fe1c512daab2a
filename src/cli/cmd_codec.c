/* cli/cmd_codec.c -- `causeway codec nbfx`: binary messages by hand, for
 * whoever looks into what goes over the wire. */
#include <stdio.h>

#include "cli/commands.h"
#include "codec/nbfx.h"

static bool round_trip, decode, encode;

/* What is written can be longer than what was read: base64, element names. */
#define OUTPUT_MAX ((size_t)NBFX_MAX_BYTES * 8)

static int
write_again(struct arena *a, const char *path, struct text in, struct buf *out,
    struct err *e)
{
	struct nbfx_item *document = NULL;
	int r = nbfx_parse(a, path, in, &document, e);

	return r == 0 ? nbfx_write(out, document) : r;
}

static int
show_xml(struct arena *a, const char *path, struct text in, struct buf *out,
    struct err *e)
{
	struct nbfx_item *document = NULL;
	const struct xml_node *root = NULL;
	struct xml_writer w;
	int r = nbfx_parse(a, path, in, &document, e);

	xml_writer_init(&w, out);
	for (; document != NULL && r == 0; document = document->next) {
		if (document->kind != NBFX_ELEMENT)
			continue;
		r = nbfx_to_xml(a, document, &root, e);
		if (r == 0)
			xml_put_node(&w, root);
	}
	if (r < 0)
		return err_prefix(e, "%s", path);
	r = xml_end_document(&w);
	return r != ERR_SYNTAX
		   ? r
		   : err_set(
			 e, r, "%s: a character that XML cannot hold", path);
}

static int
make_binary(struct arena *a, const char *path, struct text in, struct buf *out,
    struct err *e)
{
	const struct xml_node *root = NULL;
	struct nbfx_writer w;
	int r = xml_parse(a, path, in, &root, e);

	if (r < 0)
		return r;
	nbfx_writer_init(&w, out);
	nbfx_put_node(&w, root);
	return nbfx_writer_end(&w);
}

static int
convert(struct cli *c, const char *path, struct buf *out, struct err *e)
{
	struct buf in;
	int r;

	buf_init(&in, NBFX_MAX_BYTES);
	r = cli_read_file(path, &in, e);
	if (r == 0 && round_trip)
		r = write_again(c->arena, path, buf_text(&in), out, e);
	else if (r == 0 && decode)
		r = show_xml(c->arena, path, buf_text(&in), out, e);
	else if (r == 0)
		r = make_binary(c->arena, path, buf_text(&in), out, e);
	buf_clear(&in);
	return r;
}

static int
do_nbfx(struct cli *c, char **args, int count)
{
	struct err e = {0};
	struct buf out;
	int r;

	(void)count;
	if (round_trip + decode + encode != 1)
		return cli_usage(
		    c, "one of --roundtrip, --decode and --encode");
	buf_init(&out, OUTPUT_MAX);
	r = convert(c, args[0], &out, &e);
	if (r < 0 && e.text[0] == '\0')
		(void)err_set(&e, r, "%s: too large", args[0]);
	if (r == 0 && fwrite(out.data, 1, out.len, stdout) != out.len)
		r = err_set(&e, ERR_IO, "standard output cannot be written");
	buf_clear(&out);
	return r == 0 ? CLI_OK : cli_fail(c, &e);
}

static const struct cli_option options[] = {
    {"roundtrip", OPTION_FLAG, &round_trip, NULL,
	"binary to binary: the same octets, or an error"},
    {"decode", OPTION_FLAG, &decode, NULL, "binary to XML"},
    {"encode", OPTION_FLAG, &encode, NULL, "XML to binary"},
};

const struct cli_command cmd_codec_nbfx = {
    .name = "codec nbfx",
    .args = "FILE|-",
    .summary = ".NET binary XML (application/soap+msbin1), read and written",
    .detail = "The records of MC-NBFX with the static dictionary of MC-NBFS.",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = do_nbfx,
};
