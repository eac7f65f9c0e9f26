/* Looks at every process of the machine: rare, since it is asked only for one that matched. */
#include "contest.h"

/* The newest or oldest process so far that a pattern means. */
struct contest {
    const struct sb_pattern *pattern;
    unsigned needs;
    pid_t self, winner;
    uint64_t start_ticks;
};

static void compete(pid_t pid, void *context)
{
    struct contest *contest = context;
    struct sb_process_names names;
    struct sb_process_stat stat;
    struct sb_identity identity;
    int is_older, is_newer;

    if (pid == contest->self || !sb_process_stat(pid, &stat))
        return;
    identity = sb_process_identify(pid, contest->needs, &names);
    if (!sb_pattern_matches(contest->pattern, &identity))
        return;
    is_older = stat.start_ticks < contest->start_ticks;
    is_newer = stat.start_ticks > contest->start_ticks ||
               (stat.start_ticks == contest->start_ticks && pid > contest->winner);
    if (contest->winner && (contest->pattern->pick == SB_PICK_OLDEST ? !is_older : !is_newer))
        return;
    contest->winner = pid;
    contest->start_ticks = stat.start_ticks;
}

pid_t sb_contest_winner(const struct sb_pattern *pattern, unsigned needs, pid_t self)
{
    struct contest contest = {.pattern = pattern, .needs = needs, .self = self};
    return sb_process_list(compete, &contest) == SB_OK ? contest.winner : 0;
}
