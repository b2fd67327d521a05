#include "io/clock.h"

#include <time.h>

static ns clock_read(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * NS_S + t.tv_nsec;
}

ns clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

ns clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}
