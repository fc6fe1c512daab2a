/*
 * tests/lib/mallocs.h -- how often a program of ours asked for memory.
 *
 * Purpose:   proves and measures that nothing is taken from the heap.
 * Touches:   nothing of ours.  Linked with --wrap=malloc, calloc and realloc.
 * Ownership: one counter for the program.
 * Errors:    none.
 * Threads:   one.
 */
#ifndef TESTS_LIB_MALLOCS_H
#define TESTS_LIB_MALLOCS_H

#include <stdint.h>

/* Calls of malloc(), calloc() and realloc() since the start; may be set. */
extern uint64_t mallocs;

#endif /* TESTS_LIB_MALLOCS_H */
