/* Command lines, one word per line; and whether a process is meant by them. Repetition is left out
 * but for a little: the C library's regular expressions may need any time and memory for it, and
 * those who may run a sampler are trusted with their own. */
#include "fuzz.h"
#include "options.h"

enum { WORDS_MAX = 24, WORD_MAX = 200, REPETITIONS_MAX = 2 };

static int is_left_out(const char *word)
{
    int repetitions = 0;
    for (const char *at = word; *at; at++)
        repetitions += strchr("*+?", *at) != NULL;
    return repetitions > REPETITIONS_MAX || strpbrk(word, "{\\") || strlen(word) > WORD_MAX;
}

/* A file that is named by an option of pgrep is read then: any file. */
static int reads_files(const struct sb_selection *selection)
{
    for (unsigned i = 0; i < selection->pattern_count; i++)
        if (selection->patterns[i].pid_file)
            return 1;
    return 0;
}

static void match(const struct sb_options *options, const char *text)
{
    const struct sb_identity identity = {.pid = 7,
                                         .parent = 1,
                                         .comm = text,
                                         .program = text,
                                         .path = text,
                                         .title = text,
                                         .full = text,
                                         .cgroup = text};
    const struct sb_pattern *picks;
    if (!reads_files(&options->selection))
        sb_selection_matches(&options->selection, &identity, &picks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sb_options options;
    struct fuzz_input input = {data, size};
    char program[] = "sampler", *words[WORDS_MAX + 2] = {program};
    char error[SB_OPTION_ERROR_BYTES];
    int count = 1;
    enum sb_status status;

    for (; count <= WORDS_MAX && input.left; count++) {
        words[count] = fuzz_line(&input);
        if (is_left_out(words[count]))
            words[count][0] = '\0';
    }
    words[count] = NULL;
    memset(error, 'x', sizeof error);
    status = sb_options_parse(&options, count, words, error);
    PROMISE(memchr(error, '\0', sizeof error) != NULL);
    PROMISE(status == SB_OK || (status == SB_USAGE && error[0] != '\0'));
    if (status == SB_OK) {
        PROMISE(options.period_ns > 0 && options.max_depth > 0);
        PROMISE(options.wanted_count <= SB_WANTED_MAX && options.pid_count <= SB_PIDS_MAX);
        match(&options, words[count - 1]);
    }
    sb_options_free(&options);
    while (count > 1) /* getopt only changes their order */
        free(words[--count]);
    return 0;
}
