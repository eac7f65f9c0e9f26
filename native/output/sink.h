/* The seam between sampling and writing: what happens, as events. One implementation per format. */
#ifndef SB_SINK_H
#define SB_SINK_H

#include "output.h"
#include "text.h"

/* Counters of STATS frames, by their numbers in docs/sample-stream.md. */
enum sb_counter {
    SB_COUNT_SAMPLES = 1,
    SB_COUNT_IDLE,
    SB_COUNT_TORN,
    SB_COUNT_FAILED,
    SB_COUNT_MISSED_TICKS,
    SB_COUNT_DROPPED,
    SB_COUNT_CPU_NS,
    SB_COUNT_FOLLOWED,
    SB_COUNT_SEEN,
    SB_COUNT_SYSCALLS,
    SB_COUNT_OFF_CPU,
    SB_COUNT_FILTERED,
    SB_COUNT_REPEATED,
    SB_COUNTERS
};

enum sb_level { SB_DEBUG, SB_INFO, SB_WARN, SB_ERROR };

/* What a format may want to know about the run. */
struct sb_sink_options {
    uint64_t period_ns;
    uint64_t start_ns, start_unix_ns; /* one moment on CLOCK_MONOTONIC and as UNIX time */
    int measures_cpu;                 /* samples are of processes on a CPU only */
    int is_quiet;
    struct sb_text_style style;
};

/* When a sample was taken, and for how many periods it stands. */
struct sb_tick {
    uint64_t time_ns;
    uint32_t weight;
};

struct sb_top;

struct sb_sink {
    const struct sb_sink_ops *ops;
    struct sb_output *output;
    struct sb_tables *tables;
    struct sb_sink_options options;
    struct sb_text text;    /* of the text format */
    uint64_t dropped, torn; /* of the text format: counters, by the last stats */
    /* State of the stream format: definitions that were sent, and the last TIME. */
    uint32_t sent_strings, sent_frames, sent_stacks, sent_metas, sent_processes;
    uint64_t last_time_ns;
    int owes_epoch;
    struct sb_top *top; /* state of the live view, from sb_top_open */
};

/* Each returns SB_OK, or SB_FULL when the event was left out for lack of room. */
struct sb_sink_ops {
    enum sb_status (*start)(struct sb_sink *sink);
    enum sb_status (*sample)(struct sb_sink *sink, const struct sb_moment *moment,
                             const struct sb_tick *tick);
    enum sb_status (*stats)(struct sb_sink *sink, const uint64_t counters[SB_COUNTERS]);
    enum sb_status (*message)(struct sb_sink *sink, enum sb_level level, const char *code,
                              const char *text);
    /* The tables were reset. */
    enum sb_status (*epoch)(struct sb_sink *sink);
    /* `reason` is one of those of BYE. */
    enum sb_status (*stop)(struct sb_sink *sink, const char *reason, const char *text);
    /* Passes the time until `deadline_ns` (CLOCK_MONOTONIC) or a signal; NULL where nothing is to
     * be done meanwhile. */
    void (*wait)(struct sb_sink *sink, uint64_t deadline_ns);
};

extern const struct sb_sink_ops sb_text_ops, sb_stream_ops, sb_top_ops;

#endif
