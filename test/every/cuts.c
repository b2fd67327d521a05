/* Every dialect, every vector: what is noted does not depend on how the network cut the bytes,
 * wherever they end. */
#include "replay.h"
#include "unit.h"

/* Of long inputs not every position is tried, but this many. */
#define POSITIONS 600

static const struct dialect_entry *dialect;
static const struct vector *vector;

static void check(
	const struct buf *got, const struct buf *want, const char *how, size_t step, size_t at)
{
	if (span_eq(buf_span(got), buf_span(want)))
		return;
	print_error("%s, \"%s\", %s at byte %zu of step %zu:\n%.*s\ninstead of\n%.*s\n",
		dialect->dialect->name, vector->name, how, at, step, SPANF(buf_span(got)),
		SPANF(buf_span(want)));
	fail();
}

static void compare(const struct vector_step *steps, size_t n, enum vector_end end,
	const struct buf *want, struct pieces p, const char *how)
{
	struct buf got = {0};

	replay(&got, &got, NULL, vector, steps, n, end, p);
	check(&got, want, how, p.step, p.at);
	buf_deinit(&got);
}

/* The vector up to `at` bytes into step `step`, then the end of the connection. */
static void shortened(size_t step, size_t at)
{
	struct vector_step steps[VECTOR_STEPS_MAX];
	struct buf want = {0};

	memcpy(steps, vector->steps, sizeof(steps));
	steps[step].bytes = span_head(steps[step].bytes, at);
	replay(&want, &want, NULL, vector, steps, step + 1, VECTOR_FIN, (struct pieces){0});
	compare(steps, step + 1, VECTOR_FIN, &want, (struct pieces){.every = 1},
		"shortened, byte by byte");
	compare(steps, step + 1, VECTOR_FIN, &want, (struct pieces){.every = 3},
		"shortened, in threes");
	buf_deinit(&want);
}

static void try_vector(void)
{
	size_t n = vector_steps(vector);
	struct buf want = {0}, notes = {0};

	replay(&want, &want, &notes, vector, vector->steps, n, vector->end, (struct pieces){0});
	if (vector->notes && strcmp(buf_z(&notes), vector->notes))
		print_error(
			"%s, \"%s\":\n%s\n", dialect->dialect->name, vector->name, buf_z(&want));
	if (vector->notes)
		assert_string_equal(buf_z(&notes), vector->notes);
	compare(vector->steps, n, vector->end, &want, (struct pieces){.every = 1}, "byte by byte");
	for (size_t step = 0; step < n; step++) {
		size_t length = vector->steps[step].bytes.n, stride = length / POSITIONS + 1;

		for (size_t at = 1; at < length; at += stride)
			compare(vector->steps, n, vector->end, &want,
				(struct pieces){.step = step, .at = at}, "cut in two");
		for (size_t at = 0; at < length; at += stride)
			shortened(step, at);
	}
	buf_deinit(&want);
	buf_deinit(&notes);
}

static void test_every_vector(void **state)
{
	(void)state;
	for (dialect = dialect_all; dialect->dialect; dialect++)
		for (vector = dialect->vectors; vector->name; vector++)
			try_vector();
}

static void test_every_row(void **state)
{
	(void)state;
	for (dialect = dialect_all; dialect->dialect; dialect++) {
		assert_non_null(dialect->dialect->name);
		assert_non_null(dialect->dialect->say);
		assert_non_null(dialect->vectors->name);
		for (const struct dialect_entry *other = dialect_all; other < dialect; other++)
			assert_string_not_equal(other->dialect->name, dialect->dialect->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row), cmocka_unit_test(test_every_vector)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
