/* Which function was seen to call which, and from where.
 *
 * While a stack changes under the reader, a frame that has just been left may still hang below the
 * one that took its caller's place, with little in the bytes to tell. Such a pair is met only in
 * readings of a moving stack; true pairs are met in still ones too. */
#ifndef SB_EDGES_H
#define SB_EDGES_H

#include <stdint.h>

enum { SB_EDGES = 16384 }; /* a power of two */
#define SB_ANYWHERE UINT32_MAX

/* A set that may forget but never invents. Zeroed: empty. */
struct sb_edges {
    uint64_t keys[SB_EDGES];
};

/* A call from instruction number `at`, or SB_ANYWHERE, of the function with frame id `caller`.
 * Always odd. */
uint64_t sb_edge(uint32_t caller, uint32_t at, uint32_t callee);

int sb_edges_have(const struct sb_edges *edges, uint64_t edge);

/* True when it was new. */
int sb_edges_add(struct sb_edges *edges, uint64_t edge);

#endif
