/* What a fuzz input is: the number of the vector whose set-up is used, then steps: a byte (bit 0:
 * side, bits 1 and 2 of the last step: how it ends), two bytes of length, little-endian, the bytes.
 * The last step may be shorter than it says. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include "replay.h"

struct input {
	const struct vector *vector;
	struct vector_step steps[VECTOR_STEPS_MAX];
	size_t n;
	enum vector_end end;
};

static inline const struct vector *nth_vector(const struct vector *v, size_t i)
{
	size_t n = 0;

	while (v[n].name)
		n++;
	return &v[i % n];
}

/* Views into `bytes`; false when there is nothing to feed. */
static inline bool input_read(struct input *in, const struct vector *vectors, struct span bytes)
{
	if (!bytes.n)
		return false;
	*in = (struct input){.vector = nth_vector(vectors, (unsigned char)bytes.p[0])};
	bytes = span_from(bytes, 1);
	while (bytes.n > 3 && in->n < VECTOR_STEPS_MAX) {
		const unsigned char *p = (const unsigned char *)bytes.p;
		struct vector_step *s = &in->steps[in->n++];

		s->from = p[0] & 1 ? SERVER : CLIENT;
		in->end = (enum vector_end)(p[0] >> 1 & 3);
		s->bytes = span_head(span_from(bytes, 3), p[1] | (size_t)p[2] << 8);
		bytes = span_from(bytes, 3 + s->bytes.n);
	}
	return in->n > 0;
}

static inline void input_write(struct buf *out, const struct vector *v, size_t number)
{
	size_t n = vector_steps(v);

	buf_addc(out, (char)number);
	for (size_t i = 0; i < n; i++) {
		struct span bytes = span_head(v->steps[i].bytes, 0xffff);

		buf_addc(out, (char)((v->steps[i].from == SERVER) | (unsigned)v->end << 1));
		buf_addc(out, (char)(bytes.n & 0xff));
		buf_addc(out, (char)(bytes.n >> 8));
		buf_add(out, bytes);
	}
}

#endif
