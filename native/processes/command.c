/* fork, exec and wait. */
#include "command.h"
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* False when the file cannot be made. */
static int redirect(int fd, const char *path)
{
    char name[PATH_MAX];
    const char *mark = strstr(path, "%d");
    int file;
    if (mark)
        snprintf(name, sizeof name, "%.*s%d%s", (int)(mark - path), path, (int)getpid(), mark + 2);
    else
        snprintf(name, sizeof name, "%s", path);
    file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0)
        return 0;
    dup2(file, fd);
    close(file);
    return 1;
}

/* What a child says that could not become the command. */
struct report {
    int error;
    const char *failed_path; /* of ours: the child is our copy. NULL: it is the command itself */
};

__attribute__((noreturn)) static void give_up(int to, const char *failed_path)
{
    const struct report report = {errno, failed_path};
    if (write(to, &report, sizeof report) < 0)
        _exit(126);
    _exit(127);
}

__attribute__((noreturn)) static void become(char *const argv[],
                                             const struct sb_command_output *output, int report)
{
    signal(SIGPIPE, SIG_DFL);
    if (output->err_path && !redirect(STDERR_FILENO, output->err_path))
        give_up(report, output->err_path);
    if (output->out_path && !redirect(STDOUT_FILENO, output->out_path))
        give_up(report, output->out_path);
    if (!output->out_path && !output->keeps_stdout)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(argv[0], argv);
    give_up(report, NULL);
}

enum sb_status sb_command_start(struct sb_command *command, char *const argv[],
                                const struct sb_command_output *output, const char **failed_path)
{
    struct report report = {0};
    int ends[2];
    ssize_t got;

    *command = (struct sb_command){0};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return SB_INTERNAL;
    command->pid = fork();
    if (command->pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return SB_INTERNAL;
    }
    if (command->pid == 0)
        become(argv, output, ends[1]);
    close(ends[1]);
    do {
        got = read(ends[0], &report, sizeof report);
    } while (got < 0 && errno == EINTR);
    close(ends[0]);
    if (got != sizeof report)
        return SB_OK;
    waitpid(command->pid, NULL, 0);
    errno = report.error;
    *failed_path = report.failed_path;
    if (report.failed_path)
        return SB_OUTPUT;
    return report.error == ENOENT || report.error == ENOTDIR ? SB_COMMAND_NOT_FOUND
                                                             : SB_COMMAND_NOT_EXECUTABLE;
}

static void note_end(struct sb_command *command, int state)
{
    command->has_ended = 1;
    command->exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

int sb_command_has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid &&
           (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
}

void sb_command_check(struct sb_command *command)
{
    int state;
    if (!command->has_ended && sb_command_has_ended(command->pid) &&
        waitpid(command->pid, &state, WNOHANG) == command->pid)
        note_end(command, state);
}

void sb_command_wait(struct sb_command *command, int wait_ms)
{
    const struct timespec pause = {0, 10 * (long)SB_NS_PER_MS};
    uint64_t deadline = sb_now_ns() + (uint64_t)wait_ms * SB_NS_PER_MS;
    for (sb_command_check(command); !command->has_ended && sb_now_ns() < deadline;
         sb_command_check(command))
        nanosleep(&pause, NULL);
}
