/* The walker on a process made of bytes: every way to misbehave. */
#include "world.h"

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
        reads_the_uri_that_the_web_server_sent(layout);
        survives_random_bytes(layout);
    }
    return 0;
}
