/* Memory of another process. sb_remote_read and sb_remote_batch are the only functions of this
 * program that touch it; all addresses and sizes are checked there. */
#ifndef SB_REMOTE_H
#define SB_REMOTE_H

#include "status.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ranges in one system call; the kernel's UIO_MAXIOV is 1,024. */
enum { SB_BATCH_MAX = 512 };

/* A range of remote memory. */
struct sb_range {
    uint64_t addr;
    uint32_t len;
};

/* Copies `count` ranges, one after the other, to `out`. Returns the number of bytes copied, which
 * stops at the first range that cannot be read whole, or -1 with errno. `context` is the reader's.
 */
typedef ssize_t sb_read_fn(void *context, pid_t pid, const struct sb_range *ranges, size_t count,
                           void *out);

/* How to reach one process. Tests put a memory image behind `read`. */
struct sb_remote {
    pid_t pid;
    sb_read_fn *read; /* NULL: process_vm_readv */
    void *context;
    uint64_t *syscalls; /* counts calls; may be NULL */
};

/* Copies `len` bytes at `addr`. SB_READ_FAULT when any of them is unreadable (`out` is then
 * undefined), SB_NO_PROCESS, SB_NOT_PERMITTED, SB_NOT_IMPLEMENTED. */
enum sb_status sb_remote_read(const struct sb_remote *remote, uint64_t addr, void *out, size_t len);

/* Copies ranges one after the other to `out` in one system call. `done` is the number of ranges
 * that arrived whole; fewer than `count` means that range number `done` is unreadable, and the
 * result is SB_READ_FAULT. `count` is at most SB_BATCH_MAX. */
enum sb_status sb_remote_batch(const struct sb_remote *remote, const struct sb_range *ranges,
                               size_t count, void *out, size_t *done);

/* One wish of sb_remote_gather. */
struct sb_wish {
    uint64_t addr;
    void *out;
    uint32_t len;
    int ok; /* set by the call: the bytes are there */
};

/* Fills as many wishes as can be read; each unreadable one costs one more system call. Fails only
 * when the process as a whole cannot be read. */
enum sb_status sb_remote_gather(const struct sb_remote *remote, struct sb_wish *wishes,
                                size_t count);

#endif
