/* Ticks at absolute deadlines: a late tick is counted, not caught up. */
#include "engine.h"
#include "attach.h"
#include "clock.h"
#include "process.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TORN_RUN_MAX = 16, /* after so many torn samples in a row the addresses are doubted */
};

static const uint64_t SCAN_NS = SB_NS_PER_S, STATS_NS = SB_NS_PER_S, CHECK_NS = SB_NS_PER_S;

struct engine {
    const struct sb_options *options;
    struct sb_sink *sink;
    struct sb_command *command;
    const volatile sig_atomic_t *stop;
    struct sb_ending *ending;
    struct sb_tables *tables;
    struct sb_walker walker;
    struct sb_crowd crowd;
    struct sb_discovery discovery;
    struct sb_trace trace;
    struct sb_attach attach;
    uint64_t counters[SB_COUNTERS];
    uint64_t start_ns, tick_ns, scan_ns, stats_ns, check_ns;
    int has_ended, has_said_waiting;
};

__attribute__((format(printf, 5, 6))) static void end(struct engine *engine, enum sb_status status,
                                                      const char *reason, int has_text,
                                                      const char *format, ...)
{
    va_list arguments;
    if (engine->has_ended)
        return;
    engine->has_ended = 1;
    engine->ending->status = status;
    engine->ending->reason = reason;
    va_start(arguments, format);
    if (has_text)
        vsnprintf(engine->ending->text, sizeof engine->ending->text, format, arguments);
    va_end(arguments);
}

/* A target that can no longer be read as it was: gone, or another program by exec. */
static void lose(struct engine *engine, uint32_t index, enum sb_status status)
{
    pid_t pid = engine->crowd.targets[index]->remote.pid;
    sb_crowd_leave(&engine->crowd, index);
    if (engine->options->pattern_count)
        sb_discovery_lost(&engine->discovery, pid);
    else if (status != SB_NO_PROCESS)
        sb_attach_add(&engine->attach, pid, engine->tick_ns);
}

static void begin_epoch(struct engine *engine)
{
    sb_tables_reset(engine->tables);
    engine->walker.wants_epoch = 0;
    engine->sink->ops->epoch(engine->sink);
}

static void write_sample(struct engine *engine)
{
    enum sb_status status =
        engine->sink->ops->sample(engine->sink, &engine->trace, engine->tick_ns);
    engine->attach.has_sampled = 1;
    if (status != SB_OK) {
        engine->counters[SB_COUNT_DROPPED]++;
        return;
    }
    engine->counters[SB_COUNT_SAMPLES]++;
    if (engine->options->limit && engine->counters[SB_COUNT_SAMPLES] >= engine->options->limit)
        end(engine, SB_OK, "limit", 0, " ");
}

/* Samples one target. False when it was lost, and another may stand in its place. */
static int sample(struct engine *engine, uint32_t index)
{
    struct sb_target *target = engine->crowd.targets[index];
    enum sb_status status;

    if (target->is_master)
        return 1;
    if (engine->walker.wants_epoch || sb_tables_are_full(engine->tables))
        begin_epoch(engine);
    status = sb_walk(&engine->walker, target, &engine->trace);
    switch (status) {
    case SB_OK:
        write_sample(engine);
        return 1;
    case SB_IDLE:
        engine->counters[SB_COUNT_IDLE]++;
        return 1;
    case SB_TORN:
        engine->counters[SB_COUNT_TORN]++;
        if (target->torn_run < TORN_RUN_MAX)
            return 1;
        break;
    case SB_NO_MEMORY:
        end(engine, status, "error", 1, "%s", sb_status_text(status));
        return 1;
    case SB_NO_PROCESS:
        break;
    default:
        engine->counters[SB_COUNT_FAILED]++;
        break;
    }
    lose(engine, index, status);
    return 0;
}

static void sample_all(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->crowd.count && !engine->has_ended;)
        if (sample(engine, i))
            i++;
}

/* Masters are not read at ticks, and a pid may be given to another process between two. */
static void check_targets(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->crowd.count;) {
        struct sb_target *target = engine->crowd.targets[i];
        struct sb_process_stat stat;
        if (sb_process_stat(target->remote.pid, &stat) && stat.state != 'Z' &&
            stat.start_ticks == target->start_ticks)
            i++;
        else
            lose(engine, i, SB_NO_PROCESS);
    }
}

static void write_stats(struct engine *engine)
{
    engine->counters[SB_COUNT_CPU_NS] = sb_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    engine->counters[SB_COUNT_FOLLOWED] = engine->crowd.count;
    engine->counters[SB_COUNT_SEEN] = engine->crowd.seen;
    engine->sink->ops->stats(engine->sink, engine->counters);
}

static void scan(struct engine *engine)
{
    uint32_t followed, denied, others;
    if (sb_discovery_scan(&engine->discovery) != SB_OK) {
        end(engine, SB_INTERNAL, "error", 1, "The folder /proc cannot be read.");
        return;
    }
    followed = sb_discovery_count(&engine->discovery, SB_VERDICT_FOLLOWED);
    denied = sb_discovery_count(&engine->discovery, SB_VERDICT_DENIED);
    others = sb_discovery_count(&engine->discovery, SB_VERDICT_WAITING);
    if (denied && !followed && !others && !engine->attach.has_sampled)
        end(engine, SB_NOT_PERMITTED, "error", 1, "%s", engine->attach.first_text);
    else if (!followed && !engine->has_said_waiting)
        engine->sink->ops->message(engine->sink, SB_INFO, sb_status_name(SB_NO_TARGET),
                                   "No process matches yet; waiting for one.");
    engine->has_said_waiting = 1;
}

