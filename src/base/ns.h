/* Time in nanoseconds. Floor 0 never reads a clock: a time is always an argument. */
#ifndef BASE_NS_H
#define BASE_NS_H

#include <stdint.h>

typedef int64_t ns;

#define NS_US INT64_C(1000)
#define NS_MS INT64_C(1000000)
#define NS_S INT64_C(1000000000)
#define NS_NEVER INT64_MAX

#endif
