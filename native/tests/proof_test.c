/* Which pairs of caller and callee are believed, in stacks that hold still and in such as do not.
 */
#include "world.h"
#include <time.h>

enum { DOUBTS = 5, ATTEMPTS = 10 };

static const struct sb_layout *layout_now; /* of the hooks below */

/* Attempts of one walk. */
static uint64_t attempts_of(struct world *world, enum sb_status wanted)
{
    const uint64_t before = world->walker.attempts;
    CHECK(walk(world) == wanted);
    return world->walker.attempts - before;
}

static void set_top(struct image *image, uint64_t top)
{
    image_u64(image, GLOBALS + layout_now->eg_vm_stack_top, top);
}

/* The process calls something, and it returns, while the windows are read: only the copy of the
 * globals in the middle tells. */
static void move_in_the_middle(struct image *image, size_t number)
{
    set_top(image, frame_at(number == 2 ? 4 : 3));
}

static void move_at_the_end(struct image *image, size_t number)
{
    set_top(image, frame_at(number > 2 ? 4 : 3));
}

static void move_one_to(struct world *world, uint64_t opline)
{
    image_u64(&world->image, frame_at(1) + world->layout->ed_opline, opline);
}

/* Walks until nothing is left to be learned of functions. */
static void warm_up(struct world *world, const struct sb_layout *layout)
{
    layout_now = layout;
    set_up(world, layout);
    CHECK(walk(world) == SB_OK);
    CHECK(attempts_of(world, SB_OK) == 1);
}

static void believes_what_calls_at_once(const struct sb_layout *layout)
{
    struct world world;
    warm_up(&world, layout);
    image_u32(&world.image, PLACE + 32 + OPCODE, DO_UCALL);
    move_one_to(&world, PLACE + 32);
    CHECK(attempts_of(&world, SB_OK) == 1);
    tear_down(&world);
}

/* As a generator is resumed, or a destructor: the first such stack is read several times. */
static void believes_other_pairs_of_a_still_stack_after_doubts(const struct sb_layout *layout)
{
    struct world world;
    warm_up(&world, layout);
    move_one_to(&world, PLACE + 32);
    CHECK(attempts_of(&world, SB_OK) == DOUBTS + 1);
    CHECK(attempts_of(&world, SB_OK) == 1);
    tear_down(&world);
}

static void believes_a_moving_stack_at_known_places(const struct sb_layout *layout)
{
    struct world world;
    warm_up(&world, layout);
    world.image.before_range = move_in_the_middle;
    CHECK(attempts_of(&world, SB_OK) == 1);
    tear_down(&world);
}

static void doubts_new_pairs_of_a_moving_stack(const struct sb_layout *layout,
                                               void (*moves)(struct image *, size_t))
{
    struct world world;
    warm_up(&world, layout);
    world.image.before_range = moves;
    move_one_to(&world, PLACE + 32);
    CHECK(attempts_of(&world, SB_TORN) == ATTEMPTS); /* a caller that has called nothing yet */
    image_u32(&world.image, PLACE + 32 + OPCODE, DO_UCALL);
    CHECK(attempts_of(&world, SB_OK) == DOUBTS + 1);
    CHECK(attempts_of(&world, SB_OK) == DOUBTS + 1); /* nothing is learned of it */
    tear_down(&world);
}

/* As when the sampler loses its CPU within the system call. */
static void wait_in_the_first_reading(struct image *image)
{
    const struct timespec pause = {0, 5000000};
    nanosleep(&pause, NULL);
    image->before = NULL;
}

static void wait_in_every_reading(struct image *image)
{
    wait_in_the_first_reading(image);
    image->before = wait_in_every_reading;
}

static void believes_no_reading_that_was_interrupted(const struct sb_layout *layout)
{
    struct world world;
    warm_up(&world, layout);
    world.image.before = wait_in_the_first_reading;
    CHECK(attempts_of(&world, SB_OK) > 1);
    world.image.before = wait_in_every_reading; /* a machine that is so slow */
    CHECK(attempts_of(&world, SB_OK) == ATTEMPTS);
    tear_down(&world);
}

int main(void)
{
    believes_no_reading_that_was_interrupted(sb_layout_at(0));
    for (unsigned i = 0; sb_layout_at(i); i++) {
        const struct sb_layout *layout = sb_layout_at(i);
        believes_what_calls_at_once(layout);
        believes_other_pairs_of_a_still_stack_after_doubts(layout);
        believes_a_moving_stack_at_known_places(layout);
        doubts_new_pairs_of_a_moving_stack(layout, move_in_the_middle);
        doubts_new_pairs_of_a_moving_stack(layout, move_at_the_end);
    }
    return 0;
}
