/* What the fuzz targets have in common. Each *_fuzz.c is a program of its own, with libFuzzer
 * (`make fuzz`) or with driver.c (`make check`). */
#ifndef SB_FUZZ_H
#define SB_FUZZ_H

#include "bytes.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that was broken: the end, with a trace where the sanitizers give one. */
#define PROMISE(condition)                                                                  \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                        \
        }                                                                                   \
    } while (0)

/* An input that is used up bit by bit. At its end there are zeros. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

static inline void fuzz_take(struct fuzz_input *input, void *out, size_t len)
{
    size_t there = len < input->left ? len : input->left;
    memset(out, 0, len);
    if (there)
        memcpy(out, input->at, there);
    input->at += there;
    input->left -= there;
}

static inline uint8_t fuzz_u8(struct fuzz_input *input)
{
    uint8_t value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

static inline uint16_t fuzz_u16(struct fuzz_input *input)
{
    uint16_t value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

static inline uint64_t fuzz_u64(struct fuzz_input *input)
{
    uint64_t value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

/* The next line or all that is left, ended by a NUL in memory of its own, so that a reader beyond
 * the end is caught. To be freed. */
static inline char *fuzz_line(struct fuzz_input *input)
{
    const uint8_t *end = input->left ? memchr(input->at, '\n', input->left) : NULL;
    size_t len = end ? (size_t)(end - input->at) : input->left;
    char *line = malloc(len + 1);
    if (!line)
        abort();
    fuzz_take(input, line, len);
    line[len] = '\0';
    if (end)
        fuzz_u8(input);
    return line;
}

/* Reads every byte: the sanitizers see those that are not there. */
static inline void fuzz_touch(const void *bytes, size_t len)
{
    static volatile uint8_t sum;
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
}

#endif
