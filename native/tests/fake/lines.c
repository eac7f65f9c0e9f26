/* Lines of instructions, local variables and the allocator's counts. */
#include "fake.h"

enum { CHUNK_BYTES = 2 << 20, HEAP_AT = 64, HEAP_SIZE = 16, HEAP_PEAK = 24 };

static uint64_t pay(const struct fake *fake)
{
    return fake->scene.functions[2];
}

static uint64_t opline_of_pay(const struct fake *fake)
{
    return scene_opcodes_of(&fake->scene, pay(fake)) + SCENE_OPLINE_BYTES;
}

/* As in ZendMM: each chunk starts with a pointer to the heap, which lies in the first chunk. */
static void make_heap(struct fake *fake)
{
    const uint64_t chunk = fake->pages & ~(uint64_t)(CHUNK_BYTES - 1);
    fake_u64(fake, chunk, chunk + HEAP_AT);
    fake_u64(fake, chunk + HEAP_AT + HEAP_SIZE, 4096);
    fake_u64(fake, chunk + HEAP_AT + HEAP_PEAK, 8192);
}

static void heap_elsewhere(struct fake *fake)
{
    make_heap(fake);
    fake_u64(fake, fake->pages & ~(uint64_t)(CHUNK_BYTES - 1), fake->edge & ~(uint64_t)4095);
}

/* Instructions of which only the first half is there. */
static void instructions_over_the_edge(struct fake *fake)
{
    const uint64_t at = fake->edge - SCENE_OPLINE_BYTES - 16;
    fake_u64(fake, pay(fake) + fake_layout(fake)->op_opcodes, at);
    fake_u64(fake, fake->scene.frames[2] + fake_layout(fake)->ed_opline, at + SCENE_OPLINE_BYTES);
}

static void line_of_another(struct fake *fake)
{
    fake_u32(fake, opline_of_pay(fake) + 24, 4000000000u);
}

static void names_unmapped(struct fake *fake)
{
    fake_u64(fake, pay(fake) + fake_layout(fake)->op_vars, fake->edge - 8);
}

static void names_hostile(struct fake *fake)
{
    fake_u64(fake, fake->scene.var_names, 1ull << 63 | 8);
    fake_u64(fake, fake->scene.var_names + 8, fake->edge - 16);
}

/* Each element is the array itself. */
static void array_in_itself(struct fake *fake)
{
    for (unsigned i = 0; i < 4; i++)
        lay_packed(&fake->scene.lay, fake->scene.items, i, SB_ZVAL_ARRAY, fake->scene.items);
    fake_u32(fake, fake->scene.items + fake_layout(fake)->ht_used, UINT32_MAX);
}

static void array_over_the_edge(struct fake *fake)
{
    fake_u64(fake, fake->scene.items + fake_layout(fake)->ht_data, fake->edge - 16);
}

const struct fake_state fake_lines[] = {
    {"heap", make_heap, NULL},
    {"heap elsewhere", heap_elsewhere, NULL},
    {"instructions over the edge", instructions_over_the_edge, NULL},
    {"line of another", line_of_another, NULL},
    {"names unmapped", names_unmapped, NULL},
    {"names hostile", names_hostile, NULL},
    {"array in itself", array_in_itself, NULL},
    {"array over the edge", array_over_the_edge, NULL},
    {.name = NULL},
};
