/* Walks frames inside the windows of a snapshot. */
#include "chain.h"
#include "bytes.h"

enum {
    FRAME_BYTES = 56,           /* execute_data up to and with prev_execute_data */
    SLACK_ABOVE = 512,          /* read above a frame that was missed */
    NULL_FRAMES_MAX = 4096,     /* frames without a function in one chain */
    CHUNK_MASK = (2 << 20) - 1, /* PHP's allocator maps memory in chunks of 2 MiB */
    LATE_SPAN_MIN = 2048,
    LATE_SPAN_MAX = 64 << 10,
    LATE_SHIFT_MAX = 6,      /* 128 KiB outside of the newest page */
    PAGE_HEADER_SLOTS = 32,  /* a stack page starts with 24 bytes of header, rounded to 16 */
    MEMORY_PAGE_MASK = 4095, /* ZEND_MM_PAGE_SIZE, whatever the kernel has */
    SLOT = 16,               /* sizeof(zval) */
    FRAME_SLOTS = 5,         /* ZEND_CALL_FRAME_SLOT */
    CALL_SLOTS_MAX = 1 << 20,
};

struct sb_vm sb_vm_parse(const uint8_t *globals, const struct sb_layout *layout)
{
    const uint8_t *start = globals - layout->eg_vm_stack_top;
    return (struct sb_vm){
        .top = sb_u64(start + layout->eg_vm_stack_top),
        .end = sb_u64(start + layout->eg_vm_stack_end),
        .page = sb_u64(start + layout->eg_vm_stack),
        .current = sb_u64(start + layout->eg_current),
    };
}

int sb_vm_has(const struct sb_vm *vm, uint64_t addr)
{
    return addr >= vm->page && addr < vm->end && vm->end - vm->page <= SB_ARENA_BYTES;
}

static const uint8_t *find_frame(struct sb_snapshot *snapshot, uint64_t addr)
{
    for (uint32_t i = 0; i < snapshot->window_count; i++) {
        struct sb_window *window = &snapshot->windows[i];
        if (addr >= window->addr && addr - window->addr + FRAME_BYTES <= window->len) {
            window->is_used = 1;
            return snapshot->arena + window->at + (addr - window->addr);
        }
    }
    return NULL;
}

/* What to read around a frame that no window holds. Older frames lie below newer ones, so a window
 * reaches down; the more windows a chain needed already, the deeper. */
static struct sb_range late_range(const struct sb_snapshot *snapshot, const struct sb_vm *vm,
                                  uint64_t addr)
{
    uint64_t low, high = addr + FRAME_BYTES, floor, span = LATE_SPAN_MIN;
    if (sb_vm_has(vm, addr)) {
        high = (vm->top > addr && vm->top < vm->end ? vm->top : high) + SLACK_ABOVE;
        high = high > vm->end ? vm->end : high;
        floor = vm->page;
        span = LATE_SPAN_MAX;
    } else {
        floor = addr & ~(uint64_t)CHUNK_MASK;
        span <<= snapshot->window_count < LATE_SHIFT_MAX ? snapshot->window_count : LATE_SHIFT_MAX;
        if ((addr & ~(uint64_t)CHUNK_MASK) != (vm->page & ~(uint64_t)CHUNK_MASK) &&
            snapshot->window_count < 2)
            span = 0;
    }
    low = addr - floor > span ? addr - span : floor;
    if (high < addr + FRAME_BYTES || high - low > SB_WINDOW_BYTES_MAX)
        return (struct sb_range){addr, FRAME_BYTES};
    return (struct sb_range){low, (uint32_t)(high - low)};
}

static enum sb_status read_frame(struct sb_snapshot *snapshot, const struct sb_vm *vm,
                                 uint64_t addr, const uint8_t **frame)
{
    struct sb_range range = late_range(snapshot, vm, addr);
    enum sb_status status;
    uint32_t at;

    if (snapshot->window_count == SB_WINDOWS_MAX)
        return SB_FULL;
    status = sb_snapshot_late(snapshot, range.addr, range.len, &at);
    if (status != SB_OK && range.len > FRAME_BYTES) {
        range = (struct sb_range){addr, FRAME_BYTES};
        status = sb_snapshot_late(snapshot, range.addr, range.len, &at);
    }
    if (status != SB_OK)
        return status == SB_READ_FAULT ? SB_TORN : status;
    snapshot->windows[snapshot->window_count++] = (struct sb_window){range.addr, range.len, at, 1};
    *frame = snapshot->arena + at + (addr - range.addr);
    return SB_OK;
}

enum sb_status sb_chain_read(struct sb_snapshot *snapshot, const struct sb_layout *layout,
                             const struct sb_vm *vm, uint64_t from, struct sb_chain *chain)
{
    uint64_t addr = from, marker = 0;
    uint32_t step = 0, next_marker = 1;

    chain->count = 0;
    chain->is_cut = 0;
    while (addr) {
        const uint8_t *frame;
        enum sb_status status;
        uint64_t function;

        if (chain->count == SB_DEPTH_LIMIT) {
            chain->is_cut = 1;
            return SB_OK;
        }
        if (addr & 7 || addr == marker || ++step > SB_DEPTH_LIMIT + NULL_FRAMES_MAX)
            return SB_TORN;
        if (step == next_marker) { /* Brent: a circle meets the marker within its own length */
            marker = addr;
            next_marker *= 2;
        }
        frame = find_frame(snapshot, addr);
        status = frame ? SB_OK : read_frame(snapshot, vm, addr, &frame);
        if (status == SB_FULL && chain->count) {
            chain->is_cut = 1;
            return SB_OK;
        }
        if (status != SB_OK)
            return status == SB_FULL ? SB_TORN : status;
        function = sb_u64(frame + layout->ed_func);
        if (function)
            chain->links[chain->count++] = (struct sb_link){
                .addr = addr,
                .function = function,
                .opline = sb_u64(frame + layout->ed_opline),
                .call = sb_u64(frame + layout->ed_call),
                .num_args = sb_u32(frame + layout->ed_num_args),
            };
        addr = sb_u64(frame + layout->ed_prev);
    }
    return chain->count ? SB_OK : SB_TORN;
}

/* As zend_vm_calc_used_stack: arguments beyond the declared ones follow the variables. */
int64_t sb_chain_gap(const struct sb_chain *chain, uint32_t i, const struct sb_function *function,
                     const struct sb_vm *vm)
{
    const struct sb_link *link = &chain->links[i];
    uint64_t callee, slots;
    if (i == 0)
        return 0;
    callee = chain->links[i - 1].addr;
    if (!sb_vm_has(vm, link->addr) || !sb_vm_has(vm, callee))
        return 0;
    slots = FRAME_SLOTS + (uint64_t)link->num_args + function->slots;
    if (function->type != SB_INTERNAL_FUNCTION)
        slots -= function->num_args < link->num_args ? function->num_args : link->num_args;
    if (slots > CALL_SLOTS_MAX)
        return -1;
    return (int64_t)(callee - link->addr) - (int64_t)(SLOT * slots);
}

int sb_chain_has_odd_gap(const struct sb_link *link, const struct sb_function *function,
                         int64_t gap)
{
    return gap != 0 && gap != function->gap && link->call == 0 &&
           function->type != SB_INTERNAL_FUNCTION && !function->is_magic;
}

int sb_chain_is_bottom(uint64_t addr, const struct sb_vm *vm)
{
    if (sb_vm_has(vm, addr))
        return addr == vm->page + PAGE_HEADER_SLOTS;
    return (addr & MEMORY_PAGE_MASK) == PAGE_HEADER_SLOTS;
}
