/* Symbols of an ELF file: the fall-back for static programs without a dynamic table. The file is
 * the process's, who may change it meanwhile: it is read, never mapped. */
#include "symbols.h"
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLE_BYTES_MAX = 64 << 20 }; /* PHP with all its debugging symbols has 2 MiB */

struct search {
    int fd;
    uint64_t size; /* of the file */
    const char *const *names;
    uint64_t *values;
    size_t count;
};

/* `bytes` at `offset` in memory of their own, or NULL when the file is shorter or that is too much.
 */
static void *read_slice(const struct search *search, uint64_t offset, uint64_t bytes)
{
    uint8_t *slice;
    uint64_t got = 0;
    if (bytes == 0 || bytes > TABLE_BYTES_MAX || offset > search->size ||
        bytes > search->size - offset || (slice = malloc(bytes)) == NULL)
        return NULL;
    while (got < bytes) {
        ssize_t more = pread(search->fd, slice + got, bytes - got, (off_t)(offset + got));
        if (more <= 0) {
            free(slice);
            return NULL;
        }
        got += (uint64_t)more;
    }
    return slice;
}

static void compare(const struct search *search, const Elf64_Sym *symbol, const char *text,
                    uint64_t text_bytes)
{
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_name >= text_bytes)
        return;
    for (size_t i = 0; i < search->count; i++) {
        size_t bytes = strlen(search->names[i]) + 1;
        if (!search->values[i] && bytes <= text_bytes - symbol->st_name &&
            memcmp(text + symbol->st_name, search->names[i], bytes) == 0)
            search->values[i] = symbol->st_value;
    }
}

/* Searches the first table of that type. */
static void search_type(const struct search *search, const Elf64_Shdr *sections, size_t count,
                        uint32_t type)
{
    size_t i = 0, total;
    Elf64_Sym *symbols;
    char *text;

    while (i < count && sections[i].sh_type != type)
        i++;
    if (i == count || sections[i].sh_link >= count)
        return;
    total = sections[i].sh_size / sizeof *symbols;
    symbols = read_slice(search, sections[i].sh_offset, total * sizeof *symbols);
    sections += sections[i].sh_link;
    text = read_slice(search, sections->sh_offset, sections->sh_size);
    for (i = 0; symbols && text && i < total; i++)
        compare(search, &symbols[i], text, sections->sh_size);
    free(symbols);
    free(text);
}

static int search_file(const struct search *search)
{
    Elf64_Ehdr *header = read_slice(search, 0, sizeof *header);
    Elf64_Shdr *sections = NULL;
    int found = 0;

    if (header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
        header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_shentsize == sizeof *sections)
        sections = read_slice(search, header->e_shoff, header->e_shnum * sizeof *sections);
    if (sections) {
        search_type(search, sections, header->e_shnum, SHT_SYMTAB);
        search_type(search, sections, header->e_shnum, SHT_DYNSYM);
        found = 1;
    }
    free(sections);
    free(header);
    return found;
}

int sb_elf_file_symbols(const char *path, const char *const *names, uint64_t *values, size_t count)
{
    struct search search = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK),
                            .names = names,
                            .values = values,
                            .count = count};
    struct stat info;
    int found = 0;

    memset(values, 0, count * sizeof *values);
    if (search.fd < 0)
        return 0;
    if (fstat(search.fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        search.size = (uint64_t)info.st_size;
        found = search_file(&search);
    }
    close(search.fd);
    return found;
}
