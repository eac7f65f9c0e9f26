/* What /proc says about a process. */
#ifndef SB_PROCESS_H
#define SB_PROCESS_H

#include "pattern.h"
#include "status.h"
#include <stdint.h>
#include <sys/types.h>

enum { SB_COMM_BYTES = 64, SB_PATH_BYTES = 4096, SB_COMMAND_LINE_BYTES = 4096 };

struct sb_process_stat {
    pid_t parent, group;
    uint64_t start_ticks;
    uint32_t threads;
    char state;
};

/* Parses the text of /proc/PID/stat, whose second field may hold any character. */
int sb_process_parse_stat(const char *text, struct sb_process_stat *stat);

/* False when the process does not exist (any more). */
int sb_process_stat(pid_t pid, struct sb_process_stat *stat);

/* Buffers behind a struct sb_identity. */
struct sb_process_names {
    char comm[SB_COMM_BYTES], path[SB_PATH_BYTES];
    char title[SB_COMMAND_LINE_BYTES], full[SB_COMMAND_LINE_BYTES], cgroup[SB_PATH_BYTES];
};

/* Reads all that a selection may look at, as far as it may be read. */
struct sb_identity sb_process_identify(pid_t pid, struct sb_process_names *names);

/* The program file's device and inode in one number; 0 when it may not be seen. */
uint64_t sb_process_program(pid_t pid);

/* Calls `each` with every child of the process's main thread. */
void sb_process_children(pid_t pid, void (*each)(pid_t child, void *context), void *context);

/* Calls `each` with every process. */
enum sb_status sb_process_list(void (*each)(pid_t pid, void *context), void *context);

#endif
