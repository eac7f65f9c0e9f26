/* What the live view shows, to the byte. */
#include "top_fixture.h"
#include "glyph.h"

static void set_fact(struct fixture *fixture, const char *key, const char *value)
{
    fixture->facts.items[0] = (struct sb_fact){key, value, strlen(key), strlen(value), 0};
    fixture->facts.count = 1;
}

static void as_screen(struct fixture *fixture, int columns, int lines)
{
    fixture->top->is_screen = 1;
    fixture->top->has_color = 0;
    fixture->top->columns = columns;
    fixture->top->lines = lines;
}

/* A screen without the sequences between its lines. */
static const char *drawn_lines(struct fixture *fixture)
{
    static char lines[8192];
    const char *at = drawn(fixture);
    size_t len = 0;
    CHECK(strncmp(at, "\033[H\033[K", 6) == 0);
    for (at += 6; *at; at++) {
        if (strncmp(at, "\r\n\033[K", 5) == 0) {
            lines[len++] = '\n';
            at += 4;
        } else {
            CHECK((unsigned char)*at >= 0x20);
            lines[len++] = *at;
        }
    }
    lines[len] = '\0';
    return lines;
}

static void prints_plain_lines(void)
{
    static const char wanted[] =
        "sampler -t -P 'php-fpm: pool www'\n"
        "2 followed   99 Hz   00:00:02   own CPU 0.5%\n"
        "4.0 samples/s   idle 33.3%   torn 1   failed 2   missed 3\n"
        "last 1.0 s                    all 00:00:02                 by self, 1-3 of 3\n"
        " self%   self total%  total    self%   self total%  total  function\n"
        " 75.0%      3 100.0%      4    70.0%      7 100.0%     10  b  /srv/app.php:2\n"
        " 25.0%      1  25.0%      1    30.0%      3  30.0%      3  A  <internal>\n"
        "  0.0%      0 100.0%      4     0.0%      0 100.0%     10  m  /srv/app.php:13\n"
        "\n";
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "Abm", 2);
    sample(&fixture, "bm", 4);
    fixture.counters[SB_COUNT_CPU_NS] = 1000;
    end_interval(&fixture);
    sample(&fixture, "Abm", 1);
    sample(&fixture, "bm", 3);
    fixture.counters[SB_COUNT_FOLLOWED] = 2;
    fixture.counters[SB_COUNT_IDLE] = 2;
    fixture.counters[SB_COUNT_TORN] = 1;
    fixture.counters[SB_COUNT_FAILED] = 2;
    fixture.counters[SB_COUNT_MISSED_TICKS] = 3;
    fixture.counters[SB_COUNT_CPU_NS] += 5 * SB_NS_PER_MS;
    end_interval(&fixture);
    CHECK_TEXT(drawn(&fixture), wanted);
    tear_down(&fixture);
}

static void tells_idle_from_off_the_cpu(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    fixture.top->measures_cpu = 1;
    sample(&fixture, "am", 1);
    fixture.counters[SB_COUNT_IDLE] = 2;
    fixture.counters[SB_COUNT_OFF_CPU] = 4;
    fixture.counters[SB_COUNT_FILTERED] = 1;
    end_interval(&fixture);
    CHECK(strstr(drawn(&fixture), "   idle 25.0%   off CPU 50.0%   torn 0   "));
    tear_down(&fixture);
}

static void prints_a_table_per_interval_where_there_is_no_terminal(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    CHECK(fixture.sink.ops->stats(&fixture.sink, fixture.counters) == SB_OK);
    CHECK(fixture.sink.ops->stats(&fixture.sink, fixture.counters) == SB_OK);
    CHECK(fixture.sink.ops->stop(&fixture.sink, "end", "") == SB_OK);
    fixture.output.buffer[fixture.output.end] = '\0';
    CHECK(strstr(strstr(fixture.output.buffer, "\n\nsampler ") + 1, "\n\n")[2] == '\0');
    tear_down(&fixture);
}

