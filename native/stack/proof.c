/* Whether a reading is the stack of one moment. */
#include "attempt.h"

enum {
    GAP_SEEN_MIN = 8,    /* sightings of an odd gap, for each as the innermost function */
    DOUBTS_MAX = 5,      /* readings; then a new pair is believed where it may be */
    LENIENT_ATTEMPT = 3, /* from here on an unknown bottom may be a new one */
    OPLINE_BYTES = 32,   /* sizeof(zend_op) */
    GLOBALS_SPAN = 2048, /* executor_globals holds instructions for exceptions and magic */
};

int sb_attempt_stands_in(const struct sb_attempt *attempt, uint32_t i)
{
    const struct sb_function *function = attempt->walker->functions[i];
    uint64_t opline = attempt->walker->chain.links[i].opline;
    return function->type != SB_INTERNAL_FUNCTION && opline >= function->opcodes &&
           (opline - function->opcodes) % OPLINE_BYTES == 0 &&
           (opline - function->opcodes) / OPLINE_BYTES < function->last;
}

/* A caller stands at one of its function's instructions, or at one of the few that live in
 * executor_globals. The innermost frame's opline may be stale: PHP keeps it in a register. */
static int stands_well(const struct sb_attempt *attempt, uint32_t i)
{
    uint64_t opline = attempt->walker->chain.links[i].opline;
    uint64_t globals = attempt->target->family->php.executor_globals;
    if (i == 0 || attempt->walker->functions[i]->type == SB_INTERNAL_FUNCTION)
        return 1;
    return (opline >= globals && opline < globals + GLOBALS_SPAN) ||
           sb_attempt_stands_in(attempt, i);
}

int sb_attempt_is_nameless(const struct sb_function *function)
{
    return function->type == SB_INTERNAL_FUNCTION && function->name.addr == 0;
}

/* A compiled call can reserve more than its function came to need once it was optimised: such a gap
 * is believed when it was met often, and only of functions that call: what has just returned hangs
 * below its successor with such gaps, too. */
static void learn_gap(struct sb_function *function, int64_t gap)
{
    if (function->odd_gap != gap) {
        function->odd_gap = gap;
        function->odd_seen = 0;
    }
    function->odd_seen++;
    if (!function->fits && function->odd_seen >= GAP_SEEN_MIN &&
        function->odd_seen / GAP_SEEN_MIN > function->leaf_seen)
        function->gap = gap;
}

/* Frames lie where the sizes of their callers put them. */
static enum sb_status check_gaps(struct sb_attempt *attempt)
{
    const struct sb_chain *chain = &attempt->walker->chain;
    struct sb_function **functions = attempt->walker->functions;
    int exact = attempt->has_moved || attempt->number == 0;

    for (uint32_t i = 0; i < attempt->depth; i++) {
        const struct sb_link *link = &chain->links[i];
        int64_t gap = sb_chain_gap(chain, i, functions[i], &attempt->vm);
        if (gap < 0 || (exact && sb_chain_has_odd_gap(link, functions[i], gap)))
            return SB_TORN;
    }
    if (attempt->has_moved)
        return SB_OK;
    functions[0]->leaf_seen++;
    for (uint32_t i = 1; i < attempt->depth; i++) {
        int64_t gap = sb_chain_gap(chain, i, functions[i], &attempt->vm);
        if (gap == 0 && functions[i]->odd_seen)
            functions[i]->fits = 1, functions[i]->gap = 0;
        else if (sb_chain_has_odd_gap(&chain->links[i], functions[i], gap))
            learn_gap(functions[i], gap);
    }
    if (functions[0]->gap && functions[0]->leaf_seen >= functions[0]->odd_seen / GAP_SEEN_MIN)
        functions[0]->gap = 0;
    return SB_OK;
}

static int can_be_outermost(const struct sb_function *function)
{
    return !sb_attempt_is_nameless(function) && !function->is_generator;
}

static enum sb_status check_frames(struct sb_attempt *attempt)
{
    const struct sb_chain *chain = &attempt->walker->chain;
    uint64_t bottom = chain->links[chain->count - 1].addr;

