/* Reads a process unless it has stood still, and hands on what was found. */
#include "sampling.h"
#include "pause.h"
#include <unistd.h>

enum { TORN_RUN_MAX = 16 };

enum sb_status sb_sampling_init(struct sb_sampling *sampling)
{
    const struct sb_options *options = sampling->options;
    struct sb_walk_options walk = {.max_depth = options->max_depth,
                                   .wanted = options->wanted,
                                   .wanted_count = options->wanted_count,
                                   .has_lines = options->has_lines};
    for (uint32_t i = 0; i < options->wanted_count; i++)
        walk.has_variables |= options->wanted[i].kind == SB_FACT_VARIABLE;
    return sb_walker_init(&sampling->walker, sampling->tables, &walk);
}

void sb_sampling_free(struct sb_sampling *sampling)
{
    sb_walker_free(&sampling->walker);
    sb_verdicts_free(&sampling->verdicts);
}

static void begin_epoch(struct sb_sampling *sampling)
{
    sb_tables_reset(sampling->tables);
    sampling->walker.wants_epoch = 0;
    sampling->sink->ops->epoch(sampling->sink);
}

static void write_sample(struct sb_sampling *sampling, const struct sb_moment *moment)
{
    const struct sb_options *options = sampling->options;
    enum sb_status status;

    sampling->has_sampled = 1;
    if (options->filter.is_set && !sb_filter_accepts(&options->filter, &sampling->verdicts,
                                                     &options->style, sampling->tables, moment)) {
        sampling->counters[SB_COUNT_FILTERED]++;
        return;
    }
    status = sampling->sink->ops->sample(sampling->sink, moment, &sampling->tick);
    if (status != SB_OK) {
        sampling->counters[SB_COUNT_DROPPED]++;
        return;
    }
    sampling->counters[SB_COUNT_SAMPLES]++;
    if (options->limit && sampling->counters[SB_COUNT_SAMPLES] >= options->limit)
        sampling->is_at_limit = 1;
}

/* A process that has not run since is where it was. False when it must be read nevertheless. */
static int repeat(struct sb_sampling *sampling, const struct sb_target *target)
{
    if (sampling->options->mode == SB_MODE_CPU) {
        sampling->counters[SB_COUNT_OFF_CPU]++;
    } else if (target->last == SB_IDLE) {
        sampling->counters[SB_COUNT_IDLE]++;
    } else if (target->last == SB_OK && target->moment.epoch == sampling->tables->epoch) {
        sampling->counters[SB_COUNT_REPEATED]++;
        write_sample(sampling, &target->moment);
    } else {
        return 0;
    }
    return 1;
}

static enum sb_status walk(struct sb_sampling *sampling, struct sb_target *target)
{
    enum sb_status status;
    int signal = 0;
    if (!sampling->options->pauses)
        return sb_walk(&sampling->walker, target, &sampling->trace);
    status = sb_pause(target->remote.pid, target->parent == getpid(), &signal);
    if (status != SB_OK)
        return status;
    status = sb_walk(&sampling->walker, target, &sampling->trace);
    sb_resume(target->remote.pid, signal);
    return status;
}

/* Tells what a reading found. */
static enum sb_status report(struct sb_sampling *sampling, struct sb_target *target,
                             enum sb_status status)
{
    switch (status) {
    case SB_OK:
        target->last = sb_moment_of(sampling->tables, &sampling->trace, &target->moment);
        if (target->last == SB_OK)
            write_sample(sampling, &target->moment);
        else
            sampling->walker.wants_epoch = 1;
        return SB_OK;
    case SB_IDLE:
        sampling->counters[SB_COUNT_IDLE]++;
        return SB_OK;
    case SB_TORN:
        sampling->counters[SB_COUNT_TORN]++;
        /* That many in a row: the addresses are doubted. */
        return target->torn_run < TORN_RUN_MAX ? SB_OK : status;
    case SB_NO_PROCESS:
    case SB_NO_MEMORY:
        return status;
    default:
        sampling->counters[SB_COUNT_FAILED]++;
        return status;
    }
}

enum sb_status sb_sampling_take(struct sb_sampling *sampling, struct sb_target *target)
{
    int is_cpu_mode = sampling->options->mode == SB_MODE_CPU;
    enum sb_motion motion;
    enum sb_status status;

    if (sampling->walker.wants_epoch || sb_tables_are_full(sampling->tables))
        begin_epoch(sampling);
    motion =
        sb_stillness_look(&target->stillness, target->remote.pid, target->start_ticks, is_cpu_mode);
    if (motion == SB_STILL && repeat(sampling, target))
        return SB_OK;
    if (is_cpu_mode && motion == SB_ASLEEP) {
        sampling->counters[SB_COUNT_OFF_CPU]++;
        return SB_OK;
    }
    target->last = status = walk(sampling, target);
    return report(sampling, target, status);
}
