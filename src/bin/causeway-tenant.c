/* bin/causeway-tenant.c -- the command line of the cloud directory. */
#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "tenant/tenant.h"

#define LIST_MAX 64U

enum {
	EXIT_USAGE = 2,
	EXIT_REFUSED = 5,
	EXIT_DOWNGRADE = 6,
};

struct list {
	const char *all[LIST_MAX];
	size_t n;
};

/* Every option of every command; each command looks at its own. */
struct options {
	const char *tenant_id, *name, *listen, *port_file, *throttle, *id,
	    *proxy, *proxy_port_file;
	const char *max_objects, *delta_life, *max_connections, *secret_days;
	struct list domains, federated, hosts, roles, grants, certificates;
	bool soft_delete_groups, no_secret, json, verbose, help;
	const char *args[4];
	size_t nargs;
};

static const char usage_text[] =
    "usage: causeway-tenant COMMAND DIR ...\n"
    "\n"
    "  init DIR [--tenant-id GUID] [--name NAME] [--domain NAME]...\n"
    "       [--federated NAME]... [--host NAME]... [--max-objects N]\n"
    "       [--soft-delete-groups]\n"
    "             make keys, certificates, the database and a first\n"
    "             application (client.json, client_secret)\n"
    "  run DIR [--listen ADDRESS:PORT] [--port-file FILE]\n"
    "       [--throttle units=N/S,writes=N/S] [--delta-life SECONDS]\n"
    "       [--max-connections N] [--verbose]\n"
    "       [--proxy ADDRESS:PORT] [--proxy-port-file FILE]\n"
    "             serve until SIGTERM\n"
    "  load DIR FILE\n"
    "             add the users, groups, devices and contacts of a JSON file\n"
    "  app add DIR [--name NAME] [--id CLIENT-ID] [--role ROLE]...\n"
    "       [--grant GRANT]... [--certificate FILE]... [--no-secret] "
    "[--secret-days N]\n"
    "  app list DIR [--json]\n"
    "\n"
    "The manual is causeway-tenant(1).\n";

enum {
	OPT_STRING = 1, /* one text, the last one counts */
	OPT_LIST,
	OPT_FLAG,
};

static const struct {
	const char *name;
	int kind;
	size_t offset;
} option_table[] = {
    {"tenant-id", OPT_STRING, offsetof(struct options, tenant_id)},
    {"name", OPT_STRING, offsetof(struct options, name)},
    {"listen", OPT_STRING, offsetof(struct options, listen)},
    {"port-file", OPT_STRING, offsetof(struct options, port_file)},
    {"proxy", OPT_STRING, offsetof(struct options, proxy)},
    {"proxy-port-file", OPT_STRING, offsetof(struct options, proxy_port_file)},
    {"throttle", OPT_STRING, offsetof(struct options, throttle)},
    {"id", OPT_STRING, offsetof(struct options, id)},
    {"max-objects", OPT_STRING, offsetof(struct options, max_objects)},
    {"delta-life", OPT_STRING, offsetof(struct options, delta_life)},
    {"max-connections", OPT_STRING, offsetof(struct options, max_connections)},
    {"secret-days", OPT_STRING, offsetof(struct options, secret_days)},
    {"domain", OPT_LIST, offsetof(struct options, domains)},
    {"federated", OPT_LIST, offsetof(struct options, federated)},
    {"host", OPT_LIST, offsetof(struct options, hosts)},
    {"role", OPT_LIST, offsetof(struct options, roles)},
    {"grant", OPT_LIST, offsetof(struct options, grants)},
    {"certificate", OPT_LIST, offsetof(struct options, certificates)},
    {"soft-delete-groups", OPT_FLAG,
	offsetof(struct options, soft_delete_groups)},
    {"no-secret", OPT_FLAG, offsetof(struct options, no_secret)},
    {"json", OPT_FLAG, offsetof(struct options, json)},
    {"verbose", OPT_FLAG, offsetof(struct options, verbose)},
    {"help", OPT_FLAG, offsetof(struct options, help)},
};
#define NOPTIONS (sizeof(option_table) / sizeof(option_table[0]))

static int
usage(void)
{
	(void)fputs(usage_text, stderr);
	return EXIT_USAGE;
}

static int
option_set(struct options *o, size_t i, const char *value)
{
	char *at = (char *)o + option_table[i].offset;
	struct list *l;

	switch (option_table[i].kind) {
	case OPT_STRING:
		memcpy(at, &value, sizeof(value));
		return 0;
	case OPT_FLAG:
		*(bool *)at = true;
		return 0;
	default:
		l = (struct list *)(void *)at;
		if (l->n == LIST_MAX)
			return -1;
		l->all[l->n++] = value;
		return 0;
	}
}

