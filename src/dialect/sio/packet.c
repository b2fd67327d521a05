#include "dialect/sio/packet.h"

#include "base/json.h"

#define MAIN SPAN("/")

static size_t digits(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

/* Of JSON that is one value and nothing else; JSON_ERROR for anything else. */
static enum json_type whole(struct span text)
{
	struct json j;
	struct json_token t, end;

	json_init(&j, text);
	t = json_next(&j);
	if ((t.type == JSON_OBJECT || t.type == JSON_ARRAY) && !json_skip(&j))
		return JSON_ERROR;
	end = json_next(&j);
	return end.type == JSON_END ? t.type : JSON_ERROR;
}

/* socket.io-parser/lib/index.ts, isPayloadValid(); revision 4 puts anything behind an ERROR, and
 * its CONNECT has no payload but may have a query in the namespace. */
static bool shape_fits(const struct sio_packet *p, unsigned revision, enum json_type type)
{
	switch (p->type) {
	case SIO_CONNECT:
		return type == JSON_OBJECT;
	case SIO_DISCONNECT:
		return false;
	case SIO_CONNECT_ERROR:
		return revision == 4 || type == JSON_OBJECT || type == JSON_STRING;
	default:
		return type == JSON_ARRAY;
	}
}

static const char *read_data(struct sio_packet *out, unsigned revision, struct span rest)
{
	enum json_type type;

	if (!rest.n)
		return out->type == SIO_CONNECT || out->type == SIO_DISCONNECT ||
				       (out->type == SIO_CONNECT_ERROR && revision == 4)
			       ? NULL
			       : "shape";
	type = whole(rest);
	if (type == JSON_ERROR)
		return "json";
	if (!shape_fits(out, revision, type))
		return "shape";
	out->data = rest;
	return NULL;
}

static const char *read_attachments(struct sio_packet *out, struct span *rest)
{
	size_t n = digits(*rest);
	uint64_t count;

	if (out->type != SIO_BINARY_EVENT && out->type != SIO_BINARY_ACK)
		return NULL;
	if (!n || n == rest->n || rest->p[n] != '-')
		return "attachments";
	if (!span_uint(span_head(*rest, n), SIO_ATTACHMENTS_MAX, &count))
		return "too-many-attachments";
	out->attachments = (unsigned)count;
	*rest = span_from(*rest, n + 1);
	return NULL;
}

static void read_namespace(struct sio_packet *out, struct span *rest)
{
	struct span name;
	ssize_t query;

	out->namespace = MAIN;
	if (!span_starts(*rest, MAIN))
		return;
	span_cut(rest, ',', &name);
	query = span_chr(name, '?');
	out->namespace = query < 0 ? name : span_head(name, (size_t)query);
}

const char *sio_packet_read(struct sio_packet *out, unsigned revision, struct span text)
{
	struct span rest = span_from(text, 1);
	const char *fault;
	size_t n;

	*out = (struct sio_packet){0};
	if (!text.n)
		return "empty";
	if (text.p[0] < '0' || text.p[0] >= '0' + SIO_TYPES)
		return "type";
	out->type = (enum sio_type)(text.p[0] - '0');
	fault = read_attachments(out, &rest);
	if (fault)
		return fault;
	read_namespace(out, &rest);
	n = digits(rest);
	if (n) {
		out->has_ack = true;
		if (!span_uint(span_head(rest, n), INT64_MAX, &out->ack))
			return "ack-id";
		rest = span_from(rest, n);
	}
	if (!out->has_ack && (out->type == SIO_ACK || out->type == SIO_BINARY_ACK))
		return "ack-id";
	return read_data(out, revision, rest);
}

void sio_packet_write(struct buf *out, const struct sio_packet *p)
{
	buf_addc(out, (char)('0' + p->type));
	if (p->type == SIO_BINARY_EVENT || p->type == SIO_BINARY_ACK)
		buf_addf(out, "%u-", p->attachments);
	if (p->namespace.n && !span_eq(p->namespace, MAIN))
		buf_addf(out, "%.*s,", SPANF(p->namespace));
	if (p->has_ack)
		buf_addf(out, "%llu", (unsigned long long)p->ack);
	buf_add(out, p->data);
}

/* An event's first element is its name; numbers are lawful names, objects are not. */
static bool read_name(struct json *j, const struct sio_packet *p, struct sio_args *out)
{
	struct json_token t;

	if (p->type != SIO_EVENT && p->type != SIO_BINARY_EVENT)
		return true;
	t = json_next(j);
	if (t.type != JSON_STRING && t.type != JSON_NUMBER)
		return false;
	out->name = t.raw;
	return true;
}

static void count_placeholder(struct sio_args *out, const struct sio_packet *p, struct json *j)
{
	struct json_token t = json_next(j);
	int64_t num;

	if (t.type != JSON_TRUE)
		return;
	out->placeholders++;
	t = json_next(j);
	if (t.type != JSON_KEY || !span_eq(t.raw, SPAN("num")))
		return;
	t = json_next(j);
	if (t.type != JSON_NUMBER || !json_int(t.raw, &num) || num < 0 || num >= p->attachments)
		out->fault = "placeholder";
}

void sio_args_read(struct sio_args *out, const struct sio_packet *p)
{
	struct json j;
	struct json_token t;

	*out = (struct sio_args){0};
	json_init(&j, p->data);
	if (json_next(&j).type != JSON_ARRAY || !read_name(&j, p, out)) {
		out->fault = "shape";
		return;
	}
	while ((t = json_next(&j)).type != JSON_END && t.type != JSON_ERROR) {
		bool opens = t.type == JSON_OBJECT || t.type == JSON_ARRAY;

		/* depth counts what is open: an argument that opens is already counted */
		if (t.type != JSON_CLOSE && t.type != JSON_KEY && j.depth == 1u + opens) {
			out->n++;
			out->last = t.type == JSON_STRING ? t.raw : (struct span){0};
		}
		if (t.type == JSON_KEY && p->attachments && span_eq(t.raw, SPAN("_placeholder")))
			count_placeholder(out, p, &j);
	}
}

void sio_assembly_drop(struct sio_assembly *a)
{
	buf_deinit(&a->text);
	buf_deinit(&a->bytes);
	a->busy = false;
	a->n = 0;
}

void sio_assembly_begin(struct sio_assembly *a, struct span text, unsigned wanted)
{
	sio_assembly_drop(a);
	a->busy = true;
	a->wanted = wanted;
	a->text.max = a->bytes.max = SIO_ATTACHED_MAX;
	buf_add(&a->text, text);
}

bool sio_assembly_add(struct sio_assembly *a, struct span bytes)
{
	buf_add(&a->bytes, bytes);
	if (a->bytes.full || a->text.full) {
		sio_assembly_drop(a);
		return false;
	}
	a->ends[a->n++] = a->bytes.n;
	return a->n == a->wanted;
}

bool sio_assembly_read(struct sio_packet *out, struct span *attached, unsigned revision,
	const struct sio_assembly *a)
{
	size_t at = 0;

	if (sio_packet_read(out, revision, buf_span(&a->text)))
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		attached[i] = (struct span){a->bytes.p + at, a->ends[i] - at};
		at = a->ends[i];
	}
	out->attached = attached;
	return true;
}
