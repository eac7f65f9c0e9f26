/* What the live view counts and how it is used; top_sink.c feeds it. */
#include "top.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MESSAGE_AGE_MAX = 10, /* intervals that a message stays */
};

/* The fact that tells requests apart: the real URI before PHP's, else the first that was named. */
static const char *request_key(const struct sb_options *options)
{
    const char *key = options->wanted_count ? options->wanted[0].key : NULL;
    for (uint32_t i = 0; i < options->wanted_count; i++)
        if (options->wanted[i].kind == SB_FACT_URI)
            key = options->wanted[i].key;
    for (uint32_t i = 0; i < options->wanted_count; i++)
        if (strcmp(options->wanted[i].key, "glopeek server.REQUEST_URI") == 0)
            key = options->wanted[i].key;
    return key;
}

/* The terminal's character set, by the user's locale, installed or not. What is not UTF-8 gets
 * ASCII: bytes of UTF-8 may be control characters there. */
static int is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
    }
    return 0;
}

static void join(char *text, size_t size, char *const *arguments)
{
    size_t len = (size_t)snprintf(text, size, "sampler");
    for (char *const *argument = arguments + 1; arguments[0] && *argument && len < size; argument++)
        len += (size_t)snprintf(text + len, size - len, strpbrk(*argument, " \t") ? " '%s'" : " %s",
                                *argument);
}

enum sb_status sb_top_open(struct sb_sink *sink, const struct sb_options *options)
{
    struct sb_top *top = calloc(1, sizeof *top);
    const char *no_color = getenv("NO_COLOR");
    sink->top = top;
    if (!top)
        return SB_NO_MEMORY;
    top->screen = (struct sb_screen){.keys_fd = -1, .signals_fd = -1};
    if (sb_tally_init(&top->functions) != SB_OK || sb_tally_init(&top->requests) != SB_OK)
        return SB_NO_MEMORY;
    join(top->command, sizeof top->command, options->arguments);
    top->request_key = request_key(options);
    top->shows_help = 1;
    top->is_utf8 = is_utf8();
    top->has_color = !no_color || !*no_color;
    top->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    top->is_screen = sb_screen_open(&top->screen, sink->output);
    return SB_OK;
}

void sb_top_begin(struct sb_top *top, const struct sb_sink_options *options)
{
    top->period_ns = options->period_ns;
    top->measures_cpu = options->measures_cpu;
    top->weight = 1;
    top->start_ns = top->cleared_ns = top->closed_ns = top->shown.now_ns = options->start_ns;
}

void sb_top_close(struct sb_sink *sink)
{
    struct sb_top *top = sink->top;
    if (!top)
        return;
    sb_screen_close(&top->screen);
    if (top->locale)
        freelocale(top->locale);
    sb_tally_free(&top->functions);
    sb_tally_free(&top->requests);
    sb_ranking_free(&top->function_ranking);
    sb_ranking_free(&top->request_ranking);
    free(top);
    sink->top = NULL;
}

static void count_request(struct sb_top *top, const struct sb_tables *tables,
                          const struct sb_meta *meta, uint32_t weight)
{
    size_t wanted = strlen(top->request_key);
    for (uint32_t i = 0; i < meta->count; i++) {
        const struct sb_pair *pair = &tables->pairs[meta->first + i];
        size_t len;
        const char *text = sb_tables_text(tables, pair->key, &len);
        if (len != wanted || memcmp(text, top->request_key, len) != 0)
            continue;
        text = sb_tables_text(tables, pair->value, &len);
        sb_tally_begin(&top->requests, weight);
        sb_tally_text(&top->requests, text, len);
        return;
    }
}

void sb_top_count(struct sb_top *top, const struct sb_tables *tables,
                  const struct sb_moment *moment, uint32_t weight)
{
    sb_tally_begin(&top->functions, weight);
    for (uint32_t id = moment->stack; id; id = tables->stacks[id - 1].parent) {
        uint32_t frame = tables->stacks[id - 1].frame;
        if (tables->frames[frame - 1].flags & SB_FRAME_CUT)
            break;
        sb_tally_frame(&top->functions, tables, frame, id == moment->stack);
    }
    if (top->request_key && moment->meta)
        count_request(top, tables, &tables->metas[moment->meta - 1], weight);
    top->weight = weight;
    top->running += weight;
}

void sb_top_sort(struct sb_top *top)
{
    sb_ranking_sort(&top->function_ranking, top->order);
    sb_ranking_sort(&top->request_ranking, SB_BY_TOTAL);
}

void sb_top_end_interval(struct sb_top *top, const uint64_t counters[SB_COUNTERS], uint64_t now_ns)
{
    struct sb_top_figures *shown = &top->shown;
    sb_tally_close(&top->functions, top->is_paused ? NULL : &top->function_ranking);
    sb_tally_close(&top->requests, top->is_paused ? NULL : &top->request_ranking);
    top->counted += top->running;
    if (!top->is_paused) {
        for (int i = 0; i < SB_COUNTERS; i++)
            shown->changes[i] = counters[i] - top->counters[i];
        memcpy(shown->counters, counters, sizeof shown->counters);
        shown->samples = top->running;
        shown->all_samples = top->counted;
        shown->interval_ns = now_ns - top->closed_ns;
        shown->now_ns = now_ns;
        sb_top_sort(top);
    }
    memcpy(top->counters, counters, sizeof top->counters);
    top->closed_ns = now_ns;
    top->running = 0;
    if (++top->message_age > MESSAGE_AGE_MAX)
        top->message[0] = '\0';
}

void sb_top_say(struct sb_top *top, const char *text)
{
    snprintf(top->message, sizeof top->message, "%s", text);
    top->message_age = 0;
}

static void whole(struct sb_ranking *ranking)
{
    for (uint32_t i = 0; i < ranking->count; i++) {
        struct sb_count *count = &ranking->ranks[i].count;
        count->self = count->all_self > UINT32_MAX ? UINT32_MAX : (uint32_t)count->all_self;
        count->total = count->all_total > UINT32_MAX ? UINT32_MAX : (uint32_t)count->all_total;
    }
}

void sb_top_summarize(struct sb_top *top)
{
    struct sb_top_figures *shown = &top->shown;
    top->is_screen = top->is_paused = 0;
    top->is_summary = 1;
    sb_top_end_interval(top, top->counters, top->closed_ns);
    whole(&top->function_ranking);
    whole(&top->request_ranking);
    sb_top_sort(top);
    for (int i = 0; i < SB_COUNTERS; i++)
        shown->changes[i] = top->counters[i] - top->cleared[i];
    shown->samples = shown->all_samples;
    shown->interval_ns = shown->now_ns - top->cleared_ns;
}
