/* Turns what the last samples needed into the ranges of the next reading. */
#include "bytes.h"
#include "opcache.h"
#include "target.h"
#include <stdlib.h>
#include <string.h>

enum {
    KEPT_WALKS = 16, /* functions and asks not met for so many walks leave the plan */
    RECENT_MAX = 1024,
    PARTS_BYTES_MAX = 512 << 10,
    RANGES_MAX = SB_BATCH_MAX - 2, /* two more are the last: see add_tail */
    MERGED_BYTES_MAX = 64 << 10,
};

/* A wanted range and where to note its place in the arena. */
struct item {
    uint64_t addr;
    uint32_t len, *at;
};

static int by_addr(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    return (a->addr > b->addr) - (a->addr < b->addr);
}

static int reserve_ranges(struct sb_plan *plan)
{
    struct sb_range *ranges;
    if (plan->cap >= plan->count + SB_PARTS + 2)
        return 1;
    ranges = realloc(plan->ranges, (plan->cap + 32) * sizeof *ranges);
    if (!ranges)
        return 0;
    plan->ranges = ranges;
    plan->cap += 32;
    return 1;
}

static int add_range(struct sb_plan *plan, uint64_t addr, uint32_t len)
{
    if (!reserve_ranges(plan))
        return 0;
    plan->ranges[plan->count++] = (struct sb_range){addr, len};
    plan->tail += len;
    return 1;
}

/* Drops functions that have not been met lately. */
static void age(struct sb_target *target)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < target->recent_count; i++) {
        struct sb_function *function = target->recent[i];
        if (function->used + KEPT_WALKS < target->walks)
            function->is_planned = 0;
        else
            target->recent[kept++] = function;
    }
    target->recent_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < target->ask_count; i++)
        if (target->asks[i].used + KEPT_WALKS >= target->walks)
            target->asks[kept++] = target->asks[i];
    target->ask_count = kept;
    target->asks_overflow = 0;
}

static uint32_t collect(struct sb_target *target, uint64_t stamp, struct item *items)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < target->recent_count; i++) {
        struct sb_function *function = target->recent[i];
        struct sb_range parts[SB_PARTS];
        sb_function_parts(function, target->family->php.layout, parts);
        for (int part = 0; part < SB_PARTS; part++)
            if (parts[part].len)
                items[count++] =
                    (struct item){parts[part].addr, parts[part].len, &function->at[part]};
        function->stamp = stamp;
    }
    for (uint32_t i = 0; i < target->ask_count; i++) {
        struct sb_ask *ask = &target->asks[i];
        items[count++] = (struct item){ask->addr, ask->len, &ask->at};
        ask->stamp = stamp;
    }
    return count;
}

static int can_join(const struct sb_range *last, const struct item *item, uint32_t gap)
{
    uint64_t end = last->addr + last->len;
    return item->addr <= end + gap && item->addr + item->len - last->addr <= MERGED_BYTES_MAX;
}

/* Sorts and merges; notes offsets. False when the plan got too big. */
static int add_items(struct sb_target *target, struct item *items, uint32_t count)
{
    struct sb_plan *plan = &target->plan;
    struct sb_range *last = NULL;
    uint32_t first = plan->tail;

    qsort(items, count, sizeof *items, by_addr);
    for (uint32_t i = 0; i < count; i++) {
        const struct item *item = &items[i];
        if (!last || !can_join(last, item, target->merge_gap)) {
            if (plan->count >= RANGES_MAX || !add_range(plan, item->addr, item->len))
                return 0;
            last = &plan->ranges[plan->count - 1];
        } else if (item->addr + item->len > last->addr + last->len) {
            uint32_t grown = (uint32_t)(item->addr + item->len - last->addr);
            plan->tail += grown - last->len;
            last->len = grown;
        }
        if (plan->tail - first > PARTS_BYTES_MAX)
            return 0;
        *item->at = plan->tail - last->len + (uint32_t)(item->addr - last->addr);
    }
    return 1;
}

/* Where frames are, between two copies of the globals: so close to each other that a program has no
 * time to leave and to come back to the same place. */
static int add_windows(struct sb_target *target)
{
    struct sb_plan *plan = &target->plan;
    const struct sb_php *php = &target->family->php;
    const uint64_t globals = php->executor_globals + php->layout->eg_vm_stack_top;
    plan->count = plan->tail = 0;
    plan->window_count = target->window_count;
    if (!add_range(plan, globals, SB_GLOBALS_BYTES))
        return 0;
    for (uint32_t i = 0; i < target->window_count; i++)
        if (!add_range(plan, target->windows[i].addr, target->windows[i].len))
            return 0;
    plan->middle = plan->tail;
    return add_range(plan, globals, SB_GLOBALS_BYTES);
}

