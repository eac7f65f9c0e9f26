/* Finds a value in an array by its content. */
#ifndef SB_INDEX_H
#define SB_INDEX_H

#include <stdint.h>

struct sb_tables;

/* Whether the item of that id equals `wanted`; what the item hashes to. */
typedef int sb_equal_fn(const struct sb_tables *tables, uint32_t id, const void *wanted);
typedef uint64_t sb_hash_fn(const struct sb_tables *tables, uint32_t id);

/* Open-addressing index over one of the arrays of the tables; slots hold ids. */
struct sb_index {
    uint32_t *slots;
    uint32_t mask, used;
};

/* Makes room for one more id. False when memory is out. */
int sb_index_grow(const struct sb_tables *tables, struct sb_index *index, sb_hash_fn *hash_of);

/* The slot that holds what equals `wanted`, or the free slot where it belongs. The index has grown.
 */
uint32_t *sb_index_find(const struct sb_tables *tables, const struct sb_index *index, uint64_t hash,
                        sb_equal_fn *equals, const void *wanted);

void sb_index_clear(struct sb_index *index);

#endif
