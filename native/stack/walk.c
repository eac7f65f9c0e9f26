/* Reads until a sample proves itself, or gives it up. */
#include "attempt.h"
#include "clock.h"
#include <stdlib.h>
#include <string.h>

enum {
    ATTEMPTS_MAX = 10,
    SLOW_NS = 100000,       /* a reading takes 2 to 20 us, and copies some bytes in each ns... */
    SLOW_LATE_NS = 2000000, /* ...but many calls when it was not foreseen */
    SLOW_NS_PER_BYTE = 2,
};

enum sb_status sb_walker_init(struct sb_walker *walker, struct sb_tables *tables,
                              const struct sb_walk_options *options)
{
    memset(walker, 0, sizeof *walker);
    walker->options = *options;
    walker->tables = tables;
    walker->arena = malloc(SB_ARENA_BYTES);
    if (!walker->arena || (options->has_lines && !sb_lines_init(&walker->lines)))
        return SB_NO_MEMORY;
    return SB_OK;
}

void sb_walker_free(struct sb_walker *walker)
{
    free(walker->arena);
    sb_lines_free(&walker->lines);
}

/* Whether a reading took so long that it was interrupted: a web request can end meanwhile, and the
 * next one come to the same place, with other names and facts at the same addresses. */
static int is_slow(const struct sb_attempt *attempt, uint64_t limit_ns)
{
    return sb_now_ns() - attempt->start_ns >
           limit_ns + SLOW_NS_PER_BYTE * (uint64_t)attempt->snapshot.used;
}

/* Where nearly all readings are slow, none was interrupted. */
static int is_always_slow(const struct sb_attempt *attempt)
{
    return attempt->is_last && attempt->slow * 4 > attempt->number * 3;
}

/* Runs the plan. A range that has gone makes the target forget its guesses: SB_TORN. */
static enum sb_status take(struct sb_attempt *attempt)
{
    struct sb_target *target = attempt->target;
    struct sb_walker *walker = attempt->walker;
    struct sb_plan *plan = &target->plan;
    struct sb_snapshot *snapshot = &attempt->snapshot;
    enum sb_status status;
    size_t done;

    if (plan->count == 0 && (status = sb_plan_build(target, ++walker->stamp)) != SB_OK)
        return status;
    *snapshot = (struct sb_snapshot){
        .remote = &target->remote,
        .arena = walker->arena,
        .used = plan->tail + SB_GLOBALS_BYTES,
        .plan_stamp = plan->stamp,
        .late_stamp = ++walker->stamp,
        .window_count = plan->window_count,
    };
    attempt->start_ns = sb_now_ns();
    status = sb_remote_batch(&target->remote, plan->ranges, plan->count, walker->arena, &done);
    attempt->was_slow = is_slow(attempt, SLOW_NS);
    attempt->slow += attempt->was_slow ? 1 : 0;
    if (status == SB_READ_FAULT && done > 0) {
        sb_target_forget(target);
        target->merge_gap = 0;
        return SB_TORN;
    }
    for (uint32_t i = 0, at = SB_GLOBALS_BYTES; i < plan->window_count; i++) {
        const struct sb_range *range = &plan->ranges[i + 1];
        snapshot->windows[i] = (struct sb_window){range->addr, range->len, at, 0};
        at += range->len;
    }
    return status;
}

/* When opcache starts over, nothing that is stable is known any more. */
static void check_restarts(struct sb_attempt *attempt)
{
    const struct sb_target *target = attempt->target;
    struct sb_family *family = target->family;
    const uint8_t *now = attempt->walker->arena + target->plan.restarts_at;

    if (!family->php.restarts ||
        (family->has_restarts && memcmp(family->restarts, now, SB_RESTARTS_BYTES) == 0))
        return;
    family->generation += family->has_restarts;
    family->has_restarts = 1;
    memcpy(family->restarts, now, SB_RESTARTS_BYTES);
}

static enum sb_status try_chain(struct sb_attempt *attempt, uint64_t from)
{
    struct sb_walker *walker = attempt->walker;
    const struct sb_layout *layout = attempt->target->family->php.layout;
    enum sb_status status =
        sb_chain_read(&attempt->snapshot, layout, &attempt->vm, from, &walker->chain);
    if (status != SB_OK)
        return status;
    attempt->depth = walker->chain.count < walker->options.max_depth ? walker->chain.count
                                                                     : walker->options.max_depth;
    if (walker->chain.is_cut && attempt->depth == SB_DEPTH_LIMIT)
        attempt->depth = SB_DEPTH_LIMIT - 1; /* leaves room for the [truncated] frame */
    status = sb_attempt_identify(attempt);
    return status == SB_OK ? sb_attempt_prove(attempt) : status;
}

static int is_same_place(const struct sb_vm *one, const struct sb_vm *other)
{
    return one->current == other->current && one->top == other->top;
}

