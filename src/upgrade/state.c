/* upgrade/state.c -- see state.h. */
#include "upgrade/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "codec/json.h"

#define FILE_MAX   65536U
#define FIRST_MS   (60LL * 60 * 1000)
#define LONGEST_MS (7LL * 24 * FIRST_MS)

static const char *const state_names[] = {"Enabled", "Suspended", "Disabled"};

const char *
upgrade_state_name(enum upgrade_state s)
{
	return state_names[s];
}

static int
state_parse(struct text t, enum upgrade_state *out)
{
	for (unsigned i = 0; i < 3; i++)
		if (text_is(t, state_names[i])) {
			*out = (enum upgrade_state)i;
			return 0;
		}
	return ERR_CONFIG;
}

/* ---- Reading ---- */

static int
read_text(const char *path, struct arena *a, struct text *out, struct err *e)
{
	int r;

	*out = TEXT("");
	r = file_read_fd(
	    a, open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), FILE_MAX, out);
	if (r == ERR_NOENT || r == 0)
		return 0;
	return err_set(e, r, "%s: %s", path, file_why(r));
}

static int64_t
get_time(const struct json *j, const char *key)
{
	int64_t ms;

	return clock_parse(json_get_text(j, key), &ms) == 0 ? ms : 0;
}

static int
record_of(const struct json *j, struct arena *a, struct upgrade_record *out)
{
	*out = (struct upgrade_record){
	    .result = text_dup(a, json_get_text(j, "result")),
	    .detail = text_dup(a, json_get_text(j, "detail")),
	    .release = text_dup(a, json_get_text(j, "release")),
	    .since_ms = get_time(j, "since"),
	    .tried_ms = get_time(j, "tried"),
	    .next_ms = get_time(j, "next"),
	    .failures = json_int(json_get(j, "failures"), 0),
	};
	if (out->failures < 0)
		return ERR_CONFIG;
	return state_parse(json_get_text(j, "state"), &out->state);
}

static int
parse_record(const char *path, struct text t, struct arena *a,
    struct upgrade_record *out, struct err *e)
{
	struct json *j = NULL;
	int r = json_parse(t, FILE_MAX, &j, e);

	if (r == 0)
		r = record_of(j, a, out);
	(void)json_free(j);
	if (r < 0)
		return err_set(e, ERR_CONFIG,
		    "%s: no record of upgrades; take it away to begin anew",
		    path);
	return 0;
}

int
upgrade_state_read(const char *path, struct arena *a,
    struct upgrade_record *out, struct err *e)
{
	char *file = arena_printf(a, "%s-upgrade", path);
	struct text t;
	int r;

	*out = (struct upgrade_record){.state = UPGRADE_ENABLED};
	if (file == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = read_text(file, a, &t, e);
	if (r < 0 || t.len == 0)
		return r;
	return parse_record(file, t, a, out, e);
}

/* ---- Writing ---- */

static void
set_time(struct json *j, const char *key, int64_t ms)
{
	char when[32];

	json_set_str(j, key, ms != 0 ? clock_format(ms, false, when) : "");
}

static struct json *
record_json(const struct upgrade_record *rec)
{
	struct json *j = json_new_object();

	json_set_str(j, "state", upgrade_state_name(rec->state));
	json_set_text(j, "result", rec->result);
	json_set_text(j, "detail", rec->detail);
	json_set_text(j, "release", rec->release);
	set_time(j, "since", rec->since_ms);
	set_time(j, "tried", rec->tried_ms);
	set_time(j, "next", rec->next_ms);
	json_set_int(j, "failures", rec->failures);
	return j;
}

/* Whole or not at all: a new file in its place. */
static int
replace(const char *file, const char *part, struct text t, struct err *e)
{
	int fd = open(
	    part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	int r = 0;

	if (fd < 0)
		return err_set(e, -errno, "%s: %m", part);
	if (write(fd, t.data, t.len) != (ssize_t)t.len || fsync(fd) != 0)
		r = err_set(e, -errno, "%s: %m", part);
	(void)close(fd);
	if (r == 0 && rename(part, file) != 0)
		r = err_set(e, -errno, "%s: %m", file);
	return r;
}

int
upgrade_state_write(
    const char *path, const struct upgrade_record *rec, struct err *e)
{
	struct json *j = record_json(rec);
	char *file = NULL, *part = NULL;
	struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	r = json_write(j, true, &b);
	(void)json_free(j);
	if (r < 0 || asprintf(&file, "%s-upgrade", path) < 0 ||
	    asprintf(&part, "%s-upgrade.part", path) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0)
		r = replace(file, part, buf_text(&b), e);
	buf_clear(&b);
	free(file);
	free(part);
	return r;
}

/* ---- Deciding ---- */

static int64_t
wait_after(int64_t failures)
{
	int64_t ms = FIRST_MS;

	for (int64_t i = 1; i < failures && ms < LONGEST_MS; i++)
		ms *= 2;
	return ms < LONGEST_MS ? ms : LONGEST_MS;
}

static void
enter(struct upgrade_record *rec, enum upgrade_state s, int64_t now_ms)
{
	if (rec->state == UPGRADE_DISABLED || rec->state == s)
		return;
	rec->state = s;
	rec->since_ms = now_ms;
}

void
upgrade_state_attempt(struct upgrade_record *rec, struct text result,
    struct text detail, struct text release, int64_t now_ms)
{
	rec->result = result;
	rec->detail = detail;
	rec->release = release;
	rec->tried_ms = now_ms;
	rec->next_ms = 0;
	if (text_is(result, "Success")) {
		rec->failures = 0;
		enter(rec, UPGRADE_ENABLED, now_ms);
		return;
	}
	rec->failures++;
	rec->next_ms = now_ms + wait_after(rec->failures);
	if (!text_starts_nocase(result, "UpgradeAborted"))
		enter(rec, UPGRADE_SUSPENDED, now_ms);
}

bool
upgrade_state_due(const struct upgrade_record *rec, struct text release,
    int64_t now_ms, struct arena *a, struct text *out_why)
{
	char when[32];
	const char *why = NULL;

	if (rec->state == UPGRADE_DISABLED)
		why = "automatic upgrades are disabled (causeway upgrade "
		      "enable)";
	else if (rec->state == UPGRADE_SUSPENDED &&
		 text_equal(rec->release, release))
		why = arena_printf(a, "suspended: release %.*s gave %.*s",
		    TEXT_ARGS(release), TEXT_ARGS(rec->result));
	else if (rec->state == UPGRADE_ENABLED && now_ms < rec->next_ms)
		why = arena_printf(a, "the next attempt is not before %s",
		    clock_format(rec->next_ms, false, when));
	*out_why = why != NULL ? text_of(why) : TEXT("");
	return why == NULL;
}
