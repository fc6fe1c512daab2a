/*
 * tenant/page.h -- the opaque tokens of paging and delta links.
 *
 * Purpose:   a place in a list as text that a client gives back, sealed so
 *            that nobody else's text is taken for one.
 * Touches:   base/ only.
 * Errors:    ERR_SYNTAX (not sealed by us), ERR_NOMEM.
 */
#ifndef TENANT_PAGE_H
#define TENANT_PAGE_H

#include "base/text.h"

#define PAGE_KEY_BYTES 32U

struct page_token {
	uint64_t kind; /* which kind of list, PAGE_* */
	uint64_t issued_ms;
	uint64_t n[4];     /* what the list needs */
	struct text extra; /* the same */
};

enum page_kind {
	PAGE_LIST = 1,
	PAGE_DELTA_FULL = 2, /* every object, once */
	PAGE_DELTA = 3,      /* changes */
	PAGE_REFRESH = 4,    /* no page: a refresh token */
};

int page_format(struct arena *a, struct text key, const struct page_token *t,
    struct text *out) MUST_CHECK;
int page_parse(struct arena *a, struct text key, struct text in,
    struct page_token *out_t) MUST_CHECK;

#endif /* TENANT_PAGE_H */
