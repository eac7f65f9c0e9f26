/* Single places where bytes of another process could make the sampler hang, read where it must not,
 * or show something else than what is there. */
#include "check.h"
#include "image.h"
#include "process.h"
#include "scene.h"
#include "sink.h"
#include "symbols.h"
#include "walk.h"
#include <elf.h>
#include <unistd.h>

enum {
    GLOBALS = 0x100000,
    SAPI = 0x200000,
    PAGE = 0x300000, /* of the VM stack */
    PAGE_BYTES = 0x4000,
    HEAP = 0x400000,
    HEAP_BYTES = 0x10000,
    EDGE = HEAP + HEAP_BYTES, /* unmapped from here on */
};

struct world {
    struct image image;
    struct scene scene;
    struct sb_tables tables;
    struct sb_family family;
    struct sb_target *target;
    struct sb_walker walker;
    struct sb_trace trace;
};

static uint8_t *at(void *context, uint64_t addr, uint64_t len)
{
    return image_at(context, addr, len);
}

static void set_up(struct world *world, const struct sb_layout *layout)
{
    static const struct sb_wanted wanted[] = {{.kind = SB_FACT_QUERY, .key = "qstring"},
                                              {.kind = SB_FACT_PATH, .key = "path"}};
    const struct sb_walk_options options = {
        .max_depth = SB_DEPTH_LIMIT, .wanted = wanted, .wanted_count = 2};
    memset(world, 0, sizeof *world);
    image_map(&world->image, GLOBALS, 4096);
    image_map(&world->image, SAPI, 4096);
    image_map(&world->image, PAGE, PAGE_BYTES);
    image_map(&world->image, HEAP, HEAP_BYTES);
    world->scene =
        (struct scene){.lay = {.layout = layout, .at = at, .context = &world->image, .next = HEAP},
                       .globals = GLOBALS,
                       .sapi = SAPI,
                       .page = PAGE,
                       .page_end = PAGE + PAGE_BYTES};
    scene_make(&world->scene);
    scene_globals(&world->scene, world->scene.frames[SCENE_DEPTH - 1]);
    world->family.php = (struct sb_php){
        .layout = layout, .executor_globals = GLOBALS, .sapi_globals = SAPI, .sapi = SB_SAPI_FPM};
    world->target = calloc(1, sizeof *world->target);
    world->target->remote =
        (struct sb_remote){.pid = 1, .read = image_read, .context = &world->image};
    world->target->family = &world->family;
    CHECK(sb_walker_init(&world->walker, &world->tables, &options) == SB_OK);
}

static void tear_down(struct world *world)
{
    sb_target_free(world->target);
    sb_functions_free(&world->family.stable);
    sb_walker_free(&world->walker);
    sb_tables_free(&world->tables);
    image_free(&world->image);
}

static enum sb_status walk(struct world *world)
{
    return sb_walk(&world->walker, world->target, &world->trace);
}

/* The value of fact number `index` of the last sample, or "(none)". */
static const char *fact(const struct world *world, const char *key)
{
    static char text[SB_VALUE_BYTES + 1];
    const struct sb_facts *facts = world->trace.facts;
    for (uint32_t i = 0; i < facts->count; i++)
        if (strcmp(facts->items[i].key, key) == 0) {
            snprintf(text, sizeof text, "%.*s", (int)facts->items[i].len, facts->items[i].value);
            return text;
        }
    return "(none)";
}

