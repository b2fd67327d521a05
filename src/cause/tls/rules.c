#include "cause/all.h"
#include "cause/evidence.h"
#include "fact/all.h"

/* OpenSSL's X509_V_ERR_ numbers (openssl-verify(1)). */
enum {
	NO_ISSUER_GIVEN = 2,
	NOT_YET_VALID = 9,
	EXPIRED = 10,
	SELF_SIGNED = 18,
	SELF_SIGNED_IN_CHAIN = 19,
	NO_ISSUER_LOCALLY = 20,
	UNVERIFIED_LEAF = 21,
};

#define ALPN_REFUSED "no_application_protocol"

static const struct obs *handshake(const struct scope *s)
{
	return scope_find(s, &tls_handshake, &exp_upgrade, NULL);
}

static const struct obs *verification(const struct scope *s)
{
	return scope_find(s, &tls_verify, &exp_upgrade, NULL);
}

static const struct obs *leaf(const struct scope *s)
{
	return scope_find(s, &tls_cert, &exp_upgrade, NULL);
}

static bool code_is(const struct obs *verify, int64_t a, int64_t b)
{
	return obs_int(verify, &k_code) == a || obs_int(verify, &k_code) == b;
}

/* Found, but only mentioned when the user asked not to verify. */
static enum ruling distrusted(struct finding *f, const struct obs *verify, const struct obs *cert)
{
	if (obs_int(verify, &k_insecure))
		f->severity = INFO;
	return found(f, 1, cert ? cert : verify, verify);
}

enum ruling rule_tls_wss_to_plain_port(const struct scope *s, struct finding *f)
{
	const struct obs *hs = handshake(s);

	if (obs_int(hs, &k_ok) || obs_is(hs, &k_error, "alert"))
		return cleared(f, hs);
	if (!hs)
		return unseen(f, NULL);
	if (obs_is(hs, &k_error, "plain"))
		return found(f, 1, hs, evidence_plain_instead(s));
	/* some plain servers hang up on a ClientHello, others wait for its end of line */
	if (!scope_ran(s, &exp_plain_instead))
		return unseen(f, &exp_plain_instead);
	if (evidence_plain_instead(s))
		return found(f, 1, hs, evidence_plain_instead(s));
	return cleared(f, scope_ran(s, &exp_plain_instead));
}

enum ruling rule_tls_ws_to_tls_port(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s), *end = evidence_hung_up(s, NULL), *tls;
	const struct obs *record =
		evidence_is(s, &http_fault, &exp_upgrade, &k_fault, "tls-record");

	if (evidence_secure(s))
		return cleared(f, handshake(s));
	if (obs_is(a, &k_saying, "plain-to-tls") || record)
		return found(f, 1, record ? record : a,
			scope_find(s, &tls_handshake, &exp_tls_instead, NULL));
	/* not every server has words for it */
	if (!end && (obs_int(a, &k_status) != 400 || obs_has(a, &k_saying)))
		return cleared(f, a ? a : evidence_open(s));
	if (!scope_ran(s, &exp_tls_instead))
		return unseen(f, &exp_tls_instead);
	tls = scope_find(s, &tls_handshake, &exp_tls_instead, NULL);
	if (obs_int(tls, &k_ok))
		return found(f, 1, end ? end : a, tls);
	return cleared(f, tls ? tls : scope_ran(s, &exp_tls_instead));
}

/* The certificate that is out of its time: the server's own, or the one that verification stumbled
 * over. */
static const struct obs *mistimed(const struct scope *s, bool expired)
{
	const struct obs *own = leaf(s), *verify = verification(s), *o;

	if (expired && obs_has(own, &k_days_left) && obs_int(own, &k_days_left) < 0)
		return own;
	if (!code_is(verify, expired ? EXPIRED : NOT_YET_VALID, -1))
		return NULL;
	for (o = own; o; o = scope_next(s, o, &tls_cert, &exp_upgrade, NULL))
		if (expired && obs_int(o, &k_days_left) < 0)
			return o;
	return own;
}

enum ruling rule_tls_cert_expired(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s), *cert = mistimed(s, true);

	if (!cert)
		return cleared(f, verify);
	return distrusted(f, verify, cert);
}

enum ruling rule_tls_cert_not_yet_valid(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s), *cert = mistimed(s, false);

	return cert ? distrusted(f, verify, cert) : cleared(f, verify);
}

