/* tests/fault/wrap_http.c -- the n-th request finds no server, or (after) is
 * carried out, and its answer lost. */
#include <curl/curl.h>
#include <stddef.h>

#include "fault/inject.h"

/* The requests whose answer will be lost. */
static CURL *lost[64];

static void
lose_answer(CURL *easy)
{
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		if (lost[i] == NULL) {
			lost[i] = easy;
			return;
		}
}

static bool
take_lost(const CURL *easy)
{
	for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++)
		if (lost[i] == easy) {
			lost[i] = NULL;
			return true;
		}
	return false;
}

/* A port nobody listens on. */
static void
lead_nowhere(CURL *easy)
{
	static char place[] = "::127.0.0.1:1";
	static struct curl_slist nowhere = {place, NULL};

	(void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, &nowhere);
}

// NOLINTBEGIN(readability-identifier-naming): the linker names them
CURLMcode __real_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMsg *__real_curl_multi_info_read(CURLM *multi, int *left);
CURLMsg *__wrap_curl_multi_info_read(CURLM *multi, int *left);

CURLMcode
__wrap_curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	if (fault_due(FAULT_HTTP)) {
		if (fault_after())
			lose_answer(easy);
		else
			lead_nowhere(easy);
	}
	return __real_curl_multi_add_handle(multi, easy);
}

CURLMsg *
__wrap_curl_multi_info_read(CURLM *multi, int *left)
{
	CURLMsg *m = __real_curl_multi_info_read(multi, left);

	if (m != NULL && m->msg == CURLMSG_DONE && take_lost(m->easy_handle))
		m->data.result = CURLE_RECV_ERROR;
	return m;
}
// NOLINTEND(readability-identifier-naming)
