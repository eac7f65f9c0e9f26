/* What a sample that succeeded says about the next. */
#include "attempt.h"

enum {
    REBUILD_WALKS = 64, /* a plan that still serves is made anew after so many walks */
    STACK_SLACK = 4096, /* read above the top of the VM stack, for calls to come */
    EXTRA_WINDOW_BYTES = 128 << 10,
};

/* The windows that served this sample, with room for the stack to grow. */
static void foresee_windows(struct sb_attempt *attempt)
{
    struct sb_target *target = attempt->target;
    const struct sb_chain *chain = &attempt->walker->chain;
    const struct sb_vm *vm = &attempt->vm;
    uint64_t low = UINT64_MAX, high = vm->top, bytes = SB_WINDOW_BYTES_MAX;

    for (uint32_t i = 0; i < chain->count; i++) {
        uint64_t addr = chain->links[i].addr;
        if (sb_vm_has(vm, addr)) {
            low = addr < low ? addr : low;
            high = addr + STACK_SLACK / 8 > high ? addr + STACK_SLACK / 8 : high;
        }
    }
    /* Frames without a function lie in windows, but are no links. */
    for (uint32_t i = 0; i < attempt->snapshot.window_count; i++) {
        const struct sb_window *window = &attempt->snapshot.windows[i];
        if (window->is_used && sb_vm_has(vm, window->addr) && window->addr < low)
            low = window->addr;
    }
    target->window_count = 0;
    if (low != UINT64_MAX && high < vm->end + STACK_SLACK) {
        high = high + STACK_SLACK < vm->end ? high + STACK_SLACK : vm->end;
        if (high > low && high - low <= SB_WINDOW_BYTES_MAX)
            target->windows[target->window_count++] =
                (struct sb_range){low, (uint32_t)(high - low)};
    }
    for (uint32_t i = 0; i < attempt->snapshot.window_count; i++) {
        const struct sb_window *window = &attempt->snapshot.windows[i];
        if (!window->is_used || (target->window_count && sb_vm_has(vm, window->addr)))
            continue;
        if (target->window_count == SB_PLAN_WINDOWS_MAX || window->len > EXTRA_WINDOW_BYTES + 64 ||
            bytes + window->len > SB_PLAN_BYTES_MAX)
            continue;
        target->windows[target->window_count++] = (struct sb_range){window->addr, window->len};
        bytes += window->len;
    }
}

enum sb_status sb_attempt_foresee(struct sb_attempt *attempt)
{
    struct sb_target *target = attempt->target;
    enum sb_status status = SB_OK;

    for (uint32_t i = 0; i < attempt->depth; i++) {
        struct sb_function *function = attempt->walker->functions[i];
        if (function->is_stable)
            continue;
        function->used = target->walks;
        if (!sb_target_keep(target, function))
            return SB_NO_MEMORY;
    }
    if (attempt->snapshot.is_late || attempt->has_learned || attempt->has_missed ||
        target->walks - target->built >= REBUILD_WALKS) {
        foresee_windows(attempt);
        status = sb_plan_build(target, ++attempt->walker->stamp);
    }
    return status;
}
