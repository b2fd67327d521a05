#include "io/cert.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define DAY 86400

static bool add_name(X509_NAME *n, const char *field, const char *value)
{
	return !value || X509_NAME_add_entry_by_txt(
				 n, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0);
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

static bool set_serial(X509 *x)
{
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1);
}

static bool set_times(X509 *x, const struct cert_ask *ask)
{
	bool given = ask->not_before || ask->not_after;
	long from = given ? (long)ask->not_before : -DAY,
	     to = given ? (long)ask->not_after : 365 * DAY;

	return X509_gmtime_adj(X509_getm_notBefore(x), from) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), to);
}

static bool fill(X509 *x, EVP_PKEY *key, const struct cert_ask *ask)
{
	X509 *issuer = ask->issuer ? ask->issuer->x509 : x;
	EVP_PKEY *issuer_key = ask->issuer ? ask->issuer->key : key;
	X509_NAME *name = X509_get_subject_name(x);

	return X509_set_version(x, X509_VERSION_3) && set_serial(x) && set_times(x, ask) &&
	       X509_set_pubkey(x, key) && add_name(name, "O", ask->org) &&
	       add_name(name, "CN", ask->name) &&
	       X509_set_issuer_name(x, X509_get_subject_name(issuer)) &&
	       add_extension(x, issuer, NID_basic_constraints,
		       ask->ca ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       add_extension(x, issuer, NID_key_usage,
		       ask->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
	       add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
	       add_extension(x, issuer, NID_authority_key_identifier, "keyid") &&
	       (!ask->san || add_extension(x, issuer, NID_subject_alt_name, ask->san)) &&
	       X509_sign(x, issuer_key, EVP_sha256());
}

bool cert_make(struct cert *out, const struct cert_ask *ask)
{
	*out = (struct cert){.x509 = X509_new(), .key = EVP_EC_gen("P-256")};
	if (out->x509 && out->key && fill(out->x509, out->key, ask))
		return true;
	cert_deinit(out);
	return false;
}

void cert_deinit(struct cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	*c = (struct cert){0};
}

static void take_pem(struct buf *out, BIO *b)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	if (n > 0)
		buf_add(out, (struct span){p, (size_t)n});
	BIO_free(b);
}

void cert_pem(struct buf *out, const struct cert *c)
{
	BIO *b = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(b, c->x509);
	take_pem(out, b);
}

void cert_key_pem(struct buf *out, const struct cert *c)
{
	BIO *b = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(b, c->key, NULL, NULL, 0, NULL, NULL);
	take_pem(out, b);
}
