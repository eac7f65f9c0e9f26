/* Symbols of an image in the memory of a process. */
#include "../tests/image.h"
#include "elf_image.h"
#include "symbols.h"

enum { BASE = 0x10000, READS_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"executor_globals", "module_registry", "no_such_symbol"};
    static struct elf_image content;
    struct fuzz_input input = {data, size};
    struct image image = {0};
    struct sb_remote remote = {.pid = 1, .read = image_read, .context = &image};
    struct sb_image elf;

    elf_image_make(&content, BASE, &input);
    if (content.len == 0)
        return 0;
    image_map(&image, BASE, (uint32_t)content.len);
    image_put(&image, BASE, content.bytes, content.len);
    if (sb_elf_open(&remote, BASE, &elf) == SB_OK)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            sb_elf_symbol(&elf, names[i]);
    PROMISE(image.reads < READS_MAX);
    PROMISE(size > 0 || sb_elf_symbol(&elf, names[0]) == BASE + 0x200);
    image_free(&image);
    return 0;
}
