/* codec/json.c -- see json.h.  A struct json * is json-c's node under another
 * name, but for null, which json-c has none for. */
#include "codec/json.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "codec/json_int.h"

static char null_node;
struct json *const json_null_node = (struct json *)(void *)&null_node;
static char lost_value; /* its address marks a node that lost a value */

struct json_object *
json_raw(const struct json *j)
{
	/* the library's readers take no const */
	const union {
		const struct json *ours;
		struct json_object *theirs;
	} node = {.ours = j};

	return j != json_null_node ? node.theirs : NULL;
}

static struct json *
node_of(struct json_object *o)
{
	return o != NULL ? (struct json *)(void *)o : json_null_node;
}

bool
json_lost(struct json_object *o)
{
	return json_object_get_userdata(o) == &lost_value;
}

// NOLINTBEGIN(misc-no-recursion): json_scan() saw at most JSON_MAX_DEPTH

/* Members of all objects under o, as the tree has them. */
static size_t
count_members(struct json_object *o)
{
	const struct lh_entry *m;
	size_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		n = (size_t)json_object_object_length(o);
		lh_foreach(json_object_get_object(o), m) n +=
		    count_members(lh_entry_v(m));
	}
	return n;
}

/* True where no number under o is too large for a double. */
static bool
is_finite(struct json_object *o)
{
	const struct lh_entry *m;

	if (json_object_is_type(o, json_type_double))
		return isfinite(json_object_get_double(o));
	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			if (!is_finite(json_object_array_get_idx(o, i)))
				return false;
	} else if (json_object_is_type(o, json_type_object)) {
		lh_foreach(json_object_get_object(o),
		    m) if (!is_finite(lh_entry_v(m))) return false;
	}
	return true;
}

// NOLINTEND(misc-no-recursion)

