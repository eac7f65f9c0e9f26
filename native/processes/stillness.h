/* Whether a process has run since the last tick. If it has not, its memory is as it was, and
 * nothing needs to be read.
 *
 * The kernel counts how often a task was put on a CPU and for how long it ran
 * (/proc/PID/schedstat). Equal counts alone prove nothing, since a task that keeps its CPU is put
 * there once, and its time is counted late; so a process counts as still only when it was also seen
 * asleep. Processes with threads are never still: any of them may write. */
#ifndef SB_STILLNESS_H
#define SB_STILLNESS_H

#include <stdint.h>
#include <sys/types.h>

enum sb_motion {
    SB_MOVING, /* has run, or runs, or it cannot be told */
    SB_ASLEEP, /* sleeps now, but may have run since the last look */
    SB_STILL,  /* has not run since the last look */
};

struct sb_stillness {
    int counts_fd, stat_fd; /* -1 before the first look, -2 when it cannot be had */
    uint64_t *syscalls;     /* counts calls */
    uint64_t runs, run_ns;
    uint8_t is_confirmed; /* it was seen asleep since it has these counts */
    uint8_t has_threads;
    uint8_t moves, pause; /* looks that found it moving; ticks until the next look */
};

/* Zeroes are not a start: see sb_stillness_start. */
void sb_stillness_start(struct sb_stillness *stillness, uint64_t *syscalls);

/* Looks at the process once a tick. `start_ticks` is its identity. With `must_know` SB_MOVING means
 * that it is on a CPU or waits for one, not that nothing was looked up. */
enum sb_motion sb_stillness_look(struct sb_stillness *stillness, pid_t pid, uint64_t start_ticks,
                                 int must_know);

/* True when the process could not be gone, and its pid another's, without a look noticing: the
 * descriptors belong to the process, not to its number. */
int sb_stillness_has_hold(const struct sb_stillness *stillness);

void sb_stillness_end(struct sb_stillness *stillness);

#endif
