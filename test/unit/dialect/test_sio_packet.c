/* Packets as socket.io-parser 3 and 4 and socket.io-msgpack-parser write them. */
#include "unit.h"

#include "dialect/sio/packet.h"

static const struct {
	unsigned revision;
	const char *text;
	enum sio_type type;
	const char *namespace, *data;
	int ack; /* -1: none */
	unsigned attachments;
} recorded[] = {
	{5, "0", SIO_CONNECT, "/", "", -1, 0},
	{5, "0/admin,{\"token\":\"x\"}", SIO_CONNECT, "/admin", "{\"token\":\"x\"}", -1, 0},
	{5, "2[\"a\",1]", SIO_EVENT, "/", "[\"a\",1]", -1, 0},
	{5, "2/n,12[\"a\",{\"b\":\"\xc3\xa9\"}]", SIO_EVENT, "/n", "[\"a\",{\"b\":\"\xc3\xa9\"}]",
		12, 0},
	{5, "3/n,12[]", SIO_ACK, "/n", "[]", 12, 0},
	{5, "1/n,", SIO_DISCONNECT, "/n", "", -1, 0},
	{5, "1", SIO_DISCONNECT, "/", "", -1, 0},
	{5, "4/n,{\"message\":\"no\"}", SIO_CONNECT_ERROR, "/n", "{\"message\":\"no\"}", -1, 0},
	{4, "4/n,\"no\"", SIO_CONNECT_ERROR, "/n", "\"no\"", -1, 0},
	{5,
		"52-3[\"f\",{\"_placeholder\":true,\"num\":0},{\"x\":{\"_placeholder\":true,"
		"\"num\":1}}]",
		SIO_BINARY_EVENT, "/",
		"[\"f\",{\"_placeholder\":true,\"num\":0},{\"x\":{\"_placeholder\":true,\"num\":1}}"
		"]",
		3, 2},
	{5, "61-/n,4[{\"_placeholder\":true,\"num\":0}]", SIO_BINARY_ACK, "/n",
		"[{\"_placeholder\":true,\"num\":0}]", 4, 1},
};

static void test_recorded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(recorded) / sizeof(*recorded); i++) {
		struct sio_packet p;
		struct buf out = {0};

		assert_null(sio_packet_read(&p, recorded[i].revision, span_of(recorded[i].text)));
		assert_int_equal(p.type, recorded[i].type);
		assert_span(p.namespace, recorded[i].namespace);
		assert_span(p.data, recorded[i].data);
		assert_int_equal(p.has_ack ? (int)p.ack : -1, recorded[i].ack);
		assert_int_equal(p.attachments, recorded[i].attachments);
		sio_packet_write(&out, &p);
		assert_buf(&out, recorded[i].text);
		buf_deinit(&out);
	}
}

static void test_faults(void **state)
{
	static const char *const rows[][2] = {{"", "empty"}, {"7", "type"}, {"2", "shape"},
		{"2{}", "shape"}, {"2[", "json"}, {"2[] ]", "json"}, {"3[]", "ack-id"},
		{"5[\"a\"]", "attachments"}, {"599999-[\"a\"]", "too-many-attachments"},
		{"0[]", "shape"}, {"1{}", "shape"}, {"4", "shape"},
		{"299999999999999999999[]", "ack-id"}};
	struct sio_packet p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *fault = sio_packet_read(&p, 5, span_of(rows[i][0]));

		assert_non_null(fault);
		assert_string_equal(fault, rows[i][1]);
	}
}

static void test_args(void **state)
{
	struct sio_packet p;
	struct sio_args a;

	(void)state;
	assert_null(sio_packet_read(&p, 5, SPAN("2[\"hi\",[1,[2]],{\"a\":[\"x\"]},\"off\"]")));
	sio_args_read(&a, &p);
	assert_span(a.name, "hi");
	assert_int_equal(a.n, 3);
	assert_span(a.last, "off");
	assert_null(a.fault);
	assert_null(sio_packet_read(&p, 5, SPAN("51-[\"b\",{\"_placeholder\":true,\"num\":1}]")));
	sio_args_read(&a, &p);
	assert_string_equal(a.fault, "placeholder");
	assert_int_equal(a.n, 1);
	assert_null(sio_packet_read(&p, 5, SPAN("2[{}]")));
	sio_args_read(&a, &p);
	assert_string_equal(a.fault, "shape");
}

#define RECORDED_MSGPACK                                                                           \
	"\x84\xa4type\x02\xa3nsp\xa1/\xa2id\x03\xa4"                                               \
	"data\x93\xa1"                                                                             \
	"f\xc4\x02\x01\x02\x84\xa1x\xcb\xbf"                                                       \
	"\xf8\x00\x00\x00\x00\x00\x00\xa1y\xc0\xa1z\xfd\xa1t\xce\x00\x01\x11\x70"

static void test_msgpack(void **state)
{
	struct span event = SPAN(RECORDED_MSGPACK);
	struct buf json = {0};
	struct sio_packet p;

	(void)state;
	assert_true(sio_msgpack_looks(event));
	assert_null(sio_msgpack_read(&p, &json, event));
	assert_int_equal(p.type, SIO_EVENT);
	assert_span(p.namespace, "/");
	assert_int_equal(p.ack, 3);
	assert_span(p.data, "[\"f\",\"<2 bytes>\",{\"x\":-1.5,\"y\":null,\"z\":-3,\"t\":70000}]");
	for (size_t n = 0; n < event.n; n++)
		assert_non_null(sio_msgpack_read(&p, &json, span_head(event, n)));
	/* a client without auth: its data is undefined */
	assert_null(sio_msgpack_read(&p, &json,
		SPAN("\x83\xa4type\x00\xa3nsp\xa1/\xa4"
		     "data\xd4\x00\x00")));
	assert_int_equal(p.type, SIO_CONNECT);
	assert_int_equal(p.data.n, 0);
	/* claims four thousand million elements */
	assert_string_equal(sio_msgpack_read(&p, &json,
				    SPAN("\x81\xa4"
					 "data\xdd\xff\xff\xff\xff")),
		"msgpack");
	buf_deinit(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_faults), cmocka_unit_test(test_args),
		cmocka_unit_test(test_msgpack)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
