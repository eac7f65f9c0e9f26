/* What all options have in common. */
#include "option_values.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum sb_status sb_refuse(struct sb_parsing *parsing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parsing->error, SB_OPTION_ERROR_BYTES, format, arguments);
    va_end(arguments);
    return SB_USAGE;
}

enum sb_status sb_read_number(struct sb_parsing *parsing, const char *text, uint64_t low,
                              uint64_t high, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || *value < low || *value > high)
        return sb_refuse(parsing, "Option %s needs a whole number from %llu to %llu, not '%.60s'.",
                         parsing->name, (unsigned long long)low, (unsigned long long)high, text);
    return SB_OK;
}
