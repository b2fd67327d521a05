/* TLS over OpenSSL, on memory: wire bytes in and out, plain bytes in and out. io/link moves them;
 * engines only fill the asks.
 *
 * A client always completes the handshake without verifying; what the server showed is noted as
 * tls.cert, what verification says of it as tls.verify, the handshake itself as tls.handshake.
 * SSLKEYLOGFILE is honoured. No session is ever resumed. */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "io/cert.h"
#include "io/spot.h"

/* Where trusted roots come from. One per run; outlives the connections. */
struct tls_trust;
/* cacert: a PEM file (--cacert) that replaces the system's; NULL: SSL_CERT_FILE, SSL_CERT_DIR, else
 * the places of Debian, Alpine and RHEL, a hashed directory before a bundle. NULL with *why (a
 * constant sentence) when `cacert` cannot be read or has no certificate. A system without any is no
 * error: anchors is 0 in tls.verify. */
struct tls_trust *tls_trust_new(const char *cacert, const char **why);
void tls_trust_add(struct tls_trust *t, const struct cert *c); /* one more anchor, for tests */
void tls_trust_free(struct tls_trust *t);		       /* safe with NULL */
size_t tls_trust_anchors(const struct tls_trust *t);

/* A certificate chain with its key: what a server shows, or what a client has to show. */
struct tls_identity;
/* PEM files; the chain may follow the certificate; key NULL: in the same file. NULL with *why, a
 * constant sentence. */
struct tls_identity *tls_identity_load(const char *cert, const char *key, const char **why);
/* From memory: chain[0] is its own, with the key, the others are sent after it. Copies. */
struct tls_identity *tls_identity_new(const struct cert *chain, size_t n);
void tls_identity_free(struct tls_identity *i); /* safe with NULL */

/* As a client. Views must last until link_tls returns; trust and identity as long as the link. */
struct tls_ask {
	struct span name; /* the name asked for by SNI and verified; a literal is verified as an
			     address and sends no SNI */
	bool no_sni;
	struct span alpn;	       /* comma-separated: "h2,http/1.1"; empty: none offered */
	const struct tls_trust *trust; /* NULL: verification is left out, no tls.verify */
	const struct tls_identity *identity; /* NULL: no client certificate to show */
	bool insecure; /* the user said not to verify: noted with tls.verify, changes nothing else
			*/
};

/* As a server. */
struct tls_offer {
	const struct tls_identity *identity; /* never NULL */
	struct span alpn;		     /* what it picks from, in its order; empty: no ALPN */
	bool client_cert;		     /* ask for one */
	bool client_cert_required;	     /* and refuse without: alert certificate_required */
	bool client_cert_refused;	     /* whatever it is: alert unknown_ca */
	bool name_refused; /* any name asked for by SNI: alert unrecognized_name */
	int max_version;   /* 0, or 10 11 12 13 */
};

/* What follows is between io/tls and io/link. */

enum tls_state { TLS_SHAKING, TLS_OPEN, TLS_FAILED };

struct tls;
/* NULL: out of memory, or an ask OpenSSL refuses (noted as tls.handshake error "protocol"). */
struct tls *tls_client(const struct spot *spot, const struct tls_ask *ask, ns now);
struct tls *tls_server(const struct spot *spot, const struct tls_offer *offer, ns now);
void tls_free(struct tls *t); /* safe with NULL */

enum tls_state tls_state(const struct tls *t);
struct span tls_alpn(const struct tls *t); /* agreed on; empty: none */
bool tls_verified(const struct tls *t);	   /* chain and name are fine */

/* Bytes from the wire; the handshake goes on. Notes what is to be noted, once. */
void tls_feed(struct tls *t, struct span wire, ns now);
/* Up to `max` plain bytes into `to`; 0: none there. */
size_t tls_read(struct tls *t, char *to, size_t max);
/* Takes all of it; what goes on the wire is to be fetched by tls_wire. False when the state is not
 * TLS_OPEN. */
bool tls_write(struct tls *t, struct span plain);
void tls_close(struct tls *t); /* queues close_notify, once */
/* Adds what is to be sent to `out`. */
void tls_wire(struct tls *t, struct buf *out);
/* The transport ended (cut) or our deadline did (silent) before the handshake was over: notes it.
 */
void tls_give_up(struct tls *t, const char *error, ns now);

bool tls_peer_closed(const struct tls *t); /* its close_notify has been read */
bool tls_broken(const struct tls *t); /* it cannot go on: what came was no TLS, or not allowed */
const char *tls_peer_alert(const struct tls *t); /* RFC 8446 name, or NULL */

#endif
