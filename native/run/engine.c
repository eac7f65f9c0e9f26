/* Ticks at absolute deadlines: a late tick is counted, not caught up. */
#include "engine.h"
#include "attach.h"
#include "clock.h"
#include "process.h"
#include "sampling.h"
#include "schedule.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t SCAN_NS = SB_NS_PER_S, STATS_NS = SB_NS_PER_S, CHECK_NS = SB_NS_PER_S;

struct engine {
    const struct sb_options *options;
    struct sb_sink *sink;
    struct sb_command *command;
    const volatile sig_atomic_t *stop;
    struct sb_ending *ending;
    struct sb_sampling sampling;
    struct sb_crowd crowd;
    struct sb_discovery discovery;
    struct sb_attach attach;
    struct sb_schedule schedule;
    uint64_t start_ns, scan_ns, stats_ns, check_ns;
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

static int has_selection(const struct engine *engine)
{
    return !sb_selection_is_empty(&engine->options->selection);
}

/* A target that can no longer be read as it was: gone, or another program by exec. */
static void lose(struct engine *engine, uint32_t index, enum sb_status status)
{
    pid_t pid = engine->crowd.targets[index]->remote.pid;
    sb_crowd_leave(&engine->crowd, index);
    if (has_selection(engine))
        sb_discovery_lost(&engine->discovery, pid);
    else if (status != SB_NO_PROCESS)
        sb_attach_add(&engine->attach, pid, engine->sampling.tick.time_ns);
}

/* Samples one target. False when it was lost, and another may stand in its place. */
static int sample(struct engine *engine, uint32_t index)
{
    struct sb_target *target = engine->crowd.targets[index];
    enum sb_status status;

    if (target->is_master)
        return 1;
    status = sb_sampling_take(&engine->sampling, target);
    if (status == SB_NO_MEMORY)
        end(engine, status, "error", 1, "%s", sb_status_text(status));
    if (engine->sampling.is_at_limit)
        end(engine, SB_OK, "limit", 0, " ");
    if (status == SB_OK || engine->has_ended)
        return 1;
    lose(engine, index, status);
    return 0;
}

static void sample_all(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->crowd.count && !engine->has_ended;)
        if (sample(engine, i))
            i++;
}

/* Masters are not read at ticks, and without a descriptor of the process its pid may be given to
 * another between two. */
static void check_targets(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->crowd.count;) {
        struct sb_target *target = engine->crowd.targets[i];
        struct sb_process_stat stat;
        if (!target->is_master && sb_stillness_has_hold(&target->stillness)) {
            i++;
            continue;
        }
        if (sb_process_stat(target->remote.pid, &stat) && stat.state != 'Z' &&
            stat.start_ticks == target->start_ticks)
            i++;
        else
            lose(engine, i, SB_NO_PROCESS);
    }
}

static void write_stats(struct engine *engine)
{
    engine->sampling.counters[SB_COUNT_CPU_NS] = sb_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    engine->sampling.counters[SB_COUNT_FOLLOWED] = engine->crowd.count;
    engine->sampling.counters[SB_COUNT_SEEN] = engine->crowd.seen;
    engine->sink->ops->stats(engine->sink, engine->sampling.counters);
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
    if (denied && !followed && !others && !engine->sampling.has_sampled)
        end(engine, SB_NOT_PERMITTED, "error", 1, "%s", engine->attach.first_text);
    else if (!followed && !engine->has_said_waiting)
        engine->sink->ops->message(engine->sink, SB_INFO, sb_status_name(SB_NO_TARGET),
                                   "No process matches yet; waiting for one.");
    engine->has_said_waiting = 1;
}

static void housekeep(struct engine *engine)
{
    if (has_selection(engine)) {
        if (engine->sampling.tick.time_ns >= engine->scan_ns + SCAN_NS ||
            engine->discovery.scans == 0) {
            engine->scan_ns = engine->sampling.tick.time_ns;
            scan(engine);
        }
        sb_discovery_poll(&engine->discovery);
    }
    if (engine->sampling.tick.time_ns >= engine->check_ns + CHECK_NS) {
        engine->check_ns = engine->sampling.tick.time_ns;
        check_targets(engine);
    }
    if (engine->command)
        sb_command_check(engine->command);
    engine->attach.has_sampled = engine->sampling.has_sampled;
    sb_attach_try(&engine->attach, engine->sampling.tick.time_ns);
}

