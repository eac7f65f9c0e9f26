/* Reads of zvals, arrays and strings. */
#include "peek.h"
#include "bytes.h"
#include <stdlib.h>

enum {
    CHAIN_MAX = 64, /* buckets of one hash slot that are looked at */
    INDIRECTIONS_MAX = 4,
    TEXT_STEP = 256,
    PAGE = 4096, /* the smallest of any machine */
    ARRAY_BYTES = 40,
    BUCKET_BYTES = 32,
    ZVAL_BYTES = 16,
    SANE_LENGTH = 64 << 20,
    FLAG_PACKED = 1 << 2, /* HASH_FLAG_PACKED, 7.3 and later */
    ARRAY_FLAGS = 8,
    NEXT = 12,           /* u2.next of a bucket's zval */
    REFERENCE_VALUE = 8, /* zend_reference.val */
    C_STEP = 64,
    NUMBER_DIGITS_MAX = 18,
};

static const uint32_t NO_BUCKET = UINT32_MAX;

static const uint8_t *find_ask(struct sb_peek *peek, uint64_t addr, uint32_t len)
{
    const struct sb_snapshot *snapshot = peek->snapshot;
    for (uint32_t i = 0; i < peek->target->ask_count; i++) {
        struct sb_ask *ask = &peek->target->asks[i];
        if (addr < ask->addr || len > ask->len || addr - ask->addr > ask->len - len ||
            ask->stamp == 0)
            continue;
        if (ask->stamp != snapshot->plan_stamp && ask->stamp != snapshot->late_stamp)
            continue;
        ask->used = peek->target->walks;
        return snapshot->arena + ask->at + (addr - ask->addr);
    }
    return NULL;
}

static const uint8_t *ask_late(struct sb_peek *peek, uint64_t addr, uint32_t len)
{
    struct sb_target *target = peek->target;
    enum sb_status status;
    uint32_t at;

    status = sb_snapshot_late(peek->snapshot, addr, len, &at);
    if (status != SB_OK) {
        if (status != SB_READ_FAULT && status != SB_TORN)
            peek->failure = status;
        return NULL;
    }
    sb_target_ask(target,
                  (struct sb_ask){addr, len, at, peek->snapshot->late_stamp, target->walks});
    return peek->snapshot->arena + at;
}

const uint8_t *sb_peek(struct sb_peek *peek, uint64_t addr, uint32_t len)
{
    const uint8_t *found;
    if (peek->failure != SB_OK || len == 0 || ++peek->count > SB_PEEKS_MAX)
        return NULL;
    found = find_ask(peek, addr, len);
    return found ? found : ask_late(peek, addr, len);
}

const uint8_t *sb_peek_text(struct sb_peek *peek, uint64_t addr, uint32_t len)
{
    uint64_t generous = (len + TEXT_STEP - 1) / TEXT_STEP * (uint64_t)TEXT_STEP;
    uint64_t page_end = ((addr + len - 1) | (PAGE - 1)) + 1;
    const uint8_t *found;
    if (peek->failure != SB_OK || len == 0 || ++peek->count > SB_PEEKS_MAX)
        return NULL;
    found = find_ask(peek, addr, len);
    if (found)
        return found;
    if (addr + generous > page_end)
        generous = page_end - addr;
    return ask_late(peek, addr, (uint32_t)generous);
}

const uint8_t *sb_peek_follow(struct sb_peek *peek, const uint8_t *zval)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    for (int i = 0; zval && i < INDIRECTIONS_MAX; i++) {
        if (sb_zval_type(zval) == layout->type_indirect)
            zval = sb_peek(peek, sb_u64(zval), ZVAL_BYTES);
        else if (sb_zval_type(zval) == SB_ZVAL_REFERENCE)
            zval = sb_peek(peek, sb_u64(zval) + REFERENCE_VALUE, ZVAL_BYTES);
        else
            return zval;
    }
    return NULL;
}

/* PHP's string hash (DJB X33A with the top bit set). */
static uint64_t php_hash(const char *text)
{
    uint64_t hash = 5381;
    for (; *text; text++)
        hash = hash * 33 + (uint8_t)*text;
    return hash | 1ull << 63;
}

static int is_key(struct sb_peek *peek, uint64_t string, const char *key)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    uint32_t len = (uint32_t)strlen(key), head = layout->str_val - layout->str_len;
    const uint8_t *bytes = sb_peek(peek, string + layout->str_len, head + len);
    return bytes && sb_u64(bytes) == len && memcmp(bytes + head, key, len) == 0;
}

