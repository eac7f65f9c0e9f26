/* Options that say how often, how long and how deep is sampled. */
#include "option_values.h"
#include "clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t PERIOD_MIN_NS = 50 * 1000, PERIOD_MAX_NS = 3600 * SB_NS_PER_S;

enum sb_status sb_take_rate(struct sb_parsing *parsing, const char *value)
{
    char *end;
    double rate_hz;
    errno = 0;
    rate_hz = strtod(value, &end);
    if (end == value || *end || errno || !(rate_hz > 0) ||
        (double)SB_NS_PER_S / rate_hz < (double)PERIOD_MIN_NS ||
        (double)SB_NS_PER_S / rate_hz > (double)PERIOD_MAX_NS)
        return sb_refuse(parsing, "Option -H needs a rate up to %llu per second, not '%.60s'.",
                         (unsigned long long)(SB_NS_PER_S / PERIOD_MIN_NS), value);
    parsing->options->period_ns = (uint64_t)((double)SB_NS_PER_S / rate_hz);
    return SB_OK;
}

enum sb_status sb_take_period(struct sb_parsing *parsing, const char *value)
{
    return sb_read_number(parsing, value, PERIOD_MIN_NS, PERIOD_MAX_NS,
                          &parsing->options->period_ns);
}

enum sb_status sb_take_limit(struct sb_parsing *parsing, const char *value)
{
    return sb_read_number(parsing, value, 0, UINT64_MAX / 2, &parsing->options->limit);
}

enum sb_status sb_take_time_limit(struct sb_parsing *parsing, const char *value)
{
    return sb_read_number(parsing, value, 0, UINT64_MAX / SB_NS_PER_S,
                          &parsing->options->time_limit_ms);
}

enum sb_status sb_take_depth(struct sb_parsing *parsing, const char *value)
{
    uint64_t depth;
    enum sb_status status;
    if (strcmp(value, "-1") == 0) /* phpspy's "no limit" */
        return SB_OK;
    status = sb_read_number(parsing, value, 1, UINT32_MAX, &depth);
    if (status == SB_OK)
        parsing->options->max_depth = depth < SB_DEPTH_LIMIT ? (uint32_t)depth : SB_DEPTH_LIMIT;
    return status;
}

enum sb_status sb_take_mode(struct sb_parsing *parsing, const char *value)
{
    if (strcmp(value, "wall") == 0)
        parsing->options->mode = SB_MODE_WALL;
    else if (strcmp(value, "cpu") == 0)
        parsing->options->mode = SB_MODE_CPU;
    else
        return sb_refuse(parsing, "Option --mode is wall or cpu, not '%.60s'.", value);
    return SB_OK;
}

enum sb_status sb_take_max_cpu(struct sb_parsing *parsing, const char *value)
{
    char *end;
    double percent;
    errno = 0;
    percent = strtod(value, &end);
    if (*end == '%')
        end++;
    if (end == value || *end || errno || !(percent > 0) || percent > 100)
        return sb_refuse(parsing, "Option --max-cpu needs a percentage of one CPU, not '%.60s'.",
                         value);
    parsing->options->max_cpu = percent / 100;
    return SB_OK;
}

enum sb_status sb_take_pause(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->pauses = 1;
    return SB_OK;
}

enum sb_status sb_take_lines(struct sb_parsing *parsing, const char *value)
{
    (void)value;
    parsing->options->has_lines = 1;
    return SB_OK;
}
