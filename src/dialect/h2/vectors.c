#include "dialect/h2/h2.h"
#include "dialect/vector.h"

extern const struct vector vectors_h2[];

static void ask(struct conn *c)
{
	struct layer *h2 = conn_push(c, &dialect_h2);

	conn_push(c, &dialect_ws);
	h2_ask(h2,
		&(struct ws_ask){.target = SPAN("/chat"),
			.host = SPAN("h.example"),
			.deflate = WS_DEFLATE_AS_BROWSERS},
		true);
}

/* RFC 9113 §6: length, type, flags, stream */
#define SETTINGS "\0\0\6\4\0\0\0\0\0\0\x08\0\0\0\1"
#define BARE_SETTINGS "\0\0\0\4\0\0\0\0\0"
#define ACK "\0\0\0\4\1\0\0\0\0"
#define PING "\0\0\x08\6\0\0\0\0\0ABCDEFGH"
#define STATUS_200 "\0\0\1\1\4\0\0\0\1\x88"
#define STATUS_404 "\0\0\1\1\5\0\0\0\1\x8d"
#define HELLO "\0\0\7\0\0\0\0\0\1\x81\5Hello"
#define CLOSE_1000 "\0\0\4\0\0\0\0\0\1\x88\2\x03\xe8"
#define END_OF_STREAM "\0\0\0\0\1\0\0\0\1"
#define RST_REFUSED "\0\0\4\3\0\0\0\0\1\0\0\0\7"
#define GOAWAY_CALM "\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\x0b"

#define HEARD(bytes)                                                                               \
	{                                                                                          \
		{                                                                                  \
			SERVER,                                                                    \
			{                                                                          \
				bytes, sizeof(bytes) - 1                                           \
			}                                                                          \
		}                                                                                  \
	}

const struct vector vectors_h2[] = {
	{"open", SEAT_CLIENT, ask,
		HEARD(SETTINGS ACK PING STATUS_200 HELLO CLOSE_1000 END_OF_STREAM), VECTOR_FIN,
		"h2.settings h2.connect ws.frame ws.message ws.frame ws.close ws.frame ws.close"},
	{"refused", SEAT_CLIENT, ask, HEARD(SETTINGS ACK STATUS_404), VECTOR_FIN,
		"h2.settings h2.connect"},
	{"reset", SEAT_CLIENT, ask, HEARD(SETTINGS ACK RST_REFUSED), VECTOR_FIN,
		"h2.settings h2.connect"},
	{"reset when open", SEAT_CLIENT, ask, HEARD(SETTINGS ACK STATUS_200 HELLO RST_REFUSED),
		VECTOR_FIN, "h2.settings h2.connect ws.frame ws.message"},
	{"sent away", SEAT_CLIENT, ask, HEARD(SETTINGS GOAWAY_CALM), VECTOR_FIN,
		"h2.settings h2.connect"},
	{"not offered", SEAT_CLIENT, ask, HEARD(BARE_SETTINGS ACK), VECTOR_FIN, "h2.settings"},
	{"cut", SEAT_CLIENT, ask, HEARD(SETTINGS ACK PING), VECTOR_RST, "h2.settings h2.connect"},
	{"no HTTP/2", SEAT_CLIENT, ask,
		HEARD("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), VECTOR_FIN, ""},
	{0}};
