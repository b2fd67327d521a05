#include "dialect/http/talk.h"

/* Days since 1970-01-01 in the proleptic Gregorian calendar; months from 1. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
	int64_t era, of_era, of_year;

	/* years that begin in March put the leap day last */
	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool number(struct span s, size_t at, size_t n, uint64_t max, uint64_t *out)
{
	return span_uint(span_head(span_from(s, at), n), max, out);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
bool date_parse(struct span s, int64_t *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	uint64_t day, year, hour, minute, second;
	ssize_t month;

	s = span_trim(s);
	if (s.n != 29 || !span_ends(s, SPAN(" GMT")))
		return false;
	month = span_find(SPAN(months), span_head(span_from(s, 8), 3));
	if (month < 0 || month % 3 || !number(s, 5, 2, 31, &day) || !day ||
		!number(s, 12, 4, 9999, &year) || !number(s, 17, 2, 23, &hour) ||
		!number(s, 20, 2, 59, &minute) || !number(s, 23, 2, 60, &second))
		return false;
	*out = days_since_epoch((int64_t)year, month / 3 + 1, (int64_t)day) * 86400 +
	       (int64_t)(hour * 3600 + minute * 60 + second);
	return true;
}