static int
options_parse(int argc, char **argv, struct options *o)
{
	struct option longs[NOPTIONS + 1] = {0};
	int c, i = 0;

	for (size_t n = 0; n < NOPTIONS; n++) {
		longs[n].name = option_table[n].name;
		longs[n].has_arg = option_table[n].kind == OPT_FLAG
				       ? no_argument
				       : required_argument;
		longs[n].val = 1;
	}
	// NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
	while ((c = getopt_long(argc, argv, "", longs, &i)) != -1)
		if (c != 1 || option_set(o, (size_t)i, optarg) != 0)
			return -1;
	for (; optind < argc; optind++) {
		if (o->nargs == 4)
			return -1;
		o->args[o->nargs++] = argv[optind];
	}
	return 0;
}

/* A whole number between low and high; otherwise where none is given. */
static int
number(const char *text, int64_t low, int64_t high, int64_t *inout_n,
    struct err *e)
{
	if (text == NULL)
		return 0;
	if (text_to_int64(text_of(text), inout_n) != 0 || *inout_n < low ||
	    *inout_n > high)
		return err_set(e, ERR_INVAL,
		    "%s: not a number from %lld to %lld", text, (long long)low,
		    (long long)high);
	return 0;
}

static int
command_init(const struct options *o, struct err *e)
{
	struct tenant_init_options t = {.dir = o->args[1],
	    .tenant_id = o->tenant_id,
	    .name = o->name,
	    .domains = o->domains.all,
	    .ndomains = o->domains.n,
	    .federated = o->federated.all,
	    .nfederated = o->federated.n,
	    .hosts = o->hosts.all,
	    .nhosts = o->hosts.n,
	    .soft_delete_groups = o->soft_delete_groups};
	int r = number(o->max_objects, 1, 1000000000, &t.max_objects, e);

	return r == 0 ? tenant_init(&t, e) : r;
}

static int
command_run(const struct options *o, struct err *e)
{
	struct tenant_run_options t = {.dir = o->args[1],
	    .listen = o->listen == NULL ? "127.0.0.1:8443" : o->listen,
	    .port_file = o->port_file,
	    .proxy = o->proxy,
	    .proxy_port_file = o->proxy_port_file,
	    .throttle = o->throttle};
	int64_t connections = 0;
	int r = number(o->delta_life, 1, 7LL * 86400, &t.delta_life_s, e);

	if (r == 0)
		r = number(o->max_connections, 1, 65536, &connections, e);
	if (r != 0)
		return r;
	t.max_connections = (unsigned)connections;
	if (o->verbose)
		log_set_level(LOG_INFO);
	return tenant_run(&t, e);
}

static int
command_load(const struct options *o, struct err *e)
{
	struct tenant_load_counts n;
	int r = tenant_load(o->args[1], o->args[2], &n, e);

	if (r == 0)
		(void)fprintf(stderr,
		    "loaded %u users, %u groups, %u devices, %u contacts, %u "
		    "links\n",
		    n.users, n.groups, n.devices, n.contacts, n.links);
	return r;
}

static int
command_app_add(const struct options *o, struct err *e)
{
	int64_t days = 730;
	int r = number(o->secret_days, -3650, 3650, &days, e);
	struct tenant_app_options t = {.dir = o->args[2],
	    .client_id = o->id,
	    .name = o->name,
	    .roles = o->roles.all,
	    .nroles = o->roles.n,
	    .grants = o->grants.all,
	    .ngrants = o->grants.n,
	    .certificates = o->certificates.all,
	    .ncertificates = o->certificates.n,
	    .no_secret = o->no_secret,
	    .secret_days = (int)days,
	    .out = stdout};

	return r == 0 ? tenant_app_add(&t, e) : r;
}

static int
command_app_list(const struct options *o, struct err *e)
{
	return tenant_app_list(o->args[2], o->json, stdout, e);
}

static const struct {
	const char *word, *second;
	size_t nargs;
	int (*run)(const struct options *o, struct err *e);
} commands[] = {
    {"init", NULL, 2, command_init},
    {"run", NULL, 2, command_run},
    {"load", NULL, 3, command_load},
    {"app", "add", 3, command_app_add},
    {"app", "list", 3, command_app_list},
};

static int
exit_code(int r)
{
	if (r == 0)
		return EXIT_SUCCESS;
	if (r == ERR_VERSION)
		return EXIT_DOWNGRADE;
	if (r == ERR_REFUSED || r == ERR_BUSY)
		return EXIT_REFUSED;
	return r == ERR_INVAL ? EXIT_USAGE : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct options o = {0};
	struct err e = {0};
	int r;

	if (options_parse(argc, argv, &o) != 0)
		return usage();
	if (o.help) {
		(void)fputs(usage_text, stdout);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (o.nargs != commands[i].nargs ||
		    !text_is(text_of(o.args[0]), commands[i].word) ||
		    (commands[i].second != NULL &&
			!text_is(text_of(o.args[1]), commands[i].second)))
			continue;
		r = commands[i].run(&o, &e);
		if (r != 0)
			(void)fprintf(stderr, "causeway-tenant: %s\n", e.text);
		return exit_code(r);
	}
	return usage();
}
