#include "io/tls_inside.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/address.h"

#define FATAL 2 /* RFC 5246 §7.2 */

static struct tls *tls_of(const SSL *ssl)
{
	return SSL_get_app_data(ssl);
}

/* The kernel appends whole lines: several processes may share the file. */
static void write_key(const SSL *ssl, const char *line)
{
	const char *path = getenv("SSLKEYLOGFILE");
	struct buf b = {.max = 1024};
	int fd;

	(void)ssl;
	if (!path || !*path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	buf_addz(&b, line);
	buf_addc(&b, '\n');
	if (write(fd, b.p, b.n) < 0)
		ERR_clear_error();
	buf_deinit(&b);
	close(fd);
}

static void on_info(const SSL *ssl, int where, int value)
{
	struct tls *t = tls_of(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == FATAL)
		t->alert = value & 0xff;
}

static int never_verify(X509_STORE_CTX *ctx, void *arg)
{
	(void)ctx, (void)arg;
	return 1;
}

/* For a server that knows no issuer. */
static int always_refuse(X509_STORE_CTX *ctx, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	return 0;
}

static int refuse_name(SSL *ssl, int *alert, void *arg)
{
	(void)arg;
	if (!SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))
		return SSL_TLSEXT_ERR_NOACK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A client's is called only when the server asked for a certificate. */
static int on_client_cert(SSL *ssl, void *arg)
{
	struct tls *t = arg;

	t->client_cert = true;
	t->sent_cert = SSL_get_certificate(ssl) != NULL;
	return 1;
}

static int pick_alpn(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in,
	unsigned in_n, void *arg)
{
	struct tls *t = tls_of(ssl);
	unsigned char *picked;

	(void)arg;
	if (SSL_select_next_proto(&picked, n, (unsigned char *)t->alpn_offer, t->alpn_offer_n, in,
		    in_n) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = picked;
	return SSL_TLSEXT_ERR_OK;
}

/* What both sides have. Old versions and small keys are let through: they are to be seen, not
 * refused. */
static SSL_CTX *context_new(bool client)
{
	SSL_CTX *c = SSL_CTX_new(client ? TLS_client_method() : TLS_server_method());

	if (!c)
		return NULL;
	SSL_CTX_set_min_proto_version(c, TLS1_VERSION);
	SSL_CTX_set_security_level(c, 0);
	SSL_CTX_set_options(c, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_keylog_callback(c, write_key);
	SSL_CTX_set_info_callback(c, on_info);
	SSL_CTX_set_cert_verify_callback(c, never_verify, NULL);
	return c;
}

/* RFC 7301 §3.1: each name behind its length. */
static bool set_alpn(struct tls *t, struct span list)
{
	struct buf wire = {.max = sizeof(t->alpn_offer)};
	struct span name;

	while (span_cut(&list, ',', &name)) {
		name = span_trim(name);
		if (name.n > 255)
			wire.full = true;
		if (!name.n || wire.full)
			continue;
		buf_addc(&wire, (char)name.n);
		buf_add(&wire, name);
	}
	t->alpn_offer_n = (unsigned)wire.n;
	if (wire.n && !wire.full)
		memcpy(t->alpn_offer, wire.p, wire.n);
	buf_deinit(&wire);
	return !wire.full;
}

static void set_name(struct tls *t, struct span name)
{
	if (name.n >= 2 && name.p[0] == '[' && name.p[name.n - 1] == ']')
		name = (struct span){name.p + 1, name.n - 2};
	if (span_ends(name, SPAN(".")))
		name.n--;
	if (name.n < sizeof(t->name) && name.n)
		memcpy(t->name, name.p, name.n);
}

static bool setup(struct tls *t, SSL_CTX *c)
{
	t->ssl = c ? SSL_new(c) : NULL;
	SSL_CTX_free(c); /* the SSL holds its own reference */
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (!t->ssl || !t->in || !t->out) {
		BIO_free(t->in);
		BIO_free(t->out);
		return false;
	}
	BIO_set_mem_eof_return(t->in, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_app_data(t->ssl, t);
	return true;
}

static struct tls *tls_new(const struct spot *spot, bool client, ns now)
{
	struct tls *t = calloc(1, sizeof(*t));

	ERR_clear_error();
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (!t)
		return NULL;
	t->spot = *spot;
	t->client = client;
	t->began = now;
	t->alert = -1;
	if (setup(t, context_new(client)))
		return t;
	tls_free(t);
	return NULL;
}

static bool ask_for(struct tls *t, const struct tls_ask *ask)
{
	struct address literal;

	SSL_set_connect_state(t->ssl);
	SSL_set_cert_cb(t->ssl, on_client_cert, t);
	SSL_set_tlsext_status_type(t->ssl, TLSEXT_STATUSTYPE_ocsp);
	set_name(t, ask->name);
	t->trust = ask->trust;
	t->insecure = ask->insecure;
	t->sni = !ask->no_sni && t->name[0] && !address_parse(&literal, span_of(t->name), 0);
	if (t->sni && !SSL_set_tlsext_host_name(t->ssl, t->name))
		return false;
	if (!set_alpn(t, ask->alpn))
		return false;
	if (t->alpn_offer_n &&
		SSL_set_alpn_protos(t->ssl, (unsigned char *)t->alpn_offer, t->alpn_offer_n))
		return false;
	return !ask->identity || tls_identity_use(ask->identity, t->ssl);
}

static void fail(struct tls *t, const char *error, const char *why, ns now)
{
	if (t->state != TLS_SHAKING)
		return;
	t->state = TLS_FAILED;
	t->broken = !strcmp(error, "protocol");
	tls_note_handshake(t, error, why, now);
}

/* Says why by OpenSSL's own reason. */
static void fail_by_library(struct tls *t, ns now)
{
	unsigned long e = ERR_peek_last_error();

	fail(t, t->alert >= 0 ? "alert" : "protocol", e ? ERR_reason_error_string(e) : NULL, now);
	ERR_clear_error();
}

static void succeed(struct tls *t, ns now)
{
	t->state = TLS_OPEN;
	tls_note_handshake(t, NULL, NULL, now);
	tls_note_certs(t, now);
	if (t->trust)
		t->verified = tls_note_verify(t, now);
	ERR_clear_error();
}

static void shake(struct tls *t, ns now)
{
	int r;

	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r == 1)
		succeed(t, now);
	else if (SSL_get_error(t->ssl, r) != SSL_ERROR_WANT_READ)
		fail_by_library(t, now);
}

struct tls *tls_client(const struct spot *spot, const struct tls_ask *ask, ns now)
{
	struct tls *t = tls_new(spot, true, now);

	if (!t)
		return NULL;
	if (ask_for(t, ask))
		shake(t, now);
	else
		fail_by_library(t, now);
	return t;
}

static int version_of(int max)
{
	static const struct {
		int ours, theirs;
	} versions[] = {{10, TLS1_VERSION}, {11, TLS1_1_VERSION}, {12, TLS1_2_VERSION},
		{13, TLS1_3_VERSION}};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (versions[i].ours == max)
			return versions[i].theirs;
	return 0;
}

static bool offer(struct tls *t, const struct tls_offer *o)
{
	int mode = !o->client_cert && !o->client_cert_required ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;

	SSL_set_accept_state(t->ssl);
	if (o->client_cert_required)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_set_verify(t->ssl, mode, NULL);
	SSL_set_max_proto_version(t->ssl, version_of(o->max_version));
	if (!set_alpn(t, o->alpn) || !tls_identity_use(o->identity, t->ssl))
		return false;
	if (t->alpn_offer_n)
		SSL_CTX_set_alpn_select_cb(SSL_get_SSL_CTX(t->ssl), pick_alpn, NULL);
	if (o->client_cert_refused)
		SSL_CTX_set_cert_verify_callback(SSL_get_SSL_CTX(t->ssl), always_refuse, NULL);
	if (o->name_refused)
		SSL_CTX_set_tlsext_servername_callback(SSL_get_SSL_CTX(t->ssl), refuse_name);
	return true;
}

struct tls *tls_server(const struct spot *spot, const struct tls_offer *o, ns now)
{
	struct tls *t = tls_new(spot, false, now);

	if (t && !offer(t, o))
		fail_by_library(t, now);
	return t;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	free(t);
}

enum tls_state tls_state(const struct tls *t)
{
	return t->state;
}

struct span tls_alpn(const struct tls *t)
{
	const unsigned char *p;
	unsigned n;

	SSL_get0_alpn_selected(t->ssl, &p, &n);
	return (struct span){(const char *)p, n};
}

bool tls_verified(const struct tls *t)
{
	return t->verified;
}

/* RFC 8446 §5.1: a record begins with its type, 20 to 24, and 0x03. */
static bool is_record(struct span s)
{
	unsigned char type = (unsigned char)s.p[0];

	return type >= 20 && type <= 24 && (s.n < 2 || s.p[1] == 3);
}

void tls_feed(struct tls *t, struct span wire, ns now)
{
	bool first = !t->head_n;

	if (!wire.n || t->state == TLS_FAILED)
		return;
	if (first) {
		t->head_n = wire.n < sizeof(t->head) ? wire.n : sizeof(t->head);
		memcpy(t->head, wire.p, t->head_n);
	}
	if (first && !is_record(wire)) {
		fail(t, "plain", NULL, now);
		return;
	}
	BIO_write(t->in, wire.p, (int)wire.n);
	if (t->state == TLS_SHAKING)
		shake(t, now);
	if (!t->client && t->state == TLS_SHAKING && !t->sni) {
		const char *name = SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name);

		set_name(t, span_of(name));
		t->sni = name != NULL;
	}
}

size_t tls_read(struct tls *t, char *to, size_t max)
{
	size_t n = 0;
	int r;

	if (t->state != TLS_OPEN || t->broken)
		return 0;
	ERR_clear_error();
	r = SSL_read_ex(t->ssl, to, max, &n);
	if (r == 1)
		return n;
	switch (SSL_get_error(t->ssl, r)) {
	case SSL_ERROR_ZERO_RETURN:
		t->closed_by_peer = true;
		break;
	case SSL_ERROR_WANT_READ:
		break;
	default:
		t->broken = true;
	}
	ERR_clear_error();
	return 0;
}

bool tls_write(struct tls *t, struct span plain)
{
	size_t n;

	if (t->state != TLS_OPEN || t->broken || t->close_sent)
		return false;
	ERR_clear_error();
	return !plain.n || SSL_write_ex(t->ssl, plain.p, plain.n, &n) == 1;
}

void tls_close(struct tls *t)
{
	if (t->state == TLS_OPEN && !t->close_sent && !t->broken)
		SSL_shutdown(t->ssl);
	t->close_sent = true;
	ERR_clear_error();
}

void tls_wire(struct tls *t, struct buf *out)
{
	size_t n = BIO_ctrl_pending(t->out);
	char *room = n ? buf_room(out, n) : NULL;
	int got = room ? BIO_read(t->out, room, (int)n) : 0;

	if (got > 0)
		out->n += (size_t)got;
}

void tls_give_up(struct tls *t, const char *error, ns now)
{
	fail(t, error, NULL, now);
}

bool tls_peer_closed(const struct tls *t)
{
	return t->closed_by_peer;
}

bool tls_broken(const struct tls *t)
{
	return t->broken;
}

const char *tls_peer_alert(const struct tls *t)
{
	return tls_alert_name(t->alert);
}
