/* Both formats to the byte, and what happens when there is no room. */
#include "check.h"
#include "sink.h"
#include "walk.h"
#include "filter.h"
#include "payload.h"
#include <stdlib.h>
#include <unistd.h>

struct fixture {
    struct sb_tables tables;
    struct sb_output output;
    struct sb_sink sink;
    struct sb_trace trace;
    struct sb_facts facts;
};

static void set_up(struct fixture *fixture, const struct sb_sink_ops *ops)
{
    memset(fixture, 0, sizeof *fixture);
    CHECK(sb_output_open(&fixture->output, "/dev/null") == SB_OK);
    fixture->sink = (struct sb_sink){.ops = ops,
                                     .output = &fixture->output,
                                     .tables = &fixture->tables,
                                     .options.period_ns = 10000000,
                                     .options.start_ns = 1000,
                                     .options.style = sb_text_style()};
    fixture->trace.facts = &fixture->facts;
    fixture->trace.pid = 7;
}

static void tear_down(struct fixture *fixture)
{
    sb_output_close(&fixture->output);
    sb_tables_free(&fixture->tables);
    free(fixture->sink.text.bytes);
}

static void add_frame(struct fixture *fixture, const char *name, const char *file, uint32_t line,
                      uint32_t flags)
{
    struct sb_frame frame = {.line = line, .flags = flags};
    frame.function = sb_tables_string(&fixture->tables, name, strlen(name));
    if (file)
        frame.file = sb_tables_string(&fixture->tables, file, strlen(file));
    fixture->trace.frames[fixture->trace.depth++] = sb_tables_frame(&fixture->tables, &frame);
}

static void add_fact(struct fixture *fixture, const char *key, const char *value, size_t len)
{
    fixture->facts.items[fixture->facts.count++] =
        (struct sb_fact){key, value, strlen(key), len, 0};
}

static enum sb_status sample(struct fixture *fixture, uint64_t time_ns, uint32_t weight)
{
    const struct sb_tick tick = {time_ns, weight};
    struct sb_moment moment;
    CHECK(sb_moment_of(&fixture->tables, &fixture->trace, &moment) == SB_OK);
    return fixture->sink.ops->sample(&fixture->sink, &moment, &tick);
}

static void check_output(struct fixture *fixture, const void *wanted, size_t len)
{
    size_t got = fixture->output.end - fixture->output.start;
    const unsigned char *bytes = (unsigned char *)fixture->output.buffer + fixture->output.start;
    if (got != len || memcmp(bytes, wanted, len) != 0) {
        for (size_t i = 0; i < got; i++)
            fprintf(stderr, "%02x ", bytes[i]);
        fprintf(stderr, "\n");
        CHECK(!"the bytes that were wanted");
    }
    fixture->output.start = fixture->output.end = 0;
}

static void writes_varints(void)
{
    uint8_t bytes[SB_VARINT_MAX];
    CHECK(sb_varint_put(bytes, 0) == 1 && bytes[0] == 0);
    CHECK(sb_varint_put(bytes, 127) == 1 && bytes[0] == 127);
    CHECK(sb_varint_put(bytes, 300) == 2 && bytes[0] == 0xac && bytes[1] == 2);
    CHECK(sb_varint_put(bytes, UINT64_MAX) == SB_VARINT_MAX && bytes[9] == 1);
}

static void writes_the_example_of_the_specification(void)
{
    static const unsigned char wanted[] = {0x05, 0x02, 0x01, 'm',  'd',  '5',  0x06, 0x03, 0x01,
                                           0x01, 0x00, 0x00, 0x01, 0x04, 0x04, 0x01, 0x00, 0x01,
                                           0x03, 0x06, 0x01, 0x07, 0x04, 0x08, 0x01, 0x00, 0x01};
    static const unsigned char again[] = {0x02, 0x07, 0x05, 0x04, 0x08, 0x01, 0x00, 0x01};
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    fixture.sink.last_time_ns = 1000;
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    CHECK(sample(&fixture, 1000, 1) == SB_OK);
    check_output(&fixture, wanted, sizeof wanted);
    CHECK(sample(&fixture, 1005, 1) == SB_OK);
    check_output(&fixture, again, sizeof again);
    tear_down(&fixture);
}

