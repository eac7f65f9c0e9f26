/* A PHP process in the middle of a request, for tests to damage:
 *   strlen <- pay <- Shop::checkout <- <main>
 * with superglobals, a global variable, FastCGI parameters and request_info. */
#ifndef SB_SCENE_H
#define SB_SCENE_H

#include "lay.h"

enum {
    SCENE_DEPTH = 4,
    SCENE_VARS = 3,
    SCENE_OPCODES = 10,
    SCENE_OPLINE_BYTES = 32, /* sizeof(zend_op) */
    SCENE_RECV = 63,         /* opcodes: of a function's first instruction... */
    SCENE_DO_UCALL = 130,    /* ...and of all others */
    SCENE_SYMBOLS = 8,       /* room in EG(symbol_table) */
    SCENE_SYMBOLS_USED = 3,
    SCENE_PAGE_HEADER = 32,     /* of a page of the VM stack */
    SCENE_REQUEST_BYTES = 9408, /* of an fcgi_request */
};

struct scene {
    struct lay lay; /* with all its fields set */
    /* Memory that is there: executor_globals, sapi_globals, a page of the VM stack. */
    uint64_t globals, sapi, page, page_end;
    /* Made by scene_make. The root of the stack has index 0. */
    uint64_t functions[SCENE_DEPTH], frames[SCENE_DEPTH], top;
    uint64_t var_names;            /* an array of strings */
    uint64_t shop;                 /* the class */
    uint64_t symbols, server, get; /* arrays' data */
    uint64_t items;                /* a packed array: a local variable of pay() */
    uint64_t counter;              /* the zval of the global variable `counter` */
    uint64_t request, uri_bucket;  /* of FastCGI */
    uint64_t query, path;          /* texts of request_info */
};

/* The size of a frame on the VM stack. */
static inline uint64_t scene_frame_bytes(uint32_t slots)
{
    return LAY_SLOT * (uint64_t)(LAY_FRAME_SLOTS + slots);
}

/* Sets the limits of the VM stack and current_execute_data. */
static inline void scene_globals(const struct scene *scene, uint64_t current)
{
    const struct sb_layout *layout = scene->lay.layout;
    lay_u64(&scene->lay, scene->globals + layout->eg_vm_stack_top, scene->top);
    lay_u64(&scene->lay, scene->globals + layout->eg_vm_stack_end, scene->page_end);
    lay_u64(&scene->lay, scene->globals + layout->eg_vm_stack, scene->page);
    lay_u64(&scene->lay, scene->globals + layout->eg_current, current);
}

/* Instructions on one line each, from the one after `line` on. All but the first are calls. */
static inline uint64_t scene_opcodes(struct scene *scene, uint32_t line)
{
    const uint64_t opcodes = lay_take(&scene->lay, SCENE_OPCODES * SCENE_OPLINE_BYTES);
    for (uint32_t i = 0; i < SCENE_OPCODES; i++) {
        const uint64_t at = opcodes + i * SCENE_OPLINE_BYTES;
        lay_u32(&scene->lay, at + 24, line + 1 + i);
        lay_u32(&scene->lay, at + 28, i ? SCENE_DO_UCALL : SCENE_RECV);
    }
    return opcodes;
}

/* A user function with SCENE_VARS variables, named by scene->var_names. */
static inline uint64_t scene_function(struct scene *scene, const char *name, uint64_t scope,
                                      const char *file, uint32_t line)
{
    const struct lay_function function = {
        .type = SB_USER_FUNCTION,
        .name = name ? lay_string(&scene->lay, name) : 0,
        .scope = scope,
        .file = lay_string(&scene->lay, file),
        .opcodes = scene_opcodes(scene, line),
        .var_names = scene->var_names,
        .last = SCENE_OPCODES,
        .line = line,
        .line_end = line + SCENE_OPCODES,
        .vars = SCENE_VARS,
    };
    return lay_function(&scene->lay, &function);
}

/* Where a function's instructions start. */
static inline uint64_t scene_opcodes_of(const struct scene *scene, uint64_t function)
{
    const uint8_t *at =
        scene->lay.at(scene->lay.context, function + scene->lay.layout->op_opcodes, 8);
    return sb_u64(at);
}

/* Puts a frame of `slots` variables on top of the stack; returns its address. */
static inline uint64_t scene_push(struct scene *scene, uint64_t function, uint64_t prev,
                                  uint32_t slots)
{
    const uint64_t addr = scene->top;
    const struct lay_frame frame = {
        .opline = function ? scene_opcodes_of(scene, function) + SCENE_OPLINE_BYTES : 0,
        .function = function,
        .prev = prev};
    lay_frame(&scene->lay, addr, &frame);
    scene->top += scene_frame_bytes(slots);
    return addr;
}

/* The zval of a local variable. */
static inline uint64_t scene_variable(const struct scene *scene, unsigned frame, unsigned index)
{
    return scene->frames[frame] + scene_frame_bytes(index);
}

