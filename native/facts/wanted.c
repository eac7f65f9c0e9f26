/* Which facts are asked for, and how much of them may be told. */
#include "facts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int sb_wanted_parse(const char *spec, struct sb_wanted *wanted)
{
    static const struct {
        const char *prefix;
        enum sb_fact_kind kind;
        const char *array;
    } sources[] = {
        {"server.", SB_FACT_SERVER, "_SERVER"}, {"get.", SB_FACT_ARRAY, "_GET"},
        {"post.", SB_FACT_ARRAY, "_POST"},      {"cookie.", SB_FACT_ARRAY, "_COOKIE"},
        {"files.", SB_FACT_ARRAY, "_FILES"},    {"env.", SB_FACT_ARRAY, "_ENV"},
        {"globals.", SB_FACT_GLOBAL, NULL},
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        size_t len = strlen(sources[i].prefix);
        if (strncmp(spec, sources[i].prefix, len) != 0 || spec[len] == '\0')
            continue;
        *wanted = (struct sb_wanted){.kind = sources[i].kind, .array = sources[i].array};
        if (strlen(spec) + sizeof "glopeek " > sizeof wanted->key)
            return 0;
        snprintf(wanted->key, sizeof wanted->key, "glopeek %s", spec);
        snprintf(wanted->name, sizeof wanted->name, "%s", spec + len);
        return 1;
    }
    return 0;
}

/* "12" or "12-14". */
static int parse_lines(const char *text, struct sb_wanted *wanted)
{
    char *end;
    if (*text < '0' || *text > '9')
        return 0;
    wanted->first_line = wanted->last_line = (uint32_t)strtoul(text, &end, 10);
    if (*end == '-' && end[1] >= '0' && end[1] <= '9')
        wanted->last_line = (uint32_t)strtoul(end + 1, &end, 10);
    return *end == '\0' && wanted->last_line >= wanted->first_line;
}

int sb_wanted_parse_variable(const char *spec, struct sb_wanted *wanted)
{
    const char *at = strchr(spec, '@'), *colon = strrchr(spec, ':');
    size_t name_len = at ? (size_t)(at - spec) : 0;

    *wanted = (struct sb_wanted){.kind = SB_FACT_VARIABLE};
    if (!at || !colon || colon < at + 2 || name_len == 0 || name_len >= sizeof wanted->name ||
        strlen(spec) + sizeof "varpeek 4294967295" > sizeof wanted->key)
        return 0;
    memcpy(wanted->name, spec, name_len);
    wanted->file = at + 1;
    wanted->file_len = (uint32_t)(colon - at - 1);
    return parse_lines(colon + 1, wanted);
}

static int has_secret_name(const char *name)
{
    static const char *const words[] = {"argv",   "auth", "bearer", "card",   "cert",    "cookie",
                                        "cred",   "csrf", "cvc",    "cvv",    "dsn",     "jwt",
                                        "key",    "otp",  "pass",   "pw",     "private", "query",
                                        "secret", "sess", "sid",    "signat", "token",   "xsrf"};
    if (strcasecmp(name, "pin") == 0)
        return 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(name, words[i]))
            return 1;
    return 0;
}

enum sb_secrecy sb_wanted_secrecy(const struct sb_wanted *wanted)
{
    switch (wanted->kind) {
    case SB_FACT_URI:
        return SB_OPEN_PATH;
    case SB_FACT_ARRAY:
        return strcmp(wanted->array, "_ENV") == 0 && !has_secret_name(wanted->name) ? SB_OPEN_PATH
                                                                                    : SB_SECRET;
    case SB_FACT_QUERY:
    case SB_FACT_COOKIE:
        return SB_SECRET;
    case SB_FACT_SERVER:
    case SB_FACT_GLOBAL:
    case SB_FACT_VARIABLE:
        return has_secret_name(wanted->name) ? SB_SECRET : SB_OPEN_PATH;
    default:
        return SB_OPEN;
    }
}

/* A URL such as mysql://user:password@host. */
static int has_credentials(const struct sb_fact *fact)
{
    const char *scheme = memmem(fact->value, fact->len, "://", 3);
    return scheme && memchr(scheme, '@', fact->len - (size_t)(scheme - fact->value)) != NULL;
}

void sb_facts_add(struct sb_facts *facts, const struct sb_wanted *wanted, struct sb_fact fact)
{
    static const char redacted[] = "[redacted]";
    const char *query;
    int is_open_path = wanted->secrecy == SB_OPEN_PATH;
    if (facts->count == SB_FACTS_MAX)
        return;
    if (wanted->secrecy == SB_SECRET || (is_open_path && has_credentials(&fact))) {
        fact.value = redacted;
        fact.len = sizeof redacted - 1;
    } else if (is_open_path && (query = memchr(fact.value, '?', fact.len)) != NULL) {
        fact.len = (size_t)(query - fact.value);
    }
    fact.key_len = strlen(fact.key);
    facts->items[facts->count++] = fact;
}
