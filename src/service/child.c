/* service/child.c -- see child.h. */
#include "service/child.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* Between fork and exec, with signals as they were at the beginning. */
static _Noreturn void
become(const struct child_role *role, int fd, pid_t parent)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)pthread_sigmask(SIG_SETMASK, &none, NULL);
	/* who is alone ends: a store has one daemon */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	/* the manager hears from the daemon alone */
	(void)unsetenv("NOTIFY_SOCKET"); // NOLINT(concurrency-mt-unsafe)
	(void)unsetenv("WATCHDOG_PID");  // NOLINT(concurrency-mt-unsafe)
	(void)unsetenv("WATCHDOG_USEC"); // NOLINT(concurrency-mt-unsafe)
	if (fd == CHILD_FD)
		(void)fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, CHILD_FD) < 0)
		_exit(1);
	/* a bell's connector; else the list ends before it */
	(void)execl("/proc/self/exe", "causewayd", "--role", role->role,
	    "--config", role->config, "--log-level", role->log_level,
	    role->what != NULL ? "--connector" : (char *)NULL, role->what,
	    (char *)NULL);
	_exit(1);
}

int
child_start(struct child *c, const struct child_role *role, struct err *e)
{
	pid_t self = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(e, -errno, "%s: no socket: %m", role->role);
	pid = fork();
	if (pid < 0) {
		(void)close(pair[0]);
		(void)close(pair[1]);
		return err_set(e, -errno, "%s: no process: %m", role->role);
	}
	if (pid == 0)
		become(role, pair[1], self);
	(void)close(pair[1]);
	*c = (struct child){.pid = pid, .fd = pair[0]};
	return 0;
}

void
child_stop(struct child *c, int64_t grace_ms)
{
	if (c->pid == 0 || c->kill_at_ms != 0)
		return;
	(void)kill(c->pid, SIGTERM);
	(void)shutdown(c->fd, SHUT_WR); /* seen also just before it waits */
	c->kill_at_ms = clock_monotonic_ms() + grace_ms;
}

static void
forget(struct child *c)
{
	if (c->pid != 0)
		(void)close(c->fd);
	*c = (struct child){.fd = -1};
}

bool
child_gone(struct child *c, int *out_status)
{
	int status = 0;

	if (c->pid == 0)
		return false;
	if (c->kill_at_ms != 0 && clock_monotonic_ms() >= c->kill_at_ms)
		(void)kill(c->pid, SIGKILL);
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return false;
	if (out_status != NULL)
		*out_status = status;
	forget(c);
	return true;
}

void
child_clear(struct child *c)
{
	if (c->pid != 0) {
		(void)kill(c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
	}
	forget(c);
}

/* ---- Messages ---- */

int
message_send(int fd, const struct message *m, struct err *e)
{
	ssize_t n;

	do
		n = send(fd, m, sizeof(*m), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*m))
		return 0;
	return err_set(e, ERR_CONNECT, "a process of ours does not listen: %m");
}

int
message_take(int fd, struct message *out, struct err *e)
{
	ssize_t n = recv(fd, out, sizeof(*out), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return err_set(e, ERR_CONNECT, "a process of ours is gone");
	if (n != (ssize_t)sizeof(*out) ||
	    memchr(out->text, '\0', sizeof(out->text)) == NULL)
		return err_set(
		    e, ERR_PROTOCOL, "a process of ours says what is nothing");
	return 1;
}