/* Whatever lies between the start of a text and the next border of a page. */
static void reads_texts_wherever_they_start(const struct sb_layout *layout)
{
    char text[301];
    struct world world;
    set_up(&world, layout);
    memset(text, 'q', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (uint64_t before = 1; before <= 300; before++) {
        uint64_t addr = EDGE - 4096 - before;
        lay_bytes(&world.scene.lay, addr, text, sizeof text);
        lay_u64(&world.scene.lay, SAPI + layout->sg_query, addr);
        CHECK(walk(&world) == SB_OK);
        CHECK_TEXT(fact(&world, "qstring"), text);
    }
    tear_down(&world);
}

static void reads_texts_that_end_where_memory_does(const struct sb_layout *layout)
{
    char text[301];
    struct world world;
    set_up(&world, layout);
    for (size_t len = 0; len < sizeof text; len++) {
        memset(text, 'e', len);
        text[len] = '\0';
        lay_bytes(&world.scene.lay, EDGE - len - 1, text, len + 1);
        lay_u64(&world.scene.lay, SAPI + layout->sg_query, EDGE - len - 1);
        CHECK(walk(&world) == SB_OK);
        CHECK_TEXT(fact(&world, "qstring"), text);
    }
    lay_u8(&world.scene.lay, EDGE - 1, 'e'); /* without an end */
    CHECK(walk(&world) == SB_OK);
    CHECK_TEXT(fact(&world, "qstring"), "(none)");
    tear_down(&world);
}

/* Addresses so high that adding a length to them starts over at zero. */
static void believes_no_address_at_the_end_of_all_numbers(const struct sb_layout *layout)
{
    struct world world;
    set_up(&world, layout);
    CHECK(walk(&world) == SB_OK);
    for (uint64_t back = 1; back < 9000; back += 61) {
        lay_u64(&world.scene.lay, SAPI + layout->sg_query, UINT64_MAX - back + 1);
        lay_u32(&world.scene.lay, world.scene.uri_bucket + 16, UINT32_MAX);
        lay_u64(&world.scene.lay, world.scene.uri_bucket + 24, UINT64_MAX - back + 1);
        CHECK(walk(&world) == SB_OK);
        CHECK_TEXT(fact(&world, "qstring"), "(none)");
        CHECK_TEXT(fact(&world, "path"), "/srv/shop/index.php");
    }
    tear_down(&world);
}

/* Every link of a chain costs the sampler a system call. */
static void gives_up_on_endless_chains_of_symbols(void)
{
    enum { BASE = 0x10000, DYNAMIC = 0x800, TABLES = 0x1000, CHAIN_LINKS = 100000 };
    const Elf64_Dyn tags[] = {
        {DT_SYMTAB, {BASE + TABLES}}, {DT_STRTAB, {BASE + TABLES}}, {DT_GNU_HASH, {BASE + TABLES}}};
    const uint32_t head[] = {1, 0, 0, 0};
    struct image image = {0};
    struct sb_remote remote = {.pid = 1, .read = image_read, .context = &image};
    struct sb_image elf;
    Elf64_Ehdr header = {.e_phoff = sizeof header, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2};
    const Elf64_Phdr programs[2] = {
        {.p_type = PT_LOAD}, {.p_type = PT_DYNAMIC, .p_vaddr = DYNAMIC, .p_memsz = sizeof tags}};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#else
    header.e_machine = EM_AARCH64;
#endif
    image_map(&image, BASE, TABLES + CHAIN_LINKS * 4);
    image_put(&image, BASE, &header, sizeof header);
    image_put(&image, BASE + sizeof header, programs, sizeof programs);
    image_put(&image, BASE + DYNAMIC, tags, sizeof tags);
    image_put(&image, BASE + TABLES, head, sizeof head);
    CHECK(sb_elf_open(&remote, BASE, &elf) == SB_OK);
    CHECK(sb_elf_symbol(&elf, "executor_globals") == 0);
    CHECK(image.reads < 10000);
    image_free(&image);
}

/* A file with one section table of `count` sections, all of them symbol tables of `bytes`. */
static int search_file(uint16_t count, uint64_t bytes)
{
    static const char *const names[] = {"executor_globals"};
    const Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
                               .e_shoff = sizeof header,
                               .e_shentsize = sizeof(Elf64_Shdr),
                               .e_shnum = count};
    const Elf64_Shdr section = {.sh_type = SHT_SYMTAB, .sh_size = bytes};
    FILE *file = tmpfile();
    char path[64];
    uint64_t value = 1;
    int found;
    CHECK(file != NULL);
    CHECK(fwrite(&header, sizeof header, 1, file) == 1);
    for (unsigned i = 0; i < count; i++)
        CHECK(fwrite(&section, sizeof section, 1, file) == 1);
    CHECK(fflush(file) == 0 && ftruncate(fileno(file), 1ll << 40) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    found = sb_elf_file_symbols(path, names, &value, 1);
    CHECK(value == 0);
    fclose(file);
    return found;
}

static void reads_little_of_files_that_claim_much(void)
{
    CHECK(search_file(60000, 1 << 20));
    CHECK(search_file(3, 1ull << 39));
    CHECK(search_file(3, UINT64_MAX));
    CHECK(!search_file(0, 0));
}

static void shows_no_control_character(void)
{
    static const char name[] = "a\x1b[31m\xc2\x9b\xc4\x9b\x7f\xc2\x85\xc3\xa9";
    const struct sb_text_style style = sb_text_style();
    struct sb_tables tables = {0};
    struct sb_facts facts = {0};
    struct sb_trace trace = {.facts = &facts, .depth = 1};
    struct sb_frame frame = {.flags = SB_FRAME_INTERNAL,
                             .function = sb_tables_string(&tables, name, sizeof name - 1)};
    struct sb_moment moment;
    struct sb_text text = {0};
    trace.frames[0] = sb_tables_frame(&tables, &frame);
    trace.pid = 1;
    CHECK(sb_moment_of(&tables, &trace, &moment) == SB_OK);
    CHECK(sb_text_body(&text, &style, &tables, &moment) == SB_OK);
    CHECK(sb_text_close(&text, &style, 1) == SB_OK);
    text.bytes[text.len] = '\0';
    CHECK_TEXT(text.bytes, "0 a?[31m\xc2?\xc4\x9b?\xc2?\xc3\xa9 <internal>:-1\n\n");
    free(text.bytes);
    sb_tables_free(&tables);
}

/* Every element of an array is that array: looked at to the full, that is 128 to the fourth. */
static void gives_up_on_arrays_in_themselves(const struct sb_layout *layout)
{
    static const struct sb_wanted wanted = {
        .kind = SB_FACT_GLOBAL, .key = "glopeek globals.counter", .name = "counter"};
    struct world world;
    uint64_t array, elements;
    set_up(&world, layout);
    world.walker.options.wanted = &wanted;
    world.walker.options.wanted_count = 1;
    array = lay_array(&world.scene.lay, 128);
    elements = scene_array_data(&world.scene, array);
    lay_u32(&world.scene.lay, array + layout->ht_used, 128);
    for (uint32_t i = 0; i < 128; i++)
        lay_zval(&world.scene.lay, elements + i * LAY_BUCKET, SB_ZVAL_ARRAY, array);
    lay_zval(&world.scene.lay, world.scene.counter, SB_ZVAL_ARRAY, array);
    CHECK(walk(&world) == SB_OK);
    CHECK(strlen(fact(&world, "glopeek globals.counter")) <= SB_VALUE_BYTES);
    tear_down(&world);
}

static void reads_no_stat_beyond_its_end(void)
{
    struct sb_process_stat stat;
    static const char *const ends[] = {"42 (x) S 7", "42 (x) S 7 1", "42 (x) S 7 1 1"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *text = strdup(ends[i]);
        CHECK(!sb_process_parse_stat(text, &stat));
        free(text);
    }
}

int main(void)
{
    const struct sb_layout *layout;
    reads_no_stat_beyond_its_end();
    gives_up_on_endless_chains_of_symbols();
    reads_little_of_files_that_claim_much();
    shows_no_control_character();
    for (unsigned i = 0; (layout = sb_layout_at(i)) != NULL; i++) {
        reads_texts_wherever_they_start(layout);
        reads_texts_that_end_where_memory_does(layout);
        believes_no_address_at_the_end_of_all_numbers(layout);
        gives_up_on_arrays_in_themselves(layout);
    }
    return 0;
}
