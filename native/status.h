/* Results of functions and exit codes of the program, from the one list in status.def. */
#ifndef SB_STATUS_H
#define SB_STATUS_H

enum sb_status {
#define SB_STATUS(id, name, exit_code, sentence) SB_##id,
#include "status.def"
#undef SB_STATUS
    SB_STATUS_COUNT
};

/* Lower-case stable name, such as "not_permitted". Never NULL. */
const char *sb_status_name(enum sb_status status);

/* One English sentence with its full stop. Never NULL. */
const char *sb_status_text(enum sb_status status);

/* The exit code of a program that ends for this reason. */
int sb_status_exit(enum sb_status status);

#endif
