/* The walker on a process made of bytes, laid out by the table of offsets: every way to misbehave.
 */
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

static uint64_t put_string(struct world *world, const char *text, uint64_t hash)
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
static void put_function_at(struct world *world, uint64_t at, const char *name, const char *file)
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

static uint64_t put_function(struct world *world, const char *name, const char *file)
{
    uint64_t at = world->code_end;
    world->code_end += 256;
    put_function_at(world, at, name, file);
    return at;
}

static uint64_t frame_at(unsigned depth)
{
    return BOTTOM + (uint64_t)depth * FRAME_STEP;
}

static void put_frame(struct world *world, uint64_t at, uint64_t function, uint64_t prev)
{
    const struct sb_layout *layout = world->layout;
    image_u64(&world->image, at + layout->ed_func, function);
    image_u64(&world->image, at + layout->ed_prev, prev);
    image_u64(&world->image, at + layout->ed_opline, CODE + 64);
}

static void put_globals(struct world *world, uint64_t current)
{
    const struct sb_layout *layout = world->layout;
    image_u64(&world->image, GLOBALS + layout->eg_vm_stack_top,
              current ? current + FRAME_STEP : BOTTOM);
    image_u64(&world->image, GLOBALS + layout->eg_vm_stack_end, PAGE + PAGE_BYTES);
    image_u64(&world->image, GLOBALS + layout->eg_vm_stack, PAGE);
    image_u64(&world->image, GLOBALS + layout->eg_current, current);
}

/* <main> calls one() calls two(). */
static void set_up(struct world *world, const struct sb_layout *layout)
{
    struct sb_walk_options options = {.max_depth = SB_DEPTH_LIMIT};
    memset(world, 0, sizeof *world);
    world->layout = layout;
    image_map(&world->image, GLOBALS, 2048);
    image_map(&world->image, PAGE, PAGE_BYTES);
    image_map(&world->image, CODE, CODE_BYTES);
    image_map(&world->image, SAPI, 0x4000);
    world->code_end = CODE + 1024;
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

static void tear_down(struct world *world)
{
    sb_target_free(world->target);
    sb_functions_free(&world->family.stable);
    sb_walker_free(&world->walker);
    sb_tables_free(&world->tables);
    image_free(&world->image);
}

static enum sb_status walk(struct world *world)
{
    return sb_walk(&world->walker, world->target, &world->trace);
}

/* Function names of the last trace, from the leaf on, joined by commas. */
static const char *names(const struct world *world)
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

static void reads_a_stack_in_one_call_once_it_knows_it(const struct sb_layout *layout)
{
    struct world world;
    unsigned before;
    set_up(&world, layout);
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "two,one,<main>");
    before = world.image.reads;
    CHECK(walk(&world) == SB_OK);
    CHECK(world.image.reads == before + 1);
    tear_down(&world);
}

static void is_idle_without_a_frame(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    put_globals(&world, 0);
    CHECK(walk(&world) == SB_IDLE);
    put_globals(&world, frame_at(1));
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "one,<main>");
    tear_down(&world);
}

/* The same addresses and pointers, other names: what ZendMM does between two requests. */
static void trusts_no_address(const struct sb_layout *layout)
{
    struct world world;
    uint64_t end;
    set_up(&world, layout);
    world.code_end = CODE + 0x4000;
    put_frame(&world, frame_at(2), put_function(&world, "alpha", "/srv/alpha.php"), frame_at(1));
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "alpha,one,<main>");
    end = world.code_end;
    world.code_end = CODE + 0x4000;
    put_frame(&world, frame_at(2), put_function(&world, "bravo", "/srv/bravo.php"), frame_at(1));
    CHECK(end == world.code_end);
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "bravo,one,<main>");
    tear_down(&world);
}

