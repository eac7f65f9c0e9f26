/* Takes the URI from the request line, as Apache itself does for $_SERVER['REQUEST_URI']. */
#include "apache.h"
#include "bytes.h"
#include "facts.h"

/* Neither structure has changed since Apache 2.0. */
enum {
    CONTEXT_REQUEST = 8,      /* php_struct.r of sapi/apache2handler/php_apache.h */
    REQUEST_THE_REQUEST = 48, /* request_rec.the_request of httpd.h: "GET /a?b=c HTTP/1.1" */
};

static uint64_t pointer_at(struct sb_peek *peek, uint64_t addr)
{
    const uint8_t *bytes = sb_peek(peek, addr, 8);
    return bytes ? sb_u64(bytes) : 0;
}

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *sb_apache_uri(struct sb_peek *peek, uint64_t context, size_t *len)
{
    uint64_t request = context ? pointer_at(peek, context + CONTEXT_REQUEST) : 0;
    uint64_t line = request ? pointer_at(peek, request + REQUEST_THE_REQUEST) : 0;
    size_t size = 0, start = 0, end;
    const char *text = line ? sb_peek_c_string(peek, line, SB_VALUE_BYTES, &size) : NULL;

    if (!text)
        return NULL;
    while (start < size && !is_space(text[start])) /* the method */
        start++;
    while (start < size && is_space(text[start]))
        start++;
    for (end = start; end < size && !is_space(text[end]); end++)
        ;
    *len = end - start;
    return *len ? text + start : NULL;
}
