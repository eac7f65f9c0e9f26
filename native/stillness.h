/* Whether a process has run since it was last sampled. If it has not, its memory is as it was, and
 * nothing needs to be read.
 *
 * The kernel counts how often a task was put on a CPU (/proc/PID/schedstat). Equal counts alone
 * prove nothing, since a task that keeps its CPU is put there once; so a process counts as still
 * only when it was seen asleep in between. Processes with threads are never still: any of them may
 * write. */
#ifndef SB_STILLNESS_H
#define SB_STILLNESS_H

#include <stdint.h>
#include <sys/types.h>

enum sb_motion {
    SB_MOVING, /* has run, or runs, or it cannot be told */
    SB_ASLEEP, /* sleeps now, and is to be confirmed after the sample */
    SB_STILL,  /* has not run since the sample that was confirmed */
};

struct sb_stillness {
    int fd; /* of schedstat; -1 before the first look, -2 when it cannot be had */
    uint64_t runs, run_ns;
    uint8_t is_confirmed, has_threads;
};

/* Zeroes are not a start: see sb_stillness_start. */
void sb_stillness_start(struct sb_stillness *stillness);

/* Looks at the process once a tick. `start_ticks` is its identity. With `must_know` SB_MOVING means
 * that it is on a CPU or waits for one, not that nothing was looked up. */
enum sb_motion sb_stillness_look(struct sb_stillness *stillness, pid_t pid, uint64_t start_ticks,
                                 int must_know);

/* After a sample of a process that was SB_ASLEEP: true when it has not woken up meanwhile. */
int sb_stillness_confirm(struct sb_stillness *stillness);

/* What was sampled no longer counts. */
void sb_stillness_forget(struct sb_stillness *stillness);

void sb_stillness_end(struct sb_stillness *stillness);

#endif
