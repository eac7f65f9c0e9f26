/* The parts that need no process: maps lines, stat lines, patterns, facts, options, tables, status,
 * edges. */
#include "check.h"
#include "edges.h"
#include "maps.h"
#include "options.h"
#include "process.h"
#include "tables.h"

static void parses_lines_of_maps(void)
{
    struct sb_mapping mapping;
    CHECK(sb_maps_parse("7f0a1000-7f0a3000 rw-s 00002000 00:01 1234      /dev/zero (deleted)",
                        &mapping));
    CHECK(mapping.start == 0x7f0a1000 && mapping.end == 0x7f0a3000 && mapping.offset == 0x2000);
    CHECK(mapping.inode == 1234);
    CHECK_TEXT(mapping.prot, "rw-s");
    CHECK_TEXT(mapping.path, "/dev/zero (deleted)");
    CHECK(sb_maps_parse("1000-2000 r--p 00000000 00:00 0 ", &mapping));
    CHECK_TEXT(mapping.path, "");
    CHECK(!sb_maps_parse("", &mapping));
    CHECK(!sb_maps_parse("1000-2000", &mapping));
    CHECK(!sb_maps_parse("2000-1000 r--p 0 00:00 0 x", &mapping));
    CHECK(!sb_maps_parse("zzzz-2000 r--p 0 00:00 0 x", &mapping));
    CHECK(!sb_maps_parse("1000-2000 r--", &mapping));
    CHECK(!sb_maps_parse("ffffffffffffffffff-1 r--p 0 00:00 0", &mapping));
}

static void parses_stat_whatever_the_name_holds(void)
{
    const char *text = "42 (a) b (c)) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 2";
    struct sb_process_stat stat;
    CHECK(sb_process_parse_stat(text, &stat));
    CHECK(stat.parent == 7 && stat.start_ticks == 987654 && stat.state == 'S');
    CHECK(!sb_process_parse_stat("42 (cut", &stat));
    CHECK(!sb_process_parse_stat("42 (cut) S 7 1 1", &stat));
}

static int is_match(const char *pattern_text, const struct sb_identity *identity)
{
    struct sb_pattern pattern;
    char error[SB_PATTERN_ERROR_BYTES];
    int result;
    if (!sb_pattern_compile(&pattern, pattern_text, error))
        return -1;
    result = sb_pattern_matches(&pattern, identity);
    sb_pattern_free(&pattern);
    return result;
}

static void matches_names_as_a_regex_or_as_pgrep_does(void)
{
    const struct sb_identity worker = {.pid = 12,
                                       .parent = 11,
                                       .group = 11,
                                       .user = 33,
                                       .real_user = 33,
                                       .comm = "php-fpm8.2",
                                       .program = "php-fpm8.2",
                                       .title = "php-fpm: pool www",
                                       .full = "php-fpm: pool www"};
    const struct sb_identity script = {.comm = "php8.2",
                                       .program = "php8.2",
                                       .title = "php",
                                       .full = "php -n /srv/worker.php --queue=a"};
    CHECK(is_match("php-fpm", &worker) == 1);
    CHECK(is_match("^php", &script) == 1);
    CHECK(is_match("pool www", &worker) == 1);
    CHECK(is_match("-x \"php-fpm\"", &worker) == 0);
    CHECK(is_match("-x php-fpm8.2", &worker) == 1);
    CHECK(is_match("-f worker.php", &script) == 1);
    CHECK(is_match("worker.php", &script) == 0);
    CHECK(is_match("-fx 'php -n /srv/worker.php --queue=a'", &script) == 1);
    CHECK(is_match("--full --exact php", &script) == 0);
    CHECK(is_match("-f -- --queue", &script) == 1);
    CHECK(is_match("-u 33 php", &worker) == 1);
    CHECK(is_match("-u root php", &worker) == 0);
    CHECK(is_match("-U0,33 -P 11 -g 11", &worker) == 1);
    CHECK(is_match("--parent=12 php", &worker) == 0);
    CHECK(is_match("-i PHP-FPM", &worker) == 1);
    CHECK(is_match("--pidfile /does/not/exist", &worker) == 0);
    CHECK(is_match("-u no-such-user php", &script) == -1);
    CHECK(is_match("-v php", &script) == -1);
    CHECK(is_match("-u", &script) == -1);
    CHECK(is_match("-x 'php", &script) == -1);
    CHECK(is_match("-x php fpm", &script) == -1);
    CHECK(is_match("-x", &script) == -1);
    CHECK(is_match("", &script) == -1);
    CHECK(is_match("(", &script) == -1);
}

