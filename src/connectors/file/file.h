/*
 * connectors/file/file.h -- LDIF and CSV files as connected directories.
 *
 * Touches: connectors/connector.h.
 */
#ifndef CONNECTORS_FILE_FILE_H
#define CONNECTORS_FILE_FILE_H

#include "connectors/connector.h"

extern const struct connector_kind file_connector_kind;

#endif /* CONNECTORS_FILE_FILE_H */
