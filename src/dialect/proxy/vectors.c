#include "dialect/proxy/proxy.h"
#include "dialect/vector.h"

extern const struct vector vectors_proxy[];

static void start(struct conn *c, enum proxy_kind kind, bool login)
{
	proxy_start(c, &(struct proxy_ask){.kind = kind,
			       .proxy = SPAN("http://proxy.example:3128"),
			       .host = SPAN("h.example"),
			       .port = 443,
			       .user = login ? SPAN("user") : (struct span){NULL, 0},
			       .password = login ? SPAN("pass") : (struct span){NULL, 0}});
}

static void tunnel(struct conn *c)
{
	start(c, PROXY_CONNECT, true);
}

static void socks(struct conn *c)
{
	start(c, PROXY_SOCKS5, false);
}

static void socks_login(struct conn *c)
{
	start(c, PROXY_SOCKS5, true);
}

#define HEARD(bytes)                                                                               \
	{                                                                                          \
		{                                                                                  \
			SERVER, SPAN(bytes)                                                        \
		}                                                                                  \
	}

const struct vector vectors_proxy[] = {
	{"open", SEAT_CLIENT, tunnel,
		HEARD("HTTP/1.1 200 Connection established\r\nVia: 1.1 squid\r\n\r\nearly"),
		VECTOR_OPEN, "proxy.answer"},
	{"login wanted", SEAT_CLIENT, tunnel,
		HEARD("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
		      "realm=\"x\"\r\nContent-Length: 4\r\n\r\nbody"),
		VECTOR_FIN, "proxy.answer"},
	{"no HTTP", SEAT_CLIENT, tunnel, HEARD("220 mail.example ESMTP\r\n"), VECTOR_OPEN,
		"proxy.answer"},
	{"cut", SEAT_CLIENT, tunnel, HEARD("HTTP/1.1 20"), VECTOR_RST, "proxy.answer"},
	{"SOCKS open", SEAT_CLIENT, socks,
		HEARD("\5\0\5\0\0\1\177\0\0\1\x1f\x90"
		      "early"),
		VECTOR_OPEN, "proxy.answer"},
	{"SOCKS open, a name bound", SEAT_CLIENT, socks, HEARD("\5\0\5\0\0\3\4name\x1f\x90"),
		VECTOR_OPEN, "proxy.answer"},
	{"SOCKS login", SEAT_CLIENT, socks_login,
		HEARD("\5\2\1\0\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1"), VECTOR_OPEN,
		"proxy.answer"},
	{"SOCKS login refused", SEAT_CLIENT, socks_login, HEARD("\5\2\1\1"), VECTOR_FIN,
		"proxy.answer"},
	{"SOCKS host unreachable", SEAT_CLIENT, socks, HEARD("\5\0\5\4\0\1\0\0\0\0\0\0"),
		VECTOR_FIN, "proxy.answer"},
	{"SOCKS asked of a web server", SEAT_CLIENT, socks,
		HEARD("HTTP/1.1 400 Bad Request\r\n\r\n"), VECTOR_FIN, "proxy.answer"},
	{"SOCKS silence", SEAT_CLIENT, socks, HEARD("\5"), VECTOR_TIMEOUT, "proxy.answer"},
	{NULL},
};
