/* upgrade/facts.c -- see facts.h. */
#include "upgrade/facts.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "codec/json.h"
#include "engine/setup.h"
#include "service/control.h"
#include "service/settings.h"

#define SPARE_BYTES (64ULL << 20)
/* Users that systemd makes for a running service (DynamicUser=). */
#define DYNAMIC_FIRST 61184U
#define DYNAMIC_LAST  65519U

static struct text
copy(struct arena *a, const char *s)
{
	return text_dup(a, text_of(s));
}

/* ---- Configuration, rules ---- */

/* With rules where there is a store of this release to hold them against. */
static void
look_at_configuration(
    const struct preflight_env *env, struct arena *a, struct facts *f)
{
	struct setup s = {0};
	struct err e = {0};
	int r = setup_open(&s, env->config, SETUP_CONF, &e);
	struct text path;

	if (r < 0)
		f->conf_problem = copy(a, e.text);
	else if (conf_resolve(a, s.conf->dir, s.conf->store.path, &path) == 0)
		f->store = path.data;
	setup_clear(&s);
}

static void
look_at_rules(const struct preflight_env *env, struct arena *a, struct facts *f)
{
	struct setup s = {0};
	struct err e = {0};

	if (setup_open(&s, env->config, SETUP_CHECK, &e) < 0)
		f->conf_problem = copy(a, e.text);
	setup_clear(&s);
}

/* ---- The store's file ---- */

static void
look_at_store(struct arena *a, struct facts *f)
{
	struct store *s = NULL;
	struct err e = {0};

	f->store_code = store_open(f->store, STORE_READ, &s, &e);
	if (f->store_code < 0)
		f->store_problem = copy(a, e.text);
	else if (access(f->store, R_OK | W_OK) != 0) {
		f->store_code = ERR_ACCESS;
		f->store_problem =
		    copy(a, "the store's file cannot be written");
	}
	s = store_close(s);
}

/* Twice the store: a copy to try the release on, one to go back to. */
static void
look_at_room(struct facts *f)
{
	struct statvfs fs;
	struct stat st;
	uint64_t bytes = stat(f->store, &st) == 0 ? (uint64_t)st.st_size : 0;

	f->need_bytes = 2 * bytes + SPARE_BYTES;
	f->free_bytes = statvfs(f->folder.data, &fs) == 0
			    ? (uint64_t)fs.f_bavail * fs.f_frsize
			    : 0;
	f->folder_error = access(f->folder.data, W_OK | X_OK) == 0 ? 0 : errno;
}

static bool
is_dynamic(unsigned id)
{
	return id >= DYNAMIC_FIRST && id <= DYNAMIC_LAST;
}

static void
look_at_owner(struct arena *a, struct facts *f)
{
	struct passwd pw, *user = NULL;
	struct group gr, *group = NULL;
	char *room = arena_alloc(a, 65536);
	struct stat st;

	if (room == NULL || stat(f->folder.data, &st) != 0)
		return;
	(void)getpwuid_r(st.st_uid, &pw, room, 65536, &user);
	if (user == NULL && !is_dynamic(st.st_uid))
		f->owner_problem = text_of(arena_printf(a,
		    "%.*s belongs to user %u, whom nobody knows",
		    TEXT_ARGS(f->folder), st.st_uid));
	(void)getgrgid_r(st.st_gid, &gr, room, 65536, &group);
	if (group == NULL && !is_dynamic(st.st_gid))
		f->owner_problem = text_of(arena_printf(a,
		    "%.*s belongs to group %u, which nobody knows",
		    TEXT_ARGS(f->folder), st.st_gid));
}

/* ---- Who is at work ---- */

static void
look_at_schedule(
    const struct preflight_env *env, struct arena *a, struct facts *f)
{
	struct settings set = {.keep_ms = 0};
	struct setup s = {0};

	if (setup_open(&s, env->config, SETUP_CONF, NULL) == 0 &&
	    settings_read(s.conf, a, &set, NULL) == 0) {
		f->cycle_off = !set.schedule.enabled;
		f->suspended = set.schedule.suspended;
	}
	setup_clear(&s);
}

static void
look_at_daemon(struct arena *a, struct facts *f)
{
	struct json *j = NULL;
	struct err e = {0};
	struct text answer;

	f->daemon_there = control_held(f->store);
	if (!f->daemon_there)
		return;
	if (control_ask(f->store, CONTROL_STATUS, a, &answer, &e) < 0) {
		f->daemon_problem = copy(a, e.text);
		return;
	}
	f->daemon_answers = true;
	if (json_parse(answer, CONTROL_ANSWER_MAX, &j, NULL) == 0)
		f->cycling = json_has(j, "cycle");
	(void)json_free(j);
}

static int
is_wants_folder(const struct dirent *entry)
{
	struct text name = text_of(entry->d_name);

	return name.len > strlen(".wants") && text_ends_nocase(name, ".wants");
}

/* Enabled: a link in the .wants folder of some target. */
static bool
unit_is_enabled(const char *units, struct arena *a)
{
	struct dirent **folders = NULL;
	bool found = false;
	int n = scandir(units, &folders, is_wants_folder, NULL);

	for (int i = 0; i < n; i++) {
		const char *link = arena_printf(
		    a, "%s/%s/causewayd.service", units, folders[i]->d_name);
		struct stat st;

		found = found || (link != NULL && lstat(link, &st) == 0);
		free(folders[i]);
	}
	free(folders);
	return found;
}

/* ---- */

static int
look_beside_store(const struct preflight_env *env, struct arena *a,
    struct facts *f, struct err *e)
{
	const char *slash = strrchr(f->store, '/');

	f->folder = text_dup(a,
	    slash != NULL ? (struct text){f->store, (size_t)(slash - f->store)}
			  : TEXT("."));
	if (f->folder.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	look_at_store(a, f);
	look_at_room(f);
	look_at_owner(a, f);
	look_at_daemon(a, f);
	if (f->store_code == 0) {
		look_at_schedule(env, a, f);
		look_at_rules(env, a, f);
		f->run_locked = store_locked(f->store, a, &f->run_holder);
	}
	return upgrade_state_read(f->store, a, &f->record, e);
}

int
facts_gather(const struct preflight_env *env, struct arena *a,
    struct facts *out, struct err *e)
{
	*out = (struct facts){.store = NULL};
	look_at_configuration(env, a, out);
	out->unit_enabled = unit_is_enabled(env->units, a);
	return out->store != NULL ? look_beside_store(env, a, out, e) : 0;
}