static void says_hello_and_goodbye(void)
{
    static const unsigned char bye[] = {0x09, 0x0c, 0x03, 'e', 'n', 'd', 0x03, 'a', ' ', 'b'};
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    CHECK(fixture.sink.ops->start(&fixture.sink) == SB_OK);
    CHECK(memcmp(fixture.output.buffer, "\x89SBS", 4) == 0);
    CHECK(fixture.output.buffer[5] == 1 && fixture.output.buffer[6] == 1);
    fixture.output.start = fixture.output.end = 0;
    fixture.sink.ops->stop(&fixture.sink, "end", "a b");
    check_output(&fixture, bye, sizeof bye);
    tear_down(&fixture);
}

static void marks_a_cut_stack_at_its_root(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    add_frame(&fixture, "leaf", NULL, 0, SB_FRAME_INTERNAL);
    fixture.trace.is_truncated = 1;
    CHECK(sample(&fixture, 1000, 1) == SB_OK);
    CHECK(fixture.tables.stack_count == 2 && fixture.tables.stacks[1].parent == 1);
    CHECK(fixture.tables.stacks[1].frame == fixture.trace.frames[0]);
    tear_down(&fixture);
}

static void drops_whole_samples_without_room_and_catches_up(void)
{
    static char filler[SB_OUTPUT_CAPACITY];
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    sb_output_begin(&fixture.output);
    sb_output_put(&fixture.output, filler, sizeof filler - 8);
    CHECK(sb_output_end(&fixture.output) == SB_OK);
    CHECK(sample(&fixture, 1000, 1) == SB_FULL);
    CHECK(fixture.output.end == sizeof filler - 8 + 6); /* the STRING frame fitted */
    CHECK(fixture.sink.sent_strings == 1 && fixture.sink.sent_frames == 0);
    fixture.output.start = fixture.output.end = 0;
    CHECK(sample(&fixture, 1000, 1) == SB_OK);
    CHECK(fixture.sink.sent_frames == 1 && fixture.output.buffer[1] == 3);
    tear_down(&fixture);
}

static void owes_an_epoch_until_there_is_room(void)
{
    static char filler[SB_OUTPUT_CAPACITY];
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    sb_output_begin(&fixture.output);
    sb_output_put(&fixture.output, filler, sizeof filler);
    CHECK(sb_output_end(&fixture.output) == SB_OK);
    sb_tables_reset(&fixture.tables);
    CHECK(fixture.sink.ops->epoch(&fixture.sink) == SB_FULL);
    fixture.output.start = fixture.output.end = 0;
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    CHECK(sample(&fixture, 1000, 1) == SB_OK);
    CHECK(memcmp(fixture.output.buffer, "\x01\x0b", 2) == 0);
    tear_down(&fixture);
}

static void writes_what_phpspy_writes(void)
{
    static const char wanted[] = "0 md5 <internal>:-1\n"
                                 "1 App\\K::run /srv/a b.php:12\n"
                                 "2 <main> <internal>:-1\n"
                                 "# uri = /x\n"
                                 "# path = -\n"
                                 "# qstring = -\n"
                                 "# cookie = -\n"
                                 "# ts = 0.000000\n"
                                 "# glopeek server.A = a?b\tc? \xff\n"
                                 "# pid = 7\n"
                                 "\n";
    struct fixture fixture;
    set_up(&fixture, &sb_text_ops);
    fixture.sink.options.style.has_request_info = fixture.sink.options.style.prints_pid = 1;
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    add_frame(&fixture, "App\\K::run", "/srv/a b.php", 12, 0);
    add_frame(&fixture, "<main>", "Command line code", 1, SB_FRAME_EVAL);
    add_fact(&fixture, "uri", "/x", 2);
    add_fact(&fixture, "glopeek server.A", "a\nb\tc\x1b \xff", 8);
    CHECK(sample(&fixture, 0, 1) == SB_OK);
    check_output(&fixture, wanted, sizeof wanted - 1);
    tear_down(&fixture);
}

static void check_text(struct fixture *fixture, const char *wanted)
{
    check_output(fixture, wanted, strlen(wanted));
}

static void writes_one_line_per_sample_when_asked(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_text_ops);
    fixture.sink.options.style.line_end = '\t';
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    add_frame(&fixture, "a\tb", "/srv/a.php", 12, 0);
    add_fact(&fixture, "mem", "12 34", 5);
    CHECK(sample(&fixture, 0, 1) == SB_OK);
    check_text(&fixture, "0 md5 <internal>:-1\t1 a?b /srv/a.php:12\t# mem 12 34\t\n");
    tear_down(&fixture);
}

