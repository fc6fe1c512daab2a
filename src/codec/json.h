/*
 * codec/json.h -- JSON text to a tree and back (RFC 8259).
 *
 * Purpose:   the one door to the JSON library, with limits on size and depth.
 * Touches:   json-c.
 * Ownership: a tree belongs to who made it and is freed whole by json_free()
 *            of its root; nodes that json_get() and json_at() give are
 *            borrowed; json_set() and json_push() take what they add.
 * Errors:    ERR_SYNTAX with the byte offset, ERR_LIMIT, ERR_NOMEM.
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include "base/buf.h"

#define JSON_MAX_DEPTH 64U

struct json;

enum json_type {
	JSON_NULL,
	JSON_BOOLEAN,
	JSON_INTEGER, /* fits int64 */
	JSON_DOUBLE,
	JSON_STRING,
	JSON_LIST,
	JSON_OBJECT,
};

/* max_bytes: longer text is ERR_LIMIT. Bytes after the value other than
 * blanks are ERR_SYNTAX; a repeated key is ERR_SYNTAX; invalid UTF-8 too. */
int json_parse(struct text in, size_t max_bytes, struct json **out_root,
    struct err *e) MUST_CHECK;
struct json *json_free(struct json *root);
DEFINE_CLEANUP(json, json_free);

enum json_type json_type(const struct json *j); /* NULL is JSON_NULL */

/* NULL where j is no object or has no such key (a key that holds null gives
 * a node of type JSON_NULL: use json_has() to tell absent from null). */
struct json *json_get(const struct json *j, const char *key);
bool json_has(const struct json *j, const char *key);
size_t json_count(const struct json *j); /* members or items, else 0 */
struct json *json_at(const struct json *j, size_t i);

/* Visits the members in document order; stops at the first non-zero. */
int json_each(const struct json *j,
    int (*visit)(void *ctx, struct text key, struct json *value), void *ctx);

/* Borrowed text of a string node; the empty text for any other. */
struct text json_text(const struct json *j);
/* json_text(json_get(j, key)) */
struct text json_get_text(const struct json *j, const char *key);
int64_t json_int(const struct json *j, int64_t otherwise);
bool json_bool(const struct json *j, bool otherwise);

/* Builders: NULL when memory is out; json_set() and json_push() of a NULL
 * value remember it, and json_write() then returns ERR_NOMEM. */
struct json *json_new_object(void);
struct json *json_new_list(void);
struct json *json_new_text(struct text t); /* bytes must be UTF-8 */
struct json *json_new_int(int64_t n);
struct json *json_new_double(double d); /* finite */
struct json *json_new_bool(bool b);
struct json *json_new_null(void);
void json_set(struct json *object, const char *key, struct json *value);
void json_set_text(struct json *object, const char *key, struct text t);
void json_set_str(struct json *object, const char *key, const char *s);
void json_set_int(struct json *object, const char *key, int64_t n);
void json_set_bool(struct json *object, const char *key, bool b);
void json_remove(struct json *object, const char *key);
void json_push(struct json *list, struct json *value);
struct json *json_dup(const struct json *j);
bool json_equal(const struct json *a, const struct json *b);

/* pretty: two blanks a level and a line end at the end. */
int json_write(const struct json *j, bool pretty, struct buf *out) MUST_CHECK;

#endif /* CODEC_JSON_H */
