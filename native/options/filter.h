/* phpspy's -f and -F: only samples whose text matches a regular expression, or does not. */
#ifndef SB_FILTER_H
#define SB_FILTER_H

#include "text.h"
#include <regex.h>

enum { SB_VERDICTS = 4096 }; /* a power of two */

struct sb_filter {
    regex_t regex;
    int is_set, is_negated;
};

/* What was found for stacks and facts that come again; may forget. Zeroed: empty. */
struct sb_verdicts {
    uint64_t keys[SB_VERDICTS]; /* the lowest bit is the verdict */
    struct sb_text text;
};

/* Whether the sample is to be written. The text is as phpspy filters it: without time and pid. */
int sb_filter_accepts(const struct sb_filter *filter, struct sb_verdicts *verdicts,
                      const struct sb_text_style *style, const struct sb_tables *tables,
                      const struct sb_moment *moment);

void sb_verdicts_free(struct sb_verdicts *verdicts);

#endif
