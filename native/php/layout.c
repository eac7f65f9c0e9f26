/* The table of PHP versions. */
#include "layout.h"
#include <stddef.h>

/* Structures are the same wherever long and pointers have 64 bits, with one exception:
 * sapi_globals holds a `struct stat` before the time. */
#if defined(__aarch64__)
#define SG_TIME 424
#else
#define SG_TIME 440
#endif

/* Fields that have been the same since 7.4. */
#define COMMON                                                                                   \
    .eg_symbol_table = 304, .ed_opline = 0, .ed_call = 8, .ed_func = 24, .ed_num_args = 44,      \
    .ed_prev = 48, .fn_flags = 4, .fn_name = 8, .fn_scope = 16, .fn_num_args = 32, .ce_name = 8, \
    .str_hash = 8, .str_len = 16, .str_val = 24, .ht_mask = 12, .ht_data = 16, .ht_used = 24,    \
    .bucket_hash = 16, .bucket_key = 24, .sg_context = 0, .sg_query = 16, .sg_cookie = 24,       \
    .sg_path = 40, .sg_uri = 48, .sg_time = SG_TIME, .fcgi_env = 8296, .generator = 1u << 24

/* Up to 8.4, and from 8.5 on. */
#define STACK_OF_74 \
    .eg_vm_stack_top = 456, .eg_vm_stack_end = 464, .eg_vm_stack = 472, .eg_current = 488
#define STACK_OF_85 \
    .eg_vm_stack_top = 480, .eg_vm_stack_end = 488, .eg_vm_stack = 496, .eg_current = 512

/* From 8.0 on. */
#define SINCE_80 .ed_size = 80, .type_indirect = 12, .fleeting = 1u << 18 | 1u << 22 | 1u << 23

static const struct sb_layout layouts[] = {
    {.api = 20190902,
     .version = 74,
     COMMON,
     STACK_OF_74,
     .ed_size = 72,
     .type_indirect = 13,
     .fleeting = 1u << 18 | 1u << 20 | 1u << 21,
     .op_opcodes = 64,
     .op_last = 60,
     .op_last_var = 52,
     .op_temps = 56,
     .op_vars = 96,
     .op_filename = 136,
     .op_line_start = 144,
     .op_line_end = 148},
    {.api = 20200930,
     .version = 80,
     COMMON,
     STACK_OF_74,
     SINCE_80,
     .op_opcodes = 72,
     .op_last = 68,
     .op_last_var = 60,
     .op_temps = 64,
     .op_vars = 104,
     .op_filename = 144,
     .op_line_start = 152,
     .op_line_end = 156},
    {.api = 20210902,
     .version = 81,
     COMMON,
     STACK_OF_74,
     SINCE_80,
     .op_opcodes = 72,
     .op_last = 68,
     .op_last_var = 60,
     .op_temps = 64,
     .op_vars = 104,
     .op_filename = 144,
     .op_line_start = 152,
     .op_line_end = 156},
    {.api = 20220829,
     .version = 82,
     COMMON,
     STACK_OF_74,
     SINCE_80,
     .op_opcodes = 88,
     .op_last = 80,
     .op_last_var = 76,
     .op_temps = 56,
     .internal_has_temps = 1,
     .op_vars = 112,
     .op_filename = 152,
     .op_line_start = 160,
     .op_line_end = 164,
     .packed_zvals = 1},
    {.api = 20230831,
     .version = 83,
     COMMON,
     STACK_OF_74,
     SINCE_80,
     .op_opcodes = 80,
     .op_last = 76,
     .op_last_var = 72,
     .op_temps = 64,
     .internal_has_temps = 1,
     .op_vars = 104,
     .op_filename = 144,
     .op_line_start = 152,
     .op_line_end = 156,
     .packed_zvals = 1},
    {.api = 20240924,
     .version = 84,
     COMMON,
     STACK_OF_74,
     SINCE_80,
     .op_opcodes = 104,
     .op_last = 96,
     .op_last_var = 92,
     .op_temps = 72,
     .internal_has_temps = 1,
     .op_vars = 128,
     .op_filename = 168,
     .op_line_start = 176,
     .op_line_end = 180,
     .packed_zvals = 1},
    {.api = 20250925,
     .version = 85,
     COMMON,
     STACK_OF_85,
     SINCE_80,
     .op_opcodes = 104,
     .op_last = 96,
     .op_last_var = 92,
     .op_temps = 72,
     .internal_has_temps = 1,
     .op_vars = 128,
     .op_filename = 168,
     .op_line_start = 176,
     .op_line_end = 180,
     .packed_zvals = 1},
};

const struct sb_layout *sb_layout_at(unsigned index)
{
    return index < sizeof layouts / sizeof *layouts ? &layouts[index] : NULL;
}

const struct sb_layout *sb_layout_find(uint32_t api)
{
    for (unsigned i = 0; sb_layout_at(i); i++)
        if (layouts[i].api == api)
            return &layouts[i];
    return NULL;
}

const struct sb_layout *sb_layout_of_version(uint16_t version)
{
    for (unsigned i = 0; sb_layout_at(i); i++)
        if (layouts[i].version == version)
            return &layouts[i];
    return NULL;
}
