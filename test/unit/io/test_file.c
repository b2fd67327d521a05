/* Files, addresses, random bytes. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/address.h"
#include "io/file.h"
#include "io/random.h"
#include "unit.h"

static char dir[] = "/tmp/wsdx-file-XXXXXX";
static char path[64];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/f", dir);
	return 0;
}

static int drop_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void what_is_written_is_read(void **state)
{
	struct file_error e;
	struct buf b = {0};
	struct stat st;

	(void)state;
	assert_true(file_write(path, SPAN("one\n"), false, &e));
	assert_true(file_write(path, SPAN("two\n"), true, &e));
	buf_addz(&b, "> ");
	assert_true(file_read(&b, path, &e));
	assert_buf(&b, "> two\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	buf_deinit(&b);
}

static void what_is_no_plain_file_stays(void **state)
{
	char link[80];
	struct file_error e;
	struct buf b = {0};
	struct stat st;

	(void)state;
	snprintf(link, sizeof(link), "%s.link", path);
	assert_true(file_write(path, SPAN("a longer text"), false, &e));
	assert_int_equal(symlink(path, link), 0);
	assert_true(file_write(link, SPAN("through"), false, &e));
	assert_true(file_read(&b, path, &e));
	assert_buf(&b, "through");
	unlink(path);
	assert_int_equal(symlink("/dev/full", path), 0);
	assert_false(file_write(path, SPAN("x"), false, &e));
	assert_non_null(strstr(e.text, "No space left on device"));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(link);
	unlink(path);
	buf_deinit(&b);
}

static void a_file_too_large_leaves_nothing(void **state)
{
	struct file_error e;
	struct buf b = {.max = 10};

	(void)state;
	assert_true(file_write(path, SPAN("12345678901"), false, &e));
	assert_false(file_read(&b, path, &e));
	assert_non_null(strstr(e.text, "larger than 10 bytes"));
	assert_int_equal(b.n, 0);
	assert_true(file_write(path, SPAN("1234567890"), false, &e));
	assert_true(file_read(&b, path, &e));
	assert_buf(&b, "1234567890");
	buf_deinit(&b);
}

static void errors_name_the_file(void **state)
{
	struct file_error e;
	struct buf b = {0};

	(void)state;
	assert_false(file_read(&b, "/dev/null/x", &e));
	assert_string_equal(e.text, "/dev/null/x: Not a directory");
	assert_false(file_read(&b, dir, &e));
	assert_non_null(strstr(e.text, "Is a directory"));
	assert_false(file_write("/dev/null/x", SPAN("x"), false, &e));
	assert_string_equal(e.text, "/dev/null/x: Not a directory");
	buf_deinit(&b);
}

static void addresses_are_classified(void **state)
{
	static const struct {
		const char *text, *shown;
		int family;
		bool loopback, local;
	} cases[] = {
		{"127.1.2.3", "127.1.2.3", 4, true, false},
		{"192.168.0.1", "192.168.0.1", 4, false, true},
		{"172.31.0.1", "172.31.0.1", 4, false, true},
		{"172.32.0.1", "172.32.0.1", 4, false, false},
		{"100.64.0.1", "100.64.0.1", 4, false, true},
		{"169.254.1.1", "169.254.1.1", 4, false, true},
		{"203.0.113.7", "203.0.113.7", 4, false, false},
		{"[::1]", "::1", 6, true, false},
		{"fd00::1", "fd00::1", 6, false, true},
		{"fe80::1%lo", "fe80::1%lo", 6, false, true},
		{"2001:DB8:0::1", "2001:db8::1", 6, false, false},
		{"::ffff:127.0.0.1", "::ffff:127.0.0.1", 6, true, false},
	};
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(address_parse(&a, span_of(cases[i].text), 443));
		assert_string_equal(a.text, cases[i].shown);
		assert_int_equal(a.family, cases[i].family);
		assert_int_equal(a.loopback, cases[i].loopback);
		assert_int_equal(a.local, cases[i].local);
		assert_int_equal(a.port, 443);
	}
}

static void names_are_no_addresses(void **state)
{
	static const char *const names[] = {
		"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "[]", "::g", "::1%nosuchinterface", "[::1", "0x7f.1"};
	struct address a;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_false(address_parse(&a, span_of(names[i]), 1));
	assert_false(address_parse(&a, SPAN("127.0.0.1\0x"), 1));
}

static void random_bytes_differ(void **state)
{
	char a[32] = {0}, b[32] = {0};

	(void)state;
	random_fill(a, sizeof(a));
	random_fill(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_no_plain_file_stays),
		cmocka_unit_test(a_file_too_large_leaves_nothing),
		cmocka_unit_test(errors_name_the_file),
		cmocka_unit_test(addresses_are_classified),
		cmocka_unit_test(names_are_no_addresses),
		cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
