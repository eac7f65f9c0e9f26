/* A table of hashes with two places for each: the newer comes first. */
#include "edges.h"
#include "bytes.h"

uint64_t sb_edge(uint32_t caller, uint32_t at, uint32_t callee)
{
    return sb_mix(sb_mix((uint64_t)caller << 32 | callee) + at) | 1;
}

/* The lowest bit is always set: the place comes from the others. */
static uint64_t place_of(uint64_t edge)
{
    return (edge >> 1) & (SB_EDGES - 2);
}

int sb_edges_have(const struct sb_edges *edges, uint64_t edge)
{
    uint64_t place = place_of(edge);
    return edges->keys[place] == edge || edges->keys[place + 1] == edge;
}

int sb_edges_add(struct sb_edges *edges, uint64_t edge)
{
    uint64_t place = place_of(edge);
    if (sb_edges_have(edges, edge))
        return 0;
    edges->keys[place + 1] = edges->keys[place];
    edges->keys[place] = edge;
    return 1;
}