    for (uint32_t i = 0; i < attempt->depth; i++)
        if (!stands_well(attempt, i))
            return SB_TORN;
    if (check_gaps(attempt) != SB_OK)
        return SB_TORN;
    if (chain->is_cut)
        return SB_OK;
    /* A fiber or a generator between two steps, not linked to what resumed it. */
    if (attempt->depth == chain->count &&
        !can_be_outermost(attempt->walker->functions[chain->count - 1]))
        return SB_TORN;
    if (sb_chain_is_bottom(bottom, &attempt->vm) || bottom == attempt->target->bottom)
        return SB_OK;
    /* With another allocator (USE_ZEND_ALLOC=0) older pages start anywhere. A frame of the newest
     * page has no such excuse: it is a call being prepared, not linked to its caller yet. */
    if (attempt->number < LENIENT_ATTEMPT || attempt->has_moved ||
        (bottom >= attempt->vm.page && bottom < attempt->vm.end))
        return SB_TORN;
    attempt->target->bottom = bottom;
    return SB_OK;
}

/* Where a caller stands; an exception puts all callers at one instruction outside of their own. */
static uint32_t place_in(const struct sb_attempt *attempt, uint32_t i)
{
    const struct sb_function *caller = attempt->walker->functions[i];
    uint64_t at = (attempt->walker->chain.links[i].opline - caller->opcodes) / OPLINE_BYTES;
    return caller->type != SB_INTERNAL_FUNCTION && at < caller->last ? (uint32_t)at : SB_ANYWHERE;
}

static uint64_t edge_above(const struct sb_attempt *attempt, uint32_t i, uint32_t at)
{
    const struct sb_walker *walker = attempt->walker;
    return sb_edge(walker->functions[i]->frame, at, walker->functions[i - 1]->frame) +
           2 * walker->tables->epoch;
}

/* A pair that was never met is doubted when the stack has moved, and when the caller stands at no
 * call: it has called nothing yet, and what hangs below it is another's. Most pairs like that are
 * gone in the next reading. Those that remain are calls of a program that never holds still, or
 * such as need no call (of a generator, a destructor, by a function of PHP's own): then one of the
 * two must speak for them. */
static int is_doubted(const struct sb_attempt *attempt, int is_call)
{
    if (attempt->has_moved)
        return !is_call || attempt->doubts < DOUBTS_MAX;
    return !is_call && attempt->doubts < DOUBTS_MAX;
}

static void learn_edge(struct sb_attempt *attempt, uint32_t i)
{
    struct sb_edges *edges = &attempt->walker->edges;
    if (sb_edges_add(edges, edge_above(attempt, i, place_in(attempt, i))))
        sb_edges_add(edges, edge_above(attempt, i, SB_ANYWHERE));
}

/* Judges pairs that are not known. */
static enum sb_status check_new_edges(struct sb_attempt *attempt, const uint32_t *callers,
                                      uint32_t count)
{
    int learns = !attempt->has_moved && !attempt->snapshot.is_late && !attempt->has_learned;
    uint8_t are_calls[SB_BATCH_MAX];
    int is_any_doubted = 0;
    enum sb_status status = sb_attempt_find_calls(attempt, callers, count, are_calls);

    for (uint32_t i = 0; i < count && status == SB_OK; i++) {
        if (is_doubted(attempt, are_calls[i]))
            is_any_doubted = 1;
        else if (learns)
            learn_edge(attempt, callers[i]);
    }
    if (!is_any_doubted)
        return status;
    attempt->doubts++;
    return SB_TORN;
}

/* Every caller and its callee should have been met in a stack that held still. */
static enum sb_status check_edges(struct sb_attempt *attempt)
{
    uint32_t callers[SB_BATCH_MAX], count = 0;
    enum sb_status status = SB_OK;

    for (uint32_t i = 1; i < attempt->depth && status == SB_OK; i++) {
        if (sb_edges_have(&attempt->walker->edges, edge_above(attempt, i, place_in(attempt, i))))
            continue;
        callers[count++] = i;
        if (count == SB_BATCH_MAX) {
            status = check_new_edges(attempt, callers, count);
            count = 0;
        }
    }
    return status == SB_OK && count ? check_new_edges(attempt, callers, count) : status;
}

enum sb_status sb_attempt_prove(struct sb_attempt *attempt)
{
    enum sb_status status = check_frames(attempt);
    return status == SB_OK ? check_edges(attempt) : status;
}