static inline void scene_make_stack(struct scene *scene)
{
    struct lay *lay = &scene->lay;
    const struct lay_function internal = {.type = SB_INTERNAL_FUNCTION,
                                          .name = lay_string(lay, "strlen")};
    uint64_t prev = 0;

    scene->var_names = lay_take(lay, SCENE_VARS * 8);
    lay_u64(lay, scene->var_names, lay_string(lay, "total"));
    lay_u64(lay, scene->var_names + 8, lay_string(lay, "items"));
    lay_u64(lay, scene->var_names + 16, lay_string(lay, "none"));
    scene->shop = lay_class(lay, "Shop");
    scene->functions[0] = scene_function(scene, NULL, 0, "/srv/shop/index.php", 1);
    scene->functions[1] = scene_function(scene, "checkout", scene->shop, "/srv/shop/shop.php", 40);
    scene->functions[2] = scene_function(scene, "pay", 0, "/srv/shop/pay.php", 7);
    scene->functions[3] = lay_function(lay, &internal);
    scene->top = scene->page + SCENE_PAGE_HEADER;
    for (int i = 0; i < SCENE_DEPTH; i++)
        prev = scene->frames[i] =
            scene_push(scene, scene->functions[i], prev, i == SCENE_DEPTH - 1 ? 0 : SCENE_VARS);
    lay_zval(lay, scene_variable(scene, 2, 0), SB_ZVAL_LONG, 1250);
}

static inline uint64_t scene_array_data(const struct scene *scene, uint64_t array)
{
    const uint8_t *at = scene->lay.at(scene->lay.context, array + scene->lay.layout->ht_data, 8);
    return sb_u64(at);
}

static inline void scene_make_variables(struct scene *scene)
{
    struct lay *lay = &scene->lay;
    const uint64_t table = scene->globals + lay->layout->eg_symbol_table;
    const uint64_t server = lay_array(lay, 8), get = lay_array(lay, 2);
    const uint64_t reference = lay_take(lay, 32);
    const double real = 1.5;
    uint64_t bits;

    memcpy(&bits, &real, sizeof bits);
    lay_array_at(lay, table, SCENE_SYMBOLS);
    scene->symbols = scene_array_data(scene, table);
    scene->server = scene_array_data(scene, server);
    scene->get = scene_array_data(scene, get);
    scene->counter = lay_take(lay, 16);
    lay_zval(lay, scene->counter, SB_ZVAL_LONG, (uint64_t)-5);
    lay_zval(lay, reference + 8, SB_ZVAL_ARRAY, get); /* zend_reference.val */
    lay_element(lay, scene->symbols, 0, "_SERVER", SB_ZVAL_ARRAY, server);
    lay_element(lay, scene->symbols, 1, "_GET", SB_ZVAL_REFERENCE, reference);
    lay_element(lay, scene->symbols, 2, "counter", lay->layout->type_indirect, scene->counter);
    lay_element(lay, scene->server, 0, "REQUEST_METHOD", SB_ZVAL_STRING, lay_string(lay, "POST"));
    lay_element(lay, scene->server, 1, "LONG", SB_ZVAL_LONG, 42);
    lay_element(lay, scene->server, 2, "REAL", SB_ZVAL_DOUBLE, bits);
    lay_element(lay, scene->server, 3, "TRUE", SB_ZVAL_TRUE, 0);
    scene->items = lay_array(lay, 4);
    lay_packed(lay, scene->items, 0, SB_ZVAL_LONG, 11);
    lay_packed(lay, scene->items, 1, LAY_UNDEF, 0);
    lay_packed(lay, scene->items, 2, SB_ZVAL_STRING, lay_string(lay, "three"));
    lay_zval(lay, scene_variable(scene, 2, 1), SB_ZVAL_ARRAY, scene->items);
    lay_element(lay, scene->get, 0, "id", SB_ZVAL_STRING, lay_string(lay, "7"));
}

static inline void scene_make_request(struct scene *scene)
{
    struct lay *lay = &scene->lay;
    const struct sb_layout *layout = lay->layout;
    const double time = 1700000000.25;

    scene->request = lay_take(lay, SCENE_REQUEST_BYTES);
    scene->query = lay_c_string(lay, "id=7");
    scene->path = lay_c_string(lay, "/srv/shop/index.php");
    scene->uri_bucket = lay_parameter(lay, scene->request, "REQUEST_URI", "/shop/7?id=7");
    lay_u64(lay, scene->sapi + layout->sg_context, scene->request);
    lay_u64(lay, scene->sapi + layout->sg_query, scene->query);
    lay_u64(lay, scene->sapi + layout->sg_path, scene->path);
    lay_u64(lay, scene->sapi + layout->sg_cookie, 0);
    lay_u64(lay, scene->sapi + layout->sg_uri, lay_c_string(lay, "/index.php"));
    lay_bytes(lay, scene->sapi + layout->sg_time, &time, sizeof time);
}

/* Lays everything out. No frame is the current one yet: see scene_globals. */
static inline void scene_make(struct scene *scene)
{
    scene_make_stack(scene);
    scene_make_variables(scene);
    scene_make_request(scene);
    scene_globals(scene, 0);
}

#endif
