/* The frames of a sample that was proven. */
#include "attempt.h"
#include "bytes.h"

enum {
    OPLINE_BYTES = 32, /* sizeof(zend_op) */
    OPLINE_LINE = 24,  /* zend_op.lineno */
    LINE_MAX = 1 << 30,
};

/* A frame whose line is not known yet: its place in the trace and in the chain. */
struct miss {
    uint32_t at, link, line;
};

static uint64_t place_of(const struct sb_attempt *attempt, uint32_t link)
{
    const struct sb_function *function = attempt->walker->functions[link];
    uint64_t opline = attempt->walker->chain.links[link].opline;
    return sb_place(function->serial, (opline - function->opcodes) / OPLINE_BYTES,
                    attempt->walker->tables->epoch);
}

/* The function's own frame, but at another line. 0 when the tables are full. */
static uint32_t frame_at_line(const struct sb_attempt *attempt, uint32_t link, uint32_t line)
{
    const struct sb_function *function = attempt->walker->functions[link];
    struct sb_tables *tables = attempt->walker->tables;
    struct sb_frame frame = tables->frames[function->frame - 1];
    if (line < function->line || line > function->line_end || line > LINE_MAX)
        return function->frame; /* no line of this function: it was not its instruction */
    frame.line = line;
    return sb_tables_frame(tables, &frame);
}

/* Reads the lines of up to SB_BATCH_MAX frames. What can't be read keeps the function's own line.
 */
static enum sb_status read_lines(struct sb_attempt *attempt, struct miss *misses, uint32_t count,
                                 struct sb_trace *trace)
{
    struct sb_wish wishes[SB_BATCH_MAX];
    enum sb_status status;

    for (uint32_t i = 0; i < count; i++)
        wishes[i] =
            (struct sb_wish){attempt->walker->chain.links[misses[i].link].opline + OPLINE_LINE,
                             &misses[i].line, 4, 0};
    status = sb_remote_gather(&attempt->target->remote, wishes, count);
    if (status != SB_OK)
        return status;
    attempt->has_learned = 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t frame = wishes[i].ok ? frame_at_line(attempt, misses[i].link, misses[i].line)
                                      : trace->frames[misses[i].at];
        if (!frame)
            return SB_NO_MEMORY;
        trace->frames[misses[i].at] = frame;
        sb_lines_add(&attempt->walker->lines, place_of(attempt, misses[i].link), frame);
    }
    return SB_OK;
}

enum sb_status sb_attempt_frames(struct sb_attempt *attempt, struct sb_trace *trace)
{
    struct sb_walker *walker = attempt->walker;
    struct miss misses[SB_BATCH_MAX];
    uint32_t count = 0;
    enum sb_status status = SB_OK;

    trace->depth = 0;
    for (uint32_t i = 0; i < attempt->depth && status == SB_OK; i++) {
        uint32_t frame = walker->functions[i]->frame;
        if (frame == 0)
            return SB_NO_MEMORY;
        if (sb_attempt_is_nameless(walker->functions[i]))
            continue;
        if (walker->lines.slots && sb_attempt_stands_in(attempt, i)) {
            uint32_t known = sb_lines_find(&walker->lines, place_of(attempt, i));
            if (known)
                frame = known;
            else
                misses[count++] = (struct miss){trace->depth, i, 0};
        }
        trace->frames[trace->depth++] = frame;
        if (count == SB_BATCH_MAX) {
            status = read_lines(attempt, misses, count, trace);
            count = 0;
        }
    }
    return status == SB_OK && count ? read_lines(attempt, misses, count, trace) : status;
}
