/* Parses and matches process patterns. */
#include "pattern.h"
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 32, TEXT_BYTES_MAX = 1024, PID_BYTES = 32 };

static int fail(char *error, const char *sentence, const char *word)
{
    snprintf(error, SB_PATTERN_ERROR_BYTES, sentence, word);
    return 0;
}

/* Splits a shell-like string in place, with quotes and backslashes undone. -1 for a quote that is
 * not closed or too many words. */
static int split(char *text, char *words[WORDS_MAX])
{
    char *from = text, *to = text;
    int count = 0;
    for (;;) {
        char quote = '\0';
        while (*from == ' ' || *from == '\t')
            from++;
        if (!*from)
            return count;
        if (count == WORDS_MAX - 1)
            return -1;
        words[count++] = to;
        for (; *from && (quote || (*from != ' ' && *from != '\t')); from++) {
            if (quote ? *from == quote : *from == '"' || *from == '\'')
                quote = quote ? '\0' : *from;
            else
                *to++ = *from;
        }
        if (quote)
            return -1;
        if (*from)
            from++;
        *to++ = '\0';
    }
}

/* A comma list of numbers, or of users' names as well. */
static int add_ids(struct sb_id_list *list, char *text, int are_users, char *error)
{
    char *rest = text, *item;
    while ((item = strsep(&rest, ",")) != NULL) {
        char *end;
        long long id = strtoll(item, &end, 10);
        const struct passwd *user = NULL;
        if (list->count == SB_PATTERN_IDS_MAX)
            return fail(error, "Option -P: more than 16 numbers, at '%.100s'.", item);
        if (*item && !*end && id >= 0)
            list->ids[list->count++] = id;
        else if (are_users && (user = getpwnam(item)) != NULL)
            list->ids[list->count++] = user->pw_uid;
        else
            return fail(error,
                        are_users ? "Option -P: there is no user '%.100s'."
                                  : "Option -P: '%.100s' is no number.",
                        item);
    }
    return 1;
}

static int compile(struct sb_pattern *pattern, const char *expression, int flags, char *error)
{
    char anchored[TEXT_BYTES_MAX + 8];
    if (!*expression)
        return fail(error, "Option -P needs a pattern%s.", "");
    if (strlen(expression) >= TEXT_BYTES_MAX)
        return fail(error, "The pattern of option -P is too long%s.", "");
    snprintf(anchored, sizeof anchored, pattern->is_exact ? "^(%s)$" : "%s", expression);
    if (regcomp(&pattern->regex, anchored, REG_EXTENDED | REG_NOSUB | flags) != 0)
        return fail(error, "Option -P: '%.100s' is no extended regular expression.", expression);
    pattern->has_regex = 1;
    return 1;
}

static int take_argument(struct sb_pattern *pattern, int option, int *flags, char *error)
{
    switch (option) {
    case 'x':
        pattern->is_exact = 1;
        return 1;
    case 'f':
        pattern->is_full = 1;
        return 1;
    case 'i':
        *flags = REG_ICASE;
        return 1;
    case 'n':
        pattern->pick = SB_PICK_NEWEST;
        return 1;
    case 'o':
        pattern->pick = SB_PICK_OLDEST;
        return 1;
    case 'F':
        pattern->pid_file = optarg;
        return 1;
    case 'u':
        return add_ids(&pattern->users, optarg, 1, error);
    case 'U':
        return add_ids(&pattern->real_users, optarg, 1, error);
    case 'P':
        return add_ids(&pattern->parents, optarg, 0, error);
    default:
        return add_ids(&pattern->groups, optarg, 0, error);
    }
}

