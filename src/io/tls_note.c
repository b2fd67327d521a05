#include <netinet/in.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "base/text.h"
#include "fact/dns.h"
#include "fact/tls.h"
#include "io/address.h"
#include "io/clock.h"
#include "io/tls_inside.h"

#define SAN_MAX 512
#define NAME_MAX_SHOWN 256
#define DAY 86400

static const struct {
	int alert;
	const char *name;
} alerts[] = {{0, "close_notify"}, {10, "unexpected_message"}, {20, "bad_record_mac"},
	{21, "decryption_failed"}, {22, "record_overflow"}, {30, "decompression_failure"},
	{40, "handshake_failure"}, {41, "no_certificate"}, {42, "bad_certificate"},
	{43, "unsupported_certificate"}, {44, "certificate_revoked"}, {45, "certificate_expired"},
	{46, "certificate_unknown"}, {47, "illegal_parameter"}, {48, "unknown_ca"},
	{49, "access_denied"}, {50, "decode_error"}, {51, "decrypt_error"},
	{60, "export_restriction"}, {70, "protocol_version"}, {71, "insufficient_security"},
	{80, "internal_error"}, {86, "inappropriate_fallback"}, {90, "user_canceled"},
	{100, "no_renegotiation"}, {109, "missing_extension"}, {110, "unsupported_extension"},
	{111, "certificate_unobtainable"}, {112, "unrecognized_name"},
	{113, "bad_certificate_status_response"}, {114, "bad_certificate_hash_value"},
	{115, "unknown_psk_identity"}, {116, "certificate_required"},
	{120, "no_application_protocol"}};

const char *tls_alert_name(int alert)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(*alerts); i++)
		if (alerts[i].alert == alert)
			return alerts[i].name;
	return alert < 0 ? NULL : "???";
}

void tls_note_handshake(const struct tls *t, const char *error, const char *why, ns now)
{
	const unsigned char *ocsp;
	struct field f[14] = {F_BOOL(k_ok, !error), F_TIME(k_took, now - t->began)};
	size_t n = 2;

	if (error)
		f[n++] = F_TEXT(k_error, span_of(error));
	if (error && why)
		f[n++] = F_TEXT(k_text, span_of(why));
	if (t->alert >= 0)
		f[n++] = F_TEXT(k_alert, span_of(tls_alert_name(t->alert)));
	if (t->head_n && error && !strcmp(error, "plain"))
		f[n++] = F_TEXT(k_head, ((struct span){t->head, t->head_n}));
	if (!error) {
		f[n++] = F_TEXT(k_version, span_of(SSL_get_version(t->ssl)));
		f[n++] = F_TEXT(k_cipher, span_of(SSL_get_cipher_name(t->ssl)));
		f[n++] = F_BOOL(k_ocsp, SSL_get_tlsext_status_ocsp_resp(t->ssl, &ocsp) > 0);
	}
	if (tls_alpn(t).n)
		f[n++] = F_TEXT(k_alpn, tls_alpn(t));
	if (t->sni)
		f[n++] = F_TEXT(k_sni, span_of(t->name));
	f[n++] = F_BOOL(k_client_cert, t->client_cert);
	f[n++] = F_BOOL(k_sent_cert, t->sent_cert);
	journal_add(t->spot.journal, &t->spot.where, now, &tls_handshake, f, n);
}

static struct span name_entry(X509_NAME *name, int nid, char *to, int max)
{
	int n = X509_NAME_get_text_by_NID(name, nid, to, max);

	return n > 0 ? (struct span){to, strnlen(to, (size_t)max)} : (struct span){0};
}

/* One name of subjectAltName as text. */
static void add_general_name(struct buf *out, const GENERAL_NAME *g)
{
	int type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(g, &type);
	struct span v = {(const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct address a;

	if (type == GEN_DNS) {
		buf_add(out, v);
	} else if (v.n == 4) {
		memcpy(&in.sin_addr, v.p, 4);
		if (address_from(&a, (struct sockaddr *)&in, sizeof(in), 0))
			buf_addz(out, a.text);
	} else if (v.n == 16) {
		memcpy(&in6.sin6_addr, v.p, 16);
		if (address_from(&a, (struct sockaddr *)&in6, sizeof(in6), 0))
			buf_addz(out, a.text);
	}
}

/* DNS names and addresses, comma-separated, whole names only. */
static void add_san(struct buf *out, const X509 *x)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(all) && !out->full; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);
		size_t before = out->n;

		if (g->type != GEN_DNS && g->type != GEN_IPADD)
			continue;
		if (out->n)
			buf_addc(out, ',');
		add_general_name(out, g);
		if (out->full)
			out->n = before;
	}
	GENERAL_NAMES_free(all);
}

static int64_t seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) : 0;
}

