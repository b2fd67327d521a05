/* The catalogue: what its rows promise to each other and to the user. */
#include "unit.h"

#include "cause/all.h"

#define EACH(c) for (const struct cause *const *c = cause_all; *c; c++)

static bool is_kebab(const char *id)
{
	bool dash = true; /* may not begin with one */

	for (; *id; id++) {
		if (*id == '-' && dash)
			return false;
		if (*id != '-' && !(*id >= 'a' && *id <= 'z') && !(*id >= '0' && *id <= '9'))
			return false;
		dash = *id == '-';
	}
	return !dash;
}

static void ids_are_unique_and_kebab(void **state)
{
	(void)state;
	EACH(c) {
		if (!is_kebab((*c)->id))
			fail_msg("%s is not kebab-case", (*c)->id);
		if (cause_find(span_of((*c)->id)) != *c)
			fail_msg("%s is there twice", (*c)->id);
	}
}

static void stages_are_in_order(void **state)
{
	(void)state;
	EACH(c)
		if (c[1] && c[1]->stage < (*c)->stage)
			fail_msg("%s stands before %s", (*c)->id, c[1]->id);
}

static void check_list(const struct cause *c, const char *what, const char *ids)
{
	struct span list = span_of(ids), id;

	while (span_cut(&list, ' ', &id)) {
		if (!cause_find(id))
			fail_msg("%s: %s names %.*s, which does not exist", c->id, what, SPANF(id));
		if (span_eq(id, span_of(c->id)))
			fail_msg("%s: %s names itself", c->id, what);
	}
}

static void named_causes_exist(void **state)
{
	(void)state;
	EACH(c) {
		check_list(*c, "alike", (*c)->alike);
		check_list(*c, "explains", (*c)->explains);
	}
}

static void explaining_goes_one_way(void **state)
{
	(void)state;
	EACH(a) EACH(b)
		if (cause_explains(*a, *b) && cause_explains(*b, *a))
			fail_msg("%s and %s explain each other", (*a)->id, (*b)->id);
}

static void rows_are_complete(void **state)
{
	(void)state;
	EACH(c) {
		if (!(*c)->summary || !(*c)->effect || !(*c)->means || !(*c)->evidence || !(*c)->source)
			fail_msg("%s: a sentence is missing", (*c)->id);
		if ((*c)->summary[strlen((*c)->summary) - 1] == '.')
			fail_msg("%s: the summary ends with a full stop", (*c)->id);
		if ((*c)->severity > INFO && !(*c)->fixes[0].stack)
			fail_msg("%s: no fix", (*c)->id);
		for (const struct fix *x = (*c)->fixes; x < (*c)->fixes + 6 && x->stack; x++)
			if (!x->text || x->text[strlen(x->text) - 1] != '.')
				fail_msg("%s: the fix for %s is no sentence", (*c)->id, x->stack);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_unique_and_kebab),
		cmocka_unit_test(stages_are_in_order),
		cmocka_unit_test(named_causes_exist),
		cmocka_unit_test(explaining_goes_one_way),
		cmocka_unit_test(rows_are_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
