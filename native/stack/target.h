/* One process that is followed, and what it has in common with its siblings. */
#ifndef SB_TARGET_H
#define SB_TARGET_H

#include "moment.h"
#include "opcache.h"
#include "snapshot.h"
#include "stillness.h"

/* Processes with equal addresses: a parent and the children it forked. */
struct sb_family {
    struct sb_php php;
    struct sb_functions stable;
    uint64_t generation; /* rises when opcache has started over: all are read again */
    uint8_t restarts[SB_RESTARTS_BYTES]; /* of opcache, when they were last looked at */
    uint8_t has_restarts;                /* they were */
    uint32_t members;                    /* targets and watches that use it */
};

struct sb_target {
    struct sb_remote remote;
    pid_t parent;
    uint64_t start_ticks; /* from /proc/PID/stat: tells a reused pid */
    struct sb_family *family;
    struct sb_functions heap;
    struct sb_plan plan;
    struct sb_range windows[SB_PLAN_WINDOWS_MAX]; /* of the next plan */
    uint32_t window_count;
    struct sb_function **recent; /* heap functions of the next plan */
    uint32_t recent_count, recent_cap;
    struct sb_ask *asks;
    uint32_t ask_count, ask_cap;
    uint64_t bottom; /* address of an outermost frame that is not where it is expected, or 0 */
    struct sb_stillness stillness;
    struct sb_moment moment; /* the last sample... */
    enum sb_status last;     /* ...if this is SB_OK */
    uint64_t walks, built;   /* number of this walk; of that which made the plan */
    uint32_t merge_gap;      /* ranges closer than this are read as one */
    uint32_t torn_run;       /* samples given up in a row */
    uint8_t was_idle;
    uint8_t asks_overflow; /* more is asked for than can be foreseen */
    uint8_t is_master;     /* an FPM master: runs no PHP code */
};

/* Makes a plan of the target's windows, recent functions and asks. SB_NO_MEMORY. */
enum sb_status sb_plan_build(struct sb_target *target, uint64_t stamp);

/* Forgets all guesses, after a reading that failed. */
void sb_target_forget(struct sb_target *target);

/* Enters a heap function into the next plan. False when memory is out. */
int sb_target_keep(struct sb_target *target, struct sb_function *function);

/* Starts a target off with what is known of a sibling: the same code mostly lies at the same
 * places, and what does not is found out at the first reading. Without memory it just knows less.
 */
void sb_target_inherit(struct sb_target *target, const struct sb_target *sibling);

/* Enters a range into the next plan, if there is room. */
void sb_target_ask(struct sb_target *target, struct sb_ask ask);

void sb_target_free(struct sb_target *target);

#endif
