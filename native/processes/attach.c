/* Processes that were named but are not followed yet: tried until they serve or are given up. */
#include "attach.h"
#include "clock.h"
#include <stdio.h>

enum {
    STEP_MS = 10,       /* a starting process is looked at that often */
    START_UP_MS = 1000, /* -p waits that long for PHP to start up */
};

_Static_assert(SB_STATUS_COUNT <= 32, "one bit of `said` for each status");

static void say(struct sb_attach *attach, enum sb_level level, enum sb_status status,
                const char *text)
{
    attach->sink->ops->message(attach->sink, level, sb_status_name(status), text);
}

static void describe(char *text, size_t size, pid_t pid, enum sb_status status, const char *detail)
{
    snprintf(text, size, "Process %d%s%s%s: %s", (int)pid, *detail ? " (" : "", detail,
             *detail ? ")" : "", sb_status_text(status));
}

/* A process that the user named by -p failed for good. */
static void note_failure(struct sb_attach *attach, pid_t pid, enum sb_status status,
                         const char *detail)
{
    char text[SB_ENDING_BYTES];
    describe(text, sizeof text, pid, status, detail);
    if (attach->first_failure == SB_OK) {
        attach->first_failure = status;
        snprintf(attach->first_text, sizeof attach->first_text, "%s", text);
    }
    if (attach->options->pid_count > 1 || attach->has_sampled)
        say(attach, SB_WARN, status, text);
}

void sb_attach_on_failure(void *context, pid_t pid, enum sb_status status, const char *detail)
{
    struct sb_attach *attach = context;
    char text[SB_ENDING_BYTES];
    if (status == SB_NOT_PHP || status == SB_READ_FAULT || attach->said & (1u << status))
        return;
    attach->said |= 1u << status;
    describe(text, sizeof text, pid, status, detail);
    if (status == SB_NOT_PERMITTED) {
        attach->first_failure = status;
        snprintf(attach->first_text, sizeof attach->first_text, "%s", text);
    }
    say(attach, SB_WARN, status, text);
}

static int is_still_starting(const struct sb_attach *attach, const struct sb_pending *pending,
                             enum sb_status status, uint64_t now_ns)
{
    if (attach->command)
        return !attach->command->has_ended && status != SB_PHP_VERSION && status != SB_PHP_ZTS &&
               status != SB_PHP_DEBUG && status != SB_NOT_PERMITTED;
    return status == SB_NOT_READY && now_ns - pending->since_ns < START_UP_MS * SB_NS_PER_MS;
}

void sb_attach_try(struct sb_attach *attach, uint64_t now_ns)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < attach->pending_count; i++) {
        struct sb_pending *pending = &attach->pending[i];
        char detail[SB_DETAIL_BYTES];
        enum sb_status status;
        if (now_ns < pending->next_ns) {
            attach->pending[kept++] = *pending;
            continue;
        }
        status = sb_crowd_follow(attach->crowd, pending->pid, detail, NULL);
        if (status == SB_OK)
            continue;
        if (is_still_starting(attach, pending, status, now_ns)) {
            pending->next_ns = now_ns + STEP_MS * SB_NS_PER_MS;
            attach->pending[kept++] = *pending;
        } else {
            note_failure(attach, pending->pid, status, detail);
        }
    }
    attach->pending_count = kept;
}

void sb_attach_add(struct sb_attach *attach, pid_t pid, uint64_t now_ns)
{
    if (attach->pending_count < SB_PIDS_MAX)
        attach->pending[attach->pending_count++] = (struct sb_pending){pid, now_ns, 0};
}
