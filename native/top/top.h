/* The live view: what PHP does now, as a table that is drawn anew once per second, or printed when
 * the output is no terminal. */
#ifndef SB_TOP_H
#define SB_TOP_H

#include "keys.h"
#include "options.h"
#include "screen.h"
#include "sink.h"
#include "tally.h"
#include <locale.h>

enum { SB_TOP_LINE_BYTES = 512 };

/* Of the last interval; they stand still while paused. */
struct sb_top_figures {
    uint64_t counters[SB_COUNTERS], changes[SB_COUNTERS]; /* at its end, in it */
    uint64_t samples, all_samples;                        /* in it; since the last clear */
    uint64_t now_ns, interval_ns;
};

struct sb_top {
    struct sb_tally functions, requests;
    uint64_t running, counted;      /* samples of the interval that runs, and of those before */
    uint32_t weight;                /* of the last sample: periods that it stands for */
    uint64_t counters[SB_COUNTERS]; /* at the end of the last interval, paused or not */
    uint64_t closed_ns;

    struct sb_top_figures shown;
    struct sb_ranking function_ranking, request_ranking;
    uint64_t cleared[SB_COUNTERS]; /* at the last clear */
    uint64_t cleared_ns, start_ns, period_ns;
    int measures_cpu;
    const char *request_key; /* of the fact that tells requests apart, or NULL */
    char command[SB_TOP_LINE_BYTES], message[SB_TOP_LINE_BYTES];
    unsigned message_age; /* in intervals */

    enum sb_order order;
    int is_paused, shows_requests, shows_help;
    uint32_t scroll;    /* rows above the first that is shown */
    int columns, lines; /* of the screen */
    int is_screen, is_summary, is_utf8, has_color;

    locale_t locale; /* for the width of characters, or 0 */
    struct sb_screen screen;
    struct sb_keys keys;
};

/* Makes the view of `sink`, whose output must be open: finds out whether that is a terminal.
 * SB_NO_MEMORY; must be closed either way. */
enum sb_status sb_top_open(struct sb_sink *sink, const struct sb_options *options);

/* Frees it; safe to call without a view. */
void sb_top_close(struct sb_sink *sink);

/* The run begins. */
void sb_top_begin(struct sb_top *top, const struct sb_sink_options *options);

/* A sample that the sink was given. */
void sb_top_count(struct sb_top *top, const struct sb_tables *tables,
                  const struct sb_moment *moment, uint32_t weight);

/* Ends an interval: what was counted becomes what is shown, unless paused. */
void sb_top_end_interval(struct sb_top *top, const uint64_t counters[SB_COUNTERS], uint64_t now_ns);

void sb_top_sort(struct sb_top *top);

/* Does what the key says. False when it says to quit. */
int sb_top_press(struct sb_top *top, enum sb_key key);

/* What is shown becomes all that was counted since the last clear, as plain lines. */
void sb_top_summarize(struct sb_top *top);

void sb_top_say(struct sb_top *top, const char *text);

#endif
