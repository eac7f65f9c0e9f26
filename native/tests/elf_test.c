/* Symbol look-up in ELF images that are made here, well and badly formed. */
#include "check.h"
#include "symbols.h"
#include "image.h"
#include <elf.h>

enum { BASE = 0x10000, DYNAMIC = 0x800, SYMBOLS = 0x1000, STRINGS = 0x1200, HASHES = 0x1400 };

static const char NAMES[] = "\0executor_globals\0module_registry\0undefined";
enum { NAME_EXECUTOR = 1, NAME_REGISTRY = 18, NAME_UNDEFINED = 34 };

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    while (*name)
        hash = hash * 33 + (uint8_t)*name++;
    return hash;
}

static void put_symbol(struct image *image, unsigned index, uint32_t name, uint64_t value,
                       uint16_t section)
{
    Elf64_Sym symbol = {.st_name = name, .st_value = value, .st_shndx = section};
    image_put(image, BASE + SYMBOLS + index * sizeof symbol, &symbol, sizeof symbol);
}

/* A header, one PT_LOAD from `first`, a dynamic section of `tags`, and three symbols. */
static void make_image(struct image *image, uint64_t first, const Elf64_Dyn *tags, size_t count)
{
    Elf64_Ehdr header = {.e_phoff = sizeof header, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2};
    Elf64_Phdr programs[2] = {
        {.p_type = PT_LOAD, .p_vaddr = first},
        {.p_type = PT_DYNAMIC, .p_vaddr = first + DYNAMIC, .p_memsz = (count + 1) * sizeof *tags}};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
#if defined(__x86_64__)
    header.e_machine = EM_X86_64;
#else
    header.e_machine = EM_AARCH64;
#endif
    *image = (struct image){0};
    image_map(image, BASE, 0x4000);
    image_put(image, BASE, &header, sizeof header);
    image_put(image, BASE + sizeof header, programs, sizeof programs);
    image_put(image, BASE + DYNAMIC, tags, count * sizeof *tags);
    image_put(image, BASE + STRINGS, NAMES, sizeof NAMES);
    put_symbol(image, 1, NAME_UNDEFINED, 0, SHN_UNDEF);
    put_symbol(image, 2, NAME_EXECUTOR, first + 0x100, 5);
    put_symbol(image, 3, NAME_REGISTRY, first + 0x200, 5);
}

static uint64_t look_up(struct image *image, const char *name)
{
    struct sb_remote remote = {.pid = 1, .read = image_read, .context = image};
    struct sb_image elf;
    if (sb_elf_open(&remote, BASE, &elf) != SB_OK)
        return 0;
    return sb_elf_symbol(&elf, name);
}

/* One bucket that holds symbols 2 and 3 in a row. */
static void put_gnu_table(struct image *image)
{
    const uint32_t head[4] = {1, 2, 1, 6};
    const uint32_t chain[2] = {gnu_hash("executor_globals") & ~1u,
                               gnu_hash("module_registry") | 1u};
    image_put(image, BASE + HASHES, head, sizeof head);
    image_u32(image, BASE + HASHES + 16 + 8, 2);
    image_put(image, BASE + HASHES + 16 + 8 + 4, chain, sizeof chain);
}

static void finds_symbols_by_gnu_hash(void)
{
    const Elf64_Dyn tags[] = {{DT_SYMTAB, {BASE + SYMBOLS}},
                              {DT_STRTAB, {BASE + STRINGS}},
                              {DT_GNU_HASH, {BASE + HASHES}}};
    struct image image;
    make_image(&image, 0, tags, 3);
    put_gnu_table(&image);
    CHECK(look_up(&image, "executor_globals") == BASE + 0x100);
    CHECK(look_up(&image, "module_registry") == BASE + 0x200);
    CHECK(look_up(&image, "sapi_globals") == 0);
    image_free(&image);
}

static void finds_symbols_by_sysv_hash_and_relocates_musl_pointers(void)
{
    /* Addresses of the file, as musl leaves them. */
    const Elf64_Dyn tags[] = {{DT_SYMTAB, {SYMBOLS}}, {DT_STRTAB, {STRINGS}}, {DT_HASH, {HASHES}}};
    const uint32_t table[] = {1, 4, 3, 0, 0, 1, 2};
    struct image image;
    make_image(&image, 0, tags, 3);
    image_put(&image, BASE + HASHES, table, sizeof table);
    CHECK(look_up(&image, "executor_globals") == BASE + 0x100);
    CHECK(look_up(&image, "module_registry") == BASE + 0x200);
    CHECK(look_up(&image, "undefined") == 0);
    image_free(&image);
}

static void finds_symbols_of_programs_with_fixed_addresses(void)
{
    const Elf64_Dyn tags[] = {{DT_SYMTAB, {BASE + SYMBOLS}},
                              {DT_STRTAB, {BASE + STRINGS}},
                              {DT_GNU_HASH, {BASE + HASHES}}};
    struct image image;
    make_image(&image, BASE, tags, 3);
    put_gnu_table(&image);
    CHECK(look_up(&image, "executor_globals") == BASE + 0x100);
    image_free(&image);
}

static void survives_hostile_tables(void)
{
    const Elf64_Dyn tags[] = {
        {DT_SYMTAB, {BASE + SYMBOLS}}, {DT_STRTAB, {BASE + STRINGS}}, {DT_HASH, {BASE + HASHES}}};
    const uint32_t circle[] = {1, 4, 2, 0, 0, 2, 2};
    const uint32_t none[] = {0, 4};
    const uint32_t far[] = {0x7fffffff, 0x7fffffff};
    struct image image;

    make_image(&image, 0, tags, 3);
    image_put(&image, BASE + HASHES, circle, sizeof circle);
    CHECK(look_up(&image, "module_registry") == 0);
    image_put(&image, BASE + HASHES, none, sizeof none);
    CHECK(look_up(&image, "module_registry") == 0);
    image_put(&image, BASE + HASHES, far, sizeof far);
    CHECK(look_up(&image, "module_registry") == 0);
    image_at(&image, BASE, 1)[0] = 'x';
    CHECK(look_up(&image, "executor_globals") == 0);
    image_free(&image);
}

static void reads_symbols_of_files(void)
{
    static const char *const names[] = {"main", "no_such_symbol_here"};
    uint64_t values[2];
    CHECK(sb_elf_file_symbols("/proc/self/exe", names, values, 2));
    CHECK(values[0] != 0 && values[1] == 0);
    CHECK(!sb_elf_file_symbols("/etc/passwd", names, values, 2));
    CHECK(!sb_elf_file_symbols("/does/not/exist", names, values, 2));
    CHECK(!sb_elf_file_symbols("/proc", names, values, 2));
}

int main(void)
{
    finds_symbols_by_gnu_hash();
    finds_symbols_by_sysv_hash_and_relocates_musl_pointers();
    finds_symbols_of_programs_with_fixed_addresses();
    survives_hostile_tables();
    reads_symbols_of_files();
    return 0;
}
