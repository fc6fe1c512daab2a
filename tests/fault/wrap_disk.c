/* tests/fault/wrap_disk.c -- a file system for SQLite, on top of its own, that
 * fails where it is asked to. */
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "fault/inject.h"

/* The file of the system's own VFS lies behind it. */
struct file {
	sqlite3_file base;
	unsigned char under[];
};

static sqlite3_vfs *under_vfs;

static sqlite3_file *
under(sqlite3_file *f)
{
	return (sqlite3_file *)(void *)((struct file *)f)->under;
}

#define PASS(f, method, ...) under(f)->pMethods->method(under(f), __VA_ARGS__)

static int
file_close(sqlite3_file *f)
{
	return under(f)->pMethods->xClose(under(f));
}

static int
file_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_READ;
	return PASS(f, xRead, data, n, at);
}

static int
file_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	/* a page may be there by half */
	if (fault_due(FAULT_FULL)) {
		if (n > 1)
			(void)PASS(f, xWrite, data, n / 2, at);
		return SQLITE_FULL;
	}
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_WRITE;
	return PASS(f, xWrite, data, n, at);
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_TRUNCATE;
	return PASS(f, xTruncate, size);
}

static int
file_sync(sqlite3_file *f, int flags)
{
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_FSYNC;
	return PASS(f, xSync, flags);
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *out)
{
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_FSTAT;
	return PASS(f, xFileSize, out);
}

static int
file_lock(sqlite3_file *f, int level)
{
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_LOCK;
	return PASS(f, xLock, level);
}

static int
file_unlock(sqlite3_file *f, int level)
{
	return PASS(f, xUnlock, level);
}

static int
file_reserved(sqlite3_file *f, int *out)
{
	return PASS(f, xCheckReservedLock, out);
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
	return PASS(f, xFileControl, op, arg);
}

static int
file_sector(sqlite3_file *f)
{
	return under(f)->pMethods->xSectorSize(under(f));
}

static int
file_traits(sqlite3_file *f)
{
	return under(f)->pMethods->xDeviceCharacteristics(under(f));
}

static int
shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	if (fault_due(FAULT_DISK))
		return SQLITE_IOERR_SHMMAP;
	return PASS(f, xShmMap, page, size, extend, out);
}

static int
shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	if ((flags & SQLITE_SHM_LOCK) != 0 && fault_due(FAULT_DISK))
		return SQLITE_IOERR_SHMLOCK;
	return PASS(f, xShmLock, offset, n, flags);
}

static void
shm_barrier(sqlite3_file *f)
{
	under(f)->pMethods->xShmBarrier(under(f));
}

static int
shm_unmap(sqlite3_file *f, int delete)
{
	return PASS(f, xShmUnmap, delete);
}

static int
file_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **out)
{
	return PASS(f, xFetch, at, n, out);
}

static int
file_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p)
{
	return PASS(f, xUnfetch, at, p);
}

static const sqlite3_io_methods methods = {
    .iVersion = 3,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = file_fetch,
    .xUnfetch = file_unfetch,
};

static int
vfs_open(sqlite3_vfs *v, sqlite3_filename name, sqlite3_file *f, int flags,
    int *out_flags)
{
	int rc;

	(void)v;
	f->pMethods = NULL;
	if (fault_due(FAULT_DISK))
		return SQLITE_CANTOPEN;
	rc = under_vfs->xOpen(under_vfs, name, under(f), flags, out_flags);
	if (under(f)->pMethods != NULL)
		f->pMethods = &methods;
	return rc;
}

/* As the default, once the library was configured: at the first opening. */
static void
vfs_take(void)
{
	static sqlite3_vfs ours;

	if (under_vfs != NULL)
		return;
	under_vfs = sqlite3_vfs_find(NULL);
	if (under_vfs == NULL)
		return;
	ours = *under_vfs; /* the other calls do not use the vfs given */
	ours.zName = "fault";
	ours.szOsFile += (int)offsetof(struct file, under);
	ours.xOpen = vfs_open;
	(void)sqlite3_vfs_register(&ours, 1);
}

// NOLINTBEGIN(readability-identifier-naming): the linker names them
int __real_sqlite3_open_v2(
    const char *path, sqlite3 **out, int flags, const char *vfs);
int __wrap_sqlite3_open_v2(
    const char *path, sqlite3 **out, int flags, const char *vfs);

int
__wrap_sqlite3_open_v2(
    const char *path, sqlite3 **out, int flags, const char *vfs)
{
	vfs_take();
	return __real_sqlite3_open_v2(path, out, flags, vfs);
}
// NOLINTEND(readability-identifier-naming)
