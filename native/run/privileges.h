/* What the sampler may still do once it runs: read other processes and write its output. */
#ifndef SB_PRIVILEGES_H
#define SB_PRIVILEGES_H

#include "status.h"
#include <sys/types.h>

enum { SB_PRIVILEGES_ERROR_BYTES = 256 };

/* A user to become, resolved while the user database may still be read. */
struct sb_user {
    uid_t uid;
    gid_t gid;
    int is_set;
};

/* `name` is a user's name, UID or UID:GID; NULL leaves all as it is. False with a sentence. */
int sb_user_find(const char *name, struct sb_user *user, char *error);

/* Becomes the user with no group but its own and no capability but CAP_SYS_PTRACE, where there is
 * one; no program that is started can gain any. False with a sentence. */
int sb_privileges_drop(const struct sb_user *user, char *error);

/* From now on system calls that a running sampler does not need fail with EPERM: no program is
 * started, no file is opened for writing, no memory of others is written. `pauses` allows ptrace,
 * `child` is the one process that may be signalled, or 0. Does nothing where the kernel has no
 * seccomp. */
void sb_privileges_confine(int pauses, pid_t child);

#endif
