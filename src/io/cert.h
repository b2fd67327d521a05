/* Certificates made in memory, for serve and tests: good ones and every bad one a rule must tell
 * apart. P-256 keys. */
#ifndef IO_CERT_H
#define IO_CERT_H

#include "base/buf.h"

typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;

struct cert {
	X509 *x509;
	EVP_PKEY *key;
};

struct cert_ask {
	const char *name; /* the CN */
	const char *san;  /* as in openssl.cnf: "DNS:localhost,IP:127.0.0.1"; NULL: none */
	const char *org;  /* O; NULL: none */
	bool ca;
	const struct cert *issuer;     /* NULL: self-signed */
	int64_t not_before, not_after; /* seconds from now; both 0: from yesterday to in a year */
};

bool cert_make(struct cert *out, const struct cert_ask *ask);
void cert_deinit(struct cert *c); /* safe twice and on zeroed memory */

void cert_pem(struct buf *out, const struct cert *c);	  /* the certificate */
void cert_key_pem(struct buf *out, const struct cert *c); /* the private key */

#endif
