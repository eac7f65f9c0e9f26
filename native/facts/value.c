/* Prints scalars and arrays within bounds. */
#include "value.h"
#include "bytes.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { KEY_BYTES = 256, NESTING_MAX = 4, ELEMENTS_MAX = 128 };

const char *sb_room_print(struct sb_room *room, size_t *len, const char *format, ...)
{
    char *start = room->bytes + room->used;
    size_t left = SB_ROOM_BYTES - room->used;
    va_list arguments;
    int wanted;

    va_start(arguments, format);
    wanted = vsnprintf(start, left, format, arguments);
    va_end(arguments);
    if (wanted < 0 || (size_t)wanted >= left)
        return NULL;
    room->used += (uint32_t)wanted;
    *len = (size_t)wanted;
    return start;
}

/* Room for the text that is being made, which begins at `start`: up to SB_VALUE_BYTES. */
static uint32_t room_for(const struct sb_room *room, uint32_t start)
{
    uint32_t end = start + SB_VALUE_BYTES < SB_ROOM_BYTES ? start + SB_VALUE_BYTES : SB_ROOM_BYTES;
    return room->used < end ? end - room->used : 0;
}

static void append(struct sb_room *room, uint32_t start, const char *bytes, size_t len)
{
    uint32_t left = room_for(room, start);
    if (len > left)
        len = left;
    memcpy(room->bytes + room->used, bytes, len);
    room->used += (uint32_t)len;
}

static int is_scalar(const uint8_t *zval)
{
    uint8_t type = sb_zval_type(zval);
    return type >= SB_ZVAL_FALSE && type <= SB_ZVAL_DOUBLE;
}

static size_t print_scalar(const uint8_t *zval, char *text, size_t size)
{
    double real;
    switch (sb_zval_type(zval)) {
    case SB_ZVAL_LONG:
        return (size_t)snprintf(text, size, "%" PRId64, (int64_t)sb_u64(zval));
    case SB_ZVAL_DOUBLE:
        memcpy(&real, zval, sizeof real);
        return (size_t)snprintf(text, size, "%f", real);
    default:
        return (size_t)snprintf(text, size, "%d", sb_zval_type(zval) == SB_ZVAL_TRUE);
    }
}

static void append_array(struct sb_peek *peek, uint64_t array, struct sb_room *room, uint32_t start,
                         int nesting);

static void append_value(struct sb_peek *peek, const uint8_t *zval, struct sb_room *room,
                         uint32_t start, int nesting)
{
    char number[344]; /* the longest double has 309 digits before the point */
    const char *text;
    size_t len;

    if (!zval)
        return;
    if (is_scalar(zval)) {
        append(room, start, number, print_scalar(zval, number, sizeof number));
    } else if (sb_zval_type(zval) == SB_ZVAL_STRING) {
        text = sb_peek_string(peek, sb_u64(zval), SB_VALUE_BYTES, &len);
        if (text)
            append(room, start, text, len);
    } else if (sb_zval_type(zval) == SB_ZVAL_ARRAY && nesting < NESTING_MAX) {
        append_array(peek, sb_u64(zval), room, start, nesting + 1);
    }
}

static void append_array(struct sb_peek *peek, uint64_t array, struct sb_room *room, uint32_t start,
                         int nesting)
{
    struct sb_elements elements;
    if (!sb_peek_elements(peek, array, ELEMENTS_MAX, &elements))
        return;
    for (uint32_t i = 0; i < elements.count && room_for(room, start); i++) {
        const uint8_t *zval = elements.bytes + (size_t)i * elements.stride;
        uint64_t key =
            elements.has_keys ? sb_u64(zval + peek->target->family->php.layout->bucket_key) : 0;
        const char *text;
        size_t len;
        if (sb_zval_type(zval) == SB_ZVAL_UNDEF)
            continue;
        if (key && (text = sb_peek_string(peek, key, KEY_BYTES, &len)) != NULL) {
            append(room, start, text, len);
            append(room, start, "=", 1);
        }
        append_value(peek, sb_peek_follow(peek, zval), room, start, nesting);
        append(room, start, ",", 1);
    }
}

const char *sb_value_text(struct sb_peek *peek, const uint8_t *zval, struct sb_room *room,
                          size_t *len)
{
    uint32_t start = room->used;
    if (!zval)
        return NULL;
    if (sb_zval_type(zval) == SB_ZVAL_STRING)
        return sb_peek_string(peek, sb_u64(zval), SB_VALUE_BYTES, len);
    if (!is_scalar(zval) && sb_zval_type(zval) != SB_ZVAL_ARRAY)
        return NULL;
    append_value(peek, zval, room, start, 0);
    *len = room->used - start;
    return room->bytes + start;
}
