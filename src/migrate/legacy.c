/* migrate/legacy.c -- see legacy.h. */
#include "migrate/legacy.h"

#include "codec/encoding.h"
#include "rules/policy/policy.h"
#include "rules/powershell/powershell.h"

/* ---- What a file is ---- */

static size_t
skip_blanks(struct text t, size_t at)
{
	while (at < t.len && strchr(" \t\r\n", t.data[at]) != NULL)
		at++;
	return at;
}

/* The ">" of "<?xml ...>", "<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b "c">]>". */
static const char *
declaration_end(struct text t, size_t at)
{
	const char *from = t.data + at;
	const char *end = memchr(from, '>', t.len - at);
	const char *subset =
	    end == NULL ? NULL : memchr(from, '[', (size_t)(end - from));

	if (subset == NULL || from[1] != '!')
		return end;
	from = memchr(subset, ']', (size_t)(t.data + t.len - subset));
	return from == NULL
		   ? NULL
		   : memchr(from, '>', (size_t)(t.data + t.len - from));
}

/* Behind declarations and comments; t.len: there is none. */
static size_t
root_at(struct text t)
{
	size_t at = skip_blanks(t, 0);

	while (at + 1 < t.len && t.data[at] == '<' &&
	       (t.data[at + 1] == '?' || t.data[at + 1] == '!')) {
		bool comment =
		    t.len - at > 4 && memcmp(t.data + at, "<!--", 4) == 0;
		const char *end =
		    comment ? memmem(t.data + at + 4, t.len - at - 4, "-->", 3)
			    : declaration_end(t, at);

		if (end == NULL)
			return t.len;
		at = skip_blanks(t, (size_t)(end - t.data) + (comment ? 3 : 1));
	}
	return at < t.len && t.data[at] == '<' ? at + 1 : t.len;
}

/* Without prefix; empty: it is no XML. */
static struct text
root_element(struct text t)
{
	size_t from = root_at(t), to = from;

	while (to < t.len && strchr(" \t\r\n/>", t.data[to]) == NULL) {
		if (t.data[to] == ':')
			from = to + 1;
		to++;
	}
	return from >= t.len ? TEXT("")
			     : (struct text){t.data + from, to - from};
}

static bool
holds(struct text t, const char *word)
{
	return t.len > 0 && memmem(t.data, t.len, word, strlen(word)) != NULL;
}

static enum legacy_kind
kind_of_root(struct text root)
{
	static const struct {
		const char *name;
		enum legacy_kind kind;
	} roots[] = {
	    {"ma-data", LEGACY_CONNECTOR},
	    {"saved-mv-configuration", LEGACY_METAVERSE},
	    {"synchronizationRule", LEGACY_RULE},
	    {"saved-ma-configuration", LEGACY_FIM_CONNECTOR},
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (text_is(root, roots[i].name))
			return roots[i].kind;
	return LEGACY_XML;
}

/* Of a damaged file: what it was to be is told by its beginning, and its reader
 * says where it is not. */
static struct text
beginning_of(struct arena *a, struct text in)
{
	struct text some = {in.data, in.len < 512 ? in.len & ~(size_t)1 : 512};
	struct text t;

	return encoding_to_utf8(a, some, &t, NULL) == 0 ? t : in;
}

enum legacy_kind
legacy_kind_of(struct legacy_file *f, struct arena *a)
{
	struct text t;
	bool whole = false;
	size_t at;

	if (text_is(text_of(f->name), "causeway.yaml"))
		return LEGACY_CAUSEWAY;
	if (encoding_to_utf8(a, f->text, &t, NULL) == 0)
		f->text = t;
	else
		t = beginning_of(a, f->text);
	at = skip_blanks(t, 0);
	if (at < t.len && t.data[at] == '<') {
		f->root = root_element(t);
		return f->root.len == 0 ? LEGACY_UNKNOWN
					: kind_of_root(f->root);
	}
	if (at < t.len && t.data[at] == '{' && policy_is(t, a, &whole))
		return whole ? LEGACY_POLICY : LEGACY_POLICY_NOTE;
	if (at < t.len && t.data[at] == '{' &&
	    holds(t, "onpremisesDirectoryPolicy"))
		return LEGACY_POLICY; /* damaged: its reader says where */
	if (t.len <= POWERSHELL_MAX_BYTES &&
	    (holds(t, "New-ADSyncRule") || holds(t, "Add-ADSyncRule")))
		return LEGACY_SCRIPT;
	return LEGACY_UNKNOWN;
}

/* ---- Which form all of it is ---- */

struct choosing {
	struct legacy *s;
	struct arena *arena;
	struct names *names;
	size_t count[LEGACY_KINDS];
	struct err *e;
};

static int
note(struct choosing *c, char *text)
{
	struct conf_texts *list = &c->s->notes;
	struct text *items =
	    arena_array(c->arena, list->count + 1, sizeof(*items));

	if (items == NULL || text == NULL)
		return err_set(c->e, ERR_NOMEM, "out of memory");
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count++] = text_of(text);
	list->items = items;
	return 0;
}

