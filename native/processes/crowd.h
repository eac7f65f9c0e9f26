/* The processes that are followed, and the families they belong to. */
#ifndef SB_CROWD_H
#define SB_CROWD_H

#include "target.h"

struct sb_crowd {
    struct sb_target **targets;
    uint32_t count, cap;
    struct sb_family **families;
    uint32_t family_count, family_cap;
    const struct sb_php_hints *hints; /* or NULL */
    uint64_t *syscalls;               /* counter that all reads add to */
    uint64_t seen;                    /* processes ever followed */
};

/* Finds PHP in `pid` and follows it. `detail` (SB_DETAIL_BYTES) as for sb_php_find. SB_NO_PROCESS
 * also for zombies. `added` may be NULL. */
enum sb_status sb_crowd_follow(struct sb_crowd *crowd, pid_t pid, char *detail,
                               struct sb_target **added);

/* Follows a process that was just forked by a member of `family`: no system call but one for its
 * start time. */
enum sb_status sb_crowd_follow_fork(struct sb_crowd *crowd, pid_t pid, struct sb_family *family);

/* Stops following target number `index`; the last one takes its place. */
void sb_crowd_leave(struct sb_crowd *crowd, uint32_t index);

/* Keeps a family alive without a member, and lets go of it. NULL is fine. */
void sb_crowd_hold(struct sb_family *family);
void sb_crowd_release(struct sb_crowd *crowd, struct sb_family *family);

struct sb_target *sb_crowd_find(const struct sb_crowd *crowd, pid_t pid);

void sb_crowd_free(struct sb_crowd *crowd);

#endif
