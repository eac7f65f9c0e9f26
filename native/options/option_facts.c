/* Options that say what is told about the request of a sample. */
#include "option_values.h"
#include <stdio.h>
#include <string.h>

static enum sb_status add(struct sb_parsing *parsing, const struct sb_wanted *wanted)
{
    struct sb_options *options = parsing->options;
    if (options->wanted_count == SB_WANTED_MAX)
        return sb_refuse(parsing, "More than %d facts were asked for with -e, -g, -m and -r.",
                         SB_WANTED_MAX);
    options->wanted[options->wanted_count++] = *wanted;
    return SB_OK;
}

enum sb_status sb_take_global(struct sb_parsing *parsing, const char *value)
{
    struct sb_wanted wanted;
    if (!sb_wanted_parse(value, &wanted))
        return sb_refuse(
            parsing,
            "Option -g needs GLOBAL.KEY, where GLOBAL is server, get, post, cookie, files, "
            "env or globals, not '%.100s'.",
            value);
    for (uint32_t i = 0; i < parsing->options->wanted_count; i++)
        if (strcmp(parsing->options->wanted[i].key, wanted.key) == 0)
            return SB_OK;
    return add(parsing, &wanted);
}

enum sb_status sb_take_variable(struct sb_parsing *parsing, const char *value)
{
    struct sb_wanted wanted;
    if (!sb_wanted_parse_variable(value, &wanted))
        return sb_refuse(parsing,
                         "Option -e needs NAME@FILE:LINE or NAME@FILE:FIRST-LAST, not '%.100s'.",
                         value);
    return add(parsing, &wanted);
}

enum sb_status sb_take_request_info(struct sb_parsing *parsing, const char *value)
{
    static const char letters[] = "upqc";
    int *parts = parsing->request_parts;
    for (const char *at = value; *at; at++) {
        const char *on = strchr(letters, *at | 0x20);
        if (!on)
            return sb_refuse(parsing, "Option -r does not know the letter '%c'.", *at);
        parts[on - letters] = *at == *on;
    }
    parsing->options->style.has_request_info = parts[0] || parts[1] || parts[2] || parts[3];
    return SB_OK;
}

enum sb_status sb_take_memory(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->wants_memory = 1;
    return SB_OK;
}

enum sb_status sb_take_redact(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->is_redacted = 1;
    return SB_OK;
}

/* The facts that have letters of their own, after those of -g and -e. */
enum sb_status sb_finish_facts(struct sb_parsing *parsing)
{
    const struct sb_options *options = parsing->options;
    const int *parts = parsing->request_parts;
    const struct {
        int is_wanted;
        enum sb_fact_kind kind;
        const char *key;
    } facts[] = {
        {parts[0], SB_FACT_URI, "uri"},
        {parts[1], SB_FACT_PATH, "path"},
        {parts[2], SB_FACT_QUERY, "qstring"},
        {parts[3], SB_FACT_COOKIE, "cookie"},
        {options->style.has_request_info, SB_FACT_TIME, "ts"},
        {parsing->wants_memory, SB_FACT_MEMORY, "mem"},
        {options->style.prints_pid && options->format == SB_FORMAT_STREAM, SB_FACT_PID, "pid"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct sb_wanted wanted = {.kind = facts[i].kind};
        snprintf(wanted.key, sizeof wanted.key, "%s", facts[i].key);
        if (facts[i].is_wanted && add(parsing, &wanted) != SB_OK)
            return SB_USAGE;
    }
    for (uint32_t i = 0; options->is_redacted && i < options->wanted_count; i++) {
        struct sb_wanted *wanted = &parsing->options->wanted[i];
        wanted->secrecy = sb_wanted_secrecy(wanted);
        wanted->hides_arrays = 1;
    }
    return SB_OK;
}
