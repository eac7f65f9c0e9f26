/* Values of PHP variables as text. */
#ifndef SB_VALUE_H
#define SB_VALUE_H

#include "peek.h"

enum { SB_ROOM_BYTES = 64 << 10, SB_VALUE_BYTES = 8192 /* longer values are cut */ };

/* Room for the texts of one sample. Zeroed but for the bytes: empty. */
struct sb_room {
    uint32_t used;
    char bytes[SB_ROOM_BYTES];
};

/* Appends formatted text. NULL when it does not fit. */
__attribute__((format(printf, 3, 4))) const char *sb_room_print(struct sb_room *room, size_t *len,
                                                                const char *format, ...);

/* The text of a zval as phpspy prints it: scalars, and arrays as `key=value,` with the keys that
 * are strings. NULL for what has no text or cannot be read. It lies in `room` or in the arena. */
const char *sb_value_text(struct sb_peek *peek, const uint8_t *zval, struct sb_room *room,
                          size_t *len);

#endif
