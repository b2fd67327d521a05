#include "unit.h"

#include "base/arena.h"
#include "base/buf.h"

static void test_adding(void **state)
{
	struct buf b = {0};

	(void)state;
	assert_string_equal(buf_z(&b), "");
	buf_add(&b, (struct span){0});
	buf_addz(&b, "a");
	buf_addz(&b, NULL);
	buf_addc(&b, 'b');
	buf_addf(&b, "%d", 12);
	buf_addf(&b, "%s", "");
	buf_pad(&b, '.', 3);
	buf_pad(&b, '.', 0);
	assert_buf(&b, "ab12...");
	assert_string_equal(buf_z(&b), "ab12...");
	buf_drop(&b, 2);
	assert_buf(&b, "12...");
	buf_drop(&b, 99);
	assert_buf(&b, "");
	buf_deinit(&b);
	buf_deinit(&b);
}

static void test_maximum(void **state)
{
	struct buf b = {.max = 4};

	(void)state;
	buf_addz(&b, "abc");
	assert_false(b.full);
	buf_addz(&b, "de");
	assert_true(b.full);
	assert_buf(&b, "abc");
	buf_addf(&b, "%d", 4);
	assert_buf(&b, "abc4");
	buf_addf(&b, "%d", 5);
	buf_pad(&b, 'x', 1);
	assert_null(buf_room(&b, 1));
	assert_null(buf_room(&b, SIZE_MAX));
	assert_buf(&b, "abc4");
	buf_clear(&b);
	assert_false(b.full);
	assert_non_null(buf_room(&b, 4));
	buf_deinit(&b);
	assert_int_equal(b.max, 4);
}

static void test_arena(void **state)
{
	struct arena a = {0};
	char *small = arena_alloc(&a, 3), *big = arena_alloc(&a, 100000), *z;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(small[i], 0);
	assert_int_equal(big[99999], 0);
	assert_int_equal((uintptr_t)arena_alloc(&a, 1) % _Alignof(max_align_t), 0);
	assert_non_null(arena_alloc(&a, 0));
	z = arena_z(&a, SPAN("abc"));
	assert_string_equal(z, "abc");
	assert_string_equal(arena_z(&a, (struct span){0}), "");
	assert_span(arena_copy(&a, SPAN("xyz")), "xyz");
	assert_span(arena_fmt(&a, "%s-%d", "n", 7), "n-7");
	for (int i = 0; i < 5000; i++)
		memset(arena_alloc(&a, 16), 1, 16);
	assert_string_equal(z, "abc");
	arena_deinit(&a);
	arena_deinit(&a);
	assert_int_equal(a.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adding),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
