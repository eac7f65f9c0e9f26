/* When to sample: one moment in every period, at random inside of it, so that no program can run in
 * step with the sampler. Fewer when the sampler would use more CPU time than it may. */
#ifndef SB_SCHEDULE_H
#define SB_SCHEDULE_H

#include <stdint.h>

struct sb_schedule {
    uint64_t start_ns, period_ns;
    double max_cpu;           /* share of one CPU, or 0: no bound */
    uint64_t round;           /* number of the period that is next or running */
    uint64_t next_ns;         /* the moment in it */
    uint32_t stride;          /* periods per sample: 1, or more while CPU time is short */
    uint64_t missed;          /* periods without a sample for being late */
    uint64_t random;          /* state of the generator */
    uint64_t cpu_ns, wall_ns; /* at the last look at the bound */
};

/* `start_ns` is on CLOCK_MONOTONIC; the first moment is at once. */
void sb_schedule_start(struct sb_schedule *schedule, uint64_t start_ns, uint64_t period_ns,
                       double max_cpu);

/* Moves on to the next period that is still to come; `next_ns` is its moment. */
void sb_schedule_advance(struct sb_schedule *schedule, uint64_t now_ns);

/* To be told about once a second. True when the stride has changed. */
int sb_schedule_adjust(struct sb_schedule *schedule, uint64_t now_ns, uint64_t cpu_ns);

#endif
