/* The sample stream, as docs/sample-stream.md specifies it to the byte. */
#include "stream.h"
#include "sink.h"
#include "version.h"
#include <string.h>
#include <unistd.h>

enum {
    TYPE_HELLO = 1,
    TYPE_STRING,
    TYPE_FRAME,
    TYPE_STACK,
    TYPE_META,
    TYPE_PROCESS,
    TYPE_TIME,
    TYPE_SAMPLE,
    TYPE_STATS,
    TYPE_MESSAGE,
    TYPE_EPOCH,
    TYPE_BYE
};

enum { SMALL_BYTES = 2048, PROTOCOL = 1, CLOCK_IS_MONOTONIC = 1, KIND_WALL = 0, TEXT_MAX = 1024 };

static const unsigned char magic[] = {0x89, 'S', 'B', 'S'};

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

/* A frame under construction; all but STRING fit. */
struct payload {
    uint8_t bytes[SMALL_BYTES];
    size_t len;
};

static void add_varint(struct payload *payload, uint64_t value)
{
    if (payload->len + SB_VARINT_MAX <= sizeof payload->bytes)
        payload->len += sb_varint_put(payload->bytes + payload->len, value);
}

static void add_u64(struct payload *payload, uint64_t value)
{
    for (int shift = 0; shift < 64; shift += 8)
        payload->bytes[payload->len++] = (uint8_t)(value >> shift);
}

static void add_text(struct payload *payload, const char *text)
{
    size_t len = strlen(text), room = sizeof payload->bytes - payload->len - SB_VARINT_MAX;
    if (len > TEXT_MAX)
        len = TEXT_MAX;
    if (len > room)
        len = room;
    add_varint(payload, len);
    memcpy(payload->bytes + payload->len, text, len);
    payload->len += len;
}

static void put_frame(struct sb_output *output, uint8_t type, const struct payload *payload,
                      const void *tail, size_t tail_len)
{
    uint8_t head[SB_VARINT_MAX + 1];
    size_t len = sb_varint_put(head, 1 + payload->len + tail_len);
    head[len++] = type;
    sb_output_put(output, head, len);
    sb_output_put(output, payload->bytes, payload->len);
    sb_output_put(output, tail, tail_len);
}

static enum sb_status write_frame(struct sb_sink *sink, uint8_t type, const struct payload *payload)
{
    sb_output_begin(sink->output);
    put_frame(sink->output, type, payload, "", 0);
    return sb_output_end(sink->output);
}

static enum sb_status stream_start(struct sb_sink *sink)
{
    struct payload payload;
    payload.len = 0;
    add_varint(&payload, PROTOCOL);
    add_varint(&payload, (uint64_t)getpid());
    add_varint(&payload, CLOCK_IS_MONOTONIC);
    add_u64(&payload, sink->options.start_ns);
    add_u64(&payload, sink->options.start_unix_ns);
    add_varint(&payload,
               (1000000000000ull + sink->options.period_ns / 2) / sink->options.period_ns);
    add_varint(&payload, KIND_WALL);
    add_text(&payload, "sampler");
    add_text(&payload, SB_VERSION);
    sink->last_time_ns = sink->options.start_ns;
    sb_output_begin(sink->output);
    sb_output_put(sink->output, magic, sizeof magic);
    put_frame(sink->output, TYPE_HELLO, &payload, "", 0);
    return sb_output_end(sink->output);
}

static enum sb_status send_strings(struct sb_sink *sink)
{
    const struct sb_tables *tables = sink->tables;
    while (sink->sent_strings < tables->string_count) {
        struct payload payload;
        size_t len;
        const char *text = sb_tables_text(tables, sink->sent_strings + 1, &len);
        payload.len = 0;
        add_varint(&payload, sink->sent_strings + 1);
        sb_output_begin(sink->output);
        put_frame(sink->output, TYPE_STRING, &payload, text, len);
        if (sb_output_end(sink->output) != SB_OK)
            return SB_FULL;
        sink->sent_strings++;
    }
    return SB_OK;
}

