/* Parses phpspy's options and our own. */
#include "options.h"
#include "clock.h"
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_FORMAT = 256 };

static const uint64_t PERIOD_MIN_NS = 50 * 1000, PERIOD_MAX_NS = 3600 * SB_NS_PER_S;
static const uint64_t DEFAULT_PERIOD_NS = SB_NS_PER_S / 99;

static const struct option long_options[] = {
    {"pid", required_argument, NULL, 'p'},
    {"pgrep", required_argument, NULL, 'P'},
    {"rate-hz", required_argument, NULL, 'H'},
    {"sleep-ns", required_argument, NULL, 's'},
    {"max-depth", required_argument, NULL, 'n'},
    {"peek-global", required_argument, NULL, 'g'},
    {"request-info", required_argument, NULL, 'r'},
    {"verbose-fields", required_argument, NULL, 'd'},
    {"limit", required_argument, NULL, 'l'},
    {"time-limit-ms", required_argument, NULL, 'i'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, 'o'},
    {"child-stdout", required_argument, NULL, 'O'},
    {"child-stderr", required_argument, NULL, 'E'},
    {"threads", required_argument, NULL, 'T'},
    {"buffer-size", required_argument, NULL, 'b'},
    {"continue-on-error", no_argument, NULL, 'c'},
    {"quiet", no_argument, NULL, 'q'},
    {"event-handler-opts", required_argument, NULL, 'J'},
    {"comment", required_argument, NULL, '#'},
    {"nothing", no_argument, NULL, '@'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

__attribute__((format(printf, 2, 3))) static enum sb_status refuse(char *error, const char *format,
                                                                   ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, SB_OPTION_ERROR_BYTES, format, arguments);
    va_end(arguments);
    return SB_USAGE;
}

static enum sb_status read_number(int option, const char *text, uint64_t low, uint64_t high,
                                  uint64_t *value, char *error)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || *value < low || *value > high)
        return refuse(error, "Option -%c needs a whole number from %llu to %llu, not '%.60s'.",
                      option, (unsigned long long)low, (unsigned long long)high, text);
    return SB_OK;
}

static enum sb_status add_pid(struct sb_options *options, const char *text, char *error)
{
    uint64_t pid;
    enum sb_status status = read_number('p', text, 1, 1 << 30, &pid, error);
    if (status != SB_OK)
        return status;
    if (options->pid_count == SB_PIDS_MAX)
        return refuse(error, "Option -p was given more than %d times; use -P.", SB_PIDS_MAX);
    options->pids[options->pid_count++] = (pid_t)pid;
    return SB_OK;
}

static enum sb_status add_pattern(struct sb_options *options, const char *text, char *error)
{
    if (options->pattern_count == SB_PATTERNS_MAX)
        return refuse(error, "Option -P was given more than %d times.", SB_PATTERNS_MAX);
    if (!sb_pattern_compile(&options->patterns[options->pattern_count], text, error))
        return SB_USAGE;
    options->pattern_count++;
    return SB_OK;
}

static enum sb_status set_rate(struct sb_options *options, const char *text, char *error)
{
    char *end;
    double rate_hz;
    errno = 0;
    rate_hz = strtod(text, &end);
    if (end == text || *end || errno || !(rate_hz > 0) ||
        (double)SB_NS_PER_S / rate_hz < (double)PERIOD_MIN_NS ||
        (double)SB_NS_PER_S / rate_hz > (double)PERIOD_MAX_NS)
        return refuse(error, "Option -H needs a rate up to %llu per second, not '%.60s'.",
                      (unsigned long long)(SB_NS_PER_S / PERIOD_MIN_NS), text);
    options->period_ns = (uint64_t)((double)SB_NS_PER_S / rate_hz);
    return SB_OK;
}

static enum sb_status add_global(struct sb_options *options, const char *text, char *error)
{
    if (options->wanted_count == SB_WANTED_MAX)
        return refuse(error, "More than %d facts were asked for with -g and -r.", SB_WANTED_MAX);
    if (!sb_wanted_parse(text, &options->wanted[options->wanted_count]))
        return refuse(
            error,
            "Option -g needs GLOBAL.KEY, where GLOBAL is server, get, post, cookie, files, "
            "env or globals, not '%.100s'.",
            text);
    options->wanted_count++;
    return SB_OK;
}

struct letter {
    char on;
    int *flag;
};

/* phpspy's flags: a small letter turns on, its capital off. */
static enum sb_status set_letters(int option, const char *text, const struct letter *letters,
                                  size_t count, char *error)
{
    for (; *text; text++) {
        size_t i = 0;
        while (i < count && letters[i].on != *text && letters[i].on != (*text | 0x20))
            i++;
        if (i == count)
            return refuse(error, "Option -%c does not know the letter '%c'.", option, *text);
        *letters[i].flag = letters[i].on == *text;
    }
    return SB_OK;
}

static enum sb_status set_request_info(struct sb_options *options, const char *text, int wants[4],
                                       char *error)
{
    const struct letter letters[] = {
        {'u', &wants[0]}, {'p', &wants[1]}, {'q', &wants[2]}, {'c', &wants[3]}};
    enum sb_status status = set_letters('r', text, letters, 4, error);
    options->has_request_info = wants[0] || wants[1] || wants[2] || wants[3];
    return status;
}

