/* Finds the globals of PHP in a running process: mappings, then ELF symbols, then the version that
 * PHP's first module reports about itself. */
#include "hints.h"
#include "bytes.h"
#include "opcache.h"
#include "symbols.h"
#include "maps.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CANDIDATES_MAX = 8,
    PATH_BYTES = 4096,
    SHARED_BYTES_MIN = 1 << 20, /* opcache's memory is at least 8 MiB; locks and scoreboards less */
    MODULE_BYTES = 168,
    SAPI_NAME_BYTES = 16,
};

/* zend_module_entry and zend_array, unchanged since 7.0: needed before the version is known. */
enum { ME_API = 4, ME_DEBUG = 8, ME_ZTS = 9, ME_VERSION = 88, HT_DATA = 16, HT_BYTES = 56 };

struct candidate {
    uint64_t base;
    char path[PATH_BYTES];
};

struct survey {
    struct sb_php *php;
    const struct sb_php_hints *hints;
    char program[PATH_BYTES];
    struct candidate candidates[CANDIDATES_MAX];
    unsigned count;
    struct sb_span shared[SB_SHARED_MAX];
    unsigned shared_count;
};

static int starts_with(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    return slash && strncmp(slash + 1, name, strlen(name)) == 0;
}

static int is_library(const struct sb_php_hints *hints, const char *path)
{
    if (hints->has_library)
        return regexec(&hints->library, path, 0, NULL, 0) == 0;
    return starts_with(path, "libphp") || starts_with(path, "mod_php");
}

/* Adds a range, or lengthens the last one. */
static void add_span(struct sb_span *spans, unsigned *count, unsigned most, struct sb_span span)
{
    if (*count && spans[*count - 1].end == span.start)
        spans[*count - 1].end = span.end;
    else if (*count < most)
        spans[(*count)++] = span;
}

static int look_at(const struct sb_mapping *mapping, void *context)
{
    struct survey *survey = context;
    struct sb_php *php = survey->php;
    int is_php =
        strcmp(mapping->path, survey->program) == 0 || is_library(survey->hints, mapping->path);
    struct sb_span span = {mapping->start, mapping->end};
    int is_shared = mapping->prot[3] == 's' && mapping->end - mapping->start >= SHARED_BYTES_MIN;

    if (is_php && mapping->path[0] == '/' && mapping->offset == 0 &&
        survey->count < CANDIDATES_MAX &&
        (survey->count == 0 ||
         strcmp(survey->candidates[survey->count - 1].path, mapping->path) != 0)) {
        struct candidate *added = &survey->candidates[survey->count++];
        added->base = mapping->start;
        snprintf(added->path, sizeof added->path, "%s", mapping->path);
    }
    if (mapping->prot[0] != 'r')
        return 0;
    if (strcmp(mapping->path, "[heap]") == 0)
        php->heap = (struct sb_span){mapping->start, mapping->end};
    else if (is_php || strstr(mapping->path, ".so"))
        add_span(php->stable, &php->stable_count, SB_STABLE_MAX, span);
    else if (is_shared)
        add_span(survey->shared, &survey->shared_count, SB_SHARED_MAX, span);
    if (is_php || is_shared)
        php->key = sb_mix(php->key ^ mapping->start) + mapping->inode;
    return 0;
}

/* sapi_module is a structure that starts with a pointer to the name. */
static enum sb_sapi read_sapi(const struct sb_remote *remote, uint64_t symbol)
{
    static const struct {
        const char *name;
        enum sb_sapi sapi;
    } known[] = {{"cli", SB_SAPI_CLI},
                 {"fpm-fcgi", SB_SAPI_FPM},
                 {"cgi-fcgi", SB_SAPI_FASTCGI},
                 {"apache2handler", SB_SAPI_APACHE}};
    uint64_t name;
    char text[SAPI_NAME_BYTES] = "";

    if (!symbol || sb_remote_read(remote, symbol, &name, sizeof name) != SB_OK)
        return SB_SAPI_OTHER;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t bytes = strlen(known[i].name) + 1;
        if (sb_remote_read(remote, name, text, bytes) == SB_OK &&
            memcmp(text, known[i].name, bytes) == 0)
            return known[i].sapi;
    }
    return SB_SAPI_OTHER;
}

static void describe_version(const struct sb_remote *remote, const uint8_t *module, char *detail)
{
    char text[24] = "";
    size_t len = 0;
    if (sb_remote_read(remote, sb_u64(module + ME_VERSION), text, sizeof text - 1) != SB_OK)
        text[0] = '\0';
    while (text[len] && strchr("0123456789.-+~abcdefghijklmnopqrstuvwxyzRC", text[len]))
        len++;
    snprintf(detail, SB_DETAIL_BYTES, "PHP %.*s, API %u", (int)len, text, sb_u32(module + ME_API));
}

