#include "cmd/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define NARROWEST 40
#define WIDEST 100

unsigned terminal_width(FILE *f, const char *(*env)(const char *name))
{
	struct winsize size = {0};
	uint64_t columns = 80;

	if (fileno(f) >= 0 && ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col)
		columns = size.ws_col;
	else
		span_uint(span_of(env("COLUMNS")), 100000, &columns);
	return columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : (unsigned)columns;
}

bool terminal_colour(FILE *f, struct span when, const char *(*env)(const char *name))
{
	if (span_eq(when, SPAN("always")) || span_eq(when, SPAN("never")))
		return span_eq(when, SPAN("always"));
	return fileno(f) >= 0 && isatty(fileno(f)) && !span_of(env("NO_COLOR")).n &&
	       !span_eq(span_of(env("TERM")), SPAN("dumb"));
}

bool terminal_ascii(const char *(*env)(const char *name))
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct span locale = span_of(env(names[i]));

		if (locale.n)
			return span_ifind(locale, SPAN("utf-8")) < 0 &&
			       span_ifind(locale, SPAN("utf8")) < 0 &&
			       span_eq(span_of(env("TERM")), SPAN("linux"));
	}
	return false;
}
