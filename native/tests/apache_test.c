/* The URI of a request under Apache, from well-formed and other memory. */
#include "apache.h"
#include "check.h"
#include "image.h"

enum {
    MEMORY = 0x100000,
    MEMORY_BYTES = 0x4000,
    CONTEXT = MEMORY,
    REQUEST = 0x101000,
    LINE = 0x102000
};

struct world {
    struct image image;
    struct sb_remote remote;
    struct sb_snapshot snapshot;
    struct sb_target *target;
    char uri[128];
};

static void set_up(struct world *world)
{
    memset(world, 0, sizeof *world);
    image_map(&world->image, MEMORY, MEMORY_BYTES);
    world->remote = (struct sb_remote){.pid = 1, .read = image_read, .context = &world->image};
    world->target = calloc(1, sizeof *world->target);
    world->snapshot = (struct sb_snapshot){
        .remote = &world->remote, .arena = malloc(SB_ARENA_BYTES), .late_stamp = 1};
    image_u64(&world->image, CONTEXT + 8, REQUEST);
    image_u64(&world->image, REQUEST + 48, LINE);
}

static void tear_down(struct world *world)
{
    sb_target_free(world->target);
    free(world->snapshot.arena);
    image_free(&world->image);
}

/* "-" where there is none. */
static const char *uri(struct world *world, uint64_t context)
{
    struct sb_peek peek = {.snapshot = &world->snapshot, .target = world->target};
    size_t len = 0;
    const char *text = sb_apache_uri(&peek, context, &len);
    world->target->ask_count = 0; /* nothing is remembered */
    snprintf(world->uri, sizeof world->uri, "%.*s", text ? (int)len : 1, text ? text : "-");
    return world->uri;
}

static const char *uri_of(struct world *world, const char *line)
{
    image_put(&world->image, LINE, line, strlen(line) + 1);
    return uri(world, CONTEXT);
}

static void takes_the_second_word_of_the_request_line(void)
{
    struct world world;
    set_up(&world);
    CHECK_TEXT(uri_of(&world, "GET /first?a=1 HTTP/1.1"), "/first?a=1");
    CHECK_TEXT(uri_of(&world, "POST  /two\tHTTP/2.0"), "/two");
    CHECK_TEXT(uri_of(&world, "GET http://shop.test/x?y"), "http://shop.test/x?y");
    CHECK_TEXT(uri_of(&world, "GET"), "-");
    CHECK_TEXT(uri_of(&world, " "), "-");
    CHECK_TEXT(uri_of(&world, ""), "-");
    tear_down(&world);
}

static void stands_pointers_to_nowhere(void)
{
    struct world world;
    set_up(&world);
    CHECK_TEXT(uri(&world, 0), "-");
    CHECK_TEXT(uri(&world, 1), "-");
    image_u64(&world.image, REQUEST + 48, 0);
    CHECK_TEXT(uri(&world, CONTEXT), "-");
    image_u64(&world.image, REQUEST + 48, UINT64_MAX - 2);
    CHECK_TEXT(uri(&world, CONTEXT), "-");
    image_u64(&world.image, CONTEXT + 8, 0);
    CHECK_TEXT(uri(&world, CONTEXT), "-");
    image_u64(&world.image, CONTEXT + 8, UINT64_MAX - 40); /* the pointer to the line wraps */
    CHECK_TEXT(uri(&world, CONTEXT), "-");
    tear_down(&world);
}

int main(void)
{
    takes_the_second_word_of_the_request_line();
    stands_pointers_to_nowhere();
    return 0;
}
