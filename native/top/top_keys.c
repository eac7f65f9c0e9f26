/* What the keys of the live view do. */
#include "top.h"
#include <string.h>

enum { PAGE_ROWS = 15 };

static void clear(struct sb_top *top)
{
    sb_tally_clear(&top->functions);
    sb_tally_clear(&top->requests);
    sb_ranking_clear(&top->function_ranking);
    sb_ranking_clear(&top->request_ranking);
    memcpy(top->cleared, top->counters, sizeof top->cleared);
    memcpy(top->shown.counters, top->counters, sizeof top->counters);
    top->cleared_ns = top->shown.now_ns = top->closed_ns;
    top->counted = top->shown.all_samples = 0;
    top->scroll = 0;
}

static void sort_by(struct sb_top *top, enum sb_order order)
{
    top->order = order;
    top->scroll = 0;
    sb_top_sort(top);
}

static void show_requests(struct sb_top *top)
{
    if (top->request_key)
        top->shows_requests = !top->shows_requests;
    else
        sb_top_say(top, "No facts about requests: start with -g server.REQUEST_URI or -r u.");
    top->scroll = 0;
}

/* Drawing brings it back to the last row. */
static void scroll(struct sb_top *top, int rows)
{
    if (rows < 0 && top->scroll < (uint32_t)-rows)
        top->scroll = 0;
    else
        top->scroll += (uint32_t)rows;
}

int sb_top_press(struct sb_top *top, enum sb_key key)
{
    switch (key) {
    case SB_KEY_QUIT:
        return 0;
    case SB_KEY_BY_SELF:
        sort_by(top, SB_BY_SELF);
        break;
    case SB_KEY_BY_TOTAL:
        sort_by(top, SB_BY_TOTAL);
        break;
    case SB_KEY_PAUSE:
        top->is_paused = !top->is_paused;
        break;
    case SB_KEY_CLEAR:
        clear(top);
        break;
    case SB_KEY_REQUESTS:
        show_requests(top);
        break;
    case SB_KEY_HELP:
        top->shows_help = !top->shows_help;
        break;
    case SB_KEY_UP:
        scroll(top, -1);
        break;
    case SB_KEY_DOWN:
        scroll(top, 1);
        break;
    case SB_KEY_PAGE_UP:
        scroll(top, -PAGE_ROWS);
        break;
    case SB_KEY_PAGE_DOWN:
        scroll(top, PAGE_ROWS);
        break;
    case SB_KEY_HOME:
        top->scroll = 0;
        break;
    case SB_KEY_END:
        top->scroll = UINT32_MAX / 2;
        break;
    default:
        break;
    }
    return 1;
}
