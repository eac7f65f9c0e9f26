/* Symbols of ELF images, from the memory of a running process or from a file. */
#ifndef SB_SYMBOLS_H
#define SB_SYMBOLS_H

#include "remote.h"

/* An ELF image mapped in a process. */
struct sb_image {
    const struct sb_remote *remote;
    uint64_t base; /* address of the ELF header */
    uint64_t bias; /* what to add to addresses of the file */
    /* The dynamic tables, as addresses in the process; 0 where the image has none. */
    uint64_t symbols, strings, gnu_hash, sysv_hash;
};

/* Reads the header and the dynamic section of the image at `base`. SB_NOT_PHP when there is no
 * ELF header of this machine's kind. An image without a dynamic section is fine, without symbols.
 */
enum sb_status sb_elf_open(const struct sb_remote *remote, uint64_t base, struct sb_image *image);

/* Address of an exported object in the process, or 0. Works on stripped, deleted, replaced and
 * chrooted programs, since no file is opened. */
uint64_t sb_elf_symbol(const struct sb_image *image, const char *name);

/* Addresses (before the bias) of `count` symbols in .symtab and .dynsym of the file `path`; 0 where
 * a name is missing. False when the file is no readable ELF file. */
int sb_elf_file_symbols(const char *path, const char *const *names, uint64_t *values, size_t count);

#endif
