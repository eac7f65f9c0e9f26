/* Reads, proves and completes one sample. */
#include "walk.h"
#include "bytes.h"
#include <stdlib.h>

enum {
    ATTEMPTS_MAX = 10,
    DOUBTS_MAX = 5,           /* then a pair that was never seen is believed */
    LENIENT_ATTEMPT = 3,      /* from here on an unknown bottom may be a new one */
    REBUILD_WALKS = 64,       /* a plan that still serves is made anew after so many walks */
    STACK_SLACK = 4096,       /* read above the top of the VM stack, for calls to come */
    OPLINE_BYTES = 32,        /* sizeof(zend_op) */
    GLOBALS_SPAN = 2048,      /* executor_globals holds instructions for exceptions and magic */
    EXTRA_WINDOW_BYTES = 64 << 10,
};

static const uint64_t NO_EPOCH = UINT64_MAX;

/* A walk in progress. */
struct attempt {
    struct sb_walker *walker;
    struct sb_target *target;
    struct sb_snapshot snapshot;
    struct sb_vm vm;
    uint32_t number;
    uint32_t depth;    /* links that matter: up to max_depth */
    int has_moved;     /* the stack changed while it was read */
    int has_learned;   /* heap functions were read: they are to be checked in a whole reading */
    uint32_t doubts;   /* chains with a pair of functions that no still stack has had */
    int is_last;
};

enum sb_status sb_walker_init(struct sb_walker *walker, struct sb_tables *tables,
                              const struct sb_walk_options *options)
{
    memset(walker, 0, sizeof *walker);
    walker->options = *options;
    walker->tables = tables;
    walker->arena = malloc(SB_ARENA_BYTES);
    return walker->arena ? SB_OK : SB_NO_MEMORY;
}

void sb_walker_free(struct sb_walker *walker)
{
    free(walker->arena);
}

/* Runs the plan. A range that has gone makes the target forget its guesses: SB_TORN. */
static enum sb_status take(struct attempt *attempt)
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
    status = sb_remote_batch(&target->remote, plan->ranges, plan->count, walker->arena, &done);
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

/* A stable function that has changed means that opcache started over: nothing stable is known. */
static enum sb_status check_probe(struct attempt *attempt)
{
    struct sb_target *target = attempt->target;
    struct sb_function *probe = target->plan.probe;
    const struct sb_layout *layout = target->family->php.layout;
    struct sb_range parts[SB_PARTS];
    uint32_t at = target->plan.probe_at;

    if (!probe)
        return SB_OK;
    sb_function_parts(probe, layout, parts);
    for (int part = 0; part < SB_PARTS; part++) {
        probe->at[part] = at;
        at += parts[part].len;
    }
    probe->checked = attempt->walker->attempts;
    if (sb_function_matches(probe, layout, attempt->walker->arena))
        return SB_OK;
    target->family->generation++;
    sb_plan_set_probe(target, NULL);
    return SB_TORN;
}

static struct sb_function *find_function(const struct attempt *attempt, uint64_t addr)
{
    const struct sb_family *family = attempt->target->family;
    struct sb_function *function = sb_functions_find(&family->stable, addr);
    if (!function || function->generation != family->generation)
        function = sb_functions_find(&attempt->target->heap, addr);
    return function && function->epoch == attempt->walker->tables->epoch ? function : NULL;
}

static int is_in_arena(const struct attempt *attempt, const struct sb_function *function)
{
    return function->stamp != 0 && (function->stamp == attempt->snapshot.plan_stamp ||
                                    function->stamp == attempt->snapshot.late_stamp);
}

static void add_unknown(struct attempt *attempt, uint64_t addr, uint32_t *count)
{
    uint64_t *unknown = attempt->walker->unknown;
    for (uint32_t i = *count; i > 0; i--)
        if (unknown[i - 1] == addr)
            return;
    unknown[(*count)++] = addr;
}

/* Reads the identifying parts of functions that are known but were not foreseen. Those that cannot
 * be read become unknown. */
