/* Ticks at absolute deadlines: a late tick is counted, not caught up. */
#include "engine.h"
#include "clock.h"
#include "process.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TORN_RUN_MAX = 16,           /* after so many torn samples in a row the addresses are doubted */
    PENDING_STEP_MS = 10,        /* a starting process is looked at that often */
    PENDING_PID_MS = 1000,       /* -p waits that long for PHP to start up */
};

static const uint64_t SCAN_NS = SB_NS_PER_S, STATS_NS = SB_NS_PER_S, CHECK_NS = SB_NS_PER_S;

/* A process that was named but cannot be sampled yet. */
struct pending {
    pid_t pid;
    uint64_t since_ns, next_ns;
};

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
    struct pending pending[SB_PIDS_MAX];
    unsigned pending_count;
    uint64_t counters[SB_COUNTERS];
    uint64_t start_ns, tick_ns, scan_ns, stats_ns, check_ns;
    enum sb_status first_failure; /* of a process that was named */
    char first_text[SB_ENDING_BYTES];
    int has_sampled, has_ended, has_said_waiting;
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

static void say(struct engine *engine, enum sb_level level, enum sb_status status,
                const char *text)
{
    engine->sink->ops->message(engine->sink, level, sb_status_name(status), text);
}

static void describe(char *text, size_t size, pid_t pid, enum sb_status status, const char *detail)
{
    snprintf(text, size, "Process %d%s%s%s: %s", (int)pid, *detail ? " (" : "", detail,
             *detail ? ")" : "", sb_status_text(status));
}

/* A process that the user named by -p failed for good. */
static void note_failure(struct engine *engine, pid_t pid, enum sb_status status,
                         const char *detail)
{
    char text[SB_ENDING_BYTES];
    describe(text, sizeof text, pid, status, detail);
    if (engine->first_failure == SB_OK) {
        engine->first_failure = status;
        snprintf(engine->first_text, sizeof engine->first_text, "%s", text);
    }
    if (engine->options->pid_count > 1 || engine->has_sampled)
        say(engine, SB_WARN, status, text);
}

/* A process that matched -P cannot be followed. That something is not PHP is no news. */
static void on_failure(void *context, pid_t pid, enum sb_status status, const char *detail)
{
    struct engine *engine = context;
    char text[SB_ENDING_BYTES];
    if (status == SB_NOT_PHP || status == SB_READ_FAULT)
        return;
    describe(text, sizeof text, pid, status, detail);
    if (status == SB_NOT_PERMITTED) {
        if (engine->first_failure == SB_OK)
            snprintf(engine->first_text, sizeof engine->first_text, "%s", text);
        else
            return; /* said once */
        engine->first_failure = status;
    }
    say(engine, SB_WARN, status, text);
}

static int is_still_starting(const struct engine *engine, const struct pending *pending,
                             enum sb_status status)
{
    if (engine->command)
        return !engine->command->has_ended && status != SB_PHP_VERSION && status != SB_PHP_ZTS &&
               status != SB_PHP_DEBUG && status != SB_NOT_PERMITTED;
    return status == SB_NOT_READY &&
           engine->tick_ns - pending->since_ns < PENDING_PID_MS * SB_NS_PER_MS;
}

static void try_pending(struct engine *engine)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < engine->pending_count; i++) {
        struct pending *pending = &engine->pending[i];
        char detail[SB_DETAIL_BYTES];
        enum sb_status status;
        if (engine->tick_ns < pending->next_ns) {
            engine->pending[kept++] = *pending;
            continue;
        }
        status = sb_crowd_follow(&engine->crowd, pending->pid, detail, NULL);
        if (status == SB_OK)
            continue;
        if (is_still_starting(engine, pending, status)) {
            pending->next_ns = engine->tick_ns + PENDING_STEP_MS * SB_NS_PER_MS;
            engine->pending[kept++] = *pending;
        } else {
            note_failure(engine, pending->pid, status, detail);
        }
    }
    engine->pending_count = kept;
}

static void add_pending(struct engine *engine, pid_t pid)
{
    if (engine->pending_count < SB_PIDS_MAX)
        engine->pending[engine->pending_count++] = (struct pending){pid, engine->tick_ns, 0};
}

/* A target that can no longer be read as it was: gone, or another program by exec. */
static void lose(struct engine *engine, uint32_t index, enum sb_status status)
{
    pid_t pid = engine->crowd.targets[index]->remote.pid;
    sb_crowd_leave(&engine->crowd, index);
    if (engine->options->pattern_count)
        sb_discovery_lost(&engine->discovery, pid);
    else if (status != SB_NO_PROCESS)
        add_pending(engine, pid);
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
    engine->has_sampled = 1;
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
    if (denied && !followed && !others && !engine->has_sampled)
        end(engine, SB_NOT_PERMITTED, "error", 1, "%s", engine->first_text);
    else if (!followed && !engine->has_said_waiting)
        say(engine, SB_INFO, SB_NO_TARGET, "No process matches yet; waiting for one.");
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
    try_pending(engine);
}

static void check_end(struct engine *engine)
{
    const struct sb_options *options = engine->options;
    if (*engine->stop)
        end(engine, SB_OK, "signal", 0, " ");
    if (options->time_limit_ms &&
        engine->tick_ns - engine->start_ns >= options->time_limit_ms * SB_NS_PER_MS)
        end(engine, SB_OK, "limit", 0, " ");
    if (options->pattern_count || engine->crowd.count || engine->pending_count)
        return;
    if (engine->crowd.seen || engine->command)
        end(engine, SB_OK, "end", 0, " ");
    else
        end(engine, engine->first_failure, engine->first_failure == SB_NO_PROCESS ? "no_target" : "error",
            1, "%s", engine->first_text);
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
        add_pending(engine, engine->options->pids[i]);
    if (engine->command)
        add_pending(engine, engine->command->pid);
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
    engine->discovery = (struct sb_discovery){.patterns = options->patterns,
                                              .pattern_count = options->pattern_count,
                                              .crowd = &engine->crowd,
                                              .on_failure = on_failure,
                                              .context = engine};
    if (sb_walker_init(&engine->walker, engine->tables, &walk) == SB_OK) {
        run(engine);
        sb_walker_free(&engine->walker);
    }
    sb_discovery_free(&engine->discovery);
    sb_crowd_free(&engine->crowd);
    free(engine);
}
