/* TLS as we saw it. Verification never stops the handshake; what to make of it is a rule's business. */
#ifndef FACT_TLS_H
#define FACT_TLS_H

#include "fact/run.h"

#define TLS_FACTS(KIND, KEY, TAG)                                                                  \
	/* error (absent when ok): "plain" (the first bytes are no TLS record: see head) "alert" "cut" "silent"    \
	 * "protocol"; alert: its RFC 8446 name; client_cert: the server asked for one;             \
	 * sent_cert: we had one to send */                                                        \
	KIND(tls_handshake, "tls.handshake", PROBE,                                                \
		"[{?ok}{version} with {cipher} in {took}][{!ok}no TLS: {error}][{!ok} after {took}][ ({alert})][, the server sent: {head}][, ALPN {alpn}]"                 \
		"[{?client_cert}, client certificate asked for][{?ocsp}, OCSP response stapled]")   \
	/* one per certificate sent, index 0: the server's own. not_before/not_after: seconds since the epoch */  \
	KIND(tls_cert, "tls.cert", PROBE,                                                          \
		"certificate {index}: {subject}, issued by {issuer}[, {days_left} days left]")      \
	/* code: OpenSSL's X509_V_ERR_ number, 0 ok; text: its sentence; name_ok: the certificate covers the name we asked for;          \
	 * chain_ok: the chain alone, name apart; anchors: trusted roots found on this machine; in_root_store: the topmost issuer    \
	 * sent or named is among them */                                                          \
	KIND(tls_verify, "tls.verify", PROBE,                                                      \
		"[{?chain_ok}chain complete][{!chain_ok}chain not verified: {text} ({code})]"        \
		"[{!name_ok}, and the certificate does not cover {name}]")                          \
	KEY(k_cipher, "cipher", TEXT)                                                              \
	KEY(k_alpn, "alpn", TEXT)                                                                  \
	KEY(k_alert, "alert", TEXT)                                                                \
	KEY(k_sni, "sni", TEXT)                                                                    \
	KEY(k_ocsp, "ocsp", BOOL)                                                                  \
	KEY(k_client_cert, "client_cert", BOOL)                                                    \
	KEY(k_sent_cert, "sent_cert", BOOL)                                                        \
	KEY(k_head, "head", TEXT) /* the first bytes, visible, at most 64 */                       \
	KEY(k_index, "index", INT)                                                                 \
	KEY(k_count, "count", INT)                                                                 \
	KEY(k_subject, "subject", TEXT) /* the CN, else the first SAN */                           \
	KEY(k_issuer, "issuer", TEXT)	/* the CN, else O */                                        \
	KEY(k_issuer_org, "issuer_org", TEXT)                                                      \
	KEY(k_san, "san", TEXT) /* comma-separated, at most 512 bytes */                           \
	KEY(k_not_before, "not_before", INT)                                                       \
	KEY(k_not_after, "not_after", INT)                                                         \
	KEY(k_days_left, "days_left", INT)                                                         \
	KEY(k_aia, "aia", BOOL) /* it says where its issuer's certificate is (RFC 5280 §4.2.2.1): not issued by a root */   \
	KEY(k_insecure, "insecure", BOOL) /* of tls.verify: the user said not to verify */          \
	KEY(k_self_signed, "self_signed", BOOL)                                                    \
	KEY(k_code, "code", INT)                                                                   \
	KEY(k_name_ok, "name_ok", BOOL)                                                            \
	KEY(k_chain_ok, "chain_ok", BOOL)                                                          \
	KEY(k_anchors, "anchors", INT)                                                             \
	KEY(k_in_root_store, "in_root_store", BOOL)

FACT_DECLARE(TLS_FACTS)

#endif
