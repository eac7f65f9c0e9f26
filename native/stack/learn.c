/* Reads functions from the process: structures, then strings, then class names, many per call. */
#include "bytes.h"
#include "function.h"
#include <strings.h>

enum {
    CHUNK = 32,            /* functions per round */
    STRING_BYTES = 256,    /* of a string that are read along with its head */
    STRING_HEAD = 24,      /* zend_string up to its first character */
    SANE_LENGTH = 1 << 20, /* a longer name is not a name */
    PAGE = 4096, /* the smallest of any machine: where pages are larger it is more careful than need
                    be */
    SHORTEST_FUNCTION = 112, /* sizeof(zend_internal_function) of 7.4, the smallest */
    UNHASHED_BYTES_MAX = 512,
};

struct text {
    struct sb_known_string known;
    uint8_t *bytes; /* from the head of the zend_string on */
    uint32_t got;   /* bytes that were read, with the head */
};

struct draft {
    uint64_t addr, scope, class_addr;
    struct text name, file, class_name;
    int ok, wants_class;
    uint8_t *bytes;
};

struct buffers {
    uint8_t function[SB_FUNCTION_BYTES];
    uint8_t name[SB_NAME_BYTES + STRING_HEAD], class_name[SB_NAME_BYTES + STRING_HEAD];
    uint8_t file[SB_FILE_BYTES + STRING_HEAD];
};

struct round {
    const struct sb_library *library;
    const struct sb_remote *remote;
    const struct sb_php *php;
    struct draft drafts[CHUNK];
    struct buffers buffers[CHUNK];
    uint32_t count;
};

static enum sb_status read_structures(struct round *round)
{
    struct sb_wish wishes[CHUNK];
    const struct sb_layout *layout = round->php->layout;
    enum sb_status status;

    for (uint32_t i = 0; i < round->count; i++)
        wishes[i] =
            (struct sb_wish){round->drafts[i].addr, round->drafts[i].bytes, SB_FUNCTION_BYTES, 0};
    status = sb_remote_gather(round->remote, wishes, round->count);
    if (status != SB_OK)
        return status;
    for (uint32_t i = 0; i < round->count; i++) {
        struct draft *draft = &round->drafts[i];
        uint8_t type;
        /* An internal function is shorter than what was asked for, and may end a mapping. */
        draft->ok = wishes[i].ok || sb_remote_read(round->remote, draft->addr, draft->bytes,
                                                   SHORTEST_FUNCTION) == SB_OK;
        type = draft->bytes[0];
        draft->ok =
            draft->ok && (type == SB_INTERNAL_FUNCTION ||
                          (wishes[i].ok && (type == SB_USER_FUNCTION || type == SB_EVAL_CODE)));
        if (!draft->ok)
            continue;
        draft->name.known.addr = sb_u64(draft->bytes + layout->fn_name);
        draft->scope = sb_u64(draft->bytes + layout->fn_scope);
        if (type != SB_INTERNAL_FUNCTION)
            draft->file.known.addr = sb_u64(draft->bytes + layout->op_filename);
        /* Code outside of functions carries the class that included it, which is not its name. */
        draft->wants_class = draft->scope != 0 && draft->name.known.addr != 0;
    }
    return SB_OK;
}

/* Never past the page unless the head itself does: the next page may not exist. */
static uint32_t first_bytes(uint64_t addr)
{
    uint32_t to_page_end = PAGE - (uint32_t)(addr & (PAGE - 1));
    uint32_t bytes = to_page_end < STRING_BYTES ? to_page_end : STRING_BYTES;
    return bytes < STRING_HEAD ? STRING_HEAD : bytes;
}

static struct sb_wish wish_for(struct text *text)
{
    text->got = first_bytes(text->known.addr);
    return (struct sb_wish){text->known.addr, text->bytes, text->got, 0};
}