static void puts_variables_before_their_frame(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_text_ops);
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    add_frame(&fixture, "f", "/a.php", 2, 0);
    add_fact(&fixture, "varpeek a@/a.php:3", "42", 2);
    fixture.facts.items[0].frame = 2;
    CHECK(sample(&fixture, 0, 1) == SB_OK);
    check_text(&fixture, "0 md5 <internal>:-1\n# varpeek a@/a.php:3 = 42\n1 f /a.php:2\n\n");
    tear_down(&fixture);
}

static void cuts_a_sample_at_whole_lines_or_drops_it(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_text_ops);
    fixture.sink.options.style.bytes_max = 24;
    add_frame(&fixture, "usleep", NULL, 0, SB_FRAME_INTERNAL);
    add_frame(&fixture, "<main>", NULL, 0, SB_FRAME_INTERNAL);
    CHECK(sample(&fixture, 0, 1) == SB_FULL);
    check_text(&fixture, "");
    fixture.sink.options.style.keeps_cut = 1;
    CHECK(sample(&fixture, 0, 1) == SB_OK);
    check_text(&fixture, "0 usleep <internal>:-1\n\n");
    tear_down(&fixture);
}

static void leaves_out_the_mark_of_a_depth_that_was_asked_for(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_text_ops);
    add_frame(&fixture, "leaf", NULL, 0, SB_FRAME_INTERNAL);
    fixture.trace.is_truncated = 1;
    CHECK(sample(&fixture, 0, 1) == SB_OK);
    check_text(&fixture, "0 leaf <internal>:-1\n\n");
    fixture.trace.is_endless = 1;
    CHECK(sample(&fixture, 0, 1) == SB_OK);
    check_text(&fixture, "0 leaf <internal>:-1\n1 [truncated] <internal>:-1\n\n");
    tear_down(&fixture);
}

static void tells_the_weight_only_when_it_is_not_one(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    fixture.sink.last_time_ns = 1000;
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    CHECK(sample(&fixture, 1000, 1) == SB_OK);
    fixture.output.start = fixture.output.end = 0;
    CHECK(sample(&fixture, 1000, 3) == SB_OK);
    check_output(&fixture, "\x05\x08\x01\x00\x01\x03", 6);
    tear_down(&fixture);
}

static void filters_by_the_text_of_a_sample(void)
{
    static struct sb_verdicts verdicts;
    struct sb_filter filter = {.is_set = 1};
    struct fixture fixture;
    struct sb_moment moment;
    set_up(&fixture, &sb_text_ops);
    add_frame(&fixture, "usleep", NULL, 0, SB_FRAME_INTERNAL);
    add_frame(&fixture, "<main>", NULL, 0, SB_FRAME_INTERNAL);
    CHECK(sb_moment_of(&fixture.tables, &fixture.trace, &moment) == SB_OK);
    CHECK(regcomp(&filter.regex, "^1 <main> .*1$", REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0);
    for (int again = 0; again < 2; again++)
        CHECK(sb_filter_accepts(&filter, &verdicts, &fixture.sink.options.style, &fixture.tables,
                                &moment));
    filter.is_negated = 1;
    fixture.tables.epoch++; /* what was found is of another epoch */
    CHECK(!sb_filter_accepts(&filter, &verdicts, &fixture.sink.options.style, &fixture.tables,
                             &moment));
    regfree(&filter.regex);
    sb_verdicts_free(&verdicts);
    tear_down(&fixture);
}

static void sends_values_as_they_are_in_the_stream(void)
{
    struct fixture fixture;
    set_up(&fixture, &sb_stream_ops);
    add_frame(&fixture, "md5", NULL, 0, SB_FRAME_INTERNAL);
    add_fact(&fixture, "glopeek server.A", "a\nb", 3);
    CHECK(sample(&fixture, 1000, 1) == SB_OK);
    CHECK(memmem(fixture.output.buffer, fixture.output.end,
                 "\x02\x03"
                 "a\nb",
                 5));
    CHECK(fixture.tables.meta_count == 1);
    tear_down(&fixture);
}

int main(void)
{
    writes_varints();
    writes_the_example_of_the_specification();
    says_hello_and_goodbye();
    marks_a_cut_stack_at_its_root();
    drops_whole_samples_without_room_and_catches_up();
    owes_an_epoch_until_there_is_room();
    writes_what_phpspy_writes();
    sends_values_as_they_are_in_the_stream();
    writes_one_line_per_sample_when_asked();
    puts_variables_before_their_frame();
    cuts_a_sample_at_whole_lines_or_drops_it();
    leaves_out_the_mark_of_a_depth_that_was_asked_for();
    tells_the_weight_only_when_it_is_not_one();
    filters_by_the_text_of_a_sample();
    return 0;
}