static enum sb_status send_frames(struct sb_sink *sink)
{
    while (sink->sent_frames < sink->tables->frame_count) {
        const struct sb_frame *frame = &sink->tables->frames[sink->sent_frames];
        struct payload payload;
        payload.len = 0;
        add_varint(&payload, sink->sent_frames + 1);
        add_varint(&payload, frame->function);
        add_varint(&payload, frame->file);
        add_varint(&payload, frame->line);
        add_varint(&payload, frame->flags & SB_FRAME_INTERNAL);
        if (write_frame(sink, TYPE_FRAME, &payload) != SB_OK)
            return SB_FULL;
        sink->sent_frames++;
    }
    return SB_OK;
}

static enum sb_status send_stacks(struct sb_sink *sink)
{
    while (sink->sent_stacks < sink->tables->stack_count) {
        const struct sb_stack *stack = &sink->tables->stacks[sink->sent_stacks];
        struct payload payload;
        payload.len = 0;
        add_varint(&payload, sink->sent_stacks + 1);
        add_varint(&payload, stack->parent);
        add_varint(&payload, stack->frame);
        if (write_frame(sink, TYPE_STACK, &payload) != SB_OK)
            return SB_FULL;
        sink->sent_stacks++;
    }
    return SB_OK;
}

static enum sb_status send_metas(struct sb_sink *sink)
{
    const struct sb_tables *tables = sink->tables;
    while (sink->sent_metas < tables->meta_count) {
        const struct sb_meta *meta = &tables->metas[sink->sent_metas];
        struct payload payload;
        payload.len = 0;
        add_varint(&payload, sink->sent_metas + 1);
        add_varint(&payload, meta->count);
        for (uint32_t i = 0; i < meta->count; i++) {
            add_varint(&payload, tables->pairs[meta->first + i].key);
            add_varint(&payload, tables->pairs[meta->first + i].value);
        }
        if (write_frame(sink, TYPE_META, &payload) != SB_OK)
            return SB_FULL;
        sink->sent_metas++;
    }
    return SB_OK;
}

static enum sb_status send_processes(struct sb_sink *sink)
{
    while (sink->sent_processes < sink->tables->process_count) {
        struct payload payload;
        payload.len = 0;
        add_varint(&payload, sink->sent_processes + 1);
        add_varint(&payload, (uint64_t)sink->tables->processes[sink->sent_processes]);
        if (write_frame(sink, TYPE_PROCESS, &payload) != SB_OK)
            return SB_FULL;
        sink->sent_processes++;
    }
    return SB_OK;
}

static enum sb_status send_epoch(struct sb_sink *sink)
{
    struct payload payload;
    payload.len = 0;
    if (!sink->owes_epoch)
        return SB_OK;
    if (write_frame(sink, TYPE_EPOCH, &payload) != SB_OK)
        return SB_FULL;
    sink->owes_epoch = 0;
    return SB_OK;
}

/* Definitions stay pending until there is room; the samples that need them are dropped meanwhile.
 */
static enum sb_status send_definitions(struct sb_sink *sink)
{
    if (send_epoch(sink) != SB_OK || send_strings(sink) != SB_OK || send_frames(sink) != SB_OK ||
        send_stacks(sink) != SB_OK || send_metas(sink) != SB_OK)
        return SB_FULL;
    return send_processes(sink);
}

static uint32_t stack_id(struct sb_sink *sink, const struct sb_trace *trace)
{
    static const char truncated[] = "[truncated]";
    uint32_t stack = 0;
    if (trace->is_truncated) {
        struct sb_frame frame = {
            .function = sb_tables_string(sink->tables, truncated, sizeof truncated - 1),
            .flags = SB_FRAME_INTERNAL,
        };
        stack = sb_tables_stack(sink->tables, 0, sb_tables_frame(sink->tables, &frame));
    }
    for (uint32_t i = trace->depth; i > 0; i--)
        stack = sb_tables_stack(sink->tables, stack, trace->frames[i - 1]);
    return stack;
}

