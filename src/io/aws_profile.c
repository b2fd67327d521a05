/* The shared files ("Configuration and credential file settings" of the AWS CLI User Guide). */
#include "io/aws.h"

/* "[default]", "[profile dev]", "[dev]" */
static struct span section_name(struct span line)
{
	ssize_t end = span_chr(line, ']');
	struct span name = span_trim(span_head(span_from(line, 1), end < 1 ? 0 : (size_t)end - 1));

	if (span_starts(name, SPAN("profile ")) || span_starts(name, SPAN("profile\t")))
		name = span_trim(span_from(name, 8));
	return name;
}

static struct span without_end(struct span line)
{
	return line.n && line.p[line.n - 1] == '\r' ? span_head(line, line.n - 1) : line;
}

/* The line "name = value"; what is indented belongs to the setting above it, "#" and ";" begin a
 * comment. */
static bool setting(struct span line, struct span *name, struct span *value)
{
	ssize_t equals = span_chr(line, '=');

	if (equals < 1 || line.p[0] == ' ' || line.p[0] == '\t' || line.p[0] == '#' ||
		line.p[0] == ';')
		return false;
	*name = span_trim(span_head(line, (size_t)equals));
	*value = span_trim(span_from(line, (size_t)equals + 1));
	return true;
}

bool aws_profile_exists(struct span file, struct span profile)
{
	struct span line;

	while (span_cut(&file, '\n', &line))
		if (span_starts(line, SPAN("[")) && span_eq(section_name(line), profile))
			return true;
	return false;
}

struct span aws_profile_value(struct span file, struct span profile, struct span name)
{
	struct span line, key, value, found = {0};
	bool inside = false;

	while (span_cut(&file, '\n', &line)) {
		line = without_end(line);
		if (span_starts(line, SPAN("[")))
			inside = span_eq(section_name(line), profile);
		else if (inside && setting(line, &key, &value) && span_ieq(key, name))
			found = value;
	}
	return found;
}