static void fits_into_a_screen(void)
{
    static const char wanted[] = "sampler -t -P 'php-fpm: pool www'\n"
                                 "0 followed   99 Hz   00:00:01   own CPU 0.0%\n"
                                 "4.0 samples/s   idle 0.0%   torn 0   failed 0   m\xe2\x80\xa6\n"
                                 "\n"
                                 "last 1.0 s                   by self, 1-2 of 3\n"
                                 " self%   self total%  total  function             \n"
                                 " 75.0%      3 100.0%      4  b  /srv/app.php:2\n"
                                 " 25.0%      1  25.0%      1  A  <internal>\n"
                                 "q quit  s/t by self/total  p pause  c clear  u re\xe2\x80\xa6";
    static const char scrolled[] = "last 1.0 s     by self, 2-3 of 3\n"
                                   " self% total%  function          \n"
                                   " 25.0%  25.0%  A  <internal>\n"
                                   "  0.0% 100.0%  m  /srv/app.php:13";
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "Abm", 1);
    sample(&fixture, "bm", 3);
    end_interval(&fixture);
    as_screen(&fixture, 50, 9);
    CHECK_TEXT(drawn_lines(&fixture), wanted);
    sb_top_press(fixture.top, SB_KEY_HELP);
    sb_top_press(fixture.top, SB_KEY_END);
    as_screen(&fixture, 33, 8);
    CHECK_TEXT(strstr(drawn_lines(&fixture), "last "), scrolled);
    as_screen(&fixture, 76, 8);
    CHECK(strstr(drawn_lines(&fixture), "    self  total  function"));
    as_screen(&fixture, 100, 8);
    CHECK(strstr(drawn_lines(&fixture), "   self%   self total%  total  function"));
    tear_down(&fixture);
}

/* Whatever its size, a screen has all its lines, and none that is too wide. */
static void fills_screens_of_all_sizes(void)
{
    struct fixture fixture;
    set_up(&fixture, 2);
    sample(&fixture, "aAbBcCdDeEfFgGhHm", 1);
    set_fact(&fixture, fixture.options.wanted[1].key,
             "/a/long/path/that/does/not/fit?anywhere=at&all=1");
    sample(&fixture, "bm", 3);
    end_interval(&fixture);
    for (int columns = 1; columns < 130; columns += columns < 20 ? 1 : 7)
        for (int lines = 1; lines < 40; lines += lines < 12 ? 1 : 5) {
            int got = 1;
            as_screen(&fixture, columns, lines);
            for (const char *at = drawn_lines(&fixture), *end; at; at = end ? end + 1 : NULL) {
                end = strchr(at, '\n');
                CHECK(sb_glyph_columns(at, end ? (size_t)(end - at) : strlen(at), 0) <=
                      columns + 2); /* an ellipsis is three bytes here */
                got += end != NULL;
            }
            CHECK(got == lines);
        }
    tear_down(&fixture);
}

static void colours_unless_told_not_to(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 1);
    end_interval(&fixture);
    as_screen(&fixture, 80, 24);
    CHECK(!strstr(drawn(&fixture), "\033[0"));
    fixture.top->has_color = 1;
    CHECK(strstr(drawn(&fixture), "\033[0;1;31m100.0% \033[0m"));
    tear_down(&fixture);
}

static void scrolls_no_further_than_there_are_rows(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "abcdefghijklm", 1);
    end_interval(&fixture);
    as_screen(&fixture, 80, 12); /* five rows */
    sb_top_press(fixture.top, SB_KEY_UP);
    CHECK(strstr(drawn(&fixture), " 1-5 of 13"));
    sb_top_press(fixture.top, SB_KEY_DOWN);
    CHECK(strstr(drawn(&fixture), " 2-6 of 13"));
    sb_top_press(fixture.top, SB_KEY_PAGE_DOWN);
    CHECK(strstr(drawn(&fixture), " 9-13 of 13"));
    sb_top_press(fixture.top, SB_KEY_DOWN);
    sb_top_press(fixture.top, SB_KEY_UP);
    drawn(&fixture);
    sb_top_press(fixture.top, SB_KEY_UP);
    CHECK(strstr(drawn(&fixture), " 8-12 of 13"));
    sb_top_press(fixture.top, SB_KEY_HOME);
    CHECK(strstr(drawn(&fixture), " 1-5 of 13"));
    tear_down(&fixture);
}

