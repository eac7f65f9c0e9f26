/* Which frame a place in a function is told as, so that its line is read only once. */
#ifndef SB_LINES_H
#define SB_LINES_H

#include <stdint.h>

enum { SB_LINES = 16384 }; /* a power of two */

struct sb_line {
    uint64_t place;
    uint32_t frame;
};

/* A map that may forget but never invents. `slots` is NULL where no lines are wanted. */
struct sb_lines {
    struct sb_line *slots;
};

/* False when memory is out. */
int sb_lines_init(struct sb_lines *lines);
void sb_lines_free(struct sb_lines *lines);

/* Instruction `at` of the function content with this serial number, in an epoch of the tables.
 * Never 0. */
uint64_t sb_place(uint64_t serial, uint64_t at, uint64_t epoch);

/* The frame id, or 0. */
uint32_t sb_lines_find(const struct sb_lines *lines, uint64_t place);

void sb_lines_add(struct sb_lines *lines, uint64_t place, uint32_t frame);

#endif
