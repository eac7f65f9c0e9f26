/* Clocks in nanoseconds. */
#ifndef SB_CLOCK_H
#define SB_CLOCK_H

#include <stdint.h>
#include <time.h>

#define SB_NS_PER_S ((uint64_t)1000000000)
#define SB_NS_PER_MS ((uint64_t)1000000)

static inline uint64_t sb_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SB_NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t sb_now_ns(void)
{
    return sb_clock_ns(CLOCK_MONOTONIC);
}

#endif
