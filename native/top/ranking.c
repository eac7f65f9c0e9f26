/* Which rows stand on top. */
#include "ranking.h"
#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

/* Equal rows keep the order in which they were met, so that nothing jumps about. */
static int compare_ids(const struct sb_rank *a, const struct sb_rank *b)
{
    return compare(b->id, a->id);
}

static int by_self(const void *left, const void *right)
{
    const struct sb_count *a = &((const struct sb_rank *)left)->count;
    const struct sb_count *b = &((const struct sb_rank *)right)->count;
    int order = compare(a->self, b->self);
    order = order ? order : compare(a->total, b->total);
    order = order ? order : compare(a->all_self, b->all_self);
    order = order ? order : compare(a->all_total, b->all_total);
    return order ? order : compare_ids(left, right);
}

static int by_total(const void *left, const void *right)
{
    const struct sb_count *a = &((const struct sb_rank *)left)->count;
    const struct sb_count *b = &((const struct sb_rank *)right)->count;
    int order = compare(a->total, b->total);
    order = order ? order : compare(a->self, b->self);
    order = order ? order : compare(a->all_total, b->all_total);
    order = order ? order : compare(a->all_self, b->all_self);
    return order ? order : compare_ids(left, right);
}

void sb_ranking_sort(struct sb_ranking *ranking, enum sb_order order)
{
    if (ranking->count)
        qsort(ranking->ranks, ranking->count, sizeof *ranking->ranks,
              order == SB_BY_SELF ? by_self : by_total);
}

void sb_ranking_clear(struct sb_ranking *ranking)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ranking->count; i++) {
        struct sb_rank rank = ranking->ranks[i];
        rank.count.all_self = rank.count.all_total = 0;
        if (rank.count.total)
            ranking->ranks[kept++] = rank;
    }
    ranking->count = kept;
}

void sb_ranking_free(struct sb_ranking *ranking)
{
    free(ranking->ranks);
    *ranking = (struct sb_ranking){0};
}
