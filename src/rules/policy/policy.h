/*
 * rules/policy/policy.h -- the settings of a vendor's server as JSON.
 *
 * Purpose:   Applied-, Exported- and Migrated-SynchronizationPolicy-*.JSON to
 *            the model of the vendor's configuration: forests with their
 *            partitions and containers, the cloud, custom rules in full,
 *            built-in ones by their tags.
 * Touches:   codec/json.h, codec/encoding.h, rules/vendor/vendor.h.
 * Ownership: as rules/vendor/vendor.h.
 * Errors:    every problem in out->problems with the path in the document;
 *            ERR_CONFIG when one blocks.  A key that nobody knows is told once
 *            and kept among the settings by its path.
 * Source:    docs/engine/formats.md 2.2.
 */
#ifndef RULES_POLICY_H
#define RULES_POLICY_H

#include "rules/vendor/vendor.h"

#define POLICY_MAX_BYTES (64U << 20)

/* Whether the text is such a document, or what MigrateSettings leaves beside
 * an export (policyMetadata and deploymentMetadata alone): *out_whole. */
bool policy_is(struct text in, struct arena *a, bool *out_whole);

/* name is for the messages.  out must be cleared in any case. */
int policy_read(const char *name, struct text in, struct names *names,
    struct arena *a, struct vendor *out) MUST_CHECK;

#endif /* RULES_POLICY_H */