/* Whether the process stands where it stood when the reading began. */
static enum sb_status check_still(struct sb_attempt *attempt)
{
    const struct sb_php *php = &attempt->target->family->php;
    uint8_t globals[SB_GLOBALS_BYTES];
    struct sb_vm now;
    enum sb_status status = sb_remote_read(&attempt->target->remote,
                                           php->executor_globals + php->layout->eg_vm_stack_top,
                                           globals, sizeof globals);
    if (status != SB_OK)
        return status;
    now = sb_vm_parse(globals, php->layout);
    return is_same_place(&now, &attempt->vm) ? SB_OK : SB_TORN;
}

/* Frames and facts of a chain that was proven. A full table loses the sample, and asks for more
 * room. */
static enum sb_status describe(struct sb_attempt *attempt, struct sb_trace *trace)
{
    struct sb_walker *walker = attempt->walker;
    enum sb_status status =
        sb_facts_read(&attempt->snapshot, attempt->target, walker->options.wanted,
                      walker->options.wanted_count, &walker->facts);
    if (status == SB_OK)
        status = sb_attempt_frames(attempt, trace);
    if (status == SB_NO_MEMORY) {
        walker->wants_epoch = 1;
        return SB_TORN;
    }
    if (status == SB_OK && walker->options.has_variables)
        status = sb_attempt_read_variables(attempt);
    return status;
}

static enum sb_status finish(struct sb_attempt *attempt, struct sb_trace *trace)
{
    struct sb_walker *walker = attempt->walker;
    enum sb_status status = describe(attempt, trace);
    int is_late = attempt->snapshot.is_late || attempt->has_learned;
    int overflows = attempt->target->asks_overflow;

    if (status == SB_OK)
        status = sb_attempt_foresee(attempt);
    if (status != SB_OK)
        return status;
    /* What came in several system calls may belong to two requests: read it again as a whole, if
     * that can be. */
    if (is_late && !attempt->is_last && !overflows)
        return SB_TORN;
    if (is_late && (status = check_still(attempt)) != SB_OK)
        return status;
    if ((attempt->was_slow || (is_late && is_slow(attempt, SLOW_LATE_NS))) &&
        !is_always_slow(attempt))
        return SB_TORN;
    trace->is_endless = walker->chain.is_cut && walker->options.max_depth > attempt->depth;
    trace->is_truncated = walker->chain.is_cut || attempt->depth < walker->chain.count;
    trace->facts = &walker->facts;
    trace->pid = attempt->target->remote.pid;
    return SB_OK;
}

static enum sb_status try_once(struct sb_attempt *attempt, struct sb_trace *trace)
{
    struct sb_target *target = attempt->target;
    const struct sb_layout *layout = target->family->php.layout;
    const uint8_t *arena = attempt->walker->arena;
    struct sb_vm between, after;
    enum sb_status status = take(attempt);

    if (status != SB_OK)
        return status;
    attempt->walker->attempts++;
    attempt->vm = sb_vm_parse(arena, layout);
    between = sb_vm_parse(arena + target->plan.middle, layout);
    after = sb_vm_parse(arena + target->plan.tail, layout);
    if (!attempt->vm.current)
        return SB_IDLE;
    attempt->has_moved = !is_same_place(&attempt->vm, &between) || !is_same_place(&between, &after);
    attempt->has_learned = attempt->has_missed = 0;
    check_restarts(attempt);
    status = try_chain(attempt, attempt->vm.current);
    if (status == SB_TORN && after.current && after.current != attempt->vm.current) {
        attempt->vm = after;
        status = try_chain(attempt, after.current);
    }
    return status == SB_OK ? finish(attempt, trace) : status;
}

/* Most idle processes stay idle: a look at the globals is enough. */
static enum sb_status probe_idle(struct sb_target *target)
{
    const struct sb_php *php = &target->family->php;
    uint64_t current;
    enum sb_status status = sb_remote_read(
        &target->remote, php->executor_globals + php->layout->eg_current, &current, sizeof current);
    if (status == SB_OK && current == 0)
        return SB_IDLE;
    return status;
}

enum sb_status sb_walk(struct sb_walker *walker, struct sb_target *target, struct sb_trace *trace)
{
    struct sb_attempt attempt = {.walker = walker, .target = target};
    enum sb_status status = SB_OK;

    target->walks++;
    if (target->heap.count > SB_FUNCTIONS_LIMIT / 4) {
        sb_target_forget(target);
        sb_functions_clear(&target->heap);
    }
    if (target->was_idle)
        status = probe_idle(target);
    for (; status == SB_OK && attempt.number < ATTEMPTS_MAX; attempt.number++) {
        attempt.is_last = attempt.number + 1 == ATTEMPTS_MAX;
        status = try_once(&attempt, trace);
        if (status != SB_TORN)
            break;
        if (!attempt.is_last)
            status = SB_OK;
    }
    target->was_idle = status == SB_IDLE;
    target->torn_run = status == SB_TORN ? target->torn_run + 1 : 0;
    return status;
}
