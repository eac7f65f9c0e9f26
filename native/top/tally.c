/* Counts are rows by id: a frame that was met in this epoch costs two array look-ups. */
#include "tally.h"
#include <stdlib.h>
#include <string.h>

static size_t cut(size_t len)
{
    return len < SB_TALLY_NAME_BYTES ? len : SB_TALLY_NAME_BYTES;
}

/* Room for rows[count - 1]. Grown rows are zeros. */
static int reserve_row(struct sb_tally *tally, uint32_t count)
{
    uint32_t cap = tally->row_cap ? tally->row_cap * 2 : 256;
    struct sb_tally_row *rows;
    if (count <= tally->row_cap)
        return 1;
    rows = realloc(tally->rows, cap * sizeof *rows);
    if (!rows)
        return 0;
    memset(rows + tally->row_cap, 0, (cap - tally->row_cap) * sizeof *rows);
    tally->rows = rows;
    tally->row_cap = cap;
    return 1;
}

/* Id of a name, or that of the others. */
static uint32_t find(struct sb_tally *tally, const struct sb_frame *frame)
{
    uint32_t id = frame->function ? sb_tables_frame(&tally->names, frame) : 0;
    return id && reserve_row(tally, id) ? id : SB_TALLY_OTHERS;
}

static uint32_t add_string(struct sb_tally *tally, const char *bytes, size_t len)
{
    return sb_tables_string(&tally->names, bytes, cut(len));
}

/* The others' frame is like none of a process: they have no such line. */
static int add_others(struct sb_tally *tally)
{
    static const char others[] = "(others)";
    const struct sb_frame frame = {.function = add_string(tally, others, sizeof others - 1),
                                   .line = UINT32_MAX};
    find(tally, &frame);
    return tally->names.frame_count == SB_TALLY_OTHERS && tally->rows;
}

enum sb_status sb_tally_init(struct sb_tally *tally)
{
    *tally = (struct sb_tally){0};
    return add_others(tally) ? SB_OK : SB_NO_MEMORY;
}

void sb_tally_free(struct sb_tally *tally)
{
    sb_tables_free(&tally->names);
    free(tally->rows);
    free(tally->known);
    *tally = (struct sb_tally){0};
}

void sb_tally_begin(struct sb_tally *tally, uint32_t weight)
{
    tally->sample++;
    tally->weight = weight;
}

static void count_row(struct sb_tally *tally, uint32_t id, int is_self)
{
    struct sb_tally_row *row = &tally->rows[id - 1];
    if (is_self)
        row->count.self += tally->weight;
    if (row->sample != tally->sample)
        row->count.total += tally->weight;
    row->sample = tally->sample;
}

static uint32_t learn(struct sb_tally *tally, const struct sb_tables *tables, uint32_t id)
{
    const struct sb_frame *frame = &tables->frames[id - 1];
    struct sb_frame own = {.line = frame->line, .flags = frame->flags};
    const char *text;
    size_t len;
    text = sb_tables_text(tables, frame->function, &len);
    own.function = add_string(tally, text, len);
    if (frame->file) {
        text = sb_tables_text(tables, frame->file, &len);
        own.file = add_string(tally, text, len);
    }
    return find(tally, &own);
}

/* The place where the id of a frame is remembered, or NULL without memory. */
static uint32_t *remember(struct sb_tally *tally, uint32_t frame)
{
    uint32_t cap = tally->known_cap ? tally->known_cap : 256;
    uint32_t *known;
    while (cap < frame)
        cap *= 2;
    if (cap > tally->known_cap) {
        known = realloc(tally->known, cap * sizeof *known);
        if (!known)
            return NULL;
        memset(known + tally->known_cap, 0, (cap - tally->known_cap) * sizeof *known);
        tally->known = known;
        tally->known_cap = cap;
    }
    return &tally->known[frame - 1];
}

void sb_tally_frame(struct sb_tally *tally, const struct sb_tables *tables, uint32_t frame,
                    int is_leaf)
{
    uint32_t *known, id;
    if (frame == 0 || frame > tables->frame_count)
        return;
    known = remember(tally, frame);
    id = known && *known ? *known : learn(tally, tables, frame);
    if (known)
        *known = id;
    count_row(tally, id, is_leaf);
}

void sb_tally_text(struct sb_tally *tally, const char *bytes, size_t len)
{
    const struct sb_frame frame = {.function = add_string(tally, bytes, len)};
    count_row(tally, find(tally, &frame), 1);
}

void sb_tally_epoch(struct sb_tally *tally)
{
    if (tally->known)
        memset(tally->known, 0, tally->known_cap * sizeof *tally->known);
}

/* False without memory. */
static int copy(const struct sb_tally *tally, struct sb_ranking *ranking)
{
    uint32_t rows = tally->names.frame_count;
    if (rows > ranking->cap) {
        struct sb_rank *ranks = realloc(ranking->ranks, tally->row_cap * sizeof *ranks);
        if (!ranks)
            return 0;
        ranking->ranks = ranks;
        ranking->cap = tally->row_cap;
    }
    ranking->count = 0;
    for (uint32_t i = 0; i < rows && i < tally->row_cap; i++)
        if (tally->rows[i].count.total || tally->rows[i].count.all_total)
            ranking->ranks[ranking->count++] = (struct sb_rank){i + 1, tally->rows[i].count};
    return 1;
}

/* Of a row that goes, what is certain is how often it was running: no two rows run at once. */
static void move(struct sb_tally *to, const struct sb_tables *names, const struct sb_rank *rank,
                 int is_kept)
{
    uint32_t id = is_kept ? learn(to, names, rank->id) : SB_TALLY_OTHERS;
    struct sb_count *count = &to->rows[id - 1].count;
    count->self += rank->count.self;
    count->all_self += rank->count.all_self;
    count->total += id == SB_TALLY_OTHERS ? rank->count.self : rank->count.total;
    count->all_total += id == SB_TALLY_OTHERS ? rank->count.all_self : rank->count.all_total;
}

/* Lets the most seen quarter stay; the counts of the others stay as theirs. */
static void make_room(struct sb_tally *tally, struct sb_ranking *ranking)
{
    struct sb_tally fresh;
    if (sb_tally_init(&fresh) != SB_OK) {
        sb_tally_free(&fresh);
        return;
    }
    sb_ranking_sort(ranking, SB_BY_TOTAL);
    for (uint32_t i = 0; i < ranking->count; i++)
        move(&fresh, &tally->names, &ranking->ranks[i],
             i < ranking->count / 4 && ranking->ranks[i].id != SB_TALLY_OTHERS);
    sb_tally_free(tally);
    *tally = fresh;
    copy(tally, ranking);
}

void sb_tally_close(struct sb_tally *tally, struct sb_ranking *ranking)
{
    uint32_t rows = tally->names.frame_count;
    for (uint32_t i = 0; i < rows && i < tally->row_cap; i++) {
        tally->rows[i].count.all_self += tally->rows[i].count.self;
        tally->rows[i].count.all_total += tally->rows[i].count.total;
    }
    if (ranking && copy(tally, ranking) &&
        (rows > SB_TALLY_ROWS_MAX || sb_tables_are_full(&tally->names)))
        make_room(tally, ranking);
    for (uint32_t i = 0; i < tally->row_cap; i++)
        tally->rows[i].count.self = tally->rows[i].count.total = 0;
}

void sb_tally_clear(struct sb_tally *tally)
{
    for (uint32_t i = 0; i < tally->row_cap; i++)
        tally->rows[i].count.all_self = tally->rows[i].count.all_total = 0;
}
