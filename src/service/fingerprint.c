/* service/fingerprint.c -- see fingerprint.h. */
#include "service/fingerprint.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/map.h"

#define FILES_MAX 10000U /* in one folder */

/* FNV-1a: equal by chance once in 2^64, and nobody gains by it. */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ c[i]) * UINT64_C(1099511628211);
	return h;
}

static uint64_t
of_file(const char *path, struct stat *st)
{
	uint64_t h = mix(UINT64_C(14695981039346656037), path, strlen(path));

	if (stat(path, st) < 0) {
		*st = (struct stat){0};
		return h;
	}
	h = mix(h, &st->st_ino, sizeof(st->st_ino));
	h = mix(h, &st->st_size, sizeof(st->st_size));
	h = mix(h, &st->st_mtim.tv_sec, sizeof(st->st_mtim.tv_sec));
	return mix(h, &st->st_mtim.tv_nsec, sizeof(st->st_mtim.tv_nsec));
}

/* In whatever order the folder gives them. */
static uint64_t
of_folder(struct arena *a, const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	uint64_t h = 0;
	struct stat st;

	if (d == NULL)
		return 0;
	// NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours
	for (size_t n = 0; n < FILES_MAX && (entry = readdir(d)) != NULL; n++) {
		const char *file =
		    arena_printf(a, "%s/%s", path, entry->d_name);

		if (file != NULL && entry->d_name[0] != '.')
			h += of_file(file, &st);
	}
	(void)closedir(d);
	return h;
}

uint64_t
fingerprint(const struct conf *c)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct stat st;
	uint64_t h;

	if (a == NULL)
		return 0;
	h = of_file(c->path.data, &st);
	for (size_t i = 0; i < c->rules.count; i++) {
		struct text path;

		if (conf_resolve(a, c->dir, c->rules.items[i], &path) < 0)
			continue;
		h = mix(h, &(uint64_t){of_file(path.data, &st)}, 8);
		if (S_ISDIR(st.st_mode))
			h = mix(h, &(uint64_t){of_folder(a, path.data)}, 8);
	}
	return h;
}
