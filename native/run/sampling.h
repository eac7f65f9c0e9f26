/* What becomes of one process at one tick: a sample, a count, or the news that it is lost. */
#ifndef SB_SAMPLING_H
#define SB_SAMPLING_H

#include "options.h"
#include "sink.h"
#include "walk.h"

/* Large. The first three fields are the owner's. */
struct sb_sampling {
    const struct sb_options *options;
    struct sb_sink *sink;
    struct sb_tables *tables;
    struct sb_tick tick; /* set by the owner at every tick */
    struct sb_walker walker;
    struct sb_trace trace;
    struct sb_verdicts verdicts;
    uint64_t counters[SB_COUNTERS];
    int has_sampled, is_at_limit;
};

/* SB_NO_MEMORY, or SB_OK. To be freed either way. */
enum sb_status sb_sampling_init(struct sb_sampling *sampling);
void sb_sampling_free(struct sb_sampling *sampling);

/* Samples a target. SB_OK when it may be followed on; SB_NO_MEMORY when the run is over; else the
 * target is lost: gone, or no longer what it was. */
enum sb_status sb_sampling_take(struct sb_sampling *sampling, struct sb_target *target);

#endif
