/* The vocabulary of one epoch: strings, frames, stacks, facts and processes, each kept once and
 * named by number from 1 in rising order, as docs/sample-stream.md wants it. 0 is "none".
 * All tables grow to a bound; sb_tables_are_full tells when the owner must start a new epoch. */
#ifndef SB_TABLES_H
#define SB_TABLES_H

#include "index.h"
#include "status.h"
#include <stddef.h>
#include <stdint.h>

enum {
    SB_ENTRIES_LIMIT = 65535, /* strings, frames, metas, processes of one epoch */
    SB_STACKS_LIMIT = 1048575,
    SB_STRING_BYTES_LIMIT = 8 << 20,
    /* What one sample may add at most: the margin at which an epoch ends. */
    SB_SAMPLE_STRINGS_MAX = 4096,
    SB_DEPTH_LIMIT = 1024,
};

struct sb_string {
    uint32_t at, len; /* in the text pool */
};

/* SB_FRAME_CUT: the mark of a root side that was left out on request. */
enum { SB_FRAME_INTERNAL = 1, SB_FRAME_EVAL = 2, SB_FRAME_CUT = 4 };

struct sb_frame {
    uint32_t function, file; /* string ids; file 0 for internal functions */
    uint32_t line, flags;
};

struct sb_stack {
    uint32_t parent, frame;
};

/* A key and a value, both string ids; the frame they are about, counted from 1 at the leaf, or 0.
 */
struct sb_pair {
    uint32_t key, value, frame;
};

/* Facts of a sample: `count` pairs from `first` in the pair pool. */
struct sb_meta {
    uint32_t first, count;
};

struct sb_tables {
    uint64_t serials; /* numbers given out to what must never be mistaken; see learn.c */
    uint64_t epoch;   /* rises with every sb_tables_reset; ids of older epochs are dead */
    char *text;
    size_t text_len, text_cap;
    struct sb_string *strings;
    struct sb_frame *frames;
    struct sb_stack *stacks;
    struct sb_meta *metas;
    struct sb_pair *pairs;
    int32_t *processes;
    uint32_t string_count, frame_count, stack_count, meta_count, pair_count, process_count;
    uint32_t string_cap, frame_cap, stack_cap, meta_cap, pair_cap, process_cap;
    struct sb_index string_index, frame_index, stack_index, meta_index, process_index;
};

/* Zeroed memory is an empty set of tables. All functions that return an id return 0 when memory
 * runs out or a bound is hit. */
uint32_t sb_tables_string(struct sb_tables *tables, const char *bytes, size_t len);
uint32_t sb_tables_frame(struct sb_tables *tables, const struct sb_frame *frame);
uint32_t sb_tables_stack(struct sb_tables *tables, uint32_t parent, uint32_t frame);
uint32_t sb_tables_meta(struct sb_tables *tables, const struct sb_pair *pairs, uint32_t count);
uint32_t sb_tables_process(struct sb_tables *tables, int32_t pid);

/* Text of string `id`; not terminated. Valid until the next string is added. */
const char *sb_tables_text(const struct sb_tables *tables, uint32_t id, size_t *len);

/* True when one more sample might not fit. */
int sb_tables_are_full(const struct sb_tables *tables);

/* Starts a new epoch: everything is forgotten, memory is kept. */
void sb_tables_reset(struct sb_tables *tables);

void sb_tables_free(struct sb_tables *tables);

#endif
