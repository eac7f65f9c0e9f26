/* Reads by process_vm_readv, many ranges per call. */
#include "remote.h"
#include <errno.h>
#include <sys/uio.h>

/* No user-space address is above this on the supported machines (47 or 48 bits, and 52 on arm64).
 */
static const uint64_t ADDR_LIMIT = 1ull << 52;
static const uint64_t ADDR_FLOOR = 4096;

static int is_sane(const struct sb_range *range)
{
    return range->addr >= ADDR_FLOOR && range->addr < ADDR_LIMIT && range->len > 0;
}

static ssize_t read_process(pid_t pid, const struct sb_range *ranges, size_t count, void *out)
{
    struct iovec local = {.iov_base = out, .iov_len = 0}, remote[SB_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        remote[i].iov_base = (void *)(uintptr_t)ranges[i].addr;
        remote[i].iov_len = ranges[i].len;
        local.iov_len += ranges[i].len;
    }
    return process_vm_readv(pid, &local, 1, remote, count, 0);
}

static enum sb_status status_of_errno(int error)
{
    switch (error) {
    case ESRCH:
        return SB_NO_PROCESS;
    case EPERM:
    case EACCES:
        return SB_NOT_PERMITTED;
    case ENOSYS:
        return SB_NOT_IMPLEMENTED;
    case ENOMEM:
        return SB_NO_MEMORY;
    default:
        return SB_READ_FAULT;
    }
}

enum sb_status sb_remote_batch(const struct sb_remote *remote, const struct sb_range *ranges,
                               size_t count, void *out, size_t *done)
{
    size_t sane = 0;
    ssize_t copied;

    *done = 0;
    if (count > SB_BATCH_MAX)
        return SB_INTERNAL;
    while (sane < count && is_sane(&ranges[sane]))
        sane++;
    if (sane == 0)
        return count == 0 ? SB_OK : SB_READ_FAULT;
    if (remote->syscalls)
        ++*remote->syscalls;
    copied = remote->read ? remote->read(remote->context, remote->pid, ranges, sane, out)
                          : read_process(remote->pid, ranges, sane, out);
    if (copied < 0)
        return status_of_errno(errno);
    for (size_t left = (size_t)copied; *done < sane && left >= ranges[*done].len; ++*done)
        left -= ranges[*done].len;
    return *done == count ? SB_OK : SB_READ_FAULT;
}

enum sb_status sb_remote_read(const struct sb_remote *remote, uint64_t addr, void *out, size_t len)
{
    struct sb_range range = {.addr = addr, .len = (uint32_t)len};
    size_t done;
    if (len == 0)
        return SB_OK;
    if (len > UINT32_MAX)
        return SB_READ_FAULT;
    return sb_remote_batch(remote, &range, 1, out, &done);
}

static ssize_t read_wishes(const struct sb_remote *remote, const struct sb_wish *wishes,
                           size_t count)
{
    struct iovec local[SB_BATCH_MAX], far[SB_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        local[i] = (struct iovec){wishes[i].out, wishes[i].len};
        far[i] = (struct iovec){(void *)(uintptr_t)wishes[i].addr, wishes[i].len};
    }
    if (remote->syscalls)
        ++*remote->syscalls;
    return process_vm_readv(remote->pid, local, count, far, count, 0);
}

/* A test's reader has no scatter: it gets one wish per call. */
static ssize_t read_one_wish(const struct sb_remote *remote, const struct sb_wish *wish)
{
    struct sb_range range = {.addr = wish->addr, .len = wish->len};
    return remote->read(remote->context, remote->pid, &range, 1, wish->out);
}

static size_t sane_run(const struct sb_wish *wishes, size_t count)
{
    size_t run = 0;
    while (run < count && is_sane(&(struct sb_range){wishes[run].addr, wishes[run].len}))
        run++;
    return run;
}

enum sb_status sb_remote_gather(const struct sb_remote *remote, struct sb_wish *wishes,
                                size_t count)
{
    const size_t most = remote->read ? 1 : SB_BATCH_MAX;
    size_t at = 0;
    while (at < count) {
        size_t run = sane_run(&wishes[at], count - at < most ? count - at : most), got = 0, left;
        ssize_t copied;
        if (run == 0) {
            wishes[at++].ok = 0;
            continue;
        }
        copied = remote->read ? read_one_wish(remote, &wishes[at])
                              : read_wishes(remote, &wishes[at], run);
        if (copied < 0 && errno != EFAULT)
            return status_of_errno(errno);
        left = copied < 0 ? 0 : (size_t)copied;
        for (; got < run && left >= wishes[at + got].len; got++) {
            left -= wishes[at + got].len;
            wishes[at + got].ok = 1;
        }
        at += got;
        if (got < run)
            wishes[at++].ok = 0;
    }
    return SB_OK;
}
