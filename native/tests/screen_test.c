/* Characters, keys, and what happens to a terminal. */
#include "check.h"
#include "clock.h"
#include "glyph.h"
#include "keys.h"
#include "pen.h"
#include "screen.h"
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

static void cuts_names_at_their_start_and_texts_at_their_end(void)
{
    static const char wide[] = "a\xe6\xbc\xa2\xe5\xad\x97z"; /* two of two columns within */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = uselocale(utf8);
    struct sb_output output;
    struct sb_pen pen = {.output = &output, .columns = 8, .lines = 4, .is_utf8 = 1};
    CHECK(sb_output_open(&output, "/dev/null") == SB_OK);
    sb_output_begin(&output);
    CHECK(sb_pen_begin(&pen));
    sb_pen_tail(&pen, wide, strlen(wide), 6);
    CHECK(pen.left == 2);
    sb_pen_end(&pen);
    CHECK(sb_pen_begin(&pen));
    sb_pen_tail(&pen, wide, strlen(wide), 5);
    CHECK(pen.left == 4);
    sb_pen_end(&pen);
    CHECK(sb_pen_begin(&pen));
    sb_pen_print(&pen, "12345");
    sb_pen_text(&pen, wide, strlen(wide));
    sb_pen_text(&pen, "more", 4);
    sb_pen_end(&pen);
    CHECK(sb_pen_begin(&pen));
    sb_pen_text(&pen, "e\xcc\x81xact 678", 11); /* with a combining accent */
    sb_pen_end(&pen);
    CHECK(!sb_pen_begin(&pen));
    output.buffer[output.end] = '\0';
    CHECK_TEXT(output.buffer, "a\xe6\xbc\xa2\xe5\xad\x97z\n"
                              "\xe2\x80\xa6\xe5\xad\x97z\n"
                              "12345a\xe2\x80\xa6\n"
                              "e\xcc\x81xact 6\xe2\x80\xa6\n");
    sb_output_close(&output);
    uselocale(before);
    freelocale(utf8);
}

static void refuses_what_only_looks_like_utf8(void)
{
    static const char *const hidden[] = {"\x80",
                                         "\xc0\x80",
                                         "\xe0\x80\x80",
                                         "\xed\xa0\x80",
                                         "\xf5\x80\x80\x80",
                                         "\xf0\x8f\xbf\xbf",
                                         "\xf8\x88\x80\x80",
                                         "\xe2\x80\x8b",
                                         "\xef\xbb\xbf",
                                         "\xc2\x85",
                                         "\x01"};
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = uselocale(utf8);
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        CHECK(sb_glyph_first(hidden[i], strlen(hidden[i]), 1).is_hidden);
    CHECK(sb_glyph_columns("\xe2\x82", 2, 1) == 2);
    CHECK(sb_glyph_columns("\xf0\x9f\x90\x98", 4, 1) == 2);
    uselocale(before);
    freelocale(utf8);
}

static void knows_keys_that_come_in_pieces(void)
{
    static const struct {
        const char *bytes;
        enum sb_key key;
    } cases[] = {
        {"q", SB_KEY_QUIT},          {"\033[A", SB_KEY_UP},         {"\033OB", SB_KEY_DOWN},
        {"\033[5~", SB_KEY_PAGE_UP}, {"\033[6~", SB_KEY_PAGE_DOWN}, {"\033[1;5H", SB_KEY_HOME},
        {"\033[4~", SB_KEY_END},     {"\033[200~", SB_KEY_NONE},    {"\033[15~", SB_KEY_NONE},
        {"\033[Z", SB_KEY_NONE},     {"\033q", SB_KEY_QUIT},        {"\033\033[B", SB_KEY_DOWN},
        {"\xc3\xa4", SB_KEY_NONE},   {"\f", SB_KEY_REDRAW}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_keys keys = {0};
        enum sb_key key = SB_KEY_NONE;
        for (const char *at = cases[i].bytes; *at; at++) {
            CHECK(key == SB_KEY_NONE);
            key = sb_keys_next(&keys, (unsigned char)*at);
        }
        CHECK(key == cases[i].key);
        CHECK(sb_keys_next(&keys, 'q') == SB_KEY_QUIT);
    }
}

