/* Lines of /proc/PID/maps. */
#ifndef SB_MAPS_H
#define SB_MAPS_H

#include <stddef.h>
#include <stdint.h>

struct sb_mapping {
    uint64_t start, end, offset, inode;
    char prot[5];     /* such as "rw-s" */
    const char *path; /* points into the line; "" when the mapping has none */
};

/* Parses one line without its newline. False when the line is not of that form. The path may hold
 * any byte; the kernel writes newlines in it as \012. */
int sb_maps_parse(const char *line, struct sb_mapping *mapping);

/* Calls `each` for every mapping of `pid` until it returns non-zero. Returns 0, or -1 with errno
 * when the file cannot be read. */
int sb_maps_walk(int pid, int (*each)(const struct sb_mapping *mapping, void *context),
                 void *context);

#endif
