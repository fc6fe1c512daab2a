/*
 * service/fingerprint.h -- whether the configuration on disk has changed.
 *
 * Purpose:   names, times and sizes of causeway.yaml and of the files and
 *            folders with rules, without reading them.
 * Touches:   stat, readdir.
 */
#ifndef SERVICE_FINGERPRINT_H
#define SERVICE_FINGERPRINT_H

#include "conf/conf.h"

/* Differs (in all likelihood) where something was changed; what is not there
 * counts as such. */
uint64_t fingerprint(const struct conf *c);

#endif /* SERVICE_FINGERPRINT_H */