static uint32_t meta_id(struct sb_sink *sink, const struct sb_trace *trace)
{
    struct sb_pair pairs[SB_FACTS_MAX + 1];
    uint32_t count = 0;
    for (uint32_t i = 0; i < trace->facts->count; i++) {
        const struct sb_fact *fact = &trace->facts->items[i];
        pairs[count].key = sb_tables_string(sink->tables, fact->key, fact->key_len);
        pairs[count++].value = sb_tables_string(sink->tables, fact->value, fact->len);
    }
    if (sink->options.prints_pid) {
        char digits[16];
        size_t at = sizeof digits;
        for (unsigned pid = (unsigned)trace->pid; pid; pid /= 10)
            digits[--at] = (char)('0' + pid % 10);
        pairs[count].key = sb_tables_string(sink->tables, "pid", 3);
        pairs[count++].value = sb_tables_string(sink->tables, digits + at, sizeof digits - at);
    }
    return count ? sb_tables_meta(sink->tables, pairs, count) : 0;
}

static enum sb_status stream_sample(struct sb_sink *sink, const struct sb_trace *trace,
                                    uint64_t time_ns)
{
    uint32_t stack = stack_id(sink, trace), meta = meta_id(sink, trace);
    uint32_t process = sb_tables_process(sink->tables, trace->pid);
    struct payload payload;

    if (!stack)
        return SB_NO_MEMORY;
    if (send_definitions(sink) != SB_OK)
        return SB_FULL;
    sb_output_begin(sink->output);
    if (time_ns > sink->last_time_ns) {
        payload.len = 0;
        add_varint(&payload, time_ns - sink->last_time_ns);
        put_frame(sink->output, TYPE_TIME, &payload, "", 0);
    }
    payload.len = 0;
    add_varint(&payload, stack);
    add_varint(&payload, meta);
    add_varint(&payload, process);
    put_frame(sink->output, TYPE_SAMPLE, &payload, "", 0);
    if (sb_output_end(sink->output) != SB_OK)
        return SB_FULL;
    if (time_ns > sink->last_time_ns)
        sink->last_time_ns = time_ns;
    return SB_OK;
}

static enum sb_status stream_stats(struct sb_sink *sink, const uint64_t counters[SB_COUNTERS])
{
    struct payload payload;
    payload.len = 0;
    add_varint(&payload, SB_COUNTERS - 1);
    for (unsigned i = 1; i < SB_COUNTERS; i++) {
        add_varint(&payload, i);
        add_varint(&payload, counters[i]);
    }
    return write_frame(sink, TYPE_STATS, &payload);
}

static enum sb_status stream_message(struct sb_sink *sink, enum sb_level level, const char *code,
                                     const char *text)
{
    struct payload payload;
    payload.len = 0;
    add_varint(&payload, level);
    add_text(&payload, code);
    add_text(&payload, text);
    return write_frame(sink, TYPE_MESSAGE, &payload);
}

static enum sb_status stream_epoch(struct sb_sink *sink)
{
    sink->sent_strings = sink->sent_frames = sink->sent_stacks = 0;
    sink->sent_metas = sink->sent_processes = 0;
    sink->owes_epoch = 1;
    return send_epoch(sink);
}

static enum sb_status stream_stop(struct sb_sink *sink, const char *reason, const char *text)
{
    struct payload payload;
    payload.len = 0;
    add_text(&payload, reason);
    add_text(&payload, text);
    return write_frame(sink, TYPE_BYE, &payload);
}

const struct sb_sink_ops sb_stream_ops = {
    .start = stream_start,
    .sample = stream_sample,
    .stats = stream_stats,
    .message = stream_message,
    .epoch = stream_epoch,
    .stop = stream_stop,
};
