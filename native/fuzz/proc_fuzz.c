/* Lines of /proc: mappings and stat. */
#include "fuzz.h"
#include "maps.h"
#include "process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    while (input.left) {
        char *line = fuzz_line(&input);
        struct sb_mapping mapping;
        struct sb_process_stat stat;
        if (sb_maps_parse(line, &mapping)) {
            PROMISE(mapping.start < mapping.end && strlen(mapping.prot) == 4);
            PROMISE(mapping.path >= line && mapping.path <= line + strlen(line));
        }
        if (sb_process_parse_stat(line, &stat))
            fuzz_touch(&stat, sizeof stat);
        free(line);
    }
    return 0;
}
