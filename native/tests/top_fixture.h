/* A live view without a terminal, and samples for it. */
#ifndef SB_TOP_FIXTURE_H
#define SB_TOP_FIXTURE_H

#include "check.h"
#include "clock.h"
#include "view.h"
#include "walk.h"

struct fixture {
    struct sb_tables tables;
    struct sb_output output;
    struct sb_sink sink;
    struct sb_top *top;
    struct sb_trace trace;
    struct sb_facts facts;
    struct sb_options options;
    uint32_t weight;
    uint64_t counters[SB_COUNTERS];
    uint64_t now_ns;
};

static void set_up(struct fixture *fixture, uint32_t wanted_count)
{
    static char *const arguments[] = {"sampler", "-t", "-P", "php-fpm: pool www", NULL};
    memset(fixture, 0, sizeof *fixture);
    CHECK(sb_output_open(&fixture->output, "/dev/null") == SB_OK);
    fixture->options.arguments = arguments;
    fixture->options.wanted_count = wanted_count;
    strcpy(fixture->options.wanted[0].key, "uri");
    strcpy(fixture->options.wanted[1].key, "glopeek server.REQUEST_URI");
    fixture->weight = 1;
    fixture->now_ns = SB_NS_PER_S;
    fixture->sink = (struct sb_sink){.ops = &sb_top_ops,
                                     .output = &fixture->output,
                                     .tables = &fixture->tables,
                                     .options.period_ns = SB_NS_PER_S / 99,
                                     .options.start_ns = fixture->now_ns};
    CHECK(sb_top_open(&fixture->sink, &fixture->options) == SB_OK);
    fixture->top = fixture->sink.top;
    CHECK(!fixture->top->is_screen);
    CHECK(fixture->sink.ops->start(&fixture->sink) == SB_OK);
    fixture->top->is_utf8 = 1;
    fixture->trace.facts = &fixture->facts;
}

static void tear_down(struct fixture *fixture)
{
    sb_top_close(&fixture->sink);
    sb_output_close(&fixture->output);
    sb_tables_free(&fixture->tables);
}

static uint32_t make_frame(struct fixture *fixture, const char *name, const char *file,
                           uint32_t line)
{
    struct sb_frame frame = {.line = line, .flags = file ? 0 : SB_FRAME_INTERNAL};
    frame.function = sb_tables_string(&fixture->tables, name, strlen(name));
    if (file)
        frame.file = sb_tables_string(&fixture->tables, file, strlen(file));
    return sb_tables_frame(&fixture->tables, &frame);
}

static void give(struct fixture *fixture)
{
    const struct sb_tick tick = {0, fixture->weight};
    struct sb_moment moment;
    CHECK(sb_moment_of(&fixture->tables, &fixture->trace, &moment) == SB_OK);
    CHECK(fixture->sink.ops->sample(&fixture->sink, &moment, &tick) == SB_OK);
    fixture->counters[SB_COUNT_SAMPLES]++;
}

/* Samples of a stack of functions, leaf first: upper-case ones are PHP's own. */
static void sample(struct fixture *fixture, const char *stack, unsigned times)
{
    fixture->trace.depth = 0;
    for (const char *at = stack; *at; at++) {
        char name[] = {*at, '\0'};
        int is_internal = *at >= 'A' && *at <= 'Z';
        fixture->trace.frames[fixture->trace.depth++] = make_frame(
            fixture, name, is_internal ? NULL : "/srv/app.php", (uint32_t)(*at - 'a' + 1));
    }
    for (unsigned i = 0; i < times; i++)
        give(fixture);
}

static void end_interval(struct fixture *fixture)
{
    fixture->now_ns += SB_NS_PER_S;
    sb_top_end_interval(fixture->top, fixture->counters, fixture->now_ns);
}

static const char *drawn(struct fixture *fixture)
{
    CHECK(sb_view_draw(fixture->top, &fixture->output) == SB_OK);
    fixture->output.buffer[fixture->output.end] = '\0';
    fixture->output.start = fixture->output.end = 0;
    return fixture->output.buffer;
}

#endif
