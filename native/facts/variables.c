/* Finds local variables of frames that stand at a certain line: phpspy's -e. */
#include "attempt.h"
#include "bytes.h"

enum {
    VARIABLES_MAX = 1024,
    SLOT = 16,        /* sizeof(zval) */
    FRAME_SLOTS = 5,  /* ZEND_CALL_FRAME_SLOT: variables follow the frame's head */
    OPLINE_LINE = 24, /* zend_op.lineno */
};

struct search {
    struct sb_attempt *attempt;
    struct sb_peek peek;
    struct sb_facts *facts;
    uint32_t link, frame; /* index in the chain; number among the frames that are told */
    uint32_t line;
};

static int is_in_file(const struct search *search, const struct sb_wanted *wanted)
{
    const struct sb_walker *walker = search->attempt->walker;
    const struct sb_function *function = walker->functions[search->link];
    const struct sb_frame *frame = &walker->tables->frames[function->frame - 1];
    size_t len;
    const char *file = sb_tables_text(walker->tables, frame->file, &len);
    return len == wanted->file_len && memcmp(file, wanted->file, len) == 0;
}

static int is_named(struct sb_peek *peek, uint64_t string, const char *name)
{
    size_t len;
    const char *text = sb_peek_string(peek, string, SB_KEY_BYTES, &len);
    return text && len == strlen(name) && memcmp(text, name, len) == 0;
}

/* The place of a variable in its function, or -1. */
static int64_t find_variable(struct search *search, const char *name)
{
    struct sb_peek *peek = &search->peek;
    const struct sb_layout *layout = peek->target->family->php.layout;
    uint64_t function = search->attempt->walker->functions[search->link]->addr;
    const uint8_t *count = sb_peek(peek, function + layout->op_last_var, 4);
    const uint8_t *names = sb_peek(peek, function + layout->op_vars, 8);
    uint32_t last;

    if (!count || !names || (last = sb_u32(count)) == 0 || last > VARIABLES_MAX)
        return -1;
    names = sb_peek(peek, sb_u64(names), last * 8);
    for (uint32_t i = 0; names && i < last; i++)
        if (is_named(peek, sb_u64(names + (size_t)i * 8), name))
            return i;
    return -1;
}

static void add_variable(struct search *search, const struct sb_wanted *wanted)
{
    const struct sb_link *link = &search->attempt->walker->chain.links[search->link];
    int64_t at = find_variable(search, wanted->name);
    struct sb_fact fact = {.frame = search->frame};
    const uint8_t *zval;
    size_t key_len;

    if (at < 0)
        return;
    zval = sb_peek(&search->peek, link->addr + SLOT * (FRAME_SLOTS + (uint64_t)at), SLOT);
    fact.key = sb_room_print(&search->facts->room, &key_len, "varpeek %s@%.*s:%u", wanted->name,
                             (int)wanted->file_len, wanted->file, search->line);
    if (!zval || !fact.key)
        return;
    search->facts->room.used++; /* keeps the key's end from the value that follows */
    sb_facts_add_zval(&search->peek, search->facts, wanted, fact,
                      sb_peek_follow(&search->peek, zval));
}

/* The line that a frame stands at, or 0. */
static uint32_t read_line(struct search *search)
{
    const struct sb_attempt *attempt = search->attempt;
    const uint8_t *line =
        sb_attempt_stands_in(attempt, search->link)
            ? sb_peek(&search->peek,
                      attempt->walker->chain.links[search->link].opline + OPLINE_LINE, 4)
            : NULL;
    return line ? sb_u32(line) : 0;
}

enum sb_status sb_attempt_read_variables(struct sb_attempt *attempt)
{
    const struct sb_walk_options *options = &attempt->walker->options;
    struct search search = {.attempt = attempt,
                            .peek = {.snapshot = &attempt->snapshot, .target = attempt->target},
                            .facts = &attempt->walker->facts};

    for (uint32_t i = 0; i < attempt->depth && search.peek.failure == SB_OK; i++) {
        const struct sb_function *function = attempt->walker->functions[i];
        if (sb_attempt_is_nameless(function))
            continue;
        search.link = i;
        search.frame++;
        search.line = 0;
        for (uint32_t w = 0; w < options->wanted_count && function->frame; w++) {
            const struct sb_wanted *wanted = &options->wanted[w];
            if (wanted->kind != SB_FACT_VARIABLE || function->type == SB_INTERNAL_FUNCTION ||
                !is_in_file(&search, wanted))
                continue;
            if (!search.line)
                search.line = read_line(&search);
            if (search.line >= wanted->first_line && search.line <= wanted->last_line &&
                search.line)
                add_variable(&search, wanted);
        }
    }
    return search.peek.failure;
}
