/* The live view, of functions and requests that may have any names, on screens of any size, with
 * any key pressed at any time. */
#include "fuzz.h"
#include "view.h"
#include "walk.h"

enum { STEPS_MAX = 200, NAME_MAX_BYTES = 64, SCREEN_MAX = 130, CODE_FIRST = 0xa0 };

static struct sb_output output; /* opened once: it is large */

struct world {
    struct sb_tables tables;
    struct sb_options options;
    struct sb_sink sink;
    struct sb_facts facts;
    struct sb_trace trace;
    uint64_t counters[SB_COUNTERS], now_ns;
    char uri[NAME_MAX_BYTES];
};

static void set_up(struct world *world, uint8_t flags)
{
    static char *arguments[] = {"sampler", "-t", "-P", "\033[2J\xc2\x9b", NULL};
    memset(world, 0, sizeof *world);
    PROMISE(output.buffer || sb_output_open(&output, "/dev/null") == SB_OK);
    world->options.arguments = arguments;
    world->options.wanted_count = flags & 1;
    strcpy(world->options.wanted[0].key, "uri");
    world->sink = (struct sb_sink){.ops = &sb_top_ops,
                                   .output = &output,
                                   .tables = &world->tables,
                                   .options.period_ns = 1000 + flags,
                                   .options.start_ns = 1};
    PROMISE(sb_top_open(&world->sink, &world->options) == SB_OK);
    sb_top_begin(world->sink.top, &world->sink.options);
    world->sink.top->is_screen = (flags & 2) != 0;
    world->sink.top->is_utf8 = (flags & 4) != 0;
    world->sink.top->has_color = (flags & 8) != 0;
    world->sink.top->columns = 80;
    world->sink.top->lines = 24;
    world->now_ns = 1;
}

static uint32_t take_string(struct world *world, struct fuzz_input *input)
{
    char bytes[NAME_MAX_BYTES];
    size_t len = fuzz_u8(input) % sizeof bytes;
    fuzz_take(input, bytes, len);
    return sb_tables_string(&world->tables, bytes, len);
}

static void sample(struct world *world, struct fuzz_input *input)
{
    const struct sb_tick tick = {world->now_ns, 1 + fuzz_u8(input) % 3};
    struct sb_moment moment;
    world->trace = (struct sb_trace){.facts = &world->facts, .pid = 1};
    world->trace.depth = 1 + fuzz_u8(input) % 4;
    for (uint32_t i = 0; i < world->trace.depth; i++) {
        struct sb_frame frame = {.function = take_string(world, input),
                                 .file = take_string(world, input),
                                 .line = fuzz_u16(input)};
        world->trace.frames[i] = sb_tables_frame(&world->tables, &frame);
    }
    world->facts.count = world->options.wanted_count;
    fuzz_take(input, world->uri, sizeof world->uri);
    world->facts.items[0] = (struct sb_fact){
        .key = "uri", .key_len = 3, .value = world->uri, .len = fuzz_u8(input) % sizeof world->uri};
    PROMISE(sb_moment_of(&world->tables, &world->trace, &moment) == SB_OK);
    PROMISE(world->sink.ops->sample(&world->sink, &moment, &tick) == SB_OK);
}

/* One of the sequences that move, erase and colour; returns its end. */
static const char *check_escape(const char *at, const char *end)
{
    PROMISE(end - at > 2 && at[1] == '[');
    for (at += 2; at < end && (*at == ';' || (*at >= '0' && *at <= '9')); at++)
        ;
    PROMISE(at < end && strchr("HKm", *at));
    return at + 1;
}

/* A character of two bytes and more; returns its end. */
static const char *check_character(const char *at, const char *end)
{
    const unsigned char first = (unsigned char)*at;
    const int len = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    uint32_t code = first & (0x7fu >> len);
    PROMISE(first >= 0xc2 && first < 0xf5 && end - at >= len);
    for (int i = 1; i < len; i++) {
        PROMISE(((unsigned char)at[i] & 0xc0) == 0x80);
        code = code << 6 | ((unsigned char)at[i] & 0x3f);
    }
    PROMISE(code >= CODE_FIRST);
    return at + len;
}

static void draw(struct world *world)
{
    const struct sb_top *top = world->sink.top;
    const char *at = output.buffer, *end;
    int lines = 1;
    PROMISE(sb_view_draw(world->sink.top, &output) == SB_OK);
    end = output.buffer + output.end;
    while (at < end)
        if (*at == '\033' && top->is_screen) {
            at = check_escape(at, end);
        } else if ((unsigned char)*at >= 0x80) {
            PROMISE(top->is_utf8);
            at = check_character(at, end);
        } else {
            lines += *at == '\n';
            PROMISE((*at >= 0x20 && *at != 0x7f) || *at == '\n' || (*at == '\r' && top->is_screen));
            at++;
        }
    PROMISE(!top->is_screen || lines <= (top->lines > 0 ? top->lines : 1));
    output.start = output.end = output.mark = 0;
}

static void step(struct world *world, struct fuzz_input *input)
{
    struct sb_top *top = world->sink.top;
    switch (fuzz_u8(input) % 6) {
    case 0:
        draw(world);
        break;
    case 1:
        sb_top_press(top, sb_keys_next(&top->keys, fuzz_u8(input)));
        break;
    case 2:
        top->columns = fuzz_u8(input) % SCREEN_MAX;
        top->lines = fuzz_u8(input) % SCREEN_MAX;
        break;
    case 3:
        world->counters[1 + fuzz_u8(input) % (SB_COUNTERS - 1)] += fuzz_u64(input) >> 20;
        world->now_ns += fuzz_u16(input);
        sb_top_end_interval(top, world->counters, world->now_ns);
        break;
    case 4:
        sb_tables_reset(&world->tables);
        world->sink.ops->epoch(&world->sink);
        break;
    default:
        sample(world, input);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct fuzz_input input = {data, size};
    set_up(&world, fuzz_u8(&input));
    for (int steps = 0; steps < STEPS_MAX && input.left; steps++)
        step(&world, &input);
    sb_top_end_interval(world.sink.top, world.counters, ++world.now_ns);
    draw(&world);
    sb_top_summarize(world.sink.top);
    draw(&world);
    sb_top_close(&world.sink);
    sb_tables_free(&world.tables);
    return 0;
}
