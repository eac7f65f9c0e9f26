/* Options that say where samples go and how they look. */
#include "option_values.h"
#include <string.h>

enum sb_status sb_take_format(struct sb_parsing *parsing, const char *value)
{
    if (strcmp(value, "phpspy") == 0)
        parsing->options->format = SB_FORMAT_TEXT;
    else if (strcmp(value, "stream") == 0)
        parsing->options->format = SB_FORMAT_STREAM;
    else
        return sb_refuse(parsing, "Option --format is phpspy or stream, not '%.60s'.", value);
    return SB_OK;
}

enum sb_status sb_take_top(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->is_top = 1;
    return SB_OK;
}

enum sb_status sb_take_output(struct sb_parsing *parsing, const char *value)
{
    parsing->options->output = value;
    return SB_OK;
}

enum sb_status sb_take_child_stdout(struct sb_parsing *parsing, const char *value)
{
    parsing->options->child_stdout = value;
    return SB_OK;
}

enum sb_status sb_take_child_stderr(struct sb_parsing *parsing, const char *value)
{
    parsing->options->child_stderr = value;
    return SB_OK;
}

enum sb_status sb_take_single_line(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->style.line_end = '\t';
    return SB_OK;
}

/* phpspy cuts at 4,096 bytes unless told otherwise; here only who asks for a bound gets one. */
enum sb_status sb_take_buffer_size(struct sb_parsing *parsing, const char *value)
{
    uint64_t bytes;
    enum sb_status status = sb_read_number(parsing, value, 1, UINT32_MAX, &bytes);
    if (status == SB_OK)
        parsing->options->style.bytes_max =
            bytes < SB_TEXT_BYTES_MAX ? (size_t)bytes : SB_TEXT_BYTES_MAX;
    return status;
}

static enum sb_status set_filter(struct sb_parsing *parsing, const char *value, int is_negated)
{
    struct sb_filter *filter = &parsing->options->filter;
    if (filter->is_set)
        regfree(&filter->regex);
    filter->is_set = regcomp(&filter->regex, value, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0;
    filter->is_negated = is_negated;
    if (!filter->is_set)
        return sb_refuse(parsing, "Option %s: '%.100s' is no extended regular expression.",
                         parsing->name, value);
    return SB_OK;
}

enum sb_status sb_take_filter(struct sb_parsing *parsing, const char *value)
{
    return set_filter(parsing, value, 0);
}

enum sb_status sb_take_negated_filter(struct sb_parsing *parsing, const char *value)
{
    return set_filter(parsing, value, 1);
}

enum sb_status sb_take_verbose_fields(struct sb_parsing *parsing, const char *value)
{
    struct sb_text_style *style = &parsing->options->style;
    for (; *value; value++) {
        if ((*value | 0x20) == 'p')
            style->prints_pid = *value == 'p';
        else if ((*value | 0x20) == 't')
            style->prints_time = *value == 't';
        else
            return sb_refuse(parsing, "Option -d does not know the letter '%c'.", *value);
    }
    return SB_OK;
}

enum sb_status sb_take_continue(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->style.keeps_cut = 1;
    return SB_OK;
}

enum sb_status sb_take_quiet(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->is_quiet = 1;
    return SB_OK;
}

enum sb_status sb_take_event_handler(struct sb_parsing *parsing, const char *value)
{
    if (strcmp(value, "fout") == 0)
        return SB_OK;
    if (strcmp(value, "callgrind") == 0)
        return sb_refuse(parsing,
                         "Option -j: callgrind is not written here; record with `spybridge "
                         "record -o out.pb.gz` and open that instead.");
    return sb_refuse(parsing, "Option -j is fout, not '%.60s'.", value);
}

enum sb_status sb_take_user(struct sb_parsing *parsing, const char *value)
{
    if (!*value)
        return sb_refuse(parsing, "Option --user needs the name or number of a user.");
    parsing->options->user = value;
    return SB_OK;
}

enum sb_status sb_take_nothing(struct sb_parsing *parsing, const char *value)
{
    (void)parsing;
    (void)value;
    return SB_OK;
}

enum sb_status sb_take_help(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->wants_help = 1;
    return SB_OK;
}

enum sb_status sb_take_version(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->wants_version = 1;
    return SB_OK;
}
