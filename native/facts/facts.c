/* Reads request facts through small dependent reads. */
#include "facts.h"
#include "apache.h"
#include "bytes.h"
#include "peek.h"
#include <inttypes.h>

/* fcgi_hash of main/fastcgi.c, which is the same from 7.0 on. */
enum {
    FCGI_SLOTS = 128,
    FCGI_CHAIN_MAX = 16,
    FCGI_HASH = 0,
    FCGI_VAR_LEN = 4,
    FCGI_VAR = 8,
    FCGI_VAL_LEN = 16,
    FCGI_VAL = 24,
    FCGI_NEXT = 32,
    FCGI_BUCKET_BYTES = 40,
    HEAP_SIZE = 16,          /* zend_mm_heap.size; .peak follows */
    FIRST_PAGE_BYTES = 4096, /* of a chunk: its header, and the allocator's state in the first */
    SAPI_BYTES = 56, /* of sapi_globals: server_context and the first half of request_info */
};

static const uint64_t CHUNK_MASK = (2 << 20) - 1; /* ZEND_MM_CHUNK_SIZE */
static const char REQUEST_URI[] = "REQUEST_URI";

static void add(struct sb_facts *facts, const struct sb_wanted *wanted, const char *value,
                size_t len)
{
    if (value)
        sb_facts_add(facts, wanted,
                     (struct sb_fact){.key = wanted->key, .value = value, .len = len});
}

void sb_facts_add_zval(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted,
                       struct sb_fact fact, const uint8_t *zval)
{
    struct sb_wanted secret = {.secrecy = SB_SECRET};
    if (!zval)
        return;
    fact.value = sb_value_text(peek, zval, &facts->room, &fact.len);
    if (fact.value)
        sb_facts_add(facts,
                     wanted->hides_arrays && sb_zval_type(zval) == SB_ZVAL_ARRAY ? &secret : wanted,
                     fact);
}

static void add_zval(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted,
                     const uint8_t *zval)
{
    sb_facts_add_zval(peek, facts, wanted, (struct sb_fact){.key = wanted->key}, zval);
}

static uint32_t fcgi_hash(const char *name, uint32_t len)
{
    if (len < 3)
        return len;
    return ((uint32_t)name[3] << 2) + ((uint32_t)name[len - 2] << 4) +
           ((uint32_t)name[len - 1] << 2) + len;
}

/* A parameter that the web server sent, such as REQUEST_URI. `request` is an fcgi_request. */
static const char *fcgi_parameter(struct sb_peek *peek, uint64_t request, const char *name,
                                  size_t *len)
{
    uint64_t table = request + peek->target->family->php.layout->fcgi_env;
    uint32_t name_len = (uint32_t)strlen(name), hash = fcgi_hash(name, name_len);
    const uint8_t *at = sb_peek(peek, table + 8 * (uint64_t)(hash % FCGI_SLOTS), 8);

    for (int step = 0; at && step < FCGI_CHAIN_MAX; step++) {
        uint64_t bucket = sb_u64(at);
        const uint8_t *found = bucket ? sb_peek(peek, bucket, FCGI_BUCKET_BYTES) : NULL, *var;
        if (!found)
            return NULL;
        if (sb_u32(found + FCGI_HASH) == hash && sb_u32(found + FCGI_VAR_LEN) == name_len &&
            (var = sb_peek(peek, sb_u64(found + FCGI_VAR), name_len)) != NULL &&
            memcmp(var, name, name_len) == 0) {
            uint32_t whole = sb_u32(found + FCGI_VAL_LEN);
            *len = whole < SB_VALUE_BYTES ? whole : SB_VALUE_BYTES;
            return *len ? (const char *)sb_peek_text(peek, sb_u64(found + FCGI_VAL), (uint32_t)*len)
                        : "";
        }
        at = found + FCGI_NEXT;
    }
    return NULL;
}

static const uint8_t *sapi_globals(struct sb_peek *peek)
{
    uint64_t addr = peek->target->family->php.sapi_globals;
    return addr ? sb_peek(peek, addr, SAPI_BYTES) : NULL;
}

/* From the FastCGI environment under FPM and CGI, or Apache's request line.
 * request_info.request_uri is only the script's name there, `/index.php` for every front
 * controller. */
static const char *from_server(struct sb_peek *peek, const char *name, size_t *len)
{
    enum sb_sapi sapi = peek->target->family->php.sapi;
    const uint8_t *globals = sapi_globals(peek);
    uint64_t context = globals ? sb_u64(globals + peek->target->family->php.layout->sg_context) : 0;
    if (context && sapi == SB_SAPI_APACHE && strcmp(name, REQUEST_URI) == 0)
        return sb_apache_uri(peek, context, len);
    if (!context || (sapi != SB_SAPI_FPM && sapi != SB_SAPI_FASTCGI))
        return NULL;
    return fcgi_parameter(peek, context, name, len);
}

static const char *request_info(struct sb_peek *peek, uint16_t field, size_t *len)
{
    const uint8_t *globals = sapi_globals(peek);
    return globals ? sb_peek_c_string(peek, sb_u64(globals + field), SB_VALUE_BYTES, len) : NULL;
}

