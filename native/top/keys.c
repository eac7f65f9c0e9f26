/* Letters, and the sequences that terminals send for arrows and their neighbours. */
#include "keys.h"

enum { PLAIN, AFTER_ESCAPE, IN_SS3, IN_CSI, IN_CSI_REST };

enum { NUMBER_MAX = 100 };

static enum sb_key letter(unsigned char byte)
{
    switch (byte) {
    case 'q':
    case 'Q':
        return SB_KEY_QUIT;
    case 's':
        return SB_KEY_BY_SELF;
    case 't':
        return SB_KEY_BY_TOTAL;
    case 'p':
        return SB_KEY_PAUSE;
    case 'c':
        return SB_KEY_CLEAR;
    case 'u':
        return SB_KEY_REQUESTS;
    case 'h':
    case '?':
        return SB_KEY_HELP;
    case 'k':
        return SB_KEY_UP;
    case 'j':
        return SB_KEY_DOWN;
    case 'g':
        return SB_KEY_HOME;
    case 'G':
        return SB_KEY_END;
    case 'b':
        return SB_KEY_PAGE_UP;
    case ' ':
        return SB_KEY_PAGE_DOWN;
    case 'L' & 0x1f: /* control */
        return SB_KEY_REDRAW;
    default:
        return SB_KEY_NONE;
    }
}

/* `number` is what stands before a tilde. */
static enum sb_key special(unsigned char final, int number)
{
    static const enum sb_key numbered[] = {
        [1] = SB_KEY_HOME,      [4] = SB_KEY_END,  [5] = SB_KEY_PAGE_UP,
        [6] = SB_KEY_PAGE_DOWN, [7] = SB_KEY_HOME, [8] = SB_KEY_END,
    };
    switch (final) {
    case 'A':
        return SB_KEY_UP;
    case 'B':
        return SB_KEY_DOWN;
    case 'H':
        return SB_KEY_HOME;
    case 'F':
        return SB_KEY_END;
    case '~':
        return number <= 8 ? numbered[number] : SB_KEY_NONE;
    default:
        return SB_KEY_NONE;
    }
}

enum sb_key sb_keys_next(struct sb_keys *keys, unsigned char byte)
{
    int state = keys->state;
    keys->state = PLAIN;
    if (byte == 0x1b) {
        keys->state = AFTER_ESCAPE;
        return SB_KEY_NONE;
    }
    if (state == AFTER_ESCAPE && (byte == '[' || byte == 'O')) {
        *keys = (struct sb_keys){.state = byte == '[' ? IN_CSI : IN_SS3};
        return SB_KEY_NONE;
    }
    if (state == IN_CSI && byte < 0x40) {
        keys->state = byte >= '0' && byte <= '9' ? IN_CSI : IN_CSI_REST;
        if (keys->state == IN_CSI && keys->number < NUMBER_MAX)
            keys->number = keys->number * 10 + (byte - '0');
        return SB_KEY_NONE;
    }
    if (state == IN_CSI_REST && byte < 0x40) {
        keys->state = IN_CSI_REST;
        return SB_KEY_NONE;
    }
    if (state == IN_CSI || state == IN_CSI_REST || state == IN_SS3)
        return special(byte, keys->number);
    return letter(byte); /* also behind a lone Escape */
}
