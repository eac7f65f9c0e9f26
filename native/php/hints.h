/* What the user says about a PHP whose symbols are missing: -V, -x, -a and --libname-awk-patt. */
#ifndef SB_HINTS_H
#define SB_HINTS_H

#include "php.h"
#include <regex.h>

/* What the user knows better; zeroes: nothing. */
struct sb_php_hints {
    const struct sb_layout *layout; /* the version that it must be, or is where none can be found */
    uint64_t executor_globals, sapi_globals;
    regex_t library; /* which mappings are PHP's library, instead of libphp* and mod_php* */
    int has_library;
};

/* Enters them into what was found, which is `status` and `php`. The user's word counts where
 * nothing is known, or is a condition where something is. SB_PHP_VERSION; SB_BAD_ADDRESS when no
 * executor globals can be where they are said to be; else `status`, or SB_OK where that was
 * SB_NOT_PHP and the hints are enough. */
enum sb_status sb_hints_apply(const struct sb_php_hints *hints, const struct sb_remote *remote,
                              enum sb_status status, struct sb_php *php, char *detail);

#endif
