/* Functions and their names: what bytes they can be made of. */
#include "fake.h"

enum { LONG_NAME = 5000 };

static const uint64_t NOT_CANONICAL = 1ull << 63 | 8;

static uint64_t pay(const struct fake *fake)
{
    return fake->scene.functions[2];
}

static void set_name(struct fake *fake, uint64_t string)
{
    fake_u64(fake, pay(fake) + fake_layout(fake)->fn_name, string);
}

/* A zend_string with hash 99, of `len` bytes at the end of memory, which claims `claimed`. */
static void name_at_the_edge(struct fake *fake, size_t len, uint64_t claimed)
{
    const uint64_t at = (fake->edge - LAY_STRING_HEAD - len) & ~7ull;
    lay_string_at(&fake->scene.lay, at, "edge_name", len, 99);
    fake_u64(fake, at + fake_layout(fake)->str_len, claimed);
    set_name(fake, at);
}

static void type_0(struct fake *fake)
{
    lay_u8(&fake->scene.lay, pay(fake), 0);
}

static void type_3(struct fake *fake)
{
    lay_u8(&fake->scene.lay, pay(fake), 3);
}

static void type_255(struct fake *fake)
{
    lay_u8(&fake->scene.lay, pay(fake), 255);
}

static void type_of_eval(struct fake *fake)
{
    lay_u8(&fake->scene.lay, pay(fake), SB_EVAL_CODE);
}

static void function_unmapped(struct fake *fake)
{
    fake_u64(fake, fake->scene.frames[2] + fake_layout(fake)->ed_func, fake->edge);
}

static void function_over_the_edge(struct fake *fake)
{
    lay_u8(&fake->scene.lay, fake->edge - 64, SB_USER_FUNCTION);
    fake_u64(fake, fake->scene.frames[2] + fake_layout(fake)->ed_func, fake->edge - 64);
}

static void name_is_1(struct fake *fake)
{
    set_name(fake, 1);
}

static void name_not_canonical(struct fake *fake)
{
    set_name(fake, NOT_CANONICAL);
}

static void name_unmapped(struct fake *fake)
{
    set_name(fake, fake->edge);
}

static void class_unmapped(struct fake *fake)
{
    fake_u64(fake, fake->scene.functions[1] + fake_layout(fake)->fn_scope, fake->edge);
}

static void class_name_unmapped(struct fake *fake)
{
    fake_u64(fake, fake->scene.shop + fake_layout(fake)->ce_name, fake->edge - 8);
}

static void file_unmapped(struct fake *fake)
{
    fake_u64(fake, pay(fake) + fake_layout(fake)->op_filename, fake->edge);
}

static void file_is_0(struct fake *fake)
{
    fake_u64(fake, pay(fake) + fake_layout(fake)->op_filename, 0);
}

static void name_length_huge(struct fake *fake)
{
    name_at_the_edge(fake, 8, 1ull << 63);
}

static void name_length_of_a_gigabyte(struct fake *fake)
{
    name_at_the_edge(fake, 8, 1ull << 30);
}

static void name_over_the_edge(struct fake *fake)
{
    name_at_the_edge(fake, 0, 5);
}

static void name_head_over_the_edge(struct fake *fake)
{
    set_name(fake, fake->edge - 16);
}

/* The head of 24 bytes ends where memory does, and so does the name. */
static void name_empty_at_the_edge(struct fake *fake)
{
    name_at_the_edge(fake, 0, 0);
}

static void name_at_the_very_edge(struct fake *fake)
{
    name_at_the_edge(fake, 8, 8);
}

static void name_head_over_a_border(struct fake *fake)
{
    const uint64_t at = fake->edge - 4096 - 8;
    lay_string_at(&fake->scene.lay, at, "border_name", 11, 99);
    set_name(fake, at);
}

static void name_long(struct fake *fake)
{
    static char text[LONG_NAME];
    const uint64_t at = lay_take(&fake->scene.lay, LAY_STRING_HEAD + sizeof text);
    memset(text, 'n', sizeof text);
    lay_string_at(&fake->scene.lay, at, text, sizeof text, 99);
    set_name(fake, at);
}

static void name_without_hash(struct fake *fake)
{
    const uint64_t at = lay_take(&fake->scene.lay, 64);
    lay_string_at(&fake->scene.lay, at, "unhashed", 8, 0);
    set_name(fake, at);
}

static void name_of_controls(struct fake *fake)
{
    static const char text[] = "a\n0 b\r\x1b[2J\xc2\x9b\x7f\xff";
    const uint64_t at = lay_take(&fake->scene.lay, 64);
    lay_string_at(&fake->scene.lay, at, text, sizeof text - 1, 0);
    set_name(fake, at);
}

const struct fake_state fake_functions[] = {
    {"type 0", type_0, NULL},
    {"type 3", type_3, NULL},
    {"type 255", type_255, NULL},
    {"type of eval", type_of_eval, NULL},
    {"function unmapped", function_unmapped, NULL},
    {"function over the edge", function_over_the_edge, NULL},
    {"name is 1", name_is_1, NULL},
    {"name not canonical", name_not_canonical, NULL},
    {"name unmapped", name_unmapped, NULL},
    {"class unmapped", class_unmapped, NULL},
    {"class name unmapped", class_name_unmapped, NULL},
    {"file unmapped", file_unmapped, NULL},
    {"file is 0", file_is_0, NULL},
    {"name length huge", name_length_huge, NULL},
    {"name length of a gigabyte", name_length_of_a_gigabyte, NULL},
    {"name over the edge", name_over_the_edge, NULL},
    {"name head over the edge", name_head_over_the_edge, NULL},
    {"name empty at the edge", name_empty_at_the_edge, NULL},
    {"name at the very edge", name_at_the_very_edge, NULL},
    {"name head over a border", name_head_over_a_border, NULL},
    {"name long", name_long, NULL},
    {"name without hash", name_without_hash, NULL},
    {"name of controls", name_of_controls, NULL},
    {.name = NULL},
};
