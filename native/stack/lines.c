/* A table of hashes with two places for each: the newer comes first. */
#include "lines.h"
#include "bytes.h"
#include <stdlib.h>

int sb_lines_init(struct sb_lines *lines)
{
    lines->slots = calloc(SB_LINES, sizeof *lines->slots);
    return lines->slots != NULL;
}

void sb_lines_free(struct sb_lines *lines)
{
    free(lines->slots);
    lines->slots = NULL;
}

uint64_t sb_place(uint64_t serial, uint64_t at, uint64_t epoch)
{
    return sb_mix(sb_mix(sb_mix(serial) + at) + epoch) | 1;
}

static struct sb_line *slot_of(const struct sb_lines *lines, uint64_t place)
{
    return &lines->slots[(place >> 1) & (SB_LINES - 2)];
}

uint32_t sb_lines_find(const struct sb_lines *lines, uint64_t place)
{
    const struct sb_line *slot = slot_of(lines, place);
    if (slot[0].place == place)
        return slot[0].frame;
    return slot[1].place == place ? slot[1].frame : 0;
}

void sb_lines_add(struct sb_lines *lines, uint64_t place, uint32_t frame)
{
    struct sb_line *slot = slot_of(lines, place);
    slot[1] = slot[0];
    slot[0] = (struct sb_line){place, frame};
}