/* Reads the rest of a long string. False when it is no sane string. */
static int complete(const struct round *round, struct text *text, uint32_t most)
{
    const struct sb_layout *layout = round->php->layout;
    uint64_t wanted;

    text->known.hash = sb_u64(text->bytes + layout->str_hash);
    text->known.len = sb_u64(text->bytes + layout->str_len);
    if (text->known.len > SANE_LENGTH)
        return 0;
    wanted = text->known.len < most ? text->known.len : most;
    if (STRING_HEAD + wanted > text->got) {
        if (sb_remote_read(round->remote, text->known.addr + text->got, text->bytes + text->got,
                           STRING_HEAD + wanted - text->got) != SB_OK)
            return 0;
        text->got = (uint32_t)(STRING_HEAD + wanted);
    }
    if (text->known.hash == 0)
        text->known.content =
            sb_hash(text->bytes + STRING_HEAD,
                    wanted < UNHASHED_BYTES_MAX ? (size_t)wanted : UNHASHED_BYTES_MAX);
    return 1;
}

static enum sb_status read_strings(struct round *round)
{
    struct sb_wish wishes[CHUNK * 3];
    uint32_t owner[CHUNK * 3], count = 0;
    enum sb_status status;

    for (uint32_t i = 0; i < round->count; i++) {
        struct draft *draft = &round->drafts[i];
        if (!draft->ok)
            continue;
        if (draft->name.known.addr)
            owner[count] = i, wishes[count++] = wish_for(&draft->name);
        if (draft->file.known.addr)
            owner[count] = i, wishes[count++] = wish_for(&draft->file);
        if (draft->wants_class)
            owner[count] = i,
            wishes[count++] = (struct sb_wish){draft->scope + round->php->layout->ce_name,
                                               &draft->class_addr, 8, 0};
    }
    status = sb_remote_gather(round->remote, wishes, count);
    for (uint32_t i = 0; i < count; i++)
        if (!wishes[i].ok)
            round->drafts[owner[i]].ok = 0;
    return status;
}

static enum sb_status read_class_names(struct round *round)
{
    struct sb_wish wishes[CHUNK];
    uint32_t owner[CHUNK], count = 0;
    enum sb_status status;

    for (uint32_t i = 0; i < round->count; i++) {
        struct draft *draft = &round->drafts[i];
        if (!draft->ok || !draft->wants_class)
            continue;
        draft->class_name.known.addr = draft->class_addr;
        owner[count] = i;
        wishes[count++] = wish_for(&draft->class_name);
    }
    status = sb_remote_gather(round->remote, wishes, count);
    for (uint32_t i = 0; i < count; i++)
        if (!wishes[i].ok)
            round->drafts[owner[i]].ok = 0;
    return status;
}

/* Names of anonymous classes and the like go on after a NUL with what PHP never shows. */
static size_t shown(const struct text *text, size_t most)
{
    size_t len = text->known.len < most ? (size_t)text->known.len : most;
    return strnlen((const char *)text->bytes + STRING_HEAD, len);
}

static uint32_t name_id(const struct draft *draft, struct sb_tables *tables)
{
    static const char main_name[] = "<main>";
    char joined[2 * SB_NAME_BYTES + 2];
    size_t len = 0, part;

    if (!draft->name.known.addr)
        return sb_tables_string(tables, main_name, sizeof main_name - 1);
    if (draft->wants_class) {
        len = shown(&draft->class_name, SB_NAME_BYTES);
        memcpy(joined, draft->class_name.bytes + STRING_HEAD, len);
        memcpy(joined + len, "::", 2);
        len += 2;
    }
    part = shown(&draft->name, SB_NAME_BYTES);
    memcpy(joined + len, draft->name.bytes + STRING_HEAD, part);
    return sb_tables_string(tables, joined, len + part);
}

static int is_stable(const struct sb_php *php, const struct draft *draft)
{
    uint32_t flags = sb_u32(draft->bytes + php->layout->fn_flags);
    uint64_t name = draft->name.known.addr, addr = draft->addr;
    int is_heap = addr >= php->heap.start && addr < php->heap.end;

    if (!name || flags & php->layout->fleeting)
        return 0;
    if (sb_php_is_stable(php, addr))
        return sb_php_is_stable(php, name) || (name >= php->heap.start && name < php->heap.end);
    return is_heap && draft->bytes[0] == SB_INTERNAL_FUNCTION;
}