static uint64_t symbol_table(const struct sb_peek *peek)
{
    const struct sb_php *php = &peek->target->family->php;
    return php->executor_globals + php->layout->eg_symbol_table;
}

static const uint8_t *superglobal(struct sb_peek *peek, const char *array, const char *name)
{
    const uint8_t *zval = sb_peek_element(peek, symbol_table(peek), array);
    if (!zval || sb_zval_type(zval) != SB_ZVAL_ARRAY)
        return NULL;
    return sb_peek_element(peek, sb_u64(zval), name);
}

static void add_server(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted)
{
    size_t len = 0;
    const char *text = from_server(peek, wanted->name, &len);
    uint32_t before = facts->count;

    if (!text)
        add_zval(peek, facts, wanted, superglobal(peek, wanted->array, wanted->name));
    if (!text && facts->count == before && strcmp(wanted->name, REQUEST_URI) == 0)
        text = request_info(peek, peek->target->family->php.layout->sg_uri, &len);
    add(facts, wanted, text, len);
}

static void add_uri(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted)
{
    size_t len = 0;
    const char *text = from_server(peek, REQUEST_URI, &len), *query;
    if (!text)
        text = request_info(peek, peek->target->family->php.layout->sg_uri, &len);
    if (text && (query = memchr(text, '?', len)) != NULL)
        len = (size_t)(query - text);
    add(facts, wanted, text, len);
}

static void add_time(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted)
{
    const struct sb_php *php = &peek->target->family->php;
    const uint8_t *bytes =
        php->sapi_globals ? sb_peek(peek, php->sapi_globals + php->layout->sg_time, 8) : NULL;
    const char *text;
    double seconds;
    size_t len;
    if (!bytes)
        return;
    memcpy(&seconds, bytes, sizeof seconds);
    if (!(seconds >= 0 && seconds < 1e12))
        return;
    text = sb_room_print(&facts->room, &len, "%f", seconds);
    add(facts, wanted, text, len);
}

/* The allocator's state lies at the start of its first chunk, and every chunk leads there. The VM
 * stack is in a chunk, unless another allocator is in use (USE_ZEND_ALLOC=0). */
static void add_memory(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted)
{
    const struct sb_php *php = &peek->target->family->php;
    const uint8_t *page = sb_peek(peek, php->executor_globals + php->layout->eg_vm_stack, 8);
    const uint8_t *found = page ? sb_peek(peek, sb_u64(page) & ~CHUNK_MASK, 8) : NULL, *sizes;
    uint64_t heap = found ? sb_u64(found) : 0;
    const char *text;
    size_t len;

    if (!heap || (heap & CHUNK_MASK) >= FIRST_PAGE_BYTES)
        return;
    found = sb_peek(peek, heap & ~CHUNK_MASK, 8);
    if (!found || sb_u64(found) != heap || (sizes = sb_peek(peek, heap + HEAP_SIZE, 16)) == NULL)
        return;
    text =
        sb_room_print(&facts->room, &len, "%" PRIu64 " %" PRIu64, sb_u64(sizes), sb_u64(sizes + 8));
    add(facts, wanted, text, len);
}

static void add_pid(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted)
{
    size_t len;
    const char *text = sb_room_print(&facts->room, &len, "%d", (int)peek->target->remote.pid);
    add(facts, wanted, text, len);
}

static void add_wanted(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted)
{
    const struct sb_layout *layout = peek->target->family->php.layout;
    size_t len = 0;
    const char *text;

    switch (wanted->kind) {
    case SB_FACT_SERVER:
        add_server(peek, facts, wanted);
        break;
    case SB_FACT_ARRAY:
        add_zval(peek, facts, wanted, superglobal(peek, wanted->array, wanted->name));
        break;
    case SB_FACT_GLOBAL:
        add_zval(peek, facts, wanted, sb_peek_element(peek, symbol_table(peek), wanted->name));
        break;
    case SB_FACT_URI:
        add_uri(peek, facts, wanted);
        break;
    case SB_FACT_TIME:
        add_time(peek, facts, wanted);
        break;
    case SB_FACT_MEMORY:
        add_memory(peek, facts, wanted);
        break;
    case SB_FACT_PID:
        add_pid(peek, facts, wanted);
        break;
    case SB_FACT_VARIABLE:
        break;
    case SB_FACT_PATH:
    case SB_FACT_QUERY:
    case SB_FACT_COOKIE:
        text = request_info(peek,
                            wanted->kind == SB_FACT_PATH    ? layout->sg_path
                            : wanted->kind == SB_FACT_QUERY ? layout->sg_query
                                                            : layout->sg_cookie,
                            &len);
        add(facts, wanted, text, len);
        break;
    }
}

enum sb_status sb_facts_read(struct sb_snapshot *snapshot, struct sb_target *target,
                             const struct sb_wanted *wanted, uint32_t count, struct sb_facts *facts)
{
    struct sb_peek peek = {.snapshot = snapshot, .target = target};
    facts->count = facts->room.used = 0;
    for (uint32_t i = 0; i < count && peek.failure == SB_OK; i++)
        add_wanted(&peek, facts, &wanted[i]);
    return peek.failure;
}