static void housekeep(struct engine *engine)
{
    if (engine->options->pattern_count) {
        if (engine->tick_ns >= engine->scan_ns + SCAN_NS || engine->discovery.scans == 0) {
            engine->scan_ns = engine->tick_ns;
            scan(engine);
        }
        sb_discovery_poll(&engine->discovery);
    }
    if (engine->tick_ns >= engine->check_ns + CHECK_NS) {
        engine->check_ns = engine->tick_ns;
        check_targets(engine);
    }
    if (engine->command)
        sb_command_check(engine->command);
    sb_attach_try(&engine->attach, engine->tick_ns);
}

static void check_end(struct engine *engine)
{
    const struct sb_options *options = engine->options;
    if (*engine->stop)
        end(engine, SB_OK, "signal", 0, " ");
    if (options->time_limit_ms &&
        engine->tick_ns - engine->start_ns >= options->time_limit_ms * SB_NS_PER_MS)
        end(engine, SB_OK, "limit", 0, " ");
    if (options->pattern_count || engine->crowd.count || engine->attach.pending_count)
        return;
    if (engine->crowd.seen || engine->command)
        end(engine, SB_OK, "end", 0, " ");
    else
        end(engine, engine->attach.first_failure,
            engine->attach.first_failure == SB_NO_PROCESS ? "no_target" : "error", 1, "%s",
            engine->attach.first_text);
}

static void tick(struct engine *engine)
{
    uint64_t now_ns;
    enum sb_status status;

    housekeep(engine);
    if (!engine->has_ended)
        check_end(engine);
    if (!engine->has_ended)
        sample_all(engine);
    now_ns = sb_now_ns();
    if (now_ns >= engine->stats_ns + STATS_NS || engine->has_ended) {
        engine->stats_ns = now_ns;
        write_stats(engine);
    }
    status = sb_output_flush(engine->sink->output, now_ns);
    if (status == SB_READER_GONE)
        end(engine, SB_OK, "end", 0, " ");
    else if (status != SB_OK)
        end(engine, status, "error", 1, "%s", sb_status_text(status));
}

/* Sleeps until the next deadline that is still to come. */
static void wait_for_tick(struct engine *engine, uint64_t *deadline_ns)
{
    uint64_t now_ns = sb_now_ns(), period_ns = engine->options->period_ns;
    struct timespec until;

    *deadline_ns += period_ns;
    if (*deadline_ns <= now_ns) {
        uint64_t missed = (now_ns - *deadline_ns) / period_ns + 1;
        engine->counters[SB_COUNT_MISSED_TICKS] += missed;
        *deadline_ns += missed * period_ns;
    }
    until.tv_sec = (time_t)(*deadline_ns / SB_NS_PER_S);
    until.tv_nsec = (long)(*deadline_ns % SB_NS_PER_S);
    engine->counters[SB_COUNT_SYSCALLS]++;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void run(struct engine *engine)
{
    uint64_t deadline_ns = engine->start_ns;
    engine->tick_ns = engine->stats_ns = engine->check_ns = engine->start_ns;
    for (unsigned i = 0; i < engine->options->pid_count; i++)
        sb_attach_add(&engine->attach, engine->options->pids[i], engine->tick_ns);
    if (engine->command)
        sb_attach_add(&engine->attach, engine->command->pid, engine->tick_ns);
    while (!engine->has_ended) {
        tick(engine);
        if (engine->has_ended)
            break;
        wait_for_tick(engine, &deadline_ns);
        engine->tick_ns = sb_now_ns();
    }
}

void sb_engine_run(const struct sb_options *options, struct sb_sink *sink,
                   struct sb_command *command, const volatile sig_atomic_t *stop,
                   struct sb_ending *ending)
{
    const struct sb_walk_options walk = {options->max_depth, options->wanted,
                                         options->wanted_count};
    struct engine *engine = calloc(1, sizeof *engine);

    *ending = (struct sb_ending){.status = SB_NO_MEMORY, .reason = "error"};
    if (!engine)
        return;
    engine->options = options;
    engine->sink = sink;
    engine->command = command;
    engine->stop = stop;
    engine->ending = ending;
    engine->tables = sink->tables;
    engine->crowd.syscalls = &engine->counters[SB_COUNT_SYSCALLS];
    engine->start_ns = sink->options.start_ns;
    engine->attach = (struct sb_attach){
        .options = options, .sink = sink, .command = command, .crowd = &engine->crowd};
    engine->discovery = (struct sb_discovery){.patterns = options->patterns,
                                              .pattern_count = options->pattern_count,
                                              .crowd = &engine->crowd,
                                              .on_failure = sb_attach_on_failure,
                                              .context = &engine->attach};
    if (sb_walker_init(&engine->walker, engine->tables, &walk) == SB_OK) {
        run(engine);
        sb_walker_free(&engine->walker);
    }
    sb_discovery_free(&engine->discovery);
    sb_crowd_free(&engine->crowd);
    free(engine);
}
