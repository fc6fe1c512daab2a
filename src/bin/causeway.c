/* bin/causeway.c -- the command line; man/causeway.1.scd. */
#include <sys/prctl.h>

#include "cli/cli.h"

int
main(int argc, char **argv)
{
	/* Secrets of the process are no business of a core dump or of another
	 * process of the same user. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	return cli_main(argc, argv);
}
