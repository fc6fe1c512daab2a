/*
 * codec/json_int.h -- what the files of the JSON door share.
 *
 * Touches: json-c.
 */
#ifndef CODEC_JSON_INT_H
#define CODEC_JSON_INT_H

/* The library has types of these two names; ours are functions. */
// NOLINTBEGIN(readability-identifier-naming): the library's names
#define json_type jsonc_type
#define json_bool jsonc_bool
#include <json-c/json.h>
#undef json_type
#undef json_bool
// NOLINTEND(readability-identifier-naming)

#include "codec/json.h"

/* json-c has no node for null: this one stands for it. */
extern struct json *const json_null_node;

/* The library's node; NULL for null. */
struct json_object *json_raw(const struct json *j);

/* True where a builder lost a value under this node for want of memory. */
bool json_lost(struct json_object *o);

/* Refuses what json-c would accept or change without a word: see json_scan.c.
 * out_members counts the members of all objects, out_len the bytes up to the
 * end of the last token. */
int json_scan(
    struct text in, size_t *out_members, size_t *out_len, struct err *e);

/* Names the first repeated key, in text that json_scan() passed. */
int json_scan_repeated(struct text in, struct err *e);

#endif /* CODEC_JSON_INT_H */
