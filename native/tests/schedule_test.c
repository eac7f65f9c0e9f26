/* Ticks: one in every period, counted when late, rarer when CPU time is short. */
#include "check.h"
#include "schedule.h"

enum { PERIOD = 10000, START = 5000000 };

static void has_one_moment_in_every_period(void)
{
    struct sb_schedule schedule;
    uint64_t early = 0;
    sb_schedule_start(&schedule, START, PERIOD, 0);
    CHECK(schedule.next_ns == START && schedule.stride == 1);
    for (uint64_t round = 1; round <= 1000; round++) {
        sb_schedule_advance(&schedule, schedule.next_ns);
        CHECK(schedule.round == round);
        CHECK(schedule.next_ns >= START + round * PERIOD);
        CHECK(schedule.next_ns < START + (round + 1) * PERIOD);
        early += (schedule.next_ns - START) % PERIOD < PERIOD / 2;
    }
    CHECK(schedule.missed == 0);
    CHECK(early > 400 && early < 600);
}

static void counts_periods_that_were_missed(void)
{
    struct sb_schedule schedule;
    sb_schedule_start(&schedule, START, PERIOD, 0);
    sb_schedule_advance(&schedule, START + 7 * PERIOD + 1);
    CHECK(schedule.round == 7 && schedule.missed == 6);
    sb_schedule_advance(&schedule, START + 8 * PERIOD + 1); /* late, but within the next period */
    CHECK(schedule.round == 8 && schedule.missed == 6);
}

static void keeps_to_its_share_of_a_cpu(void)
{
    struct sb_schedule schedule;
    uint64_t wall = START, cpu = 0;
    sb_schedule_start(&schedule, START, PERIOD, 0.01);
    CHECK(!sb_schedule_adjust(&schedule, wall += 1000000, cpu += 9000)); /* 0.9 % */
    CHECK(sb_schedule_adjust(&schedule, wall += 1000000, cpu += 35000)); /* 3.5 % */
    CHECK(schedule.stride == 4);
    sb_schedule_advance(&schedule, schedule.next_ns);
    CHECK(schedule.round == 4 && schedule.next_ns < START + 8 * PERIOD);
    CHECK(!sb_schedule_adjust(&schedule, wall += 1000000, cpu += 8000));
    CHECK(sb_schedule_adjust(&schedule, wall += 1000000, cpu += 2000)); /* 0.2 %: there is room */
    CHECK(schedule.stride == 3);
    while (schedule.stride > 1)
        CHECK(sb_schedule_adjust(&schedule, wall += 1000000, cpu += 10));
    CHECK(!sb_schedule_adjust(&schedule, wall += 1000000, cpu += 10));
    CHECK(sb_schedule_adjust(&schedule, wall += 1000000, cpu += 1000000000));
    CHECK(schedule.stride == 1024);
    CHECK(!sb_schedule_adjust(&schedule, wall += 1000000, cpu += 1000000000));
}

int main(void)
{
    has_one_moment_in_every_period();
    counts_periods_that_were_missed();
    keeps_to_its_share_of_a_cpu();
    return 0;
}
