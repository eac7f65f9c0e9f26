/* The command line. */
#ifndef SB_OPTIONS_H
#define SB_OPTIONS_H

#include "facts.h"
#include "pattern.h"
#include <sys/types.h>

enum { SB_PIDS_MAX = 1024, SB_PATTERNS_MAX = 8, SB_OPTION_ERROR_BYTES = 512 };

enum sb_format { SB_FORMAT_TEXT, SB_FORMAT_STREAM };

/* Parsed once, constant afterwards. */
struct sb_options {
    pid_t pids[SB_PIDS_MAX];
    unsigned pid_count;
    struct sb_pattern patterns[SB_PATTERNS_MAX];
    unsigned pattern_count;
    char **command; /* NULL without one; points into argv */
    uint64_t period_ns, limit, time_limit_ms;
    uint32_t max_depth;
    struct sb_wanted wanted[SB_WANTED_MAX];
    uint32_t wanted_count;
    int has_request_info, prints_pid, prints_time;
    enum sb_format format;
    const char *output, *child_stdout, *child_stderr; /* the latter two may be NULL */
    int wants_help, wants_version;
};

/* SB_USAGE with a sentence in `error` (SB_OPTION_ERROR_BYTES). */
enum sb_status sb_options_parse(struct sb_options *options, int argc, char **argv, char *error);

void sb_options_free(struct sb_options *options);

extern const char sb_help[];

#endif