static void check_end(struct engine *engine)
{
    const struct sb_options *options = engine->options;
    if (*engine->stop)
        end(engine, SB_OK, "signal", 0, " ");
    if (options->time_limit_ms &&
        engine->sampling.tick.time_ns - engine->start_ns >= options->time_limit_ms * SB_NS_PER_MS)
        end(engine, SB_OK, "limit", 0, " ");
    if (has_selection(engine) || engine->crowd.count || engine->attach.pending_count)
        return;
    if (engine->command && !engine->crowd.seen)
        engine->sink->ops->message(
            engine->sink, SB_WARN, sb_status_name(SB_NO_TARGET),
            "The command has ended, and it was no PHP that could be sampled; "
            "children of a command are found with -P.");
    if (engine->crowd.seen || engine->command)
        end(engine, SB_OK, "end", 0, " ");
    else
        end(engine, engine->attach.first_failure,
            engine->attach.first_failure == SB_NO_PROCESS ? "no_target" : "error", 1, "%s",
            engine->attach.first_text);
}

/* Fewer samples that stand for more, when --max-cpu would be passed. */
static void adjust_rate(struct engine *engine)
{
    char text[SB_ENDING_BYTES];
    struct sb_schedule *schedule = &engine->schedule;
    if (!sb_schedule_adjust(schedule, sb_now_ns(), engine->sampling.counters[SB_COUNT_CPU_NS]))
        return;
    snprintf(text, sizeof text, "Sampling %.1f times per second now, to keep to --max-cpu %g %%.",
             (double)SB_NS_PER_S / (double)schedule->period_ns / schedule->stride,
             100 * schedule->max_cpu);
    engine->sink->ops->message(engine->sink, SB_INFO, "max_cpu", text);
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
        adjust_rate(engine);
    }
    status = sb_output_flush(engine->sink->output, now_ns);
    if (status == SB_READER_GONE)
        end(engine, SB_OK, "end", 0, " ");
    else if (status != SB_OK)
        end(engine, status, "error", 1, "%s", sb_status_text(status));
}

static void wait_for_tick(struct engine *engine)
{
    struct sb_schedule *schedule = &engine->schedule;
    struct timespec until;

    sb_schedule_advance(schedule, sb_now_ns());
    engine->sampling.counters[SB_COUNT_MISSED_TICKS] = schedule->missed;
    until.tv_sec = (time_t)(schedule->next_ns / SB_NS_PER_S);
    until.tv_nsec = (long)(schedule->next_ns % SB_NS_PER_S);
    engine->sampling.counters[SB_COUNT_SYSCALLS]++;
    if (engine->sink->ops->wait)
        engine->sink->ops->wait(engine->sink, schedule->next_ns);
    else
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    engine->sampling.tick = (struct sb_tick){sb_now_ns(), schedule->stride};
}

static void run(struct engine *engine)
{
    engine->sampling.tick = (struct sb_tick){engine->start_ns, 1};
    engine->stats_ns = engine->check_ns = engine->start_ns;
    sb_schedule_start(&engine->schedule, engine->start_ns, engine->options->period_ns,
                      engine->options->max_cpu);
    for (unsigned i = 0; i < engine->options->pid_count; i++)
        sb_attach_add(&engine->attach, engine->options->pids[i], engine->sampling.tick.time_ns);
    if (engine->command)
        sb_attach_add(&engine->attach, engine->command->pid, engine->sampling.tick.time_ns);
    while (!engine->has_ended) {
        tick(engine);
        if (engine->has_ended)
            break;
        wait_for_tick(engine);
    }
}

void sb_engine_run(const struct sb_options *options, struct sb_sink *sink,
                   struct sb_command *command, const volatile sig_atomic_t *stop,
                   struct sb_ending *ending)
{
    struct engine *engine = calloc(1, sizeof *engine);

    *ending = (struct sb_ending){.status = SB_NO_MEMORY, .reason = "error"};
    if (!engine)
        return;
    engine->options = options;
    engine->sink = sink;
    engine->command = command;
    engine->stop = stop;
    engine->ending = ending;
    engine->sampling.options = options;
    engine->sampling.sink = sink;
    engine->sampling.tables = sink->tables;
    engine->crowd.hints = &options->hints;
    engine->crowd.syscalls = &engine->sampling.counters[SB_COUNT_SYSCALLS];
    engine->start_ns = sink->options.start_ns;
    engine->attach = (struct sb_attach){
        .options = options, .sink = sink, .command = command, .crowd = &engine->crowd};
    engine->discovery = (struct sb_discovery){.selection = &options->selection,
                                              .crowd = &engine->crowd,
                                              .on_failure = sb_attach_on_failure,
                                              .context = &engine->attach};
    if (sb_sampling_init(&engine->sampling) == SB_OK)
        run(engine);
    sb_sampling_free(&engine->sampling);
    sb_discovery_free(&engine->discovery);
    sb_crowd_free(&engine->crowd);
    free(engine);
}
