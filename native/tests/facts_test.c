/* What is asked for, and what of it may be told. */
#include "check.h"
#include "facts.h"

static enum sb_secrecy secrecy_of(const char *spec)
{
    struct sb_wanted wanted;
    CHECK(sb_wanted_parse(spec, &wanted));
    return sb_wanted_secrecy(&wanted);
}

static void understands_the_notation_of_variables(void)
{
    struct sb_wanted wanted;
    CHECK(sb_wanted_parse_variable("xyz@/path/to:2.php:10-20", &wanted));
    CHECK(wanted.kind == SB_FACT_VARIABLE && wanted.first_line == 10 && wanted.last_line == 20);
    CHECK_TEXT(wanted.name, "xyz");
    CHECK(wanted.file_len == 14 && memcmp(wanted.file, "/path/to:2.php", 14) == 0);
    CHECK(sb_wanted_parse_variable("a@f:7", &wanted) && wanted.last_line == 7);
    CHECK(!sb_wanted_parse_variable("a@f:7-6", &wanted));
    CHECK(!sb_wanted_parse_variable("a@f:", &wanted));
    CHECK(!sb_wanted_parse_variable("a@:7", &wanted));
    CHECK(!sb_wanted_parse_variable("@f:7", &wanted));
    CHECK(!sb_wanted_parse_variable("a@f:7x", &wanted));
    CHECK(!sb_wanted_parse_variable("a:7", &wanted));
}

static void knows_what_may_be_secret(void)
{
    CHECK(secrecy_of("server.REQUEST_URI") == SB_OPEN_PATH);
    CHECK(secrecy_of("server.QUERY_STRING") == SB_SECRET);
    CHECK(secrecy_of("server.HTTP_COOKIE") == SB_SECRET);
    CHECK(secrecy_of("server.HTTP_AUTHORIZATION") == SB_SECRET);
    CHECK(secrecy_of("server.PHP_AUTH_PW") == SB_SECRET);
    CHECK(secrecy_of("get.page") == SB_SECRET);
    CHECK(secrecy_of("post.page") == SB_SECRET);
    CHECK(secrecy_of("server.REDIRECT_QUERY_STRING") == SB_SECRET);
    CHECK(secrecy_of("server.SSL_CLIENT_CERT") == SB_SECRET);
    CHECK(secrecy_of("env.HOME") == SB_OPEN_PATH);
    CHECK(secrecy_of("env.QUERY_STRING") == SB_SECRET);
    CHECK(secrecy_of("env.DB_PASSWORD") == SB_SECRET);
    CHECK(secrecy_of("globals.route") == SB_OPEN_PATH);
    CHECK(secrecy_of("globals.pin") == SB_SECRET);
    CHECK(secrecy_of("globals.apiKey") == SB_SECRET);
}

static void tells_no_more_than_it_may(void)
{
    static struct sb_facts facts;
    struct sb_wanted path = {.secrecy = SB_OPEN_PATH}, secret = {.secrecy = SB_SECRET}, open = {0};
    const struct sb_fact fact = {.key = "k", .value = "/a?b=c", .len = 6};
    sb_facts_add(&facts, &path, fact);
    sb_facts_add(&facts, &secret, fact);
    sb_facts_add(&facts, &open, fact);
    CHECK(facts.count == 3 && facts.items[0].len == 2 && facts.items[2].len == 6);
    CHECK(facts.items[1].len == 10 && memcmp(facts.items[1].value, "[redacted]", 10) == 0);
    sb_facts_add(&facts, &path,
                 (struct sb_fact){.key = "k", .value = "db://me:pw@host/x", .len = 17});
    CHECK(facts.items[3].len == 10 && memcmp(facts.items[3].value, "[redacted]", 10) == 0);
    while (facts.count < SB_FACTS_MAX)
        sb_facts_add(&facts, &open, fact);
    sb_facts_add(&facts, &open, fact); /* one too many is left out */
    CHECK(facts.count == SB_FACTS_MAX);
}

static void prints_within_its_room(void)
{
    static struct sb_room room;
    size_t len;
    const char *text = sb_room_print(&room, &len, "%d-%s", 7, "x");
    CHECK(text == room.bytes && len == 3 && memcmp(text, "7-x", 3) == 0);
    room.used = SB_ROOM_BYTES - 3;
    CHECK(sb_room_print(&room, &len, "%s", "abc") == NULL && room.used == SB_ROOM_BYTES - 3);
    CHECK(sb_room_print(&room, &len, "%s", "ab") != NULL && room.used == SB_ROOM_BYTES - 1);
}

int main(void)
{
    understands_the_notation_of_variables();
    knows_what_may_be_secret();
    tells_no_more_than_it_may();
    prints_within_its_room();
    return 0;
}
