/* Prints the row of layout.c for the PHP whose headers it is compiled with, and fails when the row
 * in the table is another. See `make offsets` and docs/php-versions.md. */
#include "../layout.h"
#include <SAPI.h>
#include <php.h>
#include <stddef.h>
#include <stdio.h>
#include <zend_modules.h>

#define SAPI_OFFSET(field) \
    (offsetof(sapi_globals_struct, request_info) + offsetof(sapi_request_info, field))

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
        .internal_has_temps = PHP_VERSION_ID >= 80400, /* zend_vm_calc_used_stack */
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
        .packed_zvals = PHP_VERSION_ID >= 80200, /* zend_hash_packed_to_hash */
        .sg_context = offsetof(sapi_globals_struct, server_context),
        .sg_query = SAPI_OFFSET(query_string),
        .sg_cookie = SAPI_OFFSET(cookie_data),
        .sg_path = SAPI_OFFSET(path_translated),
        .sg_uri = SAPI_OFFSET(request_uri),
        .sg_time = offsetof(sapi_globals_struct, global_request_time),
    };
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
    return !row || !is_same;
}