static int
tree_of(struct text in, struct json_object **out_o, struct err *e)
{
	struct json_tokener *tok = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
	enum json_tokener_error te;
	struct json_object *o;

	if (tok == NULL)
		return err_set(e, ERR_NOMEM, "json: out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	o = json_tokener_parse_ex(tok, in.data, (int)in.len);
	te = json_tokener_get_error(tok);
	/* a number at the very end could go on: a zero byte says it does not */
	if (te == json_tokener_continue) {
		o = json_tokener_parse_ex(tok, "", 1);
		te = json_tokener_get_error(tok);
		if (te == json_tokener_continue)
			te = json_tokener_error_parse_eof;
	}
	if (te == json_tokener_success)
		*out_o = o;
	else if (te == json_tokener_error_parse_eof)
		err_set(e, ERR_SYNTAX, "json: text ends too early at byte %zu",
		    in.len);
	else
		err_set(e, ERR_SYNTAX, "json: %s at byte %zu",
		    json_tokener_error_desc(te),
		    json_tokener_get_parse_end(tok));
	json_tokener_free(tok);
	return te == json_tokener_success ? 0 : ERR_SYNTAX;
}

static size_t
first_bad_byte(struct text t)
{
	size_t pos = 0, at = 0;

	while (pos < t.len) {
		at = pos;
		if (utf8_next(t, &pos) >= 0x110000)
			break;
	}
	return at;
}

int
json_parse(
    struct text in, size_t max_bytes, struct json **out_root, struct err *e)
{
	struct json_object *o = NULL;
	size_t members = 0;
	int r;

	if (in.len > max_bytes || in.len > INT_MAX)
		return err_set(
		    e, ERR_LIMIT, "json: longer than %zu bytes", max_bytes);
	if (!text_is_utf8(in))
		return err_set(e, ERR_SYNTAX, "json: not UTF-8 at byte %zu",
		    first_bad_byte(in));
	r = json_scan(in, &members, &in.len, e);
	if (r < 0)
		return r;
	r = tree_of(in, &o, e);
	if (r < 0)
		return r;
	if (count_members(o) != members)
		r = json_scan_repeated(in, e);
	else if (!is_finite(o))
		r = err_set(
		    e, ERR_LIMIT, "json: number too large for a double");
	if (r < 0) {
		json_object_put(o);
		return r;
	}
	*out_root = node_of(o);
	return 0;
}

struct json *
json_free(struct json *root)
{
	json_object_put(json_raw(root));
	return NULL;
}

enum json_type
json_type(const struct json *j)
{
	switch (json_object_get_type(json_raw(j))) {
	case json_type_boolean:
		return JSON_BOOLEAN;
	case json_type_int:
		return JSON_INTEGER;
	case json_type_double:
		return JSON_DOUBLE;
	case json_type_string:
		return JSON_STRING;
	case json_type_array:
		return JSON_LIST;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_null:
		break;
	}
	return JSON_NULL;
}

struct json *
json_get(const struct json *j, const char *key)
{
	struct json_object *value = NULL;

	if (json_type(j) != JSON_OBJECT ||
	    !json_object_object_get_ex(json_raw(j), key, &value))
		return NULL;
	return node_of(value);
}

bool
json_has(const struct json *j, const char *key)
{
	return json_get(j, key) != NULL;
}

size_t
json_count(const struct json *j)
{
	if (json_type(j) == JSON_LIST)
		return json_object_array_length(json_raw(j));
	if (json_type(j) == JSON_OBJECT)
		return (size_t)json_object_object_length(json_raw(j));
	return 0;
}

struct json *
json_at(const struct json *j, size_t i)
{
	if (json_type(j) != JSON_LIST || i >= json_count(j))
		return NULL;
	return node_of(json_object_array_get_idx(json_raw(j), i));
}

int
json_each(const struct json *j,
    int (*visit)(void *ctx, struct text key, struct json *value), void *ctx)
{
	int r = 0;

	if (json_type(j) != JSON_OBJECT)
		return 0;
	json_object_object_foreach(json_raw(j), key, value)
	{
		r = visit(ctx, text_of(key), node_of(value));
		if (r != 0)
			break;
	}
	return r;
}

struct text
json_text(const struct json *j)
{
	struct json_object *o = json_raw(j);

	if (json_type(j) != JSON_STRING)
		return TEXT("");
	return (struct text){
	    json_object_get_string(o), (size_t)json_object_get_string_len(o)};
}

struct text
json_get_text(const struct json *j, const char *key)
{
	return json_text(json_get(j, key));
}

int64_t
json_int(const struct json *j, int64_t otherwise)
{
	if (json_type(j) != JSON_INTEGER)
		return otherwise;
	return json_object_get_int64(json_raw(j));
}

bool
json_bool(const struct json *j, bool otherwise)
{
	if (json_type(j) != JSON_BOOLEAN)
		return otherwise;
	return json_object_get_boolean(json_raw(j)) != 0;
}

/* A new node, or NULL: null would be json_null_node. */
static struct json *
made(struct json_object *o)
{
	return (struct json *)(void *)o;
}

struct json *
json_new_object(void)
{
	return made(json_object_new_object());
}

struct json *
json_new_list(void)
{
	return made(json_object_new_array());
}

struct json *
json_new_text(struct text t)
{
	if (t.len > INT_MAX / 2)
		return NULL;
	return made(
	    json_object_new_string_len(t.len != 0 ? t.data : "", (int)t.len));
}

struct json *
json_new_int(int64_t n)
{
	return made(json_object_new_int64(n));
}

struct json *
json_new_double(double d)
{
	return made(json_object_new_double(d));
}

struct json *
json_new_bool(bool b)
{
	return made(json_object_new_boolean(b));
}

struct json *
json_new_null(void)
{
	return json_null_node;
}

static void
lose(struct json_object *o, struct json *value)
{
	json_object_set_userdata(o, &lost_value, NULL);
	(void)json_free(value);
}

void
json_set(struct json *object, const char *key, struct json *value)
{
	struct json_object *o = json_raw(object);

	if (!json_object_is_type(o, json_type_object)) {
		(void)json_free(value);
		return;
	}
	if (value == NULL ||
	    json_object_object_add(o, key, json_raw(value)) < 0)
		lose(o, value);
}

void
json_set_text(struct json *object, const char *key, struct text t)
{
	json_set(object, key, json_new_text(t));
}

void
json_set_str(struct json *object, const char *key, const char *s)
{
	json_set(object, key, json_new_text(text_of(s)));
}

void
json_set_int(struct json *object, const char *key, int64_t n)
{
	json_set(object, key, json_new_int(n));
}

void
json_set_bool(struct json *object, const char *key, bool b)
{
	json_set(object, key, json_new_bool(b));
}

void
json_remove(struct json *object, const char *key)
{
	if (json_type(object) == JSON_OBJECT)
		json_object_object_del(json_raw(object), key);
}

void
json_push(struct json *list, struct json *value)
{
	struct json_object *o = json_raw(list);

	if (!json_object_is_type(o, json_type_array)) {
		(void)json_free(value);
		return;
	}
	if (value == NULL || json_object_array_add(o, json_raw(value)) < 0)
		lose(o, value);
}

struct json *
json_dup(const struct json *j)
{
	struct json_object *copy = NULL;

	if (j == NULL || j == json_null_node)
		return json_null_node;
	if (json_object_deep_copy(json_raw(j), &copy, NULL) < 0)
		return NULL;
	return made(copy);
}

bool
json_equal(const struct json *a, const struct json *b)
{
	return json_object_equal(json_raw(a), json_raw(b)) != 0;
}
