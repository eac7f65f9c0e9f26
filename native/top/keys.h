/* From the bytes of a keyboard to keys. */
#ifndef SB_KEYS_H
#define SB_KEYS_H

enum sb_key {
    SB_KEY_NONE, /* not the end of a key, or none that is known */
    SB_KEY_QUIT,
    SB_KEY_BY_SELF,
    SB_KEY_BY_TOTAL,
    SB_KEY_PAUSE,
    SB_KEY_CLEAR,
    SB_KEY_REQUESTS,
    SB_KEY_HELP,
    SB_KEY_UP,
    SB_KEY_DOWN,
    SB_KEY_PAGE_UP,
    SB_KEY_PAGE_DOWN,
    SB_KEY_HOME,
    SB_KEY_END,
    SB_KEY_REDRAW,
};

/* Zeroed memory is the state between two keys. Escape sequences come in pieces. */
struct sb_keys {
    int state;
    int number; /* the first one of an escape sequence */
};

enum sb_key sb_keys_next(struct sb_keys *keys, unsigned char byte);

#endif
