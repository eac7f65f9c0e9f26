/* Facts about the request that a process works on: its URI, superglobals, phpspy's request info.
 * All are found by reading; nothing runs in the process. */
#ifndef SB_FACTS_H
#define SB_FACTS_H

#include "value.h"

enum {
    SB_WANTED_MAX = 48,
    SB_KEY_BYTES = 256, /* of a key as printed, such as "glopeek server.REQUEST_URI" */
    SB_FACTS_MAX = SB_WANTED_MAX + 64, /* a variable can be met in several frames */
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
    SB_FACT_MEMORY,   /* of PHP's allocator, now and at its peak, in bytes */
    SB_FACT_VARIABLE, /* a local variable at a line */
    SB_FACT_PID,
};

/* What is kept from being told. */
enum sb_secrecy { SB_OPEN, SB_OPEN_PATH /* up to the first `?` */, SB_SECRET };

/* A fact that was asked for. `key` is how it is printed. */
struct sb_wanted {
    enum sb_fact_kind kind;
    char key[SB_KEY_BYTES];
    const char *array; /* "_GET" and the like, for SB_FACT_ARRAY */
    char name[SB_KEY_BYTES];
    const char *file; /* of SB_FACT_VARIABLE; `file_len` bytes */
    uint32_t file_len, first_line, last_line;
    enum sb_secrecy secrecy;
    int hides_arrays; /* whose inner keys nobody has looked at */
};

/* A fact that was found. Texts lie in the arena, in the room below or with what was wanted. */
struct sb_fact {
    const char *key, *value;
    size_t key_len, len;
    uint32_t frame; /* that it is about, counted from 1 at the leaf; 0: the whole process */
};

struct sb_facts {
    struct sb_fact items[SB_FACTS_MAX];
    uint32_t count;
    struct sb_room room;
};

/* Understands phpspy's `server.REQUEST_URI` notation: server, get, post, cookie, files, env and
 * globals. False when it is not of that form or too long. */
int sb_wanted_parse(const char *spec, struct sb_wanted *wanted);

/* The same for phpspy's `NAME@FILE:LINE` and `NAME@FILE:FIRST-LAST`. Keeps a pointer to `spec`. */
int sb_wanted_parse_variable(const char *spec, struct sb_wanted *wanted);

/* How much of a fact may be told when secrets are to be kept. */
enum sb_secrecy sb_wanted_secrecy(const struct sb_wanted *wanted);

/* Adds the text of a zval, if it has one. NULL is fine. */
void sb_facts_add_zval(struct sb_peek *peek, struct sb_facts *facts, const struct sb_wanted *wanted,
                       struct sb_fact fact, const uint8_t *zval);

/* Adds a fact, as far as it may be told. */
void sb_facts_add(struct sb_facts *facts, const struct sb_wanted *wanted, struct sb_fact fact);

/* Finds the wanted facts but variables. What cannot be found is left out. Fails only when the
 * process cannot be read at all. New places are remembered in target->asks, so that the next plan
 * has them. */
enum sb_status sb_facts_read(struct sb_snapshot *snapshot, struct sb_target *target,
                             const struct sb_wanted *wanted, uint32_t count,
                             struct sb_facts *facts);

#endif
