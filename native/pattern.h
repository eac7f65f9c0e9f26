/* Which processes -P means: an extended regular expression, or phpspy's pgrep arguments. */
#ifndef SB_PATTERN_H
#define SB_PATTERN_H

#include <regex.h>

enum { SB_PATTERN_ERROR_BYTES = 256 };

struct sb_pattern {
    regex_t regex;
    int is_exact; /* pgrep -x: the whole name */
    int is_full;  /* pgrep -f: the whole command line */
};

/* What is known about a process before it is opened; "" where it could not be read. */
struct sb_identity {
    const char *comm;    /* as in /proc/PID/comm */
    const char *program; /* last part of the program file's path */
    const char *title;   /* the first argument: `php-fpm: pool www` for FPM's children */
    const char *full;    /* all arguments, joined by spaces */
};

/* Compiles `text`. Arguments such as `-x "php-fpm"` and `-f pattern` are understood like pgrep's;
 * a sentence for any other is written to `error` (SB_PATTERN_ERROR_BYTES). False on error. */
int sb_pattern_compile(struct sb_pattern *pattern, const char *text, char *error);

/* The plain form matches anywhere in comm, program or title. */
int sb_pattern_matches(const struct sb_pattern *pattern, const struct sb_identity *identity);

void sb_pattern_free(struct sb_pattern *pattern);

#endif
