/* Facts about the request that a process works on: its URI, superglobals, phpspy's request info.
 * All are found by reading; nothing runs in the process. */
#ifndef SB_FACTS_H
#define SB_FACTS_H

#include "target.h"

enum {
    SB_WANTED_MAX = 24,
    SB_KEY_BYTES = 256,    /* of a key as printed, such as "glopeek server.REQUEST_URI" */
    SB_VALUE_BYTES = 8192, /* longer values are cut */
    SB_FACTS_MAX = SB_WANTED_MAX + 8,
};

enum sb_fact_kind {
    SB_FACT_SERVER, /* FastCGI parameter, else $_SERVER */
    SB_FACT_ARRAY,  /* an element of another superglobal */
    SB_FACT_GLOBAL, /* a global variable */
    SB_FACT_URI,    /* the path of the request, without the query */
    SB_FACT_PATH,
    SB_FACT_QUERY,
    SB_FACT_COOKIE,
    SB_FACT_TIME,
};

/* A fact that was asked for. `key` is how it is printed. */
struct sb_wanted {
    enum sb_fact_kind kind;
    char key[SB_KEY_BYTES];
    const char *array; /* "_GET" and the like, for SB_FACT_ARRAY */
    char name[SB_KEY_BYTES];
};

/* A fact that was found. `value` lies in the arena or in the struct below. */
struct sb_fact {
    const char *key, *value;
    size_t key_len, len;
};

struct sb_facts {
    struct sb_fact items[SB_FACTS_MAX];
    uint32_t count;
    char numbers[SB_FACTS_MAX][32];
};

/* Understands phpspy's `server.REQUEST_URI` notation: server, get, post, cookie, files, env and
 * globals. False when it is not of that form or too long. */
int sb_wanted_parse(const char *spec, struct sb_wanted *wanted);

/* Finds the wanted facts. What cannot be found is left out. Fails only when the process cannot be
 * read at all. New places are remembered in target->asks, so that the next plan has them. */
enum sb_status sb_facts_read(struct sb_snapshot *snapshot, struct sb_target *target,
                             const struct sb_wanted *wanted, uint32_t count,
                             struct sb_facts *facts);

#endif
