/* pgrep's -n and -o: of all processes that a pattern means, the newest or the oldest. */
#ifndef SB_CONTEST_H
#define SB_CONTEST_H

#include "process.h"

/* `needs` are those of the selection; `self` takes no part. 0 when no process matches, or /proc
 * cannot be read. */
pid_t sb_contest_winner(const struct sb_pattern *pattern, unsigned needs, pid_t self);

#endif
