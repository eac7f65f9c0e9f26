/* One PHP program in memory: which version it is and where its globals are. */
#ifndef SB_PHP_H
#define SB_PHP_H

#include "layout.h"
#include "remote.h"

enum {
    SB_SHARED_MAX = 8,
    SB_STABLE_MAX = 32, /* address ranges of one process in which functions don't move */
    SB_DETAIL_BYTES = 160,
};

/* Server APIs that differ for a sampler. */
enum sb_sapi { SB_SAPI_OTHER, SB_SAPI_CLI, SB_SAPI_FASTCGI, SB_SAPI_FPM, SB_SAPI_APACHE };

struct sb_span {
    uint64_t start, end;
};

struct sb_php_hints;

/* What a process tells about its PHP. Plain data: children of one parent have it in common. */
struct sb_php {
    const struct sb_layout *layout;
    enum sb_sapi sapi;
    uint64_t executor_globals, sapi_globals; /* sapi_globals may be 0 */
    uint64_t device, inode;                  /* of the program file, 0 when unknown */
    uint64_t key;                            /* equal for processes that share all addresses */
    /* Opcache's shared memory, the program, its libraries: functions there stay what they are, in
     * the first until its `restarts` rise. `heap` is the C library's heap, which holds only
     * internal functions. */
    struct sb_span stable[SB_STABLE_MAX], heap;
    unsigned stable_count;
    uint64_t restarts; /* address of the counters of opcache's restarts (opcache.h), or 0 */
};

/* Finds PHP in a process. `hints` may be NULL. `detail` (SB_DETAIL_BYTES) gets what a message
 * should add, such as the version found, or "". SB_NOT_PHP, SB_NOT_READY, SB_PHP_VERSION,
 * SB_PHP_ZTS, SB_PHP_DEBUG, SB_NOT_PERMITTED or SB_NO_PROCESS. */
enum sb_status sb_php_find(const struct sb_remote *remote, const struct sb_php_hints *hints,
                           struct sb_php *php, char *detail);

/* True when functions at `addr` stay what they are, but for restarts of opcache. */
int sb_php_is_stable(const struct sb_php *php, uint64_t addr);

#endif
