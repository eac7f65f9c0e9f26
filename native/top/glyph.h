/* Text of other processes, one character at a time, as far as a terminal may see it. */
#ifndef SB_GLYPH_H
#define SB_GLYPH_H

#include <stddef.h>

struct sb_glyph {
    size_t len;    /* bytes that it takes; at least 1 */
    int columns;   /* 0 for what joins the character before it, 2 for wide ones */
    int is_hidden; /* must not reach a terminal: is shown as '?' */
};

/* The first character of `bytes` (`len` > 0). Hidden are control characters, bytes that are no
 * UTF-8, and what is invisible or reorders text. Without `is_utf8` all that is not ASCII is hidden.
 * Needs a UTF-8 locale in force (uselocale) for the width of what is not ASCII. */
struct sb_glyph sb_glyph_first(const char *bytes, size_t len, int is_utf8);

/* Columns of a whole text. */
int sb_glyph_columns(const char *bytes, size_t len, int is_utf8);

#endif
