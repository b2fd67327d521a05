#include "serve/fault_tls.h"

#include <stdlib.h>

#define DAY ((int64_t)86400)
#define H1                                                                                         \
	{                                                                                          \
		"http/1.1", 8                                                                      \
	}
#define HERE "DNS:localhost,IP:127.0.0.1,IP:::1"

/* Who signed it, and what goes with it. */
enum chain {
	BY_ROOT,
	BY_MIDDLE,	    /* the intermediate one is sent too */
	BY_MIDDLE_NOT_SENT, /* and should be */
	BY_STRANGER,	    /* … of a root that is not shown to anybody */
	BY_BOX,
	BY_ITSELF
};

static const struct kind_of {
	enum chain chain;
	const char *san;
	int64_t from, to; /* days from now */
	struct tls_offer offer;
} kinds[FAULT_PLACES] = {
	[FAULT_TLS_GOOD] = {BY_MIDDLE, HERE, -1, 90, {.alpn = H1}},
	[FAULT_TLS_EXPIRED] = {BY_MIDDLE, HERE, -91, -1, {.alpn = H1}},
	[FAULT_TLS_EARLY] = {BY_MIDDLE, HERE, 1, 91, {.alpn = H1}},
	[FAULT_TLS_NAME] = {BY_MIDDLE, "DNS:other.example", -1, 90, {.alpn = H1}},
	[FAULT_TLS_LEAF] = {BY_MIDDLE_NOT_SENT, HERE, -1, 90, {.alpn = H1}},
	[FAULT_TLS_SELF] = {BY_ITSELF, HERE, -1, 90, {.alpn = H1}},
	[FAULT_TLS_STRANGER] = {BY_STRANGER, HERE, -1, 90, {.alpn = H1}},
	[FAULT_TLS_BOX] = {BY_BOX, HERE, -1, 90, {.alpn = H1}},
	[FAULT_TLS_CLIENT] = {BY_MIDDLE, HERE, -1, 90, {.alpn = H1, .client_cert_required = true}},
	[FAULT_TLS_CLIENT_UNKNOWN] = {BY_MIDDLE, HERE, -1, 90,
		{.alpn = H1, .client_cert = true, .client_cert_refused = true}},
	[FAULT_TLS_OLD] = {BY_MIDDLE, HERE, -1, 90, {.max_version = 11}},
	[FAULT_TLS_H2] = {BY_MIDDLE, HERE, -1, 90, {.alpn = {"h2", 2}}},
	[FAULT_TLS_SNI] = {BY_MIDDLE, HERE, -1, 90, {.alpn = H1, .name_refused = true}},
};

struct fault_tls {
	struct cert root, middle, stranger_root, stranger, box;
	struct tls_identity *identities[FAULT_PLACES];
	struct tls_offer offers[FAULT_PLACES];
};

static void make(struct cert *out, const struct cert_ask *ask)
{
	if (!cert_make(out, ask))
		abort();
}

static void make_issuers(struct fault_tls *t)
{
	make(&t->root, &(struct cert_ask){.name = "wsdx serve root", .org = "wsdx", .ca = true});
	make(&t->middle, &(struct cert_ask){.name = "wsdx serve intermediate",
				 .org = "wsdx",
				 .ca = true,
				 .issuer = &t->root});
	make(&t->stranger_root,
		&(struct cert_ask){.name = "wsdx serve new root", .org = "wsdx", .ca = true});
	make(&t->stranger, &(struct cert_ask){.name = "wsdx serve new intermediate",
				   .org = "wsdx",
				   .ca = true,
				   .issuer = &t->stranger_root});
	make(&t->box, &(struct cert_ask){.name = "FortiGate CA", .org = "Fortinet", .ca = true});
}

static const struct cert *issuer(const struct fault_tls *t, enum chain chain)
{
	static const size_t at[] = {[BY_ROOT] = offsetof(struct fault_tls, root),
		[BY_MIDDLE] = offsetof(struct fault_tls, middle),
		[BY_MIDDLE_NOT_SENT] = offsetof(struct fault_tls, middle),
		[BY_STRANGER] = offsetof(struct fault_tls, stranger),
		[BY_BOX] = offsetof(struct fault_tls, box)};

	return chain == BY_ITSELF
		       ? NULL
		       : (const struct cert *)(const void *)((const char *)t + at[chain]);
}

static void make_offer(struct fault_tls *t, enum fault_place place)
{
	const struct kind_of *k = &kinds[place];
	const struct cert *by = issuer(t, k->chain);
	struct cert chain[2] = {{0}};
	bool sent = k->chain == BY_MIDDLE || k->chain == BY_STRANGER;

	make(&chain[0], &(struct cert_ask){.name = "localhost",
				.san = k->san,
				.issuer = by,
				.not_before = k->from * DAY,
				.not_after = k->to * DAY});
	if (sent)
		chain[1] = *by;
	t->identities[place] = tls_identity_new(chain, sent ? 2 : 1);
	if (!t->identities[place])
		abort();
	cert_deinit(&chain[0]);
	t->offers[place] = k->offer;
	t->offers[place].identity = t->identities[place];
}

struct fault_tls *fault_tls_new(void)
{
	struct fault_tls *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	make_issuers(t);
	for (int place = FAULT_TLS_GOOD; place < FAULT_PLACES; place++)
		make_offer(t, (enum fault_place)place);
	return t;
}

void fault_tls_free(struct fault_tls *t)
{
	if (!t)
		return;
	for (int place = 0; place < FAULT_PLACES; place++)
		tls_identity_free(t->identities[place]);
	cert_deinit(&t->root);
	cert_deinit(&t->middle);
	cert_deinit(&t->stranger_root);
	cert_deinit(&t->stranger);
	cert_deinit(&t->box);
	free(t);
}

const struct tls_offer *fault_tls_offer(const struct fault_tls *t, enum fault_place place)
{
	return &t->offers[place];
}

void fault_tls_root(struct buf *out, const struct fault_tls *t)
{
	cert_pem(out, &t->root);
}
