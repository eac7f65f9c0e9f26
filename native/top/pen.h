/* Writes a screen, or plain lines, such that no line grows wider than it may. */
#ifndef SB_PEN_H
#define SB_PEN_H

#include "output.h"

enum { SB_PEN_UNLIMITED = 1 << 30 };

/* The owner sets all but `left`. Colours are SGR parameters, such as "1;31". */
struct sb_pen {
    struct sb_output *output; /* with an open record */
    int columns, lines;       /* of a line; left on the screen */
    int is_screen;            /* lines erase what was there, and stand below each other */
    int is_utf8, has_color;
    int left; /* columns of the open line */
    int is_first, is_colored;
};

/* Opens a line; false when the screen has no more. */
int sb_pen_begin(struct sb_pen *pen);
void sb_pen_end(struct sb_pen *pen);

/* Text of any origin; where it does not fit it is cut and ends with a mark. */
void sb_pen_text(struct sb_pen *pen, const char *bytes, size_t len);

/* The same of at most `columns`; what does not fit is cut from its start. */
void sb_pen_tail(struct sb_pen *pen, const char *bytes, size_t len, int columns);

/* At most 255 bytes. */
__attribute__((format(printf, 2, 3))) void sb_pen_print(struct sb_pen *pen, const char *format,
                                                        ...);

/* Spaces. */
void sb_pen_pad(struct sb_pen *pen, int columns);

/* Until the next one or the end of the line; "" is none. */
void sb_pen_color(struct sb_pen *pen, const char *color);

#endif
