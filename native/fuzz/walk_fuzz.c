/* Samples of a process whose memory is damaged between and before them: stacks with their lines,
 * variables and facts, and how they are written. */
#include "damage.h"
#include "sink.h"
#include "walk.h"

enum { STEPS_MAX = 400, READS_MAX = 40000 };

struct world {
    struct damaged damaged;
    struct sb_tables tables;
    struct sb_family family;
    struct sb_target *target;
    struct sb_walker walker;
    struct sb_trace trace;
    struct sb_sink sinks[2];
    uint64_t syscalls;
};

static struct sb_wanted wanted[12];
static struct sb_output output; /* opened once: it is large */

static uint32_t make_wanted(void)
{
    static const char *const globals[] = {"server.REQUEST_URI", "server.REQUEST_METHOD", "get.id",
                                          "globals.counter", "env.0"};
    static const enum sb_fact_kind kinds[] = {SB_FACT_URI,    SB_FACT_PATH, SB_FACT_QUERY,
                                              SB_FACT_COOKIE, SB_FACT_TIME, SB_FACT_MEMORY};
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        PROMISE(sb_wanted_parse(globals[i], &wanted[count++]));
    PROMISE(sb_wanted_parse_variable("items@/srv/shop/pay.php:1-99", &wanted[count++]));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        wanted[count] = (struct sb_wanted){.kind = kinds[i]};
        snprintf(wanted[count++].key, sizeof wanted->key, "kind %zu", i);
    }
    return count;
}

static const struct sb_layout *take_layout(struct fuzz_input *input)
{
    unsigned count = 0;
    while (sb_layout_at(count))
        count++;
    return sb_layout_at(fuzz_u8(input) % count);
}

static struct sb_target *new_target(struct world *world, uint32_t merge_gap)
{
    struct sb_target *target = calloc(1, sizeof *target);
    PROMISE(target != NULL);
    sb_stillness_start(&target->stillness, &world->syscalls);
    target->remote =
        (struct sb_remote){.pid = 1, .read = image_read, .context = &world->damaged.image};
    target->family = &world->family;
    target->merge_gap = merge_gap;
    return target;
}

static void set_up(struct world *world, struct fuzz_input *input)
{
    static const enum sb_sapi sapis[] = {SB_SAPI_FPM, SB_SAPI_CLI, SB_SAPI_APACHE};
    const uint8_t flags = fuzz_u8(input);
    const struct sb_layout *layout = take_layout(input);
    struct sb_walk_options options = {
        .max_depth = flags & 32 ? 3 : SB_DEPTH_LIMIT,
        .wanted = wanted,
        .wanted_count = flags & 4 ? make_wanted() : 0,
        .has_lines = (flags & 8) != 0,
        .has_variables = (flags & 4) != 0,
    };
    memset(world, 0, sizeof *world);
    damaged_start(&world->damaged, layout);
    world->family.php = (struct sb_php){.layout = layout,
                                        .executor_globals = DAMAGE_GLOBALS,
                                        .sapi_globals = DAMAGE_SAPI,
                                        .sapi = sapis[flags % 3]};
    if (flags & 64) { /* all functions are in memory that is not freed */
        world->family.php.stable[0] =
            (struct sb_span){DAMAGE_HEAP, DAMAGE_HEAP + DAMAGE_REGION_BYTES};
        world->family.php.stable_count = 1;
    }
    world->target = new_target(world, flags & 128 ? 4096 : 0);
    PROMISE(sb_walker_init(&world->walker, &world->tables, &options) == SB_OK);
    PROMISE(output.buffer || sb_output_open(&output, "/dev/null") == SB_OK);
    for (int i = 0; i < 2; i++)
        world->sinks[i] = (struct sb_sink){.ops = i ? &sb_stream_ops : &sb_text_ops,
                                           .output = &output,
                                           .tables = &world->tables,
                                           .options.period_ns = 1000,
                                           .options.style = sb_text_style()};
}

static void tear_down(struct world *world)
{
    sb_target_free(world->target);
    sb_functions_free(&world->family.stable);
    sb_walker_free(&world->walker);
    sb_tables_free(&world->tables);
    free(world->sinks[0].text.bytes);
    damaged_end(&world->damaged);
}

static void check_trace(const struct world *world)
{
    const struct sb_trace *trace = &world->trace;
    PROMISE(trace->depth <= SB_DEPTH_LIMIT && trace->facts->count <= SB_FACTS_MAX);
    for (uint32_t i = 0; i < trace->depth; i++)
        PROMISE(trace->frames[i] > 0 && trace->frames[i] <= world->tables.frame_count);
    for (uint32_t i = 0; i < trace->facts->count; i++) {
        const struct sb_fact *fact = &trace->facts->items[i];
        PROMISE(fact->len <= SB_VALUE_BYTES && fact->frame <= trace->depth);
        fuzz_touch(fact->key, fact->key_len);
        fuzz_touch(fact->value, fact->len);
    }
}

static void sample(struct world *world)
{
    const struct sb_tick tick = {.time_ns = 1, .weight = 1};
    struct sb_moment moment;
    enum sb_status status;

    world->damaged.image.reads = 0;
    status = sb_walk(&world->walker, world->target, &world->trace);
    PROMISE(status == SB_OK || status == SB_IDLE || status == SB_TORN || status == SB_READ_FAULT);
    PROMISE(world->damaged.image.reads < READS_MAX);
    if (status != SB_OK)
        return;
    check_trace(world);
    if (sb_moment_of(&world->tables, &world->trace, &moment) != SB_OK)
        return;
    for (int i = 0; i < 2; i++)
        PROMISE(world->sinks[i].ops->sample(&world->sinks[i], &moment, &tick) == SB_OK);
    output.start = output.end = output.mark = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct fuzz_input input = {data, size};
    struct sb_target *sibling;
    set_up(&world, &input);
    sample(&world);
    for (int step = 0; step < STEPS_MAX && input.left; step++)
        if (!damaged_step(&world.damaged, &input))
            sample(&world);
    for (int i = 0; i < 3; i++)
        sample(&world);
    sibling = new_target(&world, world.target->merge_gap);
    sb_target_inherit(sibling, world.target);
    sb_target_free(world.target);
    world.target = sibling;
    sample(&world);
    sample(&world);
    tear_down(&world);
    return 0;
}
