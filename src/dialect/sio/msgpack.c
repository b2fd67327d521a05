/* socket.io-msgpack-parser: each packet is one MessagePack map of type, nsp, data, id. It is read
 * into JSON, which the rest of the dialect understands. */
#include "base/msgpack.h"
#include "base/json.h"
#include "dialect/sio/packet.h"

#define JSON_MAX ((size_t)16 << 20)

bool sio_msgpack_looks(struct span data)
{
	return data.n > 7 && ((uint8_t)data.p[0] & 0xf0) == 0x80 &&
	       (span_find(span_head(data, 64), SPAN("\xa4type")) == 1 ||
		       span_find(span_head(data, 64), SPAN("\xa3nsp")) == 1);
}

const char *sio_msgpack_read(struct sio_packet *out, struct buf *json, struct span data)
{
	struct json_token t;
	int64_t type, id;

	*out = (struct sio_packet){.msgpack = true, .namespace = SPAN("/")};
	json->max = JSON_MAX;
	buf_clear(json);
	if (!msgpack_json(json, data, NULL))
		return "msgpack";
	if (!json_member(buf_span(json), SPAN("type"), &t) || !json_int(t.raw, &type) || type < 0 ||
		type >= SIO_TYPES)
		return "type";
	out->type = (enum sio_type)type;
	if (json_member(buf_span(json), SPAN("nsp"), &t) && t.type == JSON_STRING && t.raw.n)
		out->namespace = t.raw;
	if (json_member(buf_span(json), SPAN("id"), &t) && t.type == JSON_NUMBER) {
		if (!json_int(t.raw, &id) || id < 0)
			return "ack-id";
		out->has_ack = true;
		out->ack = (uint64_t)id;
	}
	if (json_member(buf_span(json), SPAN("data"), &t) && t.type != JSON_NULL)
		out->data = t.type == JSON_STRING ? (struct span){t.raw.p - 1, t.raw.n + 2} : t.raw;
	return NULL;
}
