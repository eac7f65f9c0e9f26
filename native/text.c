/* phpspy's text: one line per frame, `# key = value` lines, an empty line. */
#include "clock.h"
#include "sink.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(struct sb_sink *sink, const char *text)
{
    sb_output_put(sink->output, text, strlen(text));
}

static void put_number(struct sb_sink *sink, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    sb_output_put(sink->output, digits + at, sizeof digits - at);
}

/* Text from a process, with everything that could end a line or control a terminal replaced. */
static void put_safe(struct sb_sink *sink, const char *bytes, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= 0x20 && byte != 0x7f)
            continue;
        sb_output_put(sink->output, bytes + from, i - from);
        sb_output_put(sink->output, "?", 1);
        from = i + 1;
    }
    sb_output_put(sink->output, bytes + from, len - from);
}

static void put_string(struct sb_sink *sink, uint32_t id)
{
    size_t len;
    const char *text = sb_tables_text(sink->tables, id, &len);
    put_safe(sink, text, len);
}

/* phpspy knows files only of functions in files: eval'd code prints as internal. */
static void put_frame(struct sb_sink *sink, uint32_t index, uint32_t id)
{
    const struct sb_frame *frame = &sink->tables->frames[id - 1];
    put_number(sink, index);
    put(sink, " ");
    put_string(sink, frame->function);
    if (frame->flags) {
        put(sink, " <internal>:-1\n");
        return;
    }
    put(sink, " ");
    put_string(sink, frame->file);
    put(sink, ":");
    put_number(sink, frame->line);
    put(sink, "\n");
}

static void put_fact(struct sb_sink *sink, const char *key, const char *value, size_t len)
{
    put(sink, "# ");
    put_safe(sink, key, strlen(key));
    put(sink, " = ");
    put_safe(sink, value, len);
    put(sink, "\n");
}

static const struct sb_fact *find_fact(const struct sb_facts *facts, const char *key)
{
    for (uint32_t i = 0; i < facts->count; i++)
        if (strcmp(facts->items[i].key, key) == 0)
            return &facts->items[i];
    return NULL;
}

static void put_request_info(struct sb_sink *sink, const struct sb_facts *facts)
{
    static const struct {
        const char *key, *none;
    } lines[] = {
        {"uri", "-"}, {"path", "-"}, {"qstring", "-"}, {"cookie", "-"}, {"ts", "0.000000"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct sb_fact *fact = find_fact(facts, lines[i].key);
        if (fact)
            put_fact(sink, lines[i].key, fact->value, fact->len);
        else
            put_fact(sink, lines[i].key, lines[i].none, strlen(lines[i].none));
    }
}

static void put_facts(struct sb_sink *sink, const struct sb_trace *trace)
{
    static const char glopeek[] = "glopeek ";
    char text[32];
    if (sink->options.has_request_info)
        put_request_info(sink, trace->facts);
    for (uint32_t i = 0; i < trace->facts->count; i++) {
        const struct sb_fact *fact = &trace->facts->items[i];
        if (strncmp(fact->key, glopeek, sizeof glopeek - 1) == 0)
            put_fact(sink, fact->key, fact->value, fact->len);
    }
    if (sink->options.prints_time) {
        uint64_t now_us = sb_clock_ns(CLOCK_REALTIME) / 1000;
        snprintf(text, sizeof text, "%llu.%06llu", (unsigned long long)(now_us / 1000000),
                 (unsigned long long)(now_us % 1000000));
        put_fact(sink, "trace_ts", text, strlen(text));
    }
    if (sink->options.prints_pid) {
        snprintf(text, sizeof text, "%d", (int)trace->pid);
        put_fact(sink, "pid", text, strlen(text));
    }
}

static enum sb_status text_sample(struct sb_sink *sink, const struct sb_trace *trace,
                                  uint64_t time_ns)
{
    (void)time_ns;
    sb_output_begin(sink->output);
    for (uint32_t i = 0; i < trace->depth; i++)
        put_frame(sink, i, trace->frames[i]);
    if (trace->is_endless && trace->depth + 1 >= SB_DEPTH_LIMIT) {
        put_number(sink, trace->depth);
        put(sink, " [truncated] <internal>:-1\n");
    }
    put_facts(sink, trace);
    put(sink, "\n");
    return sb_output_end(sink->output);
}

static enum sb_status text_message(struct sb_sink *sink, enum sb_level level, const char *code,
                                   const char *text)
{
    (void)sink;
    (void)code;
    if (level >= SB_INFO)
        dprintf(STDERR_FILENO, "sampler: %s\n", text);
    return SB_OK;
}

static enum sb_status text_nothing(struct sb_sink *sink)
{
    (void)sink;
    return SB_OK;
}

static enum sb_status text_stats(struct sb_sink *sink, const uint64_t counters[SB_COUNTERS])
{
    (void)sink;
    (void)counters;
    return SB_OK;
}

static enum sb_status text_stop(struct sb_sink *sink, const char *reason, const char *text)
{
    (void)sink;
    (void)reason;
    (void)text;
    return SB_OK;
}

const struct sb_sink_ops sb_text_ops = {
    .start = text_nothing,
    .sample = text_sample,
    .stats = text_stats,
    .message = text_message,
    .epoch = text_nothing,
    .stop = text_stop,
};
