#include "base/text.h"

void text_visible(struct buf *out, struct span s)
{
	struct span plain = {s.p, 0};

	while (s.n) {
		uint32_t c;
		size_t n = utf8_take(s, &c);

		if (n && !text_is_hidden(c)) {
			plain.n += n;
			s = span_from(s, n);
			continue;
		}
		buf_add(out, plain);
		if (n > 1)
			buf_addf(out, "\\u{%04x}", c);
		else
			buf_addf(out, "\\x%02x", (unsigned char)s.p[0]);
		s = span_from(s, n ? n : 1);
		plain = (struct span){s.p, 0};
	}
	buf_add(out, plain);
}

static size_t digits_in_front(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

#define YEAR_S UINT64_C(31536000)

bool text_duration(struct span s, ns *out)
{
	static const struct {
		const char *name;
		ns length;
	} units[] = {{"", NS_S}, {"ms", NS_MS}, {"s", NS_S}, {"m", 60 * NS_S}, {"h", 3600 * NS_S},
		{"d", 86400 * NS_S}};
	size_t n = digits_in_front(s), places = 0;
	struct span unit = span_from(s, n);
	uint64_t whole;
	ns length = 0, t;

	if (!span_uint(span_head(s, n), YEAR_S * 1000, &whole))
		return false;
	if (span_starts(unit, SPAN("."))) {
		places = digits_in_front(span_from(unit, 1));
		if (places == 0)
			return false;
		unit = span_from(unit, 1 + places);
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (span_eq(unit, span_of(units[i].name)))
			length = units[i].length;
	if (length == 0 || whole > YEAR_S * NS_S / (uint64_t)length)
		return false;
	t = (ns)whole * length;
	for (size_t i = 0; i < places; i++) {
		length /= 10;
		t += (s.p[n + 1 + i] - '0') * length;
	}
	if (t > (ns)YEAR_S * NS_S)
		return false;
	*out = t;
	return true;
}

bool text_size(struct span s, uint64_t *out)
{
	static const struct {
		const char *name;
		unsigned shift;
	} units[] = {{"", 0}, {"b", 0}, {"k", 10}, {"kb", 10}, {"kib", 10}, {"m", 20}, {"mb", 20},
		{"mib", 20}, {"g", 30}, {"gb", 30}, {"gib", 30}};
	size_t n = digits_in_front(s);
	uint64_t v;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!span_ieq(span_from(s, n), span_of(units[i].name)))
			continue;
		if (!span_uint(span_head(s, n), (UINT64_C(1) << 40) >> units[i].shift, &v))
			return false;
		*out = v << units[i].shift;
		return true;
	}
	return false;
}

static void add_two(
	struct buf *out, int64_t v, int64_t per, const char *unit, const char *part_unit)
{
	buf_addf(out, "%lld %s", (long long)(v / per), unit);
	if (v % per)
		buf_addf(out, " %lld %s", (long long)(v % per), part_unit);
}

void text_ns(struct buf *out, ns t)
{
	int64_t us, ms, s;

	if (t == NS_NEVER) {
		buf_addz(out, "never");
		return;
	}
	if (t < 0) {
		buf_addc(out, '-');
		t = t == INT64_MIN ? INT64_MAX : -t;
	}
	us = t / NS_US + (t % NS_US >= NS_US / 2);
	ms = t / NS_MS + (t % NS_MS >= NS_MS / 2);
	s = t / NS_S + (t % NS_S >= NS_S / 2);
	if (us == 0)
		buf_addz(out, "0 ms");
	else if (us < 950)
		buf_addf(out, "0.%lld ms", (long long)(us < 100 ? 1 : (us + 50) / 100));
	else if (ms < 1000)
		buf_addf(out, "%lld ms", (long long)ms);
	else if (ms < 60000 && ms % 1000 == 0)
		buf_addf(out, "%lld s", (long long)(ms / 1000));
	else if (t < 59950 * NS_MS)
		buf_addf(out, "%.*f s", t < 9995 * NS_MS ? 2 : 1, (double)ms / 1000);
	else if (s < 3600)
		add_two(out, s, 60, "min", "s");
	else if (s < 86400)
		add_two(out, s / 60, 60, "h", "min");
	else
		add_two(out, s / 3600, 24, "d", "h");
}

void text_bytes(struct buf *out, uint64_t n)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned shift = 0;

	while (n >> shift >= 1024)
		shift += 10;
	if (n & ((UINT64_C(1) << shift) - 1))
		buf_addf(out, "%.1f %s", (double)n / (double)(UINT64_C(1) << shift),
			units[shift / 10]);
	else
		buf_addf(out, "%llu %s", (unsigned long long)(n >> shift), units[shift / 10]);
}

#define TYPED_MAX 64

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static unsigned distance(struct span a, struct span b)
{
	unsigned rows[3][TYPED_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t i = 0; i <= b.n; i++)
		last[i] = (unsigned)i;
	for (size_t i = 1; i <= a.n; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= b.n; k++) {
			char x = lower(a.p[i - 1]), y = lower(b.p[k - 1]);

			row[k] = least(last[k - 1] + (x != y), least(last[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && x == lower(b.p[k - 2]) && y == lower(a.p[i - 2]))
				row[k] = least(row[k], before[k - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[b.n];
}

const char *text_did_you_mean(struct span typed, const char *const *candidates, size_t n)
{
	unsigned best = typed.n < 3 ? 2 : typed.n < 7 ? 3 : 4;
	const char *found = NULL;

	if (typed.n == 0 || typed.n > TYPED_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct span c = span_of(candidates[i]);
		unsigned d;

		if (c.n > TYPED_MAX)
			continue;
		d = distance(typed, c);
		/* the beginning of a word is worth one mistake */
		if (typed.n > 2 && span_istarts(c, typed))
			d = 1;
		if (d < best && d < least((unsigned)c.n, (unsigned)typed.n)) {
			best = d;
			found = candidates[i];
		}
	}
	return found;
}
