/* PHP as a module of Apache 2. */
#ifndef SB_APACHE_H
#define SB_APACHE_H

#include "peek.h"

/* The URI of the request, query string included, as the client sent it: request_info.request_uri is
 * that of the script once a rule has rewritten it. `context` is the server_context of sapi_globals.
 * Not terminated; NULL when it cannot be read. */
const char *sb_apache_uri(struct sb_peek *peek, uint64_t context, size_t *len);

#endif
