/*
 * rules/vendor/csexport_int.h -- the names that reading and writing share.
 *
 * Purpose:   how layers and operations are written.
 * Touches:   rules/vendor/csexport.h.
 */
#ifndef RULES_VENDOR_CSEXPORT_INT_H
#define RULES_VENDOR_CSEXPORT_INT_H

#include "rules/vendor/csexport.h"

struct csexport_layer_name {
	const char *layer; /* "unapplied-export" */
	const char *body;  /* "delta" or "entry" */
};

/* By enum csexport_which. */
extern const struct csexport_layer_name csexport_layers[CSEXPORT_LAYERS];

#endif /* RULES_VENDOR_CSEXPORT_INT_H */
