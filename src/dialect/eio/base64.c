/* RFC 4648 §4, as packets of text transports carry binary messages. */
#include "dialect/eio/payload.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void eio_base64_write(struct buf *out, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)(uint8_t)bytes.p[i] << 16;
		char four[4];

		v |= left > 1 ? (uint32_t)(uint8_t)bytes.p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)(uint8_t)bytes.p[i + 2] : 0;
		four[0] = alphabet[v >> 18];
		four[1] = alphabet[v >> 12 & 63];
		four[2] = '=';
		four[3] = '=';
		if (left > 1)
			four[2] = alphabet[v >> 6 & 63];
		if (left > 2)
			four[3] = alphabet[v & 63];
		buf_add(out, (struct span){four, 4});
	}
}

static int value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool eio_base64_read(struct buf *out, struct span text)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (int i = 0; i < 2 && text.n && text.p[text.n - 1] == '='; i++)
		text.n--;
	if (text.n % 4 == 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int v = value(text.p[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_addc(out, (char)(bits >> have));
		}
	}
	return true;
}
