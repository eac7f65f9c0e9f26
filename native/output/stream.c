/* The sample stream, as docs/sample-stream.md specifies it to the byte. */
#include "payload.h"
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

enum { PROTOCOL = 1, CLOCK_IS_MONOTONIC = 1, KIND_WALL = 0, KIND_CPU = 1 };

static const unsigned char magic[] = {0x89, 'S', 'B', 'S'};

static enum sb_status write_frame(struct sb_sink *sink, uint8_t type,
                                  const struct sb_payload *payload)
{
    sb_output_begin(sink->output);
    sb_payload_put(sink->output, type, payload, "", 0);
    return sb_output_end(sink->output);
}

static enum sb_status stream_start(struct sb_sink *sink)
{
    struct sb_payload payload;
    payload.len = 0;
    sb_payload_varint(&payload, PROTOCOL);
    sb_payload_varint(&payload, (uint64_t)getpid());
    sb_payload_varint(&payload, CLOCK_IS_MONOTONIC);
    sb_payload_u64(&payload, sink->options.start_ns);
    sb_payload_u64(&payload, sink->options.start_unix_ns);
    sb_payload_varint(&payload,
                      (1000000000000ull + sink->options.period_ns / 2) / sink->options.period_ns);
    sb_payload_varint(&payload, sink->options.measures_cpu ? KIND_CPU : KIND_WALL);
    sb_payload_text(&payload, "sampler");
    sb_payload_text(&payload, SB_VERSION);
    sink->last_time_ns = sink->options.start_ns;
    sb_output_begin(sink->output);
    sb_output_put(sink->output, magic, sizeof magic);
    sb_payload_put(sink->output, TYPE_HELLO, &payload, "", 0);
    return sb_output_end(sink->output);
}

static enum sb_status send_strings(struct sb_sink *sink)
{
    const struct sb_tables *tables = sink->tables;
    while (sink->sent_strings < tables->string_count) {
        struct sb_payload payload;
        size_t len;
        const char *text = sb_tables_text(tables, sink->sent_strings + 1, &len);
        payload.len = 0;
        sb_payload_varint(&payload, sink->sent_strings + 1);
        sb_output_begin(sink->output);
        sb_payload_put(sink->output, TYPE_STRING, &payload, text, len);
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
        struct sb_payload payload;
        payload.len = 0;
        sb_payload_varint(&payload, sink->sent_frames + 1);
        sb_payload_varint(&payload, frame->function);
        sb_payload_varint(&payload, frame->file);
        sb_payload_varint(&payload, frame->line);
        sb_payload_varint(&payload, frame->flags & SB_FRAME_INTERNAL);
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
        struct sb_payload payload;
        payload.len = 0;
        sb_payload_varint(&payload, sink->sent_stacks + 1);
        sb_payload_varint(&payload, stack->parent);
        sb_payload_varint(&payload, stack->frame);
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
        struct sb_payload payload;
        payload.len = 0;
        sb_payload_varint(&payload, sink->sent_metas + 1);
        sb_payload_varint(&payload, meta->count);
        for (uint32_t i = 0; i < meta->count; i++) {
            sb_payload_varint(&payload, tables->pairs[meta->first + i].key);
            sb_payload_varint(&payload, tables->pairs[meta->first + i].value);
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
        struct sb_payload payload;
        payload.len = 0;
        sb_payload_varint(&payload, sink->sent_processes + 1);
        sb_payload_varint(&payload, (uint64_t)sink->tables->processes[sink->sent_processes]);
        if (write_frame(sink, TYPE_PROCESS, &payload) != SB_OK)
            return SB_FULL;
        sink->sent_processes++;
    }
    return SB_OK;
}

static enum sb_status send_epoch(struct sb_sink *sink)
{
    struct sb_payload payload;
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

static enum sb_status stream_sample(struct sb_sink *sink, const struct sb_moment *moment,
                                    const struct sb_tick *tick)
{
    struct sb_payload payload;

    if (send_definitions(sink) != SB_OK)
        return SB_FULL;
    sb_output_begin(sink->output);
    if (tick->time_ns > sink->last_time_ns) {
        payload.len = 0;
        sb_payload_varint(&payload, tick->time_ns - sink->last_time_ns);
        sb_payload_put(sink->output, TYPE_TIME, &payload, "", 0);
    }
    payload.len = 0;
    sb_payload_varint(&payload, moment->stack);
    sb_payload_varint(&payload, moment->meta);
    sb_payload_varint(&payload, moment->process);
    if (tick->weight != 1)
        sb_payload_varint(&payload, tick->weight);
    sb_payload_put(sink->output, TYPE_SAMPLE, &payload, "", 0);
    if (sb_output_end(sink->output) != SB_OK)
        return SB_FULL;
    if (tick->time_ns > sink->last_time_ns)
        sink->last_time_ns = tick->time_ns;
    return SB_OK;
}

static enum sb_status stream_stats(struct sb_sink *sink, const uint64_t counters[SB_COUNTERS])
{
    struct sb_payload payload;
    payload.len = 0;
    sb_payload_varint(&payload, SB_COUNTERS - 1);
    for (unsigned i = 1; i < SB_COUNTERS; i++) {
        sb_payload_varint(&payload, i);
        sb_payload_varint(&payload, counters[i]);
    }
    return write_frame(sink, TYPE_STATS, &payload);
}

static enum sb_status stream_message(struct sb_sink *sink, enum sb_level level, const char *code,
                                     const char *text)
{
    struct sb_payload payload;
    payload.len = 0;
    sb_payload_varint(&payload, level);
    sb_payload_text(&payload, code);
    sb_payload_text(&payload, text);
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
    struct sb_payload payload;
    payload.len = 0;
    sb_payload_text(&payload, reason);
    sb_payload_text(&payload, text);
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
