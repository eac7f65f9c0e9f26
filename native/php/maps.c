/* Reads /proc/PID/maps line by line. */
#include "maps.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_number(const char **at, int base, uint64_t *value)
{
    char *end;
    if (!isxdigit((unsigned char)**at))
        return 0;
    errno = 0;
    *value = strtoull(*at, &end, base);
    *at = end;
    return errno == 0;
}

static int skip(const char **at, char wanted)
{
    if (**at != wanted)
        return 0;
    ++*at;
    return 1;
}

int sb_maps_parse(const char *line, struct sb_mapping *mapping)
{
    uint64_t major, minor;
    if (!read_number(&line, 16, &mapping->start) || !skip(&line, '-') ||
        !read_number(&line, 16, &mapping->end) || !skip(&line, ' ') ||
        mapping->end <= mapping->start)
        return 0;
    if (strnlen(line, 5) < 5 || line[4] != ' ')
        return 0;
    memcpy(mapping->prot, line, 4);
    mapping->prot[4] = '\0';
    line += 5;
    if (!read_number(&line, 16, &mapping->offset) || !skip(&line, ' ') ||
        !read_number(&line, 16, &major) || !skip(&line, ':') || !read_number(&line, 16, &minor) ||
        !skip(&line, ' ') || !read_number(&line, 10, &mapping->inode))
        return 0;
    while (*line == ' ')
        line++;
    mapping->path = line;
    return 1;
}

int sb_maps_walk(int pid, int (*each)(const struct sb_mapping *mapping, void *context),
                 void *context)
{
    char path[64], *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    file = fopen(path, "re");
    if (!file)
        return -1;
    while ((len = getline(&line, &capacity, file)) > 0) {
        struct sb_mapping mapping;
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (sb_maps_parse(line, &mapping) && each(&mapping, context))
            break;
    }
    free(line);
    fclose(file);
    return 0;
}