static enum sb_status read_pending(struct attempt *attempt, uint32_t pending_count,
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
        if (sb_snapshot_reserve(snapshot, end - at) == UINT32_MAX)
            return SB_TORN;
        snapshot->is_late = 1;
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

static enum sb_status learn(struct attempt *attempt, uint32_t count)
{
    struct sb_target *target = attempt->target;
    struct sb_library library = {&target->family->stable, &target->heap,
                                 target->family->generation, attempt->walker->tables};
    enum sb_status status;

    /* What was known there is wrong now, even if nothing new can be read. */
    for (uint32_t i = 0; i < count; i++) {
        struct sb_function *stale = find_function(attempt, attempt->walker->unknown[i]);
        if (stale)
            stale->epoch = NO_EPOCH;
    }
    status = sb_functions_learn(&library, &target->remote, &target->family->php,
                                attempt->walker->unknown, count);
    if (status != SB_OK)
        return status == SB_READ_FAULT ? SB_TORN : status;
    for (uint32_t i = 0; i < count; i++) {
        struct sb_function *function = find_function(attempt, attempt->walker->unknown[i]);
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

/* Finds the function of every link, and checks those in request memory against this reading. */
static enum sb_status identify(struct attempt *attempt)
{
    struct sb_walker *walker = attempt->walker;
    const struct sb_layout *layout = attempt->target->family->php.layout;
    uint32_t pending = 0, unknown = 0;
    enum sb_status status;

    for (uint32_t i = 0; i < attempt->depth; i++) {
        uint64_t addr = walker->chain.links[i].function;
        struct sb_function *function = find_function(attempt, addr);
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
        walker->functions[i] = find_function(attempt, walker->chain.links[i].function);
        if (!walker->functions[i])
            return SB_TORN;
    }
    return SB_OK;
}

/* A caller stands at one of its function's instructions, or at one of the few that live in
 * executor_globals. The innermost frame's opline may be stale: PHP keeps it in a register. */
static int stands_well(const struct attempt *attempt, uint32_t i)
{
    const struct sb_function *function = attempt->walker->functions[i];
    uint64_t opline = attempt->walker->chain.links[i].opline;
    uint64_t globals = attempt->target->family->php.executor_globals;
    if (i == 0 || function->type == SB_INTERNAL_FUNCTION)
        return 1;
    if (opline >= globals && opline < globals + GLOBALS_SPAN)
        return 1;
    return opline >= function->opcodes && (opline - function->opcodes) % OPLINE_BYTES == 0 &&
           (opline - function->opcodes) / OPLINE_BYTES < function->last;
}

/* PHP's own glue, such as the outermost frame of a fiber: in no one's code. */
static int is_nameless(const struct sb_function *function)
{
    return function->type == SB_INTERNAL_FUNCTION && function->name.addr == 0;
}

static enum sb_status prove(struct attempt *attempt)
{
    const struct sb_chain *chain = &attempt->walker->chain;
    int exact = attempt->has_moved || attempt->number == 0;
    uint64_t bottom = chain->links[chain->count - 1].addr;

    for (uint32_t i = 0; i < attempt->depth; i++)
        if (!stands_well(attempt, i) ||
            !sb_chain_fits(chain, i, attempt->walker->functions[i], &attempt->vm, exact))
            return SB_TORN;
    if (chain->is_cut)
        return SB_OK;
    if (attempt->depth == chain->count && is_nameless(attempt->walker->functions[chain->count - 1]))
        return SB_TORN; /* a fiber between two switches, not linked to what resumed it */
    if (sb_chain_is_bottom(bottom, &attempt->vm) || bottom == attempt->target->bottom)
        return SB_OK;
    /* With another allocator (USE_ZEND_ALLOC=0) older pages start anywhere. A frame of the newest
     * page has no such excuse: it is a call being prepared, not linked to its caller yet. */
    if (attempt->number < LENIENT_ATTEMPT || attempt->has_moved ||
        (bottom >= attempt->vm.page && bottom < attempt->vm.end))
        return SB_TORN;
    attempt->target->bottom = bottom;
    return SB_OK;
}

/* Where a caller stands; an exception puts all callers at one instruction outside of their own. */
static uint32_t place_in(const struct sb_function *caller, uint64_t opline)
{
    uint64_t at = (opline - caller->opcodes) / OPLINE_BYTES;
    return caller->type != SB_INTERNAL_FUNCTION && at < caller->last ? (uint32_t)at
                                                                 : SB_ANYWHERE;
}

static uint64_t edge_above(const struct attempt *attempt, uint32_t i, uint32_t at)
{
    const struct sb_walker *walker = attempt->walker;
    return sb_edge(walker->functions[i]->frame, at, walker->functions[i - 1]->frame) +
           2 * walker->tables->epoch;
}

/* In a stack that has moved, every caller and its callee should have been met in a still one. When
 * that is not so after several readings, the program never holds still: then they are believed. */
static enum sb_status check_edges(struct attempt *attempt)
{
    struct sb_edges *edges = &attempt->walker->edges;
    int is_whole = !attempt->snapshot.is_late && !attempt->has_learned;

    for (uint32_t i = 1; i < attempt->depth; i++) {
        uint32_t at = place_in(attempt->walker->functions[i], attempt->walker->chain.links[i].opline);
        uint64_t edge = edge_above(attempt, i, at);
        if (attempt->has_moved && !sb_edges_have(edges, edge))
            return attempt->doubts++ < DOUBTS_MAX ? SB_TORN : SB_OK;
        if (!attempt->has_moved && is_whole && sb_edges_add(edges, edge))
            sb_edges_add(edges, edge_above(attempt, i, SB_ANYWHERE));
    }
    return SB_OK;
}

static enum sb_status try_chain(struct attempt *attempt, uint64_t from)
{
    struct sb_walker *walker = attempt->walker;
    const struct sb_layout *layout = attempt->target->family->php.layout;
    enum sb_status status = sb_chain_read(&attempt->snapshot, layout, &attempt->vm, from,
                                          &walker->chain);
    if (status != SB_OK)
        return status;
    attempt->depth = walker->chain.count < walker->options.max_depth ? walker->chain.count
                                                                     : walker->options.max_depth;
    if (walker->chain.is_cut && attempt->depth == SB_DEPTH_LIMIT)
        attempt->depth = SB_DEPTH_LIMIT - 1; /* leaves room for the [truncated] frame */
    status = identify(attempt);
    if (status == SB_OK)
        status = prove(attempt);
    return status == SB_OK ? check_edges(attempt) : status;
}

/* The windows that served this sample, with room for the stack to grow. */
static void foresee_windows(struct attempt *attempt)
{
    struct sb_target *target = attempt->target;
    const struct sb_chain *chain = &attempt->walker->chain;
    const struct sb_vm *vm = &attempt->vm;
    uint64_t low = UINT64_MAX, high = vm->top;

    for (uint32_t i = 0; i < chain->count; i++) {
        uint64_t addr = chain->links[i].addr;
        if (addr >= vm->page && addr < vm->end) {
            low = addr < low ? addr : low;
            high = addr + STACK_SLACK / 8 > high ? addr + STACK_SLACK / 8 : high;
        }
    }
    target->window_count = 0;
    if (low != UINT64_MAX && high < vm->end + STACK_SLACK) {
        high = high + STACK_SLACK < vm->end ? high + STACK_SLACK : vm->end;
        if (high > low && high - low <= SB_WINDOW_BYTES_MAX)
            target->windows[target->window_count++] = (struct sb_range){low, (uint32_t)(high - low)};
    }
    for (uint32_t i = 0; i < attempt->snapshot.window_count; i++) {
        const struct sb_window *window = &attempt->snapshot.windows[i];
        if (!window->is_used || (target->window_count && window->addr >= low && window->addr < high))
            continue;
        if (target->window_count < SB_PLAN_WINDOWS_MAX && window->len <= EXTRA_WINDOW_BYTES + 64)
            target->windows[target->window_count++] = (struct sb_range){window->addr, window->len};
    }
}

/* Marks what was met, makes a new plan when the old one fell short, and picks the stable function
 * that was not checked for longest. */
static enum sb_status foresee(struct attempt *attempt)
{
    struct sb_target *target = attempt->target;
    struct sb_function *probe = NULL;
    enum sb_status status = SB_OK;

    for (uint32_t i = 0; i < attempt->depth; i++) {
        struct sb_function *function = attempt->walker->functions[i];
        if (function->is_stable) {
            if (!probe || function->checked < probe->checked)
                probe = function;
            continue;
        }
        function->used = target->walks;
        if (!sb_target_keep(target, function))
            return SB_NO_MEMORY;
    }
    if (attempt->snapshot.is_late || attempt->has_learned ||
        target->walks - target->built >= REBUILD_WALKS) {
        foresee_windows(attempt);
        status = sb_plan_build(target, ++attempt->walker->stamp);
    }
    if (status == SB_OK)
        sb_plan_set_probe(target, probe);
    return status;
}

/* Whether the process stands where it stood when the reading began. */
static enum sb_status check_still(struct attempt *attempt)
{
    const struct sb_php *php = &attempt->target->family->php;
    uint8_t globals[SB_GLOBALS_BYTES];
    struct sb_vm now;
    enum sb_status status =
        sb_remote_read(&attempt->target->remote, php->executor_globals + php->layout->eg_vm_stack_top,
                       globals, sizeof globals);
    if (status != SB_OK)
        return status;
    now = sb_vm_parse(globals, php->layout);
    return now.current == attempt->vm.current && now.top == attempt->vm.top ? SB_OK : SB_TORN;
}

static enum sb_status finish(struct attempt *attempt, struct sb_trace *trace)
{
    struct sb_walker *walker = attempt->walker;
    enum sb_status status =
        sb_facts_read(&attempt->snapshot, attempt->target, walker->options.wanted,
                      walker->options.wanted_count, &walker->facts);
    int is_late = attempt->snapshot.is_late || attempt->has_learned;

    if (status == SB_OK)
        status = foresee(attempt);
    if (status != SB_OK)
        return status;
    /* What came in several system calls may belong to two requests: read it again as a whole. */
    if (is_late && !attempt->is_last)
        return SB_TORN;
    if (is_late && (status = check_still(attempt)) != SB_OK)
        return status;
    trace->depth = 0;
    for (uint32_t i = 0; i < attempt->depth; i++) {
        if (walker->functions[i]->frame == 0) {
            walker->wants_epoch = 1;
            return SB_TORN;
        }
        if (!is_nameless(walker->functions[i]))
            trace->frames[trace->depth++] = walker->functions[i]->frame;
    }
    trace->is_endless = walker->chain.is_cut;
    trace->is_truncated = walker->chain.is_cut || attempt->depth < walker->chain.count;
    trace->facts = &walker->facts;
    trace->pid = attempt->target->remote.pid;
    return SB_OK;
}

static enum sb_status try_once(struct attempt *attempt, struct sb_trace *trace)
{
    struct sb_target *target = attempt->target;
    const struct sb_layout *layout = target->family->php.layout;
    const uint8_t *arena = attempt->walker->arena;
    struct sb_vm after;
    enum sb_status status = take(attempt);

    if (status != SB_OK)
        return status;
    attempt->walker->attempts++;
    attempt->vm = sb_vm_parse(arena, layout);
    after = sb_vm_parse(arena + target->plan.tail, layout);
    if (!attempt->vm.current)
        return SB_IDLE;
    attempt->has_moved =
        attempt->vm.current != after.current || attempt->vm.top != after.top;
    attempt->has_learned = 0;
    status = check_probe(attempt);
    if (status != SB_OK)
        return status;
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
    struct attempt attempt = {.walker = walker, .target = target};
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
