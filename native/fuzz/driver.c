/* Runs a fuzz target without libFuzzer: over every file of a folder, and over changes of each that
 * are the same in every run.
 *
 *   NAME_fuzz RUNS [FOLDER] */
#include "fuzz.h"
#include <dirent.h>
#include <sys/stat.h>

enum { SEEDS_MAX = 256, INPUT_MAX = 4096, NEW_MAX = 512, CHANGES_MAX = 8 };

struct seed {
    uint8_t *bytes;
    size_t len;
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count;
static uint64_t random_state = 1;

static uint32_t random_below(size_t limit)
{
    return (uint32_t)((sb_mix(random_state++) >> 16) % limit);
}

static void add_file(const char *folder, const char *name)
{
    char path[4096];
    struct seed *seed = &seeds[seed_count];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = name[0] == '.' || seed_count == SEEDS_MAX ? NULL : fopen(path, "rb");
    if (!file)
        return;
    seed->bytes = malloc(INPUT_MAX);
    seed->len = seed->bytes ? fread(seed->bytes, 1, INPUT_MAX, file) : 0;
    seed_count++;
    fclose(file);
}

static int by_bytes(const void *left, const void *right)
{
    const struct seed *a = left, *b = right;
    int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* In an order that does not depend on the folder's. */
static void add_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        add_file(path, entry->d_name);
    if (folder)
        closedir(folder);
    qsort(seeds, seed_count, sizeof *seeds, by_bytes);
}

static void change(uint8_t *bytes, size_t *len)
{
    static const uint8_t telling[] = {0, 1, 7, 8, 0x7f, 0x80, 0xff, '\n', ' ', '-', ':', '%'};
    size_t at = *len ? random_below(*len) : 0, count = 1 + random_below(8);
    switch (random_below(6)) {
    case 0:
        if (*len)
            bytes[at] ^= (uint8_t)(1u << random_below(8));
        break;
    case 1:
        if (*len)
            bytes[at] = telling[random_below(sizeof telling)];
        break;
    case 2: /* adds */
        for (; count && *len < INPUT_MAX; count--)
            bytes[(*len)++] = (uint8_t)sb_mix(random_state++);
        break;
    case 3: /* cuts */
        *len = at;
        break;
    case 4: /* drops */
        if (at + count < *len) {
            memmove(bytes + at, bytes + at + count, *len - at - count);
            *len -= count;
        }
        break;
    default: /* repeats */
        if (at + count <= *len && *len + count <= INPUT_MAX) {
            memmove(bytes + at + count, bytes + at, *len - at);
            *len += count;
        }
        break;
    }
}

/* Inputs live in memory of exactly their length. */
static void run(const uint8_t *bytes, size_t len)
{
    uint8_t *input = malloc(len ? len : 1);
    if (!input)
        abort();
    if (len)
        memcpy(input, bytes, len);
    LLVMFuzzerTestOneInput(input, len);
    free(input);
}

/* A seed or something new, changed a few times. */
static size_t make_input(uint8_t bytes[INPUT_MAX])
{
    const struct seed *seed = seed_count ? &seeds[random_below(seed_count)] : NULL;
    size_t len = 0;
    if (seed && random_below(4)) {
        len = seed->len;
        memcpy(bytes, seed->bytes, len);
    } else {
        for (size_t wanted = random_below(NEW_MAX); len < wanted; len++)
            bytes[len] = (uint8_t)sb_mix(random_state++);
    }
    for (uint32_t changes = random_below(CHANGES_MAX); changes; changes--)
        change(bytes, &len);
    return len;
}

int main(int argc, char **argv)
{
    const unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    static uint8_t bytes[INPUT_MAX];

    if (argc > 2)
        add_folder(argv[2]);
    run(bytes, 0);
    for (size_t i = 0; i < seed_count; i++)
        run(seeds[i].bytes, seeds[i].len);
    for (unsigned long i = 0; i < runs; i++)
        run(bytes, make_input(bytes));
    for (size_t i = 0; i < seed_count; i++)
        free(seeds[i].bytes);
    return 0;
}
