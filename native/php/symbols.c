/* Looks symbols up in the dynamic tables of a mapped ELF image, as the dynamic linker does. */
#include "symbols.h"
#include "bytes.h"
#include <elf.h>
#include <string.h>

enum {
    PROGRAM_HEADERS_MAX = 64,
    DYNAMIC_MAX = 128,
    CHAIN_MAX = 1024, /* a longer hash chain is a broken or hostile image; each link costs reads */
    NAME_MAX_BYTES = 64,
    PAGE_MASK = 4095, /* the smallest page; the first segment is aligned to the machine's */
};

static int is_native(const Elf64_Ehdr *header)
{
#if defined(__x86_64__)
    const int machine = EM_X86_64;
#elif defined(__aarch64__)
    const int machine = EM_AARCH64;
#else
    const int machine = EM_NONE;
#endif
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_machine == machine &&
           header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum <= PROGRAM_HEADERS_MAX;
}

/* Pointers of the dynamic section are relocated in place by glibc, but not by musl and not before
 * the dynamic linker has run. */
static uint64_t relocated(const struct sb_image *image, uint64_t value)
{
    return value != 0 && value < image->base ? value + image->bias : value;
}

static void read_dynamic(struct sb_image *image, uint64_t addr, uint64_t bytes)
{
    Elf64_Dyn entries[DYNAMIC_MAX];
    size_t count = bytes / sizeof *entries;
    if (count > DYNAMIC_MAX)
        count = DYNAMIC_MAX;
    if (sb_remote_read(image->remote, addr, entries, count * sizeof *entries) != SB_OK)
        return;
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        uint64_t value = relocated(image, entries[i].d_un.d_ptr);
        switch (entries[i].d_tag) {
        case DT_SYMTAB:
            image->symbols = value;
            break;
        case DT_STRTAB:
            image->strings = value;
            break;
        case DT_GNU_HASH:
            image->gnu_hash = value;
            break;
        case DT_HASH:
            image->sysv_hash = value;
            break;
        default:
            break;
        }
    }
}

enum sb_status sb_elf_open(const struct sb_remote *remote, uint64_t base, struct sb_image *image)
{
    Elf64_Ehdr header;
    Elf64_Phdr programs[PROGRAM_HEADERS_MAX];
    uint64_t lowest = UINT64_MAX, dynamic = 0, dynamic_bytes = 0;
    enum sb_status status;

    *image = (struct sb_image){.remote = remote, .base = base};
    status = sb_remote_read(remote, base, &header, sizeof header);
    if (status != SB_OK)
        return status;
    if (!is_native(&header))
        return SB_NOT_PHP;
    status =
        sb_remote_read(remote, base + header.e_phoff, programs, header.e_phnum * sizeof *programs);
    if (status != SB_OK)
        return status;
    for (size_t i = 0; i < header.e_phnum; i++) {
        if (programs[i].p_type == PT_LOAD && programs[i].p_vaddr < lowest)
            lowest = programs[i].p_vaddr;
        if (programs[i].p_type == PT_DYNAMIC) {
            dynamic = programs[i].p_vaddr;
            dynamic_bytes = programs[i].p_memsz;
        }
    }
    if (lowest == UINT64_MAX)
        return SB_NOT_PHP;
    image->bias = base - (lowest & ~(uint64_t)PAGE_MASK);
    if (dynamic)
        read_dynamic(image, dynamic + image->bias, dynamic_bytes);
    return SB_OK;
}

/* The address of symbol `index` when it is defined and carries `name`. */
static uint64_t value_if_named(const struct sb_image *image, uint32_t index, const char *name)
{
    Elf64_Sym symbol;
    char found[NAME_MAX_BYTES];
    size_t bytes = strlen(name) + 1;
    if (bytes > sizeof found ||
        sb_remote_read(image->remote, image->symbols + (uint64_t)index * sizeof symbol, &symbol,
                       sizeof symbol) != SB_OK ||
        symbol.st_shndx == SHN_UNDEF)
        return 0;
    if (sb_remote_read(image->remote, image->strings + symbol.st_name, found, bytes) != SB_OK ||
        memcmp(found, name, bytes) != 0)
        return 0;
    return image->bias + symbol.st_value;
}

static uint64_t find_gnu(const struct sb_image *image, const char *name)
{
    uint32_t head[4], hash = 5381, index, link;
    uint64_t buckets, chains;

    for (const char *at = name; *at; at++)
        hash = hash * 33 + (uint8_t)*at;
    if (sb_remote_read(image->remote, image->gnu_hash, head, sizeof head) != SB_OK || head[0] == 0)
        return 0;
    buckets = image->gnu_hash + sizeof head + (uint64_t)head[2] * 8;
    chains = buckets + 4 * (uint64_t)head[0];
    if (sb_remote_read(image->remote, buckets + 4 * (uint64_t)(hash % head[0]), &index,
                       sizeof index) != SB_OK ||
        index < head[1])
        return 0;
    for (int step = 0; step < CHAIN_MAX; step++, index++) {
        uint64_t value;
        if (sb_remote_read(image->remote, chains + 4 * (uint64_t)(index - head[1]), &link,
                           sizeof link) != SB_OK)
            return 0;
        if ((link | 1) == (hash | 1) && (value = value_if_named(image, index, name)) != 0)
            return value;
        if (link & 1)
            return 0;
    }
    return 0;
}

static uint64_t find_sysv(const struct sb_image *image, const char *name)
{
    uint32_t head[2], hash = 0, index;
    uint64_t buckets = image->sysv_hash + sizeof head, chains;

    for (const char *at = name; *at; at++) {
        hash = (hash << 4) + (uint8_t)*at;
        hash = (hash ^ ((hash & 0xf0000000u) >> 24)) & 0x0fffffffu;
    }
    if (sb_remote_read(image->remote, image->sysv_hash, head, sizeof head) != SB_OK || head[0] == 0)
        return 0;
    chains = buckets + 4 * (uint64_t)head[0];
    if (sb_remote_read(image->remote, buckets + 4 * (uint64_t)(hash % head[0]), &index,
                       sizeof index) != SB_OK)
        return 0;
    for (int step = 0; step < CHAIN_MAX && index != 0 && index < head[1]; step++) {
        uint64_t value = value_if_named(image, index, name);
        if (value)
            return value;
        if (sb_remote_read(image->remote, chains + 4 * (uint64_t)index, &index, sizeof index) !=
            SB_OK)
            return 0;
    }
    return 0;
}

uint64_t sb_elf_symbol(const struct sb_image *image, const char *name)
{
    uint64_t value = 0;
    if (!image->symbols || !image->strings)
        return 0;
    if (image->gnu_hash)
        value = find_gnu(image, name);
    if (!value && image->sysv_hash)
        value = find_sysv(image, name);
    return value;
}
