/* Counts columns, and lets only visible characters through. */
#include "pen.h"
#include "glyph.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void put(struct sb_pen *pen, const char *text)
{
    sb_output_put(pen->output, text, strlen(text));
}

int sb_pen_begin(struct sb_pen *pen)
{
    if (pen->lines <= 0)
        return 0;
    pen->lines--;
    pen->left = pen->columns;
    /* Erased first: behind a full line the cursor stands on its last character. */
    if (pen->is_screen)
        put(pen, pen->is_first ? "\033[H\033[K" : "\r\n\033[K");
    pen->is_first = 0;
    return 1;
}

void sb_pen_end(struct sb_pen *pen)
{
    sb_pen_color(pen, "");
    if (!pen->is_screen)
        put(pen, "\n");
}

void sb_pen_color(struct sb_pen *pen, const char *color)
{
    if (!pen->has_color || (!*color && !pen->is_colored))
        return;
    put(pen, "\033[0");
    if (*color) {
        put(pen, ";");
        put(pen, color);
    }
    put(pen, "m");
    pen->is_colored = *color != '\0';
}

static const char *mark(const struct sb_pen *pen)
{
    return pen->is_utf8 ? "\xe2\x80\xa6" : "~"; /* an ellipsis */
}

/* What fits into `columns`. */
static void put_some(struct sb_pen *pen, const char *bytes, size_t len, int columns)
{
    while (len) {
        struct sb_glyph glyph = sb_glyph_first(bytes, len, pen->is_utf8);
        if (glyph.columns > columns)
            return;
        if (glyph.is_hidden)
            put(pen, "?");
        else
            sb_output_put(pen->output, bytes, glyph.len);
        columns -= glyph.columns;
        pen->left -= glyph.columns;
        bytes += glyph.len;
        len -= glyph.len;
    }
}

static void put_mark(struct sb_pen *pen)
{
    put(pen, mark(pen));
    pen->left--;
}

void sb_pen_text(struct sb_pen *pen, const char *bytes, size_t len)
{
    int columns = sb_glyph_columns(bytes, len, pen->is_utf8);
    if (pen->left <= 0)
        return;
    if (columns <= pen->left) {
        put_some(pen, bytes, len, columns);
        return;
    }
    put_some(pen, bytes, len, pen->left - 1);
    put_mark(pen);
    pen->left = 0;
}

void sb_pen_tail(struct sb_pen *pen, const char *bytes, size_t len, int columns)
{
    int needed = sb_glyph_columns(bytes, len, pen->is_utf8);
    if (columns > pen->left)
        columns = pen->left;
    if (columns <= 0)
        return;
    if (needed > columns) {
        put_mark(pen);
        columns--;
    }
    while (needed > columns) {
        struct sb_glyph glyph = sb_glyph_first(bytes, len, pen->is_utf8);
        needed -= glyph.columns;
        bytes += glyph.len;
        len -= glyph.len;
    }
    put_some(pen, bytes, len, columns);
}

void sb_pen_print(struct sb_pen *pen, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sb_pen_text(pen, text, strlen(text));
}

void sb_pen_pad(struct sb_pen *pen, int columns)
{
    for (; columns > 0 && pen->left > 0; columns--, pen->left--)
        put(pen, " ");
}
