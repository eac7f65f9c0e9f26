/* The memory of the fake, its identity as PHP, and its commands. */
#include "fake.h"
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 2 << 20, MODULE_BYTES = 168, API_NONE = 20991231 };

/* What the sampler looks for among the dynamic symbols. */
_Alignas(16) uint8_t executor_globals[4096];
_Alignas(16) uint8_t sapi_globals[1024];
_Alignas(16) uint8_t module_registry[64];
const char *sapi_module[1] = {"fpm-fcgi"};

static uint8_t module_entry[MODULE_BYTES];
static uint64_t registry_data[4];

static uint8_t *at(void *context, uint64_t addr, uint64_t len)
{
    (void)context;
    (void)len;
    return (uint8_t *)(uintptr_t)addr;
}

static uint64_t map(uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return (uint64_t)(uintptr_t)memory;
}

/* zend_module_entry of the module "Core", and the table that leads to it. */
static void register_core(const struct sb_layout *layout, const char *kind)
{
    const uint64_t entry = (uint64_t)(uintptr_t)module_entry;
    const uint64_t data = (uint64_t)(uintptr_t)registry_data;
    const uint32_t api = strcmp(kind, "api") == 0 ? API_NONE : layout->api;
    static const char version[] = "9.9.9-fake and more text than is read";
    const uint64_t text = (uint64_t)(uintptr_t)version;

    memcpy(module_entry + 4, &api, sizeof api);
    module_entry[8] = strcmp(kind, "debug") == 0;
    module_entry[9] = strcmp(kind, "zts") == 0;
    memcpy(module_entry + 88, &text, sizeof text);
    registry_data[0] = strcmp(kind, "broken") == 0 ? 8 : entry;
    if (strcmp(kind, "starting") != 0)
        memcpy(module_registry + 16, &data, sizeof data);
}

static void reset(struct fake *fake, const struct sb_layout *layout)
{
    fake->scene = (struct scene){
        .lay = {.layout = layout, .at = at, .next = fake->heap},
        .globals = (uint64_t)(uintptr_t)executor_globals,
        .sapi = (uint64_t)(uintptr_t)sapi_globals,
        .page = fake->pages,
        .page_end = fake->pages + FAKE_PAGE_BYTES,
    };
    fake->page = 0;
    fake_publish(fake, 0);
    /* Whatever a state has taken away comes back, zeroed. */
    if (mmap((void *)(uintptr_t)fake->pages, FAKE_PAGES * (uint64_t)FAKE_PAGE_BYTES,
             PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        abort();
    memset((void *)(uintptr_t)(fake->edge - FAKE_EDGE_BYTES), 0, FAKE_EDGE_BYTES);
    scene_make(&fake->scene);
    fake->current = fake->scene.frames[SCENE_DEPTH - 1];
}

static void set_up(struct fake *fake, const struct sb_layout *layout)
{
    uint64_t memory = map((uint64_t)CHUNK * 3);
    memory = (memory + CHUNK - 1) & ~(uint64_t)(CHUNK - 1);
    fake->pages = memory + FAKE_PAGE_BYTES; /* the allocator's own data is in front */
    fake->heap = map(FAKE_HEAP_BYTES);
    fake->edge = map(2 * (uint64_t)FAKE_EDGE_BYTES) + FAKE_EDGE_BYTES;
    munmap((void *)(uintptr_t)fake->edge, FAKE_EDGE_BYTES);
    reset(fake, layout);
    fake_publish(fake, fake->current);
}

void fake_next_page(struct fake *fake)
{
    const uint64_t old = fake->scene.page;
    if (++fake->page == FAKE_PAGES)
        abort();
    fake->scene.page = fake->pages + fake->page * (uint64_t)FAKE_PAGE_BYTES;
    fake->scene.page_end = fake->scene.page + FAKE_PAGE_BYTES;
    fake->scene.top = fake->scene.page + SCENE_PAGE_HEADER;
    fake_u64(fake, fake->scene.page + 16, old); /* zend_vm_stack.prev */
}

uint64_t fake_push(struct fake *fake, uint64_t function, uint64_t prev, uint32_t slots)
{
    if (fake->scene.top + scene_frame_bytes(slots) > fake->scene.page_end)
        fake_next_page(fake);
    return scene_push(&fake->scene, function, prev, slots);
}

void fake_set_current(struct fake *fake, uint64_t frame)
{
    scene_globals(&fake->scene, 0);
    fake->current = frame;
}

static void *move(void *context)
{
    struct fake *fake = context;
    fake->moves(fake);
    return NULL;
}

static void stop_moving(struct fake *fake)
{
    if (!fake->moves)
        return;
    atomic_store(&fake->is_stopping, 1);
    pthread_join(fake->mover, NULL);
    atomic_store(&fake->is_stopping, 0);
    fake->moves = NULL;
}

static int enter(struct fake *fake, const char *name)
{
    const struct fake_state *const lists[] = {fake_chains, fake_functions, fake_variables,
                                              fake_lines, fake_movers};
    stop_moving(fake);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const struct fake_state *state = lists[i]; state->name; state++)
            if (strcmp(state->name, name) == 0) {
                reset(fake, fake_layout(fake));
                if (state->make)
                    state->make(fake);
                fake_publish(fake, fake->current);
                fake->moves = state->moves;
                return !fake->moves || pthread_create(&fake->mover, NULL, move, fake) == 0;
            }
    return 0;
}

/* The parent of a vfork waits in the kernel, where nothing can stop it, until the child is gone. */
static void wait_for_child(void)
{
    const struct timespec time = {2, 0};
    if (vfork() == 0) {
        nanosleep(&time, NULL);
        _exit(0);
    }
}

/* A process with threads is read at every tick, although it sleeps. */
static void *sleep_for_ever(void *context)
{
    for (;;)
        pause();
    return context;
}

int main(int argc, char **argv)
{
    static struct fake fake;
    const struct sb_layout *layout;
    pthread_t sleeper;
    char line[64];

    for (unsigned i = 0; (layout = sb_layout_at(i)) != NULL; i++)
        if (argc > 1 && layout->version == (unsigned)atoi(argv[1]))
            break;
    if (!layout) {
        fprintf(stderr, "fake_php: the table has no row for that version\n");
        return 2;
    }
    set_up(&fake, layout);
    register_core(layout, argc > 2 ? argv[2] : "");
    if (pthread_create(&sleeper, NULL, sleep_for_ever, NULL) != 0)
        return 2;
    puts("good");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "exec ", 5) == 0) {
            char *const arguments[] = {argv[0], line + 5, NULL};
            execv("/proc/self/exe", arguments);
        }
        if (strcmp(line, "vfork") != 0 && !enter(&fake, line))
            fprintf(stderr, "fake_php: no state '%s'\n", line);
        else
            puts(line);
        fflush(stdout);
        if (strcmp(line, "vfork") == 0)
            wait_for_child();
    }
    return 0;
}
