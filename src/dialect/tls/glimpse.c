#include "dialect/tls/glimpse.h"

#include <stddef.h>

enum { RECORD_ALERT = 0x15, RECORD_HANDSHAKE = 0x16 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };

#define ALERTS(A)                                                                                  \
	A(0, close_notify)                                                                         \
	A(10, unexpected_message)                                                                  \
	A(20, bad_record_mac)                                                                      \
	A(22, record_overflow)                                                                     \
	A(40, handshake_failure) A(42, bad_certificate) A(43, unsupported_certificate) A(44,       \
		certificate_revoked) A(45, certificate_expired) A(46, certificate_unknown) A(47,   \
		illegal_parameter) A(48, unknown_ca) A(49, access_denied) A(50, decode_error)      \
		A(51, decrypt_error) A(70, protocol_version) A(71, insufficient_security) A(80,    \
			internal_error) A(86, inappropriate_fallback) A(90, user_canceled) A(100,  \
			no_renegotiation) A(109, missing_extension) A(110, unsupported_extension)  \
			A(112, unrecognized_name) A(113, bad_certificate_status_response)          \
				A(115, unknown_psk_identity) A(116, certificate_required)          \
					A(120, no_application_protocol)

static const struct {
	unsigned code;
	const char *say;
} alerts[] = {
#define ROW(code, name) {code, "TLS alert " #name},
	ALERTS(ROW)
#undef ROW
};

bool tls_may_be_record(struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	if (!bytes.n || (p[0] != RECORD_ALERT && p[0] != RECORD_HANDSHAKE))
		return false;
	return (bytes.n < 2 || p[1] == 3) && (bytes.n < 3 || p[2] <= 4);
}

static struct tls_glimpse look_alert(unsigned code)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(*alerts); i++)
		if (alerts[i].code == code)
			return (struct tls_glimpse){TLS_ALERT, code, alerts[i].say};
	return (struct tls_glimpse){TLS_ALERT, code, "TLS alert"};
}

struct tls_glimpse tls_look(struct span bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	if (!tls_may_be_record(bytes))
		return (struct tls_glimpse){TLS_NONE, 0, NULL};
	if (bytes.n < TLS_GLIMPSE)
		return (struct tls_glimpse){TLS_PERHAPS, 0, NULL};
	if (p[0] == RECORD_ALERT)
		return look_alert(p[6]);
	if (p[5] == CLIENT_HELLO)
		return (struct tls_glimpse){TLS_CLIENT_HELLO, 0, "TLS ClientHello"};
	if (p[5] == SERVER_HELLO)
		return (struct tls_glimpse){TLS_SERVER_HELLO, 0, "TLS ServerHello"};
	return (struct tls_glimpse){TLS_OTHER, 0, "TLS handshake"};
}
