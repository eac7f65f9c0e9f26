/* Frames of the sample stream under construction. */
#ifndef SB_PAYLOAD_H
#define SB_PAYLOAD_H

#include "output.h"

enum { SB_VARINT_MAX = 10, SB_PAYLOAD_BYTES = 2048 };

/* Holds every frame but STRING, whose text is put as the tail. Start with len = 0. */
struct sb_payload {
    uint8_t bytes[SB_PAYLOAD_BYTES];
    size_t len;
};

/* Writes an unsigned LEB128 number; returns its length, 1 to SB_VARINT_MAX. */
size_t sb_varint_put(uint8_t *out, uint64_t value);

/* Each appends a field; text is cut where it is too long. */
void sb_payload_varint(struct sb_payload *payload, uint64_t value);
void sb_payload_u64(struct sb_payload *payload, uint64_t value);
void sb_payload_text(struct sb_payload *payload, const char *text);

/* Writes a frame: its length, its type, the payload and then `tail`. */
void sb_payload_put(struct sb_output *output, uint8_t type, const struct sb_payload *payload,
                    const void *tail, size_t tail_len);

#endif
