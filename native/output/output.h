/* Where samples go: a buffer of whole records in front of a pipe, socket, terminal or file. It
 * never blocks the sampler on a pipe or socket: what a slow reader leaves no room for is refused
 * whole. */
#ifndef SB_OUTPUT_H
#define SB_OUTPUT_H

#include "status.h"
#include <stddef.h>
#include <stdint.h>

enum {
    SB_OUTPUT_CAPACITY = 1 << 20,
    SB_OUTPUT_FLUSH_BYTES = 32 << 10,
    SB_OUTPUT_FLUSH_MS = 100,
};

struct sb_output {
    int fd;
    int is_socket, is_terminal, is_overfull, is_gone;
    char *buffer;
    size_t start, end, mark; /* unwritten bytes; where the open record starts */
    uint64_t flushed_ns;
};

/* Opens `path`, or standard output for "-". SB_OUTPUT with errno. Must be closed either way. */
enum sb_status sb_output_open(struct sb_output *output, const char *path);

/* A record: begin, any number of puts, end. SB_FULL at the end means that there was no room and
 * nothing of the record was kept. */
void sb_output_begin(struct sb_output *output);
void sb_output_put(struct sb_output *output, const void *bytes, size_t len);
enum sb_status sb_output_end(struct sb_output *output);

/* Writes what can be written without waiting, once there is enough of it or it is old enough, or
 * at once with `now_ns` 0. SB_READER_GONE, SB_OUTPUT. */
enum sb_status sb_output_flush(struct sb_output *output, uint64_t now_ns);

/* Writes everything, waiting for the reader at most `wait_ms`. */
enum sb_status sb_output_drain(struct sb_output *output, int wait_ms);

/* Closes and frees; safe to call again, and after a failed open. */
void sb_output_close(struct sb_output *output);

#endif