static void gives_up_on_impossible_chains(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    CHECK(walk(&world) == SB_OK);
    image_u64(&world.image, frame_at(0) + layout->ed_prev, frame_at(2)); /* a circle */
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(0) + layout->ed_prev, frame_at(0)); /* of one */
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(0) + layout->ed_prev, 0);
    image_u64(&world.image, frame_at(1) + layout->ed_prev, frame_at(0) + 4); /* misaligned */
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(1) + layout->ed_prev, 0x7fff00000000); /* unmapped */
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(1) + layout->ed_prev, UINT64_MAX & ~7ull); /* no address */
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(1) + layout->ed_prev, 0); /* not the bottom */
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(1) + layout->ed_prev, frame_at(0));
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "two,one,<main>");
    tear_down(&world);
}

static void gives_up_on_frames_that_overlap_or_stand_nowhere(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    image_u32(&world.image, frame_at(1) + layout->ed_num_args, 1); /* then two() starts too early */
    CHECK(walk(&world) == SB_TORN);
    image_u32(&world.image, frame_at(1) + layout->ed_num_args, 0x7fffffff);
    CHECK(walk(&world) == SB_TORN);
    image_u32(&world.image, frame_at(1) + layout->ed_num_args, 0);
    image_u64(&world.image, frame_at(1) + layout->ed_opline, CODE + 32 * 10);
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, frame_at(1) + layout->ed_opline, GLOBALS + 96);
    CHECK(walk(&world) == SB_OK);
    tear_down(&world);
}

static void skips_frames_without_a_function(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    put_frame(&world, frame_at(5), 0, frame_at(1));
    image_u64(&world.image, frame_at(2) + layout->ed_prev, frame_at(5));
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "two,one,<main>");
    tear_down(&world);
}

static void refuses_strange_functions_and_strings(const struct sb_layout *layout)
{
    struct world world;
    uint64_t function;
    set_up(&world, layout);
    function = put_function(&world, "three", "/srv/three.php");
    put_frame(&world, frame_at(2), function, frame_at(1));
    image_u64(&world.image, function + layout->fn_name, 0x7fff00000000);
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, function + layout->fn_name, CODE + 0x4000);
    image_u64(&world.image, CODE + 0x4000 + layout->str_len, 1ull << 63);
    CHECK(walk(&world) == SB_TORN);
    image_u64(&world.image, CODE + 0x4000 + layout->str_len, 1 << 19); /* runs out of the mapping */
    CHECK(walk(&world) == SB_OK || world.trace.depth == 0);
    image_u64(&world.image, CODE + 0x4000 + layout->str_len, 3);
    image_put(&world.image, CODE + 0x4000 + layout->str_val, "a\0b", 3);
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "a,one,<main>");
    image_at(&world.image, function, 1)[0] = 77;
    CHECK(walk(&world) == SB_TORN);
    put_frame(&world, frame_at(2), 0x7fff00000000, frame_at(1));
    CHECK(walk(&world) == SB_TORN);
    tear_down(&world);
}

static void reads_a_string_at_the_very_end_of_memory(const struct sb_layout *layout)
{
    struct world world;
    uint64_t function, at = CODE + CODE_BYTES - 32;
    set_up(&world, layout);
    function = put_function(&world, "x", "/srv/x.php");
    image_u64(&world.image, at + layout->str_hash, 99);
    image_u64(&world.image, at + layout->str_len, 7);
    image_put(&world.image, at + layout->str_val, "at_end", 7);
    image_u64(&world.image, at + layout->str_len, 6);
    image_u64(&world.image, function + layout->fn_name, at);
    put_frame(&world, frame_at(2), function, frame_at(1));
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "at_end,one,<main>");
    tear_down(&world);
}

static void cuts_at_the_depth_that_was_asked_for(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    world.walker.options.max_depth = 2;
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "two,one");
    CHECK(world.trace.is_truncated && !world.trace.is_endless);
    tear_down(&world);
}

