/* A process made of bytes: memory for sb_remote that tests lay out as they like. */
#ifndef SB_IMAGE_H
#define SB_IMAGE_H

#include "remote.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGE_SEGMENTS = 8, IMAGE_SEGMENT_BYTES = 64 << 10 };

struct image {
    struct {
        uint64_t addr;
        uint32_t len;
        uint8_t *bytes;
    } segments[IMAGE_SEGMENTS];
    unsigned count, reads;
    /* Called before each read and before each of its ranges, so that a test can change the memory
     * under the reader. */
    void (*before)(struct image *image);
    void (*before_range)(struct image *image, size_t number);
};

static inline uint8_t *image_at(struct image *image, uint64_t addr, uint64_t len)
{
    for (unsigned i = 0; i < image->count; i++)
        if (addr >= image->segments[i].addr && len <= image->segments[i].len &&
            addr - image->segments[i].addr <= image->segments[i].len - len)
            return image->segments[i].bytes + (addr - image->segments[i].addr);
    return NULL;
}

static inline void image_map(struct image *image, uint64_t addr, uint32_t len)
{
    image->segments[image->count].addr = addr;
    image->segments[image->count].len = len;
    image->segments[image->count++].bytes = calloc(1, len);
}

static inline void image_put(struct image *image, uint64_t addr, const void *bytes, size_t len)
{
    memcpy(image_at(image, addr, len), bytes, len);
}

static inline void image_u64(struct image *image, uint64_t addr, uint64_t value)
{
    image_put(image, addr, &value, sizeof value);
}

static inline void image_u32(struct image *image, uint64_t addr, uint32_t value)
{
    image_put(image, addr, &value, sizeof value);
}

static inline ssize_t image_read(void *context, pid_t pid, const struct sb_range *ranges,
                                 size_t count, void *out)
{
    struct image *image = context;
    uint8_t *to = out;
    (void)pid;
    image->reads++;
    if (image->before)
        image->before(image);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = image_at(image, ranges[i].addr, ranges[i].len);
        if (image->before_range)
            image->before_range(image, i);
        if (!from) {
            errno = EFAULT;
            return i == 0 ? -1 : to - (uint8_t *)out;
        }
        memcpy(to, from, ranges[i].len);
        to += ranges[i].len;
    }
    return to - (uint8_t *)out;
}

static inline void image_free(struct image *image)
{
    for (unsigned i = 0; i < image->count; i++)
        free(image->segments[i].bytes);
}

#endif
