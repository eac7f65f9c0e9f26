/* Where PHP keeps things in memory: one row of field offsets per PHP minor version.
 * `make offsets` (tools/offsets.c) prints a row from PHP's own headers and compares it with this
 * table; see docs/php-versions.md. A version without a row is refused. */
#ifndef SB_LAYOUT_H
#define SB_LAYOUT_H

#include <stdint.h>

/* All fields are byte offsets inside the named structure, except where said otherwise. */
struct sb_layout {
    uint32_t api;     /* ZEND_MODULE_API_NO: identifies the row */
    uint16_t version; /* 10 * major + minor */

    /* zend_executor_globals */
    uint16_t eg_symbol_table, eg_vm_stack_top, eg_vm_stack_end, eg_vm_stack, eg_current;

    /* zend_execute_data */
    uint16_t ed_opline, ed_call, ed_func, ed_num_args, ed_prev, ed_size;

    /* zend_op_array, and zend_internal_function where it has the field */
    uint16_t fn_flags, fn_name, fn_scope, fn_num_args, op_opcodes, op_last, op_last_var, op_temps,
        op_vars, op_filename, op_line_start, op_line_end;
    uint8_t internal_has_temps; /* from 8.2 on internal functions reserve op_temps slots as well */
    uint32_t fleeting;          /* flags in fn_flags of trampolines and closures */
    uint32_t generator;         /* flag in fn_flags of generators */

    /* zend_class_entry, zend_string, zend_array, Bucket */
    uint16_t ce_name, str_hash, str_len, str_val, ht_mask, ht_data, ht_used, bucket_hash,
        bucket_key;
    uint8_t type_indirect; /* value of IS_INDIRECT */
    uint8_t packed_zvals;  /* from 8.2 on packed arrays hold zvals, not Buckets */

    /* sapi_globals_struct; sg_* of request_info are from the start of sapi_globals */
    uint16_t sg_context, sg_query, sg_cookie, sg_path, sg_uri, sg_time;

    /* fcgi_request: the hash table of FastCGI parameters. Not in a public header. */
    uint16_t fcgi_env;
};

/* Bytes of a function that hold every field above. */
enum { SB_FUNCTION_BYTES = 184 };

/* The row for a zend_api number, or NULL. */
const struct sb_layout *sb_layout_find(uint32_t api);

/* The row for a version such as 82, or NULL. */
const struct sb_layout *sb_layout_of_version(uint16_t version);

/* Rows by index for tests and messages; NULL after the last. */
const struct sb_layout *sb_layout_at(unsigned index);

#endif
