/* What was seen of one process at one moment, in numbers of the tables. It stays true, and can be
 * told again, for as long as the process does not run. */
#ifndef SB_MOMENT_H
#define SB_MOMENT_H

#include "tables.h"
#include <sys/types.h>

struct sb_trace;

struct sb_moment {
    uint64_t epoch; /* of the tables; the numbers are dead in any other */
    uint32_t stack, meta, process;
    pid_t pid;
};

/* Enters a trace into the tables. SB_NO_MEMORY, also when a table is full. */
enum sb_status sb_moment_of(struct sb_tables *tables, const struct sb_trace *trace,
                            struct sb_moment *moment);

#endif
