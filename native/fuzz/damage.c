/* The steps by which an input damages a process. */
#include "damage.h"

enum step {
    STEP_SAMPLE,
    STEP_WORD,    /* any value */
    STEP_TELLING, /* one of the values that mean something */
    STEP_SMALL,   /* a small number of 32 bits */
    STEP_BYTE,
    STEP_ADD,
    STEP_COPY,
    STEP_MAP, /* takes memory away, or brings it back */
    STEPS
};

static uint8_t *at(void *context, uint64_t addr, uint64_t len)
{
    return image_at(context, addr, len);
}

void damaged_start(struct damaged *damaged, const struct sb_layout *layout)
{
    static const uint64_t regions[] = {DAMAGE_GLOBALS, DAMAGE_SAPI, DAMAGE_PAGE, DAMAGE_HEAP};
    struct scene *scene = &damaged->scene;

    memset(damaged, 0, sizeof *damaged);
    for (unsigned i = 0; i < 4; i++) {
        image_map(&damaged->image, regions[i], DAMAGE_REGION_BYTES);
        damaged->lengths[i] = DAMAGE_REGION_BYTES;
    }
    *scene = (struct scene){
        .lay = {.layout = layout, .at = at, .context = &damaged->image, .next = DAMAGE_HEAP},
        .globals = DAMAGE_GLOBALS,
        .sapi = DAMAGE_SAPI,
        .page = DAMAGE_PAGE,
        .page_end = DAMAGE_PAGE + DAMAGE_REGION_BYTES};
    scene_make(scene);
    scene_globals(scene, scene->frames[SCENE_DEPTH - 1]);
    damaged->used[0] = 512;
    damaged->used[1] = 512;
    damaged->used[2] = (uint32_t)(scene->top - DAMAGE_PAGE);
    damaged->used[3] = (uint32_t)(scene->lay.next - DAMAGE_HEAP);
}

void damaged_end(struct damaged *damaged)
{
    image_free(&damaged->image);
}

/* A place among those that were laid out, in steps of `step` bytes. */
static uint8_t *take_place(struct damaged *damaged, struct fuzz_input *input, uint32_t step)
{
    uint32_t total = 0, place;
    for (unsigned i = 0; i < 4; i++)
        total += damaged->used[i];
    place = (uint32_t)fuzz_u16(input) * step % total / step * step;
    for (unsigned i = 0; i < 4; i++) {
        if (place + 8 <= damaged->used[i])
            return damaged->image.segments[i].bytes + place;
        place = place > damaged->used[i] ? place - damaged->used[i] : 0;
    }
    return damaged->image.segments[3].bytes;
}

static uint64_t telling(const struct damaged *damaged, uint8_t which)
{
    const struct scene *scene = &damaged->scene;
    const uint64_t values[] = {
        0,
        1,
        8,
        UINT64_MAX,
        1ull << 63,
        UINT32_MAX,
        1ull << 52,
        0x7fffffff,
        DAMAGE_GLOBALS,
        DAMAGE_GLOBALS + DAMAGE_REGION_BYTES - 8,
        DAMAGE_PAGE,
        DAMAGE_PAGE + SCENE_PAGE_HEADER,
        DAMAGE_PAGE + DAMAGE_REGION_BYTES - 24,
        DAMAGE_HEAP,
        DAMAGE_HEAP + DAMAGE_REGION_BYTES - 24,
        DAMAGE_HEAP + DAMAGE_REGION_BYTES - 200,
        DAMAGE_HEAP + DAMAGE_REGION_BYTES,
        scene->frames[0],
        scene->frames[1],
        scene->frames[2],
        scene->frames[3],
        scene->top,
        scene->functions[0],
        scene->functions[1],
        scene->functions[2],
        scene->functions[3],
        scene->shop,
        scene->symbols,
        scene->server,
        scene->items,
        scene->counter,
        scene->request,
        scene->uri_bucket,
        scene->query,
        scene->var_names,
    };
    return values[which % (sizeof values / sizeof *values)];
}

static void put_word(uint8_t *place, uint64_t value)
{
    memcpy(place, &value, sizeof value);
}

int damaged_step(struct damaged *damaged, struct fuzz_input *input)
{
    enum step step = fuzz_u8(input) % STEPS;
    uint8_t *place;
    uint32_t small;

    if (input->left == 0 || step == STEP_SAMPLE)
        return 0;
    place = take_place(damaged, input, step == STEP_BYTE ? 1 : step == STEP_SMALL ? 4 : 8);
    switch (step) {
    case STEP_WORD:
        put_word(place, fuzz_u64(input));
        break;
    case STEP_TELLING:
        put_word(place, telling(damaged, fuzz_u8(input)));
        break;
    case STEP_SMALL:
        small = fuzz_u8(input);
        memcpy(place, &small, sizeof small);
        break;
    case STEP_BYTE:
        *place = fuzz_u8(input);
        break;
    case STEP_ADD:
        put_word(place, sb_u64(place) + (uint64_t)(int64_t)(int8_t)fuzz_u8(input));
        break;
    case STEP_COPY:
        put_word(place, sb_u64(take_place(damaged, input, 8)));
        break;
    default: {
        uint8_t which = fuzz_u8(input);
        damaged->image.segments[which % 4].len =
            which & 4 ? damaged->lengths[which % 4] : (uint32_t)(which >> 3) * 1024;
        break;
    }
    }
    return 1;
}
