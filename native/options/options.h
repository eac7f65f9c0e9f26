/* The command line. */
#ifndef SB_OPTIONS_H
#define SB_OPTIONS_H

#include "facts.h"
#include "filter.h"
#include "hints.h"
#include "selection.h"
#include "text.h"

enum { SB_PIDS_MAX = 1024, SB_OPTION_ERROR_BYTES = 512 };

enum sb_format { SB_FORMAT_TEXT, SB_FORMAT_STREAM };
enum sb_mode { SB_MODE_WALL, SB_MODE_CPU };

/* Parsed once, constant afterwards. Strings point into argv. */
struct sb_options {
    pid_t pids[SB_PIDS_MAX];
    unsigned pid_count;
    struct sb_selection selection;
    char **command;         /* NULL without one */
    char *const *arguments; /* the whole command line */
    uint64_t period_ns, limit, time_limit_ms;
    enum sb_mode mode;
    double max_cpu; /* share of one CPU, 0: no bound */
    uint32_t max_depth;
    struct sb_wanted wanted[SB_WANTED_MAX];
    uint32_t wanted_count;
    int has_lines, is_redacted, pauses, is_quiet;
    struct sb_filter filter;
    struct sb_php_hints hints;
    enum sb_format format;
    int is_top; /* the live view takes the place of the format */
    struct sb_text_style style;
    const char *user;                                 /* to become, or NULL */
    const char *output, *child_stdout, *child_stderr; /* the latter two may be NULL */
    int wants_help, wants_version;
};

/* SB_USAGE with a sentence in `error` (SB_OPTION_ERROR_BYTES). Uses getopt. */
enum sb_status sb_options_parse(struct sb_options *options, int argc, char **argv, char *error);

void sb_options_free(struct sb_options *options);

extern const char sb_help[];

#endif
