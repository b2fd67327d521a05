/* Pasted curl commands. No crash, and what is said of one is text. */
#include <stdlib.h>

#include "base/text.h"
#include "reader/curl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *env(const char *name)
{
	return name[0] == 'A' ? "value of A" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	struct curl c;

	if (!curl_read(&c, (struct span){(const char *)data, size}, env, &why)) {
		if (!why)
			abort();
	} else if (!c.url.n || c.n_mistakes > CURL_MISTAKES_MAX) {
		abort();
	}
	for (size_t i = 0; i < c.n_mistakes; i++)
		for (size_t k = 0; k < c.mistakes[i].text.n; k++)
			if (text_is_hidden((unsigned char)c.mistakes[i].text.p[k]) &&
				(unsigned char)c.mistakes[i].text.p[k] < 0x80)
				abort();
	curl_deinit(&c);
	return 0;
}