/* The first entry of module_registry is PHP's own "Core", which carries the version. */
static enum sb_status read_version(const struct sb_remote *remote, uint64_t registry,
                                   struct sb_php *php, char *detail)
{
    uint8_t table[HT_BYTES], module[MODULE_BYTES];
    uint64_t data, entry;

    if (sb_remote_read(remote, registry, table, sizeof table) != SB_OK)
        return SB_NOT_READY;
    data = sb_u64(table + HT_DATA);
    if (sb_remote_read(remote, data, &entry, sizeof entry) != SB_OK ||
        sb_remote_read(remote, entry, module, sizeof module) != SB_OK)
        return SB_NOT_READY;
    describe_version(remote, module, detail);
    if (module[ME_DEBUG])
        return SB_PHP_DEBUG;
    if (module[ME_ZTS])
        return SB_PHP_ZTS;
    php->layout = sb_layout_find(sb_u32(module + ME_API));
    return php->layout ? SB_OK : SB_PHP_VERSION;
}

enum symbol { EXECUTOR_GLOBALS, MODULE_REGISTRY, SAPI_GLOBALS, SAPI_MODULE, SYMBOLS };

static void find_symbols(const struct sb_image *image, const char *path, uint64_t *values)
{
    static const char *const names[SYMBOLS] = {"executor_globals", "module_registry",
                                               "sapi_globals", "sapi_module"};
    char files[2][PATH_BYTES + 64];

    for (int i = 0; i < SYMBOLS; i++)
        values[i] = sb_elf_symbol(image, names[i]);
    if (values[MODULE_REGISTRY])
        return;
    snprintf(files[0], sizeof files[0], "/proc/%d/root%s", (int)image->remote->pid, path);
    snprintf(files[1], sizeof files[1], "/proc/%d/exe", (int)image->remote->pid);
    for (int file = 0; file < 2 && !values[MODULE_REGISTRY]; file++) {
        if (!sb_elf_file_symbols(files[file], names, values, SYMBOLS))
            continue;
        for (int i = 0; i < SYMBOLS; i++)
            values[i] = values[i] ? values[i] + image->bias : 0;
    }
}

static enum sb_status try_candidate(const struct sb_remote *remote, const struct candidate *found,
                                    struct survey *survey, char *detail)
{
    struct sb_php *php = survey->php;
    struct sb_image image;
    uint64_t values[SYMBOLS];
    enum sb_status status = sb_elf_open(remote, found->base, &image);

    if (status != SB_OK)
        return status == SB_READ_FAULT ? SB_NOT_PHP : status;
    find_symbols(&image, found->path, values);
    if (!values[MODULE_REGISTRY])
        return SB_NOT_PHP;
    status = read_version(remote, values[MODULE_REGISTRY], php, detail);
    if (status != SB_OK)
        return status;
    if (!values[EXECUTOR_GLOBALS] && !survey->hints->executor_globals)
        return SB_NOT_PHP;
    php->executor_globals = values[EXECUTOR_GLOBALS];
    php->sapi_globals = values[SAPI_GLOBALS];
    php->sapi = read_sapi(remote, values[SAPI_MODULE]);
    return SB_OK;
}

enum sb_status sb_php_find(const struct sb_remote *remote, const struct sb_php_hints *hints,
                           struct sb_php *php, char *detail)
{
    static const struct sb_php_hints no_hints;
    struct survey survey = {.php = php, .hints = hints ? hints : &no_hints};
    enum sb_status status = SB_NOT_PHP;
    struct stat program;
    char link[64];
    ssize_t len;

    memset(php, 0, sizeof *php);
    detail[0] = '\0';
    snprintf(link, sizeof link, "/proc/%d/exe", (int)remote->pid);
    len = readlink(link, survey.program, sizeof survey.program - 1);
    survey.program[len > 0 ? len : 0] = '\0';
    if (stat(link, &program) == 0) {
        php->device = program.st_dev;
        php->inode = program.st_ino;
    }
    errno = 0;
    if (sb_maps_walk(remote->pid, look_at, &survey) != 0)
        return errno == ENOENT || errno == ESRCH ? SB_NO_PROCESS : SB_NOT_PERMITTED;
    for (unsigned i = 0; i < survey.count; i++) {
        status = try_candidate(remote, &survey.candidates[i], &survey, detail);
        if (status != SB_NOT_PHP)
            break;
    }
    status = sb_hints_apply(survey.hints, remote, status, php, detail);
    for (unsigned i = 0; status == SB_OK && i < survey.shared_count && !php->restarts; i++) {
        php->restarts = sb_opcache_restarts(remote, &survey.shared[i]);
        if (php->restarts)
            add_span(php->stable, &php->stable_count, SB_STABLE_MAX, survey.shared[i]);
    }
    php->key = sb_mix(php->key ^ php->executor_globals);
    return status;
}

int sb_php_is_stable(const struct sb_php *php, uint64_t addr)
{
    for (unsigned i = 0; i < php->stable_count; i++)
        if (addr >= php->stable[i].start && addr < php->stable[i].end)
            return 1;
    return 0;
}
