/* What people and networks write: URLs, JSON, text for terminals. No crash, and what is shown moves
 * no cursor. */
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "base/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_visible(struct span s)
{
	struct buf out = {.max = BUF_MAX};

	text_visible(&out, s);
	if (!utf8_valid(buf_span(&out)))
		abort();
	for (size_t i = 0; i < out.n; i++)
		if ((unsigned char)out.p[i] < 0x20 || out.p[i] == 0x7f)
			abort();
	text_columns(buf_span(&out));
	buf_deinit(&out);
}

static void try_redact(struct span s)
{
	struct buf once = {.max = BUF_MAX}, target = {.max = BUF_MAX};

	text_redact(&once, s);
	url_redact_target(&target, s);
	buf_deinit(&once);
	buf_deinit(&target);
}

static void try_url(struct span s)
{
	struct buf out = {.max = BUF_MAX};
	const char *why = NULL;
	struct url u;

	if (url_parse(s, &u, &why)) {
		url_target(&out, &u);
		url_authority(&out, &u);
		url_origin(&out, &u);
		url_say(&out, &u);
	} else if (!why) {
		abort();
	}
	buf_deinit(&out);
}

static void try_json(struct span s)
{
	struct json j;
	struct json_token t;
	struct buf text = {.max = BUF_MAX};

	json_init(&j, s);
	do {
		t = json_next(&j);
		if (t.type == JSON_STRING || t.type == JSON_KEY)
			json_unescape(&text, t.raw);
	} while (t.type != JSON_END && t.type != JSON_ERROR);
	if (!utf8_valid(buf_span(&text)) && utf8_valid(s))
		abort();
	buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = {(const char *)data, size};

	try_visible(s);
	try_redact(s);
	try_url(s);
	try_json(s);
	return 0;
}
