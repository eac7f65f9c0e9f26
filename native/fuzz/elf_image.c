/* Lays out an ELF image with three symbols, and damages it. */
#include "elf_image.h"
#include <elf.h>

enum {
    DYNAMIC = 0x400,
    SYMBOLS = 0x600,
    STRINGS = 0x700,
    GNU_HASH = 0x800,
    SYSV_HASH = 0x900,
    SECTIONS = 0xa00,
    SYMBOL_COUNT = 4,
};

static const char NAMES[] = "\0executor_globals\0module_registry\0undefined";
static const uint32_t NAME_AT[SYMBOL_COUNT] = {0, 34, 1, 18};

static void put(struct elf_image *image, size_t at, const void *bytes, size_t len)
{
    memcpy(image->bytes + at, bytes, len);
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    while (*name)
        hash = hash * 33 + (uint8_t)*name++;
    return hash;
}

static void put_tables(struct elf_image *image)
{
    const uint32_t gnu[] = {
        1, 2, 1, 6, 0, 0, 2, gnu_hash(NAMES + 1) & ~1u, gnu_hash(NAMES + 18) | 1u};
    const uint32_t sysv[] = {1, SYMBOL_COUNT, 3, 0, 0, 1, 2};
    for (unsigned i = 1; i < SYMBOL_COUNT; i++) {
        const Elf64_Sym symbol = {
            .st_name = NAME_AT[i], .st_value = 0x100 * i, .st_shndx = i == 1 ? SHN_UNDEF : 1};
        put(image, SYMBOLS + i * sizeof symbol, &symbol, sizeof symbol);
    }
    put(image, STRINGS, NAMES, sizeof NAMES);
    put(image, GNU_HASH, gnu, sizeof gnu);
    put(image, SYSV_HASH, sysv, sizeof sysv);
}

static void put_headers(struct elf_image *image, uint64_t base)
{
    const Elf64_Dyn dynamic[] = {{DT_SYMTAB, {base + SYMBOLS}},
                                 {DT_STRTAB, {base + STRINGS}},
                                 {DT_GNU_HASH, {base + GNU_HASH}},
                                 {DT_HASH, {SYSV_HASH}}, /* as musl leaves it */
                                 {DT_NULL, {0}}};
    const Elf64_Phdr programs[] = {
        {.p_type = PT_LOAD, .p_memsz = ELF_IMAGE_BYTES, .p_filesz = ELF_IMAGE_BYTES},
        {.p_type = PT_DYNAMIC, .p_vaddr = DYNAMIC, .p_memsz = sizeof dynamic}};
    const Elf64_Shdr sections[] = {
        {.sh_type = SHT_NULL},
        {.sh_type = SHT_SYMTAB,
         .sh_offset = SYMBOLS,
         .sh_size = SYMBOL_COUNT * sizeof(Elf64_Sym),
         .sh_link = 2},
        {.sh_type = SHT_STRTAB, .sh_offset = STRINGS, .sh_size = sizeof NAMES},
        {.sh_type = SHT_DYNSYM,
         .sh_offset = SYMBOLS,
         .sh_size = SYMBOL_COUNT * sizeof(Elf64_Sym),
         .sh_link = 2}};
    Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
                         .e_phoff = sizeof header,
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 2,
                         .e_shoff = SECTIONS,
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = 4};
#if defined(__aarch64__)
    header.e_machine = EM_AARCH64;
#else
    header.e_machine = EM_X86_64;
#endif
    put(image, 0, &header, sizeof header);
    put(image, sizeof header, programs, sizeof programs);
    put(image, DYNAMIC, dynamic, sizeof dynamic);
    put(image, SECTIONS, sections, sizeof sections);
}

/* A field of 1, 2, 4 or 8 bytes anywhere in what is used. */
static void change(struct elf_image *image, struct fuzz_input *input)
{
    const uint8_t kind = fuzz_u8(input);
    const size_t len = (size_t)1 << (kind & 3);
    const size_t at = fuzz_u16(input) % (SECTIONS + 4 * sizeof(Elf64_Shdr) - 8) / len * len;
    if (kind & 4)
        fuzz_take(input, image->bytes + at, len);
    else
        memset(image->bytes + at, (int8_t)fuzz_u8(input) >> 4, len); /* near to 0 or to -1 */
}

void elf_image_make(struct elf_image *image, uint64_t base, struct fuzz_input *input)
{
    const uint8_t kind = fuzz_u8(input);
    memset(image, 0, sizeof *image);
    image->len = ELF_IMAGE_BYTES;
    if (kind == 'R') { /* raw */
        image->len = input->left < ELF_IMAGE_BYTES ? input->left : ELF_IMAGE_BYTES;
        fuzz_take(input, image->bytes, image->len);
        return;
    }
    put_headers(image, base);
    put_tables(image);
    while (input->left)
        change(image, input);
    if (kind & 1)
        image->len = (size_t)kind * 32;
}
