/* Growable arrays with hash indexes over them. Ids are index + 1. */
#include "tables.h"
#include "bytes.h"
#include <stdlib.h>

/* Makes room for one more item; false when memory is out or `limit` is reached. */
static int grow(void **items, uint32_t *cap, uint32_t count, size_t item, uint32_t limit)
{
    uint32_t wanted = *cap ? *cap * 2 : 128;
    void *bigger;
    if (count >= limit)
        return 0;
    if (count < *cap)
        return 1;
    bigger = realloc(*items, wanted * item);
    if (!bigger)
        return 0;
    *items = bigger;
    *cap = wanted;
    return 1;
}

struct text {
    const char *bytes;
    size_t len;
};

static uint64_t hash_string(const struct sb_tables *tables, uint32_t id)
{
    const struct sb_string *string = &tables->strings[id - 1];
    return sb_hash(tables->text + string->at, string->len);
}

static int equals_string(const struct sb_tables *tables, uint32_t id, const void *wanted)
{
    const struct sb_string *string = &tables->strings[id - 1];
    const struct text *text = wanted;
    return string->len == text->len &&
           memcmp(tables->text + string->at, text->bytes, text->len) == 0;
}

static int reserve_text(struct sb_tables *tables, size_t len)
{
    size_t wanted = tables->text_cap ? tables->text_cap : 65536;
    char *bigger;
    if (len > SB_STRING_BYTES_LIMIT || tables->text_len > SB_STRING_BYTES_LIMIT)
        return 0;
    while (wanted < tables->text_len + len)
        wanted *= 2;
    if (wanted == tables->text_cap)
        return 1;
    bigger = realloc(tables->text, wanted);
    if (!bigger)
        return 0;
    tables->text = bigger;
    tables->text_cap = wanted;
    return 1;
}

uint32_t sb_tables_string(struct sb_tables *tables, const char *bytes, size_t len)
{
    struct text wanted = {bytes, len};
    uint32_t *slot;
    if (!sb_index_grow(tables, &tables->string_index, hash_string))
        return 0;
    slot =
        sb_index_find(tables, &tables->string_index, sb_hash(bytes, len), equals_string, &wanted);
    if (*slot)
        return *slot;
    if (!grow((void **)&tables->strings, &tables->string_cap, tables->string_count,
              sizeof *tables->strings, SB_ENTRIES_LIMIT) ||
        !reserve_text(tables, len))
        return 0;
    if (len)
        memcpy(tables->text + tables->text_len, bytes, len);
    tables->strings[tables->string_count] =
        (struct sb_string){(uint32_t)tables->text_len, (uint32_t)len};
    tables->text_len += len;
    tables->string_index.used++;
    return *slot = ++tables->string_count;
}

static uint64_t hash_frame_value(const struct sb_frame *frame)
{
    return sb_mix(((uint64_t)frame->function << 32 | frame->file) ^
                  sb_mix((uint64_t)frame->line << 32 | frame->flags));
}

static uint64_t hash_frame(const struct sb_tables *tables, uint32_t id)
{
    return hash_frame_value(&tables->frames[id - 1]);
}

static int equals_frame(const struct sb_tables *tables, uint32_t id, const void *wanted)
{
    const struct sb_frame *a = &tables->frames[id - 1], *b = wanted;
    return a->function == b->function && a->file == b->file && a->line == b->line &&
           a->flags == b->flags;
}

uint32_t sb_tables_frame(struct sb_tables *tables, const struct sb_frame *frame)
{
    uint32_t *slot;
    if (!sb_index_grow(tables, &tables->frame_index, hash_frame))
        return 0;
    slot =
        sb_index_find(tables, &tables->frame_index, hash_frame_value(frame), equals_frame, frame);
    if (*slot)
        return *slot;
    if (!grow((void **)&tables->frames, &tables->frame_cap, tables->frame_count,
              sizeof *tables->frames, SB_ENTRIES_LIMIT))
        return 0;
    tables->frames[tables->frame_count] = *frame;
    tables->frame_index.used++;
    return *slot = ++tables->frame_count;
}

static uint64_t hash_stack(const struct sb_tables *tables, uint32_t id)
{
    return sb_mix((uint64_t)tables->stacks[id - 1].parent << 32 | tables->stacks[id - 1].frame);
}

static int equals_stack(const struct sb_tables *tables, uint32_t id, const void *wanted)
{
    const struct sb_stack *a = &tables->stacks[id - 1], *b = wanted;
    return a->parent == b->parent && a->frame == b->frame;
}

uint32_t sb_tables_stack(struct sb_tables *tables, uint32_t parent, uint32_t frame)
{
    struct sb_stack wanted = {parent, frame};
    uint32_t *slot;
    if (!sb_index_grow(tables, &tables->stack_index, hash_stack))
        return 0;
    slot = sb_index_find(tables, &tables->stack_index, sb_mix((uint64_t)parent << 32 | frame),
                         equals_stack, &wanted);
    if (*slot)
        return *slot;
    if (!grow((void **)&tables->stacks, &tables->stack_cap, tables->stack_count,
              sizeof *tables->stacks, SB_STACKS_LIMIT))
        return 0;
    tables->stacks[tables->stack_count] = wanted;
    tables->stack_index.used++;
    return *slot = ++tables->stack_count;
}

