/* PTRACE_SEIZE and PTRACE_INTERRUPT: unlike PTRACE_ATTACH they send no signal. */
#include "pause.h"
#include "clock.h"
#include "command.h"
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { STOP_MS = 20, LOOK_NS = 20000 };

/* A process may also stop because a signal is on its way: that must get there in the end. */
static int signal_of(int state)
{
    return state >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(state);
}

static enum sb_status wait_for_stop(pid_t pid, int is_child, int *signal)
{
    const uint64_t deadline_ns = sb_now_ns() + STOP_MS * SB_NS_PER_MS;
    const struct timespec pause = {0, LOOK_NS};
    do {
        int state;
        pid_t got;
        if (is_child && sb_command_has_ended(pid))
            return SB_NO_PROCESS; /* its end is left for the one who waits for it */
        got = waitpid(pid, &state, WNOHANG | __WALL);
        if (got == pid && WIFSTOPPED(state)) {
            *signal = signal_of(state);
            return SB_OK;
        }
        if (got == pid)
            return SB_NO_PROCESS;
        if (got < 0 && errno != EINTR)
            return SB_NOT_PERMITTED;
        nanosleep(&pause, NULL);
    } while (sb_now_ns() < deadline_ns);
    return SB_TORN;
}

enum sb_status sb_pause(pid_t pid, int is_child, int *signal)
{
    /* What did not stop in time the last time is still ours, and is on its way to a stop. */
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0)
        return errno == ESRCH ? SB_NO_PROCESS : wait_for_stop(pid, is_child, signal);
    if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
        return SB_NO_PROCESS;
    return wait_for_stop(pid, is_child, signal);
}

void sb_resume(pid_t pid, int signal)
{
    ptrace(PTRACE_DETACH, pid, NULL, (void *)(intptr_t)signal);
}
