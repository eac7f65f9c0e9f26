/* What is known about PHP functions, by address, and the checks that keep it true.
 *
 * PHP's allocator hands every request the same addresses, so an address proves nothing, and neither
 * do the pointers inside a function: two scripts of one shape have them all in common. A function
 * in request memory therefore counts as known only when the hash and length of its name, class and
 * file, read together with the stack, are those that were seen before. Functions in memory that is
 * not freed (opcache's, the program's) are shared by all processes of a family. Opcache's memory is
 * used anew when it starts over, which its own counters tell; they are part of every reading.
 */
#ifndef SB_FUNCTION_H
#define SB_FUNCTION_H

#include "php.h"
#include "tables.h"

enum {
    SB_PARTS = 5, /* ranges that identify one function */
    SB_PROBE_PARTS =
        2, /* the first of them, its structure and its name, tell that it has changed */
    SB_FUNCTIONS_LIMIT =
        16384,            /* per table; what comes later is not kept as stable, or starts over */
    SB_NAME_BYTES = 1024, /* longer function and class names are cut */
    SB_FILE_BYTES = 4096,
};

/* Type bytes of zend_function (zend_compile.h). */
enum { SB_INTERNAL_FUNCTION = 1, SB_USER_FUNCTION = 2, SB_EVAL_CODE = 4 };

/* A zend_string as remembered: where, what hash and length, and the bytes when PHP has no hash. */
struct sb_known_string {
    uint64_t addr, hash, len, content;
};

struct sb_function {
    uint64_t addr, scope, opcodes;
    struct sb_known_string name, class_name, file;
    uint64_t serial; /* of this content: never used for another */
    uint32_t last, line, line_end, num_args,
        slots;                    /* slots: local and temporary variables of a frame */
    int64_t gap, odd_gap;         /* bytes by which its frames are larger than that; may be */
    uint32_t odd_seen, leaf_seen; /* times it was met with odd_gap; as the innermost */
    uint8_t fits;                 /* its frames were seen to be no larger */
    uint32_t frame;               /* frame id, valid in `epoch` only */
    uint64_t epoch;
    uint64_t generation;    /* of the family, for stable functions */
    uint64_t stamp;         /* of the reading whose arena holds the parts */
    uint32_t at[SB_PARTS];  /* arena offsets of the parts */
    uint64_t checked, used; /* numbers of the last walks that checked and met it */
    uint8_t type, is_stable, is_magic, is_generator, has_class, is_planned;
};

struct sb_functions {
    struct sb_function **slots;
    uint32_t mask, count;
};

/* The entry for an address, or NULL. */
struct sb_function *sb_functions_find(const struct sb_functions *functions, uint64_t addr);

/* The entry for an address, new and zeroed but for the address if there was none. NULL without
 * memory. Pointers stay valid until sb_functions_clear. */
struct sb_function *sb_functions_add(struct sb_functions *functions, uint64_t addr);

void sb_functions_clear(struct sb_functions *functions);
void sb_functions_free(struct sb_functions *functions);

/* The ranges that identify a function: SB_PARTS of them, with length 0 where it has no such part.
 */
void sb_function_parts(const struct sb_function *function, const struct sb_layout *layout,
                       struct sb_range parts[SB_PARTS]);

/* True when the parts, found in `arena` at function->at, are those of this function. */
int sb_function_matches(const struct sb_function *function, const struct sb_layout *layout,
                        const uint8_t *arena);

/* Where learned functions go. */
struct sb_library {
    struct sb_functions *stable, *heap;
    uint64_t generation;
    struct sb_tables *tables;
};

/* Reads functions that are not known, or no longer right, and enters them. Addresses at which there
 * is no function are left out: the caller finds no entry. Fails when the process can't be read, or
 * with SB_NO_MEMORY. */
enum sb_status sb_functions_learn(const struct sb_library *library, const struct sb_remote *remote,
                                  const struct sb_php *php, const uint64_t *addrs, uint32_t count);

#endif
