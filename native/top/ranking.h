/* The rows of a tally as they were at the end of an interval, in an order. */
#ifndef SB_RANKING_H
#define SB_RANKING_H

#include <stdint.h>

/* `self`: it was running; `total`: it was on the stack, once per stack even when recursive. */
struct sb_count {
    uint32_t self, total;         /* in the interval */
    uint64_t all_self, all_total; /* in all intervals */
};

struct sb_rank {
    uint32_t id; /* of the tally's row; valid until its next interval is ranked */
    struct sb_count count;
};

struct sb_ranking {
    struct sb_rank *ranks;
    uint32_t count, cap;
};

enum sb_order { SB_BY_SELF, SB_BY_TOTAL };

/* By the interval's counts first, then by those of all intervals. */
void sb_ranking_sort(struct sb_ranking *ranking, enum sb_order order);

/* Forgets the counts of all intervals, and the rows that have no others. */
void sb_ranking_clear(struct sb_ranking *ranking);

void sb_ranking_free(struct sb_ranking *ranking);

#endif
