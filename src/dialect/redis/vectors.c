#include "dialect/redis/redis.h"
#include "dialect/vector.h"

static void connect(struct conn *c)
{
	redis_say(conn_push(c, &dialect_redis), (struct span[]){SPAN("PSUBSCRIBE"), SPAN("a#/#*")},
		2);
}

#define S(bytes) VECTOR_STEP(SERVER, bytes)
#define C(bytes) VECTOR_STEP(CLIENT, bytes)

const struct vector vectors_redis[] = {
	{"subscribed", SEAT_CLIENT, connect,
		{S("*3\r\n$10\r\npsubscribe\r\n$5\r\na#/#*\r\n:1\r\n"
		   "*4\r\n$8\r\npmessage\r\n$5\r\na#/#*\r\n$9\r\na#/"
		   "#room#\r\n$5\r\n\0\r\n\x93\xff\r\n"
		   "+OK\r\n:12\r\n*0\r\n*-1\r\n$-1\r\n")},
		VECTOR_FIN, "redis.subscribed redis.message"},
	{"refused", SEAT_CLIENT, connect,
		{S("-NOAUTH Authentication required.\r\n"
		   "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
		   "-\r\n")},
		VECTOR_FIN, "redis.error redis.error redis.error"},
	{"RESP3", SEAT_CLIENT, connect,
		{S("%2\r\n+server\r\n$5\r\nredis\r\n+modules\r\n~1\r\n_\r\n"
		   "|1\r\n+ttl\r\n:3600\r\n>3\r\n+message\r\n$2\r\nch\r\n=7\r\ntxt:abc\r\n"
		   ",3.14\r\n(12345678901234567890\r\n#t\r\n!5\r\nERR x\r\n"
		   ">3\r\n+ssubscribe\r\n+c\r\n:1\r\n")},
		VECTOR_RST, "redis.error redis.subscribed"},
	{"no Redis", SEAT_CLIENT, connect, {S("HTTP/1.1 400 Bad Request\r\n\r\n")}, VECTOR_FIN,
		"redis.fault"},
	{"a length too large", SEAT_CLIENT, connect, {S("$99999999999\r\nabc")}, VECTOR_FIN,
		"redis.fault"},
	{"no number", SEAT_CLIENT, connect, {S("*3x\r\n")}, VECTOR_FIN, "redis.fault"},
	{"too deep", SEAT_CLIENT, connect,
		{S("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n")},
		VECTOR_FIN, "redis.fault"},
	{"both seen", SEAT_WITNESS, connect,
		{C("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"), S("+OK\r\n"), C("not RESP"),
			S("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n")},
		VECTOR_TIMEOUT, "redis.subscribed"},
	{.name = NULL},
};