static int64_t days(int64_t seconds)
{
	return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

/* It names the place of its issuer's certificate (RFC 5280 §4.2.2.1). */
static bool names_issuer_place(X509 *x)
{
	AUTHORITY_INFO_ACCESS *all = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(all); i++)
		found |= OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(all, i)->method) == NID_ad_ca_issuers;
	AUTHORITY_INFO_ACCESS_free(all);
	return found;
}

static void note_cert(const struct tls *t, X509 *x, int index, int count, ns now)
{
	char cn[NAME_MAX_SHOWN], issuer_cn[NAME_MAX_SHOWN], org[NAME_MAX_SHOWN];
	struct buf san = {.max = SAN_MAX};
	struct span subject, issuer, issuer_org, first;
	int64_t from = seconds_of(X509_get0_notBefore(x)), to = seconds_of(X509_get0_notAfter(x));

	add_san(&san, x);
	subject = name_entry(X509_get_subject_name(x), NID_commonName, cn, sizeof(cn));
	first = buf_span(&san);
	if (!subject.n && span_cut(&first, ',', &subject))
		first = subject;
	issuer = name_entry(X509_get_issuer_name(x), NID_commonName, issuer_cn, sizeof(issuer_cn));
	issuer_org = name_entry(X509_get_issuer_name(x), NID_organizationName, org, sizeof(org));
	note(t->spot.journal, &t->spot.where, now, &tls_cert, F_INT(k_index, index),
		F_INT(k_count, count), F_TEXT(k_subject, subject),
		F_TEXT(k_issuer, issuer.n ? issuer : issuer_org), F_TEXT(k_issuer_org, issuer_org),
		F_TEXT(k_san, buf_span(&san)), F_INT(k_not_before, from), F_INT(k_not_after, to),
		F_INT(k_days_left, days(to - clock_wall() / NS_S)),
		F_BOOL(k_self_signed, X509_self_signed(x, 1) == 1), F_BOOL(k_aia, names_issuer_place(x)));
	buf_deinit(&san);
}

/* A client's chain begins with the server's own certificate, a server's does not have the client's
 * own. */
void tls_note_certs(const struct tls *t, ns now)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(t->ssl);
	X509 *own = t->client ? NULL : SSL_get0_peer_certificate(t->ssl);
	int first = own != NULL, n = first + (chain ? sk_X509_num(chain) : 0);

	for (int i = 0; i < n && i < TLS_CHAIN_MAX; i++)
		note_cert(t, i < first ? own : sk_X509_value(chain, i - first), i, n, now);
}

/* RFC 6125 §6.4 as browsers, Go and Python have it: the CN does not count. */
static bool covers(X509 *leaf, const char *name)
{
	struct address a;

	if (address_parse(&a, span_of(name), 0))
		return X509_check_ip_asc(leaf, name, 0) == 1;
	return X509_check_host(
		       leaf, name, strlen(name), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

/* Is the issuer of the topmost certificate that could be put into a chain a trusted root? */
static bool top_is_trusted(X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int n = sk_X509_num(chain);
	X509_OBJECT *found;
	bool yes;

	if (n <= 0)
		return false;
	found = X509_STORE_CTX_get_obj_by_subject(
		ctx, X509_LU_X509, X509_get_issuer_name(sk_X509_value(chain, n - 1)));
	yes = found != NULL;
	X509_OBJECT_free(found);
	return yes;
}

static void set_purpose(X509_STORE_CTX *ctx)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);

	X509_STORE_CTX_set_default(ctx, "ssl_server");
	X509_VERIFY_PARAM_set_auth_level(p, 1);
}

bool tls_note_verify(const struct tls *t, ns now)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *leaf = SSL_get0_peer_certificate(t->ssl);
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(t->ssl);
	int code = X509_V_ERR_UNSPECIFIED;
	bool name_ok, chain_ok = false, top;

	if (!leaf || !ctx || !X509_STORE_CTX_init(ctx, t->trust->store, leaf, chain)) {
		X509_STORE_CTX_free(ctx);
		return false;
	}
	set_purpose(ctx);
	chain_ok = X509_verify_cert(ctx) == 1;
	code = X509_STORE_CTX_get_error(ctx);
	top = top_is_trusted(ctx);
	name_ok = covers(leaf, t->name);
	note(t->spot.journal, &t->spot.where, now, &tls_verify, F_INT(k_code, code),
		F_TEXT(k_text, span_of(X509_verify_cert_error_string(code))),
		F_TEXT(k_name, span_of(t->name)), F_BOOL(k_name_ok, name_ok),
		F_BOOL(k_chain_ok, chain_ok), F_INT(k_anchors, (int64_t)t->trust->anchors),
		F_BOOL(k_in_root_store, top), F_INT(k_index, X509_STORE_CTX_get_error_depth(ctx)),
		F_INT(k_count, chain ? sk_X509_num(chain) : 0), F_BOOL(k_insecure, t->insecure));
	X509_STORE_CTX_free(ctx);
	return chain_ok && name_ok;
}
