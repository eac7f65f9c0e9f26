/* One look at a process: a plan of ranges, read in one system call into an arena, and the few late
 * reads of what the plan did not foresee. */
#ifndef SB_SNAPSHOT_H
#define SB_SNAPSHOT_H

#include "function.h"

enum {
    SB_WINDOWS_MAX = 96,         /* ranges in which frames are looked for */
    SB_PLAN_WINDOWS_MAX = 64,    /* of these, foreseen by a plan */
    SB_PLAN_BYTES_MAX = 4 << 20, /* of all of these together */
    SB_ASKS_MAX = 512,           /* ranges for facts about the request */
    SB_ARENA_BYTES = 8 << 20,
    SB_WINDOW_BYTES_MAX = 256 << 10, /* size of a page of PHP's VM stack */
    SB_GLOBALS_BYTES = 64,           /* of executor_globals: the VM stack and the current frame */
};

/* A range for facts, as remembered between readings. */
struct sb_ask {
    uint64_t addr;
    uint32_t len, at;
    uint64_t stamp, used; /* stamp: of the reading that holds it; used: number of a walk */
};

/* What to read from one process at its next sample. Readings go in this order: executor globals,
 * windows, executor globals, everything else, executor globals again. */
struct sb_plan {
    struct sb_range *ranges;
    uint32_t count, cap;
    uint32_t window_count;
    uint32_t middle, tail; /* arena offsets of the second and third copy of the executor globals */
    uint32_t restarts_at;  /* arena offset of the counters of opcache's restarts */
    uint64_t stamp;        /* changes with the plan; functions and asks of the plan carry it */
};

struct sb_window {
    uint64_t addr;
    uint32_t len, at;
    int is_used;
};

/* A reading in progress. */
struct sb_snapshot {
    const struct sb_remote *remote;
    uint8_t *arena;      /* SB_ARENA_BYTES */
    uint32_t used;       /* bytes of it */
    uint64_t plan_stamp; /* parts with this stamp are in the arena... */
    uint64_t late_stamp; /* ...and those with this one, read later */
    int is_late;         /* something was read in a later system call */
    struct sb_window windows[SB_WINDOWS_MAX];
    uint32_t window_count;
};

/* Room for `len` bytes in the arena, or UINT32_MAX. */
uint32_t sb_snapshot_reserve(struct sb_snapshot *snapshot, uint64_t len);

/* Reads a range that the plan did not have. `at` is its arena offset. SB_FULL when the arena is. */
enum sb_status sb_snapshot_late(struct sb_snapshot *snapshot, uint64_t addr, uint32_t len,
                                uint32_t *at);

#endif
