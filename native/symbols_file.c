/* Symbols of an ELF file: the fall-back for static programs without a dynamic table. */
#include "symbols.h"
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    const uint8_t *bytes;
    uint64_t size;
};

/* `count` items of `item` bytes at `offset`, or NULL when the file is shorter. */
static const void *slice(const struct file *file, uint64_t offset, uint64_t count, uint64_t item)
{
    if (offset > file->size || item == 0 || count > (file->size - offset) / item)
        return NULL;
    return file->bytes + offset;
}

static void search_table(const struct file *file, const Elf64_Shdr *table,
                         const Elf64_Shdr *strings, const char *const *names, uint64_t *values,
                         size_t count)
{
    uint64_t total = table->sh_size / sizeof(Elf64_Sym);
    const uint8_t *symbols = slice(file, table->sh_offset, total, sizeof(Elf64_Sym));
    const char *text = slice(file, strings->sh_offset, strings->sh_size, 1);
    if (!symbols || !text)
        return;
    for (uint64_t i = 0; i < total; i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, symbols + i * sizeof symbol, sizeof symbol);
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= strings->sh_size)
            continue;
        for (size_t k = 0; k < count; k++) {
            size_t bytes = strlen(names[k]) + 1;
            if (!values[k] && bytes <= strings->sh_size - symbol.st_name &&
                memcmp(text + symbol.st_name, names[k], bytes) == 0)
                values[k] = symbol.st_value;
        }
    }
}

static int search_file(const struct file *file, const char *const *names, uint64_t *values,
                       size_t count)
{
    const uint8_t *sections;
    Elf64_Ehdr header;
    if (file->size < sizeof header)
        return 0;
    memcpy(&header, file->bytes, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_shentsize != sizeof(Elf64_Shdr))
        return 0;
    sections = slice(file, header.e_shoff, header.e_shnum, sizeof(Elf64_Shdr));
    if (!sections)
        return 0;
    for (size_t i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr table, strings;
        memcpy(&table, sections + i * sizeof table, sizeof table);
        if ((table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) ||
            table.sh_link >= header.e_shnum)
            continue;
        memcpy(&strings, sections + table.sh_link * sizeof strings, sizeof strings);
        search_table(file, &table, &strings, names, values, count);
    }
    return 1;
}

int sb_elf_file_symbols(const char *path, const char *const *names, uint64_t *values, size_t count)
{
    struct file file = {0};
    struct stat info;
    int found = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    void *bytes;

    memset(values, 0, count * sizeof *values);
    if (fd < 0)
        return 0;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        file.size = (uint64_t)info.st_size;
        bytes = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            file.bytes = bytes;
            found = search_file(&file, names, values, count);
            munmap(bytes, file.size);
        }
    }
    close(fd);
    return found;
}
