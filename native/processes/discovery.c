/* Remembers every pid that was looked at, so that a scan reads only what is new. */
#include "discovery.h"
#include "clock.h"
#include "contest.h"
#include "process.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OLD_S = 10,            /* the age at which a process counts as old when it is first met */
    OLD_SCANS_PERIOD = 32, /* an old one is looked at now and then */
    CHILD_LOOKS_MAX = 30,  /* ticks in which a new child may take on its name */
    WATCHES_MAX = 256,
};

static const char FPM_MASTER[] = "php-fpm: master process";

static uint32_t position(const struct sb_discovery *discovery, pid_t pid)
{
    uint32_t low = 0, high = discovery->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (discovery->sightings[middle].pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct sb_sighting *find(const struct sb_discovery *discovery, pid_t pid)
{
    uint32_t at = position(discovery, pid);
    return at < discovery->count && discovery->sightings[at].pid == pid ? &discovery->sightings[at]
                                                                        : NULL;
}

static struct sb_sighting *find_or_add(struct sb_discovery *discovery, pid_t pid)
{
    uint32_t at = position(discovery, pid);
    struct sb_sighting *sighting;
    if (at < discovery->count && discovery->sightings[at].pid == pid)
        return &discovery->sightings[at];
    if (discovery->count == discovery->cap) {
        uint32_t cap = discovery->cap ? discovery->cap * 2 : 256;
        void *bigger = realloc(discovery->sightings, cap * sizeof *sighting);
        if (!bigger)
            return NULL;
        discovery->sightings = bigger;
        discovery->cap = cap;
    }
    sighting = &discovery->sightings[at];
    memmove(sighting + 1, sighting, (discovery->count - at) * sizeof *sighting);
    discovery->count++;
    *sighting = (struct sb_sighting){.pid = pid, .first_scan = discovery->scans};
    return sighting;
}

static struct sb_watch *find_watch(const struct sb_discovery *discovery, pid_t pid)
{
    for (uint32_t i = 0; i < discovery->watch_count; i++)
        if (discovery->watches[i].pid == pid)
            return &discovery->watches[i];
    return NULL;
}

static void watch(struct sb_discovery *discovery, pid_t pid, struct sb_family *family,
                  int is_matched)
{
    struct sb_watch *known = find_watch(discovery, pid);
    if (known) {
        sb_crowd_hold(family);
        sb_crowd_release(discovery->crowd, known->family);
        known->family = family;
        known->is_matched |= is_matched;
        return;
    }
    if (discovery->watch_count == WATCHES_MAX)
        return;
    if (discovery->watch_count == discovery->watch_cap) {
        uint32_t cap = discovery->watch_cap ? discovery->watch_cap * 2 : 8;
        void *bigger = realloc(discovery->watches, cap * sizeof *discovery->watches);
        if (!bigger)
            return;
        discovery->watches = bigger;
        discovery->watch_cap = cap;
    }
    sb_crowd_hold(family);
    discovery->watches[discovery->watch_count++] =
        (struct sb_watch){pid, sb_process_open_children(pid), family, is_matched};
}

static void unwatch(struct sb_discovery *discovery, const struct sb_watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    sb_crowd_release(discovery->crowd, watch->family);
}

static int matches(const struct sb_discovery *discovery, const struct sb_identity *identity)
{
    const struct sb_pattern *contested;
    if (!sb_selection_matches(discovery->selection, identity, &contested))
        return 0;
    return !contested || sb_contest_winner(contested, sb_selection_needs(discovery->selection),
                                           discovery->self) == identity->pid;
}

static enum sb_verdict verdict_of(enum sb_status status)
{
    switch (status) {
    case SB_OK:
        return SB_VERDICT_FOLLOWED;
    case SB_NOT_READY:
    case SB_NO_PROCESS:
        return SB_VERDICT_WAITING;
    case SB_NOT_PERMITTED:
        return SB_VERDICT_DENIED;
    default:
        return SB_VERDICT_REFUSED;
    }
}

/* Watches the parent of a new target when both run the same program: then it was forked, and its
 * siblings to come have the same addresses. An FPM master runs no PHP code and is not sampled. */
static void relate(struct sb_discovery *discovery, struct sb_target *target, const char *title)
{
    struct sb_target *parent = sb_crowd_find(discovery->crowd, target->parent);
    target->is_master = target->family->php.sapi == SB_SAPI_FPM &&
                        strncmp(title, FPM_MASTER, sizeof FPM_MASTER - 1) == 0;
    if (target->is_master)
        watch(discovery, target->remote.pid, target->family,
              sb_selection_is_inherited(discovery->selection));
    else if (parent)
        watch(discovery, target->parent, target->family,
              sb_selection_is_inherited(discovery->selection));
    else if (target->parent > 1 &&
             sb_process_program(target->parent) == sb_process_program(target->remote.pid) &&
             sb_process_program(target->parent) != 0)
        watch(discovery, target->parent, target->family, 0);
}

static void try_follow(struct sb_discovery *discovery, struct sb_sighting *sighting,
                       const char *title)
{
    char detail[SB_DETAIL_BYTES];
    struct sb_target *target;
    enum sb_status status = sb_crowd_follow(discovery->crowd, sighting->pid, detail, &target);
    enum sb_verdict before = sighting->verdict;

    sighting->verdict = verdict_of(status);
    sighting->program = sb_process_program(sighting->pid);
    if (status == SB_OK)
        relate(discovery, target, title);
    else if (sighting->verdict != before && sighting->verdict != SB_VERDICT_WAITING)
        discovery->on_failure(discovery->context, sighting->pid, status, detail);
}

static void look(struct sb_discovery *discovery, struct sb_sighting *sighting)
{
    struct sb_process_names names;
    struct sb_identity identity =
        sb_process_identify(sighting->pid, sb_selection_needs(discovery->selection), &names);
    sighting->looks++;
    if (matches(discovery, &identity))
        try_follow(discovery, sighting, names.title);
    else
        sighting->verdict = SB_VERDICT_UNMATCHED;
}

/* A process may still change its name by exec: one that is met young is looked at again after 1, 2,
 * 4 and more scans. An old one is looked at now and then. */
static int is_due(const struct sb_discovery *discovery, const struct sb_sighting *sighting)
{
    uint64_t age = discovery->scans - sighting->first_scan;
    return sighting->verdict == SB_VERDICT_NEW || sighting->verdict == SB_VERDICT_WAITING ||
           (!sighting->is_old && age < OLD_SCANS_PERIOD && (age & (age - 1)) == 0) ||
           (discovery->scans + (uint64_t)sighting->pid) % OLD_SCANS_PERIOD == 0;
}

/* The kernel counts start times in ticks since boot. */
static int is_old(const struct sb_process_stat *stat)
{
    uint64_t ticks_per_s = (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t uptime_ticks = sb_clock_ns(CLOCK_BOOTTIME) / (SB_NS_PER_S / ticks_per_s);
    return uptime_ticks - stat->start_ticks > OLD_S * ticks_per_s;
}

static void scan_one(pid_t pid, void *context)
{
    struct sb_discovery *discovery = context;
    struct sb_sighting *sighting;
    struct sb_process_stat stat;

    if (pid == discovery->self || (sighting = find_or_add(discovery, pid)) == NULL)
        return;
    sighting->last_scan = discovery->scans;
    if (sighting->verdict == SB_VERDICT_FOLLOWED || !is_due(discovery, sighting))
        return;
    if (!sb_process_stat(pid, &stat) || stat.state == 'Z')
        return;
    if (stat.start_ticks != sighting->start_ticks)
        *sighting = (struct sb_sighting){.pid = pid,
                                         .start_ticks = stat.start_ticks,
                                         .is_old = (uint8_t)is_old(&stat),
                                         .first_scan = discovery->scans,
                                         .last_scan = discovery->scans};
    if ((sighting->verdict == SB_VERDICT_REFUSED || sighting->verdict == SB_VERDICT_DENIED) &&
        sb_process_program(pid) == sighting->program)
        return;
    look(discovery, sighting);
}

static void forget_gone(struct sb_discovery *discovery)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < discovery->count; i++)
        if (discovery->sightings[i].last_scan == discovery->scans ||
            discovery->sightings[i].verdict == SB_VERDICT_FOLLOWED)
            discovery->sightings[kept++] = discovery->sightings[i];
    discovery->count = kept;
    kept = 0;
    for (uint32_t i = 0; i < discovery->watch_count; i++)
        if (find(discovery, discovery->watches[i].pid))
            discovery->watches[kept++] = discovery->watches[i];
        else
            unwatch(discovery, &discovery->watches[i]);
    discovery->watch_count = kept;
}

enum sb_status sb_discovery_scan(struct sb_discovery *discovery)
{
    enum sb_status status;
    discovery->scans++;
    discovery->self = getpid();
    status = sb_process_list(scan_one, discovery);
    if (status == SB_OK)
        forget_gone(discovery);
    return status;
}

struct poll {
    struct sb_discovery *discovery;
    struct sb_watch watch;
};

static void poll_child(pid_t pid, void *context)
{
    const struct poll *poll = context;
    struct sb_discovery *discovery = poll->discovery;
    struct sb_sighting *sighting = find(discovery, pid);

    if (sighting && (sighting->verdict != SB_VERDICT_UNMATCHED || poll->watch.is_matched ||
                     sighting->looks >= CHILD_LOOKS_MAX))
        return;
    sighting = find_or_add(discovery, pid);
    if (!sighting)
        return;
    sighting->last_scan = discovery->scans;
    if (!poll->watch.is_matched) {
        struct sb_process_names names;
        struct sb_identity identity =
            sb_process_identify(pid, sb_selection_needs(discovery->selection), &names);
        sighting->looks++;
        sighting->verdict = SB_VERDICT_UNMATCHED;
        if (!matches(discovery, &identity))
            return;
    }
    if (poll->watch.family &&
        sb_crowd_follow_fork(discovery->crowd, pid, poll->watch.family) == SB_OK)
        sighting->verdict = SB_VERDICT_FOLLOWED;
}

void sb_discovery_poll(struct sb_discovery *discovery)
{
    for (uint32_t i = 0; i < discovery->watch_count; i++) {
        struct poll poll = {discovery, discovery->watches[i]};
        ++*discovery->crowd->syscalls;
        sb_process_children(poll.watch.fd, poll_child, &poll);
    }
}

void sb_discovery_lost(struct sb_discovery *discovery, pid_t pid)
{
    struct sb_sighting *sighting = find(discovery, pid);
    if (sighting)
        sighting->verdict = SB_VERDICT_NEW;
}

uint32_t sb_discovery_count(const struct sb_discovery *discovery, enum sb_verdict verdict)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < discovery->count; i++)
        count += discovery->sightings[i].verdict == verdict;
    return count;
}

void sb_discovery_free(struct sb_discovery *discovery)
{
    for (uint32_t i = 0; i < discovery->watch_count; i++)
        unwatch(discovery, &discovery->watches[i]);
    free(discovery->sightings);
    free(discovery->watches);
}
