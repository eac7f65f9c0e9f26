/* Memory that changes while it is read, in the order in which PHP writes it. */
#include "fake.h"
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    TREE_DEPTH = 12,
    CALLEES = 3, /* of each function of the tree */
    REQUEST_NS = 200000,
    VANISH_NS = 300000,
    LIFE_NS = 150000000, /* of a process that ends on its own */
};

/* Where the mover stands: functions by depth and place; all in a row of equal sizes or not. */
struct mover {
    struct fake *fake;
    uint64_t functions[TREE_DEPTH][CALLEES][CALLEES];
    uint64_t frames[TREE_DEPTH + 1];
    unsigned places[TREE_DEPTH + 1]; /* which callee of its caller each is */
    unsigned depth;
    uint64_t seed;
};

static void pause_ns(long ns)
{
    const struct timespec time = {0, ns};
    nanosleep(&time, NULL);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint32_t random_below(struct mover *mover, uint32_t limit)
{
    return (uint32_t)(sb_mix(mover->seed++) >> 32) % limit;
}

static void set_top(struct fake *fake, uint64_t top)
{
    _Atomic uint64_t *place =
        (_Atomic uint64_t *)(uintptr_t)(fake->scene.globals + fake_layout(fake)->eg_vm_stack_top);
    fake->scene.top = top;
    atomic_store_explicit(place, top, memory_order_release);
}

/* f<depth>_<caller's place>_<own place>: only those whose places agree can be in one stack. */
static void make_tree(struct mover *mover)
{
    for (unsigned depth = 0; depth < TREE_DEPTH; depth++)
        for (unsigned caller = 0; caller < CALLEES; caller++)
            for (unsigned own = 0; own < CALLEES; own++) {
                char name[32];
                snprintf(name, sizeof name, "f%u_%u_%u", depth, caller, own);
                mover->functions[depth][caller][own] =
                    scene_function(&mover->fake->scene, name, 0, "/srv/shop/tree.php", depth + 1);
            }
    mover->frames[0] = mover->fake->scene.frames[0];
    mover->depth = 0;
    set_top(mover->fake, mover->fake->scene.frames[1]);
    fake_publish(mover->fake, mover->frames[0]);
}

/* As DO_UCALL: the frame is made on top of the stack and linked, then it is the current one. */
static void call(struct mover *mover)
{
    struct fake *fake = mover->fake;
    const unsigned place = random_below(mover, CALLEES);
    const uint64_t at = fake->scene.top;
    const uint64_t function = mover->functions[mover->depth][mover->places[mover->depth]][place];
    const struct lay_frame frame = {.opline = scene_opcodes_of(&fake->scene, function),
                                    .function = function,
                                    .prev = mover->frames[mover->depth]};
    uint64_t caller;
    lay_frame(&fake->scene.lay, at, &frame);
    set_top(fake, at + scene_frame_bytes(SCENE_VARS));
    /* Each callee is called from an instruction of its own. */
    memcpy(&caller, (void *)(uintptr_t)(frame.prev + fake_layout(fake)->ed_func), sizeof caller);
    fake_u64(fake, frame.prev + fake_layout(fake)->ed_opline,
             scene_opcodes_of(&fake->scene, caller) + (1 + place) * SCENE_OPLINE_BYTES);
    mover->frames[++mover->depth] = at;
    mover->places[mover->depth] = place;
    fake_publish(fake, at);
}

static void leave(struct mover *mover)
{
    const uint64_t at = mover->frames[mover->depth--];
    fake_publish(mover->fake, mover->frames[mover->depth]);
    set_top(mover->fake, at);
}

/* Up and down the tree of calls, a few microseconds in each function. */
static void churn_for(struct fake *fake, uint64_t until_ns)
{
    static struct mover mover;
    fake_publish(fake, 0);
    mover = (struct mover){.fake = fake, .seed = 7};
    make_tree(&mover);
    while (!atomic_load(&fake->is_stopping) && (until_ns == 0 || now_ns() < until_ns)) {
        const uint64_t until = now_ns() + 200 + random_below(&mover, 6000);
        if (mover.depth == 0 || (mover.depth < TREE_DEPTH && random_below(&mover, 2)))
            call(&mover);
        else
            leave(&mover);
        while (now_ns() < until)
            ;
    }
}

static void churn_until_stopped(struct fake *fake)
{
    churn_for(fake, 0);
}

static void churn_and_exit(struct fake *fake)
{
    churn_for(fake, now_ns() + LIFE_NS);
    if (!atomic_load(&fake->is_stopping))
        _exit(7);
}

static void churn_and_die(struct fake *fake)
{
    churn_for(fake, now_ns() + LIFE_NS);
    if (!atomic_load(&fake->is_stopping))
        raise(SIGKILL);
}

/* One request after the other at the same addresses, with other names of equal lengths. */
static void take_requests(struct fake *fake)
{
    static const char *const names[] = {"alpha_in", "bravo_in"}, *const outer[] = {"alpha",
                                                                                   "bravo"};
    struct lay *lay = &fake->scene.lay;
    const uint64_t in = lay_take(lay, 64), out = lay_take(lay, 64);
    fake_publish(fake, 0);
    fake_u64(fake, fake->scene.functions[2] + fake_layout(fake)->fn_name, in);
    fake_u64(fake, fake->scene.functions[1] + fake_layout(fake)->fn_name, out);
    for (unsigned turn = 0; !atomic_load(&fake->is_stopping); turn++) {
        const char *in_name = names[turn % 2], *out_name = outer[turn % 2];
        fake_publish(fake, 0);
        lay_string_at(lay, in, in_name, 8, 0);
        lay_string_at(lay, out, out_name, 5, 0);
        fake_u64(fake, in + fake_layout(fake)->str_hash, lay_hash(in_name, 8));
        fake_u64(fake, out + fake_layout(fake)->str_hash, lay_hash(out_name, 5));
        fake_publish(fake, fake->scene.frames[3]);
        pause_ns(REQUEST_NS);
    }
}

/* The newest page of the VM stack goes, with the frames on it, and comes back. */
static void take_pages_away(struct fake *fake)
{
    const struct scene first = fake->scene;
    uint64_t frame;
    fake_next_page(fake);
    const uint64_t page = fake->scene.page;
    const struct scene second = fake->scene;
    while (!atomic_load(&fake->is_stopping)) {
        fake->scene = second;
        frame = scene_push(&fake->scene, first.functions[2], first.frames[3], SCENE_VARS);
        frame = scene_push(&fake->scene, first.functions[3], frame, 0);
        scene_globals(&fake->scene, first.frames[3]);
        fake_publish(fake, frame);
        pause_ns(VANISH_NS);
        fake_publish(fake, first.frames[3]);
        scene_globals(&first, first.frames[3]);
        munmap((void *)(uintptr_t)page, FAKE_PAGE_BYTES);
        pause_ns(VANISH_NS);
        if (mmap((void *)(uintptr_t)page, FAKE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            abort();
    }
}

/* Random words anywhere, for as long as it is asked for. */
static void make_noise(struct fake *fake)
{
    struct mover mover = {.fake = fake, .seed = 3};
    const struct sb_span places[] = {
        {fake->scene.globals, fake->scene.globals + 1024},
        {fake->scene.sapi, fake->scene.sapi + 512},
        {fake->pages, fake->pages + 1024},
        {fake->heap, fake->scene.lay.next},
    };
    while (!atomic_load(&fake->is_stopping)) {
        const struct sb_span *place = &places[random_below(&mover, 4)];
        const uint64_t words = (place->end - place->start) / 8;
        uint64_t value = sb_mix(mover.seed++);
        if (value % 2)
            value = places[value / 2 % 4].start + value / 64 % 512 * 8;
        fake_u64(fake, place->start + 8 * (uint64_t)random_below(&mover, (uint32_t)words), value);
        if (value % 64 == 0) {
            scene_globals(&fake->scene, fake->scene.frames[3]);
            pause_ns(1000);
        }
    }
}

const struct fake_state fake_movers[] = {
    {"churn", .moves = churn_until_stopped},
    {"exit", .moves = churn_and_exit},
    {"kill", .moves = churn_and_die},
    {"requests", .moves = take_requests},
    {"vanish", .moves = take_pages_away},
    {"noise", .moves = make_noise},
    {.name = NULL},
};
