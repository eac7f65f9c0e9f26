/* Functions that stay where they are, and those that seem to. */
#include "world.h"

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

int main(void)
{
    for (unsigned i = 0; sb_layout_at(i); i++) {
        const struct sb_layout *layout = sb_layout_at(i);
        notices_that_opcache_started_over(layout);
        takes_no_generator_for_the_outermost_frame(layout);
        keeps_no_closure_as_stable(layout);
    }
    return 0;
}
