#include "base/pool.h"

#include <string.h>

#include "unit.h"

static void test_places(void **state)
{
	struct pool p;
	char *a, *b, *c;

	(void)state;
	pool_init(&p, 5, 2);
	a = pool_new(&p);
	b = pool_new(&p);
	assert_non_null(a);
	assert_true(b >= a + 5);
	assert_null(pool_new(&p));
	memset(a, 1, 5);
	pool_free(&p, a);
	c = pool_new(&p);
	assert_ptr_equal(c, a);
	assert_int_equal(c[0] | c[4], 0);
	assert_null(pool_new(&p));
	pool_free(&p, b);
	pool_free(&p, c);
	assert_ptr_equal(pool_new(&p), c);
	assert_ptr_equal(pool_new(&p), b);
	pool_deinit(&p);
	pool_deinit(&p);
}

/* Objects without bytes are told apart all the same. */
static void test_nothing(void **state)
{
	struct pool p;
	void *a, *b;

	(void)state;
	pool_init(&p, 0, 2);
	a = pool_new(&p);
	b = pool_new(&p);
	assert_ptr_not_equal(a, b);
	pool_free(&p, a);
	pool_free(&p, b);
	assert_ptr_equal(pool_new(&p), b);
	assert_ptr_equal(pool_new(&p), a);
	pool_deinit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_places), cmocka_unit_test(test_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
