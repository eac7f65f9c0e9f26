/* Reads /proc. */
#include "process.h"
#include "bytes.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHILDREN_BYTES = 16384, CHILDREN_PAGE_BYTES = 4000 };

/* Reads a small file whole and closes it; -1 when it cannot be read. Always terminates. */
static ssize_t read_file(int fd, char *buffer, size_t size)
{
    ssize_t total = 0, got;
    buffer[0] = '\0';
    if (fd < 0)
        return -1;
    while ((size_t)total + 1 < size &&
           (got = read(fd, buffer + total, size - 1 - (size_t)total)) > 0)
        total += got;
    close(fd);
    buffer[total] = '\0';
    return total;
}

int sb_process_parse_stat(const char *text, struct sb_process_stat *stat)
{
    const char *at = strrchr(text, ')');
    char *end;
    if (!at || at[1] != ' ' || !isalpha((unsigned char)at[2]) || at[3] != ' ')
        return 0;
    stat->state = at[2];
    at += 4;
    stat->parent = (pid_t)strtol(at, &end, 10);
    if (end == at || *end != ' ')
        return 0;
    stat->group = (pid_t)strtol(end, &end, 10);
    if (*end != ' ')
        return 0;
    /* the process group is field 5, the number of threads 20, the start time 22 */
    at = end;
    for (int field = 6; field < 20; field++) {
        at = strchr(at + 1, ' ');
        if (!at)
            return 0;
    }
    stat->threads = (uint32_t)strtoul(at, &end, 10);
    at = strchr(end, ' ');
    if (!at || (at = strchr(at + 1, ' ')) == NULL)
        return 0;
    stat->start_ticks = strtoull(at, &end, 10);
    return end != at;
}

int sb_process_open(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

int sb_process_read_stat(int fd, struct sb_process_stat *stat)
{
    char text[SB_STAT_BYTES];
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    if (len <= 0)
        return 0;
    text[len] = '\0';
    return sb_process_parse_stat(text, stat);
}

int sb_process_stat(pid_t pid, struct sb_process_stat *stat)
{
    int fd = sb_process_open(pid, "stat"), is_read;
    if (fd < 0)
        return 0;
    is_read = sb_process_read_stat(fd, stat);
    close(fd);
    return is_read;
}

/* Reads /proc/PID/NAME into `buffer`, without the last newline. */
static ssize_t read_entry(pid_t pid, const char *name, char *buffer, size_t size)
{
    ssize_t len = read_file(sb_process_open(pid, name), buffer, size);
    if (len > 0 && buffer[len - 1] == '\n')
        buffer[--len] = '\0';
    return len;
}

/* The effective and the real user, from the line "Uid:" of /proc/PID/status. */
static void read_users(pid_t pid, struct sb_identity *identity)
{
    char text[2048], *at, *end;
    if (read_entry(pid, "status", text, sizeof text) <= 0 || (at = strstr(text, "\nUid:")) == NULL)
        return;
    identity->real_user = strtoll(at + 5, &end, 10);
    identity->user = strtoll(end, &end, 10);
}

/* The arguments end in NULs; a title that a process gave itself may have many. */
static void read_arguments(pid_t pid, struct sb_process_names *names)
{
    ssize_t len = read_entry(pid, "cmdline", names->full, sizeof names->full);
    memcpy(names->title, names->full, sizeof names->title);
    while (len > 0 && names->full[len - 1] == '\0')
        len--;
    for (ssize_t i = 0; i < len; i++)
        if (names->full[i] == '\0')
            names->full[i] = ' ';
}

struct sb_identity sb_process_identify(pid_t pid, unsigned needs, struct sb_process_names *names)
{
    struct sb_identity identity = {.pid = pid,
                                   .parent = -1,
                                   .group = -1,
                                   .user = -1,
                                   .real_user = -1,
                                   .comm = names->comm,
                                   .path = names->path,
                                   .title = names->title,
                                   .full = names->full,
                                   .cgroup = names->cgroup};
    struct sb_process_stat stat;
    char path[64];
    const char *slash;
    ssize_t len;

    if (sb_process_stat(pid, &stat)) {
        identity.parent = stat.parent;
        identity.group = stat.group;
    }
    if (needs & SB_NEEDS_OWNER)
        read_users(pid, &identity);
    read_entry(pid, "comm", names->comm, sizeof names->comm);
    names->cgroup[0] = '\0';
    if (needs & SB_NEEDS_CGROUP)
        read_entry(pid, "cgroup", names->cgroup, sizeof names->cgroup);
    read_arguments(pid, names);
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    len = readlink(path, names->path, sizeof names->path - 1);
    names->path[len > 0 ? len : 0] = '\0';
    slash = strrchr(names->path, '/');
    identity.program = slash ? slash + 1 : names->path;
    return identity;
}

uint64_t sb_process_program(pid_t pid)
{
    char path[64];
    struct stat info;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    return stat(path, &info) == 0 ? sb_mix(info.st_dev) ^ sb_mix(info.st_ino + 1) : 0;
}

int sb_process_open_children(pid_t pid)
{
    char name[48];
    snprintf(name, sizeof name, "task/%d/children", (int)pid);
    return sb_process_open(pid, name);
}

void sb_process_children(int fd, void (*each)(pid_t child, void *context), void *context)
{
    char text[CHILDREN_BYTES], *at = text, *end;
    ssize_t total = 0, got = 0;
    if (fd < 0)
        return;
    /* The kernel gives a page at a time: what is much less is all. */
    do {
        got = pread(fd, text + total, sizeof text - 1 - (size_t)total, total);
        total += got > 0 ? got : 0;
    } while (got >= CHILDREN_PAGE_BYTES);
    text[total] = '\0';
    for (;;) {
        long child = strtol(at, &end, 10);
        /* A number that the buffer's end cuts off is left for the next scan. */
        if (end == at || *end != ' ')
            return;
        each((pid_t)child, context);
        at = end;
    }
}

enum sb_status sb_process_list(void (*each)(pid_t pid, void *context), void *context)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    if (!proc)
        return SB_INTERNAL;
    while ((entry = readdir(proc)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            each((pid_t)strtol(entry->d_name, NULL, 10), context);
    closedir(proc);
    return SB_OK;
}
