/* Which function every frame of a reading belongs to. */
#include "attempt.h"

static const uint64_t NO_EPOCH = UINT64_MAX;

struct sb_function *sb_attempt_find(const struct sb_attempt *attempt, uint64_t addr)
{
    const struct sb_family *family = attempt->target->family;
    struct sb_function *function = sb_functions_find(&family->stable, addr);
    if (!function || function->generation != family->generation)
        function = sb_functions_find(&attempt->target->heap, addr);
    return function && function->epoch == attempt->walker->tables->epoch ? function : NULL;
}

static int is_in_arena(const struct sb_attempt *attempt, const struct sb_function *function)
{
    return function->stamp != 0 && (function->stamp == attempt->snapshot.plan_stamp ||
                                    function->stamp == attempt->snapshot.late_stamp);
}

static void add_unknown(struct sb_attempt *attempt, uint64_t addr, uint32_t *count)
{
    uint64_t *unknown = attempt->walker->unknown;
    for (uint32_t i = *count; i > 0; i--)
        if (unknown[i - 1] == addr)
            return;
    unknown[(*count)++] = addr;
}

/* Reads the identifying parts of functions that are known but were not foreseen. Those that cannot
 * be read become unknown. */
static enum sb_status read_pending(struct sb_attempt *attempt, uint32_t pending_count,
                                   uint32_t *unknown_count)
{
    struct sb_snapshot *snapshot = &attempt->snapshot;
    const struct sb_layout *layout = attempt->target->family->php.layout;
    struct sb_range ranges[SB_BATCH_MAX];
    uint32_t next = 0;

    while (next < pending_count) {
        uint32_t first = next, count = 0, at = snapshot->used, end = at;
        enum sb_status status;
        size_t done;
        for (; next < pending_count && count + SB_PARTS <= SB_BATCH_MAX; next++) {
            struct sb_function *function = attempt->walker->pending[next];
            struct sb_range parts[SB_PARTS];
            sb_function_parts(function, layout, parts);
            for (int part = 0; part < SB_PARTS; part++) {
                function->at[part] = end;
                end += parts[part].len;
                if (parts[part].len)
                    ranges[count++] = parts[part];
            }
            function->stamp = snapshot->late_stamp;
        }
        if (sb_snapshot_reserve(snapshot, end - at) == UINT32_MAX) {
            for (uint32_t i = first; i < pending_count; i++) /* not checked after all */
                attempt->walker->pending[i]->checked = attempt->walker->pending[i]->stamp = 0;
            return SB_TORN;
        }
        /* What was known before this reading, and is found unchanged after it, was so in it. */
        attempt->has_missed = 1;
        status = sb_remote_batch(snapshot->remote, ranges, count, snapshot->arena + at, &done);
        if (status != SB_OK && status != SB_READ_FAULT)
            return status;
        for (uint32_t i = first; i < next; i++) {
            struct sb_function *function = attempt->walker->pending[i];
            function->checked = attempt->walker->attempts;
            if (status != SB_OK || !sb_function_matches(function, layout, snapshot->arena)) {
                function->stamp = 0;
                add_unknown(attempt, function->addr, unknown_count);
            }
        }
    }
    return SB_OK;
}

static enum sb_status learn(struct sb_attempt *attempt, uint32_t count)
{
    struct sb_target *target = attempt->target;
    struct sb_library library = {&target->family->stable, &target->heap, target->family->generation,
                                 attempt->walker->tables};
    enum sb_status status;

    /* What was known there is wrong now, even if nothing new can be read. */
    for (uint32_t i = 0; i < count; i++) {
        struct sb_function *stale = sb_attempt_find(attempt, attempt->walker->unknown[i]);
        if (stale)
            stale->epoch = NO_EPOCH;
    }
    status = sb_functions_learn(&library, &target->remote, &target->family->php,
                                attempt->walker->unknown, count);
    if (status != SB_OK)
        return status == SB_READ_FAULT ? SB_TORN : status;
    for (uint32_t i = 0; i < count; i++) {
        struct sb_function *function = sb_attempt_find(attempt, attempt->walker->unknown[i]);
        if (!function)
            return SB_TORN;
        function->checked = attempt->walker->attempts;
        if (!function->is_stable) {
            function->used = target->walks;
            attempt->has_learned = 1;
            if (!sb_target_keep(target, function))
                return SB_NO_MEMORY;
        }
    }
    return SB_OK;
}

enum sb_status sb_attempt_identify(struct sb_attempt *attempt)
{
    struct sb_walker *walker = attempt->walker;
    const struct sb_layout *layout = attempt->target->family->php.layout;
    uint32_t pending = 0, unknown = 0;
    enum sb_status status;

    for (uint32_t i = 0; i < attempt->depth; i++) {
        uint64_t addr = walker->chain.links[i].function;
        struct sb_function *function = sb_attempt_find(attempt, addr);
        if (!function) {
            add_unknown(attempt, addr, &unknown);
        } else if (!function->is_stable && function->checked != walker->attempts) {
            function->checked = walker->attempts;
            if (!is_in_arena(attempt, function))
                walker->pending[pending++] = function;
            else if (!sb_function_matches(function, layout, walker->arena))
                add_unknown(attempt, addr, &unknown);
        }
    }
    if (pending && (status = read_pending(attempt, pending, &unknown)) != SB_OK)
        return status;
    if (unknown && (status = learn(attempt, unknown)) != SB_OK)
        return status;
    for (uint32_t i = 0; i < attempt->depth; i++) {
        walker->functions[i] = sb_attempt_find(attempt, walker->chain.links[i].function);
        if (!walker->functions[i])
            return SB_TORN;
    }
    return SB_OK;
}
