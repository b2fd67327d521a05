/* A forward proxy between us and the target: HTTP CONNECT (RFC 9110 §9.3.6) or SOCKS5 (RFC 1928). */
#ifndef FACT_PROXY_H
#define FACT_PROXY_H

#include "fact/run.h"

#define PROXY_FACTS(KIND, KEY, TAG)                                                                \
	/* by: "option" or the environment variable's name */                                      \
	KIND(proxy_chosen, "proxy.chosen", OURS, "going through the proxy {proxy}, from {by}")     \
	/* a proxy is set but NO_PROXY excludes the target */                                      \
	KIND(proxy_bypassed, "proxy.bypassed", OURS, "the proxy {proxy} is not used: NO_PROXY has {text}")         \
	/* scheme: http https socks5; status: HTTP status or SOCKS reply code; error: "denied" "auth-required"     \
	 * "unreachable" "malformed" "silent" "cut", "unfinished" (we left before); who, saying: as in http.answer */                                             \
	KIND(proxy_answer, "proxy.answer", PROBE,                                                  \
		"the proxy {proxy} [answered {status}][{!status}{?error}gave no answer][ {reason}] in {took}"  \
		"[ from {who}][, saying {saying}][: {error}]")

FACT_DECLARE(PROXY_FACTS)

#endif
