/* What the live view counts, and what its keys do to that. */
#include "top_fixture.h"

static const struct sb_count *count_of(const struct fixture *fixture, const char *name)
{
    const struct sb_tables *names = &fixture->top->functions.names;
    for (uint32_t i = 0; i < fixture->top->function_ranking.count; i++) {
        const struct sb_rank *rank = &fixture->top->function_ranking.ranks[i];
        size_t len;
        const char *text = sb_tables_text(names, names->frames[rank->id - 1].function, &len);
        if (len == strlen(name) && memcmp(text, name, len) == 0)
            return &rank->count;
    }
    return NULL;
}

static int counts(const struct fixture *fixture, const char *name, struct sb_count wanted)
{
    const struct sb_count *got = count_of(fixture, name);
    return got && got->self == wanted.self && got->total == wanted.total &&
           got->all_self == wanted.all_self && got->all_total == wanted.all_total;
}

static void counts_a_recursive_function_once_per_stack(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "aabam", 3);
    sample(&fixture, "bam", 2);
    end_interval(&fixture);
    CHECK(counts(&fixture, "a", (struct sb_count){3, 5, 3, 5}));
    CHECK(counts(&fixture, "b", (struct sb_count){2, 5, 2, 5}));
    CHECK(counts(&fixture, "m", (struct sb_count){0, 5, 0, 5}));
    tear_down(&fixture);
}

static void shows_the_last_interval_and_all(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 4);
    end_interval(&fixture);
    sample(&fixture, "bm", 1);
    end_interval(&fixture);
    CHECK(counts(&fixture, "a", (struct sb_count){0, 0, 4, 4}));
    CHECK(counts(&fixture, "b", (struct sb_count){1, 1, 1, 1}));
    CHECK(counts(&fixture, "m", (struct sb_count){0, 1, 0, 5}));
    tear_down(&fixture);
}

static void counts_for_all_the_periods_that_a_sample_stands_for(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 1);
    fixture.weight = 3;
    sample(&fixture, "bbm", 1);
    end_interval(&fixture);
    CHECK(counts(&fixture, "a", (struct sb_count){1, 1, 1, 1}));
    CHECK(counts(&fixture, "b", (struct sb_count){3, 3, 3, 3}));
    CHECK(counts(&fixture, "m", (struct sb_count){0, 4, 0, 4}));
    CHECK(strstr(drawn(&fixture), "   33 Hz   ") && strstr(drawn(&fixture), "\n2.0 samples/s"));
    tear_down(&fixture);
}

static void counts_no_mark_of_a_cut_stack(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    fixture.trace.is_truncated = 1;
    sample(&fixture, "am", 1);
    end_interval(&fixture);
    CHECK(fixture.top->function_ranking.count == 2);
    tear_down(&fixture);
}

static void counts_on_over_an_epoch(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 4);
    sb_tables_reset(&fixture.tables);
    CHECK(fixture.sink.ops->epoch(&fixture.sink) == SB_OK);
    sample(&fixture, "ma", 1); /* the same ids, other names */
    end_interval(&fixture);
    CHECK(counts(&fixture, "a", (struct sb_count){4, 5, 4, 5}));
    CHECK(counts(&fixture, "m", (struct sb_count){1, 5, 1, 5}));
    tear_down(&fixture);
}

static void tells_functions_of_one_name_apart_by_file_and_line(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    fixture.trace.depth = 3;
    fixture.trace.frames[0] = make_frame(&fixture, "{closure}", "/a.php", 3);
    fixture.trace.frames[1] = make_frame(&fixture, "{closure}", "/a.php", 4);
    fixture.trace.frames[2] = make_frame(&fixture, "{closure}", "/b.php", 4);
    give(&fixture);
    end_interval(&fixture);
    CHECK(fixture.top->function_ranking.count == 3);
    tear_down(&fixture);
}

/* One sample of each function f0, f1..., in as many epochs as it takes. */
static void flood(struct fixture *fixture, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        char name[32];
        if (sb_tables_are_full(&fixture->tables)) {
            sb_tables_reset(&fixture->tables);
            fixture->sink.ops->epoch(&fixture->sink);
        }
        snprintf(name, sizeof name, "f%u", i);
        fixture->trace.depth = 2;
        fixture->trace.frames[0] = make_frame(fixture, name, "/srv/app.php", i);
        fixture->trace.frames[1] = make_frame(fixture, "m", "/srv/app.php", 13);
        give(fixture);
    }
}

