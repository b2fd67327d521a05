/* TLS records where something else was expected, told by their first bytes (RFC 8446 §5.1). */
#ifndef DIALECT_TLS_GLIMPSE_H
#define DIALECT_TLS_GLIMPSE_H

#include "base/span.h"

enum tls_what {
	TLS_NONE,
	TLS_PERHAPS, /* too few bytes */
	TLS_ALERT,
	TLS_CLIENT_HELLO,
	TLS_SERVER_HELLO,
	TLS_OTHER, /* a handshake record with another message */
};

/* As many bytes as tls_look needs: an unencrypted alert is exactly as long. */
#define TLS_GLIMPSE 7

struct tls_glimpse {
	enum tls_what what;
	unsigned alert;	 /* of TLS_ALERT: its description, §6 */
	const char *say; /* a constant: "TLS alert handshake_failure", "TLS ServerHello"; NULL for
			    TLS_NONE, TLS_PERHAPS */
};

/* True when the bytes can begin a TLS record, as far as they go; false for no bytes. */
bool tls_may_be_record(struct span bytes);
struct tls_glimpse tls_look(struct span bytes);

#endif
