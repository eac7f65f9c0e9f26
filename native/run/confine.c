/* The list of system calls that a running sampler may make, as a seccomp filter. */
#include "privileges.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef __SANITIZE_ADDRESS__
enum { IS_SANITIZED = 1 }; /* the checker's own system calls are on no list */
#else
enum { IS_SANITIZED = 0 };
#endif

enum { FILTER_MAX = 128 };

struct program {
    struct sock_filter code[FILTER_MAX];
    unsigned short count;
};

static void emit(struct program *program, struct sock_filter instruction)
{
    if (program->count < FILTER_MAX)
        program->code[program->count++] = instruction;
}

static void load(struct program *program, size_t offset)
{
    emit(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void give(struct program *program, unsigned verdict)
{
    emit(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* Lets a system call pass. The number is loaded. */
static void allow(struct program *program, unsigned number)
{
    emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    give(program, SECCOMP_RET_ALLOW);
}

/* Lets it pass when the low half of argument `index` has none of these bits. */
static void allow_without(struct program *program, unsigned number, unsigned index, unsigned bits)
{
    emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4));
    load(program, offsetof(struct seccomp_data, args[0]) + 8 * index);
    emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0));
    give(program, SECCOMP_RET_ALLOW);
    give(program, SECCOMP_RET_ERRNO | EPERM);
}

/* Lets it pass when argument `index` is `value`. */
static void allow_only(struct program *program, unsigned number, unsigned index, unsigned value)
{
    emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4));
    load(program, offsetof(struct seccomp_data, args[0]) + 8 * index);
    emit(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    give(program, SECCOMP_RET_ALLOW);
    give(program, SECCOMP_RET_ERRNO | EPERM);
}

/* The most frequent first. */
static void allow_all_needed(struct program *program)
{
    static const unsigned numbers[] = {
        SYS_process_vm_readv,
        SYS_pread64,
        SYS_clock_nanosleep,
        SYS_read,
        SYS_close,
        SYS_write,
        SYS_sendto,
        SYS_clock_gettime,
        SYS_gettimeofday,
        SYS_getdents64,
        SYS_newfstatat,
        SYS_fstat,
        SYS_statx,
        SYS_readlinkat,
        SYS_lseek,
        SYS_munmap,
        SYS_mremap,
        SYS_madvise,
        SYS_brk,
        SYS_ppoll,
        SYS_writev,
        SYS_wait4,
        SYS_waitid,
        SYS_nanosleep,
        SYS_restart_syscall,
        SYS_rt_sigreturn,
        SYS_rt_sigaction,
        SYS_rt_sigprocmask,
        SYS_ioctl,
        SYS_getpid,
        SYS_gettid,
        SYS_getrandom,
        SYS_futex,
        SYS_exit,
        SYS_exit_group,
#ifdef SYS_poll /* not on arm64 */
        SYS_poll,
        SYS_readlink,
        SYS_stat,
        SYS_lstat,
#endif
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        allow(program, numbers[i]);
}

void sb_privileges_confine(int pauses, pid_t child)
{
#ifdef ARCH
    const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    struct program program = {.count = 0};
    struct sock_fprog filter;

    if (IS_SANITIZED)
        return;
    load(&program, offsetof(struct seccomp_data, arch));
    emit(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
    give(&program, SECCOMP_RET_ERRNO | EPERM);
    load(&program, offsetof(struct seccomp_data, nr));
    allow_all_needed(&program);
    allow_without(&program, SYS_openat, 2, writing);
#ifdef SYS_open
    allow_without(&program, SYS_open, 1, writing);
#endif
    allow_without(&program, SYS_mmap, 2, PROT_EXEC);
    allow_only(&program, SYS_tgkill, 0, (unsigned)getpid()); /* the live view ends and stops us */
    if (pauses)
        allow(&program, SYS_ptrace);
    if (child > 0)
        allow_only(&program, SYS_kill, 0, (unsigned)child);
    give(&program, SECCOMP_RET_ERRNO | EPERM);
    filter = (struct sock_fprog){program.count, program.code};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
#else
    (void)pauses;
    (void)child;
#endif
}