static void notices_memory_that_goes_away(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    CHECK(walk(&world) == SB_OK);
    world.image.segments[2].len = 0; /* the functions */
    CHECK(walk(&world) == SB_TORN);
    world.image.segments[2].len = CODE_BYTES;
    CHECK(walk(&world) == SB_OK);
    world.image.segments[0].len = 0; /* the globals: the process has called exec */
    CHECK(walk(&world) == SB_READ_FAULT);
    tear_down(&world);
}

static void learns_anew_in_a_new_epoch(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    CHECK(walk(&world) == SB_OK);
    sb_tables_reset(&world.tables);
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "two,one,<main>");
    CHECK(world.tables.frame_count == 3);
    tear_down(&world);
}

/* The counters that say so are part of every reading: not one sample has an old name. */
static void notices_that_opcache_started_over(const struct sb_layout *layout)
{
    const uint64_t restarts = CODE + 0x6000;
    const char *const scripts[] = {"alpha", "bravo", "delta"};
    struct world world;
    set_up(&world, layout);
    world.family.php.stable[world.family.php.stable_count++] =
        (struct sb_span){CODE, CODE + CODE_BYTES};
    world.family.php.restarts = restarts;
    for (uint64_t i = 0; i < 3; i++) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "%s,one,<main>", scripts[i]);
        image_u64(&world.image, restarts + 8 * (i % 2), i);
        world.code_end = CODE + 0x4000;
        put_frame(&world, frame_at(2), put_function(&world, scripts[i], "/srv/same.php"),
                  frame_at(1));
        for (int again = 0; again < 4; again++) {
            CHECK(walk(&world) == SB_OK);
            CHECK_TEXT(names(&world), wanted);
        }
        CHECK(world.family.stable.count == 2); /* <main> has no name and is never stable */
    }
    tear_down(&world);
}

/* A generator's frame lies anywhere in PHP's heap, even where a page of the VM stack would start.
 */
static void takes_no_generator_for_the_outermost_frame(const struct sb_layout *layout)
{
    const uint64_t places[] = {SAPI + 0x1040, SAPI + 0x1020};
    for (int i = 0; i < 2; i++) {
        struct world world;
        uint64_t function;
        set_up(&world, layout);
        function = put_function(&world, "steps", "/srv/steps.php");
        put_frame(&world, places[i], function, 0);
        put_frame(&world, frame_at(2), put_function(&world, "two", "/srv/two.php"), places[i]);
        image_u32(&world.image, function + layout->fn_flags, layout->generator);
        CHECK(walk(&world) == SB_TORN);
        put_frame(&world, places[i], function, frame_at(1));
        CHECK(walk(&world) == SB_OK);
        CHECK_TEXT(names(&world), "two,steps,one,<main>");
        tear_down(&world);
    }
}

/* Closures and trampolines are checked in each reading, wherever they lie. */
static void keeps_no_closure_as_stable(const struct sb_layout *layout)
{
    for (uint32_t flag = 1; flag; flag <<= 1) {
        struct world world;
        uint64_t function;
        set_up(&world, layout);
        world.family.php.stable[world.family.php.stable_count++] =
            (struct sb_span){CODE, CODE + CODE_BYTES};
        function = put_function(&world, "alpha", "/srv/alpha.php");
        image_u32(&world.image, function + layout->fn_flags, flag);
        put_frame(&world, frame_at(2), function, frame_at(1));
        CHECK(walk(&world) == SB_OK);
        CHECK(world.family.stable.count == (flag & layout->fleeting ? 1 : 2));
        tear_down(&world);
    }
}

static const char *fact(const struct world *world)
{
    static char text[64];
    text[0] = '\0';
    if (world->trace.facts->count)
        snprintf(text, sizeof text, "%.*s", (int)world->trace.facts->items[0].len,
                 world->trace.facts->items[0].value);
    return text;
}

