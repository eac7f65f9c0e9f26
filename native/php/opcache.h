/* Opcache's shared memory, in which scripts lie until opcache starts over. */
#ifndef SB_OPCACHE_H
#define SB_OPCACHE_H

#include "php.h"

/* Of the counters of restarts: three 64-bit numbers. They rise before memory is used anew, and that
 * happens only while no process runs a script from it. */
enum { SB_RESTARTS_BYTES = 24 };

/* The address of the counters when `memory` is opcache's, or 0. */
uint64_t sb_opcache_restarts(const struct sb_remote *remote, const struct sb_span *memory);

#endif
