#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "io/tls_inside.h"

void tls_identity_free(struct tls_identity *i)
{
	if (!i)
		return;
	X509_free(i->leaf);
	EVP_PKEY_free(i->key);
	sk_X509_pop_free(i->chain, X509_free);
	free(i);
}

/* Asking for a pass phrase would block. */
static int no_phrase(char *to, int n, int writing, void *arg)
{
	(void)to, (void)n, (void)writing, (void)arg;
	return -1;
}

static bool load_certs(struct tls_identity *i, const char *path)
{
	BIO *b = BIO_new_file(path, "r");
	X509 *x;

	if (!b)
		return false;
	i->leaf = PEM_read_bio_X509(b, NULL, no_phrase, NULL);
	while (i->leaf && sk_X509_num(i->chain) < TLS_CHAIN_MAX &&
		(x = PEM_read_bio_X509(b, NULL, no_phrase, NULL)))
		sk_X509_push(i->chain, x);
	BIO_free(b);
	return i->leaf != NULL;
}

static bool load_key(struct tls_identity *i, const char *path)
{
	BIO *b = BIO_new_file(path, "r");

	if (!b)
		return false;
	i->key = PEM_read_bio_PrivateKey(b, NULL, no_phrase, NULL);
	BIO_free(b);
	return i->key != NULL;
}

struct tls_identity *tls_identity_load(const char *cert, const char *key, const char **why)
{
	struct tls_identity *i = calloc(1, sizeof(*i));

	*why = NULL;
	if (!i || !(i->chain = sk_X509_new_null()))
		*why = "out of memory";
	else if (!load_certs(i, cert))
		*why = "no certificate in PEM form can be read from the file";
	else if (!load_key(i, key ? key : cert))
		*why = "no private key in PEM form, without a pass phrase, can be read from the "
		       "file";
	else if (!X509_check_private_key(i->leaf, i->key))
		*why = "the private key does not belong to the certificate";
	ERR_clear_error();
	if (!*why)
		return i;
	tls_identity_free(i);
	return NULL;
}

struct tls_identity *tls_identity_new(const struct cert *chain, size_t n)
{
	struct tls_identity *i = calloc(1, sizeof(*i));

	if (!i || !(i->chain = sk_X509_new_null())) {
		tls_identity_free(i);
		return NULL;
	}
	i->leaf = chain[0].x509;
	i->key = chain[0].key;
	X509_up_ref(i->leaf);
	EVP_PKEY_up_ref(i->key);
	for (size_t k = 1; k < n; k++)
		if (X509_up_ref(chain[k].x509))
			sk_X509_push(i->chain, chain[k].x509);
	return i;
}

bool tls_identity_use(const struct tls_identity *i, SSL *ssl)
{
	return SSL_use_cert_and_key(ssl, i->leaf, i->key, i->chain, 1) == 1;
}
