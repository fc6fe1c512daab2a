/* bin/conf_manual.c -- prints the table of settings for causeway.yaml(5);
 * the build runs it, nobody else does. */
#include <stdio.h>

#include "conf/conf.h"

int
main(void)
{
	struct buf b;
	struct text t;
	int r;

	buf_init(&b, 1U << 20);
	r = conf_describe(&b);
	t = buf_text(&b);
	if (r == 0)
		(void)fwrite(t.data, 1, t.len, stdout);
	buf_clear(&b);
	return r == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
