/* Reads packets from stdin, one a line, and says what dialect/eio and dialect/sio read in them and
 * what they write again: corpus.js compares that with the official parsers. Bytes are in hex.
 *
 *   payload VERSION HEX       → framing type:binary:data… = bytes again
 *   frame VERSION BINARY HEX  → type:binary:data = bytes again
 *   packet REVISION HEX       → type namespace ack attachments data placeholders = bytes again
 *   msgpack HEX               → type namespace ack data, of socket.io-msgpack-parser
 *   adapter KIND HEX          → verb uid namespace request rooms except data attachments = bytes
 * again
 *
 * A packet that cannot be read is "fault NAME". */
#include <stdio.h>
#include <stdlib.h>

#include "dialect/eio/payload.h"
#include "dialect/redis/adapter.h"
#include "dialect/sio/packet.h"

static void print_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", (unsigned char)s.p[i]);
}

static int nibble(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static void read_hex(struct buf *out, struct span text)
{
	buf_clear(out);
	for (size_t i = 0; i + 1 < text.n; i += 2)
		buf_addc(out, (char)(nibble(text.p[i]) << 4 | nibble(text.p[i + 1])));
}

static void finish(struct buf *again)
{
	fputs(" = ", stdout);
	print_hex(buf_span(again));
	buf_deinit(again);
}

static void print_packet(const struct eio_packet *p)
{
	printf(" %s:%d:", eio_type_name(p->type), p->binary);
	print_hex(p->data);
}

static void payload(unsigned version, struct span in)
{
	enum eio_framing framing = eio_framing_guess(in, version);
	struct buf again = {.max = EIO_PAYLOAD_MAX};
	struct eio_payload p;
	struct eio_packet packet;

	fputs(eio_framing_name(framing), stdout);
	eio_payload_init(&p, in, framing);
	while (eio_payload_next(&p, &packet)) {
		print_packet(&packet);
		eio_payload_add(&again, framing, p.n - 1, &packet);
	}
	if (p.fault)
		printf(" fault %s", p.fault);
	eio_payload_deinit(&p);
	finish(&again);
}

static void frame(unsigned version, bool binary, struct span in)
{
	struct buf again = {.max = EIO_PAYLOAD_MAX};
	struct eio_packet packet;
	const char *fault = eio_frame_read(&packet, version, binary, in);

	if (fault) {
		printf("fault %s", fault);
		return;
	}
	fputs("websocket", stdout);
	print_packet(&packet);
	eio_frame_write(&again, version, &packet);
	finish(&again);
}

static void packet(unsigned revision, struct span in)
{
	struct buf again = {.max = EIO_PAYLOAD_MAX};
	struct sio_packet p;
	struct sio_args args = {0};
	const char *fault = sio_packet_read(&p, revision, in);

	if (!fault && (p.type == SIO_EVENT || p.type == SIO_BINARY_EVENT || p.type == SIO_ACK ||
			      p.type == SIO_BINARY_ACK)) {
		sio_args_read(&args, &p);
		fault = args.fault;
	}
	if (fault) {
		printf("fault %s", fault);
		return;
	}
	printf("%d ", p.type);
	print_hex(p.namespace);
	if (p.has_ack)
		printf(" %llu", (unsigned long long)p.ack);
	else
		fputs(" -", stdout);
	printf(" %u .", p.attachments);
	print_hex(p.data);
	printf(" %u", args.placeholders);
	sio_packet_write(&again, &p);
	finish(&again);
}

static void msgpack(struct span in)
{
	struct buf json = {0};
	struct sio_packet p;
	const char *fault = sio_msgpack_looks(in) ? sio_msgpack_read(&p, &json, in) : "looks";

	if (fault) {
		printf("fault %s", fault);
	} else {
		printf("%d ", p.type);
		print_hex(p.namespace);
		if (p.has_ack)
			printf(" %llu .", (unsigned long long)p.ack);
		else
			fputs(" - .", stdout);
		print_hex(p.data);
	}
	buf_deinit(&json);
}

static void print_part(struct span s)
{
	putchar('.');
	print_hex(s);
	putchar(' ');
}

static void adapter(bool sharded, struct span in)
{
	enum adapter_kind kind = sharded ? ADAPTER_SHARDED : ADAPTER_CLASSIC;
	struct buf json = {0}, again = {.max = EIO_PAYLOAD_MAX};
	struct adapter_message m;
	char verb[8];

	if (!adapter_read(&m, &json, kind, false, in)) {
		fputs("fault", stdout);
		buf_deinit(&json);
		return;
	}
	snprintf(verb, sizeof(verb), "%d", (int)m.verb);
	print_part(span_of(verb));
	print_part(m.uid);
	print_part(m.nsp);
	print_part(m.request);
	print_part(m.rooms);
	print_part(m.except);
	print_part(m.data);
	putchar('.');
	for (unsigned i = 0; i < m.bytes.n; i++) {
		if (i)
			putchar(',');
		print_hex(m.bytes.v[i]);
	}
	adapter_write_event(&again, kind,
		&(struct adapter_event){m.uid, m.nsp, m.data, m.rooms, m.except, &m.bytes});
	finish(&again);
	buf_deinit(&json);
}

static void answer(struct span line)
{
	struct span word = {0}, number = {0}, binary = {0};
	struct buf bytes = {.max = EIO_PAYLOAD_MAX};
	unsigned version;

	span_cut(&line, ' ', &word);
	if (!span_eq(word, SPAN("msgpack")))
		span_cut(&line, ' ', &number);
	version = number.n ? (unsigned)(number.p[0] - '0') : 0;
	if (span_eq(word, SPAN("frame")))
		span_cut(&line, ' ', &binary);
	read_hex(&bytes, line);
	if (span_eq(word, SPAN("payload")))
		payload(version, buf_span(&bytes));
	else if (span_eq(word, SPAN("frame")))
		frame(version, span_eq(binary, SPAN("1")), buf_span(&bytes));
	else if (span_eq(word, SPAN("msgpack")))
		msgpack(buf_span(&bytes));
	else if (span_eq(word, SPAN("adapter")))
		adapter(span_eq(number, SPAN("sharded")), buf_span(&bytes));
	else
		packet(version, buf_span(&bytes));
	putchar('\n');
	buf_deinit(&bytes);
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) > 0)
		answer((struct span){line, (size_t)n - (line[n - 1] == '\n')});
	free(line);
	return 0;
}
