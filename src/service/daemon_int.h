/*
 * service/daemon_int.h -- what the files of the daemon share.
 *
 * Purpose:   the daemon's state; one thread, one loop, nothing that blocks.
 * Touches:   service/.
 */
#ifndef SERVICE_DAEMON_INT_H
#define SERVICE_DAEMON_INT_H

#include "conf/conf.h"
#include "service/child.h"
#include "service/control.h"
#include "service/service.h"
#include "service/settings.h"

#define GRACE_MS 5000 /* for a process of ours to end by itself */

/* One connector that can tell of changes. */
struct bell {
	struct child child;
	const char *connector; /* in the configuration's arena */
	size_t index;          /* of the connector */
	bool listens;
	unsigned failures;    /* in a row */
	int64_t retry_at_ms;  /* monotonic */
	int64_t listening_ms; /* since */
	uint64_t rings;
	char why[256]; /* it does not */
};

/* A configuration, and the process that has found it good. */
struct loaded {
	struct arena *arena;
	struct conf *conf;
	uint64_t print;
	struct child engine;
	bool ready;
};

struct daemon {
	const struct service_options *options;
	char *store_path;
	struct control control;
	int signal_fd;

	struct loaded now;  /* arena NULL before the first */
	struct loaded next; /* being looked at */
	struct child old;   /* an engine that is to end */
	bool reload;        /* asked for */
	bool reloading;     /* the manager was told so */
	struct loaded bad; /* what was refused; no conf: it could not be read */
	bool held;         /* it was, and is what is on disk */
	uint64_t rejected; /* what the files of now were like then */
	char problem[512]; /* why; the configuration before it holds */
	int64_t retry_at_ms; /* no engine: monotonic */
	unsigned failures;

	struct bell bells[CONF_MAX_CONNECTORS];
	size_t bell_count;

	struct settings settings;
	struct schedule_state state;
	uint64_t rang_from;       /* connectors whose rings wait */
	uint64_t wrote_to;        /* the last cycle */
	unsigned settings_failed; /* times in a row */

	bool cycling;
	bool own_ring; /* of the cycle that runs */
	struct schedule_next current;
	int64_t current_ms; /* wall: since */
	char progress[256];
	char waiting[512];

	bool ending;
	int code; /* why it could not begin */
	struct err err;
};

/* daemon_config.c: a configuration is looked at, taken, refused. */
void config_begin(struct daemon *d);
void config_message(struct daemon *d, const struct message *m);
void config_died(struct daemon *d, int status);
/* Whether what is on disk is what holds; if not, asks for a reload. */
bool config_is_current(struct daemon *d);
void config_take_if_ready(struct daemon *d);
void loaded_clear(struct loaded *l);

/* daemon_cycle.c */
void cycle_settings(struct daemon *d);
struct schedule_next cycle_next(const struct daemon *d);
void cycle_begin_if_due(struct daemon *d);
void cycle_message(struct daemon *d, const struct message *m);
void cycle_died(struct daemon *d, int status);
void cycle_stop(struct daemon *d);
struct schedule_clock clock_both(void);

/* daemon_bells.c */
void bells_start(struct daemon *d);
void bells_stop(struct daemon *d);
void bells_tend(struct daemon *d);
void bell_message(struct daemon *d, struct bell *b, const struct message *m);
/* Monotonic: when one is to be tried again; INT64_MAX. */
int64_t bells_next_ms(const struct daemon *d);

/* daemon_status.c */
void status_tell(const struct daemon *d);
int status_answer(void *ctx, enum control_word w, char *out, size_t size);

#endif /* SERVICE_DAEMON_INT_H */
