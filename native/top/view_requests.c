/* The table of requests, told apart by the fact that was asked for. */
#include "view.h"
#include <string.h>

static const char prefix[] = "glopeek ";

static void draw_titles(struct sb_pen *pen, const struct sb_top *top,
                        const struct sb_view_columns *columns)
{
    const char *key = top->request_key ? top->request_key : "request";
    if (!sb_pen_begin(pen))
        return;
    if (strncmp(key, prefix, sizeof prefix - 1) == 0)
        key += sizeof prefix - 1;
    sb_pen_color(pen, "7");
    sb_pen_print(pen, columns->has_all ? " share  count      all  count  " : " share  count  ");
    sb_pen_text(pen, key, strlen(key));
    if (pen->is_screen)
        sb_pen_pad(pen, pen->left);
    sb_pen_end(pen);
}

static void draw_row(struct sb_pen *pen, const struct sb_top *top,
                     const struct sb_view_columns *columns, const struct sb_rank *rank)
{
    const struct sb_tables *names = &top->requests.names;
    const char *text;
    size_t len;
    sb_view_share(pen, rank->count.total, top->shown.samples);
    sb_view_count(pen, rank->count.total);
    if (columns->has_all) {
        sb_pen_pad(pen, 2);
        sb_view_share(pen, rank->count.all_total, top->shown.all_samples);
        sb_view_count(pen, rank->count.all_total);
    }
    sb_pen_pad(pen, 1);
    text = sb_tables_text(names, names->frames[rank->id - 1].function, &len);
    sb_pen_text(pen, text, len);
}

void sb_view_requests(struct sb_pen *pen, struct sb_top *top, int room, int is_main)
{
    struct sb_view_columns columns = sb_view_columns(top);
    struct sb_view_span span = sb_view_span(top, &top->request_ranking, room, is_main);
    draw_titles(pen, top, &columns);
    for (uint32_t i = span.first; i < span.first + span.count && sb_pen_begin(pen); i++) {
        draw_row(pen, top, &columns, &top->request_ranking.ranks[i]);
        sb_pen_end(pen);
    }
    sb_view_blank(pen, room - (int)span.count);
}
