/* The table of options, phpspy's and our own, and the loop over the command line. */
#include "option_values.h"
#include "clock.h"
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { VALUE = required_argument, NO_VALUE = no_argument, FIRST_WITHOUT_LETTER = 256 };

static const uint64_t DEFAULT_PERIOD_NS = SB_NS_PER_S / 99;

static const struct {
    char letter; /* or 0 */
    int has_value;
    const char *name;
    sb_take_fn *take;
} table[] = {
    {'p', VALUE, "pid", sb_take_pid},
    {'P', VALUE, "pgrep", sb_take_pattern},
    {0, VALUE, "comm", sb_take_comm},
    {0, VALUE, "cmdline", sb_take_cmdline},
    {0, VALUE, "exe", sb_take_exe},
    {0, VALUE, "cgroup", sb_take_cgroup},
    {0, VALUE, "children-of", sb_take_children_of},
    {'V', VALUE, "php-version", sb_take_version_of_php},
    {'x', VALUE, "addr-executor-globals", sb_take_executor_globals},
    {'a', VALUE, "addr-sapi-globals", sb_take_sapi_globals},
    {'w', VALUE, "libname-awk-patt", sb_take_library},
    {'H', VALUE, "rate-hz", sb_take_rate},
    {'s', VALUE, "sleep-ns", sb_take_period},
    {'l', VALUE, "limit", sb_take_limit},
    {'i', VALUE, "time-limit-ms", sb_take_time_limit},
    {'n', VALUE, "max-depth", sb_take_depth},
    {0, VALUE, "mode", sb_take_mode},
    {0, VALUE, "max-cpu", sb_take_max_cpu},
    {'S', NO_VALUE, "pause-process", sb_take_pause},
    {0, NO_VALUE, "lines", sb_take_lines},
    {'g', VALUE, "peek-global", sb_take_global},
    {'e', VALUE, "peek-var", sb_take_variable},
    {'r', VALUE, "request-info", sb_take_request_info},
    {'m', NO_VALUE, "memory-usage", sb_take_memory},
    {0, NO_VALUE, "redact", sb_take_redact},
    {0, VALUE, "format", sb_take_format},
    {'t', NO_VALUE, "top", sb_take_top},
    {'o', VALUE, "output", sb_take_output},
    {'O', VALUE, "child-stdout", sb_take_child_stdout},
    {'E', VALUE, "child-stderr", sb_take_child_stderr},
    {'1', NO_VALUE, "single-line", sb_take_single_line},
    {'b', VALUE, "buffer-size", sb_take_buffer_size},
    {'f', VALUE, "filter", sb_take_filter},
    {'F', VALUE, "filter-negate", sb_take_negated_filter},
    {'d', VALUE, "verbose-fields", sb_take_verbose_fields},
    {'c', NO_VALUE, "continue-on-error", sb_take_continue},
    {'q', NO_VALUE, "quiet", sb_take_quiet},
    {'j', VALUE, "event-handler", sb_take_event_handler},
    {'J', VALUE, "event-handler-opts", sb_take_nothing},
    {'T', VALUE, "threads", sb_take_nothing},
    {'#', VALUE, "comment", sb_take_nothing},
    {'@', NO_VALUE, "nothing", sb_take_nothing},
    {0, VALUE, "user", sb_take_user},
    {'h', NO_VALUE, "help", sb_take_help},
    {'v', NO_VALUE, "version", sb_take_version},
};

enum { OPTIONS = sizeof table / sizeof *table };

/* What getopt wants to know; `letters` begins with `+:`. */
static void describe(struct option names[OPTIONS + 1], char letters[2 * OPTIONS + 3])
{
    char *at = letters;
    *at++ = '+'; /* options end at the first other word: the command */
    *at++ = ':';
    for (int i = 0; i < OPTIONS; i++) {
        int value = table[i].letter ? table[i].letter : FIRST_WITHOUT_LETTER + i;
        names[i] = (struct option){table[i].name, table[i].has_value, NULL, value};
        if (!table[i].letter)
            continue;
        *at++ = table[i].letter;
        if (table[i].has_value == VALUE)
            *at++ = ':';
    }
    *at = '\0';
    names[OPTIONS] = (struct option){0};
}

static enum sb_status take(struct sb_parsing *parsing, int value, const char *argument)
{
    char name[64];
    int i = 0;
    while (i < OPTIONS && value != (table[i].letter ? table[i].letter : FIRST_WITHOUT_LETTER + i))
        i++;
    if (i == OPTIONS)
        return SB_INTERNAL;
    if (table[i].letter)
        snprintf(name, sizeof name, "-%c", table[i].letter);
    else
        snprintf(name, sizeof name, "--%s", table[i].name);
    parsing->name = name;
    return table[i].take(parsing, argument);
}

static enum sb_status read_all(struct sb_parsing *parsing, int argc, char **argv)
{
    struct option names[OPTIONS + 1];
    char letters[2 * OPTIONS + 3];
    enum sb_status status = SB_OK;
    int value;

    describe(names, letters);
    opterr = 0;
    optind = 0; /* starts getopt over */
    for (int at = 1; status == SB_OK; at = optind) {
        value = getopt_long(argc, argv, letters, names, NULL);
        if (value == -1)
            break;
        if (value == '?')
            status = sb_refuse(parsing, "Unknown option '%.100s'; see --help.", argv[at]);
        else if (value == ':')
            status = sb_refuse(parsing, "Option '%.100s' needs a value.", argv[at]);
        else
            status = take(parsing, value, optarg);
    }
    if (status == SB_OK && optind < argc)
        parsing->options->command = &argv[optind];
    return status;
}

enum sb_status sb_options_parse(struct sb_options *options, int argc, char **argv, char *error)
{
    struct sb_parsing parsing = {.options = options, .error = error};
    enum sb_status status;

    *options = (struct sb_options){.period_ns = DEFAULT_PERIOD_NS,
                                   .max_depth = SB_DEPTH_LIMIT,
                                   .output = "-",
                                   .arguments = argv,
                                   .style = sb_text_style()};
    error[0] = '\0';
    status = read_all(&parsing, argc, argv);
    if (status == SB_OK && options->is_top && options->format == SB_FORMAT_STREAM)
        status = sb_refuse(&parsing, "Option -t draws a table; leave --format stream out.");
    if (status == SB_OK)
        status = sb_finish_targets(&parsing);
    if (status == SB_OK)
        status = sb_finish_facts(&parsing);
    return status;
}

void sb_options_free(struct sb_options *options)
{
    sb_selection_free(&options->selection);
    if (options->filter.is_set)
        regfree(&options->filter.regex);
    if (options->hints.has_library)
        regfree(&options->hints.library);
}
