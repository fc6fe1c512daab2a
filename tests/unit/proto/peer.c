/* tests/unit/proto/peer.c -- see peer.h. */
#include "peer.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/x509_make.h"

static void
write_file(const char *path, struct text t)
{
	FILE *f = fopen(path, "wxe");

	assert(f != NULL);
	assert(fwrite(t.data, 1, t.len, f) == t.len);
	assert(fclose(f) == 0);
}

static void
certificates(struct peer *p, int days, const char *cert, const char *key)
{
	static const char *const hosts[] = {"localhost"};
	struct arena *a = arena_new(0);
	struct x509_pair ca, server;
	struct x509_wish wish = {.name = "Test CA",
	    .key = X509_KEY_EC_P256,
	    .is_ca = true,
	    .days = 9};

	assert(a != NULL && x509_make(a, &wish, &ca, NULL) == 0);
	wish = (struct x509_wish){.name = "localhost",
	    .key = X509_KEY_EC_P256,
	    .hosts = hosts,
	    .nhosts = 1,
	    .days = days,
	    .issuer = &ca};
	assert(x509_make(a, &wish, &server, NULL) == 0);
	write_file(p->ca, ca.cert_pem);
	write_file(cert, server.cert_pem);
	write_file(key, secret_text(server.key_pem));
	x509_pair_clear(&ca);
	x509_pair_clear(&server);
	arena_free(a);
}

_Noreturn static void
child(const char *cert, const char *key, int port_fd,
    void (*handle)(void *ctx, struct http_call *c))
{
	struct http_server_options o = {.listen = "127.0.0.1:0",
	    .cert_file = cert,
	    .key_file = key,
	    .max_header_bytes = 65536,
	    .max_body_bytes = 1U << 20,
	    .max_connections = 64,
	    .timeout_s = 30,
	    .handle = handle};
	struct http_server *s;
	struct err e;
	uint16_t port;

	if (http_server_new(&o, &s, &e) < 0) {
		(void)fprintf(stderr, "%s\n", e.text);
		_exit(1);
	}
	port = http_server_port(s);
	if (write(port_fd, &port, sizeof(port)) != sizeof(port))
		_exit(1);
	_exit(http_server_run(s, NULL) == 0 ? 0 : 1);
}

void
peer_start(
    struct peer *p, int days, void (*handle)(void *ctx, struct http_call *c))
{
	char cert[96], key[96];
	uint16_t port = 0;
	int fd[2];

	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/causeway-peer-XXXXXX");
	assert(mkdtemp(p->dir) != NULL);
	(void)snprintf(p->ca, sizeof(p->ca), "%s/ca.pem", p->dir);
	(void)snprintf(cert, sizeof(cert), "%s/cert.pem", p->dir);
	(void)snprintf(key, sizeof(key), "%s/key.pem", p->dir);
	certificates(p, days, cert, key);
	assert(pipe(fd) == 0);
	p->pid = fork();
	assert(p->pid >= 0);
	if (p->pid == 0)
		child(cert, key, fd[1], handle);
	(void)close(fd[1]);
	assert(read(fd[0], &port, sizeof(port)) == sizeof(port));
	(void)close(fd[0]);
	(void)snprintf(p->url, sizeof(p->url), "https://localhost:%u", port);
}

void
peer_stop(struct peer *p)
{
	static const char *const names[] = {"ca.pem", "cert.pem", "key.pem"};
	char path[96];

	(void)kill(p->pid, SIGTERM);
	(void)waitpid(p->pid, NULL, 0);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", p->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(p->dir);
}
