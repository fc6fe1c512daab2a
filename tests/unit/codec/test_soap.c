/* tests/unit/codec/test_soap.c -- envelopes and faults, written and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/soap.h"

static struct arena *a;

static void
read_back(struct buf *b, struct soap_message *out_m)
{
	struct err e = {0};

	assert_int_equal(soap_read(a, "answer", buf_text(b), out_m, &e), 0);
}

static void
test_envelope(void **state)
{
	struct nbfx_writer w;
	struct soap_message m;
	struct soap_told told;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	nbfx_writer_init(&w, &b);
	soap_envelope_begin(&w, TEXT(SOAP_ACTION "Capabilities"));
	soap_text(&w, "a", "MessageID", TEXT("urn:uuid:1"));
	soap_text(&w, "a", "RelatesTo", TEXT("urn:uuid:2"));
	soap_body_begin(&w);
	soap_begin(&w, "", "Capabilities");
	soap_ns(&w, "", SOAP_NS_AWS);
	soap_int(&w, "", "n", -7);
	soap_bool(&w, "", "b", true);
	nbfx_end(&w);
	assert_int_equal(soap_envelope_end(&w), 0);
	read_back(&b, &m);
	assert_true(text_is(soap_last_part(m.action), "Capabilities"));
	assert_true(text_is(m.message_id, "urn:uuid:1"));
	assert_true(text_is(m.relates_to, "urn:uuid:2"));
	assert_true(text_is(m.body->ns, SOAP_NS_AWS));
	assert_true(text_is(xml_child_text(m.body, "n"), "-7"));
	assert_true(text_is(xml_child_text(m.body, "b"), "true"));
	assert_false(soap_is_nil(xml_child(m.body, "n")));
	assert_false(soap_told_read(&m, &told));
	buf_clear(&b);
}

static void
fault_write(struct buf *b, bool redirect)
{
	struct nbfx_writer w;

	nbfx_writer_init(&w, b);
	soap_envelope_begin(&w, TEXT(SOAP_ACTION "Fault"));
	soap_body_begin(&w);
	soap_begin(&w, "s", "Fault");
	soap_begin(&w, "s", "Code");
	soap_text(
	    &w, "s", "Value", redirect ? TEXT("s:Sender") : TEXT("s:Receiver"));
	nbfx_end(&w);
	soap_begin(&w, "s", "Reason");
	soap_text(&w, "s", "Text", TEXT("why"));
	nbfx_end(&w);
	soap_begin(&w, "s", "Detail");
	soap_begin(&w, "", redirect ? "BindingRedirectionFault" : "AFault");
	if (redirect) {
		soap_text(&w, "", "Url", TEXT("https://other.test/x.svc"));
	} else {
		soap_int(&w, "", "ErrorCode", 81);
		soap_text(&w, "", "ErrorDescription", TEXT("busy"));
		soap_nil(&w, "", "TrackingId");
	}
	nbfx_end(&w);
	nbfx_end(&w);
	nbfx_end(&w);
	assert_int_equal(soap_envelope_end(&w), 0);
}

static void
test_fault(void **state)
{
	struct soap_message m;
	struct soap_told told;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	fault_write(&b, false);
	read_back(&b, &m);
	assert_true(soap_told_read(&m, &told));
	assert_true(told.receiver);
	assert_true(text_is(told.detail, "AFault"));
	assert_true(text_is(told.reason, "why"));
	assert_true(text_is(told.code, "81"));
	assert_true(text_is(told.text, "busy"));
	assert_int_equal(told.url.len, 0);
	buf_reset(&b);
	fault_write(&b, true);
	read_back(&b, &m);
	assert_true(soap_told_read(&m, &told));
	assert_false(told.receiver);
	assert_true(text_is(told.url, "https://other.test/x.svc"));
	buf_clear(&b);
}

/* What is no envelope, and one without a body, is told as such. */
static void
test_refused(void **state)
{
	struct nbfx_writer w;
	struct soap_message m;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 65536);
	nbfx_writer_init(&w, &b);
	soap_begin(&w, "", "Envelope");
	nbfx_end(&w);
	assert_int_equal(nbfx_writer_end(&w), 0);
	assert_int_equal(
	    soap_read(a, "answer", buf_text(&b), &m, &e), ERR_SYNTAX);
	assert_string_equal(e.text, "the answer is no envelope of SOAP 1.2");
	buf_reset(&b);
	nbfx_writer_init(&w, &b);
	soap_envelope_begin(&w, TEXT("x"));
	soap_body_begin(&w);
	assert_int_equal(soap_envelope_end(&w), 0);
	assert_int_equal(
	    soap_read(a, "answer", buf_text(&b), &m, &e), ERR_SYNTAX);
	assert_string_equal(e.text, "the answer has no body");
	assert_int_equal(
	    soap_read(a, "answer", TEXT("<Envelope/>"), &m, &e), ERR_SYNTAX);
	buf_clear(&b);
}

static int
setup(void **state)
{
	(void)state;
	a = arena_new(1U << 20);
	return a == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	a = arena_free(a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_envelope, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fault, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
