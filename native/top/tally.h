/* How often each function (or URI) was seen: in the interval that runs, and since the last clear.
 * Names are kept apart from the sampler's tables, whose ids die with their epoch. Bounded: what
 * finds no room is counted as "(others)", and at the end of an interval rare names make room. */
#ifndef SB_TALLY_H
#define SB_TALLY_H

#include "ranking.h"
#include "tables.h"

enum {
    SB_TALLY_ROWS_MAX = 16384,  /* of a new interval; the tables bound those of a running one */
    SB_TALLY_NAME_BYTES = 1024, /* longer names are cut */
    SB_TALLY_OTHERS = 1,        /* id of the row of all that found no room */
};

struct sb_tally_row {
    struct sb_count count;
    uint64_t sample; /* the last one that it was counted in */
};

struct sb_tally {
    struct sb_tables names;    /* each row is a frame of these; a URI is a frame without a file */
    struct sb_tally_row *rows; /* by id - 1 */
    uint32_t row_cap;
    uint32_t *known; /* id by frame id of the sampler's tables, 0 when not met in this epoch */
    uint32_t known_cap;
    uint64_t sample;
    uint32_t weight;
};

/* SB_NO_MEMORY; must be freed either way. */
enum sb_status sb_tally_init(struct sb_tally *tally);
void sb_tally_free(struct sb_tally *tally);

/* The next sample begins; it counts for so many. */
void sb_tally_begin(struct sb_tally *tally, uint32_t weight);

/* Frame `frame` of `tables` is in the sample. */
void sb_tally_frame(struct sb_tally *tally, const struct sb_tables *tables, uint32_t frame,
                    int is_leaf);

/* The sample belongs to this name; counts as self and total. */
void sb_tally_text(struct sb_tally *tally, const char *bytes, size_t len);

/* The sampler's tables were reset. */
void sb_tally_epoch(struct sb_tally *tally);

/* Ends the interval. With `ranking` all rows that were ever counted are copied to it, unsorted;
 * without memory for that it stays as it was. */
void sb_tally_close(struct sb_tally *tally, struct sb_ranking *ranking);

/* Forgets what was counted before this interval. */
void sb_tally_clear(struct sb_tally *tally);

#endif
