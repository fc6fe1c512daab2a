/* bin/causewayd.c -- the daemon; man/causewayd.8.scd. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "conf/conf.h"
#include "service/role.h"
#include "service/service.h"
#include "service/system.h"

enum {
	EXIT_USAGE = 2,
	EXIT_REFUSED = 5,
	EXIT_DOWNGRADE = 6,
};

struct options {
	const char *config, *log_level, *role, *connector;
	bool help, version;
};

static const char usage_text[] =
    "usage: causewayd [--config PATH] [--log-level LEVEL]\n"
    "\n"
    "Runs synchronisation cycles by the clock, and at once when a directory\n"
    "tells of changes.  It stays in the foreground; SIGHUP reads the\n"
    "configuration again, SIGTERM ends it.\n"
    "\n"
    "  --config PATH      the configuration's directory or file (default\n"
    "                     $CAUSEWAY_CONFIG, else /etc/causeway)\n"
    "  --log-level LEVEL  error, warn, info (the default) or debug, which may\n"
    "                     show values of attributes\n"
    "\n"
    "The manual is causewayd(8).\n";

static int
parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"log-level", required_argument, NULL, 'l'},
	    {"role", required_argument, NULL, 'r'},
	    {"connector", required_argument, NULL, 'n'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	// NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c')
			o->config = optarg;
		else if (c == 'l')
			o->log_level = optarg;
		else if (c == 'r')
			o->role = optarg;
		else if (c == 'n')
			o->connector = optarg;
		else if (c == 'h')
			o->help = true;
		else if (c == 'v')
			o->version = true;
		else
			return -1;
	}
	return optind == argc ? 0 : -1;
}

static int
exit_code(int r)
{
	if (r == ERR_VERSION)
		return EXIT_DOWNGRADE;
	return r == ERR_BUSY || r == ERR_REFUSED ? EXIT_REFUSED : EXIT_FAILURE;
}

static int
serve(const struct options *o)
{
	struct service_options s = {
	    .config = conf_default_path(o->config), .log_level = o->log_level};
	struct err e = {0};
	int r = service_run(&s, &e);

	if (r == 0)
		return EXIT_SUCCESS;
	log_event(LOG_ERROR, "daemon.failed", "why", e.text, NULL);
	return exit_code(r);
}

/* What it starts itself for: not for people. */
static int
be(const struct options *o)
{
	if (strcmp(o->role, "engine") == 0 && o->config != NULL)
		return role_engine(o->config);
	if (strcmp(o->role, "bell") == 0 && o->config != NULL &&
	    o->connector != NULL)
		return role_bell(o->config, o->connector);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct options o = {.log_level = "info"};
	enum log_level level;

	if (parse(argc, argv, &o) < 0 ||
	    !log_level_parse(o.log_level, &level)) {
		(void)fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	if (o.help) {
		(void)fputs(usage_text, stdout);
		return EXIT_SUCCESS;
	}
	if (o.version) {
		(void)printf("causewayd %s\n", CAUSEWAY_VERSION);
		return EXIT_SUCCESS;
	}
	/* Secrets of the process are no business of a core dump. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	log_set_level(level);
	system_log();
	return o.role != NULL ? be(&o) : serve(&o);
}
