/* A command that the sampler starts itself. */
#ifndef SB_COMMAND_H
#define SB_COMMAND_H

#include "status.h"
#include <sys/types.h>

struct sb_command {
    pid_t pid;
    int has_ended, exit_code; /* as a shell reports it: 128 + n after a signal */
};

/* Where the output of a command goes. In paths %d stands for the command's pid. */
struct sb_command_output {
    const char *out_path, *err_path; /* NULL: standard error */
    int keeps_stdout;                /* without out_path it goes to standard output nevertheless */
};

/* Starts `argv`. SB_COMMAND_NOT_FOUND, SB_COMMAND_NOT_EXECUTABLE, SB_INTERNAL; SB_OUTPUT with errno
 * and `failed_path` when a file for its output cannot be made: nothing runs then. */
enum sb_status sb_command_start(struct sb_command *command, char *const argv[],
                                const struct sb_command_output *output, const char **failed_path);

/* Whether a child of ours has ended. Takes nothing away: neither its end nor, while it is traced, a
 * stop that somebody waits for. */
int sb_command_has_ended(pid_t pid);

/* Notices the end without waiting for it. */
void sb_command_check(struct sb_command *command);

/* Waits for the end, at most `wait_ms`. */
void sb_command_wait(struct sb_command *command, int wait_ms);

#endif
