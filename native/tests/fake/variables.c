/* Superglobals, FastCGI parameters and request_info: arrays and texts that are none. */
#include "fake.h"

static const uint64_t NOT_CANONICAL = 1ull << 63 | 8;

static uint64_t symbol_table(const struct fake *fake)
{
    return fake->scene.globals + fake_layout(fake)->eg_symbol_table;
}

static uint64_t bucket(uint64_t data, unsigned index)
{
    return data + (uint64_t)index * LAY_BUCKET;
}

static void mask_0(struct fake *fake)
{
    fake_u32(fake, symbol_table(fake) + fake_layout(fake)->ht_mask, 0);
}

static void mask_random(struct fake *fake)
{
    fake_u32(fake, symbol_table(fake) + fake_layout(fake)->ht_mask, 0x12345678);
}

static void table_unmapped(struct fake *fake)
{
    fake_u64(fake, symbol_table(fake) + fake_layout(fake)->ht_data, fake->edge + 4096);
}

static void table_packed(struct fake *fake)
{
    fake_u32(fake, symbol_table(fake) + 8, 1 << 2);
}

/* Every slot leads to bucket `index`. */
static void fill_slots(struct fake *fake, uint32_t index)
{
    for (unsigned i = 1; i <= LAY_HASH_SLOTS; i++)
        fake_u32(fake, fake->scene.symbols - 4 * (uint64_t)i, index);
}

static void buckets_in_a_circle(struct fake *fake)
{
    for (unsigned i = 0; i < SCENE_SYMBOLS_USED; i++) {
        fake_u64(fake, bucket(fake->scene.symbols, i) + fake_layout(fake)->bucket_hash, 1);
        fake_u32(fake, bucket(fake->scene.symbols, i) + 12, (i + 1) % SCENE_SYMBOLS_USED);
    }
}

static void buckets_far_away(struct fake *fake)
{
    fill_slots(fake, UINT32_MAX - 1);
}

static void keys_unmapped(struct fake *fake)
{
    for (unsigned i = 0; i < SCENE_SYMBOLS_USED; i++)
        fake_u64(fake, bucket(fake->scene.symbols, i) + fake_layout(fake)->bucket_key,
                 i ? fake->edge - 8 : NOT_CANONICAL);
}

static void references_in_a_circle(struct fake *fake)
{
    const uint64_t reference = lay_take(&fake->scene.lay, 32);
    lay_zval(&fake->scene.lay, reference + 8, SB_ZVAL_REFERENCE, reference);
    lay_zval(&fake->scene.lay, fake->scene.counter, SB_ZVAL_REFERENCE, reference);
    lay_zval(&fake->scene.lay, bucket(fake->scene.symbols, 1), SB_ZVAL_REFERENCE, reference);
}

static void arrays_of_themselves(struct fake *fake)
{
    fake_u64(fake, bucket(fake->scene.symbols, 0), symbol_table(fake));
    fake_u64(fake, bucket(fake->scene.symbols, 1), NOT_CANONICAL);
}

static void types_unknown(struct fake *fake)
{
    for (unsigned i = 0; i < SCENE_SYMBOLS_USED; i++)
        lay_u8(&fake->scene.lay, bucket(fake->scene.symbols, i) + 8, 200 + i);
}

static void set_string(struct fake *fake, uint64_t string)
{
    fake_u64(fake, bucket(fake->scene.server, 0), string);
}

static void value_length_huge(struct fake *fake)
{
    const uint64_t at = lay_take(&fake->scene.lay, 64);
    fake_u64(fake, at + fake_layout(fake)->str_len, 1ull << 63);
    set_string(fake, at);
}

static void value_over_the_edge(struct fake *fake)
{
    const uint64_t at = fake->edge - 32;
    fake_u64(fake, at + fake_layout(fake)->str_len, 9);
    set_string(fake, at);
}

static void value_unmapped(struct fake *fake)
{
    set_string(fake, fake->edge);
}

static void parameters_in_a_circle(struct fake *fake)
{
    fake_u32(fake, fake->scene.uri_bucket, 1);
    fake_u64(fake, fake->scene.uri_bucket + 32, fake->scene.uri_bucket);
}

static void parameter_without_end(struct fake *fake)
{
    fake_u32(fake, fake->scene.uri_bucket + 16, UINT32_MAX);
    fake_u64(fake, fake->scene.uri_bucket + 24, fake->edge - 16);
}

static void parameters_unmapped(struct fake *fake)
{
    fake_u64(fake, fake->scene.sapi + fake_layout(fake)->sg_context, fake->edge);
}

static void set_texts(struct fake *fake, uint64_t query, uint64_t path)
{
    fake_u64(fake, fake->scene.sapi + fake_layout(fake)->sg_query, query);
    fake_u64(fake, fake->scene.sapi + fake_layout(fake)->sg_path, path);
}

static void texts_unmapped(struct fake *fake)
{
    set_texts(fake, fake->edge, NOT_CANONICAL);
}

/* One without an end; one that starts so near to the end of memory that little can be read. */
static void texts_at_the_edge(struct fake *fake)
{
    lay_bytes(&fake->scene.lay, fake->edge - 200, "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", 40);
    for (unsigned i = 0; i < 160; i++)
        lay_u8(&fake->scene.lay, fake->edge - 160 + i, 'q');
    lay_bytes(&fake->scene.lay, fake->edge - 8192 - 5, "path", 5);
    set_texts(fake, fake->edge - 100, fake->edge - 8192 - 5);
}

/* 32 bytes before the border of a page, and twice as long. */
static void texts_over_a_border(struct fake *fake)
{
    const uint64_t query = fake->edge - 4096 - 32;
    for (unsigned i = 0; i < 70; i++)
        lay_u8(&fake->scene.lay, query + i, 'q');
    lay_u8(&fake->scene.lay, query + 70, 0);
    set_texts(fake, query, fake->scene.path);
}

static void times_of_no_clock(struct fake *fake)
{
    fake_u64(fake, fake->scene.sapi + fake_layout(fake)->sg_time, UINT64_MAX); /* not a number */
}

const struct fake_state fake_variables[] = {
    {"mask 0", mask_0, NULL},
    {"mask random", mask_random, NULL},
    {"table unmapped", table_unmapped, NULL},
    {"table packed", table_packed, NULL},
    {"buckets in a circle", buckets_in_a_circle, NULL},
    {"buckets far away", buckets_far_away, NULL},
    {"keys unmapped", keys_unmapped, NULL},
    {"references in a circle", references_in_a_circle, NULL},
    {"arrays of themselves", arrays_of_themselves, NULL},
    {"types unknown", types_unknown, NULL},
    {"value length huge", value_length_huge, NULL},
    {"value over the edge", value_over_the_edge, NULL},
    {"value unmapped", value_unmapped, NULL},
    {"parameters in a circle", parameters_in_a_circle, NULL},
    {"parameter without end", parameter_without_end, NULL},
    {"parameters unmapped", parameters_unmapped, NULL},
    {"texts unmapped", texts_unmapped, NULL},
    {"texts at the edge", texts_at_the_edge, NULL},
    {"texts over a border", texts_over_a_border, NULL},
    {"times of no clock", times_of_no_clock, NULL},
    {.name = NULL},
};
