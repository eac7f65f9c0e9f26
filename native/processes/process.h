/* What /proc says about a process. */
#ifndef SB_PROCESS_H
#define SB_PROCESS_H

#include "selection.h"
#include "status.h"
#include <stdint.h>
#include <sys/types.h>

enum {
    SB_COMM_BYTES = 64,
    SB_PATH_BYTES = 4096,
    SB_COMMAND_LINE_BYTES = 4096,
    SB_STAT_BYTES = 1024,
};

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

/* The same through a descriptor of /proc/PID/stat: one system call. */
int sb_process_read_stat(int fd, struct sb_process_stat *stat);

/* Opens /proc/PID/NAME for reading; -1 with errno. */
int sb_process_open(pid_t pid, const char *name);

/* Buffers behind a struct sb_identity. */
struct sb_process_names {
    char comm[SB_COMM_BYTES], path[SB_PATH_BYTES];
    char title[SB_COMMAND_LINE_BYTES], full[SB_COMMAND_LINE_BYTES], cgroup[SB_PATH_BYTES];
};

/* Reads names, and what else is needed (SB_NEEDS_*), as far as it may be read. */
struct sb_identity sb_process_identify(pid_t pid, unsigned needs, struct sb_process_names *names);

/* The program file's device and inode in one number; 0 when it may not be seen. */
uint64_t sb_process_program(pid_t pid);

/* A descriptor for sb_process_children, or -1. */
int sb_process_open_children(pid_t pid);

/* Calls `each` with every child of the process's main thread. */
void sb_process_children(int fd, void (*each)(pid_t child, void *context), void *context);

/* Calls `each` with every process. */
enum sb_status sb_process_list(void (*each)(pid_t pid, void *context), void *context);

#endif
