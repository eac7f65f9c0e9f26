/* The run: finds processes, samples all of them at every tick, tells the sink. One thread. */
#ifndef SB_ENGINE_H
#define SB_ENGINE_H

#include "command.h"
#include "discovery.h"
#include "options.h"
#include "sink.h"
#include <signal.h>

enum { SB_ENDING_BYTES = 512 };

/* How a run ended. */
struct sb_ending {
    enum sb_status status;
    const char *reason;         /* of BYE: end, signal, limit, no_target, error */
    char text[SB_ENDING_BYTES]; /* a sentence, or "" */
};

/* Samples until nothing is left, a limit is reached, the reader is gone or `stop` becomes non-zero.
 * `command` is NULL without one; it has been started. The sink has been started. */
void sb_engine_run(const struct sb_options *options, struct sb_sink *sink,
                   struct sb_command *command, const volatile sig_atomic_t *stop,
                   struct sb_ending *ending);

#endif
