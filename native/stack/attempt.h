/* One reading of a walk on its way to a sample: identified, proven, and remembered for the next. */
#ifndef SB_ATTEMPT_H
#define SB_ATTEMPT_H

#include "walk.h"

/* A walk in progress. */
struct sb_attempt {
    struct sb_walker *walker;
    struct sb_target *target;
    struct sb_snapshot snapshot;
    struct sb_vm vm;
    uint64_t start_ns; /* of this reading */
    uint32_t number;
    uint32_t slow;   /* readings that took too long */
    int was_slow;    /* this one was one of them */
    uint32_t depth;  /* links that matter: up to max_depth */
    int has_moved;   /* the stack changed while it was read */
    int has_missed;  /* known functions were checked late: right, but not foreseen */
    int has_learned; /* heap functions were read: they are to be checked in a whole reading */
    uint32_t doubts; /* chains with a pair of functions that no still stack has had */
    int is_last;
};

/* The known function at an address, or NULL. */
struct sb_function *sb_attempt_find(const struct sb_attempt *attempt, uint64_t addr);

/* Finds the function of every link, and checks those in request memory against this reading.
 * SB_TORN when one is none, or has changed meanwhile. */
enum sb_status sb_attempt_identify(struct sb_attempt *attempt);

/* SB_OK when the chain can be the stack of one moment, SB_TORN when not. */
enum sb_status sb_attempt_prove(struct sb_attempt *attempt);

/* Whether frame `i` stands at an instruction of its own function. */
int sb_attempt_stands_in(const struct sb_attempt *attempt, uint32_t i);

/* Which of `count` frames (at most SB_BATCH_MAX) stand at instructions that call a function or
 * include a file. Reads these. */
enum sb_status sb_attempt_find_calls(const struct sb_attempt *attempt, const uint32_t *frames,
                                     uint32_t count, uint8_t *are_calls);

/* The frames as they are told, with the line that each stands at where that is wanted. New lines
 * are read late, which sets has_learned. SB_NO_MEMORY. */
enum sb_status sb_attempt_frames(struct sb_attempt *attempt, struct sb_trace *trace);

/* Adds the local variables that were asked for to the facts. */
enum sb_status sb_attempt_read_variables(struct sb_attempt *attempt);

/* PHP's own glue, such as the outermost frame of a fiber: in no one's code. */
int sb_attempt_is_nameless(const struct sb_function *function);

/* Marks what was met, makes a new plan when the old one fell short, and picks the stable function
 * that was not checked for longest. SB_NO_MEMORY. */
enum sb_status sb_attempt_foresee(struct sb_attempt *attempt);

#endif
