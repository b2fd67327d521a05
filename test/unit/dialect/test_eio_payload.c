/* Payloads as engine.io-parser 2 (protocol 3) and 5 (protocol 4) write them. */
#include "unit.h"

#include "dialect/eio/payload.h"

/* A message, a binary one, a ping, a character outside the BMP. */
static const struct eio_packet packets[] = {{EIO_MESSAGE, false, SPAN("h\xe2\x82\xacllo")},
	{EIO_MESSAGE, true, SPAN("\x01\x02\x03\x04")}, {EIO_PING, false, SPAN("")},
	{EIO_MESSAGE, false,
		SPAN("\xf0\x9f\x98\x80"
		     "a")}};

static const struct {
	enum eio_framing framing;
	struct span payload;
} recorded[] = {
	{EIO_RECORDS, SPAN("4h\xe2\x82\xacllo\x1e"
			   "bAQIDBA==\x1e"
			   "2\x1e"
			   "4\xf0\x9f\x98\x80"
			   "a")},
	{EIO_LENGTHS, SPAN("6:4h\xe2\x82\xacllo10:b4AQIDBA==1:24:4\xf0\x9f\x98\x80"
			   "a")},
	{EIO_BYTES, SPAN("\x00\x08\xff"
			 "4h\xe2\x82\xacllo\x01\x05\xff\x04\x01\x02\x03\x04"
			 "\x00\x01\xff"
			 "2\x00\x06\xff"
			 "4\xf0\x9f\x98\x80"
			 "a")},
};

static void test_recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct eio_payload p;
		struct eio_packet got;
		struct buf out = {0};
		unsigned n = 0;

		eio_payload_init(&p, recorded[i].payload, recorded[i].framing);
		while (eio_payload_next(&p, &got)) {
			assert_true(n < 4);
			assert_int_equal(got.type, packets[n].type);
			assert_int_equal(got.binary, packets[n].binary);
			assert_true(span_eq(got.data, packets[n].data));
			eio_payload_add(&out, p.framing, n++, &got);
		}
		assert_null(p.fault);
		assert_int_equal(n, 4);
		assert_true(span_eq(buf_span(&out), recorded[i].payload));
		assert_int_equal(
			eio_framing_guess(recorded[i].payload, i ? 3 : 4), recorded[i].framing);
		eio_payload_deinit(&p);
		buf_deinit(&out);
	}
}

static void test_no_packets(void **state)
{
	struct eio_payload p;
	struct eio_packet got;

	(void)state;
	eio_payload_init(&p, SPAN("0:1:20:"), EIO_LENGTHS);
	assert_true(eio_payload_next(&p, &got));
	assert_int_equal(got.type, EIO_PING);
	assert_false(eio_payload_next(&p, &got));
	assert_null(p.fault);
	assert_int_equal(p.n, 1);
	eio_payload_deinit(&p);
}

static void test_faults(void **state)
{
	static const struct {
		enum eio_framing framing;
		struct span payload;
		const char *fault;
	} rows[] = {{EIO_RECORDS, SPAN("4a\x1e"), "empty"}, {EIO_RECORDS, SPAN("7"), "type"},
		{EIO_RECORDS, SPAN("bA"), "base64"}, {EIO_RECORDS, SPAN("bA?=="), "base64"},
		{EIO_LENGTHS, SPAN("5:4a"), "length"}, {EIO_LENGTHS, SPAN("4a"), "length"},
		{EIO_LENGTHS, SPAN("99999999999:4"), "length"},
		{EIO_LENGTHS, SPAN("0:5:4a"), "length"}, {EIO_LENGTHS, SPAN("0:0"), "length"},
		{EIO_BYTES, SPAN("\x01\x02\xff\x04"), "length"},
		{EIO_BYTES, SPAN("\x02"), "framing"},
		{EIO_BYTES, SPAN("\x01\x01\xff\x09"), "type"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct eio_payload p;
		struct eio_packet got;

		eio_payload_init(&p, rows[i].payload, rows[i].framing);
		while (eio_payload_next(&p, &got))
			;
		assert_non_null(p.fault);
		assert_string_equal(p.fault, rows[i].fault);
		eio_payload_deinit(&p);
	}
}

static void test_many_packets(void **state)
{
	struct buf many = {0};
	struct eio_payload p;
	struct eio_packet got;

	(void)state;
	for (unsigned i = 0; i <= EIO_PACKETS_MAX; i++)
		eio_payload_add(&many, EIO_RECORDS, i, &packets[2]);
	eio_payload_init(&p, buf_span(&many), EIO_RECORDS);
	while (eio_payload_next(&p, &got))
		;
	assert_int_equal(p.n, EIO_PACKETS_MAX);
	assert_string_equal(p.fault, "too-many-packets");
	eio_payload_deinit(&p);
	buf_deinit(&many);
}

static void test_frames(void **state)
{
	struct eio_packet got;
	struct buf out = {0};

	(void)state;
	assert_null(eio_frame_read(&got, 3, true, SPAN("\x04\x01\x02")));
	assert_true(got.binary && span_eq(got.data, SPAN("\x01\x02")));
	eio_frame_write(&out, 3, &got);
	assert_buf(&out, "\x04\x01\x02");
	assert_null(eio_frame_read(&got, 4, true, SPAN("\x01\x02")));
	assert_true(span_eq(got.data, SPAN("\x01\x02")));
	assert_null(eio_frame_read(&got, 4, false, SPAN("2probe")));
	assert_int_equal(got.type, EIO_PING);
	assert_string_equal(eio_frame_read(&got, 4, false, SPAN("")), "empty");
	assert_string_equal(eio_frame_read(&got, 4, false, SPAN("x")), "type");
	buf_deinit(&out);
}

static void test_jsonp(void **state)
{
	struct buf out = {0};

	(void)state;
	assert_true(eio_jsonp_read(&out, SPAN("___eio[12](\"2:40\\u2028\\\"\");")));
	assert_buf(&out, "2:40\xe2\x80\xa8\"");
	assert_false(eio_jsonp_read(&out, SPAN("___eio[0](")));
	assert_false(eio_jsonp_read(&out, SPAN("___eio[0](\"a)")));
	buf_clear(&out);
	assert_true(eio_form_read(&out, SPAN("d=2%3A40+a%")));
	assert_buf(&out, "2:40 a%");
	buf_clear(&out);
	assert_true(eio_form_read(&out, SPAN("d=4a%5Cnb%5C%5Cnc&x=1")));
	assert_buf(&out, "4a\nb\\nc");
	buf_clear(&out);
	eio_jsonp_write(&out, SPAN("1x2"), SPAN("4\"\xe2\x80\xa8\xe2\x80\xa9"));
	assert_buf(&out, "___eio[12](\"4\\\"\\u2028\\u2029\");");
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_no_packets), cmocka_unit_test(test_faults),
		cmocka_unit_test(test_many_packets), cmocka_unit_test(test_frames),
		cmocka_unit_test(test_jsonp)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
