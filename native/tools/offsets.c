/* Prints the row of layout.c for the PHP whose headers it is compiled with. Fails when the row in
 * the table is another, or when something that the sampler takes for granted in every PHP is not
 * so. See `make offsets` and docs/php-versions.md. */
#include "function.h"
#include "layout.h"
#include "peek.h"
#include "snapshot.h"
#include <SAPI.h>
#include <php.h>
#include <stddef.h>
#include <stdio.h>
#include <zend_alloc_sizes.h>
#include <zend_modules.h>

#define SAPI_OFFSET(field) \
    (offsetof(sapi_globals_struct, request_info) + offsetof(sapi_request_info, field))

/* PHPs that know no such thing keep whole buckets in packed arrays. */
#ifndef HT_PACKED_DATA_SIZE
#define HT_PACKED_DATA_SIZE(count) ((count) * sizeof(Bucket))
#endif

/* Asks PHP itself how long a frame of an internal function is that has temporary variables. */
static int internal_has_temps(void)
{
    zend_function function = {.op_array = {.type = ZEND_INTERNAL_FUNCTION, .T = 3}};
    return zend_vm_calc_used_stack(0, &function) != ZEND_CALL_FRAME_SLOT * sizeof(zval);
}

/* Every field but fcgi_env, which is in no header that PHP installs: it is taken from the table. */
static struct sb_layout from_headers(void)
{
    return (struct sb_layout){
        .api = ZEND_MODULE_API_NO,
        .version = PHP_MAJOR_VERSION * 10 + PHP_MINOR_VERSION,
        .eg_symbol_table = offsetof(zend_executor_globals, symbol_table),
        .eg_vm_stack_top = offsetof(zend_executor_globals, vm_stack_top),
        .eg_vm_stack_end = offsetof(zend_executor_globals, vm_stack_end),
        .eg_vm_stack = offsetof(zend_executor_globals, vm_stack),
        .eg_current = offsetof(zend_executor_globals, current_execute_data),
        .ed_opline = offsetof(zend_execute_data, opline),
        .ed_call = offsetof(zend_execute_data, call),
        .ed_func = offsetof(zend_execute_data, func),
        .ed_num_args = offsetof(zend_execute_data, This) + offsetof(zval, u2),
        .ed_prev = offsetof(zend_execute_data, prev_execute_data),
        .ed_size = sizeof(zend_execute_data),
        .fn_flags = offsetof(zend_op_array, fn_flags),
        .fn_name = offsetof(zend_op_array, function_name),
        .fn_scope = offsetof(zend_op_array, scope),
        .fn_num_args = offsetof(zend_op_array, num_args),
        .op_opcodes = offsetof(zend_op_array, opcodes),
        .op_last = offsetof(zend_op_array, last),
        .op_last_var = offsetof(zend_op_array, last_var),
        .op_temps = offsetof(zend_op_array, T),
        .op_vars = offsetof(zend_op_array, vars),
        .op_filename = offsetof(zend_op_array, filename),
        .op_line_start = offsetof(zend_op_array, line_start),
        .op_line_end = offsetof(zend_op_array, line_end),
        .internal_has_temps = (uint8_t)internal_has_temps(),
        .fleeting = ZEND_ACC_CALL_VIA_TRAMPOLINE | ZEND_ACC_CLOSURE | ZEND_ACC_FAKE_CLOSURE,
        .generator = ZEND_ACC_GENERATOR,
        .ce_name = offsetof(zend_class_entry, name),
        .str_hash = offsetof(zend_string, h),
        .str_len = offsetof(zend_string, len),
        .str_val = offsetof(zend_string, val),
        .ht_mask = offsetof(HashTable, nTableMask),
        .ht_data = offsetof(HashTable, arData),
        .ht_used = offsetof(HashTable, nNumUsed),
        .bucket_hash = offsetof(Bucket, h),
        .bucket_key = offsetof(Bucket, key),
        .type_indirect = IS_INDIRECT,
        .packed_zvals = HT_PACKED_DATA_SIZE(1) == sizeof(zval),
        .sg_context = offsetof(sapi_globals_struct, server_context),
        .sg_query = SAPI_OFFSET(query_string),
        .sg_cookie = SAPI_OFFSET(cookie_data),
        .sg_path = SAPI_OFFSET(path_translated),
        .sg_uri = SAPI_OFFSET(request_uri),
        .sg_time = offsetof(sapi_globals_struct, global_request_time),
    };
}

/* What no row holds because it is so in every PHP: constants of chain.c, proof.c, learn.c, php.c,
 * peek.c and their headers. */
struct constant {
    const char *what;
    size_t real, expected;
    int is_bound;
};

#define EXACT(what, expected)              \
    {                                      \
#what, (size_t)(what), expected, 0 \
    }
#define MOST(what, bound)               \
    {                                   \
#what, (size_t)(what), bound, 1 \
    }
#define END_OF(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