/* "3 files <cs-objects>, 2 others": what a person may have mistaken. */
static void
say_found(const struct legacy *s, struct buf *b)
{
	size_t others = 0, told = 0;

	for (size_t i = 0; i < s->files.count; i++) {
		const struct legacy_file *f = &s->files.items[i];

		if (f->kind == LEGACY_XML && told < 5) {
			buf_printf(b, "%s%s with <%.*s>", told == 0 ? "" : ", ",
			    f->name, TEXT_ARGS(f->root));
			told++;
		} else if (f->kind == LEGACY_CAUSEWAY) {
			buf_printf(b,
			    "%s%s: this is a Causeway configuration already",
			    told == 0 ? "" : ", ", f->name);
			told++;
		} else if (f->kind == LEGACY_POLICY_NOTE) {
			buf_printf(b,
			    "%s%s, which belongs to an export and holds no "
			    "settings itself",
			    told == 0 ? "" : ", ", f->name);
			told++;
		} else {
			others++;
		}
	}
	if (others == 1 && s->files.count == 1)
		buf_puts(b, "a file that is none of these");
	else if (others > 0 || told == 0)
		buf_printf(
		    b, "%s%zu other files", told == 0 ? "" : ", and ", others);
}

static int
not_known(struct choosing *c)
{
	struct buf b;

	buf_init(&b, 65536);
	say_found(c->s, &b);
	(void)err_set(c->e, ERR_UNSUPPORTED,
	    "%.*s is no source that is known.  Looked for: <ma-data> with "
	    "<synchronizationRule> (a server's export), "
	    "<saved-ma-configuration> with <saved-mv-configuration> (FIM, "
	    "MIM, DirSync), JSON with onpremisesDirectoryPolicy (settings), "
	    "New-ADSyncRule (rules).  Found: %.*s",
	    TEXT_ARGS(c->s->path), TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
	return ERR_UNSUPPORTED;
}

/* Names of the files of a kind, where there is one too many. */
static int
too_many(struct choosing *c, enum legacy_kind kind, const char *what)
{
	struct buf b;

	buf_init(&b, 65536);
	for (size_t i = 0; i < c->s->files.count; i++)
		if (c->s->files.items[i].kind == kind)
			buf_printf(&b, "%s%s", b.len == 0 ? "" : ", ",
			    c->s->files.items[i].name);
	(void)err_set(c->e, ERR_CONFIG,
	    "%.*s holds several %s: %.*s.  Name one", TEXT_ARGS(c->s->path),
	    what, TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
	return ERR_CONFIG;
}

/* A metaverse alone: its settings tell whose it is. */
static bool
is_of_connect(const struct choosing *c)
{
	for (size_t i = 0; i < c->s->files.count; i++)
		if (c->s->files.items[i].kind == LEGACY_METAVERSE &&
		    holds(c->s->files.items[i].text, "Microsoft.Synchronize."))
			return true;
	return false;
}

static int
choose(struct choosing *c, enum confsrc_form *out)
{
	const size_t *n = c->count;

	if (n[LEGACY_METAVERSE] > 1)
		return too_many(c, LEGACY_METAVERSE, "exports");
	if (n[LEGACY_CONNECTOR] > 0 && n[LEGACY_FIM_CONNECTOR] > 0)
		return err_set(c->e, ERR_CONFIG,
		    "%.*s holds exports of two kinds: name the folder of one",
		    TEXT_ARGS(c->s->path));
	if (n[LEGACY_FIM_CONNECTOR] == 0 &&
	    (n[LEGACY_CONNECTOR] + n[LEGACY_RULE] > 0 || is_of_connect(c)))
		*out = CONFSRC_EXPORT;
	else if (n[LEGACY_FIM_CONNECTOR] + n[LEGACY_METAVERSE] > 0)
		*out = CONFSRC_FIM;
	else if (n[LEGACY_POLICY] > 0)
		*out = CONFSRC_POLICY;
	else if (n[LEGACY_SCRIPT] > 1)
		return too_many(c, LEGACY_SCRIPT, "scripts");
	else if (n[LEGACY_SCRIPT] > 0)
		*out = CONFSRC_POWERSHELL;
	else
		return not_known(c);
	return 0;
}

/* ---- The files of the form ---- */

static bool
belongs(enum legacy_kind kind, enum confsrc_form form)
{
	switch (form) {
	case CONFSRC_EXPORT:
		return kind == LEGACY_CONNECTOR || kind == LEGACY_METAVERSE ||
		       kind == LEGACY_RULE;
	case CONFSRC_FIM:
		return kind == LEGACY_FIM_CONNECTOR || kind == LEGACY_METAVERSE;
	case CONFSRC_POWERSHELL:
		return kind == LEGACY_SCRIPT;
	case CONFSRC_POLICY:
		return kind == LEGACY_POLICY;
	case CONFSRC_CAUSEWAY:
		break;
	}
	return false;
}

/* The folders above the metaverse's: "export/" of
 * "export/GlobalSettings/MV.xml". */
static size_t
prefix_of(
    const struct choosing *c, enum confsrc_form form, const char **out_top)
{
	for (size_t i = 0; i < c->s->files.count; i++) {
		const struct legacy_file *f = &c->s->files.items[i];
		const char *end = strrchr(f->name, '/');

		if (f->kind != LEGACY_METAVERSE || end == NULL)
			continue;
		*out_top = f->name;
		if (form == CONFSRC_EXPORT)
			while (end > f->name && *--end != '/')
				;
		return *end == '/' ? (size_t)(end - f->name) + 1 : 0;
	}
	return 0;
}

static int
tell_rest(struct choosing *c, enum confsrc_form form)
{
	int rc = 0;

	for (size_t i = 0; i < c->s->files.count && rc == 0; i++) {
		const struct legacy_file *f = &c->s->files.items[i];

		if (!belongs(f->kind, form))
			rc = note(c,
			    f->kind == LEGACY_XML
				? arena_printf(c->arena,
				      "%s with <%.*s> is no part of the "
				      "configuration: it was passed over",
				      f->name, TEXT_ARGS(f->root))
				: arena_printf(c->arena,
				      "%s is no part of the configuration: it "
				      "was passed over",
				      f->name));
	}
	if (rc == 0 && c->s->files.passed > 0)
		rc = note(
		    c, arena_printf(c->arena, "%zu links were not followed",
			   c->s->files.passed));
	return rc;
}

/* The digits of a file's name, in which the wizard writes the time. */
static struct text
time_of_name(struct arena *a, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash == NULL ? name : slash + 1;
	char *digits = arena_raw(a, strlen(base) + 1, 1);
	size_t n = 0;

	if (digits == NULL)
		return TEXT("");
	for (; *base != '\0'; base++)
		if (*base >= '0' && *base <= '9')
			digits[n++] = *base;
	return (struct text){digits, n};
}

/* Of several settings files the one with the latest time in its name, the last
 * by name where there is none. */
static int
take_newest(struct choosing *c, struct confsrc_texts *t,
    const struct vendor_text *items)
{
	size_t count = t->count;
	struct text best = TEXT("");

	for (size_t i = 0; i < count; i++) {
		struct text at = time_of_name(c->arena, items[i].name);

		if (text_compare(at, best) < 0)
			continue;
		best = at;
		t->items = &items[i];
	}
	t->count = 1;
	if (count == 1)
		return 0;
	return note(
	    c, arena_printf(c->arena,
		   "several settings files: %s, the newest by the time in its "
		   "name, was read",
		   t->items->name));
}

static int
open_form(struct choosing *c, enum confsrc_form form)
{
	struct legacy *s = c->s;
	struct vendor_text *items =
	    arena_array(c->arena, s->files.count + 1, sizeof(*items));
	struct confsrc_texts t = {.path = s->path.data, .items = items};
	const char *top = "";
	size_t prefix = prefix_of(c, form, &top);
	int rc;

	if (items == NULL)
		return err_set(c->e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < s->files.count; i++) {
		const struct legacy_file *f = &s->files.items[i];

		if (belongs(f->kind, form))
			items[t.count++] = (struct vendor_text){
			    f->name + (strncmp(f->name, top, prefix) == 0
					      ? prefix
					      : 0),
			    f->text};
	}
	if (form == CONFSRC_POLICY && take_newest(c, &t, items) < 0)
		return ERR_NOMEM;
	if (form == CONFSRC_POLICY || form == CONFSRC_POWERSHELL)
		t.path = t.items[0].name;
	rc = confsrc_read(form, &t, c->names, c->arena, &s->conf, c->e);
	s->blocked = rc == ERR_CONFIG;
	return s->blocked ? 0 : rc;
}

int
legacy_open(const char *path, struct names *names, struct arena *a,
    struct legacy *out, struct err *e)
{
	struct choosing c = {.s = out, .arena = a, .names = names, .e = e};
	enum confsrc_form form = CONFSRC_CAUSEWAY;
	int rc;

	*out = (struct legacy){.path = text_dup(a, text_of(path))};
	if (out->path.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = legacy_read(path, a, &out->pack, &out->files, e);
	for (size_t i = 0; i < out->files.count && rc == 0; i++) {
		struct legacy_file *f = &out->files.items[i];

		f->kind = legacy_kind_of(f, a);
		c.count[f->kind]++;
	}
	if (rc == 0)
		rc = choose(&c, &form);
	if (rc == 0)
		rc = tell_rest(&c, form);
	return rc == 0 ? open_form(&c, form) : rc;
}

void
legacy_clear(struct legacy *s)
{
	confsrc_clear(&s->conf);
}

const char *
legacy_pack_text(enum legacy_pack pack)
{
	switch (pack) {
	case LEGACY_FOLDER:
		return "folder";
	case LEGACY_FILE:
		return "file";
	case LEGACY_ARCHIVE:
		return "archive";
	}
	return "";
}
