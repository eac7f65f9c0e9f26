/* Reads /proc/PID/schedstat through a descriptor that stays open. */
#include "stillness.h"
#include "process.h"
#include <stdlib.h>
#include <unistd.h>

enum {
    NOT_OPEN = -1,
    NOT_TO_BE_HAD = -2,
    COUNTS_BYTES = 96,
    MOVES_PER_PAUSE = 8, /* after so many ticks of moving, one tick more is not looked at... */
    PAUSE_MAX = 4,       /* ...up to so many */
};

struct counts {
    uint64_t run_ns, runs;
};

void sb_stillness_start(struct sb_stillness *stillness, uint64_t *syscalls)
{
    *stillness =
        (struct sb_stillness){.counts_fd = NOT_OPEN, .stat_fd = NOT_OPEN, .syscalls = syscalls};
}

static int is_open(struct sb_stillness *stillness, int *fd, pid_t pid, const char *name)
{
    if (*fd == NOT_OPEN) {
        *fd = sb_process_open(pid, name);
        ++*stillness->syscalls;
        if (*fd < 0)
            *fd = NOT_TO_BE_HAD;
    }
    if (*fd < 0)
        return 0;
    ++*stillness->syscalls;
    return 1;
}

/* Time on CPU, time spent waiting for one, times put on one. All zero on kernels that don't count.
 */
static int read_counts(struct sb_stillness *stillness, pid_t pid, struct counts *counts)
{
    char text[COUNTS_BYTES], *at = text, *end;
    ssize_t len = -1;
    if (is_open(stillness, &stillness->counts_fd, pid, "schedstat"))
        len = pread(stillness->counts_fd, text, sizeof text - 1, 0);
    if (len <= 0)
        return 0;
    text[len] = '\0';
    counts->run_ns = strtoull(at, &end, 10);
    strtoull(end, &at, 10);
    counts->runs = strtoull(at, &end, 10);
    return end != at && counts->runs != 0;
}

static int is_asleep(struct sb_stillness *stillness, pid_t pid, uint64_t start_ticks)
{
    struct sb_process_stat stat;
    if (!is_open(stillness, &stillness->stat_fd, pid, "stat") ||
        !sb_process_read_stat(stillness->stat_fd, &stat) || stat.start_ticks != start_ticks)
        return 0;
    stillness->has_threads = stat.threads != 1;
    return stat.state != 'R' && stat.state != 'Z' && stat.state != 'X';
}

/* Whether the counts are those of the last look; keeps the new ones. */
static int has_same_counts(struct sb_stillness *stillness, pid_t pid)
{
    struct counts now = {0};
    int is_known = read_counts(stillness, pid, &now);
    int is_same = is_known && now.runs == stillness->runs && now.run_ns == stillness->run_ns;
    stillness->runs = now.runs;
    stillness->run_ns = now.run_ns;
    return is_same;
}

static enum sb_motion note_move(struct sb_stillness *stillness)
{
    stillness->is_confirmed = 0;
    if (stillness->moves < MOVES_PER_PAUSE * PAUSE_MAX)
        stillness->moves++;
    stillness->pause = stillness->moves / MOVES_PER_PAUSE;
    return SB_MOVING;
}

enum sb_motion sb_stillness_look(struct sb_stillness *stillness, pid_t pid, uint64_t start_ticks,
                                 int must_know)
{
    if (!must_know && stillness->pause) {
        stillness->pause--;
        return SB_MOVING;
    }
    if (stillness->is_confirmed) {
        if (has_same_counts(stillness, pid))
            return SB_STILL;
        stillness->is_confirmed = 0;
        if (!must_know)
            return note_move(stillness);
    }
    if (!is_asleep(stillness, pid, start_ticks))
        return note_move(stillness);
    /* It was seen asleep between two readings of its counts. Had it run in that time, or kept a CPU
     * since the first of them, they would have risen when it left that CPU. */
    if (!has_same_counts(stillness, pid) || stillness->has_threads) {
        note_move(stillness);
        return SB_ASLEEP;
    }
    stillness->is_confirmed = 1;
    stillness->moves = 0;
    return SB_STILL;
}

int sb_stillness_has_hold(const struct sb_stillness *stillness)
{
    return stillness->counts_fd >= 0;
}

void sb_stillness_end(struct sb_stillness *stillness)
{
    if (stillness->counts_fd >= 0)
        close(stillness->counts_fd);
    if (stillness->stat_fd >= 0)
        close(stillness->stat_fd);
    sb_stillness_start(stillness, stillness->syscalls);
}
