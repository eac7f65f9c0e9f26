/* phpspy's -S: stops a process while it is read, with ptrace. Not for production: the process
 * stands still, and waits of its own are interrupted. */
#ifndef SB_PAUSE_H
#define SB_PAUSE_H

#include "status.h"
#include <sys/types.h>

/* SB_NO_PROCESS or SB_NOT_PERMITTED when it cannot be stopped. */
enum sb_status sb_pause(pid_t pid);

void sb_resume(pid_t pid);

#endif