static void put_uri(struct world *world, const char *uri)
{
    const uint64_t request = SAPI + 0x400, bucket = SAPI + 0x3000, text = SAPI + 0x3100;
    image_u64(&world->image, SAPI + world->layout->sg_context, request);
    image_u64(&world->image, request + world->layout->fcgi_env + 8 * (1955 % 128), bucket);
    image_u32(&world->image, bucket, 1955);
    image_u32(&world->image, bucket + 4, 11);
    image_u64(&world->image, bucket + 8, text);
    image_put(&world->image, text, "REQUEST_URI", 12);
    image_u32(&world->image, bucket + 16, (uint32_t)strlen(uri));
    image_u64(&world->image, bucket + 24, text + 16);
    image_put(&world->image, text + 16, uri, strlen(uri) + 1);
}

static void reads_the_uri_that_the_web_server_sent(const struct sb_layout *layout)
{
    static struct sb_wanted wanted;
    struct world world;
    set_up(&world, layout);
    CHECK(sb_wanted_parse("server.REQUEST_URI", &wanted));
    world.walker.options.wanted = &wanted;
    world.walker.options.wanted_count = 1;
    put_uri(&world, "/first?a=1");
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(fact(&world), "/first?a=1");
    put_uri(&world, "/second");
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(fact(&world), "/second");
    image_u32(&world.image, SAPI + 0x3000 + 16, UINT32_MAX); /* a length beyond the mapping */
    CHECK(walk(&world) == SB_OK);
    image_u64(&world.image, SAPI + 0x3000 + 32, SAPI + 0x3000); /* a circle of buckets */
    image_u32(&world.image, SAPI + 0x3000, 1);
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(fact(&world), "");
    image_u64(&world.image, SAPI + world.layout->sg_context, 1);
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(fact(&world), "");
    tear_down(&world);
}

/* Random damage: whatever the bytes are, the walker ends, and within its bounds. */
static void survives_random_bytes(const struct sb_layout *layout)
{
    static struct sb_wanted wanted[2];
    struct world world;
    uint64_t seed = 42;
    set_up(&world, layout);
    CHECK(sb_wanted_parse("server.REQUEST_URI", &wanted[0]));
    CHECK(sb_wanted_parse("globals.x", &wanted[1]));
    world.walker.options.wanted = wanted;
    world.walker.options.wanted_count = 2;
    put_uri(&world, "/x");
    for (int round = 0; round < 20000; round++) {
        unsigned segment = (unsigned)(sb_mix(seed++) % world.image.count);
        uint64_t at = sb_mix(seed++) % world.image.segments[segment].len;
        uint64_t value = sb_mix(seed++);
        uint8_t *byte = &world.image.segments[segment].bytes[at & ~7ull], old[8];
        memcpy(old, byte, 8);
        if (value % 3 == 0)
            value = frame_at((unsigned)(value >> 8) % 16);
        memcpy(byte, &value, 8);
        walk(&world);
        CHECK(world.trace.depth <= SB_DEPTH_LIMIT);
        if (sb_tables_are_full(&world.tables))
            sb_tables_reset(&world.tables);
        memcpy(byte, old, 8);
    }
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(names(&world), "two,one,<main>");
    tear_down(&world);
}

int main(void)
{
    const struct sb_layout *layout;
    for (unsigned i = 0; (layout = sb_layout_at(i)) != NULL; i++) {
        reads_a_stack_in_one_call_once_it_knows_it(layout);
        is_idle_without_a_frame(layout);
        trusts_no_address(layout);
        gives_up_on_impossible_chains(layout);
        gives_up_on_frames_that_overlap_or_stand_nowhere(layout);
        skips_frames_without_a_function(layout);
        refuses_strange_functions_and_strings(layout);
        reads_a_string_at_the_very_end_of_memory(layout);
        cuts_at_the_depth_that_was_asked_for(layout);
        notices_memory_that_goes_away(layout);
        learns_anew_in_a_new_epoch(layout);
        notices_that_opcache_started_over(layout);
        takes_no_generator_for_the_outermost_frame(layout);
        keeps_no_closure_as_stable(layout);
        reads_the_uri_that_the_web_server_sent(layout);
        survives_random_bytes(layout);
    }
    return 0;
}
