/* The table of functions. */
#include "clock.h"
#include "glyph.h"
#include "view.h"
#include <stdio.h>
#include <string.h>

enum {
    LOCATION_MIN = 10, /* columns that say something about a file */
    HOT = 100,         /* tenths of a percent from which on a share is coloured... */
    WARM = 20,
};

struct text {
    char bytes[SB_TALLY_NAME_BYTES + 32];
    size_t len;
};

/* Columns of the names, by what is to be shown and what there is room for. */
struct widths {
    int function, location;
};

static void draw_groups(struct sb_pen *pen, const struct sb_top *top,
                        const struct sb_view_columns *columns, struct sb_view_span span)
{
    int left;
    if (!sb_pen_begin(pen))
        return;
    sb_pen_color(pen, "1");
    left = pen->left - (columns->has_counts ? 28 : 14);
    sb_pen_print(pen, "%s %.1f s", top->is_summary ? "in" : "last",
                 (double)top->shown.interval_ns / (double)SB_NS_PER_S);
    sb_pen_pad(pen, pen->left - left);
    if (columns->has_all) {
        left = pen->left - (columns->has_all_shares ? 30 : 16);
        sb_pen_print(pen, "  all ");
        sb_view_time(pen, top->shown.now_ns - top->cleared_ns);
        sb_pen_pad(pen, pen->left - left);
    }
    sb_pen_print(pen, " by %s, %u-%u of %u", top->order == SB_BY_SELF ? "self" : "total",
                 span.count ? span.first + 1 : 0, span.first + span.count,
                 top->function_ranking.count);
    sb_pen_end(pen);
}

static void draw_titles(struct sb_pen *pen, const struct sb_view_columns *columns)
{
    if (!sb_pen_begin(pen))
        return;
    sb_pen_color(pen, "7");
    sb_pen_print(pen, columns->has_counts ? " self%%   self total%%  total " : " self%% total%% ");
    if (columns->has_all_shares)
        sb_pen_print(pen, "   self%%   self total%%  total ");
    else if (columns->has_all)
        sb_pen_print(pen, "    self  total ");
    sb_pen_print(pen, " function");
    if (pen->is_screen)
        sb_pen_pad(pen, pen->left);
    sb_pen_end(pen);
}

static void put_numbers(struct sb_pen *pen, const struct sb_top *top,
                        const struct sb_view_columns *columns, const struct sb_count *count)
{
    unsigned share = sb_view_tenths(count->self, top->shown.samples);
    sb_pen_color(pen, share >= HOT ? "1;31" : share >= WARM ? "33" : "");
    sb_view_share(pen, count->self, top->shown.samples);
    sb_pen_color(pen, "");
    if (columns->has_counts)
        sb_view_count(pen, count->self);
    sb_view_share(pen, count->total, top->shown.samples);
    if (columns->has_counts)
        sb_view_count(pen, count->total);
    if (columns->has_all)
        sb_pen_pad(pen, 2);
    if (columns->has_all_shares)
        sb_view_share(pen, count->all_self, top->shown.all_samples);
    if (columns->has_all)
        sb_view_count(pen, count->all_self);
    if (columns->has_all_shares)
        sb_view_share(pen, count->all_total, top->shown.all_samples);
    if (columns->has_all)
        sb_view_count(pen, count->all_total);
    sb_pen_pad(pen, 1);
}

static void function_of(const struct sb_top *top, uint32_t id, struct text *text)
{
    const struct sb_tables *names = &top->functions.names;
    const char *bytes = sb_tables_text(names, names->frames[id - 1].function, &text->len);
    memcpy(text->bytes, bytes, text->len);
}

/* File and line. Functions of PHP itself have none. */
static void location_of(const struct sb_top *top, uint32_t id, struct text *text)
{
    const struct sb_tables *names = &top->functions.names;
    const struct sb_frame *frame = &names->frames[id - 1];
    const char *bytes = sb_tables_text(names, frame->file, &text->len);
    memcpy(text->bytes, bytes, text->len);
    if (frame->flags & SB_FRAME_INTERNAL)
        text->len += (size_t)sprintf(text->bytes + text->len, "<internal>");
    else if (id != SB_TALLY_OTHERS)
        text->len += (size_t)sprintf(text->bytes + text->len, ":%u", frame->line);
}

static struct widths measure(const struct sb_pen *pen, const struct sb_top *top,
                             struct sb_view_span span, int room)
{
    struct widths widths = {0, 0};
    struct text text;
    int most;
    for (uint32_t i = span.first; i < span.first + span.count; i++) {
        uint32_t id = top->function_ranking.ranks[i].id;
        int columns;
        function_of(top, id, &text);
        columns = sb_glyph_columns(text.bytes, text.len, pen->is_utf8);
        widths.function = columns > widths.function ? columns : widths.function;
        location_of(top, id, &text);
        columns = sb_glyph_columns(text.bytes, text.len, pen->is_utf8);
        widths.location = columns > widths.location ? columns : widths.location;
    }
    if (widths.function + 2 + widths.location <= room)
        return widths;
    /* The function goes first, but three fifths are enough where the file needs the rest. */
    most = room - 2 - widths.location > room * 3 / 5 ? room - 2 - widths.location : room * 3 / 5;
    if (widths.function > room - 2 - LOCATION_MIN && widths.function > most)
        widths.function = most;
    widths.location = room - 2 - widths.function;
    if (widths.location < LOCATION_MIN)
        widths = (struct widths){room, 0};
    return widths;
}

static void draw_row(struct sb_pen *pen, const struct sb_top *top,
                     const struct sb_view_columns *columns, const struct sb_rank *rank,
                     struct widths widths)
{
    struct text text;
    int left;
    put_numbers(pen, top, columns, &rank->count);
    left = pen->left - widths.function;
    function_of(top, rank->id, &text);
    sb_pen_tail(pen, text.bytes, text.len, widths.function);
    location_of(top, rank->id, &text);
    if (widths.location > 0 && text.len) {
        sb_pen_pad(pen, pen->left - left + 2);
        sb_pen_color(pen, "2");
        sb_pen_tail(pen, text.bytes, text.len, widths.location);
    }
}

static int columns_of_numbers(const struct sb_view_columns *columns)
{
    return 1 + (columns->has_counts ? 28 : 14) +
           (columns->has_all_shares ? 30
            : columns->has_all      ? 16
                                    : 0);
}

void sb_view_functions(struct sb_pen *pen, struct sb_top *top, int room)
{
    struct sb_view_columns columns = sb_view_columns(top);
    struct sb_view_span span = sb_view_span(top, &top->function_ranking, room, 1);
    struct widths widths = measure(pen, top, span, pen->columns - columns_of_numbers(&columns));
    draw_groups(pen, top, &columns, span);
    draw_titles(pen, &columns);
    for (uint32_t i = span.first; i < span.first + span.count && sb_pen_begin(pen); i++) {
        draw_row(pen, top, &columns, &top->function_ranking.ranks[i], widths);
        sb_pen_end(pen);
    }
    sb_view_blank(pen, room - (int)span.count);
}