static enum sb_status enter(const struct round *round, const struct draft *draft)
{
    const struct sb_library *library = round->library;
    const struct sb_layout *layout = round->php->layout;
    const uint8_t *bytes = draft->bytes;
    int is_user = bytes[0] != SB_INTERNAL_FUNCTION;
    int stable = library->stable->count < SB_FUNCTIONS_LIMIT && is_stable(round->php, draft);
    struct sb_frame frame = {0};
    struct sb_function *function =
        sb_functions_add(stable ? library->stable : library->heap, draft->addr);
    if (!function)
        return SB_NO_MEMORY;

    function->type = bytes[0];
    function->is_stable = (uint8_t)stable;
    function->scope = draft->scope;
    function->has_class = (uint8_t)draft->wants_class;
    function->name = draft->name.known;
    function->file = draft->file.known;
    function->class_name = draft->class_name.known;
    function->generation = library->generation;
    function->stamp = 0;
    function->opcodes = is_user ? sb_u64(bytes + layout->op_opcodes) : 0;
    function->last = is_user ? sb_u32(bytes + layout->op_last) : 0;
    function->line = is_user ? sb_u32(bytes + layout->op_line_start) : 0;
    function->line_end = is_user ? sb_u32(bytes + layout->op_line_end) : 0;
    function->gap = function->odd_gap = 0;
    function->odd_seen = function->leaf_seen = function->fits = 0;
    function->serial = ++library->tables->serials;
    function->num_args = is_user ? sb_u32(bytes + layout->fn_num_args) : 0;
    function->slots = 0;
    if (is_user)
        function->slots = sb_u32(bytes + layout->op_last_var) + sb_u32(bytes + layout->op_temps);
    else if (layout->internal_has_temps)
        function->slots = sb_u32(bytes + layout->op_temps);
    function->is_generator = is_user && (sb_u32(bytes + layout->fn_flags) & layout->generator) != 0;
    function->is_magic =
        draft->name.known.len >= 6 &&
        strncasecmp((const char *)draft->name.bytes + STRING_HEAD, "__call", 6) == 0;

    frame.function = name_id(draft, library->tables);
    if (is_user)
        frame.file =
            sb_tables_string(library->tables, (const char *)draft->file.bytes + STRING_HEAD,
                             shown(&draft->file, SB_FILE_BYTES));
    frame.line = function->line;
    frame.flags = bytes[0] == SB_INTERNAL_FUNCTION ? SB_FRAME_INTERNAL
                  : bytes[0] == SB_EVAL_CODE       ? SB_FRAME_EVAL
                                                   : 0;
    function->epoch = library->tables->epoch;
    function->frame =
        frame.function && (frame.file || !is_user) ? sb_tables_frame(library->tables, &frame) : 0;
    return SB_OK;
}

static enum sb_status learn_round(struct round *round)
{
    enum sb_status status = read_structures(round);
    if (status == SB_OK)
        status = read_strings(round);
    if (status == SB_OK)
        status = read_class_names(round);
    for (uint32_t i = 0; i < round->count && status == SB_OK; i++) {
        struct draft *draft = &round->drafts[i];
        if (!draft->ok)
            continue;
        if ((draft->name.known.addr && !complete(round, &draft->name, SB_NAME_BYTES)) ||
            (draft->file.known.addr && !complete(round, &draft->file, SB_FILE_BYTES)) ||
            (draft->wants_class && !complete(round, &draft->class_name, SB_NAME_BYTES)))
            continue;
        status = enter(round, draft);
    }
    return status;
}

enum sb_status sb_functions_learn(const struct sb_library *library, const struct sb_remote *remote,
                                  const struct sb_php *php, const uint64_t *addrs, uint32_t count)
{
    enum sb_status status = SB_OK;
    struct round round; /* not zeroed: its buffers are large */
    round.library = library;
    round.remote = remote;
    round.php = php;
    for (uint32_t at = 0; at < count && status == SB_OK; at += round.count) {
        round.count = count - at < CHUNK ? count - at : CHUNK;
        for (uint32_t i = 0; i < round.count; i++) {
            struct buffers *buffers = &round.buffers[i];
            round.drafts[i] = (struct draft){.addr = addrs[at + i],
                                             .name.bytes = buffers->name,
                                             .file.bytes = buffers->file,
                                             .class_name.bytes = buffers->class_name,
                                             .bytes = buffers->function};
        }
        status = learn_round(&round);
    }
    return status;
}
