/* A process that plays PHP: its memory is laid out as that of a PHP in the middle of a request, and
 * then damaged in one way after another. The real sampler reads it as it reads any process.
 *
 *   fake_php VERSION [zts | debug | api | starting | broken]
 *
 * reads names of states from standard input, one per line, and answers each with the same line once
 * it is in that state. It ends with its input. */
#ifndef FAKE_H
#define FAKE_H

#include "../scene.h"
#include <pthread.h>
#include <stdatomic.h>

enum {
    FAKE_HEAP_BYTES = 4 << 20,
    FAKE_PAGE_BYTES = 256 << 10, /* of the VM stack */
    FAKE_PAGES = 12,
    FAKE_EDGE_BYTES = 64 << 10, /* whole pages on every machine */
};

struct fake {
    struct scene scene;
    uint64_t heap;
    uint64_t pages;   /* FAKE_PAGES of them, the first of a chunk left out */
    uint64_t edge;    /* the first address that is not mapped, after FAKE_EDGE_BYTES that are */
    unsigned page;    /* index of the newest */
    uint64_t current; /* the frame that will be current when the state is entered */
    pthread_t mover;
    void (*moves)(struct fake *fake); /* NULL: nothing moves */
    atomic_int is_stopping;
};

struct fake_state {
    const char *name;
    void (*make)(struct fake *fake);  /* once */
    void (*moves)(struct fake *fake); /* from then on, in a thread; until is_stopping */
};

/* Lists that end with a name of NULL. */
extern const struct fake_state fake_chains[], fake_functions[], fake_variables[], fake_lines[],
    fake_movers[];

static inline void fake_u64(struct fake *fake, uint64_t addr, uint64_t value)
{
    lay_u64(&fake->scene.lay, addr, value);
}

static inline void fake_u32(struct fake *fake, uint64_t addr, uint32_t value)
{
    lay_u32(&fake->scene.lay, addr, value);
}

static inline const struct sb_layout *fake_layout(const struct fake *fake)
{
    return fake->scene.lay.layout;
}

/* Makes a frame current, after everything that was written before. */
static inline void fake_publish(struct fake *fake, uint64_t frame)
{
    _Atomic uint64_t *current =
        (_Atomic uint64_t *)(uintptr_t)(fake->scene.globals + fake_layout(fake)->eg_current);
    atomic_store_explicit(current, frame, memory_order_release);
}

/* The page of the VM stack after the newest one. */
void fake_next_page(struct fake *fake);

/* Pushes a frame as scene_push does, on a new page when this one is full. */
uint64_t fake_push(struct fake *fake, uint64_t function, uint64_t prev, uint32_t slots);

/* Says which frame will be current, and sets the limits of the VM stack. */
void fake_set_current(struct fake *fake, uint64_t frame);

#endif
