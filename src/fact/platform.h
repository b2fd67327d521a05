/* What hosting platforms do to many connections at once, as logs have it. */
#ifndef FACT_PLATFORM_H
#define FACT_PLATFORM_H

#include "fact/eio.h"

#define PLATFORM_FACTS(KIND, KEY, TAG)                                                             \
	/* Connections that ended together: `connections` of them within `gap`; how: as in conn.end, of the side that the log is of;  \
	 * stack: what stands in front; restarted: the server behind it was restarted then */                                       \
	KIND(platform_mass_end, "platform.mass-end", LOG,                                          \
		"{connections} connections ended within {gap}[, by {how}][, behind {stack}][{?restarted}, as the server was restarted]") \
	KEY(k_restarted, "restarted", BOOL)

FACT_DECLARE(PLATFORM_FACTS)

#endif
