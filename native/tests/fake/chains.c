/* Stacks: what their links, frames and sizes can be like. */
#include "fake.h"

enum {
    LONG_CIRCLE = 900, /* a longer one than SB_DEPTH_LIMIT looks like a deep recursion */
    NULL_FRAME_SLOTS = 0,
    MANY_NULL_FRAMES = 4000,
    TOO_MANY_NULL_FRAMES = 6000
};

static const uint64_t NOT_CANONICAL = 1ull << 63 | 8, OF_THE_KERNEL = 0xffff800000001000ull;

static void set_prev(struct fake *fake, unsigned frame, uint64_t prev)
{
    fake_u64(fake, fake->scene.frames[frame] + fake_layout(fake)->ed_prev, prev);
}

static void good(struct fake *fake)
{
    (void)fake;
}

static void idle(struct fake *fake)
{
    fake->current = 0;
}

static void own_caller(struct fake *fake)
{
    set_prev(fake, 3, fake->scene.frames[3]);
}

static void circle(struct fake *fake)
{
    set_prev(fake, 0, fake->scene.frames[3]);
}

static void long_circle(struct fake *fake)
{
    const uint64_t first = fake->scene.frames[3];
    uint64_t frame = first;
    for (int i = 0; i < LONG_CIRCLE; i++)
        frame = fake_push(fake, fake->scene.functions[2], frame, SCENE_VARS);
    set_prev(fake, 3, frame);
    fake_set_current(fake, frame);
}

static void misaligned(struct fake *fake)
{
    set_prev(fake, 2, fake->scene.frames[1] + 4);
}

static void unmapped(struct fake *fake)
{
    set_prev(fake, 2, fake->edge + 64);
}

static void not_canonical(struct fake *fake)
{
    set_prev(fake, 2, NOT_CANONICAL);
}

static void of_the_kernel(struct fake *fake)
{
    set_prev(fake, 2, OF_THE_KERNEL);
}

static void null_page(struct fake *fake)
{
    set_prev(fake, 2, 8);
}

/* A frame whose last field would be beyond the end of memory. */
static void frame_over_the_edge(struct fake *fake)
{
    const uint64_t frame = fake->edge - 48;
    fake_u64(fake, frame + fake_layout(fake)->ed_func, fake->scene.functions[1]);
    set_prev(fake, 2, frame);
}

static void current_unmapped(struct fake *fake)
{
    fake_set_current(fake, fake->edge);
}

static void no_bottom(struct fake *fake)
{
    set_prev(fake, 1, 0);
}

/* A call that is still being prepared: not linked to its caller yet. */
static void current_is_pending(struct fake *fake)
{
    fake_set_current(fake, fake_push(fake, fake->scene.functions[2], 0, SCENE_VARS));
}

static void current_is_empty(struct fake *fake)
{
    fake_set_current(fake, fake->heap + FAKE_HEAP_BYTES / 2);
}

static void push_null_frames(struct fake *fake, int count)
{
    uint64_t frame = fake->scene.frames[2];
    for (int i = 0; i < count; i++)
        frame = fake_push(fake, 0, frame, NULL_FRAME_SLOTS);
    frame = fake_push(fake, fake->scene.functions[3], frame, 0);
    fake_set_current(fake, frame);
}

static void null_frames(struct fake *fake)
{
    push_null_frames(fake, 3);
}

static void many_null_frames(struct fake *fake)
{
    push_null_frames(fake, MANY_NULL_FRAMES);
}

static void too_many_null_frames(struct fake *fake)
{
    push_null_frames(fake, TOO_MANY_NULL_FRAMES);
}

static void go_down(struct fake *fake, int depth)
{
    const uint64_t down = scene_function(&fake->scene, "down", 0, "/srv/shop/down.php", 3);
    uint64_t frame = fake->scene.frames[2];
    fake->scene.top = fake->scene.frames[3];
    for (int i = 0; i < depth; i++)
        frame = fake_push(fake, down, frame, SCENE_VARS);
    fake_set_current(fake, frame);
}

static void deep_1000(struct fake *fake)
{
    go_down(fake, 1000);
}

