/* The way from a pid that was named to a process that is followed, and what is said when it fails.
 */
#ifndef SB_ATTACH_H
#define SB_ATTACH_H

#include "command.h"
#include "crowd.h"
#include "engine.h"
#include "options.h"
#include "sink.h"

/* A process that was named but cannot be sampled yet. */
struct sb_pending {
    pid_t pid;
    uint64_t since_ns, next_ns;
};

/* The first four fields are the owner's, and set by it; the rest starts as zeros. */
struct sb_attach {
    const struct sb_options *options;
    struct sb_sink *sink;
    struct sb_command *command; /* or NULL */
    struct sb_crowd *crowd;
    struct sb_pending pending[SB_PIDS_MAX];
    unsigned pending_count;
    enum sb_status first_failure; /* of a process that was named, or SB_OK */
    char first_text[SB_ENDING_BYTES];
    uint32_t said;   /* bit by status: what was said about a process that matched -P */
    int has_sampled; /* set by the owner: failures are news then */
};

/* Tries this process from now on. */
void sb_attach_add(struct sb_attach *attach, pid_t pid, uint64_t now_ns);

/* Tries those that are due. They end in the crowd, or as a failure that is noted. */
void sb_attach_try(struct sb_attach *attach, uint64_t now_ns);

/* A process that matched -P cannot be followed. Each reason is said once: workers come
 * in crowds. That something is not PHP is no news. For sb_discovery; `context` is the struct. */
void sb_attach_on_failure(void *context, pid_t pid, enum sb_status status, const char *detail);

#endif
