/* The processes that a run is about: patterns, of which one must match, and conditions, which must
 * all hold. */
#ifndef SB_SELECTION_H
#define SB_SELECTION_H

#include "pattern.h"

enum { SB_PATTERNS_MAX = 8, SB_CONDITIONS_MAX = 8 };

/* What a condition looks at. */
enum sb_aspect { SB_ASPECT_COMM, SB_ASPECT_CMDLINE, SB_ASPECT_EXE, SB_ASPECT_CGROUP };

struct sb_condition {
    enum sb_aspect aspect;
    regex_t regex;
};

struct sb_selection {
    struct sb_pattern patterns[SB_PATTERNS_MAX];
    unsigned pattern_count;
    struct sb_condition conditions[SB_CONDITIONS_MAX];
    unsigned condition_count;
    struct sb_id_list parents; /* --children-of */
};

/* Each adds one part; false with a sentence in `error` (SB_PATTERN_ERROR_BYTES). `option` is what
 * the sentence names. */
int sb_selection_add_pattern(struct sb_selection *selection, const char *text, char *error);
int sb_selection_add_condition(struct sb_selection *selection, enum sb_aspect aspect,
                               const char *option, const char *text, char *error);
int sb_selection_add_parent(struct sb_selection *selection, pid_t parent, char *error);

/* True when nothing was added: no process is meant. */
int sb_selection_is_empty(const struct sb_selection *selection);

/* What must be known of a process, beyond its names, to tell: bits. */
enum { SB_NEEDS_OWNER = 1, SB_NEEDS_CGROUP = 2 };
unsigned sb_selection_needs(const struct sb_selection *selection);

/* Whether a process is meant. `picks` gets the pattern that matched when that wants only the newest
 * or oldest one, else NULL. */
int sb_selection_matches(const struct sb_selection *selection, const struct sb_identity *identity,
                         const struct sb_pattern **picks);

/* Whether a process that was forked by one that is meant is meant as well, by what it inherits. */
int sb_selection_is_inherited(const struct sb_selection *selection);

void sb_selection_free(struct sb_selection *selection);

#endif
