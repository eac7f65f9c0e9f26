/* Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
#include "glyph.h"
#include <stdint.h>
#include <wchar.h>

/* Bytes of the character at `bytes`, or 0 when it is none. */
static size_t decode(const unsigned char *bytes, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = bytes[0] < 0x80             ? 1
                  : (bytes[0] & 0xe0) == 0xc0 ? 2
                  : (bytes[0] & 0xf0) == 0xe0 ? 3
                  : (bytes[0] & 0xf8) == 0xf0 ? 4
                                              : 0;
    if (need == 0 || need > len)
        return 0;
    *code = need == 1 ? bytes[0] : bytes[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3fu);
    }
    if (*code < least[need] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
        return 0;
    return need;
}

/* Formatting characters: text could be made to look like other text. */
static int is_invisible(uint32_t code)
{
    return code == 0xad || code == 0x61c || code == 0x180e || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe0fff);
}

struct sb_glyph sb_glyph_first(const char *bytes, size_t len, int is_utf8)
{
    const struct sb_glyph hidden = {.len = 1, .columns = 1, .is_hidden = 1};
    uint32_t code;
    size_t took = decode((const unsigned char *)bytes, len, &code);
    int columns;
    if (took == 1 && code >= 0x20 && code != 0x7f)
        return (struct sb_glyph){1, 1, 0};
    if (took < 2 || !is_utf8)
        return hidden;
    columns = is_invisible(code) ? -1 : wcwidth((wchar_t)code);
    if (columns < 0)
        return (struct sb_glyph){.len = took, .columns = 1, .is_hidden = 1};
    return (struct sb_glyph){took, columns, 0};
}

int sb_glyph_columns(const char *bytes, size_t len, int is_utf8)
{
    int columns = 0;
    while (len) {
        struct sb_glyph glyph = sb_glyph_first(bytes, len, is_utf8);
        columns += glyph.columns;
        bytes += glyph.len;
        len -= glyph.len;
    }
    return columns;
}