/* Whether opcache has started over, and the globals a last time. */
static int add_tail(struct sb_target *target)
{
    struct sb_plan *plan = &target->plan;
    const struct sb_php *php = &target->family->php;
    plan->restarts_at = plan->tail;
    if (php->restarts && !add_range(plan, php->restarts, SB_RESTARTS_BYTES))
        return 0;
    if (!add_range(plan, plan->ranges[0].addr, SB_GLOBALS_BYTES))
        return 0;
    plan->tail -= SB_GLOBALS_BYTES; /* where the copy starts */
    return 1;
}

enum sb_status sb_plan_build(struct sb_target *target, uint64_t stamp)
{
    struct sb_plan *plan = &target->plan;
    struct item *items;
    uint32_t count;
    int fits;

    age(target);
    items = malloc((target->recent_count * SB_PARTS + target->ask_count + 1) * sizeof *items);
    if (!items)
        return SB_NO_MEMORY;
    plan->stamp = stamp;
    if (!add_windows(target)) {
        free(items);
        return SB_NO_MEMORY;
    }
    count = collect(target, stamp, items);
    fits = add_items(target, items, count);
    free(items);
    if (!fits) {
        /* Too much at once: nothing but windows is foreseen, all else is read late. */
        plan->stamp = 0;
        if (!add_windows(target))
            return SB_NO_MEMORY;
    }
    target->built = target->walks;
    return add_tail(target) ? SB_OK : SB_NO_MEMORY;
}

int sb_target_keep(struct sb_target *target, struct sb_function *function)
{
    if (function->is_planned || target->recent_count >= RECENT_MAX)
        return 1;
    if (target->recent_count == target->recent_cap) {
        uint32_t cap = target->recent_cap ? target->recent_cap * 2 : 32;
        struct sb_function **recent = realloc(target->recent, cap * sizeof(struct sb_function *));
        if (!recent)
            return 0;
        target->recent = recent;
        target->recent_cap = cap;
    }
    function->is_planned = 1;
    target->recent[target->recent_count++] = function;
    return 1;
}

void sb_target_forget(struct sb_target *target)
{
    for (uint32_t i = 0; i < target->recent_count; i++)
        target->recent[i]->is_planned = 0;
    target->recent_count = target->window_count = target->ask_count = 0;
    target->plan.count = 0;
    target->plan.stamp = 0;
}

void sb_target_ask(struct sb_target *target, struct sb_ask ask)
{
    if (target->ask_count == target->ask_cap && target->ask_cap < SB_ASKS_MAX) {
        uint32_t cap = target->ask_cap ? target->ask_cap * 2 : 16;
        struct sb_ask *asks = realloc(target->asks, cap * sizeof *asks);
        if (asks) {
            target->asks = asks;
            target->ask_cap = cap;
        }
    }
    if (target->ask_count < target->ask_cap)
        target->asks[target->ask_count++] = ask;
    else
        target->asks_overflow = 1;
}

void sb_target_inherit(struct sb_target *target, const struct sb_target *sibling)
{
    const struct sb_functions *known = &sibling->heap;
    for (uint32_t i = 0; known->slots && i <= known->mask; i++) {
        struct sb_function *function;
        if (!known->slots[i])
            continue;
        function = sb_functions_add(&target->heap, known->slots[i]->addr);
        if (!function)
            return;
        *function = *known->slots[i];
        function->is_planned = 0;
        function->stamp = function->checked = 0;
    }
    target->walks = sibling->walks; /* what is recent is counted in walks */
    for (uint32_t i = 0; i < sibling->recent_count; i++) {
        struct sb_function *function = sb_functions_find(&target->heap, sibling->recent[i]->addr);
        if (function)
            sb_target_keep(target, function);
    }
    for (uint32_t i = 0; i < sibling->ask_count; i++) {
        struct sb_ask ask = sibling->asks[i];
        ask.stamp = 0;
        sb_target_ask(target, ask);
    }
    memcpy(target->windows, sibling->windows, sizeof target->windows);
    target->window_count = sibling->window_count;
}

void sb_target_free(struct sb_target *target)
{
    sb_stillness_end(&target->stillness);
    free(target->asks);
    free(target->plan.ranges);
    free(target->recent);
    sb_functions_free(&target->heap);
    free(target);
}
