/* Pieces of the sample stream that tests look at. */
#ifndef SB_STREAM_H
#define SB_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum { SB_VARINT_MAX = 10 };

/* Writes an unsigned LEB128 number; returns its length, 1 to SB_VARINT_MAX. */
size_t sb_varint_put(uint8_t *out, uint64_t value);

#endif