/* PHP stores keys such as "12" as numbers. */
static int is_number(const char *key, uint64_t *number)
{
    char *end;
    if (*key < '0' || *key > '9' || (*key == '0' && key[1]) || strlen(key) > NUMBER_DIGITS_MAX)
        return 0;
    *number = strtoull(key, &end, 10);
    return *end == '\0';
}

int sb_peek_elements(struct sb_peek *peek, uint64_t array, uint32_t most,
                     struct sb_elements *elements)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    const uint8_t *head = sb_peek(peek, array, ARRAY_BYTES);
    int is_packed;

    if (!head)
        return 0;
    is_packed = (sb_u32(head + ARRAY_FLAGS) & FLAG_PACKED) != 0;
    elements->has_keys = !is_packed || !layout->packed_zvals;
    elements->stride = elements->has_keys ? BUCKET_BYTES : ZVAL_BYTES;
    elements->count = sb_u32(head + layout->ht_used);
    if (elements->count > most)
        elements->count = most;
    if (elements->count == 0)
        return 1;
    elements->bytes =
        sb_peek(peek, sb_u64(head + layout->ht_data), elements->count * elements->stride);
    return elements->bytes != NULL;
}

/* An element of an array whose slots are in the order of their numbers. */
static const uint8_t *packed_element(struct sb_peek *peek, const uint8_t *head, uint64_t number)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    uint32_t stride = layout->packed_zvals ? ZVAL_BYTES : BUCKET_BYTES;
    const uint8_t *zval;
    if (number >= sb_u32(head + layout->ht_used))
        return NULL;
    zval = sb_peek(peek, sb_u64(head + layout->ht_data) + number * stride, ZVAL_BYTES);
    return zval && sb_zval_type(zval) != SB_ZVAL_UNDEF ? sb_peek_follow(peek, zval) : NULL;
}

const uint8_t *sb_peek_element(struct sb_peek *peek, uint64_t array, const char *key)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    const uint8_t *head = sb_peek(peek, array, ARRAY_BYTES), *slot;
    uint64_t hash, data;
    int is_numbered = is_number(key, &hash);
    uint32_t index;

    if (!head)
        return NULL;
    if (sb_u32(head + ARRAY_FLAGS) & FLAG_PACKED)
        return is_numbered ? packed_element(peek, head, hash) : NULL;
    if (!is_numbered)
        hash = php_hash(key);
    data = sb_u64(head + layout->ht_data);
    /* Slots lie below the buckets, at negative 32-bit indexes. */
    index = (uint32_t)hash | sb_u32(head + layout->ht_mask);
    slot = sb_peek(peek, data - (uint64_t)(UINT32_MAX - index + 1ull) * 4, 4);
    if (!slot)
        return NULL;
    index = sb_u32(slot);
    for (int step = 0; step < CHAIN_MAX && index != NO_BUCKET; step++) {
        const uint8_t *bucket = sb_peek(peek, data + (uint64_t)index * BUCKET_BYTES, BUCKET_BYTES);
        uint64_t string;
        if (!bucket)
            return NULL;
        string = sb_u64(bucket + layout->bucket_key);
        if (sb_u64(bucket + layout->bucket_hash) == hash &&
            (is_numbered ? string == 0 : is_key(peek, string, key)))
            return sb_peek_follow(peek, bucket);
        index = sb_u32(bucket + NEXT);
    }
    return NULL;
}

const char *sb_peek_string(struct sb_peek *peek, uint64_t string, uint32_t most, size_t *len)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    const uint8_t *head = sb_peek(peek, string + layout->str_len, 8), *text;
    uint64_t whole;
    if (!head || (whole = sb_u64(head)) > SANE_LENGTH)
        return NULL;
    *len = whole < most ? (size_t)whole : most;
    if (*len == 0)
        return "";
    text = sb_peek_text(peek, string + layout->str_val, (uint32_t)*len);
    return (const char *)text;
}

const char *sb_peek_c_string(struct sb_peek *peek, uint64_t addr, uint32_t most, size_t *len)
{
    uint32_t bytes = 0;
    while (addr) {
        /* Grows, but stops at each page border: the text may end before it, and memory there. */
        uint32_t wanted = bytes ? bytes * 2 : C_STEP;
        uint64_t to_border = ((addr + bytes) | (PAGE - 1)) + 1 - addr;
        const uint8_t *text;
        bytes = wanted < to_border ? wanted : (uint32_t)to_border;
        text = sb_peek(peek, addr, bytes);
        if (!text)
            return NULL;
        *len = strnlen((const char *)text, bytes);
        if (*len < bytes || bytes >= most) {
            *len = *len < most ? *len : most;
            return (const char *)text;
        }
    }
    return NULL;
}
