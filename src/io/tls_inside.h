/* What the files of io/tls share. */
#ifndef IO_TLS_INSIDE_H
#define IO_TLS_INSIDE_H

#include <openssl/ssl.h>

#include "io/tls.h"

struct tls_trust {
	X509_STORE *store;
	size_t anchors;
};

#define TLS_CHAIN_MAX 10

struct tls_identity {
	X509 *leaf;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* what is sent after the leaf; may be NULL */
};

#define TLS_NAME_MAX 256
#define TLS_HEAD_MAX 64

struct tls {
	struct spot spot;
	SSL *ssl;
	BIO *in, *out; /* the SSL's own */
	enum tls_state state;
	bool client;
	char name[TLS_NAME_MAX]; /* asked for, without brackets and final dot */
	bool sni;
	char alpn_offer[TLS_NAME_MAX]; /* in wire form */
	unsigned alpn_offer_n;
	const struct tls_trust *trust;
	bool insecure;
	ns began;
	bool client_cert; /* asked for */
	bool sent_cert;
	bool verified;
	bool closed_by_peer, close_sent;
	bool broken; /* after the handshake: what came is no TLS */
	int alert;   /* fatal one read, or -1 */
	char head[TLS_HEAD_MAX];
	size_t head_n;
};

bool tls_identity_use(const struct tls_identity *i, SSL *ssl);

/* Notes tls.handshake; error NULL: it is done. `why`: what OpenSSL says, may be NULL. */
void tls_note_handshake(const struct tls *t, const char *error, const char *why, ns now);
/* Notes tls.cert for each certificate the peer sent. */
void tls_note_certs(const struct tls *t, ns now);
/* Verifies what was sent against the trust store, notes tls.verify; true when chain and name are
 * fine. */
bool tls_note_verify(const struct tls *t, ns now);

const char *tls_alert_name(
	int alert); /* RFC 8446 §6, or "alert N" for what nobody registered: NULL then */

#endif
