/* The status list as a table. */
#include "status.h"

static const struct {
    const char *name;
    int exit_code;
    const char *sentence;
} statuses[] = {
#define SB_STATUS(id, name, exit_code, sentence) {name, exit_code, sentence},
#include "status.def"
#undef SB_STATUS
};

static unsigned bounded(enum sb_status status)
{
    return (unsigned)status < SB_STATUS_COUNT ? (unsigned)status : (unsigned)SB_INTERNAL;
}

const char *sb_status_name(enum sb_status status)
{
    return statuses[bounded(status)].name;
}

const char *sb_status_text(enum sb_status status)
{
    return statuses[bounded(status)].sentence;
}

int sb_status_exit(enum sb_status status)
{
    return statuses[bounded(status)].exit_code;
}