static void shows_requests_below_and_alone(void)
{
    static const char below[] = " share  count      all  count  server.REQUEST_URI\n"
                                " 75.0%      3    75.0%      3  /slow?x=1\n"
                                " 25.0%      1    25.0%      1  /fast\n"
                                "\n";
    struct fixture fixture;
    set_up(&fixture, 2);
    CHECK_TEXT(fixture.top->request_key, "glopeek server.REQUEST_URI");
    set_fact(&fixture, fixture.options.wanted[1].key, "/fast");
    sample(&fixture, "am", 1);
    set_fact(&fixture, fixture.options.wanted[1].key, "/slow?x=1");
    sample(&fixture, "am", 3);
    end_interval(&fixture);
    CHECK_TEXT(strstr(drawn(&fixture), " share"), below);
    as_screen(&fixture, 80, 24);
    CHECK(strstr(drawn_lines(&fixture), " function") && strstr(drawn_lines(&fixture), "/slow"));
    as_screen(&fixture, 80, 12);
    CHECK(!strstr(drawn_lines(&fixture), "/slow"));
    sb_top_press(fixture.top, SB_KEY_REQUESTS);
    CHECK(!strstr(drawn_lines(&fixture), " function") && strstr(drawn_lines(&fixture), "/slow"));
    tear_down(&fixture);
}

static void says_what_is_missing_for_requests(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    as_screen(&fixture, 80, 12);
    sb_top_press(fixture.top, SB_KEY_REQUESTS);
    CHECK(strstr(drawn_lines(&fixture), "\nNo facts about requests: start with "));
    CHECK(strstr(drawn_lines(&fixture), " function"));
    for (int i = 0; i < 11; i++)
        end_interval(&fixture);
    CHECK(!strstr(drawn_lines(&fixture), "No facts"));
    tear_down(&fixture);
}

static void lets_no_control_bytes_through(void)
{
    static const char name[] = "a\033[31m\x9b"
                               "31m\xc2\x9b\n\x7f\xe2\x80\xae\xc3\xa4\xff\xc3";
    struct fixture fixture;
    set_up(&fixture, 1);
    fixture.trace.depth = 1;
    fixture.trace.frames[0] = make_frame(&fixture, name, "/\033]0;x\a.php", 1);
    set_fact(&fixture, "uri", name);
    give(&fixture);
    snprintf(fixture.top->message, sizeof fixture.top->message, "%s", name);
    snprintf(fixture.top->command, sizeof fixture.top->command, "%s", name);
    end_interval(&fixture);
    as_screen(&fixture, 100, 24);
    CHECK(strstr(drawn_lines(&fixture), "  a?[31m?31m????\xc3\xa4??  /?]0;x?.php:1\n"));
    fixture.top->is_utf8 = 0;
    CHECK(strstr(drawn_lines(&fixture), "  a?[31m?31m"));
    for (const char *at = drawn_lines(&fixture); *at; at++)
        CHECK((*at >= 0x20 && *at < 0x7f) || *at == '\n');
    tear_down(&fixture);
}

int main(void)
{
    prints_plain_lines();
    tells_idle_from_off_the_cpu();
    prints_a_table_per_interval_where_there_is_no_terminal();
    fits_into_a_screen();
    fills_screens_of_all_sizes();
    colours_unless_told_not_to();
    scrolls_no_further_than_there_are_rows();
    shows_requests_below_and_alone();
    says_what_is_missing_for_requests();
    lets_no_control_bytes_through();
    return 0;
}
