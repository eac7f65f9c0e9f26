/* Reads the values of options. Everything that is refused is refused with a sentence. */
#ifndef SB_OPTION_VALUES_H
#define SB_OPTION_VALUES_H

#include "options.h"

/* A command line that is being read. */
struct sb_parsing {
    struct sb_options *options;
    const char *name; /* of the option at hand, as it is shown: "-p" or "--mode" */
    char *error;      /* SB_OPTION_ERROR_BYTES */
    const char *patterns[SB_PATTERNS_MAX];
    unsigned pattern_count;
    int request_parts[4]; /* of -r: uri, path, query, cookie */
    int wants_memory;
};

/* Takes the value of one option (NULL for those without). */
typedef enum sb_status sb_take_fn(struct sb_parsing *parsing, const char *value);

/* Writes the sentence; always SB_USAGE. */
__attribute__((format(printf, 2, 3))) enum sb_status sb_refuse(struct sb_parsing *parsing,
                                                               const char *format, ...);

/* A whole number from `low` to `high`. */
enum sb_status sb_read_number(struct sb_parsing *parsing, const char *text, uint64_t low,
                              uint64_t high, uint64_t *value);

/* Options by what they are about; see options.c. */
sb_take_fn sb_take_pid, sb_take_pattern, sb_take_comm, sb_take_cmdline, sb_take_exe, sb_take_cgroup,
    sb_take_children_of, sb_take_version_of_php, sb_take_executor_globals, sb_take_sapi_globals,
    sb_take_library;
sb_take_fn sb_take_rate, sb_take_period, sb_take_limit, sb_take_time_limit, sb_take_depth,
    sb_take_mode, sb_take_max_cpu, sb_take_pause, sb_take_lines;
sb_take_fn sb_take_global, sb_take_variable, sb_take_request_info, sb_take_memory, sb_take_redact;
sb_take_fn sb_take_format, sb_take_top, sb_take_output, sb_take_child_stdout, sb_take_child_stderr,
    sb_take_single_line, sb_take_buffer_size, sb_take_filter, sb_take_negated_filter,
    sb_take_verbose_fields, sb_take_continue, sb_take_quiet, sb_take_event_handler, sb_take_user,
    sb_take_nothing, sb_take_help, sb_take_version;

/* What can be said only when all options are known: patterns are compiled, facts put in order. */
enum sb_status sb_finish_targets(struct sb_parsing *parsing);
enum sb_status sb_finish_facts(struct sb_parsing *parsing);

#endif
