/* A PHP process made of bytes, laid out by the table of offsets: <main> calls one() calls two(). */
#ifndef SB_WORLD_H
#define SB_WORLD_H

#include "bytes.h"
#include "check.h"
#include "image.h"
#include "walk.h"

enum {
    GLOBALS = 0x100000,
    PAGE = 0x200000, /* of the VM stack */
    PAGE_BYTES = 0x4000,
    CODE = 0x300000, /* functions, classes, strings, opcodes */
    CODE_BYTES = 0x8000,
    SAPI = 0x400000, /* sapi_globals and what hangs on it */
    BOTTOM = PAGE + 32,
    FRAME_STEP = 16 * 8, /* 5 slots for the frame and 3 for variables */
    SLOTS = 3,
    PLACE = CODE + 64, /* the instruction that all frames stand at: a call */
    OPCODE = 28,       /* zend_op.opcode */
    DO_UCALL = 130,
};

struct world {
    const struct sb_layout *layout;
    struct image image;
    struct sb_tables tables;
    struct sb_walker walker;
    struct sb_family family;
    struct sb_target *target;
    struct sb_trace trace;
    uint64_t code_end;
};

static inline uint64_t put_string(struct world *world, const char *text, uint64_t hash)
{
    const struct sb_layout *layout = world->layout;
    uint64_t at = world->code_end;
    image_u64(&world->image, at + layout->str_hash, hash);
    image_u64(&world->image, at + layout->str_len, strlen(text));
    image_put(&world->image, at + layout->str_val, text, strlen(text) + 1);
    world->code_end += (layout->str_val + strlen(text) + 8) & ~7ull;
    return at;
}

/* A user function at a place of one's choice, with `SLOTS` variables and 10 opcodes. */
static inline void put_function_at(struct world *world, uint64_t at, const char *name,
                                   const char *file)
{
    const struct sb_layout *layout = world->layout;
    struct image *image = &world->image;
    image_at(image, at, 1)[0] = SB_USER_FUNCTION;
    image_u64(image, at + layout->fn_name,
              name ? put_string(world, name, sb_hash(name, strlen(name))) : 0);
    image_u64(image, at + layout->op_filename, put_string(world, file, 0));
    image_u32(image, at + layout->op_line_start, 10);
    image_u64(image, at + layout->op_opcodes, CODE);
    image_u32(image, at + layout->op_last, 10);
    image_u32(image, at + layout->op_last_var, SLOTS);
}

static inline uint64_t put_function(struct world *world, const char *name, const char *file)
{
    uint64_t at = world->code_end;
    world->code_end += 256;
    put_function_at(world, at, name, file);
    return at;
}

static inline uint64_t frame_at(unsigned depth)
{
    return BOTTOM + (uint64_t)depth * FRAME_STEP;
}

static inline void put_frame(struct world *world, uint64_t at, uint64_t function, uint64_t prev)
{
    const struct sb_layout *layout = world->layout;
    image_u64(&world->image, at + layout->ed_func, function);
    image_u64(&world->image, at + layout->ed_prev, prev);
    image_u64(&world->image, at + layout->ed_opline, PLACE);
}

static inline void put_globals(struct world *world, uint64_t current)
{
    const struct sb_layout *layout = world->layout;
    image_u64(&world->image, GLOBALS + layout->eg_vm_stack_top,
              current ? current + FRAME_STEP : BOTTOM);
    image_u64(&world->image, GLOBALS + layout->eg_vm_stack_end, PAGE + PAGE_BYTES);
    image_u64(&world->image, GLOBALS + layout->eg_vm_stack, PAGE);
    image_u64(&world->image, GLOBALS + layout->eg_current, current);
}

/* <main> calls one() calls two(). */
static inline void set_up(struct world *world, const struct sb_layout *layout)
{
    struct sb_walk_options options = {.max_depth = SB_DEPTH_LIMIT};
    memset(world, 0, sizeof *world);
    world->layout = layout;
    image_map(&world->image, GLOBALS, 2048);
    image_map(&world->image, PAGE, PAGE_BYTES);
    image_map(&world->image, CODE, CODE_BYTES);
    image_map(&world->image, SAPI, 0x4000);
    world->code_end = CODE + 1024;
    image_u32(&world->image, PLACE + OPCODE, DO_UCALL);
    world->family.php = (struct sb_php){
        .layout = layout, .executor_globals = GLOBALS, .sapi_globals = SAPI, .sapi = SB_SAPI_FPM};
    world->target = calloc(1, sizeof *world->target);
    world->target->remote =
        (struct sb_remote){.pid = 1, .read = image_read, .context = &world->image};
    world->target->family = &world->family;
    world->target->merge_gap = 4096;
    CHECK(sb_walker_init(&world->walker, &world->tables, &options) == SB_OK);
    put_frame(world, frame_at(0), put_function(world, NULL, "/srv/main.php"), 0);
    put_frame(world, frame_at(1), put_function(world, "one", "/srv/one.php"), frame_at(0));
    put_frame(world, frame_at(2), put_function(world, "two", "/srv/two.php"), frame_at(1));
    put_globals(world, frame_at(2));
}

static inline void tear_down(struct world *world)
{
    sb_target_free(world->target);
    sb_functions_free(&world->family.stable);
    sb_walker_free(&world->walker);
    sb_tables_free(&world->tables);
    image_free(&world->image);
}

static inline enum sb_status walk(struct world *world)
{
    return sb_walk(&world->walker, world->target, &world->trace);
}

/* Function names of the last trace, from the leaf on, joined by commas. */
static inline const char *names(const struct world *world)
{
    static char text[4096];
    size_t at = 0;
    for (uint32_t i = 0; i < world->trace.depth && at < sizeof text - 300; i++) {
        size_t len;
        const char *name = sb_tables_text(
            &world->tables, world->tables.frames[world->trace.frames[i] - 1].function, &len);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s", i ? "," : "", (int)len, name);
    }
    text[at] = '\0';
    return text;
}

#endif
