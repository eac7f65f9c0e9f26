/* Capabilities and users. */
#include "privileges.h"
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(char *error, const char *what, const char *why)
{
    snprintf(error, SB_PRIVILEGES_ERROR_BYTES, "%s: %s.", what, why);
    return 0;
}

int sb_user_find(const char *name, struct sb_user *user, char *error)
{
    const struct passwd *entry;
    char *end;
    unsigned long uid, gid;

    *user = (struct sb_user){0};
    if (!name)
        return 1;
    entry = getpwnam(name);
    uid = strtoul(name, &end, 10);
    gid = uid;
    if (!entry && (*name < '0' || *name > '9'))
        return fail(error, "Option --user", "there is no user of that name");
    if (!entry && *end == ':')
        gid = strtoul(end + 1, &end, 10);
    else if (!entry && *end == '\0' && (entry = getpwuid((uid_t)uid)) == NULL)
        gid = uid;
    if (!entry && (*end || uid > INT32_MAX || gid > INT32_MAX))
        return fail(error, "Option --user", "not the name of a user, nor UID, nor UID:GID");
    user->uid = entry ? entry->pw_uid : (uid_t)uid;
    user->gid = entry ? entry->pw_gid : (gid_t)gid;
    user->is_set = 1;
    return 1;
}

/* Leaves CAP_SYS_PTRACE, as far as we have it. */
static int keep_one_capability(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0}};
    const unsigned mask = 1u << CAP_SYS_PTRACE;

    if (syscall(SYS_capget, &header, data) != 0)
        return 0;
    data[0].effective = data[0].permitted & mask;
    data[0].permitted &= mask;
    data[0].inheritable = 0;
    data[1] = (struct __user_cap_data_struct){0};
    return syscall(SYS_capset, &header, data) == 0;
}

/* What no program after us may have. Fails without CAP_SETPCAP, when there is little to lose. */
static void drop_bounding_set(void)
{
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capability != CAP_SYS_PTRACE)
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

int sb_privileges_drop(const struct sb_user *user, char *error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(error, "The kernel refuses no_new_privs", strerror(errno));
    if (!user->is_set)
        return 1;
    drop_bounding_set();
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(user->gid, user->gid, user->gid) != 0 ||
        setresuid(user->uid, user->uid, user->uid) != 0)
        return fail(error, "Option --user: cannot become that user", strerror(errno));
    if (!keep_one_capability())
        return fail(error, "Option --user: capabilities cannot be set", strerror(errno));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return 1;
}
