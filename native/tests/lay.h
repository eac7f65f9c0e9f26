/* Writes PHP's structures by the table of offsets: into an image (image.h), or into the memory of a
 * process that plays PHP (fake_php.c). All functions end the program when there is no such memory.
 */
#ifndef SB_LAY_H
#define SB_LAY_H

#include "bytes.h"
#include "peek.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    LAY_SLOT = 16,       /* sizeof(zval) */
    LAY_FRAME_SLOTS = 5, /* ZEND_CALL_FRAME_SLOT */
    LAY_BUCKET = 32,
    LAY_ARRAY_BYTES = 56,
    LAY_HASH_SLOTS = 16, /* of every array here; they lie below its buckets */
    LAY_FCGI_BUCKET = 40,
    LAY_STRING_HEAD = 24,
};

/* Type bytes of zvals that the sampler has no name for. */
enum { LAY_UNDEF = 0, LAY_NULL = 1, LAY_OBJECT = 8 };

struct lay {
    const struct sb_layout *layout;
    /* Where `len` bytes at `addr` of that process can be written, or NULL. */
    uint8_t *(*at)(void *context, uint64_t addr, uint64_t len);
    void *context;
    uint64_t next; /* free memory, for what may lie anywhere */
};

static inline void lay_bytes(const struct lay *lay, uint64_t addr, const void *bytes, size_t len)
{
    uint8_t *to = len ? lay->at(lay->context, addr, len) : NULL;
    if (to) {
        memcpy(to, bytes, len);
    } else if (len) {
        fprintf(stderr, "lay.h: no memory at %#llx\n", (unsigned long long)addr);
        abort();
    }
}

static inline void lay_u8(const struct lay *lay, uint64_t addr, unsigned value)
{
    uint8_t byte = (uint8_t)value;
    lay_bytes(lay, addr, &byte, 1);
}

static inline void lay_u32(const struct lay *lay, uint64_t addr, uint32_t value)
{
    lay_bytes(lay, addr, &value, sizeof value);
}

static inline void lay_u64(const struct lay *lay, uint64_t addr, uint64_t value)
{
    lay_bytes(lay, addr, &value, sizeof value);
}

/* Zeroed room at an address of 16's. */
static inline uint64_t lay_take(struct lay *lay, uint64_t len)
{
    static const uint8_t zeros[LAY_SLOT];
    uint64_t addr = (lay->next + LAY_SLOT - 1) & ~(uint64_t)(LAY_SLOT - 1);
    lay->next = addr + ((len + LAY_SLOT - 1) & ~(uint64_t)(LAY_SLOT - 1));
    for (uint64_t at = addr; at < lay->next; at += LAY_SLOT)
        lay_bytes(lay, at, zeros, sizeof zeros);
    return addr;
}

/* PHP's own string hash; a zend_string may also have none (0) yet. */
static inline uint64_t lay_hash(const char *text, size_t len)
{
    uint64_t hash = 5381;
    for (size_t i = 0; i < len; i++)
        hash = hash * 33 + (uint8_t)text[i];
    return hash | 1ull << 63;
}

static inline void lay_string_at(const struct lay *lay, uint64_t addr, const char *text, size_t len,
                                 uint64_t hash)
{
    lay_u64(lay, addr + lay->layout->str_hash, hash);
    lay_u64(lay, addr + lay->layout->str_len, len);
    lay_bytes(lay, addr + lay->layout->str_val, text, len);
}

static inline uint64_t lay_string(struct lay *lay, const char *text)
{
    size_t len = strlen(text);
    uint64_t addr = lay_take(lay, lay->layout->str_val + len + 1);
    lay_string_at(lay, addr, text, len, lay_hash(text, len));
    return addr;
}

static inline uint64_t lay_c_string(struct lay *lay, const char *text)
{
    uint64_t addr = lay_take(lay, strlen(text) + 1);
    lay_bytes(lay, addr, text, strlen(text) + 1);
    return addr;
}

static inline uint64_t lay_class(struct lay *lay, const char *name)
{
    uint64_t addr = lay_take(lay, 64);
    lay_u64(lay, addr + lay->layout->ce_name, lay_string(lay, name));
    return addr;
}

/* A zend_function; `name`, `scope` and `file` are addresses or 0. */
struct lay_function {
    uint8_t type;
    uint64_t name, scope, file, opcodes, var_names;
    uint32_t last, line, line_end, args, vars, temps;
};

static inline void lay_function_at(const struct lay *lay, uint64_t addr,
                                   const struct lay_function *function)
{
    const struct sb_layout *layout = lay->layout;
    int is_user = function->type != SB_INTERNAL_FUNCTION;
    lay_u8(lay, addr, function->type);
    lay_u64(lay, addr + layout->fn_name, function->name);
    lay_u64(lay, addr + layout->fn_scope, function->scope);
    lay_u32(lay, addr + layout->fn_num_args, function->args);
    if (is_user || layout->internal_has_temps)
        lay_u32(lay, addr + layout->op_temps, function->temps);
    if (!is_user)
        return;
    lay_u64(lay, addr + layout->op_opcodes, function->opcodes);
    lay_u32(lay, addr + layout->op_last, function->last);
    lay_u32(lay, addr + layout->op_last_var, function->vars);
    lay_u64(lay, addr + layout->op_filename, function->file);
    lay_u32(lay, addr + layout->op_line_start, function->line);
    lay_u32(lay, addr + layout->op_line_end, function->line_end);
    lay_u64(lay, addr + layout->op_vars, function->var_names);
}

