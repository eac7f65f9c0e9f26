/* Which processes -P means: an extended regular expression, or phpspy's pgrep arguments. */
#ifndef SB_PATTERN_H
#define SB_PATTERN_H

#include <regex.h>
#include <stdint.h>
#include <sys/types.h>

enum { SB_PATTERN_ERROR_BYTES = 256, SB_PATTERN_IDS_MAX = 16 };

/* What is known about a process before it is opened; "" and -1 where it could not be read. */
struct sb_identity {
    pid_t pid, parent, group;
    int64_t user, real_user;
    const char *comm;    /* as in /proc/PID/comm */
    const char *program; /* last part of the program file's path */
    const char *path;    /* the program file's path */
    const char *title;   /* the first argument: `php-fpm: pool www` for FPM's children */
    const char *full;    /* all arguments, joined by spaces */
    const char *cgroup;  /* as in /proc/PID/cgroup */
};

/* Numbers of which one must be the process's; none: any is right. */
struct sb_id_list {
    int64_t ids[SB_PATTERN_IDS_MAX];
    unsigned count;
};

enum sb_pick { SB_PICK_ALL, SB_PICK_NEWEST, SB_PICK_OLDEST };

struct sb_pattern {
    regex_t regex;
    int has_regex;
    int is_exact; /* pgrep -x: the whole name */
    int is_full;  /* pgrep -f: the whole command line */
    struct sb_id_list users, real_users, parents, groups;
    const char *pid_file; /* read at every match; points into `words` */
    enum sb_pick pick;    /* among those that match; left to the caller */
    char *words;
};

/* Compiles `text`. What starts with `-` or a quote is taken for pgrep's arguments: -x -f -i -u -U
 * -P -g -n -o -F and their long names; a sentence for any other is written to `error`
 * (SB_PATTERN_ERROR_BYTES). Uses getopt. False on error: nothing is to be freed then. */
int sb_pattern_compile(struct sb_pattern *pattern, const char *text, char *error);

/* The plain form matches anywhere in comm, program or title. */
int sb_pattern_matches(const struct sb_pattern *pattern, const struct sb_identity *identity);

void sb_pattern_free(struct sb_pattern *pattern);

#endif
