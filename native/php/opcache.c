/* Recognises the head of opcache's shared memory, which no header describes: after the allocator's
 * own state come six counters and a hash table, the same from PHP 7.4 to 8.5. */
#include "opcache.h"
#include "bytes.h"

enum {
    HEAD_BYTES = 1024,
    RESTARTS = 24,   /* after three counters: restarts for lack of memory, of keys, and on demand */
    HASH_TABLE = 48, /* zend_accel_hash: two pointers into the memory... */
    HASH_ENTRIES = 56,
    NUM_ENTRIES = 64, /* ...and how many entries there are, and can be */
    MAX_ENTRIES = 68,
    GLOBALS_BYTES = 72,
};

/* opcache.max_accelerated_files is rounded up to one of these. */
static int is_table_size(uint32_t size)
{
    static const uint32_t sizes[] = {5,     11,    19,     53,     107,    223,
                                     463,   983,   1979,   3907,   7963,   16229,
                                     32531, 65407, 130987, 262237, 524521, 1048793};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] == size)
            return 1;
    return 0;
}

static int is_in(const struct sb_span *memory, uint64_t addr)
{
    return addr >= memory->start && addr < memory->end;
}

uint64_t sb_opcache_restarts(const struct sb_remote *remote, const struct sb_span *memory)
{
    uint8_t head[HEAD_BYTES];
    if (memory->end - memory->start < sizeof head ||
        sb_remote_read(remote, memory->start, head, sizeof head) != SB_OK)
        return 0;
    for (uint32_t at = 0; at + GLOBALS_BYTES <= sizeof head; at += 8)
        if (is_in(memory, sb_u64(head + at + HASH_TABLE)) &&
            is_in(memory, sb_u64(head + at + HASH_ENTRIES)) &&
            is_table_size(sb_u32(head + at + MAX_ENTRIES)) &&
            sb_u32(head + at + NUM_ENTRIES) <= sb_u32(head + at + MAX_ENTRIES))
            return memory->start + at + RESTARTS;
    return 0;
}
