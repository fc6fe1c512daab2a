/* codec/ldif_write.c -- see ldif.h: writing. */
#include <string.h>

#include "codec/ldif.h"

#define FOLD 76U

/* A line of any length, folded (RFC 2849 note 2). */
static void
put_folded(struct buf *out, struct text line)
{
	size_t n = line.len < FOLD ? line.len : FOLD;

	buf_add(out, line.data, n);
	while (n < line.len) {
		size_t more = line.len - n;

		if (more > FOLD - 1)
			more = FOLD - 1;
		buf_puts(out, "\n ");
		buf_add(out, line.data + n, more);
		n += more;
	}
	buf_putc(out, '\n');
}

/* SAFE-STRING of RFC 2849, and no blank at the end (note 8). */
static bool
is_safe(struct text t)
{
	if (t.len == 0)
		return true;
	if (strchr(" :<", t.data[0]) != NULL || t.data[t.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (c == '\0' || c == '\n' || c == '\r' || c > 0x7f)
			return false;
	}
	return true;
}

static int
put_line(
    struct buf *out, struct arena *scratch, struct text name, struct text value)
{
	bool safe = is_safe(value);
	size_t len;
	char *line;

	if (!safe && base64_encode(scratch, value, &value) < 0)
		return ERR_NOMEM;
	len = name.len + (safe ? 1 : 2) + (value.len != 0 ? 1 : 0) + value.len;
	line = arena_alloc(scratch, len + 1);
	if (line == NULL)
		return ERR_NOMEM;
	memcpy(line, name.data, name.len);
	memcpy(
	    line + name.len, safe ? ": " : ":: ", len - name.len - value.len);
	if (value.len != 0)
		memcpy(line + len - value.len, value.data, value.len);
	put_folded(out, (struct text){line, len});
	return buf_error(out);
}

static int
put_values(const struct ldif_record *rec, size_t first, size_t count,
    struct arena *scratch, struct buf *out)
{
	int r = 0;

	for (size_t i = first; i < first + count && r == 0; i++)
		r = put_line(
		    out, scratch, rec->values[i].name, rec->values[i].value);
	return r;
}

static int
put_modify(
    const struct ldif_record *rec, struct arena *scratch, struct buf *out)
{
	static const char *const ops[] = {
	    [LDIF_MOD_ADD] = "add",
	    [LDIF_MOD_DELETE] = "delete",
	    [LDIF_MOD_REPLACE] = "replace",
	    [LDIF_MOD_INCREMENT] = "increment",
	};
	int r = 0;

	for (size_t i = 0; i < rec->mod_count && r == 0; i++) {
		const struct ldif_mod *m = &rec->mods[i];

		r = put_line(out, scratch, text_of(ops[m->op]), m->name);
		if (r == 0)
			r = put_values(rec, m->first, m->count, scratch, out);
		buf_puts(out, "-\n");
	}
	return r;
}

static int
put_modrdn(
    const struct ldif_record *rec, struct arena *scratch, struct buf *out)
{
	int r = put_line(out, scratch, TEXT("newrdn"), rec->new_rdn);

	buf_puts(
	    out, rec->delete_old ? "deleteoldrdn: 1\n" : "deleteoldrdn: 0\n");
	if (r == 0 && rec->has_superior)
		r = put_line(
		    out, scratch, TEXT("newsuperior"), rec->new_superior);
	return r;
}

void
ldif_write_head(struct buf *out)
{
	buf_puts(out, "version: 1\n\n");
}

int
ldif_write(
    const struct ldif_record *rec, struct arena *scratch, struct buf *out)
{
	static const char *const changes[] = {
	    [LDIF_CONTENT] = "",
	    [LDIF_ADD] = "changetype: add\n",
	    [LDIF_DELETE] = "changetype: delete\n",
	    [LDIF_MODIFY] = "changetype: modify\n",
	    [LDIF_MODRDN] = "changetype: modrdn\n",
	};
	int r = put_line(out, scratch, TEXT("dn"), rec->dn);

	if (r < 0)
		return r;
	buf_puts(out, changes[rec->change]);
	switch (rec->change) {
	case LDIF_CONTENT:
	case LDIF_ADD:
		r = put_values(rec, 0, rec->count, scratch, out);
		break;
	case LDIF_MODIFY:
		r = put_modify(rec, scratch, out);
		break;
	case LDIF_MODRDN:
		r = put_modrdn(rec, scratch, out);
		break;
	case LDIF_DELETE:
		break;
	}
	if (r < 0)
		return r;
	buf_putc(out, '\n');
	return buf_error(out);
}
