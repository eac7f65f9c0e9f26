/* Writes samples as phpspy does, into memory. */
#include "text.h"
#include "clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    struct sb_text *text;
    const struct sb_text_style *style;
    const struct sb_tables *tables;
    size_t mark; /* where the open line starts */
    enum sb_status status;
};

struct sb_text_style sb_text_style(void)
{
    return (struct sb_text_style){
        .line_end = '\n', .sample_end = '\n', .bytes_max = SB_TEXT_BYTES_MAX};
}

static void put_bytes(struct writer *writer, const char *bytes, size_t len)
{
    struct sb_text *text = writer->text;
    size_t cap = text->cap ? text->cap : 4096;
    char *bigger;

    if (writer->status != SB_OK)
        return;
    if (len > writer->style->bytes_max - text->len) {
        writer->status = SB_FULL;
        return;
    }
    while (cap < text->len + len)
        cap *= 2;
    if (cap > text->cap) {
        bigger = realloc(text->bytes, cap);
        if (!bigger) {
            writer->status = SB_NO_MEMORY;
            return;
        }
        text->bytes = bigger;
        text->cap = cap;
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

static void put(struct writer *writer, const char *word)
{
    put_bytes(writer, word, strlen(word));
}

static void put_number(struct writer *writer, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put_bytes(writer, digits + at, sizeof digits - at);
}

/* Control characters, and the second byte of those that take two (U+0080 to U+009F). */
static int is_control(const char *bytes, size_t i)
{
    unsigned char byte = (unsigned char)bytes[i];
    return byte < 0x20 || byte == 0x7f ||
           (byte >= 0x80 && byte < 0xa0 && i > 0 && (unsigned char)bytes[i - 1] == 0xc2);
}

/* Text from a process, with everything that could end a line or control a terminal replaced. */
static void put_safe(struct writer *writer, const char *bytes, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        int is_plain_tab = bytes[i] == '\t' && writer->style->line_end != '\t';
        if (!is_control(bytes, i) || is_plain_tab)
            continue;
        put_bytes(writer, bytes + from, i - from);
        put(writer, "?");
        from = i + 1;
    }
    put_bytes(writer, bytes + from, len - from);
}

static void put_string(struct writer *writer, uint32_t id)
{
    size_t len;
    const char *text = sb_tables_text(writer->tables, id, &len);
    put_safe(writer, text, len);
}

/* A line is kept whole or not at all; its end may still be lost, as with phpspy. */
static void end_line(struct writer *writer)
{
    if (writer->status == SB_FULL)
        writer->text->len = writer->mark;
    put_bytes(writer, &writer->style->line_end, 1);
    writer->mark = writer->text->len;
}

static void put_pair(struct writer *writer, const struct sb_pair *pair)
{
    put(writer, "# ");
    put_string(writer, pair->key);
    put(writer, " = ");
    put_string(writer, pair->value);
    end_line(writer);
}

/* phpspy knows files only of functions in files: eval'd code prints as internal. */
static void put_frame(struct writer *writer, uint32_t index, const struct sb_frame *frame)
{
    put_number(writer, index);
    put(writer, " ");
    put_string(writer, frame->function);
    if (frame->flags) {
        put(writer, " <internal>:-1");
    } else {
        put(writer, " ");
        put_string(writer, frame->file);
        put(writer, ":");
        put_number(writer, frame->line);
    }
    end_line(writer);
}

/* Facts about one frame come before it. */
static void put_frames(struct writer *writer, const struct sb_moment *moment)
{
    const struct sb_tables *tables = writer->tables;
    static const struct sb_meta none;
    const struct sb_meta *meta = moment->meta ? &tables->metas[moment->meta - 1] : &none;
    uint32_t index = 0;

    for (uint32_t id = moment->stack; id; id = tables->stacks[id - 1].parent) {
        const struct sb_frame *frame = &tables->frames[tables->stacks[id - 1].frame - 1];
        if (frame->flags & SB_FRAME_CUT)
            break;
        for (uint32_t i = 0; i < meta->count; i++)
            if (tables->pairs[meta->first + i].frame == index + 1)
                put_pair(writer, &tables->pairs[meta->first + i]);
        put_frame(writer, index++, frame);
    }
}

static int has_key(const struct writer *writer, const struct sb_pair *pair, const char *key)
{
    size_t len;
    const char *text = sb_tables_text(writer->tables, pair->key, &len);
    return len == strlen(key) && memcmp(text, key, len) == 0;
}

static const struct sb_pair *find_pair(const struct writer *writer, const struct sb_meta *meta,
                                       const char *key)
{
    for (uint32_t i = 0; i < meta->count; i++) {
        const struct sb_pair *pair = &writer->tables->pairs[meta->first + i];
        if (has_key(writer, pair, key))
            return pair;
    }
    return NULL;
}

static void put_request_info(struct writer *writer, const struct sb_meta *meta)
{
    static const struct {
        const char *key, *none;
    } lines[] = {{"uri", "# uri = -"},
                 {"path", "# path = -"},
                 {"qstring", "# qstring = -"},
                 {"cookie", "# cookie = -"},
                 {"ts", "# ts = 0.000000"}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct sb_pair *pair = find_pair(writer, meta, lines[i].key);
        if (pair) {
            put_pair(writer, pair);
        } else {
            put(writer, lines[i].none);
            end_line(writer);
        }
    }
}

static void put_memory(struct writer *writer, const struct sb_meta *meta)
{
    const struct sb_pair *pair = find_pair(writer, meta, "mem");
    if (!pair)
        return;
    put(writer, "# mem ");
    put_string(writer, pair->value);
    end_line(writer);
}

static void put_globals(struct writer *writer, const struct sb_meta *meta)
{
    static const char glopeek[] = "glopeek ";
    const struct sb_tables *tables = writer->tables;
    for (uint32_t i = 0; i < meta->count; i++) {
        const struct sb_pair *pair = &tables->pairs[meta->first + i];
        size_t len;
        const char *key = sb_tables_text(tables, pair->key, &len);
        if (len >= sizeof glopeek - 1 && memcmp(key, glopeek, sizeof glopeek - 1) == 0)
            put_pair(writer, pair);
    }
}

enum sb_status sb_text_body(struct sb_text *text, const struct sb_text_style *style,
                            const struct sb_tables *tables, const struct sb_moment *moment)
{
    static const struct sb_meta none;
    const struct sb_meta *meta = moment->meta ? &tables->metas[moment->meta - 1] : &none;
    struct writer writer = {text, style, tables, 0, SB_OK};

    text->len = 0;
    put_frames(&writer, moment);
    if (style->has_request_info)
        put_request_info(&writer, meta);
    put_memory(&writer, meta);
    put_globals(&writer, meta);
    return writer.status;
}

enum sb_status sb_text_close(struct sb_text *text, const struct sb_text_style *style, pid_t pid)
{
    struct writer writer = {text, style, NULL, text->len, SB_OK};
    char line[64];

    if (style->prints_time) {
        uint64_t now_us = sb_clock_ns(CLOCK_REALTIME) / 1000;
        snprintf(line, sizeof line, "# trace_ts = %llu.%06llu",
                 (unsigned long long)(now_us / 1000000), (unsigned long long)(now_us % 1000000));
        put(&writer, line);
        end_line(&writer);
    }
    if (style->prints_pid) {
        snprintf(line, sizeof line, "# pid = %d", (int)pid);
        put(&writer, line);
        end_line(&writer);
    }
    put_bytes(&writer, &style->sample_end, 1);
    return writer.status;
}
