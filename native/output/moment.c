/* Folds a trace into a stack and a set of facts. */
#include "moment.h"
#include "walk.h"

static uint32_t stack_of(struct sb_tables *tables, const struct sb_trace *trace)
{
    static const char truncated[] = "[truncated]";
    uint32_t stack = 0;
    if (trace->is_truncated) {
        struct sb_frame frame = {
            .function = sb_tables_string(tables, truncated, sizeof truncated - 1),
            .flags = SB_FRAME_INTERNAL | (trace->is_endless ? 0 : SB_FRAME_CUT),
        };
        stack = sb_tables_stack(tables, 0, sb_tables_frame(tables, &frame));
    }
    for (uint32_t i = trace->depth; i > 0; i--)
        stack = sb_tables_stack(tables, stack, trace->frames[i - 1]);
    return stack;
}

static enum sb_status meta_of(struct sb_tables *tables, const struct sb_facts *facts,
                              uint32_t *meta)
{
    struct sb_pair pairs[SB_FACTS_MAX];
    *meta = 0;
    for (uint32_t i = 0; i < facts->count; i++) {
        const struct sb_fact *fact = &facts->items[i];
        pairs[i].key = sb_tables_string(tables, fact->key, fact->key_len);
        pairs[i].value = sb_tables_string(tables, fact->value, fact->len);
        pairs[i].frame = fact->frame;
        if (!pairs[i].key || !pairs[i].value)
            return SB_NO_MEMORY;
    }
    if (facts->count)
        *meta = sb_tables_meta(tables, pairs, facts->count);
    return facts->count && !*meta ? SB_NO_MEMORY : SB_OK;
}

enum sb_status sb_moment_of(struct sb_tables *tables, const struct sb_trace *trace,
                            struct sb_moment *moment)
{
    enum sb_status status = meta_of(tables, trace->facts, &moment->meta);
    moment->epoch = tables->epoch;
    moment->pid = trace->pid;
    moment->stack = stack_of(tables, trace);
    moment->process = sb_tables_process(tables, trace->pid);
    return status == SB_OK && moment->stack && moment->process ? SB_OK : SB_NO_MEMORY;
}
