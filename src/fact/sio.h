/* Socket.IO, protocol revisions 4 (libraries 1 and 2) and 5 (libraries 3 and 4). */
#ifndef FACT_SIO_H
#define FACT_SIO_H

#include "fact/eio.h"

#define SIO_FACTS(KIND, KEY, TAG)                                                                  \
	/* The client asks for a namespace. auth: it gave an object of its own */                  \
	KIND(sio_join, "sio.join", PROBE, "asks for the namespace {namespace}[{?auth}, with auth][{?recovery}, to recover its session]") \
	/* The server's CONNECT. ok: always true, a refusal is sio.connect-error; recovery: it gave a pid, so state recovery is on; \
	 * recovered: the pid is the one we came back with; sid_tag: of the socket's id, absent in revision 4; took: since sio.join, \
	 * absent when it came unasked; parser: "json" "msgpack" */                                \
	KIND(sio_connect, "sio.connect", PROBE,                                                    \
		"connected to the namespace {namespace}[ in {took}][{?recovered}, session recovered]") \
	/* CONNECT_ERROR (ERROR of revision 4). message: redacted, at most 160 bytes; error: "invalid-namespace" or absent;        \
	 * extra: an object beside the message */                                                   \
	KIND(sio_connect_error, "sio.connect-error", PROBE,                                        \
		"namespace {namespace} refused[ in {took}][: {message}]")                          \
	/* EVENT or BINARY_EVENT, whole. ack: the id is present; ack_id; args: without the name; attachments: binary ones; bytes: of \
	 * the JSON and the attachments; digest: salted, equal for equal arguments within a run */ \
	KIND(sio_event, "sio.event", PROBE,                                                        \
		"{from} emitted {event}[ in {namespace}], {args argument}, {bytes}[, {attachments} binary][{?ack}, wants an ack]")      \
	/* ACK or BINARY_ACK. took: since the event with this id from the other side; absent when there was none */                \
	KIND(sio_ack, "sio.ack", PROBE, "{from} acknowledged {ack_id}[ in {took}], {args argument}, {bytes}[, {attachments} binary]") \
	KIND(sio_disconnect, "sio.disconnect", PROBE, "{from} left the namespace {namespace}")     \
	/* What breaks the protocol. fault: "empty" "type" "namespace" "ack-id" "json" "shape" (JSON of another shape than the type  \
	 * wants) "attachments" "placeholder" "attachment-unasked" "attachment-missing" "too-big" "too-many-attachments"        \
	 * "event-before-connect" "ack-unasked" "msgpack" "parser" (the sides use different parsers) */ \
	KIND(sio_fault, "sio.fault", PROBE, "{from} broke Socket.IO: {fault}[, {text}]")           \
	/* What a client of the library meets, once per run: it connects by transport (absent: not at all) after took; upgraded:    \
	 * after that long more it speaks by WebSocket (absent: it does not); offered: the server offered it */                    \
	KIND(sio_client, "sio.client", PROBE,                                                      \
		"[a client connects by {transport} in {took}][{!transport}a client that polls first does not connect]"               \
		"[, upgrades to WebSocket in {upgraded}]")                                         \
	/* --stream: the named event of the server. events: how many came; first: since we asked; gap: the longest between two;     \
	 * took: first → last; clump: they came in one read, or nearly: within 5 ms */             \
	KIND(sio_stream, "sio.stream", PROBE,                                                      \
		"{events} times {event}[, the first after {first}][, over {took}, at most {gap} apart][{?clump}, all in one clump]")     \
	/* --expect, --stream: the named event came within moments of the CONNECT, before anything was asked for */              \
	KIND(sio_welcome, "sio.welcome", PROBE, "{event} came {took} after the connection, unasked")                              \
	/* --expect: the named event of the server came; took: since we asked */                  \
	KIND(sio_expected, "sio.expected", PROBE, "the expected event {event} came[ after {took}]") \
	/* no answer to the CONNECT, no ack, or no event of the name, within waited. packet: "connect" "ack" "event" */                \
	KIND(sio_unanswered, "sio.unanswered", PROBE, "no {packet}[ {event}] in {waited}")         \
	KEY(k_upgraded, "upgraded", TIME)                                                          \
	KEY(k_offered, "offered", BOOL)                                                            \
	KEY(k_events, "events", INT)                                                               \
	KEY(k_first, "first", TIME)                                                                \
	KEY(k_clump, "clump", BOOL)                                                                \
	KEY(k_namespace, "namespace", TEXT) /* "/" is the main one; a query is cut off */          \
	KEY(k_auth, "auth", BOOL)                                                                  \
	KEY(k_recovery, "recovery", BOOL)                                                          \
	KEY(k_recovered, "recovered", BOOL)                                                        \
	KEY(k_parser, "parser", TEXT)                                                              \
	KEY(k_revision, "revision", INT) /* 4 or 5 */                                              \
	KEY(k_message, "message", TEXT)                                                            \
	KEY(k_extra, "extra", BOOL)                                                                 \
	KEY(k_event, "event", TEXT) /* its name, redacted, at most 160 bytes */                    \
	KEY(k_ack, "ack", BOOL)                                                                    \
	KEY(k_ack_id, "ack_id", INT)                                                               \
	KEY(k_args, "args", INT)                                                                   \
	KEY(k_attachments, "attachments", INT)

FACT_DECLARE(SIO_FACTS)

#endif
