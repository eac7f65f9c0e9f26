/* Parses and matches process patterns. */
#include "pattern.h"
#include <stdio.h>
#include <string.h>

enum { WORD_BYTES = 512 };

/* The next word of a shell-like string, with quotes and backslashes undone. 0 at the end, -1 for a
 * quote that is not closed or a word that is too long. */
static int next_word(const char **at, char *word)
{
    char quote = '\0';
    size_t len = 0;
    while (**at == ' ' || **at == '\t')
        ++*at;
    if (!**at)
        return 0;
    for (; **at && (quote || (**at != ' ' && **at != '\t')); ++*at) {
        char c = **at;
        if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? '\0' : c;
            continue;
        }
        if (len + 1 >= WORD_BYTES)
            return -1;
        word[len++] = c;
    }
    word[len] = '\0';
    return quote ? -1 : 1;
}

static int fail(char *error, const char *sentence, const char *word)
{
    snprintf(error, SB_PATTERN_ERROR_BYTES, sentence, word);
    return 0;
}

/* One option word, such as `-x`, `-xf` or `--exact`. */
static int take_option(struct sb_pattern *pattern, const char *word, char *error)
{
    if (strcmp(word, "--exact") == 0) {
        pattern->is_exact = 1;
    } else if (strcmp(word, "--full") == 0) {
        pattern->is_full = 1;
    } else if (word[1] != '-' && strspn(word + 1, "xf") == strlen(word + 1)) {
        pattern->is_exact |= strchr(word, 'x') != NULL;
        pattern->is_full |= strchr(word, 'f') != NULL;
    } else {
        return fail(error,
                    "Option -P does not know the pgrep argument '%.100s'; it knows -x and -f.",
                    word);
    }
    return 1;
}

static int compile(struct sb_pattern *pattern, const char *expression, char *error)
{
    char anchored[WORD_BYTES + 8];
    int code;
    if (!*expression)
        return fail(error, "Option -P needs a pattern%s.", "");
    if (strlen(expression) >= WORD_BYTES)
        return fail(error, "The pattern of option -P is too long%s.", "");
    snprintf(anchored, sizeof anchored, pattern->is_exact ? "^(%s)$" : "%s", expression);
    code = regcomp(&pattern->regex, anchored, REG_EXTENDED | REG_NOSUB);
    if (code != 0)
        return fail(error, "Option -P: '%.100s' is no extended regular expression.", expression);
    return 1;
}

int sb_pattern_compile(struct sb_pattern *pattern, const char *text, char *error)
{
    char word[WORD_BYTES], expression[WORD_BYTES] = "";
    const char *at = text;
    int more, has_expression = 0, are_options = 1;

    pattern->is_exact = pattern->is_full = 0;
    while (*at == ' ' || *at == '\t')
        at++;
    if (*at != '-' && *at != '"' && *at != '\'')
        return compile(pattern, text, error);
    while ((more = next_word(&at, word)) > 0) {
        if (are_options && strcmp(word, "--") == 0) {
            are_options = 0;
        } else if (are_options && word[0] == '-' && word[1]) {
            if (!take_option(pattern, word, error))
                return 0;
        } else if (has_expression) {
            return fail(error, "Option -P has more than one pattern: '%.100s'.", word);
        } else {
            memcpy(expression, word, sizeof expression);
            has_expression = 1;
        }
    }
    if (more < 0)
        return fail(error, "The pgrep arguments of option -P are not well quoted%s.", "");
    return compile(pattern, expression, error);
}

static int matches(const struct sb_pattern *pattern, const char *text)
{
    return *text && regexec(&pattern->regex, text, 0, NULL, 0) == 0;
}

int sb_pattern_matches(const struct sb_pattern *pattern, const struct sb_identity *identity)
{
    if (pattern->is_full)
        return matches(pattern, identity->full);
    return matches(pattern, identity->comm) || matches(pattern, identity->program) ||
           (!pattern->is_exact && matches(pattern, identity->title));
}

void sb_pattern_free(struct sb_pattern *pattern)
{
    regfree(&pattern->regex);
}
