/* What the live view looks like, as a screen or as plain lines. */
#ifndef SB_VIEW_H
#define SB_VIEW_H

#include "pen.h"
#include "top.h"

/* Writes the view as one record. SB_FULL. */
enum sb_status sb_view_draw(struct sb_top *top, struct sb_output *output);

/* Its parts: the table of functions with room for `room` rows, and that of requests; `is_main`
 * when it is the one that scrolls. Both fill their room on a screen. */
void sb_view_functions(struct sb_pen *pen, struct sb_top *top, int room);
void sb_view_requests(struct sb_pen *pen, struct sb_top *top, int room, int is_main);

enum { SB_VIEW_FUNCTION_TITLES = 2, SB_VIEW_REQUEST_TITLES = 1 }; /* lines */

/* Shared by the parts. */

/* Which columns there is room for. */
struct sb_view_columns {
    int has_counts, has_all, has_all_shares;
};

/* Rows of a ranking that are shown. */
struct sb_view_span {
    uint32_t first, count;
};

struct sb_view_columns sb_view_columns(const struct sb_top *top);
struct sb_view_span sb_view_span(struct sb_top *top, const struct sb_ranking *ranking, int room,
                                 int is_main);

/* Tenths of a percent. */
unsigned sb_view_tenths(uint64_t part, uint64_t whole);

/* Numbers of six columns and a space. */
void sb_view_share(struct sb_pen *pen, uint64_t part, uint64_t whole);
void sb_view_count(struct sb_pen *pen, uint64_t number);

void sb_view_time(struct sb_pen *pen, uint64_t ns);

/* Empty lines, on a screen. */
void sb_view_blank(struct sb_pen *pen, int lines);

#endif
