/* The transport below everything. */
#ifndef FACT_TCP_H
#define FACT_TCP_H

#include "fact/dns.h"
#include "fact/run.h"

#define TCP_FACTS(KIND, KEY, TAG)                                                                  \
	/* error (absent when ok): "refused" "timeout" "unreachable" "prohibited" "reset" "local" (our own limits);             \
	 * took: from SYN to SYN-ACK or error, by the kernel; syn_retries: SYNs sent again */        \
	KIND(tcp_connect, "tcp.connect", PROBE,                                                    \
		"[{?ok}connected to ][{!ok}no connection to ]{address} port {port}[{?ok} in {took}][{!ok}: {error} after {took}]"               \
		"[, {syn_retries} SYN sent again]")                                                \
	/* a connection is over. by: "peer" "us"; how: "fin" "rst" "tls-close" "tls-alert" "timeout" "ours".       \
	 * after: since the TCP connect; idle: since the last byte in either direction. */           \
	KIND(conn_end, "conn.end", PROBE,                                                          \
		"connection ended by {by} ({how}) after {after}, {bytes_in} received, {bytes_out} sent")           \
	/* nothing (more) came until we gave up waiting. acked: the peer's kernel has all we sent */ \
	KIND(conn_silent, "conn.silent", PROBE,                                                    \
		"no answer in {waited}[{?acked}, though everything sent was acknowledged]")         \
	/* TCP_INFO at the end */                                                                  \
	KIND(tcp_info, "tcp.info", PROBE,                                                          \
		"round trip {rtt}[{?retrans}, {retrans} segments sent again][, MSS {mss}][{?unacked}, {unacked} unacknowledged]"        \
		"[{?out_of_order}, {out_of_order} segments arrived before one that is missing]")                  \
	KEY(k_how, "how", TEXT)                                                                    \
	KEY(k_after, "after", TIME)                                                                \
	KEY(k_idle, "idle", TIME)                                                                  \
	KEY(k_bytes_in, "bytes_in", BYTES)                                                         \
	KEY(k_bytes_out, "bytes_out", BYTES)                                                       \
	KEY(k_acked, "acked", BOOL)                                                                \
	KEY(k_rtt, "rtt", TIME)                                                                    \
	KEY(k_retrans, "retrans", INT)                                                             \
	KEY(k_syn_retries, "syn_retries", INT)                                                     \
	KEY(k_mss, "mss", INT)                                                                     \
	KEY(k_unacked, "unacked", INT)                                                             \
	KEY(k_out_of_order, "out_of_order", INT)

FACT_DECLARE(TCP_FACTS)

#endif
