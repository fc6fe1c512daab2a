/* tests/fuzz/fuzz_proxy_line.c -- any text as the first line of a request to
 * the proxy: a host lies within it, and has a port behind it. */
#include "fuzz.h"

#include "proto/http_proxy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"graph.microsoft.com", "*.b.test"};
	struct text line = {(const char *)data, size};
	struct text host = http_proxy_host(line);

	if (host.len == 0)
		return 0;
	if (host.data < line.data + 8 ||
	    host.data + host.len >= line.data + line.len)
		abort();
	/* The wildcard is of one label alone. */
	if (http_name_is_listed(host, names, 2) &&
	    !text_is_nocase(host, names[0]) &&
	    memchr(host.data, '.', host.len - 7) != NULL)
		abort();
	return 0;
}