/* What the terminal was sent. */
static const char *received(int terminal)
{
    static char bytes[4096];
    ssize_t got = read(terminal, bytes, sizeof bytes - 1);
    bytes[got > 0 ? got : 0] = '\0';
    return bytes;
}

static int open_terminal(struct sb_output *output)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    CHECK(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    CHECK(sb_output_open(output, ptsname(terminal)) == SB_OK);
    return terminal;
}

static void gives_the_terminal_back_as_it_was(void)
{
    struct sb_output output;
    struct sb_screen screen;
    struct termios before, within, after;
    unsigned char byte;
    int terminal = open_terminal(&output);
    tcgetattr(output.fd, &before);
    setenv("TERM", "dumb", 1);
    CHECK(!sb_screen_open(&screen, &output));
    setenv("TERM", "xterm", 1);
    CHECK(sb_screen_open(&screen, &output));
    CHECK_TEXT(received(terminal), "");
    sb_screen_enter(&screen);
    CHECK_TEXT(received(terminal), "\033[?1049h\033[?25l\033[?7l\033[H\033[2J");
    tcgetattr(output.fd, &within);
    CHECK(!(within.c_lflag & (ICANON | ECHO)) && within.c_lflag & ISIG);
    CHECK(sb_screen_is_ready(&screen));
    CHECK(sb_screen_wait(&screen, 0) == SB_STIR_NONE);
    CHECK(write(terminal, "j", 1) == 1);
    CHECK(sb_screen_wait(&screen, sb_now_ns() + 10 * SB_NS_PER_S) == SB_STIR_KEYS);
    CHECK(sb_screen_read(&screen, &byte, 1) == 1 && byte == 'j');
    CHECK(sb_screen_read(&screen, &byte, 1) == 0);
    sb_screen_leave(&screen);
    sb_screen_leave(&screen);
    CHECK_TEXT(received(terminal), "\033[0m\033[?7h\033[?25h\033[?1049l");
    tcgetattr(output.fd, &after);
    CHECK(before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag);
    CHECK(memcmp(before.c_cc, after.c_cc, sizeof before.c_cc) == 0);
    sb_screen_enter(&screen);
    close(terminal);
    CHECK(sb_screen_wait(&screen, sb_now_ns() + 10 * SB_NS_PER_S) == SB_STIR_GONE);
    CHECK(!sb_screen_is_ready(&screen) || sb_output_flush(&output, 0) == SB_OK);
    sb_screen_close(&screen);
    sb_output_close(&output);
}

/* A terminal that takes nothing holds nobody up, and gets no more screens meanwhile. */
static void waits_for_no_terminal(void)
{
    static char filler[256 << 10];
    struct sb_output output;
    struct sb_screen screen;
    int terminal = open_terminal(&output);
    CHECK(sb_screen_open(&screen, &output));
    sb_screen_enter(&screen);
    memset(filler, 'x', sizeof filler);
    sb_output_begin(&output);
    sb_output_put(&output, filler, sizeof filler);
    CHECK(sb_output_end(&output) == SB_OK);
    CHECK(!sb_screen_is_ready(&screen));
    for (int i = 0; i < 10000 && !sb_screen_is_ready(&screen); i++)
        while (*received(terminal))
            ;
    CHECK(sb_screen_is_ready(&screen));
    sb_screen_close(&screen);
    sb_output_close(&output);
    close(terminal);
}

int main(void)
{
    cuts_names_at_their_start_and_texts_at_their_end();
    refuses_what_only_looks_like_utf8();
    knows_keys_that_come_in_pieces();
    gives_the_terminal_back_as_it_was();
    waits_for_no_terminal();
    return 0;
}
