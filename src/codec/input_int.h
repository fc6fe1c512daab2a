/*
 * codec/input_int.h -- a file read byte by byte, with one byte given back.
 *
 * Touches: the FILE given, by fread() alone.
 */
#ifndef CODEC_INPUT_INT_H
#define CODEC_INPUT_INT_H

#include <stdio.h>

#include "base/err.h"

#define INPUT_SIZE 65536U

struct input {
	FILE *file;
	size_t pos, len;
	int error; /* the errno that ended it, 0 none */
	unsigned char data[INPUT_SIZE];
};

static inline int
input_fill(struct input *in)
{
	if (in->error != 0)
		return EOF;
	in->pos = 0;
	in->len = fread(in->data, 1, INPUT_SIZE, in->file);
	if (in->len == 0 && ferror(in->file) != 0)
		in->error = errno != 0 ? errno : EIO;
	return in->len != 0 ? in->data[in->pos++] : EOF;
}

/* The next byte, or EOF at the end and after an error. */
static inline int
input_get(struct input *in)
{
	return in->pos < in->len ? in->data[in->pos++] : input_fill(in);
}

/* Gives back the byte that input_get() gave last; EOF is nothing. */
static inline void
input_unget(struct input *in, int c)
{
	if (c != EOF)
		in->pos--;
}

#endif /* CODEC_INPUT_INT_H */
