/* Small dependent reads inside one snapshot: from the arena where the plan foresaw them, else late,
 * and then remembered for the next plan. */
#ifndef SB_PEEK_H
#define SB_PEEK_H

#include "target.h"

/* Of one sample: what is circular would have no end. */
enum { SB_PEEKS_MAX = 16384 };

struct sb_peek {
    struct sb_snapshot *snapshot;
    struct sb_target *target;
    enum sb_status failure; /* set when the process as a whole became unreadable */
    uint32_t count;         /* of peeks; from SB_PEEKS_MAX on nothing is there any more */
};

/* `len` bytes at `addr`, or NULL when they cannot be read. Valid until the next sample. */
const uint8_t *sb_peek(struct sb_peek *peek, uint64_t addr, uint32_t len);

/* The same for text of variable length: reads somewhat more where it can, so that a longer text at
 * the same place is foreseen as well. */
const uint8_t *sb_peek_text(struct sb_peek *peek, uint64_t addr, uint32_t len);

/* The value (a zval) of a key in the zend_array at `array`, or NULL. A key of digits means the
 * number as well, as in PHP. References and indirections are followed. */
const uint8_t *sb_peek_element(struct sb_peek *peek, uint64_t array, const char *key);

/* What a reference or an indirection leads to; other zvals as they are; NULL when unreadable. */
const uint8_t *sb_peek_follow(struct sb_peek *peek, const uint8_t *zval);

/* The slots of a zend_array in order, holes included: each starts with a zval. */
struct sb_elements {
    const uint8_t *bytes;
    uint32_t count, stride;
    int has_keys; /* the slots are Buckets */
};

/* At most `most` of them. False when they cannot be read. */
int sb_peek_elements(struct sb_peek *peek, uint64_t array, uint32_t most,
                     struct sb_elements *elements);

/* A zend_string's text. NULL when it is unreadable or longer than is sane; cut to `most`. */
const char *sb_peek_string(struct sb_peek *peek, uint64_t string, uint32_t most, size_t *len);

/* A C string, cut to `most`. */
const char *sb_peek_c_string(struct sb_peek *peek, uint64_t addr, uint32_t most, size_t *len);

/* Type bytes of a zval (zend_types.h). */
enum {
    SB_ZVAL_UNDEF = 0,
    SB_ZVAL_FALSE = 2,
    SB_ZVAL_TRUE = 3,
    SB_ZVAL_LONG = 4,
    SB_ZVAL_DOUBLE = 5,
    SB_ZVAL_STRING = 6,
    SB_ZVAL_ARRAY = 7,
    SB_ZVAL_REFERENCE = 10,
};

static inline uint8_t sb_zval_type(const uint8_t *zval)
{
    return zval[8];
}

#endif
