/* The live view as a sink: keyboard and clock drive it. */
#include "clock.h"
#include "top.h"
#include "view.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEYS_BYTES = 256 };

/* The end of the terminal is one by a signal, and so is quitting: the command is told, too. */
static void draw(struct sb_top *top)
{
    if (!sb_screen_is_ready(&top->screen))
        return;
    sb_screen_size(&top->screen, &top->columns, &top->lines);
    sb_view_draw(top, top->screen.output);
    if (sb_output_flush(top->screen.output, 0) == SB_READER_GONE)
        raise(SIGTERM);
}

static enum sb_status top_start(struct sb_sink *sink)
{
    sb_top_begin(sink->top, &sink->options);
    if (sink->top->is_screen) {
        sb_screen_enter(&sink->top->screen);
        draw(sink->top);
    }
    return SB_OK;
}

static enum sb_status top_sample(struct sb_sink *sink, const struct sb_moment *moment,
                                 const struct sb_tick *tick)
{
    sb_top_count(sink->top, sink->tables, moment, tick->weight);
    return SB_OK;
}

static enum sb_status top_stats(struct sb_sink *sink, const uint64_t counters[SB_COUNTERS])
{
    sb_top_end_interval(sink->top, counters, sb_now_ns());
    if (!sink->top->is_screen)
        return sb_view_draw(sink->top, sink->output);
    draw(sink->top);
    return SB_OK;
}

static enum sb_status top_message(struct sb_sink *sink, enum sb_level level, const char *code,
                                  const char *text)
{
    (void)code;
    if (level < SB_INFO)
        return SB_OK;
    if (!sink->top->is_screen) {
        if (!sink->options.is_quiet)
            dprintf(STDERR_FILENO, "sampler: %s\n", text);
        return SB_OK;
    }
    sb_top_say(sink->top, text);
    draw(sink->top);
    return SB_OK;
}

static enum sb_status top_epoch(struct sb_sink *sink)
{
    sb_tally_epoch(&sink->top->functions);
    return SB_OK;
}

/* Leaves a table of the whole run where the screen was, unless the user has had enough. */
static enum sb_status top_stop(struct sb_sink *sink, const char *reason, const char *text)
{
    int is_over = strcmp(reason, "end") == 0 || strcmp(reason, "limit") == 0;
    if (!sink->top->is_screen)
        return SB_OK;
    sb_screen_leave(&sink->top->screen);
    if (is_over) {
        sb_top_summarize(sink->top);
        return sb_view_draw(sink->top, sink->output);
    }
    if (*text)
        dprintf(STDERR_FILENO, "sampler: %s\n", text);
    return SB_OK;
}

/* False when the user has had enough. */
static int serve_keys(struct sb_top *top)
{
    unsigned char bytes[KEYS_BYTES];
    size_t len = sb_screen_read(&top->screen, bytes, sizeof bytes);
    for (size_t i = 0; i < len; i++)
        if (!sb_top_press(top, sb_keys_next(&top->keys, bytes[i])))
            return 0;
    draw(top);
    return 1;
}

static void top_wait(struct sb_sink *sink, uint64_t deadline_ns)
{
    struct sb_top *top = sink->top;
    for (;;) {
        switch (sb_screen_wait(&top->screen, deadline_ns)) {
        case SB_STIR_NONE:
            return;
        case SB_STIR_REDRAW:
            draw(top);
            break;
        case SB_STIR_KEYS:
            if (serve_keys(top))
                break;
            raise(SIGTERM);
            return;
        case SB_STIR_GONE:
            raise(SIGTERM);
            return;
        }
    }
}

const struct sb_sink_ops sb_top_ops = {
    .start = top_start,
    .sample = top_sample,
    .stats = top_stats,
    .message = top_message,
    .epoch = top_epoch,
    .stop = top_stop,
    .wait = top_wait,
};
