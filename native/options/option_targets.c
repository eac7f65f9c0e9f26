/* Options that say which processes are sampled, and where PHP is in them. */
#include "option_values.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PID_MAX = 1 << 30 };

enum sb_status sb_take_pid(struct sb_parsing *parsing, const char *value)
{
    struct sb_options *options = parsing->options;
    uint64_t pid;
    enum sb_status status = sb_read_number(parsing, value, 1, PID_MAX, &pid);
    if (status != SB_OK)
        return status;
    if (options->pid_count == SB_PIDS_MAX)
        return sb_refuse(parsing, "Option -p was given more than %d times; use -P.", SB_PIDS_MAX);
    options->pids[options->pid_count++] = (pid_t)pid;
    return SB_OK;
}

/* Compiled at the end: that takes a getopt of its own. */
enum sb_status sb_take_pattern(struct sb_parsing *parsing, const char *value)
{
    if (parsing->pattern_count == SB_PATTERNS_MAX)
        return sb_refuse(parsing, "Option -P was given more than %d times.", SB_PATTERNS_MAX);
    parsing->patterns[parsing->pattern_count++] = value;
    return SB_OK;
}

static enum sb_status add_condition(struct sb_parsing *parsing, enum sb_aspect aspect,
                                    const char *value)
{
    return sb_selection_add_condition(&parsing->options->selection, aspect, parsing->name, value,
                                      parsing->error)
               ? SB_OK
               : SB_USAGE;
}

enum sb_status sb_take_comm(struct sb_parsing *parsing, const char *value)
{
    return add_condition(parsing, SB_ASPECT_COMM, value);
}

enum sb_status sb_take_cmdline(struct sb_parsing *parsing, const char *value)
{
    return add_condition(parsing, SB_ASPECT_CMDLINE, value);
}

enum sb_status sb_take_exe(struct sb_parsing *parsing, const char *value)
{
    return add_condition(parsing, SB_ASPECT_EXE, value);
}

enum sb_status sb_take_cgroup(struct sb_parsing *parsing, const char *value)
{
    return add_condition(parsing, SB_ASPECT_CGROUP, value);
}

enum sb_status sb_take_children_of(struct sb_parsing *parsing, const char *value)
{
    uint64_t pid;
    enum sb_status status = sb_read_number(parsing, value, 1, PID_MAX, &pid);
    if (status != SB_OK)
        return status;
    return sb_selection_add_parent(&parsing->options->selection, (pid_t)pid, parsing->error)
               ? SB_OK
               : SB_USAGE;
}

enum sb_status sb_take_version_of_php(struct sb_parsing *parsing, const char *value)
{
    uint64_t version;
    enum sb_status status;
    if (strcmp(value, "auto") == 0)
        return SB_OK;
    status = sb_read_number(parsing, value, 0, 999, &version);
    if (status != SB_OK)
        return status;
    parsing->options->hints.layout = sb_layout_of_version((uint16_t)version);
    if (!parsing->options->hints.layout)
        return sb_refuse(parsing, "Option -V: PHP %llu.%llu is not supported; see --help.",
                         (unsigned long long)version / 10, (unsigned long long)version % 10);
    return SB_OK;
}

static enum sb_status read_address(struct sb_parsing *parsing, const char *text, uint64_t *addr)
{
    char *end;
    errno = 0;
    *addr = strtoull(text, &end, 16);
    if (end == text || *end || errno || *text == '-')
        return sb_refuse(parsing, "Option %s needs an address in hexadecimal, not '%.60s'.",
                         parsing->name, text);
    return SB_OK;
}

enum sb_status sb_take_executor_globals(struct sb_parsing *parsing, const char *value)
{
    return read_address(parsing, value, &parsing->options->hints.executor_globals);
}

enum sb_status sb_take_sapi_globals(struct sb_parsing *parsing, const char *value)
{
    return read_address(parsing, value, &parsing->options->hints.sapi_globals);
}

enum sb_status sb_take_library(struct sb_parsing *parsing, const char *value)
{
    struct sb_php_hints *hints = &parsing->options->hints;
    if (hints->has_library)
        regfree(&hints->library);
    hints->has_library = *value && regcomp(&hints->library, value, REG_EXTENDED | REG_NOSUB) == 0;
    if (!hints->has_library)
        return sb_refuse(parsing, "Option -w: '%.100s' is no extended regular expression.", value);
    return SB_OK;
}

enum sb_status sb_finish_targets(struct sb_parsing *parsing)
{
    struct sb_options *options = parsing->options;
    int kinds;
    for (unsigned i = 0; i < parsing->pattern_count; i++)
        if (!sb_selection_add_pattern(&options->selection, parsing->patterns[i], parsing->error))
            return SB_USAGE;
    if (options->wants_help || options->wants_version)
        return SB_OK;
    kinds = (options->pid_count > 0) + !sb_selection_is_empty(&options->selection) +
            (options->command != NULL);
    if (kinds == 0)
        return sb_refuse(parsing, "Nothing to sample: give -p PID, -P PATTERN or a COMMAND.");
    if (kinds > 1)
        return sb_refuse(parsing, "Give only one of -p, -P (or another filter) and a COMMAND.");
    return SB_OK;
}
