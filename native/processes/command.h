/* A command that the sampler starts itself. */
#ifndef SB_COMMAND_H
#define SB_COMMAND_H

#include "status.h"
#include <sys/types.h>

struct sb_command {
    pid_t pid;
    int has_ended, exit_code; /* as a shell reports it: 128 + n after a signal */
};

/* Starts `argv`. Its output goes to the given files, or to standard error: standard output is for
 * samples; in file names %d stands for its pid. With `keeps_stdout` it goes there nevertheless.
 * SB_COMMAND_NOT_FOUND, SB_COMMAND_NOT_EXECUTABLE, SB_INTERNAL. */
enum sb_status sb_command_start(struct sb_command *command, char *const argv[],
                                const char *out_path, const char *err_path, int keeps_stdout);

/* Whether a child of ours has ended. Takes nothing away: neither its end nor, while it is traced, a
 * stop that somebody waits for. */
int sb_command_has_ended(pid_t pid);

/* Notices the end without waiting for it. */
void sb_command_check(struct sb_command *command);

/* Waits for the end, at most `wait_ms`. */
void sb_command_wait(struct sb_command *command, int wait_ms);

#endif
