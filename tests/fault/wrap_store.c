/* tests/fault/wrap_store.c -- statements of the store fail, and the process
 * dies at a commit; each step that begins is marked. */
#include <signal.h>

#include "fault/inject.h"
#include "store/history.h"
#include "store/sqlite/sqlite_int.h"

// NOLINTBEGIN(readability-identifier-naming): the linker names them
int __real_query_begin(
    struct query *q, struct store *s, enum stmt id, struct err *e);
int __wrap_query_begin(
    struct query *q, struct store *s, enum stmt id, struct err *e);
int __real_query_step(struct query *q, struct err *e);
int __wrap_query_step(struct query *q, struct err *e);
int __real_query_run(struct query *q, struct err *e);
int __wrap_query_run(struct query *q, struct err *e);
int __real_store_commit(struct store *s, struct err *e);
int __wrap_store_commit(struct store *s, struct err *e);
int __real_step_begin(struct store *s, int64_t run, const char *type,
    struct text partition, int64_t *out_step, struct err *e);
int __wrap_step_begin(struct store *s, int64_t run, const char *type,
    struct text partition, int64_t *out_step, struct err *e);

static int
broken(struct err *e)
{
	return err_set(e, ERR_STORE, "store: a fault that a test asked for");
}

int
__wrap_query_begin(
    struct query *q, struct store *s, enum stmt id, struct err *e)
{
	if (fault_due(FAULT_STORE))
		return broken(e);
	return __real_query_begin(q, s, id, e);
}

int
__wrap_query_step(struct query *q, struct err *e)
{
	if (fault_due(FAULT_STORE))
		return broken(e);
	return __real_query_step(q, e);
}

/* It ends the statement, however it goes. */
int
__wrap_query_run(struct query *q, struct err *e)
{
	if (fault_due(FAULT_STORE)) {
		query_end(q);
		return broken(e);
	}
	return __real_query_run(q, e);
}

/* Two moments each: before it is done, and when it is. */
int
__wrap_store_commit(struct store *s, struct err *e)
{
	int r;

	if (fault_due(FAULT_COMMIT))
		(void)raise(SIGKILL);
	r = __real_store_commit(s, e);
	if (fault_due(FAULT_COMMIT))
		(void)raise(SIGKILL);
	return r;
}

int
__wrap_step_begin(struct store *s, int64_t run, const char *type,
    struct text partition, int64_t *out_step, struct err *e)
{
	fault_mark(type);
	return __real_step_begin(s, run, type, partition, out_step, e);
}
// NOLINTEND(readability-identifier-naming)
