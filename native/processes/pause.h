/* phpspy's -S: stops a process while it is read, with ptrace. Not for production: the process
 * stands still, and waits of its own are interrupted. */
#ifndef SB_PAUSE_H
#define SB_PAUSE_H

#include "status.h"
#include <sys/types.h>

/* `signal` is for sb_resume. SB_NO_PROCESS or SB_NOT_PERMITTED when it cannot be stopped; SB_TORN
 * when it is not stopped within 20 ms, for it waits in the kernel: it will stop, so it must be
 * tried again, or be let go by our end. */
enum sb_status sb_pause(pid_t pid, int is_child, int *signal);

void sb_resume(pid_t pid, int signal);

#endif
