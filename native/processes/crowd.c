/* Adds and removes targets. */
#include "crowd.h"
#include "process.h"
#include <stdlib.h>
#include <string.h>

enum { MERGE_GAP = 4096 }; /* reading 4 KiB more costs less than one more range */

static int same_php(const struct sb_php *a, const struct sb_php *b)
{
    return a->key == b->key && a->layout == b->layout && a->device == b->device &&
           a->inode == b->inode && a->executor_globals == b->executor_globals &&
           a->heap.start == b->heap.start;
}

static struct sb_family *find_family(struct sb_crowd *crowd, const struct sb_php *php)
{
    struct sb_family *family;
    for (uint32_t i = 0; i < crowd->family_count; i++)
        if (same_php(&crowd->families[i]->php, php))
            return crowd->families[i];
    if (crowd->family_count == crowd->family_cap) {
        uint32_t cap = crowd->family_cap ? crowd->family_cap * 2 : 8;
        void *families = realloc(crowd->families, cap * sizeof *crowd->families);
        if (!families)
            return NULL;
        crowd->families = families;
        crowd->family_cap = cap;
    }
    family = calloc(1, sizeof *family);
    if (!family)
        return NULL;
    family->php = *php;
    crowd->families[crowd->family_count++] = family;
    return family;
}

static void drop_family(struct sb_crowd *crowd, struct sb_family *family)
{
    for (uint32_t i = 0; i < crowd->family_count; i++)
        if (crowd->families[i] == family) {
            crowd->families[i] = crowd->families[--crowd->family_count];
            break;
        }
    sb_functions_free(&family->stable);
    free(family);
}

static const struct sb_target *find_sibling(const struct sb_crowd *crowd,
                                            const struct sb_family *family)
{
    for (uint32_t i = 0; i < crowd->count; i++)
        if (crowd->targets[i]->family == family && crowd->targets[i]->heap.count)
            return crowd->targets[i];
    return NULL;
}

static enum sb_status add_target(struct sb_crowd *crowd, struct sb_target *target)
{
    const struct sb_target *sibling;
    if (crowd->count == crowd->cap) {
        uint32_t cap = crowd->cap ? crowd->cap * 2 : 32;
        void *targets = realloc(crowd->targets, cap * sizeof *crowd->targets);
        if (!targets)
            return SB_NO_MEMORY;
        crowd->targets = targets;
        crowd->cap = cap;
    }
    sibling = find_sibling(crowd, target->family);
    if (sibling)
        sb_target_inherit(target, sibling);
    crowd->targets[crowd->count++] = target;
    sb_crowd_hold(target->family);
    crowd->seen++;
    return SB_OK;
}

static struct sb_target *new_target(struct sb_crowd *crowd, pid_t pid,
                                    const struct sb_process_stat *stat)
{
    struct sb_target *target = calloc(1, sizeof *target);
    if (!target)
        return NULL;
    target->remote = (struct sb_remote){.pid = pid, .syscalls = crowd->syscalls};
    target->parent = stat->parent;
    target->start_ticks = stat->start_ticks;
    target->merge_gap = MERGE_GAP;
    sb_stillness_start(&target->stillness, crowd->syscalls);
    target->was_idle = 1;
    return target;
}

enum sb_status sb_crowd_follow(struct sb_crowd *crowd, pid_t pid, char *detail,
                               struct sb_target **added)
{
    struct sb_process_stat stat;
    struct sb_target *target;
    struct sb_php php;
    enum sb_status status;

    detail[0] = '\0';
    if (!sb_process_stat(pid, &stat) || stat.state == 'Z' || stat.state == 'X')
        return SB_NO_PROCESS;
    target = new_target(crowd, pid, &stat);
    if (!target)
        return SB_NO_MEMORY;
    status = sb_php_find(&target->remote, crowd->hints, &php, detail);
    if (status == SB_OK) {
        target->family = find_family(crowd, &php);
        status = target->family ? add_target(crowd, target) : SB_NO_MEMORY;
    }
    if (status != SB_OK)
        sb_target_free(target);
    else if (added)
        *added = target;
    return status;
}

enum sb_status sb_crowd_follow_fork(struct sb_crowd *crowd, pid_t pid, struct sb_family *family)
{
    struct sb_process_stat stat;
    struct sb_target *target;
    enum sb_status status;

    if (!sb_process_stat(pid, &stat) || stat.state == 'Z' || stat.state == 'X')
        return SB_NO_PROCESS;
    target = new_target(crowd, pid, &stat);
    if (!target)
        return SB_NO_MEMORY;
    target->family = family;
    status = add_target(crowd, target);
    if (status != SB_OK)
        sb_target_free(target);
    return status;
}

void sb_crowd_hold(struct sb_family *family)
{
    if (family)
        family->members++;
}

void sb_crowd_release(struct sb_crowd *crowd, struct sb_family *family)
{
    if (family && --family->members == 0)
        drop_family(crowd, family);
}

void sb_crowd_leave(struct sb_crowd *crowd, uint32_t index)
{
    struct sb_target *target = crowd->targets[index];
    struct sb_family *family = target->family;
    crowd->targets[index] = crowd->targets[--crowd->count];
    sb_target_free(target);
    sb_crowd_release(crowd, family);
}

struct sb_target *sb_crowd_find(const struct sb_crowd *crowd, pid_t pid)
{
    for (uint32_t i = 0; i < crowd->count; i++)
        if (crowd->targets[i]->remote.pid == pid)
            return crowd->targets[i];
    return NULL;
}

void sb_crowd_free(struct sb_crowd *crowd)
{
    while (crowd->count)
        sb_crowd_leave(crowd, crowd->count - 1);
    free(crowd->targets);
    free(crowd->families);
    *crowd = (struct sb_crowd){0};
}