enum ruling rule_tls_name_mismatch(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s);

	if (!verify || obs_int(verify, &k_name_ok))
		return cleared(f, verify);
	if (obs_int(verify, &k_insecure))
		f->severity = INFO;
	return found(f, 1, verify, leaf(s));
}

static bool has_roots(const struct obs *verify)
{
	return obs_int(verify, &k_anchors) > 0;
}

enum ruling rule_tls_self_signed(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s);

	if (!verify || obs_int(verify, &k_chain_ok))
		return cleared(f, verify);
	if (!has_roots(verify) && !code_is(verify, SELF_SIGNED, -1))
		return unseen_because(f, "no trusted roots on this machine");
	return code_is(verify, SELF_SIGNED, SELF_SIGNED_IN_CHAIN) ? distrusted(f, verify, leaf(s))
								  : unseen(f, NULL);
}

/* The certificate's issuer is a CA that the public trusts, so its root is in any current store. */
static bool is_publicly_issued(const struct obs *cert)
{
	static const char *const names[] = {"Let's Encrypt", "ISRG",
		"Internet Security Research Group", "DigiCert", "Sectigo", "USERTrust", "COMODO",
		"GlobalSign", "Google Trust Services", "Amazon", "GoDaddy", "Starfield", "Entrust",
		"GeoTrust", "RapidSSL", "Thawte", "ZeroSSL", "Buypass", "Certum", "SwissSign",
		"QuoVadis", "Actalis", "IdenTrust", "SSL Corporation", "HARICA",
		"Microsoft Corporation", "GTS CA", "TrustAsia"};
	struct span org = obs_text(cert, &k_issuer_org), issuer = obs_text(cert, &k_issuer);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_ifind(org, span_of(names[i])) >= 0 ||
			span_ifind(issuer, span_of(names[i])) >= 0)
			return true;
	return false;
}

static const struct obs *last_cert(const struct scope *s)
{
	const struct obs *last = leaf(s), *o = last;

	for (; o; o = scope_next(s, o, &tls_cert, &exp_upgrade, NULL))
		if (o->where.flow == last->where.flow)
			last = o;
	return last;
}

/* Verification ended at an issuer that is neither sent nor trusted. */
static bool issuer_is_missing(const struct obs *verify)
{
	return !obs_int(verify, &k_chain_ok) && has_roots(verify) &&
	       (code_is(verify, NO_ISSUER_GIVEN, NO_ISSUER_LOCALLY) ||
		       code_is(verify, UNVERIFIED_LEAF, -1));
}

enum ruling rule_tls_chain_incomplete(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s), *cert = leaf(s);

	if (!verify || obs_int(verify, &k_chain_ok))
		return cleared(f, verify);
	if (!has_roots(verify))
		return unseen_because(f, "no trusted roots on this machine");
	if (!issuer_is_missing(verify) || !cert || last_cert(s) != cert)
		return unseen(f, NULL);
	if (obs_int(verify, &k_insecure))
		f->severity = INFO;
	if (obs_int(cert, &k_aia) || is_publicly_issued(cert))
		return found(f, 1, cert, verify);
	probably(f, &cause_tls_self_signed, "the same check with --cacert and the issuer's root");
	return found(f, 0.6, cert, verify);
}

enum ruling rule_tls_client_root_store_old(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s), *top = last_cert(s);

	if (!verify || obs_int(verify, &k_chain_ok))
		return cleared(f, verify);
	if (!issuer_is_missing(verify) || !top || top == leaf(s))
		return unseen(f, NULL);
	if (obs_int(verify, &k_insecure))
		f->severity = INFO;
	if (is_publicly_issued(top))
		return found(f, 1, leaf(s), top, verify);
	probably(f, &cause_tls_self_signed, "the same check with --cacert and the private root");
	return found(f, 0.6, leaf(s), top, verify);
}

enum ruling rule_tls_no_root_store(const struct scope *s, struct finding *f)
{
	const struct obs *verify = verification(s);

	if (!verify || obs_int(verify, &k_chain_ok) || has_roots(verify))
		return cleared(f, verify);
	return found(f, 1, verify);
}

/* The alert that ended the connection, during the handshake or right after it (TLS 1.3). */
static const struct obs *alerted(const struct scope *s, const char *const *names)
{
	for (; *names; names++) {
		const struct obs *o =
			evidence_is(s, &tls_handshake, &exp_upgrade, &k_alert, *names);

		if (!o)
			o = evidence_is(s, &conn_end, &exp_upgrade, &k_alert, *names);
		if (o)
			return o;
	}
	return NULL;
}

