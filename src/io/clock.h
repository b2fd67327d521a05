/* The two clocks of the system. Nothing but io/loop and what stamps reports reads them. */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include "base/ns.h"

ns clock_monotonic(void); /* CLOCK_MONOTONIC */
ns clock_wall(void);	  /* CLOCK_REALTIME, since 1970-01-01T00:00:00Z */

#endif
