/* One ELF image, as a file and as memory alike: symbols by both kinds of hash tables and by
 * sections. The input changes it, or takes its place. */
#ifndef SB_ELF_IMAGE_H
#define SB_ELF_IMAGE_H

#include "fuzz.h"

enum { ELF_IMAGE_BYTES = 0x2000 };

struct elf_image {
    uint8_t bytes[ELF_IMAGE_BYTES];
    size_t len;
};

/* `base` is the address at which it will lie, for pointers that the dynamic linker sets. */
void elf_image_make(struct elf_image *image, uint64_t base, struct fuzz_input *input);

#endif