static void lets_rare_functions_go_when_there_are_too_many(void)
{
    struct fixture fixture;
    uint64_t self = 0;
    set_up(&fixture, 0);
    sample(&fixture, "am", 5);
    flood(&fixture, 0, SB_TALLY_ROWS_MAX);
    end_interval(&fixture);
    CHECK(fixture.top->function_ranking.count <= SB_TALLY_ROWS_MAX / 4 + 2);
    CHECK(fixture.top->functions.names.frame_count == fixture.top->function_ranking.count);
    CHECK(counts(&fixture, "a", (struct sb_count){5, 5, 5, 5}));
    CHECK(count_of(&fixture, "m")->total == SB_TALLY_ROWS_MAX + 5);
    for (uint32_t i = 0; i < fixture.top->function_ranking.count; i++)
        self += fixture.top->function_ranking.ranks[i].count.all_self;
    CHECK(self == SB_TALLY_ROWS_MAX + 5);
    CHECK(count_of(&fixture, "(others)")->total == count_of(&fixture, "(others)")->self);
    sample(&fixture, "am", 1);
    end_interval(&fixture);
    CHECK(counts(&fixture, "a", (struct sb_count){1, 1, 6, 6}));
    tear_down(&fixture);
}

static void counts_as_others_what_finds_no_room(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    flood(&fixture, 0, 2 * SB_ENTRIES_LIMIT);
    sample(&fixture, "m", 1);
    CHECK(fixture.top->functions.names.frame_count <= SB_ENTRIES_LIMIT);
    end_interval(&fixture);
    CHECK(count_of(&fixture, "(others)")->self > SB_ENTRIES_LIMIT);
    CHECK(count_of(&fixture, "m")->self == 1);
    tear_down(&fixture);
}

static void orders_by_self_or_by_total(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 1);
    sample(&fixture, "bm", 3);
    sample(&fixture, "cbm", 2);
    end_interval(&fixture);
    CHECK(&fixture.top->function_ranking.ranks[0].count == count_of(&fixture, "b"));
    CHECK(&fixture.top->function_ranking.ranks[1].count == count_of(&fixture, "c"));
    CHECK(&fixture.top->function_ranking.ranks[2].count == count_of(&fixture, "a"));
    CHECK(sb_top_press(fixture.top, SB_KEY_BY_TOTAL));
    CHECK(&fixture.top->function_ranking.ranks[0].count == count_of(&fixture, "m"));
    CHECK(&fixture.top->function_ranking.ranks[1].count == count_of(&fixture, "b"));
    tear_down(&fixture);
}

static void stands_still_while_paused_and_counts_on(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 1);
    end_interval(&fixture);
    sb_top_press(fixture.top, SB_KEY_PAUSE);
    sample(&fixture, "bm", 3);
    end_interval(&fixture);
    CHECK(strstr(drawn(&fixture), "   PAUSED\n"));
    CHECK(fixture.top->shown.samples == 1 && !count_of(&fixture, "b"));
    sb_top_press(fixture.top, SB_KEY_PAUSE);
    sample(&fixture, "bm", 2);
    end_interval(&fixture);
    CHECK(counts(&fixture, "b", (struct sb_count){2, 2, 5, 5}));
    CHECK(fixture.top->shown.samples == 2 && fixture.top->shown.all_samples == 6);
    CHECK(fixture.top->shown.interval_ns == SB_NS_PER_S);
    tear_down(&fixture);
}

static void clears_what_was_counted_in_all(void)
{
    struct fixture fixture;
    set_up(&fixture, 0);
    sample(&fixture, "am", 1);
    fixture.counters[SB_COUNT_TORN] = 7;
    end_interval(&fixture);
    sample(&fixture, "bm", 3);
    end_interval(&fixture);
    sb_top_press(fixture.top, SB_KEY_PAUSE);
    end_interval(&fixture);
    sb_top_press(fixture.top, SB_KEY_CLEAR);
    CHECK(!count_of(&fixture, "a"));
    CHECK(counts(&fixture, "b", (struct sb_count){3, 3, 0, 0}));
    CHECK(strstr(drawn(&fixture), "torn 0   ") && strstr(drawn(&fixture), "all 00:00:00"));
    sb_top_press(fixture.top, SB_KEY_PAUSE);
    sample(&fixture, "bm", 1);
    end_interval(&fixture);
    CHECK(counts(&fixture, "b", (struct sb_count){1, 1, 1, 1}));
    CHECK(fixture.top->shown.all_samples == 1);
    tear_down(&fixture);
}

int main(void)
{
    counts_a_recursive_function_once_per_stack();
    shows_the_last_interval_and_all();
    counts_for_all_the_periods_that_a_sample_stands_for();
    counts_no_mark_of_a_cut_stack();
    counts_on_over_an_epoch();
    tells_functions_of_one_name_apart_by_file_and_line();
    lets_rare_functions_go_when_there_are_too_many();
    counts_as_others_what_finds_no_room();
    orders_by_self_or_by_total();
    stands_still_while_paused_and_counts_on();
    clears_what_was_counted_in_all();
    return 0;
}
