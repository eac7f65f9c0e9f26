/* Samples as phpspy's text; everything else goes to standard error. */
#include "sink.h"
#include <stdio.h>
#include <unistd.h>

static enum sb_status text_sample(struct sb_sink *sink, const struct sb_moment *moment,
                                  const struct sb_tick *tick)
{
    const struct sb_text_style *style = &sink->options.style;
    enum sb_status status = sb_text_body(&sink->text, style, sink->tables, moment);

    (void)tick;
    if (status == SB_NO_MEMORY || (status == SB_FULL && !style->keeps_cut))
        return status;
    status = sb_text_close(&sink->text, style, moment->pid);
    if (status == SB_NO_MEMORY || (status == SB_FULL && !style->keeps_cut))
        return status;
    sb_output_begin(sink->output);
    sb_output_put(sink->output, sink->text.bytes, sink->text.len);
    return sb_output_end(sink->output);
}

static enum sb_status text_message(struct sb_sink *sink, enum sb_level level, const char *code,
                                   const char *text)
{
    (void)code;
    if (level >= SB_INFO && !sink->options.is_quiet)
        dprintf(STDERR_FILENO, "sampler: %s\n", text);
    return SB_OK;
}

static enum sb_status text_nothing(struct sb_sink *sink)
{
    (void)sink;
    return SB_OK;
}

static enum sb_status text_stats(struct sb_sink *sink, const uint64_t counters[SB_COUNTERS])
{
    sink->dropped = counters[SB_COUNT_DROPPED];
    sink->torn = counters[SB_COUNT_TORN];
    return SB_OK;
}

static enum sb_status text_stop(struct sb_sink *sink, const char *reason, const char *text)
{
    (void)reason;
    (void)text;
    if (sink->options.is_quiet)
        return SB_OK;
    if (sink->dropped)
        dprintf(STDERR_FILENO,
                "sampler: %llu samples are missing from the output: its reader was too slow, or "
                "they were longer than -b.\n",
                (unsigned long long)sink->dropped);
    if (sink->torn)
        dprintf(STDERR_FILENO,
                "sampler: %llu samples were given up: their stacks changed while they were read.\n",
                (unsigned long long)sink->torn);
    return SB_OK;
}

const struct sb_sink_ops sb_text_ops = {
    .start = text_nothing,
    .sample = text_sample,
    .stats = text_stats,
    .message = text_message,
    .epoch = text_nothing,
    .stop = text_stop,
};
