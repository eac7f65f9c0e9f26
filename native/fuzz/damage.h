/* A PHP process made of bytes (scene.h in an image.h), which the input damages step by step. */
#ifndef SB_DAMAGE_H
#define SB_DAMAGE_H

#include "../tests/image.h"
#include "../tests/scene.h"
#include "fuzz.h"

enum {
    DAMAGE_GLOBALS = 0x100000,
    DAMAGE_SAPI = 0x110000,
    DAMAGE_PAGE = 0x120000,
    DAMAGE_HEAP = 0x130000,
    DAMAGE_REGION_BYTES = 0x8000, /* then nothing is mapped up to the next region */
};

struct damaged {
    struct image image;
    struct scene scene;
    uint32_t lengths[IMAGE_SEGMENTS]; /* of segments as they were */
    uint32_t used[IMAGE_SEGMENTS];    /* of each segment, as laid out */
};

void damaged_start(struct damaged *damaged, const struct sb_layout *layout);
void damaged_end(struct damaged *damaged);

/* One step. False when the input wants the process to be sampled now, or is at its end. */
int damaged_step(struct damaged *damaged, struct fuzz_input *input);

#endif