static void understands_the_notation_of_globals(void)
{
    struct sb_wanted wanted;
    char long_key[400] = "server.";
    CHECK(sb_wanted_parse("server.REQUEST_URI", &wanted));
    CHECK(wanted.kind == SB_FACT_SERVER);
    CHECK_TEXT(wanted.key, "glopeek server.REQUEST_URI");
    CHECK_TEXT(wanted.name, "REQUEST_URI");
    CHECK(sb_wanted_parse("globals.x.y", &wanted) && wanted.kind == SB_FACT_GLOBAL);
    CHECK(!sb_wanted_parse("server.", &wanted));
    CHECK(!sb_wanted_parse("session.x", &wanted));
    memset(long_key + 7, 'A', sizeof long_key - 8);
    CHECK(!sb_wanted_parse(long_key, &wanted));
}

static const char *refusal(int argc, char **argv)
{
    static char error[SB_OPTION_ERROR_BYTES];
    static struct sb_options options;
    enum sb_status status = sb_options_parse(&options, argc, argv, error);
    sb_options_free(&options);
    return status == SB_OK ? "" : error;
}

#define REFUSAL(...) \
    refusal((int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__, NULL})

static void refuses_options_with_a_sentence(void)
{
    CHECK_TEXT(REFUSAL("sampler", "-p", "12"), "");
    CHECK_TEXT(REFUSAL("sampler", "-H", "25", "--peek-global=server.REQUEST_URI", "-P",
                       "-x \"php-fpm\"", "-T", "4", "-b", "65536", "-r", "qcUP", "-d", "pt"),
               "");
    CHECK_TEXT(REFUSAL("sampler", "-n", "-1", "--", "php", "-r", "1;"), "");
    CHECK_TEXT(REFUSAL("sampler"), "Nothing to sample: give -p PID, -P PATTERN or a COMMAND.");
    CHECK_TEXT(REFUSAL("sampler", "-p", "1", "-P", "x"),
               "Give only one of -p, -P (or another filter) and a COMMAND.");
    CHECK_TEXT(REFUSAL("sampler", "--frobnicate", "-p", "1"),
               "Unknown option '--frobnicate'; see --help.");
    CHECK_TEXT(REFUSAL("sampler", "-p"), "Option '-p' needs a value.");
    CHECK_TEXT(REFUSAL("sampler", "-p", "12x"),
               "Option -p needs a whole number from 1 to 1073741824, not '12x'.");
    CHECK(strstr(REFUSAL("sampler", "-p", "1", "-H", "0"), "Option -H needs a rate"));
    CHECK(strstr(REFUSAL("sampler", "-p", "1", "-g", "nope"), "Option -g needs GLOBAL.KEY"));
    CHECK(strstr(REFUSAL("sampler", "-p", "1", "-r", "x"), "does not know the letter 'x'"));
    CHECK(strstr(REFUSAL("sampler", "-p", "1", "--format", "json"), "phpspy or stream"));
}

