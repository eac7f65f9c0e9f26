/* Combines patterns and conditions. */
#include "selection.h"
#include <stdio.h>

static int fail(char *error, const char *sentence, const char *option, const char *text)
{
    snprintf(error, SB_PATTERN_ERROR_BYTES, sentence, option, text);
    return 0;
}

int sb_selection_add_pattern(struct sb_selection *selection, const char *text, char *error)
{
    if (selection->pattern_count == SB_PATTERNS_MAX)
        return fail(error, "Option %s was given more than 8 times%s.", "-P", "");
    if (!sb_pattern_compile(&selection->patterns[selection->pattern_count], text, error))
        return 0;
    selection->pattern_count++;
    return 1;
}

int sb_selection_add_condition(struct sb_selection *selection, enum sb_aspect aspect,
                               const char *option, const char *text, char *error)
{
    struct sb_condition *condition = &selection->conditions[selection->condition_count];
    if (selection->condition_count == SB_CONDITIONS_MAX)
        return fail(error, "Options such as %s were given more than 8 times%s.", option, "");
    if (!*text || regcomp(&condition->regex, text, REG_EXTENDED | REG_NOSUB) != 0)
        return fail(error, "Option %s: '%.100s' is no extended regular expression.", option, text);
    condition->aspect = aspect;
    selection->condition_count++;
    return 1;
}

int sb_selection_add_parent(struct sb_selection *selection, pid_t parent, char *error)
{
    struct sb_id_list *parents = &selection->parents;
    if (parents->count == SB_PATTERN_IDS_MAX)
        return fail(error, "Option %s was given more than 16 times%s.", "--children-of", "");
    parents->ids[parents->count++] = parent;
    return 1;
}

int sb_selection_is_empty(const struct sb_selection *selection)
{
    return !selection->pattern_count && !selection->condition_count && !selection->parents.count;
}

unsigned sb_selection_needs(const struct sb_selection *selection)
{
    unsigned needs = 0;
    for (unsigned i = 0; i < selection->condition_count; i++)
        if (selection->conditions[i].aspect == SB_ASPECT_CGROUP)
            needs |= SB_NEEDS_CGROUP;
    for (unsigned i = 0; i < selection->pattern_count; i++)
        if (selection->patterns[i].users.count || selection->patterns[i].real_users.count)
            needs |= SB_NEEDS_OWNER;
    return needs;
}

static const char *aspect_of(const struct sb_identity *identity, enum sb_aspect aspect)
{
    switch (aspect) {
    case SB_ASPECT_COMM:
        return identity->comm;
    case SB_ASPECT_CMDLINE:
        return identity->full;
    case SB_ASPECT_EXE:
        return identity->path;
    case SB_ASPECT_CGROUP:
        return identity->cgroup;
    }
    return "";
}

static int is_child(const struct sb_selection *selection, const struct sb_identity *identity)
{
    for (unsigned i = 0; i < selection->parents.count; i++)
        if (selection->parents.ids[i] == identity->parent)
            return 1;
    return selection->parents.count == 0;
}

int sb_selection_matches(const struct sb_selection *selection, const struct sb_identity *identity,
                         const struct sb_pattern **picks)
{
    *picks = NULL;
    if (!is_child(selection, identity))
        return 0;
    for (unsigned i = 0; i < selection->condition_count; i++) {
        const struct sb_condition *condition = &selection->conditions[i];
        if (regexec(&condition->regex, aspect_of(identity, condition->aspect), 0, NULL, 0) != 0)
            return 0;
    }
    for (unsigned i = 0; i < selection->pattern_count; i++) {
        const struct sb_pattern *pattern = &selection->patterns[i];
        if (!sb_pattern_matches(pattern, identity))
            continue;
        *picks = pattern->pick == SB_PICK_ALL ? NULL : pattern;
        return 1;
    }
    return selection->pattern_count == 0;
}

int sb_selection_is_inherited(const struct sb_selection *selection)
{
    for (unsigned i = 0; i < selection->pattern_count; i++) {
        const struct sb_pattern *pattern = &selection->patterns[i];
        if (pattern->pick != SB_PICK_ALL || pattern->pid_file || pattern->parents.count)
            return 0;
    }
    return selection->parents.count == 0;
}

void sb_selection_free(struct sb_selection *selection)
{
    for (unsigned i = 0; i < selection->pattern_count; i++)
        sb_pattern_free(&selection->patterns[i]);
    for (unsigned i = 0; i < selection->condition_count; i++)
        regfree(&selection->conditions[i].regex);
}
