/* The smallest test frame: a failed check says where and ends the program. */
#ifndef SB_CHECK_H
#define SB_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

#define CHECK_TEXT(got, wanted)                                                                   \
    do {                                                                                          \
        if (strcmp((got), (wanted)) != 0) {                                                       \
            fprintf(stderr, "%s:%d: got\n%s\nwanted\n%s\n", __FILE__, __LINE__, (got), (wanted)); \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

#endif
