/* What every unit test includes: cmocka, and spans as it compares them. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

/* The span or buffer holds exactly the text z. */
#define assert_span(s, z) assert_span_at((s), (z), __FILE__, __LINE__)
#define assert_buf(b, z) assert_span_at(buf_span(b), (z), __FILE__, __LINE__)

static inline void assert_span_at(struct span got, const char *want, const char *file, int line)
{
	if (span_eq(got, span_of(want)))
		return;
	print_error("got  \"%.*s\"\nwant \"%s\"\n", SPANF(got), want);
	_fail(file, line);
}

#endif
