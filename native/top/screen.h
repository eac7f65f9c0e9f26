/* The terminal: taken over, given back, listened to. Knows nothing of what is shown. */
#ifndef SB_SCREEN_H
#define SB_SCREEN_H

#include "output.h"
#include <termios.h>

enum {
    SB_SCREEN_COLUMNS_MAX = 400, /* a whole screen must fit into the output's buffer */
    SB_SCREEN_LINES_MAX = 200,
};

/* What ended a wait. */
enum sb_stir {
    SB_STIR_NONE, /* the time came, or a signal for somebody else */
    SB_STIR_KEYS,
    SB_STIR_REDRAW, /* another size, or back in the foreground */
    SB_STIR_GONE,   /* the terminal */
};

struct sb_screen {
    struct sb_output *output; /* to the terminal; NULL when there is none */
    int keys_fd, signals_fd;
    int group; /* of processes that the shell gives the terminal to as one */
    struct termios saved;
    int has_signals, is_entered;
};

/* Finds out whether the output is a terminal that can be drawn on; if so it is opened anew, to be
 * read and written without waiting, and standard input is taken from whoever is started later.
 * False when it is not: then nothing was changed, and the other functions do nothing. */
int sb_screen_open(struct sb_screen *screen, struct sb_output *output);
void sb_screen_close(struct sb_screen *screen);

/* The alternate screen without cursor, line editing and echo. HUP, QUIT and other signals that end
 * a program do from now on what TERM does. */
void sb_screen_enter(struct sb_screen *screen);

/* All as it was before. What is to be seen afterwards must be written after it. */
void sb_screen_leave(struct sb_screen *screen);

/* True when it may be drawn on: it is ours, and took what was written before. Enters and leaves as
 * the shell moves us to the foreground and the background. */
int sb_screen_is_ready(struct sb_screen *screen);

void sb_screen_size(const struct sb_screen *screen, int *columns, int *lines);

/* Waits until `deadline_ns` (CLOCK_MONOTONIC), or less. */
enum sb_stir sb_screen_wait(struct sb_screen *screen, uint64_t deadline_ns);

/* What was typed, at most `size` bytes; without waiting. */
size_t sb_screen_read(struct sb_screen *screen, unsigned char *bytes, size_t size);

#endif
