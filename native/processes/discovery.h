/* Finds processes by pattern: all of /proc about once a second, children of known parents at every
 * tick, so that short-lived workers are met at once. */
#ifndef SB_DISCOVERY_H
#define SB_DISCOVERY_H

#include "crowd.h"
#include "selection.h"

/* What became of a process that was looked at. */
enum sb_verdict {
    SB_VERDICT_NEW,
    SB_VERDICT_UNMATCHED,
    SB_VERDICT_FOLLOWED,
    SB_VERDICT_WAITING, /* matched, but PHP has not started up in it: tried again */
    SB_VERDICT_REFUSED, /* not PHP, or none that can be sampled: tried again after an exec */
    SB_VERDICT_DENIED,  /* may not be read */
};

struct sb_sighting {
    pid_t pid;
    uint64_t start_ticks, program, first_scan, last_scan;
    uint32_t looks;
    uint8_t is_old; /* when it was first met: it will hardly change its name any more */
    enum sb_verdict verdict;
};

/* A parent whose children are watched. */
struct sb_watch {
    pid_t pid;
    int fd;                   /* of the list of its children, or -1 */
    struct sb_family *family; /* of its children */
    int is_matched;           /* the parent matched the pattern itself, so its children do */
};

struct sb_discovery {
    const struct sb_selection *selection;
    struct sb_crowd *crowd;
    /* Called when a process that matched cannot be followed; `detail` may be "". */
    void (*on_failure)(void *context, pid_t pid, enum sb_status status, const char *detail);
    void *context;
    struct sb_sighting *sightings; /* sorted by pid */
    uint32_t count, cap;
    struct sb_watch *watches;
    uint32_t watch_count, watch_cap;
    uint64_t scans;
    pid_t self;
};

/* Looks at all processes. */
enum sb_status sb_discovery_scan(struct sb_discovery *discovery);

/* Looks at the children of known parents. */
void sb_discovery_poll(struct sb_discovery *discovery);

/* Tells that a followed process is gone, or is no longer what it was. */
void sb_discovery_lost(struct sb_discovery *discovery, pid_t pid);

/* How many processes have this verdict now. */
uint32_t sb_discovery_count(const struct sb_discovery *discovery, enum sb_verdict verdict);

void sb_discovery_free(struct sb_discovery *discovery);

#endif