static enum sb_status add_request_info(struct sb_options *options, const int wants[4], char *error)
{
    static const struct {
        enum sb_fact_kind kind;
        const char *key;
    } facts[] = {{SB_FACT_URI, "uri"},
                 {SB_FACT_PATH, "path"},
                 {SB_FACT_QUERY, "qstring"},
                 {SB_FACT_COOKIE, "cookie"},
                 {SB_FACT_TIME, "ts"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct sb_wanted *wanted = &options->wanted[options->wanted_count];
        if (i < 4 ? !wants[i] : !options->has_request_info)
            continue;
        if (options->wanted_count == SB_WANTED_MAX)
            return refuse(error, "More than %d facts were asked for with -g and -r.",
                          SB_WANTED_MAX);
        *wanted = (struct sb_wanted){.kind = facts[i].kind};
        snprintf(wanted->key, sizeof wanted->key, "%s", facts[i].key);
        options->wanted_count++;
    }
    return SB_OK;
}

static enum sb_status set_format(struct sb_options *options, const char *text, char *error)
{
    if (strcmp(text, "phpspy") == 0)
        options->format = SB_FORMAT_TEXT;
    else if (strcmp(text, "stream") == 0)
        options->format = SB_FORMAT_STREAM;
    else
        return refuse(error, "Option --format is phpspy or stream, not '%.60s'.", text);
    return SB_OK;
}

static enum sb_status take(struct sb_options *options, int option, int wants[4], char *error)
{
    const struct letter verbose[] = {{'p', &options->prints_pid}, {'t', &options->prints_time}};
    enum sb_status status;
    uint64_t number;

    switch (option) {
    case 'p':
        return add_pid(options, optarg, error);
    case 'P':
        return add_pattern(options, optarg, error);
    case 'H':
        return set_rate(options, optarg, error);
    case 's':
        return read_number('s', optarg, PERIOD_MIN_NS, PERIOD_MAX_NS, &options->period_ns, error);
    case 'n':
        /* phpspy's -1 is "no limit". */
        if (strcmp(optarg, "-1") == 0)
            return SB_OK;
        status = read_number('n', optarg, 1, UINT32_MAX, &number, error);
        if (status == SB_OK)
            options->max_depth = number < SB_DEPTH_LIMIT ? (uint32_t)number : SB_DEPTH_LIMIT;
        return status;
    case 'g':
        return add_global(options, optarg, error);
    case 'r':
        return set_request_info(options, optarg, wants, error);
    case 'd':
        return set_letters('d', optarg, verbose, 2, error);
    case 'l':
        return read_number('l', optarg, 0, UINT64_MAX / 2, &options->limit, error);
    case 'i':
        return read_number('i', optarg, 0, UINT64_MAX / SB_NS_PER_S, &options->time_limit_ms,
                           error);
    case OPTION_FORMAT:
        return set_format(options, optarg, error);
    case 'o':
        options->output = optarg;
        return SB_OK;
    case 'O':
        options->child_stdout = optarg;
        return SB_OK;
    case 'E':
        options->child_stderr = optarg;
        return SB_OK;
    case 'h':
        options->wants_help = 1;
        return SB_OK;
    case 'v':
        options->wants_version = 1;
        return SB_OK;
    default:
        return SB_OK;
    }
}

static enum sb_status check(const struct sb_options *options, char *error)
{
    int kinds =
        (options->pid_count > 0) + (options->pattern_count > 0) + (options->command != NULL);
    if (options->wants_help || options->wants_version)
        return SB_OK;
    if (kinds == 0)
        return refuse(error, "Nothing to sample: give -p PID, -P PATTERN or a COMMAND.");
    if (kinds > 1)
        return refuse(error, "Give only one of -p, -P and a COMMAND.");
    return SB_OK;
}

enum sb_status sb_options_parse(struct sb_options *options, int argc, char **argv, char *error)
{
    int option, wants[4] = {0}, at;
    enum sb_status status = SB_OK;

    *options = (struct sb_options){
        .period_ns = DEFAULT_PERIOD_NS, .max_depth = SB_DEPTH_LIMIT, .output = "-"};
    error[0] = '\0';
    opterr = 0;
    optind = 1;
    for (at = 1; status == SB_OK; at = optind) {
        option = getopt_long(argc, argv, "+:p:P:H:s:n:g:r:d:l:i:o:O:E:T:b:cqJ:#:@hv", long_options,
                             NULL);
        if (option == -1)
            break;
        if (option == '?')
            status = refuse(error, "Unknown option '%.100s'; see --help.", argv[at]);
        else if (option == ':')
            status = refuse(error, "Option '%.100s' needs a value.", argv[at]);
        else
            status = take(options, option, wants, error);
    }
    if (status == SB_OK)
        status = add_request_info(options, wants, error);
    if (status == SB_OK && optind < argc)
        options->command = &argv[optind];
    return status == SB_OK ? check(options, error) : status;
}

void sb_options_free(struct sb_options *options)
{
    for (unsigned i = 0; i < options->pattern_count; i++)
        sb_pattern_free(&options->patterns[i]);
}