static void deep_10000(struct fake *fake)
{
    go_down(fake, 10000);
}

/* pay() has begun to call something else, and calls strlen() for its argument. */
static void call_in_a_call(struct fake *fake)
{
    const struct lay_frame pending = {.function = fake->scene.functions[1]};
    uint64_t at = fake->scene.frames[3], frame;
    lay_frame(&fake->scene.lay, at, &pending);
    fake_u64(fake, fake->scene.frames[2] + fake_layout(fake)->ed_call, at);
    fake->scene.top = at + scene_frame_bytes(SCENE_VARS);
    frame = fake_push(fake, fake->scene.functions[3], fake->scene.frames[2], 0);
    fake_set_current(fake, frame);
}

/* A generator's frame lies outside of the VM stack. */
static void frame_in_the_heap(struct fake *fake)
{
    const struct lay_frame frame = {.opline =
                                        scene_opcodes_of(&fake->scene, fake->scene.functions[2]),
                                    .function = fake->scene.functions[2],
                                    .prev = fake->scene.frames[1]};
    const uint64_t addr = lay_take(&fake->scene.lay, 128);
    lay_frame(&fake->scene.lay, addr, &frame);
    set_prev(fake, 3, addr);
}

static void arguments_without_end(struct fake *fake)
{
    fake_u32(fake, fake->scene.frames[1] + fake_layout(fake)->ed_num_args, UINT32_MAX);
}

static void leaf_arguments_without_end(struct fake *fake)
{
    fake_u32(fake, fake->scene.frames[3] + fake_layout(fake)->ed_num_args, UINT32_MAX);
    fake_u64(fake, fake->scene.frames[3] + fake_layout(fake)->ed_opline, NOT_CANONICAL);
}

static void variables_without_end(struct fake *fake)
{
    fake_u32(fake, fake->scene.functions[1] + fake_layout(fake)->op_last_var, 1u << 31);
}

static void stands_nowhere(struct fake *fake)
{
    fake_u64(fake, fake->scene.frames[1] + fake_layout(fake)->ed_opline,
             scene_opcodes_of(&fake->scene, fake->scene.functions[1]) +
                 SCENE_OPCODES * SCENE_OPLINE_BYTES);
}

/* The VM stack's own limits, as they are never. */
static void stack_without_limits(struct fake *fake)
{
    fake_u64(fake, fake->scene.globals + fake_layout(fake)->eg_vm_stack, 0);
    fake_u64(fake, fake->scene.globals + fake_layout(fake)->eg_vm_stack_end, UINT64_MAX);
    fake_u64(fake, fake->scene.globals + fake_layout(fake)->eg_vm_stack_top, UINT64_MAX);
}

const struct fake_state fake_chains[] = {
    {"good", good, NULL},
    {"idle", idle, NULL},
    {"own caller", own_caller, NULL},
    {"circle", circle, NULL},
    {"long circle", long_circle, NULL},
    {"misaligned", misaligned, NULL},
    {"unmapped", unmapped, NULL},
    {"not canonical", not_canonical, NULL},
    {"of the kernel", of_the_kernel, NULL},
    {"null page", null_page, NULL},
    {"frame over the edge", frame_over_the_edge, NULL},
    {"current unmapped", current_unmapped, NULL},
    {"no bottom", no_bottom, NULL},
    {"current is pending", current_is_pending, NULL},
    {"current is empty", current_is_empty, NULL},
    {"null frames", null_frames, NULL},
    {"many null frames", many_null_frames, NULL},
    {"too many null frames", too_many_null_frames, NULL},
    {"deep 1000", deep_1000, NULL},
    {"deep 10000", deep_10000, NULL},
    {"call in a call", call_in_a_call, NULL},
    {"frame in the heap", frame_in_the_heap, NULL},
    {"arguments without end", arguments_without_end, NULL},
    {"leaf arguments without end", leaf_arguments_without_end, NULL},
    {"variables without end", variables_without_end, NULL},
    {"stands nowhere", stands_nowhere, NULL},
    {"stack without limits", stack_without_limits, NULL},
    {.name = NULL},
};
