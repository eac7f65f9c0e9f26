/* Hash tables with linear probing. */
#include "index.h"
#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 256 };

int sb_index_grow(const struct sb_tables *tables, struct sb_index *index, sb_hash_fn *hash_of)
{
    struct sb_index bigger = {.used = index->used};
    if (index->slots && (index->used + 1) * 2 <= index->mask + 1)
        return 1;
    bigger.mask = index->slots ? (index->mask + 1) * 2 - 1 : SLOTS_MIN - 1;
    bigger.slots = calloc((size_t)bigger.mask + 1, sizeof *bigger.slots);
    if (!bigger.slots)
        return 0;
    for (uint32_t i = 0; index->slots && i <= index->mask; i++) {
        uint32_t slot, id = index->slots[i];
        if (!id)
            continue;
        for (slot = (uint32_t)hash_of(tables, id) & bigger.mask; bigger.slots[slot];)
            slot = (slot + 1) & bigger.mask;
        bigger.slots[slot] = id;
    }
    free(index->slots);
    *index = bigger;
    return 1;
}

uint32_t *sb_index_find(const struct sb_tables *tables, const struct sb_index *index, uint64_t hash,
                        sb_equal_fn *equals, const void *wanted)
{
    uint32_t slot = (uint32_t)hash & index->mask;
    while (index->slots[slot] && !equals(tables, index->slots[slot], wanted))
        slot = (slot + 1) & index->mask;
    return &index->slots[slot];
}

void sb_index_clear(struct sb_index *index)
{
    if (index->slots)
        memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof *index->slots);
    index->used = 0;
}
