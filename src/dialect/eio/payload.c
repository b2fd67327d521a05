#include "dialect/eio/payload.h"

#include <stdio.h>

#define SEPARATOR '\x1e'
/* Digits of a length: EIO_PAYLOAD_MAX has fewer. */
#define DIGITS_MAX 10

const char *eio_type_name(enum eio_type type)
{
	static const char *const names[EIO_TYPES] = {
		"open", "close", "ping", "pong", "message", "upgrade", "noop"};

	return names[type];
}

const char *eio_framing_name(enum eio_framing framing)
{
	static const char *const names[] = {"records", "lengths", "binary", "websocket"};

	return names[framing];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Protocol 3 begins with a length and a colon, or with a byte 0 or 1; protocol 4 with a packet. */
enum eio_framing eio_framing_guess(struct span in, unsigned version)
{
	size_t digits = 0;

	if (version != 4 && in.n && (unsigned char)in.p[0] <= 1)
		return EIO_BYTES;
	while (digits < in.n && digits < DIGITS_MAX && is_digit(in.p[digits]))
		digits++;
	if (version == 3)
		return EIO_LENGTHS;
	/* even of a session that began as 4: the open packet tells */
	if (digits && digits < in.n && in.p[digits] == ':' && !version)
		return EIO_LENGTHS;
	return EIO_RECORDS;
}

void eio_payload_init(struct eio_payload *p, struct span in, enum eio_framing framing)
{
	*p = (struct eio_payload){.in = in, .framing = framing, .decoded.max = EIO_PAYLOAD_MAX};
}

void eio_payload_deinit(struct eio_payload *p)
{
	buf_deinit(&p->decoded);
}

static bool fail(struct eio_payload *p, const char *fault)
{
	p->fault = fault;
	p->in = (struct span){0};
	return false;
}

/* A packet as text; `lead`: what stands before a base64 one. */
static bool read_text(
	struct eio_payload *p, struct span text, struct span lead, struct eio_packet *out)
{
	if (!text.n)
		return fail(p, "empty");
	if (span_starts(text, lead)) {
		buf_clear(&p->decoded);
		if (!eio_base64_read(&p->decoded, span_from(text, lead.n)))
			return fail(p, "base64");
		*out = (struct eio_packet){EIO_MESSAGE, true, buf_span(&p->decoded)};
		return true;
	}
	if (text.p[0] < '0' || text.p[0] > '6')
		return fail(p, "type");
	*out = (struct eio_packet){(enum eio_type)(text.p[0] - '0'), false, span_from(text, 1)};
	return true;
}

static bool next_record(struct eio_payload *p, struct eio_packet *out)
{
	struct span text = p->in;
	ssize_t end = span_chr(p->in, SEPARATOR);

	if (end < 0) {
		p->in = (struct span){0};
	} else {
		text.n = (size_t)end;
		p->in = span_from(p->in, text.n + 1);
		/* a separator stands between packets: behind the last one it is an empty packet */
		if (!p->in.n)
			return fail(p, "empty");
	}
	return read_text(p, text, SPAN("b"), out);
}

/* Bytes that hold `units` UTF-16 units of UTF-8, as JavaScript counts; SIZE_MAX: there are not so
 * many. */
static size_t utf16_bytes(struct span s, uint64_t units)
{
	size_t i = 0;

	while (units && i < s.n) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		unsigned cost = n == 4 ? 2 : 1;

		if (n > s.n - i || cost > units)
			return SIZE_MAX;
		i += n;
		units -= cost;
	}
	return units ? SIZE_MAX : i;
}

/* Takes the text of the next length; NULL or the fault. */
static const char *take_length(struct eio_payload *p, struct span *text)
{
	ssize_t colon = span_chr(span_head(p->in, DIGITS_MAX + 1), ':');
	uint64_t units;

	if (colon < 0 || !span_uint(span_head(p->in, (size_t)colon), EIO_PAYLOAD_MAX, &units))
		return "length";
	*text = span_from(p->in, (size_t)colon + 1);
	text->n = utf16_bytes(*text, units);
	if (text->n == SIZE_MAX)
		return "length";
	p->in = span_from(p->in, (size_t)colon + 1 + text->n);
	return NULL;
}

