/* ANSI sequences and termios. Signals that concern the screen come through a descriptor, so that
 * no handler and no global is needed. */
#include "screen.h"
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { DRAIN_MS = 500, DEFAULT_COLUMNS = 80, DEFAULT_LINES = 24 };

/* Lines longer than the screen are cut, not wrapped: widths of new characters are guesses. */
static const char enter_sequence[] = "\033[?1049h\033[?25l\033[?7l\033[H\033[2J";
static const char leave_sequence[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

/* Those that come through the descriptor. */
static sigset_t own_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGCONT);
    return set;
}

static int can_draw(int fd)
{
    const char *name = getenv("TERM");
    return isatty(fd) && name && *name && strcmp(name, "dumb") != 0;
}

/* O_NONBLOCK belongs to the open file, which others share. Fails where the terminal belongs to
 * another user: then keys come from standard input, and a stuck terminal holds us up. */
static void open_anew(struct sb_screen *screen)
{
    char path[32];
    int fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", screen->output->fd);
    fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        if (isatty(STDIN_FILENO))
            screen->keys_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return;
    }
    if (screen->output->fd != STDOUT_FILENO)
        close(screen->output->fd);
    screen->output->fd = fd;
    screen->keys_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int sb_screen_open(struct sb_screen *screen, struct sb_output *output)
{
    sigset_t set = own_signals();
    int nothing;
    *screen = (struct sb_screen){.keys_fd = -1, .signals_fd = -1};
    if (!can_draw(output->fd) || tcgetattr(output->fd, &screen->saved) != 0)
        return 0;
    screen->output = output;
    output->is_terminal = 1;
    screen->group = getpgrp();
    screen->signals_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    open_anew(screen);
    nothing = isatty(STDIN_FILENO) ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
    return 1;
}

void sb_screen_close(struct sb_screen *screen)
{
    sb_screen_leave(screen);
    if (screen->keys_fd >= 0)
        close(screen->keys_fd);
    if (screen->signals_fd >= 0)
        close(screen->signals_fd);
    screen->keys_fd = screen->signals_fd = -1;
    screen->output = NULL;
}

static void write_now(struct sb_screen *screen, const char *text)
{
    sb_output_begin(screen->output);
    sb_output_put(screen->output, text, strlen(text));
    sb_output_end(screen->output);
    sb_output_drain(screen->output, DRAIN_MS);
}

static void take_signals(struct sb_screen *screen)
{
    static const int ends[] = {SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
    sigset_t set = own_signals();
    struct sigaction action;
    sigaction(SIGTERM, NULL, &action);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        sigaction(ends[i], &action, NULL);
    sigaddset(&set, SIGTTOU); /* blocked: the terminal is given back from the background, too */
    sigprocmask(SIG_BLOCK, &set, NULL);
    screen->has_signals = 1;
}

/* Where it is not our controlling terminal nobody takes turns. */
static int is_foreground(const struct sb_screen *screen)
{
    pid_t group = tcgetpgrp(screen->output->fd);
    return group < 0 || group == screen->group;
}

void sb_screen_enter(struct sb_screen *screen)
{
    struct termios raw = screen->saved;
    if (!screen->output)
        return;
    if (!screen->has_signals)
        take_signals(screen);
    if (!is_foreground(screen))
        return;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_iflag &= ~(tcflag_t)IXON; /* Control-S would hold the screen, and us */
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(screen->output->fd, TCSANOW, &raw);
    write_now(screen, enter_sequence);
    screen->is_entered = 1;
}

void sb_screen_leave(struct sb_screen *screen)
{
    if (!screen->output || !screen->is_entered)
        return;
    screen->is_entered = 0;
    write_now(screen, leave_sequence);
    tcsetattr(screen->output->fd, TCSANOW, &screen->saved);
}

int sb_screen_is_ready(struct sb_screen *screen)
{
    if (!screen->output)
        return 0;
    if (!is_foreground(screen)) {
        screen->is_entered = 0; /* the shell has the terminal, and has made it its own */
        return 0;
    }
    if (!screen->is_entered)
        sb_screen_enter(screen);
    sb_output_flush(screen->output, 0);
    return screen->output->start == screen->output->end;
}

void sb_screen_size(const struct sb_screen *screen, int *columns, int *lines)
{
    struct winsize size = {0};
    ioctl(screen->output->fd, TIOCGWINSZ, &size);
    *columns = size.ws_col ? size.ws_col : DEFAULT_COLUMNS;
    *lines = size.ws_row ? size.ws_row : DEFAULT_LINES;
    if (*columns > SB_SCREEN_COLUMNS_MAX)
        *columns = SB_SCREEN_COLUMNS_MAX;
    if (*lines > SB_SCREEN_LINES_MAX)
        *lines = SB_SCREEN_LINES_MAX;
}

/* Stops as the terminal's user wished, with the terminal given back. */
static void stop(struct sb_screen *screen)
{
    sigset_t set;
    sb_screen_leave(screen);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it stops, and here it goes on */
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static enum sb_stir take_signal(struct sb_screen *screen)
{
    struct signalfd_siginfo info;
    while (read(screen->signals_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGTSTP)
            stop(screen);
        else if (info.ssi_signo == SIGCONT)
            screen->is_entered = 0; /* whoever stopped us may have used the terminal */
    }
    return SB_STIR_REDRAW;
}

enum sb_stir sb_screen_wait(struct sb_screen *screen, uint64_t deadline_ns)
{
    struct pollfd fds[] = {{screen->is_entered ? screen->keys_fd : -1, POLLIN, 0},
                           {screen->signals_fd, POLLIN, 0}};
    uint64_t now_ns = sb_now_ns(), left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    struct timespec timeout = {(time_t)(left_ns / SB_NS_PER_S), (long)(left_ns % SB_NS_PER_S)};
    if (ppoll(fds, 2, &timeout, NULL) <= 0)
        return SB_STIR_NONE;
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        return SB_STIR_GONE;
    if (fds[1].revents)
        return take_signal(screen);
    return SB_STIR_KEYS;
}

size_t sb_screen_read(struct sb_screen *screen, unsigned char *bytes, size_t size)
{
    ssize_t got = read(screen->keys_fd, bytes, size);
    return got > 0 ? (size_t)got : 0;
}
