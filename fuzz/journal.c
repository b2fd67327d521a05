/* A saved journal is foreign input too: loading never crashes, and what was loaded can be saved and
 * loaded again. */
#include "fact/all.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal first = {.max = 1000}, again = {.max = 1000};
	struct buf saved = {0}, said = {.max = (size_t)1 << 20};
	struct span target;
	struct journal_error error;

	if (journal_load(&first, &vocabulary, (struct span){(const char *)data, size}, &target,
		    &error)) {
		for (size_t i = 0; i < first.n; i++)
			obs_say(&said, first.all[i]);
		journal_save(&saved, &first, target, "0");
		if (!journal_load(&again, &vocabulary, buf_span(&saved), &target, &error) ||
			again.n != first.n)
			abort();
		journal_deinit(&again);
	}
	journal_deinit(&first);
	buf_deinit(&saved);
	buf_deinit(&said);
	return 0;
}
