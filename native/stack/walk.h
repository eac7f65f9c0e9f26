/* One sample of one process.
 *
 * The process runs on while it is read, so a reading is only believed when it proves itself: the
 * chain ends where a VM stack begins, frames lie where their callers' sizes put them, every caller
 * stands at an instruction of its own function and has called what hangs below it before, and each
 * function in request memory has the names that are known of it: in the very same system call, or,
 * where the plan did not foresee it, in a later one that found nothing changed. What a reading
 * shows for the first time is learned, and then read again as part of a whole. A sample that does
 * not prove itself in a few attempts is given up and counted.
 */
#ifndef SB_WALK_H
#define SB_WALK_H

#include "chain.h"
#include "edges.h"
#include "facts.h"
#include "lines.h"

struct sb_walk_options {
    uint32_t max_depth; /* frames of a sample, 1 to SB_DEPTH_LIMIT */
    const struct sb_wanted *wanted;
    uint32_t wanted_count;
    int has_lines, has_variables;
};

/* What all walks have in common; large. Owned by the engine. */
struct sb_walker {
    struct sb_walk_options options;
    struct sb_tables *tables;
    uint8_t *arena;
    uint64_t stamp; /* last one given to a plan or a reading */
    uint64_t attempts;
    int wants_epoch; /* a table is full: the last sample was lost for that */
    struct sb_chain chain;
    struct sb_function *functions[SB_DEPTH_LIMIT];
    uint64_t unknown[SB_DEPTH_LIMIT];
    struct sb_function *pending[SB_DEPTH_LIMIT];
    struct sb_facts facts;
    struct sb_edges edges;
    struct sb_lines lines;
};

/* A sample, valid until the next walk. */
struct sb_trace {
    uint32_t frames[SB_DEPTH_LIMIT]; /* frame ids, leaf first */
    uint32_t depth;
    int is_truncated; /* the root side is missing... */
    int is_endless;   /* ...because the stack is deeper than can be read, not than was asked for */
    const struct sb_facts *facts;
    pid_t pid;
};

/* SB_NO_MEMORY, or SB_OK: then the walker is to be freed. `options` is copied but not what it
 * points to. */
enum sb_status sb_walker_init(struct sb_walker *walker, struct sb_tables *tables,
                              const struct sb_walk_options *options);
void sb_walker_free(struct sb_walker *walker);

/* SB_OK with a trace; SB_IDLE; SB_TORN; SB_READ_FAULT when the globals are not where they were
 * (the process has called exec); SB_NO_PROCESS; SB_NOT_PERMITTED; SB_NO_MEMORY. */
enum sb_status sb_walk(struct sb_walker *walker, struct sb_target *target, struct sb_trace *trace);

#endif
