#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/tls_inside.h"

#define ENTRIES_MAX 100000
/* Fewer are what an administrator added; the public roots are elsewhere then. */
#define ENOUGH 20

/* Debian and Alpine; RHEL; old SUSE. A directory counts only when it is hashed (c_rehash(1)). */
static const char *const dirs[] = {"/etc/ssl/certs", "/etc/pki/tls/certs",
	"/etc/pki/ca-trust/extracted/pem/directory-hash", "/var/lib/ca-certificates/openssl"};
static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"};

/* "2e5ac55d.0" */
static bool is_hash(const char *name)
{
	for (int i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	return name[8] == '.' && isdigit((unsigned char)name[9]);
}

static size_t count_hashed(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	if (!d)
		return 0;
	for (int i = 0; i < ENTRIES_MAX && (e = readdir(d)); i++)
		n += is_hash(e->d_name);
	closedir(d);
	return n;
}

/* How many certificates were added. A file that cannot be read gives none. */
static size_t add_file(struct tls_trust *t, const char *path)
{
	X509_LOOKUP *l = X509_STORE_add_lookup(t->store, X509_LOOKUP_file());
	int n = l ? X509_load_cert_file(l, path, X509_FILETYPE_PEM) : 0;

	ERR_clear_error();
	return n > 0 ? (size_t)n : 0;
}

/* Certificates of a hashed directory are read when a chain asks for them. */
static size_t add_dir(struct tls_trust *t, const char *dir)
{
	size_t n = count_hashed(dir);
	X509_LOOKUP *l = n ? X509_STORE_add_lookup(t->store, X509_LOOKUP_hash_dir()) : NULL;

	return l && X509_LOOKUP_add_dir(l, dir, X509_FILETYPE_PEM) ? n : 0;
}

static size_t add_path(struct tls_trust *t, struct span path)
{
	char z[4096];
	struct span dir;
	size_t n = 0;

	while (span_cut(&path, ':', &dir))
		if (dir.n && dir.n < sizeof(z)) {
			memcpy(z, dir.p, dir.n);
			z[dir.n] = 0;
			n += add_dir(t, z);
		}
	return n;
}

static size_t add_system(struct tls_trust *t)
{
	const char *file = getenv("SSL_CERT_FILE"), *path = getenv("SSL_CERT_DIR");
	size_t n = 0;

	if (file || path)
		return (file ? add_file(t, file) : 0) + (path ? add_path(t, span_of(path)) : 0);
	for (size_t i = 0; n < ENOUGH && i < sizeof(dirs) / sizeof(*dirs); i++)
		n += add_dir(t, dirs[i]);
	for (size_t i = 0; n < ENOUGH && i < sizeof(bundles) / sizeof(*bundles); i++)
		n += add_file(t, bundles[i]);
	return n;
}

struct tls_trust *tls_trust_new(const char *cacert, const char **why)
{
	struct tls_trust *t = calloc(1, sizeof(*t));

	*why = "out of memory";
	if (!t)
		return NULL;
	t->store = X509_STORE_new();
	if (t->store) {
		t->anchors = cacert ? add_file(t, cacert) : add_system(t);
		/* What the user names is trusted, be it a root or not, as curl has it. */
		X509_STORE_set_flags(t->store, cacert ? X509_V_FLAG_PARTIAL_CHAIN : 0);
		if (!cacert || t->anchors)
			return t;
		*why = access(cacert, R_OK) ? strerrordesc_np(errno)
					    : "holds no certificate in PEM form";
	}
	tls_trust_free(t);
	return NULL;
}

void tls_trust_add(struct tls_trust *t, const struct cert *c)
{
	t->anchors += X509_STORE_add_cert(t->store, c->x509) == 1;
}

void tls_trust_free(struct tls_trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	free(t);
}

size_t tls_trust_anchors(const struct tls_trust *t)
{
	return t->anchors;
}