static const struct constant constants[] = {
    EXACT(sizeof(zend_op), 32),
    EXACT(offsetof(zend_op, lineno), 24),
    EXACT(sizeof(zval), 16),
    EXACT(offsetof(zval, u1.v.type), 8),
    EXACT(offsetof(zval, u2.next), 12),
    EXACT(sizeof(Bucket), 32),
    EXACT(sizeof(HashTable), 56),
    EXACT(offsetof(HashTable, u.flags), 8),
    EXACT(HASH_FLAG_PACKED, 4),
    EXACT(offsetof(zend_reference, val), 8),
    EXACT(ZEND_CALL_FRAME_SLOT, 5),
    EXACT(ZEND_VM_STACK_HEADER_SLOTS * sizeof(zval), 32),
    EXACT(IS_FALSE, SB_ZVAL_FALSE),
    EXACT(IS_TRUE, SB_ZVAL_TRUE),
    EXACT(IS_LONG, SB_ZVAL_LONG),
    EXACT(IS_DOUBLE, SB_ZVAL_DOUBLE),
    EXACT(IS_STRING, SB_ZVAL_STRING),
    EXACT(IS_ARRAY, SB_ZVAL_ARRAY),
    EXACT(IS_REFERENCE, SB_ZVAL_REFERENCE),
    EXACT(ZEND_INTERNAL_FUNCTION, SB_INTERNAL_FUNCTION),
    EXACT(ZEND_USER_FUNCTION, SB_USER_FUNCTION),
    EXACT(ZEND_EVAL_CODE, SB_EVAL_CODE),
    EXACT(sizeof(zend_module_entry), 168),
    EXACT(offsetof(zend_module_entry, zend_api), 4),
    EXACT(offsetof(zend_module_entry, zend_debug), 8),
    EXACT(offsetof(zend_module_entry, zts), 9),
    EXACT(offsetof(zend_module_entry, version), 88),
    EXACT(offsetof(sapi_module_struct, name), 0),
    EXACT(ZEND_MM_CHUNK_SIZE, 2 << 20),
    MOST(112, sizeof(zend_internal_function)),
    MOST(END_OF(zend_op_array, line_end), SB_FUNCTION_BYTES),
    MOST(END_OF(zend_executor_globals, current_execute_data) -
             offsetof(zend_executor_globals, vm_stack_top),
         SB_GLOBALS_BYTES),
    MOST(END_OF(zend_executor_globals, exception_op), 2048),
    MOST(END_OF(zend_executor_globals, call_trampoline_op), 2048),
};

static int are_constants_so(void)
{
    int are_so = 1;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        const struct constant *one = &constants[i];
        if (one->is_bound ? one->real <= one->expected : one->real == one->expected)
            continue;
        are_so = 0;
        fprintf(stderr, "%s is %zu, not %s%zu.\n", one->what, one->real,
                one->is_bound ? "at most " : "", one->expected);
    }
    return are_so;
}

int main(void)
{
    const struct sb_layout *row = sb_layout_find(ZEND_MODULE_API_NO);
    struct sb_layout real = from_headers();
    int is_same = 1;

    real.fcgi_env = row ? row->fcgi_env : 0;
#define FIELD(name)                                             \
    do {                                                        \
        int differs = row && row->name != real.name;            \
        printf("    .%s = %u,%s\n", #name, (unsigned)real.name, \
               differs ? " /* not so in layout.c */" : "");     \
        is_same &= !differs;                                    \
    } while (0)
    FIELD(api);
    FIELD(version);
    FIELD(eg_symbol_table);
    FIELD(eg_vm_stack_top);
    FIELD(eg_vm_stack_end);
    FIELD(eg_vm_stack);
    FIELD(eg_current);
    FIELD(ed_opline);
    FIELD(ed_call);
    FIELD(ed_func);
    FIELD(ed_num_args);
    FIELD(ed_prev);
    FIELD(ed_size);
    FIELD(fn_flags);
    FIELD(fn_name);
    FIELD(fn_scope);
    FIELD(fn_num_args);
    FIELD(op_opcodes);
    FIELD(op_last);
    FIELD(op_last_var);
    FIELD(op_temps);
    FIELD(internal_has_temps);
    FIELD(fleeting);
    FIELD(generator);
    FIELD(op_vars);
    FIELD(op_filename);
    FIELD(op_line_start);
    FIELD(op_line_end);
    FIELD(ce_name);
    FIELD(str_hash);
    FIELD(str_len);
    FIELD(str_val);
    FIELD(ht_mask);
    FIELD(ht_data);
    FIELD(ht_used);
    FIELD(bucket_hash);
    FIELD(bucket_key);
    FIELD(type_indirect);
    FIELD(packed_zvals);
    FIELD(sg_context);
    FIELD(sg_query);
    FIELD(sg_cookie);
    FIELD(sg_path);
    FIELD(sg_uri);
    FIELD(sg_time);
    if (!row)
        fprintf(stderr, "layout.c has no row for API %u.\n", (unsigned)ZEND_MODULE_API_NO);
    else if (!is_same)
        fprintf(stderr, "layout.c has another row for API %u.\n", (unsigned)ZEND_MODULE_API_NO);
    return !row || !is_same || !are_constants_so();
}
