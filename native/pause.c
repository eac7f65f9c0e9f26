/* PTRACE_SEIZE and PTRACE_INTERRUPT: unlike PTRACE_ATTACH they send no signal. */
#include "pause.h"
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum sb_status sb_pause(pid_t pid)
{
    int state;
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0)
        return errno == ESRCH ? SB_NO_PROCESS : SB_NOT_PERMITTED;
    if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0 || waitpid(pid, &state, __WALL) != pid ||
        !WIFSTOPPED(state)) {
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
        return SB_NO_PROCESS;
    }
    return SB_OK;
}

void sb_resume(pid_t pid)
{
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
}
