/*
 * cli/vendor_show.h -- a vendor's configuration export as JSON.
 *
 * Purpose:   `config show` of an export directory.
 * Touches:   rules/vendor/vendor.h, codec/json.h.
 * Ownership: the caller owns the JSON; the arena is for its making.
 * Errors:    those of codec/json.h at writing.
 */
#ifndef CLI_VENDOR_SHOW_H
#define CLI_VENDOR_SHOW_H

#include "codec/json.h"
#include "rules/vendor/vendor.h"

struct json *vendor_json(struct arena *a, const struct vendor *v);

#endif /* CLI_VENDOR_SHOW_H */
