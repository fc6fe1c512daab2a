/*
 * codec/yaml_write.h -- texts as YAML that reads back to the same texts.
 *
 * Purpose:   the writers of configurations and rules say what stands where;
 *            how a text has to be quoted there is known here alone.
 * Touches:   base/.
 * Errors:    those of the buffer.
 */
#ifndef CODEC_YAML_WRITE_H
#define CODEC_YAML_WRITE_H

#include "base/buf.h"

/* A scalar for "key: " in a block, at this depth of blanks, with its line end:
 * plain where that is safe, quoted, or a block of its own. */
void yaml_write_scalar(struct buf *b, struct text t, unsigned depth);
/* The same within { } and [ ]: on one line, without a line end. */
void yaml_write_word(struct buf *b, struct text t);
/* A comment: one line, whatever the text holds. */
void yaml_write_comment(struct buf *b, unsigned depth, struct text t);

#endif /* CODEC_YAML_WRITE_H */