enum ruling rule_tls_client_cert_required(const struct scope *s, struct finding *f)
{
	static const char *const names[] = {
		"certificate_required", "handshake_failure", "bad_certificate", NULL};
	const struct obs *hs = handshake(s), *a = evidence_refused(s);
	const struct obs *alert = alerted(s, names), *end = evidence_hung_up(s, NULL);

	if (obs_is(a, &k_saying, "client-cert-missing"))
		return found(f, 1, a, hs);
	if (!obs_int(hs, &k_client_cert) || obs_int(hs, &k_sent_cert) ||
		evidence_answer(s, &exp_upgrade))
		return cleared(f, hs);
	if (alert || end)
		return found(f, 1, alert ? alert : end, hs);
	return unseen(f, NULL);
}

enum ruling rule_tls_client_cert_rejected(const struct scope *s, struct finding *f)
{
	static const char *const names[] = {"bad_certificate", "unknown_ca", "certificate_unknown",
		"certificate_expired", "certificate_revoked", "unsupported_certificate",
		"access_denied", "decrypt_error", NULL};
	const struct obs *hs = handshake(s), *a = evidence_refused(s), *alert = alerted(s, names);

	if (obs_is(a, &k_saying, "client-cert-bad"))
		return found(f, 1, a, hs);
	if (!obs_int(hs, &k_sent_cert) || !alert)
		return unseen(f, NULL);
	return found(f, 1, alert, hs);
}

enum ruling rule_tls_sni_rejected(const struct scope *s, struct finding *f)
{
	static const char *const names[] = {"unrecognized_name", NULL};
	const struct obs *hs = handshake(s), *alert = alerted(s, names), *bare;

	if (alert)
		return found(f, 1, alert);
	if (!hs || obs_int(hs, &k_ok))
		return cleared(f, hs);
	if (!obs_is(hs, &k_error, "alert") && !obs_is(hs, &k_error, "cut"))
		return unseen(f, NULL);
	if (!scope_ran(s, &exp_no_sni))
		return unseen(f, &exp_no_sni);
	bare = scope_find(s, &tls_handshake, &exp_no_sni, NULL);
	return obs_int(bare, &k_ok) ? found(f, 1, hs, bare) : cleared(f, bare);
}

enum ruling rule_tls_no_http1(const struct scope *s, struct finding *f)
{
	static const char *const names[] = {ALPN_REFUSED, NULL};
	const struct obs *alert = alerted(s, names);

	return alert ? found(f, 1, alert, scope_find(s, &tls_handshake, &exp_h2, NULL))
		     : cleared(f, handshake(s));
}

static bool is_old(const struct obs *hs)
{
	return obs_is(hs, &k_version, "TLSv1") || obs_is(hs, &k_version, "TLSv1.1");
}

enum ruling rule_tls_handshake_failed(const struct scope *s, struct finding *f)
{
	const struct obs *hs = handshake(s);

	/* wsdx itself speaks the old versions */
	if (obs_int(hs, &k_ok) && is_old(hs))
		return found(f, 1, hs);
	if (!hs || obs_int(hs, &k_ok))
		return cleared(f, hs);
	if (obs_is(hs, &k_error, "plain"))
		return unseen(f, NULL);
	if (obs_is(hs, &k_alert, ALPN_REFUSED))
		return cleared(f, hs);
	if (!obs_is(hs, &k_error, "alert")) {
		if (!scope_ran(s, &exp_plain_instead))
			return unseen(f, &exp_plain_instead);
		if (evidence_plain_instead(s))
			return cleared(f, evidence_plain_instead(s));
	}
	/* an alert is the peer's own word */
	if (obs_is(hs, &k_error, "alert") || obs_is(hs, &k_error, "protocol"))
		return found(f, 1, hs);
	probably(f, &cause_tcp_accept_no_answer,
		"openssl s_client -connect <host>:<port> -servername <host>");
	return found(f, 0.6, hs);
}

enum ruling rule_tls_redirect_tls_offload_loop(const struct scope *s, struct finding *f)
{
	const struct obs *a = evidence_refused(s);

	if (!evidence_secure(s) || !obs_is(a, &k_redirect, "same"))
		return cleared(f, a ? a : evidence_open(s));
	return found(f, 1, a, handshake(s));
}