/* A length of 0 holds no packet: engine.io-parser 2 writes "0:" for none at all, and skips it. */
static bool next_length(struct eio_payload *p, struct eio_packet *out)
{
	struct span text = {0};

	while (p->in.n && !text.n) {
		const char *fault = take_length(p, &text);

		if (fault)
			return fail(p, fault);
	}
	return text.n && read_text(p, text, SPAN("b4"), out);
}

static bool next_bytes(struct eio_payload *p, struct eio_packet *out)
{
	struct span rest = p->in, data;
	bool binary = rest.p[0] == 1;
	uint64_t n = 0;
	size_t i = 1;

	if ((unsigned char)rest.p[0] > 1)
		return fail(p, "framing");
	while (i < rest.n && i <= DIGITS_MAX && (unsigned char)rest.p[i] <= 9)
		n = n * 10 + (unsigned char)rest.p[i++];
	if (i == 1 || i == rest.n || (unsigned char)rest.p[i] != 255 || n > rest.n - i - 1)
		return fail(p, "length");
	data = span_head(span_from(rest, i + 1), (size_t)n);
	p->in = span_from(rest, i + 1 + data.n);
	if (!binary)
		return read_text(p, data, SPAN("b4"), out);
	if (!data.n)
		return fail(p, "empty");
	if ((unsigned char)data.p[0] >= EIO_TYPES)
		return fail(p, "type");
	*out = (struct eio_packet){(enum eio_type)data.p[0], true, span_from(data, 1)};
	return true;
}

bool eio_payload_next(struct eio_payload *p, struct eio_packet *out)
{
	static bool (*const next[])(struct eio_payload *, struct eio_packet *) = {
		[EIO_RECORDS] = next_record, [EIO_LENGTHS] = next_length, [EIO_BYTES] = next_bytes};

	if (!p->in.n)
		return false;
	if (p->n == EIO_PACKETS_MAX)
		return fail(p, "too-many-packets");
	if (!next[p->framing](p, out))
		return false;
	p->n++;
	return true;
}

static size_t utf16_units(struct span s)
{
	size_t units = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		units += c >= 0xf0 ? 2 : (c & 0xc0) != 0x80;
	}
	return units;
}

static void add_text(struct buf *out, const struct eio_packet *packet, const char *lead)
{
	if (packet->binary) {
		buf_addz(out, lead);
		eio_base64_write(out, packet->data);
	} else {
		buf_addc(out, (char)('0' + packet->type));
		buf_add(out, packet->data);
	}
}

static void add_bytes(struct buf *out, const struct eio_packet *packet)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%zu", packet->data.n + 1);

	buf_addc(out, packet->binary);
	for (int i = 0; i < n; i++)
		buf_addc(out, (char)(digits[i] - '0'));
	buf_addc(out, (char)255);
	buf_addc(out, (char)(packet->type + (packet->binary ? 0 : '0')));
	buf_add(out, packet->data);
}

void eio_payload_add(
	struct buf *out, enum eio_framing framing, unsigned n, const struct eio_packet *packet)
{
	struct buf text = {.max = EIO_PAYLOAD_MAX};

	if (framing == EIO_BYTES) {
		add_bytes(out, packet);
	} else if (framing == EIO_LENGTHS) {
		add_text(&text, packet, "b4");
		buf_addf(out, "%zu:", utf16_units(buf_span(&text)));
		buf_add(out, buf_span(&text));
	} else {
		if (n)
			buf_addc(out, SEPARATOR);
		add_text(out, packet, "b");
	}
	buf_deinit(&text);
}

const char *eio_frame_read(struct eio_packet *out, unsigned version, bool binary, struct span data)
{
	int type;

	if (binary && version != 3) {
		*out = (struct eio_packet){EIO_MESSAGE, true, data};
		return NULL;
	}
	if (!data.n)
		return "empty";
	type = (unsigned char)data.p[0] - (binary ? 0 : '0');
	if (type < 0 || type >= EIO_TYPES)
		return "type";
	*out = (struct eio_packet){(enum eio_type)type, binary, span_from(data, 1)};
	return NULL;
}

void eio_frame_write(struct buf *out, unsigned version, const struct eio_packet *packet)
{
	if (!packet->binary)
		buf_addc(out, (char)('0' + packet->type));
	else if (version == 3)
		buf_addc(out, (char)packet->type);
	buf_add(out, packet->data);
}