static inline uint64_t lay_function(struct lay *lay, const struct lay_function *function)
{
    uint64_t addr = lay_take(lay, 256);
    lay_function_at(lay, addr, function);
    return addr;
}

/* An execute_data. `call` is a frame that is being prepared, or 0. */
struct lay_frame {
    uint64_t opline, call, function, prev;
    uint32_t args;
};

static inline void lay_frame(const struct lay *lay, uint64_t addr, const struct lay_frame *frame)
{
    const struct sb_layout *layout = lay->layout;
    lay_u64(lay, addr + layout->ed_opline, frame->opline);
    lay_u64(lay, addr + layout->ed_call, frame->call);
    lay_u64(lay, addr + layout->ed_func, frame->function);
    lay_u32(lay, addr + layout->ed_num_args, frame->args);
    lay_u64(lay, addr + layout->ed_prev, frame->prev);
}

/* A zval of 16 bytes. */
static inline void lay_zval(const struct lay *lay, uint64_t addr, unsigned type, uint64_t value)
{
    lay_u64(lay, addr, value);
    lay_u32(lay, addr + 8, type);
}

/* An empty zend_array with room for `room` elements. */
static inline void lay_array_at(struct lay *lay, uint64_t addr, uint32_t room)
{
    uint64_t slots = lay_take(lay, LAY_HASH_SLOTS * 4 + (uint64_t)(room ? room : 1) * LAY_BUCKET);
    for (uint32_t i = 0; i < LAY_HASH_SLOTS; i++)
        lay_u32(lay, slots + 4 * i, UINT32_MAX);
    lay_u32(lay, addr + 8, 0);
    lay_u32(lay, addr + lay->layout->ht_mask, -(uint32_t)LAY_HASH_SLOTS);
    lay_u64(lay, addr + lay->layout->ht_data, slots + LAY_HASH_SLOTS * 4);
}

static inline uint64_t lay_array(struct lay *lay, uint32_t room)
{
    uint64_t addr = lay_take(lay, LAY_ARRAY_BYTES);
    lay_array_at(lay, addr, room);
    return addr;
}

/* The bucket number `index` of an array whose buckets start at `data`; returns its address. */
static inline uint64_t lay_element(struct lay *lay, uint64_t data, uint32_t index, const char *key,
                                   unsigned type, uint64_t value)
{
    uint64_t bucket = data + (uint64_t)index * LAY_BUCKET, hash = lay_hash(key, strlen(key));
    uint64_t slot = data - 4 * (uint64_t)LAY_HASH_SLOTS + 4 * (hash % LAY_HASH_SLOTS);
    uint32_t next;
    memcpy(&next, lay->at(lay->context, slot, 4), 4);
    lay_zval(lay, bucket, type, value);
    lay_u32(lay, bucket + 12, next);
    lay_u64(lay, bucket + lay->layout->bucket_hash, hash);
    lay_u64(lay, bucket + lay->layout->bucket_key, lay_string(lay, key));
    lay_u32(lay, slot, index);
    return bucket;
}

/* The slot number `index` of an array whose keys are 0, 1, 2 and so on; the last one sets how many
 * there are. */
static inline void lay_packed(struct lay *lay, uint64_t array, uint32_t index, unsigned type,
                              uint64_t value)
{
    const uint8_t *at = lay->at(lay->context, array + lay->layout->ht_data, 8);
    lay_zval(lay, sb_u64(at) + (uint64_t)index * (lay->layout->packed_zvals ? 16 : LAY_BUCKET),
             type, value);
    lay_u32(lay, array + 8, 1 << 2); /* HASH_FLAG_PACKED */
    lay_u32(lay, array + lay->layout->ht_used, index + 1);
}

/* A parameter from the web server in the fcgi_request at `request`; returns its bucket. */
static inline uint64_t lay_parameter(struct lay *lay, uint64_t request, const char *name,
                                     const char *value)
{
    size_t len = strlen(name);
    uint32_t hash = len < 3 ? (uint32_t)len
                            : ((uint32_t)name[3] << 2) + ((uint32_t)name[len - 2] << 4) +
                                  ((uint32_t)name[len - 1] << 2) + (uint32_t)len;
    uint64_t slot = request + lay->layout->fcgi_env + 8 * (uint64_t)(hash % 128), next;
    uint64_t bucket = lay_take(lay, LAY_FCGI_BUCKET);
    memcpy(&next, lay->at(lay->context, slot, 8), 8);
    lay_u32(lay, bucket, hash);
    lay_u32(lay, bucket + 4, (uint32_t)len);
    lay_u64(lay, bucket + 8, lay_c_string(lay, name));
    lay_u32(lay, bucket + 16, (uint32_t)strlen(value));
    lay_u64(lay, bucket + 24, lay_c_string(lay, value));
    lay_u64(lay, bucket + 32, next);
    lay_u64(lay, slot, bucket);
    return bucket;
}

#endif
