/* Numbers and text as docs/sample-stream.md writes them. */
#include "payload.h"
#include <string.h>

enum { TEXT_MAX = 1024 };

size_t sb_varint_put(uint8_t *out, uint64_t value)
{
    size_t len = 0;
    while (value >= 0x80) {
        out[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[len++] = (uint8_t)value;
    return len;
}

void sb_payload_varint(struct sb_payload *payload, uint64_t value)
{
    if (payload->len + SB_VARINT_MAX <= sizeof payload->bytes)
        payload->len += sb_varint_put(payload->bytes + payload->len, value);
}

void sb_payload_u64(struct sb_payload *payload, uint64_t value)
{
    for (int shift = 0; shift < 64; shift += 8)
        payload->bytes[payload->len++] = (uint8_t)(value >> shift);
}

void sb_payload_text(struct sb_payload *payload, const char *text)
{
    size_t len = strlen(text), room = sizeof payload->bytes - payload->len - SB_VARINT_MAX;
    if (len > TEXT_MAX)
        len = TEXT_MAX;
    if (len > room)
        len = room;
    sb_payload_varint(payload, len);
    memcpy(payload->bytes + payload->len, text, len);
    payload->len += len;
}

void sb_payload_put(struct sb_output *output, uint8_t type, const struct sb_payload *payload,
                    const void *tail, size_t tail_len)
{
    uint8_t head[SB_VARINT_MAX + 1];
    size_t len = sb_varint_put(head, 1 + payload->len + tail_len);
    head[len++] = type;
    sb_output_put(output, head, len);
    sb_output_put(output, payload->bytes, payload->len);
    sb_output_put(output, tail, tail_len);
}