struct facts {
    const struct sb_pair *pairs;
    uint32_t count;
};

static uint64_t hash_meta(const struct sb_tables *tables, uint32_t id)
{
    const struct sb_meta *meta = &tables->metas[id - 1];
    return sb_hash(tables->pairs + meta->first, meta->count * sizeof *tables->pairs);
}

static int equals_meta(const struct sb_tables *tables, uint32_t id, const void *wanted)
{
    const struct sb_meta *meta = &tables->metas[id - 1];
    const struct facts *facts = wanted;
    return meta->count == facts->count && memcmp(tables->pairs + meta->first, facts->pairs,
                                                 facts->count * sizeof *facts->pairs) == 0;
}

uint32_t sb_tables_meta(struct sb_tables *tables, const struct sb_pair *pairs, uint32_t count)
{
    struct facts wanted = {pairs, count};
    uint32_t *slot;
    if (!sb_index_grow(tables, &tables->meta_index, hash_meta))
        return 0;
    slot = sb_index_find(tables, &tables->meta_index, sb_hash(pairs, count * sizeof *pairs),
                         equals_meta, &wanted);
    if (*slot)
        return *slot;
    for (uint32_t i = 0; i < count; i++) {
        if (!grow((void **)&tables->pairs, &tables->pair_cap, tables->pair_count + i,
                  sizeof *tables->pairs, UINT32_MAX / 2))
            return 0;
        tables->pairs[tables->pair_count + i] = pairs[i];
    }
    if (!grow((void **)&tables->metas, &tables->meta_cap, tables->meta_count, sizeof *tables->metas,
              SB_ENTRIES_LIMIT))
        return 0;
    tables->metas[tables->meta_count] = (struct sb_meta){tables->pair_count, count};
    tables->pair_count += count;
    tables->meta_index.used++;
    return *slot = ++tables->meta_count;
}

static uint64_t hash_process(const struct sb_tables *tables, uint32_t id)
{
    return sb_mix((uint64_t)tables->processes[id - 1]);
}

static int equals_process(const struct sb_tables *tables, uint32_t id, const void *wanted)
{
    return tables->processes[id - 1] == *(const int32_t *)wanted;
}

uint32_t sb_tables_process(struct sb_tables *tables, int32_t pid)
{
    uint32_t *slot;
    if (!sb_index_grow(tables, &tables->process_index, hash_process))
        return 0;
    slot =
        sb_index_find(tables, &tables->process_index, sb_mix((uint64_t)pid), equals_process, &pid);
    if (*slot)
        return *slot;
    if (!grow((void **)&tables->processes, &tables->process_cap, tables->process_count,
              sizeof *tables->processes, SB_ENTRIES_LIMIT))
        return 0;
    tables->processes[tables->process_count] = pid;
    tables->process_index.used++;
    return *slot = ++tables->process_count;
}

const char *sb_tables_text(const struct sb_tables *tables, uint32_t id, size_t *len)
{
    if (id == 0 || id > tables->string_count) {
        *len = 0;
        return "";
    }
    *len = tables->strings[id - 1].len;
    return tables->text + tables->strings[id - 1].at;
}

int sb_tables_are_full(const struct sb_tables *tables)
{
    return tables->string_count + SB_SAMPLE_STRINGS_MAX > SB_ENTRIES_LIMIT ||
           tables->frame_count + SB_DEPTH_LIMIT > SB_ENTRIES_LIMIT ||
           tables->stack_count + SB_DEPTH_LIMIT > SB_STACKS_LIMIT ||
           tables->meta_count + 1 > SB_ENTRIES_LIMIT ||
           tables->process_count + 1 > SB_ENTRIES_LIMIT ||
           tables->text_len > SB_STRING_BYTES_LIMIT / 2;
}

void sb_tables_reset(struct sb_tables *tables)
{
    tables->epoch++;
    tables->text_len = 0;
    tables->string_count = tables->frame_count = tables->stack_count = 0;
    tables->meta_count = tables->pair_count = tables->process_count = 0;
    sb_index_clear(&tables->string_index);
    sb_index_clear(&tables->frame_index);
    sb_index_clear(&tables->stack_index);
    sb_index_clear(&tables->meta_index);
    sb_index_clear(&tables->process_index);
}

void sb_tables_free(struct sb_tables *tables)
{
    free(tables->text);
    free(tables->strings);
    free(tables->frames);
    free(tables->stacks);
    free(tables->metas);
    free(tables->pairs);
    free(tables->processes);
    free(tables->string_index.slots);
    free(tables->frame_index.slots);
    free(tables->stack_index.slots);
    free(tables->meta_index.slots);
    free(tables->process_index.slots);
    *tables = (struct sb_tables){0};
}
