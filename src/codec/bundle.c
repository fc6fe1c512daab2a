/* codec/bundle.c -- see bundle.h. */
#include "codec/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"

struct reading {
	const char *name;
	struct text in;
	struct arena *arena;
	struct archive *archive;
	struct bundle *out;
	struct map *names;
	size_t entries;
	size_t total;
	struct err *e;
};

/* ---- What it is ---- */

static bool
has_at(struct text t, size_t at, const char *magic, size_t n)
{
	return t.len >= at + n && memcmp(t.data + at, magic, n) == 0;
}

enum bundle_kind
bundle_kind(struct text head, const char **out_name)
{
	static const struct {
		const char *magic;
		size_t len, at;
		enum bundle_kind kind;
		const char *name;
	} kinds[] = {
	    {"PK\3\4", 4, 0, BUNDLE_READ, "zip"},
	    {"PK\5\6", 4, 0, BUNDLE_READ, "zip"},
	    {"\x1f\x8b", 2, 0, BUNDLE_READ, "gzip"},
	    {"ustar", 5, 257, BUNDLE_READ, "tar"},
	    {"7z\xbc\xaf\x27\x1c", 6, 0, BUNDLE_OTHER, "7-Zip"},
	    {"Rar!\x1a\x07", 6, 0, BUNDLE_OTHER, "RAR"},
	    {"MSCF", 4, 0, BUNDLE_OTHER, "cabinet"},
	    {"\xfd"
	     "7zXZ",
		5, 0, BUNDLE_OTHER, "xz"},
	    {"BZh", 3, 0, BUNDLE_OTHER, "bzip2"},
	    {"\x28\xb5\x2f\xfd", 4, 0, BUNDLE_OTHER, "zstd"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (has_at(head, kinds[i].at, kinds[i].magic, kinds[i].len)) {
			*out_name = kinds[i].name;
			return kinds[i].kind;
		}
	*out_name = "";
	return BUNDLE_NONE;
}

/* ---- Names ---- */

static int
bad_name(struct reading *r, struct text name, const char *why)
{
	return err_set(r->e, ERR_SYNTAX, "%s: %.*s: %s", r->name,
	    name.len < 200 ? (int)name.len : 200, name.data, why);
}

/* One part between slashes; NULL: good. */
static const char *
part_fault(struct text part, bool first)
{
	if (part.len == 0)
		return first ? "an absolute name" : "a name with an empty part";
	if (text_is(part, ".."))
		return "a name that leads out of its folder";
	if (first && part.len == 2 && part.data[1] == ':')
		return "an absolute name";
	for (size_t i = 0; i < part.len; i++)
		if ((unsigned char)part.data[i] < 0x20 || part.data[i] == 0x7f)
			return "a name with control characters";
	return NULL;
}

/* The name with slashes, without "./"; programs of Windows write backslashes.
 */
static int
clean_name(struct reading *r, struct text raw, struct text *out)
{
	char *p = arena_alloc(r->arena, raw.len + 1);
	size_t n = 0, depth = 0, at = 0;

	if (p == NULL)
		return err_set(r->e, ERR_NOMEM, "out of memory");
	if (raw.len > BUNDLE_MAX_NAME)
		return bad_name(r, raw, "a name of more than 1024 bytes");
	while (at < raw.len) {
		size_t len = 0;
		const char *fault;

		while (at + len < raw.len && raw.data[at + len] != '/' &&
		       raw.data[at + len] != '\\')
			len++;
		fault = part_fault((struct text){raw.data + at, len}, at == 0);
		if (fault != NULL)
			return bad_name(r, raw, fault);
		if (len != 1 || raw.data[at] != '.') {
			if (n > 0)
				p[n++] = '/';
			memcpy(p + n, raw.data + at, len);
			n += len;
			depth++;
		}
		at += len + 1;
	}
	if (depth > BUNDLE_MAX_DEPTH)
		return bad_name(r, raw, "folders in folders, over 16 deep");
	*out = (struct text){p, n};
	return 0;
}

/* ---- One entry ---- */

static int
grow(struct reading *r)
{
	struct bundle *b = r->out;
	size_t size = b->size == 0 ? 64 : b->size * 2;
	struct bundle_file *items;

	if (b->count < b->size)
		return 0;
	items = arena_array(r->arena, size, sizeof(*items));
	if (items == NULL)
		return err_set(r->e, ERR_NOMEM, "out of memory");
	if (b->count > 0)
		memcpy(items, b->items, b->count * sizeof(*items));
	b->items = items;
	b->size = size;
	return 0;
}

static int
too_much(struct reading *r, struct text name, const char *what)
{
	return err_set(
	    r->e, ERR_LIMIT, "%s: %.*s: %s", r->name, TEXT_ARGS(name), what);
}

/* After each piece, so that a bomb ends where it shows. */
static int
check_size(struct reading *r, struct text name, size_t len)
{
	size_t packed = r->in.len < 4096 ? 4096 : r->in.len;

	if (len > BUNDLE_MAX_FILE)
		return too_much(r, name, "over 64 MiB when it is unpacked");
	if (r->total > BUNDLE_MAX_TOTAL)
		return too_much(r, name, "with what is before it over 256 MiB");
	if (r->total > (1U << 20) && r->total / packed > BUNDLE_MAX_RATIO)
		return too_much(r, name,
		    "it unpacks to over 250 times of what it is: no export "
		    "does");
	return 0;
}

static int
read_content(struct reading *r, struct text name, struct text *out)
{
	static const size_t piece = 65536;
	struct buf b;
	char *part = arena_raw(r->arena, piece, 1);
	la_ssize_t n = 1;
	int rc = part == NULL ? err_set(r->e, ERR_NOMEM, "out of memory") : 0;

	buf_init(&b, BUNDLE_MAX_FILE + piece);
	while (rc == 0 && n > 0) {
		n = archive_read_data(r->archive, part, piece);
		if (n < 0)
			rc = err_set(r->e, ERR_SYNTAX, "%s: %.*s: %s", r->name,
			    TEXT_ARGS(name), archive_error_string(r->archive));
		if (n <= 0)
			break;
		buf_add(&b, part, (size_t)n);
		r->total += (size_t)n;
		rc = check_size(r, name, b.len);
	}
	if (rc == 0 && buf_error(&b) < 0)
		rc = err_set(r->e, buf_error(&b), "out of memory");
	if (rc == 0)
		*out = text_dup(r->arena, buf_text(&b));
	buf_clear(&b);
	return rc == 0 && out->data == NULL
		   ? err_set(r->e, ERR_NOMEM, "out of memory")
		   : rc;
}

/* What an export never has. */
static int
check_entry(struct reading *r, struct archive_entry *entry, struct text name)
{
	if (archive_entry_symlink(entry) != NULL ||
	    archive_entry_hardlink(entry) != NULL)
		return bad_name(r, name, "a link");
	if (archive_entry_filetype(entry) != AE_IFREG &&
	    archive_entry_filetype(entry) != AE_IFDIR)
		return bad_name(r, name, "neither a file nor a folder");
	if (archive_entry_is_encrypted(entry) != 0)
		return bad_name(r, name,
		    "it is encrypted: unpack it, or pack it without a "
		    "password");
	return 0;
}

static int
take_entry(struct reading *r, struct archive_entry *entry)
{
	const char *raw = archive_entry_pathname_utf8(entry);
	struct text name;
	int rc;

	if (++r->entries > BUNDLE_MAX_FILES)
		return err_set(
		    r->e, ERR_LIMIT, "%s: over 10000 entries", r->name);
	if (raw == NULL)
		raw = archive_entry_pathname(entry);
	if (raw == NULL || !text_is_utf8(text_of(raw)))
		return err_set(r->e, ERR_SYNTAX,
		    "%s: entry %zu has a name that is not UTF-8", r->name,
		    r->entries);
	rc = check_entry(r, entry, text_of(raw));
	if (rc == 0)
		rc = clean_name(r, text_of(raw), &name);
	if (rc < 0 || archive_entry_filetype(entry) == AE_IFDIR ||
	    name.len == 0)
		return rc;
	if (map_get(r->names, name) != NULL)
		return bad_name(r, name, "a name that is there twice");
	rc = map_put(r->names, name, r) < 0
		 ? err_set(r->e, ERR_NOMEM, "out of memory")
		 : grow(r);
	if (rc == 0)
		rc = read_content(
		    r, name, &r->out->items[r->out->count].content);
	if (rc == 0)
		r->out->items[r->out->count++].name = name;
	return rc;
}

/* ---- The whole ---- */

static int
broken(struct reading *r)
{
	const char *why = archive_error_string(r->archive);

	return err_set(r->e, ERR_SYNTAX, "%s: it cannot be unpacked: %s",
	    r->name, why == NULL ? "it is damaged" : why);
}

static int
read_entries(struct reading *r)
{
	struct archive_entry *entry;
	int rc = 0, got;

	if (archive_read_support_filter_gzip(r->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_zip(r->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_tar(r->archive) < ARCHIVE_WARN ||
	    archive_read_open_memory(r->archive, r->in.data, r->in.len) !=
		ARCHIVE_OK)
		return broken(r);
	while (rc == 0) {
		got = archive_read_next_header(r->archive, &entry);
		if (got == ARCHIVE_EOF)
			return 0;
		rc = got == ARCHIVE_OK || got == ARCHIVE_WARN
			 ? take_entry(r, entry)
			 : broken(r);
	}
	return rc;
}

int
bundle_read(const char *name, struct text in, struct arena *a,
    struct bundle *out, struct err *e)
{
	CLEANUP(map_freep)
	struct map *names = map_new(true);
	struct reading r = {.name = name,
	    .in = in,
	    .arena = a,
	    .out = out,
	    .names = names,
	    .e = e};
	const char *kind;
	int rc;

	*out = (struct bundle){0};
	if (in.len > BUNDLE_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "%s: over 128 MiB", name);
	if (bundle_kind(in, &kind) != BUNDLE_READ)
		return err_set(e, ERR_UNSUPPORTED,
		    "%s: %s%sarchives that are read are zip, tar and tar by "
		    "gzip",
		    name, kind, *kind == '\0' ? "" : " is not read: ");
	r.archive = archive_read_new();
	if (names == NULL || r.archive == NULL)
		rc = err_set(e, ERR_NOMEM, "out of memory");
	else
		rc = read_entries(&r);
	if (r.archive != NULL)
		(void)archive_read_free(r.archive);
	return rc;
}
