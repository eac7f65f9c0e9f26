/* What is written about names and facts that may be any bytes, by both formats and with little
 * room. */
#include "fuzz.h"
#include "sink.h"
#include "walk.h"

enum { FRAMES_MAX = 40, FACTS_MAX = 12, STREAM_TYPES = 12 };

struct world {
    struct sb_tables tables;
    struct sb_sink sink;
    struct sb_facts facts;
    struct sb_trace trace;
    size_t filled; /* bytes of the output that are not ours */
};

static struct sb_output output; /* opened once: it is large */

static uint32_t take_string(struct world *world, struct fuzz_input *input)
{
    size_t len = fuzz_u8(input) % 32;
    char *bytes = malloc(len + 1);
    uint32_t id;
    PROMISE(bytes != NULL);
    fuzz_take(input, bytes, len);
    id = sb_tables_string(&world->tables, bytes, len);
    free(bytes);
    return id;
}

static void take_trace(struct world *world, struct fuzz_input *input)
{
    static const char *const keys[] = {"uri", "ts", "mem", "glopeek server.X", "varpeek a@b:1"};
    static char values[FACTS_MAX][64];
    world->trace = (struct sb_trace){.facts = &world->facts, .pid = 1 + fuzz_u8(input)};
    world->trace.depth = fuzz_u8(input) % FRAMES_MAX;
    world->trace.is_truncated = world->trace.depth % 5 == 1;
    world->trace.is_endless = world->trace.depth % 10 == 1;
    for (uint32_t i = 0; i < world->trace.depth; i++) {
        struct sb_frame frame = {.function = take_string(world, input),
                                 .file = take_string(world, input),
                                 .line = fuzz_u16(input),
                                 .flags = fuzz_u8(input) % 4};
        world->trace.frames[i] = sb_tables_frame(&world->tables, &frame);
    }
    world->facts.count = fuzz_u8(input) % FACTS_MAX;
    for (uint32_t i = 0; i < world->facts.count; i++) {
        const char *key = keys[fuzz_u8(input) % (sizeof keys / sizeof *keys)];
        size_t len = fuzz_u8(input) % sizeof values[i];
        fuzz_take(input, values[i], len);
        world->facts.items[i] = (struct sb_fact){key, values[i], strlen(key), len,
                                                 fuzz_u8(input) % (world->trace.depth + 1)};
    }
}

static const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        PROMISE(at < end);
        *value |= (uint64_t)(*at & 0x7f) << shift;
        if (!(*at++ & 0x80))
            return at;
    }
    abort(); /* a number of more than ten bytes */
}

/* Whole frames of known types, and ids that rise by one. */
static void check_stream(const uint8_t *at, const uint8_t *end, uint64_t *ids)
{
    while (at < end) {
        uint64_t len, id;
        at = read_varint(at, end, &len);
        PROMISE(len >= 1 && len <= (uint64_t)(end - at) && len <= 1 << 20);
        PROMISE(*at >= 1 && *at <= STREAM_TYPES);
        if (*at >= 2 && *at <= 6) {
            read_varint(at + 1, at + len, &id);
            PROMISE(id == ++ids[*at]);
        }
        at += len;
    }
}

/* No byte that a terminal obeys, but for the ends of lines. */
static void check_text(const uint8_t *at, const uint8_t *end, int is_single_line)
{
    for (; at < end; at++) {
        PROMISE(*at >= 0x20 || *at == '\n' || *at == '\t');
        PROMISE(*at != 0x7f);
        PROMISE(!is_single_line || *at != '\n' || at + 1 == end);
    }
}

static void set_up(struct world *world, struct fuzz_input *input, int is_stream)
{
    const uint8_t flags = fuzz_u8(input);
    struct sb_text_style style = sb_text_style();
    memset(world, 0, sizeof *world);
    PROMISE(output.buffer || sb_output_open(&output, "/dev/null") == SB_OK);
    style.has_request_info = flags & 1;
    style.prints_pid = (flags & 2) != 0;
    style.keeps_cut = (flags & 4) != 0;
    if (flags & 8)
        style.bytes_max = 1 + fuzz_u8(input);
    if (flags & 16)
        style.line_end = '\t';
    if (flags & 32)
        world->filled = SB_OUTPUT_CAPACITY - fuzz_u16(input) % 2048;
    output.start = 0;
    output.end = output.mark = world->filled;
    world->sink = (struct sb_sink){.ops = is_stream ? &sb_stream_ops : &sb_text_ops,
                                   .output = &output,
                                   .tables = &world->tables,
                                   .options.period_ns = 1000,
                                   .options.style = style};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    uint64_t ids[STREAM_TYPES + 1] = {0};
    struct fuzz_input input = {data, size};
    const int is_stream = fuzz_u8(&input) & 1;

    set_up(&world, &input, is_stream);
    for (int i = 0; i < 8 && input.left; i++) {
        const struct sb_tick tick = {fuzz_u8(&input), 1 + fuzz_u8(&input)};
        struct sb_moment moment;
        const uint8_t *start, *end;
        take_trace(&world, &input);
        PROMISE(sb_moment_of(&world.tables, &world.trace, &moment) == SB_OK ||
                world.trace.depth == 0);
        if (world.trace.depth == 0 && !world.trace.is_truncated)
            continue;
        world.sink.ops->sample(&world.sink, &moment, &tick);
        start = (const uint8_t *)output.buffer + output.start + world.filled;
        end = (const uint8_t *)output.buffer + output.end;
        if (is_stream)
            check_stream(start, end, ids);
        else
            check_text(start, end, world.sink.options.style.line_end == '\t');
        output.end = output.start + (i % 2 ? 0 : world.filled);
        world.filled = i % 2 ? 0 : world.filled;
    }
    sb_tables_free(&world.tables);
    free(world.sink.text.bytes);
    return 0;
}
