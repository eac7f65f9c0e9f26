/* Little-endian loads from bytes of unknown alignment, and the one hash of this program. */
#ifndef SB_BYTES_H
#define SB_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t sb_u64(const void *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t sb_u32(const void *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* FNV-1a with a final mix; for in-memory tables only, never for anything that leaves the process.
 */
static inline uint64_t sb_hash(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = 14695981039346656037ull;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 1099511628211ull;
    return hash ^ (hash >> 29);
}

/* Spreads a number over 64 bits (the finaliser of splitmix64). */
static inline uint64_t sb_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

#endif