static int compile_arguments(struct sb_pattern *pattern, int count, char **words, char *error)
{
    static const struct option names[] = {
        {"exact", no_argument, NULL, 'x'},
        {"full", no_argument, NULL, 'f'},
        {"ignore-case", no_argument, NULL, 'i'},
        {"newest", no_argument, NULL, 'n'},
        {"oldest", no_argument, NULL, 'o'},
        {"euid", required_argument, NULL, 'u'},
        {"uid", required_argument, NULL, 'U'},
        {"parent", required_argument, NULL, 'P'},
        {"pgroup", required_argument, NULL, 'g'},
        {"pidfile", required_argument, NULL, 'F'},
        {NULL, 0, NULL, 0},
    };
    int option, flags = 0, has_criteria;

    optind = 0; /* starts getopt over */
    opterr = 0;
    while ((option = getopt_long(count, words, ":xfinou:U:P:g:F:", names, NULL)) != -1) {
        const char letter[] = {'-', (char)optopt, '\0'};
        const char *culprit = optopt ? letter : words[optind - 1];
        if (option == ':')
            return fail(error, "Option -P: pgrep's '%.100s' needs a value.", culprit);
        if (option == '?')
            return fail(error,
                        "Option -P does not know the pgrep argument '%.100s'; it knows -x -f -i -u "
                        "-U -P -g -n -o and --pidfile.",
                        culprit);
        if (!take_argument(pattern, option, &flags, error))
            return 0;
    }
    has_criteria = pattern->users.count || pattern->real_users.count || pattern->parents.count ||
                   pattern->groups.count || pattern->pid_file;
    if (count - optind > 1)
        return fail(error, "Option -P has more than one pattern: '%.100s'.", words[optind + 1]);
    if (optind < count)
        return compile(pattern, words[optind], flags, error);
    return has_criteria ? 1 : fail(error, "Option -P needs a pattern%s.", "");
}

static int compile_words(struct sb_pattern *pattern, const char *text, char *error)
{
    char *words[WORDS_MAX + 1], program[] = "pgrep";
    int count;

    pattern->words = strdup(text);
    if (!pattern->words)
        return fail(error, "Out of memory%s.", "");
    words[0] = program;
    count = split(pattern->words, words + 1);
    if (count < 0)
        return fail(error, "The pgrep arguments of option -P are not well quoted%s.", "");
    words[count + 1] = NULL;
    return compile_arguments(pattern, count + 1, words, error);
}

int sb_pattern_compile(struct sb_pattern *pattern, const char *text, char *error)
{
    int is_compiled;
    *pattern = (struct sb_pattern){0};
    while (*text == ' ' || *text == '\t')
        text++;
    is_compiled = *text == '-' || *text == '"' || *text == '\''
                      ? compile_words(pattern, text, error)
                      : compile(pattern, text, 0, error);
    if (!is_compiled)
        sb_pattern_free(pattern);
    return is_compiled;
}

static int matches(const struct sb_pattern *pattern, const char *text)
{
    return *text && regexec(&pattern->regex, text, 0, NULL, 0) == 0;
}

static int has_id(const struct sb_id_list *list, int64_t id)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->ids[i] == id)
            return 1;
    return list->count == 0;
}

static int is_in_file(const char *path, pid_t pid)
{
    char text[PID_BYTES];
    FILE *file = fopen(path, "re");
    int is_there = 0;
    if (!file)
        return 0;
    while (!is_there && fgets(text, sizeof text, file))
        is_there = strtol(text, NULL, 10) == pid;
    fclose(file);
    return is_there;
}

int sb_pattern_matches(const struct sb_pattern *pattern, const struct sb_identity *identity)
{
    if (!has_id(&pattern->users, identity->user) ||
        !has_id(&pattern->real_users, identity->real_user) ||
        !has_id(&pattern->parents, identity->parent) ||
        !has_id(&pattern->groups, identity->group) ||
        (pattern->pid_file && !is_in_file(pattern->pid_file, identity->pid)))
        return 0;
    if (!pattern->has_regex)
        return 1;
    if (pattern->is_full)
        return matches(pattern, identity->full);
    return matches(pattern, identity->comm) || matches(pattern, identity->program) ||
           (!pattern->is_exact && matches(pattern, identity->title));
}

void sb_pattern_free(struct sb_pattern *pattern)
{
    if (pattern->has_regex)
        regfree(&pattern->regex);
    free(pattern->words);
    pattern->words = NULL;
    pattern->has_regex = 0;
}