static void names_equal_things_once(void)
{
    struct sb_tables tables = {0};
    struct sb_frame frame = {1, 2, 3, 0};
    struct sb_pair pairs[2] = {{1, 2, 0}, {3, 4, 0}};
    size_t len;

    CHECK(sb_tables_string(&tables, "one", 3) == 1);
    CHECK(sb_tables_string(&tables, "", 0) == 2);
    CHECK(sb_tables_string(&tables, "one", 3) == 1);
    CHECK(sb_tables_frame(&tables, &frame) == 1 && sb_tables_frame(&tables, &frame) == 1);
    CHECK(sb_tables_stack(&tables, 0, 1) == 1 && sb_tables_stack(&tables, 1, 1) == 2);
    CHECK(sb_tables_stack(&tables, 0, 1) == 1);
    CHECK(sb_tables_meta(&tables, pairs, 2) == 1 && sb_tables_meta(&tables, pairs, 1) == 2);
    CHECK(sb_tables_meta(&tables, pairs, 2) == 1);
    CHECK(sb_tables_process(&tables, 77) == 1 && sb_tables_process(&tables, 77) == 1);
    CHECK(memcmp(sb_tables_text(&tables, 1, &len), "one", 3) == 0 && len == 3);
    sb_tables_text(&tables, 99, &len);
    CHECK(len == 0);
    sb_tables_reset(&tables);
    CHECK(tables.epoch == 1 && sb_tables_string(&tables, "two", 3) == 1);
    sb_tables_free(&tables);
}

static void ends_an_epoch_before_a_table_is_full(void)
{
    struct sb_tables tables = {0};
    char text[16];
    uint32_t added = 0;
    while (!sb_tables_are_full(&tables)) {
        int len = snprintf(text, sizeof text, "%u", added++);
        CHECK(sb_tables_string(&tables, text, (size_t)len) == added);
    }
    CHECK(added == SB_ENTRIES_LIMIT - SB_SAMPLE_STRINGS_MAX + 1);
    for (; added < SB_ENTRIES_LIMIT; added++)
        CHECK(sb_tables_string(&tables, text, (size_t)snprintf(text, sizeof text, "%u", added)));
    CHECK(sb_tables_string(&tables, "one too many", 12) == 0);
    CHECK(sb_tables_string(&tables, "7", 1) == 8);
    sb_tables_free(&tables);
}

static void knows_every_status(void)
{
    CHECK_TEXT(sb_status_name(SB_NOT_PERMITTED), "not_permitted");
    CHECK(sb_status_exit(SB_USAGE) == 64 && sb_status_exit(SB_NO_PROCESS) == 66);
    CHECK(sb_status_exit(SB_PHP_ZTS) == 69 && sb_status_exit(SB_NOT_PERMITTED) == 77);
    CHECK(strstr(sb_status_text(SB_NOT_PERMITTED), "CAP_SYS_PTRACE"));
    CHECK(sb_status_exit((enum sb_status)999) == 70);
}

static void remembers_who_called_whom(void)
{
    static struct sb_edges edges;
    uint32_t kept = 0;
    CHECK(!sb_edges_have(&edges, sb_edge(1, 0, 2)));
    CHECK(sb_edges_add(&edges, sb_edge(1, 0, 2)));
    CHECK(!sb_edges_add(&edges, sb_edge(1, 0, 2)));
    CHECK(sb_edges_have(&edges, sb_edge(1, 0, 2)));
    CHECK(!sb_edges_have(&edges, sb_edge(2, 0, 1)));
    CHECK(!sb_edges_have(&edges, sb_edge(1, 1, 2)));
    CHECK(!sb_edges_have(&edges, sb_edge(1, SB_ANYWHERE, 2)));
    /* However many come, the last ones are there, and none that was not added. */
    for (uint32_t i = 0; i < 10 * SB_EDGES; i++) {
        sb_edges_add(&edges, sb_edge(i, 7, i + 1));
        CHECK(sb_edges_have(&edges, sb_edge(i, 7, i + 1)));
    }
    for (uint32_t i = 0; i < 10 * SB_EDGES; i++) {
        kept += (uint32_t)sb_edges_have(&edges, sb_edge(i, 7, i + 1));
        CHECK(!sb_edges_have(&edges, sb_edge(i, 8, i + 1)));
    }
    CHECK(kept > SB_EDGES / 2 && kept <= SB_EDGES);
}

int main(void)
{
    parses_lines_of_maps();
    parses_stat_whatever_the_name_holds();
    matches_names_as_a_regex_or_as_pgrep_does();
    understands_the_notation_of_globals();
    refuses_options_with_a_sentence();
    names_equal_things_once();
    ends_an_epoch_before_a_table_is_full();
    knows_every_status();
    remembers_who_called_whom();
    return 0;
}
