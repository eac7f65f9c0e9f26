/* Matches the text of a sample once for every stack and set of facts. */
#include "filter.h"
#include "bytes.h"
#include <stdlib.h>

static int matches(const struct sb_filter *filter, struct sb_text *text)
{
    int is_match;
    char last = text->len ? text->bytes[text->len - 1] : '\0';
    if (text->len == 0)
        return regexec(&filter->regex, "", 0, NULL, 0) == 0;
    text->bytes[text->len - 1] = '\0'; /* in the place of the last line's end */
    is_match = regexec(&filter->regex, text->bytes, 0, NULL, 0) == 0;
    text->bytes[text->len - 1] = last;
    return is_match;
}

int sb_filter_accepts(const struct sb_filter *filter, struct sb_verdicts *verdicts,
                      const struct sb_text_style *style, const struct sb_tables *tables,
                      const struct sb_moment *moment)
{
    uint64_t key = sb_mix(sb_mix((uint64_t)moment->stack << 32 | moment->meta) + tables->epoch);
    uint64_t *slot = &verdicts->keys[(key >> 1) & (SB_VERDICTS - 1)];
    int is_match;

    if ((*slot | 1) == (key | 1))
        return (int)(*slot & 1);
    sb_text_body(&verdicts->text, style, tables, moment);
    is_match = matches(filter, &verdicts->text) != filter->is_negated;
    *slot = (key | 1) - !is_match;
    return is_match;
}

void sb_verdicts_free(struct sb_verdicts *verdicts)
{
    free(verdicts->text.bytes);
    verdicts->text = (struct sb_text){0};
}
