/* The tables of known functions and their identity check. */
#include "function.h"
#include "bytes.h"
#include <stdlib.h>

enum {
    TABLE_MIN = 128,
    HASH_AND_LEN = 16,       /* zend_string.h and .len are neighbours */
    INTERNAL_BYTES = 24,     /* type, flags, name and scope */
    UNHASHED_BYTES_MAX = 512 /* of a string without a hash, these many bytes are compared */
};

enum part { PART_FUNCTION, PART_NAME, PART_FILE, PART_CLASS, PART_CLASS_NAME };

static uint32_t slot_of(const struct sb_functions *functions, uint64_t addr)
{
    uint32_t slot = (uint32_t)sb_mix(addr >> 3) & functions->mask;
    while (functions->slots[slot] && functions->slots[slot]->addr != addr)
        slot = (slot + 1) & functions->mask;
    return slot;
}

struct sb_function *sb_functions_find(const struct sb_functions *functions, uint64_t addr)
{
    return functions->slots ? functions->slots[slot_of(functions, addr)] : NULL;
}

static int grow(struct sb_functions *functions)
{
    struct sb_functions bigger = {.count = functions->count};
    if (functions->slots && (functions->count + 1) * 2 <= functions->mask + 1)
        return 1;
    bigger.mask = functions->slots ? (functions->mask + 1) * 2 - 1 : TABLE_MIN - 1;
    bigger.slots = calloc((size_t)bigger.mask + 1, sizeof *bigger.slots);
    if (!bigger.slots)
        return 0;
    for (uint32_t i = 0; functions->slots && i <= functions->mask; i++)
        if (functions->slots[i])
            bigger.slots[slot_of(&bigger, functions->slots[i]->addr)] = functions->slots[i];
    free(functions->slots);
    *functions = bigger;
    return 1;
}

struct sb_function *sb_functions_add(struct sb_functions *functions, uint64_t addr)
{
    struct sb_function **slot;
    if (!grow(functions))
        return NULL;
    slot = &functions->slots[slot_of(functions, addr)];
    if (!*slot) {
        *slot = calloc(1, sizeof **slot);
        if (!*slot)
            return NULL;
        (*slot)->addr = addr;
        functions->count++;
    }
    return *slot;
}

void sb_functions_clear(struct sb_functions *functions)
{
    for (uint32_t i = 0; functions->slots && i <= functions->mask; i++) {
        free(functions->slots[i]);
        functions->slots[i] = NULL;
    }
    functions->count = 0;
}

void sb_functions_free(struct sb_functions *functions)
{
    sb_functions_clear(functions);
    free(functions->slots);
    *functions = (struct sb_functions){0};
}

static uint32_t compared_bytes(const struct sb_known_string *string)
{
    if (string->hash)
        return 0;
    return string->len < UNHASHED_BYTES_MAX ? (uint32_t)string->len : UNHASHED_BYTES_MAX;
}

static struct sb_range string_part(const struct sb_known_string *string,
                                   const struct sb_layout *layout)
{
    if (!string->addr)
        return (struct sb_range){0};
    return (struct sb_range){string->addr + layout->str_hash,
                             HASH_AND_LEN + compared_bytes(string)};
}

void sb_function_parts(const struct sb_function *function, const struct sb_layout *layout,
                       struct sb_range parts[SB_PARTS])
{
    uint32_t bytes =
        function->type == SB_INTERNAL_FUNCTION ? INTERNAL_BYTES : layout->op_line_end + 4u;
    parts[PART_FUNCTION] = (struct sb_range){function->addr, bytes};
    parts[PART_NAME] = string_part(&function->name, layout);
    parts[PART_FILE] = string_part(&function->file, layout);
    parts[PART_CLASS] = (struct sb_range){0};
    if (function->has_class)
        parts[PART_CLASS] = (struct sb_range){function->scope + layout->ce_name, 8};
    parts[PART_CLASS_NAME] = string_part(&function->class_name, layout);
}

static int string_matches(const struct sb_known_string *string, const uint8_t *part)
{
    uint32_t bytes = compared_bytes(string);
    if (!string->addr)
        return 1;
    return sb_u64(part) == string->hash && sb_u64(part + 8) == string->len &&
           (bytes == 0 || sb_hash(part + HASH_AND_LEN, bytes) == string->content);
}

int sb_function_matches(const struct sb_function *function, const struct sb_layout *layout,
                        const uint8_t *arena)
{
    const uint8_t *bytes = arena + function->at[PART_FUNCTION];

    if (bytes[0] != function->type || sb_u64(bytes + layout->fn_name) != function->name.addr ||
        sb_u64(bytes + layout->fn_scope) != function->scope)
        return 0;
    if (function->type != SB_INTERNAL_FUNCTION &&
        (sb_u64(bytes + layout->op_opcodes) != function->opcodes ||
         sb_u64(bytes + layout->op_filename) != function->file.addr ||
         sb_u32(bytes + layout->op_last) != function->last ||
         sb_u32(bytes + layout->op_line_start) != function->line ||
         sb_u32(bytes + layout->op_line_end) != function->line_end))
        return 0;
    if (function->has_class &&
        sb_u64(arena + function->at[PART_CLASS]) != function->class_name.addr)
        return 0;
    return string_matches(&function->name, arena + function->at[PART_NAME]) &&
           string_matches(&function->file, arena + function->at[PART_FILE]) &&
           string_matches(&function->class_name, arena + function->at[PART_CLASS_NAME]);
}
