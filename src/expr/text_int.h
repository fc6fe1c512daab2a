/*
 * expr/text_int.h -- positions in text as .NET counts them.
 *
 * Purpose:   lengths and positions are UTF-16 code units; our text is UTF-8.
 * Touches:   base/.
 */
#ifndef EXPR_TEXT_INT_H
#define EXPR_TEXT_INT_H

#include "expr/expr_int.h"

/* UTF-16 code units of t. */
size_t units_count(struct text t);

/* The byte at which unit stands (0 the first); inside of a pair: up the byte
 * behind it, else its first. */
size_t units_offset(struct text t, size_t unit, bool up);

/* Where what stands in t at or behind byte from: a byte, or SIZE_MAX. */
int text_find(struct run *r, struct text t, struct text what, size_t from,
    bool nocase, size_t *out) MUST_CHECK;

/* The words vbTextCompare, CaseInsensitive and their opposites. */
int nocase_of(
    struct run *r, const struct expr_value *word, bool *out) MUST_CHECK;

/* One code point alone; 0 where t is not that. */
uint32_t single_char(struct text t);

/* The text without its first n bytes. */
static inline struct text
text_from(struct text t, size_t n)
{
	return (struct text){t.data + n, t.len - n};
}

#endif /* EXPR_TEXT_INT_H */
