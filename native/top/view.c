/* The header, and which table goes where. */
#include "view.h"
#include "clock.h"
#include <string.h>

enum {
    PLAIN_ROWS = 20,  /* of a table that is printed */
    REQUEST_ROWS = 5, /* of the small table */
    BODY_MIN = 14,    /* lines from which on there is room for it */
    HEADER_LINES = 4,
    FULL_WIDTH = 100, /* columns of the screen for all columns of the table... */
    MIDDLE_WIDTH = 76,
    NARROW_WIDTH = 50,
};

static const char help_line[] = "q quit  s/t by self/total  p pause  c clear  u requests  "
                                "j/k scroll  h hide";

unsigned sb_view_tenths(uint64_t part, uint64_t whole)
{
    return whole ? (unsigned)((part * 1000 + whole / 2) / whole) : 0;
}

void sb_view_share(struct sb_pen *pen, uint64_t part, uint64_t whole)
{
    unsigned share = sb_view_tenths(part, whole);
    sb_pen_print(pen, "%3u.%u%% ", share / 10, share % 10);
}

void sb_view_count(struct sb_pen *pen, uint64_t number)
{
    static const char units[] = "MGTPE";
    uint64_t unit = 1000000;
    size_t i = 0;
    if (number < unit) {
        sb_pen_print(pen, "%6u ", (unsigned)number);
        return;
    }
    while (number / unit >= 1000) {
        unit *= 1000;
        i++;
    }
    sb_pen_print(pen, "%3u.%u%c ", (unsigned)(number / unit), (unsigned)(number / (unit / 10) % 10),
                 units[i]);
}

void sb_view_time(struct sb_pen *pen, uint64_t ns)
{
    unsigned seconds = (unsigned)(ns / SB_NS_PER_S);
    sb_pen_print(pen, "%02u:%02u:%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void sb_view_blank(struct sb_pen *pen, int lines)
{
    for (; pen->is_screen && lines > 0 && sb_pen_begin(pen); lines--)
        sb_pen_end(pen);
}

struct sb_view_columns sb_view_columns(const struct sb_top *top)
{
    int width = top->is_screen ? top->columns : FULL_WIDTH;
    return (struct sb_view_columns){.has_counts = width >= NARROW_WIDTH,
                                    .has_all = width >= MIDDLE_WIDTH && !top->is_summary,
                                    .has_all_shares = width >= FULL_WIDTH && !top->is_summary};
}

struct sb_view_span sb_view_span(struct sb_top *top, const struct sb_ranking *ranking, int room,
                                 int is_main)
{
    uint32_t rows = room > 0 ? (uint32_t)room : 0;
    uint32_t last = ranking->count > rows ? ranking->count - rows : 0;
    if (is_main && top->scroll > last)
        top->scroll = last;
    return (struct sb_view_span){is_main ? top->scroll : 0,
                                 ranking->count < rows ? ranking->count : rows};
}

static void draw_line(struct sb_pen *pen, const char *text, const char *color)
{
    if (!sb_pen_begin(pen))
        return;
    sb_pen_color(pen, color);
    sb_pen_text(pen, text, strlen(text));
    sb_pen_end(pen);
}

static void draw_run(struct sb_pen *pen, const struct sb_top *top)
{
    unsigned cpu = sb_view_tenths(top->shown.changes[SB_COUNT_CPU_NS], top->shown.interval_ns);
    if (!sb_pen_begin(pen))
        return;
    sb_pen_print(pen, "%u followed   %.6g Hz   ", (unsigned)top->shown.counters[SB_COUNT_FOLLOWED],
                 (double)SB_NS_PER_S / (double)top->period_ns / top->weight);
    sb_view_time(pen, top->shown.now_ns - top->start_ns);
    sb_pen_print(pen, "   own CPU %u.%u%%", cpu / 10, cpu % 10);
    if (top->is_paused) {
        sb_pen_print(pen, "   ");
        sb_pen_color(pen, "1;33");
        sb_pen_print(pen, "PAUSED");
    }
    sb_pen_end(pen);
}

static unsigned long long since_clear(const struct sb_top *top, enum sb_counter counter)
{
    return top->shown.counters[counter] - top->cleared[counter];
}

static void draw_samples(struct sb_pen *pen, const struct sb_top *top)
{
    const uint64_t *changes = top->shown.changes;
    uint64_t polls = changes[SB_COUNT_SAMPLES] + changes[SB_COUNT_FILTERED] +
                     changes[SB_COUNT_IDLE] + changes[SB_COUNT_OFF_CPU];
    double seconds = (double)top->shown.interval_ns / (double)SB_NS_PER_S;
    unsigned share = sb_view_tenths(changes[SB_COUNT_IDLE], polls);
    if (!sb_pen_begin(pen))
        return;
    sb_pen_print(pen, "%.1f samples/s   idle %u.%u%%   ",
                 seconds > 0 ? (double)changes[SB_COUNT_SAMPLES] / seconds : 0.0, share / 10,
                 share % 10);
    share = sb_view_tenths(changes[SB_COUNT_OFF_CPU], polls);
    if (top->measures_cpu)
        sb_pen_print(pen, "off CPU %u.%u%%   ", share / 10, share % 10);
    sb_pen_print(pen, "torn %llu   failed %llu   missed %llu", since_clear(top, SB_COUNT_TORN),
                 since_clear(top, SB_COUNT_FAILED), since_clear(top, SB_COUNT_MISSED_TICKS));
    sb_pen_end(pen);
}

static void draw_plain(struct sb_pen *pen, struct sb_top *top)
{
    sb_view_functions(pen, top, PLAIN_ROWS);
    if (top->request_key)
        sb_view_requests(pen, top, REQUEST_ROWS, 0);
    sb_pen_begin(pen);
    sb_pen_end(pen);
}

static void draw_body(struct sb_pen *pen, struct sb_top *top)
{
    int has_help = top->shows_help, body = top->lines - HEADER_LINES - has_help;
    int has_both = top->request_key && body >= BODY_MIN;
    int small = has_both ? SB_VIEW_REQUEST_TITLES + REQUEST_ROWS : 0;
    if (top->shows_requests)
        sb_view_requests(pen, top, body - SB_VIEW_REQUEST_TITLES, 1);
    else
        sb_view_functions(pen, top, body - SB_VIEW_FUNCTION_TITLES - small);
    if (has_both && !top->shows_requests)
        sb_view_requests(pen, top, REQUEST_ROWS, 0);
    if (has_help)
        draw_line(pen, help_line, "36");
}

enum sb_status sb_view_draw(struct sb_top *top, struct sb_output *output)
{
    locale_t before = top->locale ? uselocale(top->locale) : (locale_t)0;
    struct sb_pen pen = {.output = output,
                         .columns = top->is_screen ? top->columns : SB_PEN_UNLIMITED,
                         .lines = top->is_screen ? top->lines : SB_PEN_UNLIMITED,
                         .is_screen = top->is_screen,
                         .is_utf8 = top->is_utf8 && top->locale,
                         .has_color = top->has_color && top->is_screen,
                         .is_first = 1};
    sb_output_begin(output);
    draw_line(&pen, top->command, "1");
    draw_run(&pen, top);
    draw_samples(&pen, top);
    if (top->is_screen) {
        draw_line(&pen, top->message, "1");
        draw_body(&pen, top);
    } else {
        draw_plain(&pen, top);
    }
    if (before)
        uselocale(before);
    return sb_output_end(output);
}
