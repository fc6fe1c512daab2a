/*
 * rules/fim/fim.h -- exports of FIM, MIM and DirSync.
 *
 * Purpose:   a folder with MV.XML and MA-{GUID}.XML to the model of the
 *            vendor's configuration: connector filters, joins, projections and
 *            flows of its connectors become rules.  What is compiled into a
 *            rules extension cannot, and is told by file, element and name.
 * Touches:   rules/vendor/vendor.h; the files of the folder.
 * Ownership: as rules/vendor/vendor.h.
 * Errors:    every problem in out->problems; ERR_CONFIG when one blocks.
 * Source:    docs/engine/formats.md 5; docs/engine/rules.md 10.
 */
#ifndef RULES_FIM_H
#define RULES_FIM_H

#include "rules/vendor/vendor.h"

/* Whether the folder has an MV.XML or an MA-*.XML, in any case of letters. */
bool fim_is_export(const char *path);

/* out is filled as far as it goes and must be cleared in any case
 * (vendor_clear()). */
int fim_load(const char *path, struct names *names, struct arena *a,
    struct vendor *out) MUST_CHECK;

/* The same from texts, MV.XML among them, told apart by their root
 * elements. */
int fim_read(const struct vendor_text *files, size_t count, struct names *names,
    struct arena *a, struct vendor *out) MUST_CHECK;

#endif /* RULES_FIM_H */
